"""Exercises of lesson 09: take the decay out."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _left(rates, wd, step=lambda left, lr, wd: left * (1 - lr * wd)):
    """The share of a weight that is left, as exercise 09c asks."""
    left = 1.0
    for lr in rates:
        left = step(left, lr, wd)
    return left


EXERCISES = {
    "09a": Exercise(
        answer=(100, 1),
        right="With 100 times the penalty, Adam divides the 100 out again. AdamW does not notice in what unit a loss is.",
        slips=(
            ((1, 1), "that is right for AdamW; beside a gradient of 100 times the size, the old penalty is a hundredth"),
            ((100, 100), "that is right for the penalty; AdamW's decay never meets the gradient"),
            ((1, 100), "the other way round: which of the two meets the gradient?"),
            ((0.01, 1), "upside down: the gradient has grown, and the penalty must keep up with it"),
        ),
    ),
    "09b": Exercise(
        answer=np.log(0.5) / np.log1p(-1e-5),
        right="Almost 70,000 steps: in a short fine-tuning the default decay does next to nothing.",
        slips=(
            (np.log(0.5) / np.log1p(-0.01), "that is the paper's convention; in the libraries lr multiplies wd"),
            (693, "that leaves out wd; a step takes lr·wd of the weight"),
            (1e5, "that is the time to 1/e = 0.37; a half comes earlier"),
            (5e4, "the decay is a share of what is left, not of the start"),
        ),
        rtol=0.01,
    ),
    "09c": Exercise(
        answer=_left,
        right="The sum of all lr decides: a rate that falls in a straight line to zero shrinks about as half of it does.",
        slips=(
            (lambda rates, wd: (1 - rates[0] * wd) ** len(rates), "lr falls: take the lr of every step, not the first"),
            (partial(_left, step=lambda left, lr, wd: left * (1 - wd)), "that is the paper's convention; here lr multiplies wd"),
            (partial(_left, step=lambda left, lr, wd: left - lr * wd), "the decay is a share of what is left, not of the start"),
            (partial(_left, step=lambda left, lr, wd: 1 - lr * wd), "each step starts from what the step before it left"),
            (partial(_left, step=lambda left, lr, wd: lr * wd * left), "that is what a step takes; the rest is left"),
            (
                partial(_left, step=lambda left, lr, wd: np.exp(-lr * wd) * left),
                "that is the approximation in (9.4), good while lr·wd is small; multiply the brackets",
            ),
        ),
        inputs=(([0.4, 0.2, 0.1], 0.5), ([1.0, 0.25], 0.8)),
    ),
}
