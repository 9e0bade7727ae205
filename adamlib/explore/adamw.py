"""Explorers of lesson 09: a penalty and a decay on two weights, and how far weights without a length turn."""

from functools import cache
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Line, Mark, Panel, Scene, View, Word
from adamlib.explore.words import two_apart
from adamlib.numerals import number
from adamlib.optimizers import AdamW
from adamlib.problems import Problem, ridge
from adamlib.run import run

NOISES = [1.0, 2.0, 5.0, 10.0, 20.0]
WEIGHT_DECAYS = [0.0, 0.1, 0.2, 0.3]
PULLS = [0.0, 0.05, 0.2]
DECAY_STEPS, DRAWN_EVERY = 300, 5
COPIES = 100  # of each weight, whose mean is drawn
METHODS_OF_DECAY = ["Adam with a penalty", "AdamW"]


@cache
def weights_under_noise() -> np.ndarray:
    """(times, methods, noises, decays, pulls, COPIES): weights from 1 on, at every DRAWN_EVERY-th step.

    The copies meet noise in pairs of opposite signs, so that their mean is quiet.
    """
    draws = np.random.default_rng(0).standard_normal((DECAY_STEPS, COPIES // 2))
    draws = np.hstack([draws, -draws])
    noise, decay, pull = (np.reshape(values, shape) for values, shape in axes_of_settings())
    tug = Problem(
        "tug",
        loss=lambda theta: 0 * theta[..., 0],
        grad=lambda theta, t=1: pull * (theta - 1) + noise * draws[t - 1],
        start=np.ones(COPIES),
    )
    penalty = np.concatenate([decay, 0 * decay])
    start = np.ones((2, len(NOISES), len(WEIGHT_DECAYS), len(PULLS), COPIES))
    return run(AdamW(lr=0.03, weight_decay=penalty[::-1]), ridge(tug, penalty), start, DECAY_STEPS, every=DRAWN_EVERY).theta


def axes_of_settings() -> list[tuple[list[float], tuple[int, ...]]]:
    """The values of each control, and the shape in which they broadcast against the weights."""
    return [(NOISES, (1, -1, 1, 1, 1)), (WEIGHT_DECAYS, (1, 1, -1, 1, 1)), (PULLS, (1, 1, 1, -1, 1))]


def two_weights(**start: Any) -> Explorer:
    """Two weights under noise of different size: a penalty within Adam beside the decay of AdamW."""

    def scene() -> Scene:
        look: dict[str, Any] = {
            "xlim": (0, DECAY_STEPS),
            "ylim": (0, 1.2),
            "height": 320,
            "xlabel": "step",
            "yticks": [0, 0.5, 1],
        }
        return Scene(
            panels=[Panel(name, share=0.5, right=76, head=f"{name}: mean weight", **look) for name in METHODS_OF_DECAY],
            controls={
                "noise": Control(NOISES, 10.0, "noise of weight 2", between=False),
                "wd": Control(WEIGHT_DECAYS, 0.2, "wd", between=False),
                "pull": Control(PULLS, 0.0, "pull of the loss towards 1", between=False),
            },
            question="Which weights shrink, and on which side does their noise matter?",
        )

    def prepare() -> Any:
        return np.moveaxis(weights_under_noise().mean(axis=-1), 0, -1).round(4).tolist()

    def update(means: Any, noise: float, wd: float, pull: float) -> tuple[list[Mark], str]:
        steps = list(range(0, DECAY_STEPS + 1, DRAWN_EVERY))
        at, of_wd, of_pull = NOISES.index(noise), WEIGHT_DECAYS.index(wd), PULLS.index(pull)
        marks: list[Mark] = []
        told = []
        for k, name in enumerate(METHODS_OF_DECAY):
            pen = ["Adam", "AdamW"][k]
            ends = []
            for place, ink, width in [(0, "quiet", 2.4), (at, pen, 3.0)]:
                mean = means[k][place][of_wd][of_pull]
                marks.append(Line(name, steps, mean, ink, width))
                ends.append(mean[-1])
            heights = two_apart([end / 1.2 for end in ends], 0.08, 0.03, 0.97)
            for height, of, ink in [(heights[0], 1.0, "quiet"), (heights[1], noise, pen)]:
                marks.append(Word(name, 1, height, f"noise {number(of)}", ink, "left", 6, 0, "share"))
            told.append(f"{number(ends[0], 2)} and {number(ends[1], 2)}")
        return marks, (
            f"Noise 1 and {number(noise)}, wd = {number(wd)}, pull {number(pull)}: after {DECAY_STEPS} steps the weights are at "
            f"{told[0]} with the penalty, at {told[1]} with the decay."
        )

    return Explorer(View(scene, update, prepare), **start)
