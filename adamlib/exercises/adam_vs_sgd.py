"""Exercises of lesson 05: race fairly."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _choose(rates, ends, arrived=lambda ends: (ends < 1e-6).sum(axis=1)):
    """The rate of the largest count; `arrived` counts the walks of each rate that are there."""
    return rates[arrived(ends).argmax()]


def _of(arrived):
    return lambda rates, ends: _choose(rates, ends, arrived)


TRIED_RATES = np.array([0.001, 0.01, 0.1, 1.0])

EXERCISES = {
    "05a": Exercise(
        answer=np.array([1 / 100, 1.0]),
        right="A rate of SGD is tied to the unit of the loss, a rate of Adam is not, so one rate for both means nothing.",
        slips=(
            (np.array([1.0, 1 / 100]), "you have them the wrong way round: which of the two multiplies the slope as it is?"),
            (np.array([100.0, 1.0]), "SGD's steps become 100 times as long already; its rate must shrink"),
            (np.array([1 / 100, 1 / 100]), "√v grows with the slope, so Adam's steps stay as they are"),
            (np.array([1 / 100, 1 / 10]), "v holds squares and grows 10,000 times, but it is under a root"),
        ),
    ),
    "05b": Exercise(
        answer=np.array([1, 3]),
        right="Between the two, the walk was above once more.",
        slips=(
            (np.array([2, 4]), "the first loss is that of t = 0, before any step"),
            (np.array([1, 2]), "at t = 2 it is still above; it stays from the step after"),
            (np.array([3, 1]), "you have them the wrong way round: touch comes first"),
            (np.array([1, 1]), "at t = 2 the loss is 3, so it does not stay from t = 1 on"),
            (np.array([1, 4]), "0.9 is below 1 too"),
        ),
    ),
    "05c": Exercise(
        answer=_choose,
        right="It counts where walks end, so a lucky start, a lucky moment and a huge loss each count once.",
        slips=(
            (_of(lambda ends: (ends < 1e-6).sum(axis=0)), "a row belongs to a rate: count along each row"),
            (_of(lambda ends: (ends < 1e-6).any(axis=1)), "that is the first rate with which any walk arrives; count them"),
            (_of(lambda ends: np.isfinite(ends).sum(axis=1)), "not to diverge is not yet to arrive"),
            (_of(lambda ends: (~(ends >= 1e-6)).sum(axis=1)), "nan is not at least 1e-6, and yet it has not arrived"),
            (_of(lambda ends: (ends >= 1e-6).sum(axis=1)), "you count the walks that are not there"),
        ),
        inputs=(
            (TRIED_RATES, np.array([[3.0, 2.0, 1.0, 4.0], [1e-9, 2e-6, 0.1, 2e-6], [1e-8, 1e-7, 1e-8, 50.0], 4 * [np.nan]])),
            (TRIED_RATES, np.array([[1, 1e-30, 1, 1], [90, 1e-7, 1e-7, 1], 4 * [2e-6], [np.nan, 1e-8, np.nan, 1]])),
        ),
    ),
}
