"""Explorers of notebook 01: what a memory does to the walk."""

import math
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Image, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import map_of, walk
from adamlib.explore.words import end_in_words, points_within, share_of_decades, two_apart
from adamlib.numerals import amount, number
from adamlib.optimizers import SGD, Momentum
from adamlib.problems import bowl
from adamlib.theory import heavy_ball_rate


def memory(**start: Any) -> Explorer:
    """The heavy ball beside gradient descent in one valley: how much memory helps, and how much is too much."""
    steps, problem, x, y = 40, bowl(10.0), -2.0, 1.0

    def scene() -> Scene:
        valley = Panel("valley", (-2.5, 2.5), (-1.9, 1.9), share=0.5, height=278, plane=True)
        ticks = [1e-12, 1e-8, (1e-4, "10⁻⁴"), 1]
        loss = Panel(
            "loss",
            (0, steps),
            (1e-14, 1e2),
            0.5,
            278,
            ylog=True,
            yticks=ticks,
            xlabel="step",
            head="loss (log)",
            left=52,
            right=96,
        )
        return Scene(
            panels=[valley, loss],
            controls={
                "beta": Control([0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 0.95, 0.99], 0.5, "memory β"),
                "lr": Control([0.02, 0.05, 0.1, 0.15, 0.18, 0.2, 0.25, 0.3], 0.15, "learning rate"),
            },
            fixed=[Relief("valley", problem)],
            question="Does a larger β make the loss fall faster and faster?",
        )

    def update(beta: float, lr: float) -> tuple[list[Mark], str]:
        marks: list[Mark] = []
        heights, told = [], []
        for rule, pen, width, dots in [(SGD(lr=lr), "ghost", 1.8, 3), (Momentum(lr=lr, beta=beta), "Momentum", 2.4, 5)]:
            path = walk(rule, problem, [x, y], steps)
            seen = points_within(path.theta[0], path.theta[1], 50)
            marks.append(Line("valley", path.theta[0][:seen], path.theta[1][:seen], pen, width, False, dots))
            marks.append(Line("loss", path.t, path.loss, pen, width))
            heights.append(share_of_decades(path.loss[-1], -14, 2))
            told.append(end_in_words(path.loss))
        plain, heavy = two_apart(heights, 0.09, 0.03, 0.97)
        marks.extend([
            Word("loss", 1, plain, "no memory", "quiet", "left", 8, 0, "share"),
            Word("loss", 1, heavy, f"β = {number(beta)}", "Momentum", "left", 8, 0, "share"),
            Dot("valley", 0, 0, "ink", "star", 15),
            Dot("valley", x, y, "ink", "hollow", 9),
        ])  # fmt: skip
        told_of = f"with β = {number(beta)} the walk {told[1]}, with no memory it {told[0]}"
        return marks, f"After {steps} steps at learning rate {number(lr)}: {told_of}."

    return Explorer(View(scene, update), **start)


def momentum_map(**start: Any) -> Explorer:
    """The heavy ball's rate over (lr, beta) on a valley, and the walk at the chosen point."""
    steps, shares = 60, [0.6, 0.7, 0.8, 0.9]
    rates = (0.0025 * np.arange(1, 161)).round(4).tolist()
    betas = (0.01 * np.arange(100)).round(2).tolist()

    def scene() -> Scene:
        chart = Panel(
            "map",
            (0.00125, 0.40125),
            (-0.005, 0.995),
            0.48,
            350,
            yticks=[0, 0.5, 0.9],
            xlabel="learning rate",
            head="β: bright is fast",
        )
        valley = Panel("valley", (-2.5, 2.5), (-2.5, 2.5), 0.52, 350, head=f"{steps} steps", plane=True)
        return Scene(
            panels=[chart, valley],
            controls={
                "lr": Control([0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.23, 0.25, 0.3, 0.35, 0.38], 0.23, "learning rate"),
                "beta": Control([0.0, 0.1, 0.2, 0.27, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95], 0.27, "β"),
                "condition": Control([1.0, 2.0, 5.0, 10.0], 10.0, "condition number"),
            },
            drag=("map", "lr", "beta"),
            question="Which pair of β and learning rate is the fastest, and what happens just beyond it?",
        )

    def update(lr: float, beta: float, condition: float) -> tuple[list[Mark], str]:
        problem, root = bowl(condition), math.sqrt(condition)
        path = walk(Momentum(lr=lr, beta=beta), problem, [-2.0, 1.0], steps)
        marks: list[Mark] = [
            Image("map", map_of(share_left, rates, betas, condition), (root - 1) / (root + 1), 1, False, shares),
            *(Word("map", 0.2, share * share, number(share), anchor="middle") for share in shares),  # where both directions swing
            Relief("valley", problem),
            Line("valley", path.theta[0], path.theta[1], "Momentum", 2, False, 5),
            Dot("map", lr, beta, "ink", "ring"),
        ]
        flat, steep = heavy_ball_rate(lr, beta, 1.0), heavy_ball_rate(lr, beta, condition)
        slowest = max(flat, steep)
        found = f"each step leaves {number(slowest)} of the distance"
        if close(slowest, 1):
            found = "the walk bounces for ever"
        elif slowest > 1:
            found = f"the walk diverges, by a factor {number(slowest)} a step"
        slow = (
            "both directions are alike" if close(flat, steep) else f"the {'flat' if flat > steep else 'steep'} direction decides"
        )
        end = f"After {steps} steps the loss is {amount(path.loss[-1])}."
        return marks, f"lr = {number(lr)}, β = {number(beta)}: {found}; {slow}. {end}"

    return Explorer(View(scene, update), **start)


def share_left(lr: np.ndarray, beta: np.ndarray, condition: float) -> np.ndarray:
    """How much of the distance the slower of two directions keeps in each step; nan where it diverges."""
    slowest = np.maximum(heavy_ball_rate(lr, beta, 1.0), heavy_ball_rate(lr, beta, condition))
    return np.where(slowest < 1, slowest, np.nan)


def close(a: float, b: float) -> bool:
    """Whether two numbers differ by no more than rounding."""
    return abs(a - b) <= 1e-8 + 1e-5 * abs(b)
