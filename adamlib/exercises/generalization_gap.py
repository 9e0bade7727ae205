"""Exercises of notebook 07: ask what was learnt, not how fast."""

import numpy as np

from adamlib.exercises.exercise import Exercise
from adamlib.problems.counterexamples import private_blocks


def _private(*labels):
    """Features of the private blocks of these labels, and the labels."""
    return private_blocks(np.array(labels)), np.array(labels)


def _ray(x, y):
    signs = np.sign(x.T @ y)
    return signs * (y[0] / (x @ signs)[0])


def _unscaled(x, y):
    return np.sign(x.T @ y)


def _upside_down(x, y):
    signs = np.sign(x.T @ y)
    return signs * ((x @ signs)[0] / y[0])


def _least_norm(x, y):
    return np.linalg.pinv(x) @ y


def _unsigned(x, y):
    along = x.T @ y
    return along * (y[0] / (x @ along)[0])


EXERCISES = {
    "07a": Exercise(
        answer=(1.0, -2.5),
        right="The same training example, fitted exactly, and opposite answers to a new one. The data do not say who is right.",
        slips=(
            ((-2.5, 1.0), "you have them the wrong way round; gradient descent comes first"),
            ((1.0, -10.0), "the signs (1, 1) must be scaled until they fit the example: 10 / (3 + 1)"),
            ((10.0, -2.5), "x must be scaled until it fits the example: 10 / |x|², not 10"),
            ((1.0, -1.0), "Adam's weights are 10/4 in both coordinates, not 1"),
            ((1.0, 1.0), "Adam does not walk along x, but along its signs"),
        ),
    ),
    "07b": Exercise(
        answer=_ray,
        right="One line tells where AdaGrad, RMSProp and Adam must end, where the lemma holds; no step is taken.",
        slips=(
            (_unscaled, "that is the direction; scale it until it fits y"),
            (_upside_down, "X s = c y, so s must be divided by c, not multiplied"),
            (_least_norm, "that is the solution of least norm, where gradient descent ends"),
            (_unsigned, "you walk along the first gradient; take its signs"),
        ),
        inputs=(
            (np.array([[4.0, 3.0]]), np.array([1.0])),
            (np.array([[2.0, 1.0, 1.0], [-1.0, 2.0, 1.0]]), np.array([2.0, 1.0])),
            _private(1.0, 1.0, -1.0, 1.0, -1.0, 1.0, 1.0),
        ),
    ),
    "07c": Exercise(
        answer=0.01,
        right="Between 1/n and 2/n, as for every n: there ε passes the gradients of the private features.",
        slips=(
            (0.005, "there the score of a new -1 has fallen, but is still above 0"),
            (0.02, "that is for n = 101; or is there a smaller one?"),
            (0.05, "that is for n = 51; or is there a smaller one?"),
        ),
    ),
}
