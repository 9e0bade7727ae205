"""Exercises of notebook 03: correct the cold start."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _average(gradients, betas, correct):
    """An average whose beta changes, corrected at the end by a function of the average and the betas."""
    m = 0.0
    for g, beta in zip(gradients, betas):
        m = beta * m + (1 - beta) * g
    return correct(m, np.asarray(betas))


def _corrected(gradients, betas):
    return _average(gradients, betas, lambda m, betas: m / (1 - np.prod(betas)))


def _last_power(gradients, betas):
    return _average(gradients, betas, lambda m, betas: m / (1 - betas[-1] ** len(betas)))


def _uncorrected(gradients, betas):
    return _average(gradients, betas, lambda m, betas: m)


def _stored(gradients, betas):
    m, product = 0.0, 1.0
    for g, beta in zip(gradients, betas):
        product = product * beta
        m = (beta * m + (1 - beta) * g) / (1 - product)
    return m


EXERCISES = {
    "03a": Exercise(
        answer=10.0,
        right="v starts 2,500 times too small and m five times: the root of 2,500 is 50, and 50 / 5 = 10.",
        slips=(
            (500.0, "v is under a root"),
            (50.0, "m is too small as well, by 1 - β₁"),
            (0.1, "that is upside down: √v stands below m"),
            (1.0, "that is the step with the correction"),
        ),
    ),
    "03b": Exercise(
        answer=_corrected,
        right="The zero at the start keeps the product of all β. Libraries whose β₁ changes divide by 1 minus it.",
        slips=(
            (_last_power, "a power assumes one β for all steps; multiply the β of every step"),
            (_uncorrected, "that is the average itself; divide it by the sum of its weights"),
            (_stored, "you store the corrected average, and the next step corrects it again; keep m as it is"),
        ),
        inputs=(
            (np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.8, 0.9])),
            (np.array([3.0, -1.0]), np.array([0.9, 0.99])),
            (np.array([5.0]), np.array([0.75])),
        ),
    ),
    "03c": Exercise(
        answer=2375,
        right="Longer than the memory of v, twice over: without the correction a warm-up must wait until v is full.",
        slips=(
            (12, "step 12 is where the uncorrected step is longest; a warm-up of 12 steps hands it over at full length"),
            (1000, "after 1,000 steps √v still lacks a fifth: the next step is 1.26 lr"),
            (5001, "no warm-up in your list was long enough; is the limit 1.05 lr, and the rate min(1, t / n)?"),
        ),
    ),
}
