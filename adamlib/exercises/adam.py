"""Exercises of lesson 04: put the pieces together."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _adam(
    theta, m, v, g, t, lr, beta1, beta2, eps, below=lambda v, c, eps: np.sqrt(v / c) + eps, keep=None, corrected=True, late=0
):
    """Adam's step as exercise 04c asks: `below` makes the denominator of v, its correction and eps; `keep` joins two v."""
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
        answer=6000,
        right="It takes until step 5,811. A gradient that is clipped to 1 shortens nothing.",
        slips=(
            (10, "that is the memory of m; v remembers longer, and keeps the square of 1,000"),
            (100, "by then √v̂ is still 98 times too long, and v has lost a tenth of it"),
            (1000, "that is 1/(1 − β₂), in which the 1,000 in v shrinks to little more than a third; it must shrink to 3"),
        ),
    ),
    "04b": Exercise(
        answer=0.6,
        right="The gradients disagree, so a third of lr is left at the second step, still in the old direction.",
        slips=(
            (1.0, "the sign of each gradient is not followed alone: m̂ at the second step is (5 − 2)/3"),
            (0.8, "m̂ is still positive at the second step, so the weight goes on falling"),
            (1 - 0.3 * (5 / 25 + 1 / 9), "v̂ is under a root"),
            (
                1 - 0.3 * (2.5 / np.sqrt(12.5) + 0.75 / np.sqrt(6.75)),
                "m and v are not corrected; (4.2) is missing",
            ),
        ),
    ),
    "04c": Exercise(
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
}
