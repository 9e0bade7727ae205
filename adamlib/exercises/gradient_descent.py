"""Exercises of notebook 00: walk downhill."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _falling(slope, x, lr, t, rate=lambda lr, t: lr / np.sqrt(t)):
    """Step t of gradient descent whose rate falls as the root of the step's number, as exercise 00c asks."""
    return x - rate(lr, t) * slope(x)


EXERCISES = {
    "00a": Exercise(
        answer=10_000,
        right="Units count twice: the slope changes a hundredfold, and so does the distance over which it changes.",
        slips=(
            (100, "the slope along y becomes 100 times smaller, and y 100 times larger: the curvature feels both"),
            (1 / 10_000, "that is the curvature along y; κ is the largest curvature over the smallest"),
            (1, "the bowl is the same, and yet its numbers are not: write the height with Y = 100 y"),
        ),
    ),
    "00b": Exercise(
        answer=(0.648, -0.648),
        right="Both are equally far from the bottom, on different sides: 2 / (1 + 4) = 0.4 is the best learning rate here.",
        slips=(
            ((0.648, 0.648), "the factor along y is negative: each step jumps to the other side"),
            ((1.08, 1.08), "that is the place after two steps"),
            ((-0.648, 0.648), "you have them the wrong way round: y has the curvature 4"),
            ((0.024, -31.944), "the height along y is 4 y²/2, and its slope is 4 y"),
            ((8.232, 52.728), "you walk uphill; subtract the step"),
        ),
    ),
    "00c": Exercise(
        answer=_falling,
        right="A rate that falls goes far first and settles later: the noise sinks with it.",
        slips=(
            (partial(_falling, rate=lambda lr, t: lr), "the rate stays the same; divide it by the root of t"),
            (partial(_falling, rate=lambda lr, t: lr / t), "you divide by t; the root of t falls more slowly"),
            (partial(_falling, rate=lambda lr, t: lr / np.sqrt(t + 1)), "t counts from 1: the first step has the whole lr"),
            (partial(_falling, rate=lambda lr, t: -lr / np.sqrt(t)), "you walk uphill; subtract the step"),
        ),
        moves=1,
        inputs=((np.sin, 1.0, 0.5, 1), (np.sin, 1.0, 0.5, 7), (np.tanh, -2.0, 0.3, 4)),
    ),
}
