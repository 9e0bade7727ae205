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


def _v(old: float, weight: float) -> float:
    """v after a gradient of 300, when it was 9 before: old and weight are the shares of v and of the new square."""
    return old * 9 + weight * 300**2


EXERCISES = {
    "02a": Exercise(
        answer=300 / np.sqrt(_v(0.99, 0.01)),
        right="A gradient a hundred times as large, a step ten times as long: no step exceeds lr / √(1 − β₂) = 10 lr.",
        slips=(
            (100.0, "you divide by the old v; the new gradient enters v before the step"),
            (1.0, "that is the step when all gradients are 300; the new square enters v with weight 1 − β₂ only"),
            (300 / np.sqrt(_v(0.01, 0.99)), "β₂ is the share of the old v that stays; you have the shares the wrong way round"),
            (300 / _v(0.99, 0.01), "v is under a root"),
        ),
    ),
    "02b": Exercise(
        answer=_eps_inside,
        right="Inside the root, eps = 1e-7 keeps the divisor above 3e-4; outside, only above 1e-7.",
        slips=(
            (_eps_outside, "here eps stands inside the root"),
            (_sum, "that is AdaGrad's sum; RMSProp keeps beta2 of v and adds (1 - beta2) of the square"),
            (_late, "you step with the old v; put the new gradient into v first"),
            (_no_root, "you divide by v; divide by its root"),
        ),
        moves=0,
        inputs=((1.0, 0.0, 2.0, 0.1, 0.9, 0.01), (-1.0, 4.0, 0.5, 0.01, 0.5, 1.0), (0.0, 1.0, -3.0, 0.1, 0.75, 0.1)),
    ),
    "02c": Exercise(
        answer=30,
        right="From this start the ruler costs more than it gives from 30° on. Already at 5° it needs seven times the steps.",
        slips=(
            (45, "45° is the worst; AdaGrad falls behind earlier"),
            (25, "at 25° AdaGrad is still a little ahead; try more rates for it"),
            (5, "at 5° AdaGrad needs seven times its aligned steps, and is still far ahead of gradient descent"),
        ),
    ),
}
