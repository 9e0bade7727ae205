"""Exercises of notebook 09: take the decay out."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _adamw(theta, m, v, g, t, lr, weight_decay, eta, beta1, beta2, eps, drag=None, inside=0.0, late=False):
    """The paper's AdamW as exercise 09b asks; `drag` is the share that decays, `inside` the share of the penalty in g."""
    g = g + inside * weight_decay * theta
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    step = eta * lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)
    keep = 1 - (eta * weight_decay if drag is None else drag(lr, eta, weight_decay))
    return (keep * (theta - step) if late else keep * theta - step), m, v


EXERCISES = {
    "09a": Exercise(
        answer=np.log(0.5) / np.log1p(-1e-5),
        right="Almost 70,000 steps: in a short fine-tuning the default decay does next to nothing.",
        slips=(
            (np.log(0.5) / np.log1p(-0.01), "that is the paper's convention; in the libraries lr multiplies λ"),
            (1e5, "that is the time to 1/e = 0.37; a half comes earlier"),
            (5e4, "the decay is a share of what is left, not of the start"),
        ),
    ),
    "09b": Exercise(
        answer=_adamw,
        right="With eta = 1 and weight_decay times lr it is the libraries' AdamW.",
        slips=(
            (partial(_adamw, drag=lambda lr, eta, wd: eta * lr * wd), "in the paper lr does not multiply λ; eta alone does"),
            (partial(_adamw, drag=lambda lr, eta, wd: wd), "eta multiplies the decay too"),
            (partial(_adamw, drag=lambda lr, eta, wd: 0.0, inside=1.0), "that is a penalty: λθ went through m and v"),
            (partial(_adamw, drag=lambda lr, eta, wd: 0.0), "the decay is missing"),
            (partial(_adamw, late=True), "decay the old theta; you decay the new one"),
        ),
        moves=0,
        inputs=(
            (2.0, 0.3, 0.2, 2.0, 2, 0.1, 0.5, 0.5, 0.9, 0.99, 0.1),
            (-1.0, -0.5, 3.0, 0.4, 5, 0.1, 0.7, 0.8, 0.5, 0.9, 0.05),
            (4.0, 0.1, 0.5, -1.5, 3, 0.2, 0.6, 0.25, 0.8, 0.999, 0.2),
        ),
    ),
    "09c": Exercise(
        answer=5.023,
        right="Against a loss a hundred times as large the same penalty is a hundredth. AdamW does not notice.",
        slips=(
            (1.0, "that is AdamW, which does not notice; put the penalty into the problem"),
            (8.233, "that is without any penalty; λ stays 0.1"),
            (0.199, "upside down: scaled over plain"),
            (100, "that is the factor of the loss; measure the weights"),
        ),
        rtol=0.02,
    ),
}
