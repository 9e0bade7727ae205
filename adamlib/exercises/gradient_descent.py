"""Exercises of notebook 00: walk downhill."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _falling(slope, x, lr, steps, rate=lambda lr, t: lr / np.sqrt(t)):
    """Gradient descent whose rate falls as the square root of the step's number, as exercise 00b asks."""
    for t in range(1, steps + 1):
        x = x - rate(lr, t) * slope(x)
    return x


EXERCISES = {
    "00a": Exercise(
        answer=0.04,
        right="The steepest direction sets the limit for all of them; the flat one could have borne 2.",
        slips=(
            (0.02, "1/curvature arrives in one step; you may step twice as far before it diverges"),
            (2.0, "that is the limit of the flat direction; the steep one diverges first"),
            (2 / 51, "that is the best rate, 2 / (1 + 50); the limit lies a little above it"),
        ),
    ),
    "00b": Exercise(
        answer=_falling,
        right="A rate that falls goes far first and settles later: the noise floor sinks with it.",
        slips=(
            (partial(_falling, rate=lambda lr, t: lr), "the rate stays the same; divide it by the root of t"),
            (partial(_falling, rate=lambda lr, t: lr / t), "you divide by t; the root of t falls more slowly"),
            (partial(_falling, rate=lambda lr, t: lr / np.sqrt(t + 1)), "your first step has t = 2; count from 1"),
            (partial(_falling, rate=lambda lr, t: -lr / np.sqrt(t)), "you walk uphill; subtract the step"),
        ),
        moves=1,
        inputs=((np.sin, 1.0, 0.5, 1), (np.sin, 1.0, 0.5, 7), (np.tanh, -2.0, 0.3, 4)),
    ),
    "00c": Exercise(
        answer=(0.1, 0.02, 0.01),
        right="The more steps you have, the smaller the best rate: that is why practice lets it fall.",
        slips=(
            ((0.5, 0.5, 0.5), "that is the race without noise; wrap the bowl in al.noisy"),
            ((0.01, 0.02, 0.1), "you have them the wrong way round; with few steps a small rate does not get there"),
        ),
    ),
}
