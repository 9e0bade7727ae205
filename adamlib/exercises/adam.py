"""Exercises of notebook 04: put the pieces together."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _adam(
    theta, m, v, g, t, lr, beta1, beta2, eps, below=lambda v, c, eps: np.sqrt(v / c) + eps, keep=None, corrected=True, late=0
):
    """Adam's step as exercise 04b asks: `below` makes the denominator of v, its correction and eps; `keep` joins two v."""
    old = v
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    c1, c2 = (1 - beta1 ** (t - late), 1 - beta2 ** (t - late)) if corrected else (1.0, 1.0)
    return theta - lr * (m / c1) / below(keep(old, v) if keep else v, c2, eps), m, v


def _keeps_the_corrected(theta, m, v, g, t, lr, beta1, beta2, eps):
    theta, m, v = _adam(theta, m, v, g, t, lr, beta1, beta2, eps)
    return theta, m / (1 - beta1**t), v / (1 - beta2**t)


EXERCISES = {
    "04a": Exercise(
        answer=0.1 / np.sqrt(0.01 * (1 - 0.81 / 0.99)),
        right="More than twice lr, where the paper promises less than lr. The bound is lr only for β₁ = β₂.",
        slips=(
            (1.0, "that is the paper's bound, which two growing gradients break; use (4.5)"),
            (0.1 / (0.01 * (1 - 0.81 / 0.99)), "in (4.5) the whole denominator stands under a root"),
            (0.1 / np.sqrt(0.01 * (1 - 0.9 / 0.99)), "β₁ is squared in (4.5)"),
        ),
    ),
    "04b": Exercise(
        answer=_adam,
        right="Two averages, two corrections, one division: that is all of Adam.",
        slips=(
            (partial(_adam, below=lambda v, c, eps: v / c + eps), "v is under a root"),
            (partial(_adam, late=1), "t counts the present step, from 1; your powers are one step late"),
            (partial(_adam, below=lambda v, c, eps: np.sqrt(v / c + eps)), "ε is added after the root, not under it"),
            (partial(_adam, corrected=False), "m and v are not corrected; (4.2) is missing"),
            (
                partial(_adam, below=lambda v, c, eps: (np.sqrt(v) + eps) / np.sqrt(c)),
                "that is the hatted ε, added before the correction; (4.3) adds it after",
            ),
            (partial(_adam, below=lambda v, c, eps: np.sqrt(v / c)), "ε is missing, or it is not the `eps` that was handed in"),
            (
                partial(_adam, keep=max),
                "you keep the larger of the old v and the new; that is a later rule, AMSGrad, and Adam's v may fall",
            ),
            (_keeps_the_corrected, "return m and v as they are; the corrected ones serve this step only"),
            (
                partial(lambda step, theta, *rest: (2 * theta - step(theta, *rest)[0], *step(theta, *rest)[1:]), _adam),
                "you walk uphill",
            ),
        ),
        moves=0,
        inputs=(
            (1.0, 0.3, 0.2, 2.0, 2, 0.1, 0.9, 0.99, 0.1),
            (-1.0, -0.5, 3.0, 0.4, 5, 0.01, 0.5, 0.9, 0.05),
            (0.2, 0.1, 0.5, -1.5, 3, 0.2, 0.8, 0.999, 0.2),
        ),
    ),
    "04c": Exercise(
        answer=5811,
        right="One gradient a thousand times too large slows a coordinate for almost 6,000 steps: a reason to clip gradients.",
        slips=(
            (1000, "that is 1/(1 - β₂), the memory of v; the square of 1000 takes longer to forget"),
            (809, "that is for β₂ = 0.99"),
            (4, "that is where the steps become short; when are they long again?"),
            (5810, "that is the last short step; the next one is half of lr again"),
        ),
    ),
}
