"""Exercises of lesson 10: use it on Monday."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _factor(t, T, warm, lowest, along=lambda t, T, warm: (t - warm) / (T - warm)):
    """The factor of lr that exercise 10c asks for."""
    if t < warm:
        return (t + 1) / warm
    return lowest + (1 - lowest) * (1 + np.cos(np.pi * along(t, T, warm))) / 2


def _with(along):
    return lambda t, T, warm, lowest: _factor(t, T, warm, lowest, along)


EXERCISES = {
    "10a": Exercise(
        answer=(1, 8),
        right="Adam forgives the factor, the clip does not: it would now bite almost always, unseen.",
        slips=(
            ((8, 8), "that is right for the clip; what does Adam do with a factor that all gradients share?"),
            ((1, 1), "that is right for Adam; the clip comes before it, and sees the long gradients"),
            ((8, 1), "the other way round: which of the two divides a factor out?"),
            ((1, 0.125), "upside down: the norms have grown, and the limit must keep up with them"),
        ),
    ),
    "10b": Exercise(
        answer=0.016,
        right="At lr = 0.1 it would be 1.6, and the start thrown away.",
        slips=(
            (0.001 / 16, "the weights are small, so the update is large beside them: divide lr by their size"),
            (0.256, "that is lr·n; the size of the weights is 1/√n"),
            (16, "that is one over the size of the weights; the update is lr"),
            (0.001, "that is the update; beside weights of 1/16 it is larger"),
        ),
        rtol=0.01,
    ),
    "10c": Exercise(
        answer=_factor,
        right="nanoGPT's schedule is of this kind: its warm-up is 2,000 of 600,000 steps, and its lowest factor a tenth.",
        slips=(
            (_with(lambda t, T, warm: t / T), "the fall starts after the warm-up: at t = warm it is at 0"),
            (_with(lambda t, T, warm: (t - warm) / T), "the fall is only T − warm steps long, and must be at 1 at its end"),
            (_with(lambda t, T, warm: (T - t) / (T - warm)), "upside down: that is what is left of the fall"),
            (_with(lambda t, T, warm: t / (T - warm)), "count from the end of the warm-up"),
        ),
        inputs=((3, 100, 10, 0.1), (10, 100, 10, 0.1), (55, 100, 10, 0.1), (99, 100, 10, 0.0), (40, 50, 20, 0.2)),
    ),
}
