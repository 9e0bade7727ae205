"""Exercises of notebook 02: give every coordinate its own ruler."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _eps_inside(theta, v, g, lr, beta2, eps):
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * g / np.sqrt(v + eps), v


def _eps_outside(theta, v, g, lr, beta2, eps):
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * g / (np.sqrt(v) + eps), v


def _sum(theta, v, g, lr, beta2, eps):
    v = v + g**2
    return theta - lr * g / np.sqrt(v + eps), v


def _late(theta, v, g, lr, beta2, eps):
    return theta - lr * g / np.sqrt(v + eps), beta2 * v + (1 - beta2) * g**2


def _no_root(theta, v, g, lr, beta2, eps):
    v = beta2 * v + (1 - beta2) * g**2
    return theta - lr * g / (v + eps), v


def _no_square(theta, v, g, lr, beta2, eps):
    v = beta2 * v + (1 - beta2) * abs(g)
    return theta - lr * g / np.sqrt(v + eps), v


EXERCISES = {
    "02a": Exercise(
        answer=np.array([1 / 1000, 1]),
        right="The multiplier shrinks to a thousandth, the gradient grows a thousandfold, and the step stays.",
        slips=(
            (np.array([1, 1 / 1000]), "you have them the wrong way round"),
            (np.array([1 / 1000, 1 / 1000]), "the step is the multiplier times the gradient, and that grows a thousandfold"),
            (np.array([1000, 1]), "√v grows a thousandfold, and the multiplier is lr divided by it"),
            (np.array([1, 1000]), "that is gradient descent, whose multiplier is lr"),
            (np.array([1e-6, 1e-3]), "v grows a millionfold, but it is under a root"),
            (np.array([1, 1]), "√v grows with the gradient, so the multiplier does change"),
        ),
    ),
    "02b": Exercise(
        answer=7 / np.sqrt(0.5 * 1**2 + 0.5 * 7**2),
        right="A slope seven times as large, a step 1.4 times as long. No step exceeds lr/√(1 − β₂), here 1.41 lr.",
        slips=(
            (7.0, "you divide by the old v; the new slope enters v before the step"),
            (1.0, "that is the step when every slope is 7; here half of v is still from the old ones"),
            (7 / 25, "v is under a root"),
            (7 / np.sqrt(50), "that is AdaGrad's sum; here each of the two squares has half the weight"),
            (7 / 4, "that is an average of the slopes; average their squares"),
        ),
    ),
    "02c": Exercise(
        answer=_eps_inside,
        right="Inside the root, eps = 1e-7 keeps the divisor above 3e-4; outside, only above 1e-7.",
        slips=(
            (_eps_outside, "here eps stands inside the root"),
            (_sum, "that is AdaGrad's sum; RMSProp keeps beta2 of v and adds (1 - beta2) of the square"),
            (_late, "you step with the old v; put the new gradient into v first"),
            (_no_root, "you divide by v; divide by its root"),
            (_no_square, "v is an average of squares"),
        ),
        moves=0,
        inputs=((1.0, 0.0, 2.0, 0.1, 0.9, 0.01), (-1.0, 4.0, 0.5, 0.01, 0.5, 1.0), (0.0, 1.0, -3.0, 0.1, 0.75, 0.1)),
    ),
}
