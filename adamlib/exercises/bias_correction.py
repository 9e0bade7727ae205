"""Exercises of notebook 03: correct the cold start."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _averaged(gradients, betas):
    """An average from zero whose beta changes."""
    average = 0.0
    for g, beta in zip(gradients, betas):
        average = beta * average + (1 - beta) * g
    return average


def _corrected(gradients, betas):
    return _averaged(gradients, betas) / (1 - np.prod(betas))


def _last_beta(gradients, betas):
    return _averaged(gradients, betas) / (1 - betas[-1])


def _last_power(gradients, betas):
    return _averaged(gradients, betas) / (1 - betas[-1] ** len(betas))


def _forgotten(gradients, betas):
    return _averaged(gradients, betas) / (1 - np.prod(1 - np.asarray(betas)))


EXERCISES = {
    "03a": Exercise(
        answer=2375,
        right="It must rise for more than twice the memory of v, 1,000 steps: until √v is full.",
        slips=(
            (12, "the rate is lr at step 12, where the uncorrected step is longest: 6.57 lr"),
            (100, "√v has 31 per cent of its size by step 100: that step is 3.24 lr"),
            (1000, "√v still lacks a fifth at step 1,000: that step is 1.26 lr"),
            (2374, "step 2,374 is the last that is longer than 1.05 lr"),
        ),
    ),
    "03b": Exercise(
        answer=5.0,
        right="It is 3 · 1/3 + 6 · 2/3: the correction makes the weights sum to 1, and the newer gradient counts twice as much.",
        slips=(
            (3.75, "that is the average itself; divide it by the sum of its weights"),
            (7.5, "divide by 1 − β², there are two steps by now"),
            (4.5, "that is the plain mean, or the first average was stored corrected; the newer gradient counts more"),
            (6.0, "you store the corrected average, and the next step corrects it again; keep it as it is"),
            (15.0, "that divides by β², the weight of the zero; divide by what it leaves"),
        ),
    ),
    "03c": Exercise(
        answer=_corrected,
        right="The zero keeps the product of all β. Libraries whose β₁ changes divide by 1 minus it.",
        slips=(
            (_last_power, "a power assumes one β for all steps; each step keeps its own β of the zero"),
            (_averaged, "that is the average itself: for you the zero has no weight left"),
            (_last_beta, "that is what the last step alone would leave; the steps before took their share too"),
            (_forgotten, "you keep 1 − β of the zero in each step; it keeps β, as all of the average does"),
        ),
        inputs=(
            (np.array([1.0, 2.0, 4.0]), np.array([0.5, 0.8, 0.9])),
            (np.array([3.0, -1.0]), np.array([0.9, 0.99])),
            (np.array([5.0]), np.array([0.75])),
        ),
    ),
}
