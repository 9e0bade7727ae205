"""Explorers of notebook 00: one step after another downhill."""

import math
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Band, Dot, Guide, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.numerals import amount, number
from adamlib.optimizers import SGD
from adamlib.problems import bowl
from adamlib.theory import noise_floor

RATES = [0.01, 0.02, 0.04, 0.05, 0.1, 0.15, 0.19, 0.2, 0.21, 0.25, 0.4, 0.5, 1.0, 1.9, 2.0, 2.1]
CONDITIONS = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]
DESCENT_STEPS = 60


def descent(**start: Any) -> Explorer:
    """Gradient descent in a valley: how the learning rate and the condition number decide path, loss and divergence."""

    def scene() -> Scene:
        valley = Panel("valley", (-2.5, 2.5), (-1.9, 1.9), share=0.5, height=278, plane=True)
        loss = Panel("loss", (0, DESCENT_STEPS), (1e-10, 1e6), share=0.5, height=278, ylog=True, head="loss", xlabel="step")
        rates = Panel("rates", (0.008, 2.6), (-1, 1), height=122, row=1, xlog=True, xlabel="learning rate", yticks=(), head=" ")
        return Scene(
            panels=[valley, loss, rates],
            controls={
                "lr": Control(RATES, 0.1, "learning rate"),
                "condition": Control(CONDITIONS, 10.0, "condition number"),
                "x": Control([-2.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0], -2.0, "start θ₁"),
                "y": Control([-1.5, -1.0, -0.5, 0.5, 1.0, 1.5], 1.0, "start θ₂"),
            },
            drag=("valley", "x", "y"),
            question="From which learning rate on does the walk no longer come down?",
        )

    def update(lr: float, condition: float, x: float, y: float) -> tuple[list[Mark], str]:
        problem, limit = bowl(condition), 2 / condition
        marks: list[Mark] = [Relief("valley", problem)]
        for rate in RATES:
            ghost = walk(SGD(lr=rate), problem, [x, y], DESCENT_STEPS)
            marks.append(Line("loss", ghost.t, ghost.loss, "ghost", 1.1))
        path = walk(SGD(lr=lr), problem, [x, y], DESCENT_STEPS)
        marks.extend([
            Band("rates", 0.008, limit, "SGD"),
            Word("rates", 0.008, 1, f"stable below 2/{number(condition)}", "SGD", "left", 0, 14),
            Line("valley", path.theta[0], path.theta[1], "SGD", 2.2, False, 4),
            Line("loss", path.t, path.loss, "SGD", 2.8),
            Dot("rates", lr, 0, "SGD"),
            Dot("valley", x, y, "ink", "hollow", 9),
        ])  # fmt: skip
        found = f"after {DESCENT_STEPS} steps the loss is {amount(path.loss[-1])}"
        return marks, f"From ({number(x)}, {number(y)}): {descent_in_words(lr, condition)}; {found}."

    return Explorer(View(scene, update), **start)


def descent_in_words(lr: float, condition: float) -> str:
    """Which side of the limit a learning rate is on, in words."""
    limit = f"the limit 2/{number(condition)} = {number(2 / condition)}"
    if lr > 2 / condition:
        return f"learning rate {number(lr)} is above {limit} and the walk diverges"
    if lr == 2 / condition:
        return f"learning rate {number(lr)} is exactly {limit} and the walk bounces for ever"
    return f"learning rate {number(lr)} is below {limit} and the walk comes down"


def noise(**start: Any) -> Explorer:
    """Gradient descent on a noisy gradient: the loss falls to a floor that learning rate and batch size set."""
    problem, steps, late = bowl(2.0), 400, 200

    def scene() -> Scene:
        valley = Panel("valley", (-2.5, 2.5), (-1.9, 1.9), share=0.48, height=278, plane=True)
        ticks = [(1e-6, "10⁻⁶"), (1e-4, "10⁻⁴"), 0.01, 1]
        loss = Panel(
            "loss", (0, steps), (1e-6, 20), 0.52, 278, ylog=True, yticks=ticks, xlabel="step", head="loss (log)", right=64
        )
        return Scene(
            panels=[valley, loss],
            controls={
                "lr": Control([0.01, 0.02, 0.05, 0.1, 0.2, 0.5], 0.1, "learning rate"),
                "batch": Control([1, 2, 4, 8, 16, 32, 64], 1, "batch size"),
                "seed": Control([1, 2, 3], 1, "seed", between=False),
            },
            fixed=[Relief("valley", problem)],
            question="Which lowers the floor more, half the learning rate or twice the batch?",
        )

    def prepare() -> Any:
        drawn = [[np.random.default_rng((seed, t)).standard_normal(2) for t in range(1, steps + 1)] for seed in (1, 2, 3)]
        return np.round(drawn, 4).tolist()

    def update(draws: list[Any], lr: float, batch: int, seed: int) -> tuple[list[Mark], str]:
        sigma = 1 / math.sqrt(batch)
        path = walk(SGD(lr=lr), problem, [-2.0, 1.0], steps, 1, sigma, draws[seed - 1])
        floor, mean = noise_floor(lr, 1.0, sigma) + noise_floor(lr, 2.0, sigma), 0.0
        for loss in path.loss[steps - late + 1 :]:
            mean += loss / late
        marks: list[Mark] = [
            Line("valley", path.theta[0], path.theta[1], "SGD", 1.0, False, 4),
            Dot("valley", 0, 0, "ink", "star", 15),
            Dot("valley", -2, 1, "ink", "hollow", 9),
            Line("loss", path.t, path.loss, "SGD", 1.6),
            Guide("loss", floor, "ink", 1.7),
            Word("loss", steps, floor, "floor", "ink", "left", 8),
        ]
        return marks, (
            f"Learning rate {number(lr)}, batches of {batch}: over the last {late} steps the loss is {number(mean)} on average; "
            f"the noise floor is {number(floor)}."
        )

    return Explorer(View(scene, update, prepare), **start)
