"""Exercises of lesson 08: make it remember."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _amsgrad(
    theta,
    m,
    v,
    v_max,
    g,
    t,
    lr,
    beta1,
    beta2,
    convention="paper",
    keep=np.maximum,
    below=lambda v, v_max: np.sqrt(v_max),
    sign=-1.0,
):
    """AMSGrad's step as exercise 08c asks: `keep` joins the old maximum and the new v, `below` is the denominator."""
    c1, c2 = (1.0, 1.0) if convention == "paper" else (1 - beta1**t, 1 - beta2**t)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_max = keep(v_max, v / c2 if convention == "optax" else v)
    late = c2 if convention == "torch" else 1.0
    return theta + sign * lr * (m / c1) / below(v / late, v_max / late), m, v, v_max


def _keeps_the_maximum(theta, m, v, v_max, g, *rest):
    """Stores the maximum in place of v, so that it is averaged in the next step."""
    theta, m, v, v_max = _amsgrad(theta, m, v, v_max, g, *rest)
    return theta, m, v_max, v_max


def _late_maximum(theta, m, v, v_max, g, t, lr, beta1, beta2):
    """Divides by the maximum before this step's v enters it; where there is none yet, by v."""
    below = np.sqrt(v_max if v_max > 0 else beta2 * v + (1 - beta2) * g**2)
    return _amsgrad(theta, m, v, v_max, g, t, lr, beta1, beta2, below=lambda *_: below)


STEP_SLIPS = (
    (partial(_amsgrad, below=lambda v, v_max: np.sqrt(v)), "you keep the maximum but divide by the root of v"),
    (partial(_amsgrad, keep=lambda old, new: new), "that is Adam: the old maximum does not take part"),
    (partial(_amsgrad, below=lambda v, v_max: v_max), "the maximum is under a root"),
    (partial(_amsgrad, sign=1.0), "you walk uphill"),
    (partial(_amsgrad, keep=lambda old, new: old if old > 0 else new), "the maximum must rise whenever v passes it"),
    (_late_maximum, "you divide by the old maximum; let the new v into it first"),
    (_keeps_the_maximum, "v goes on fading; return it beside the maximum, not the maximum in its place"),
)

EXERCISES = {
    "08a": Exercise(
        answer=1021,
        right="The rare win must beat a hundred losses by 2 per cent. Below that, the usual Adam walks to the worst place.",
        slips=(
            (
                1001,
                "that is enough where the multiplier stands still, as AMSGrad's does; Adam's grows by 2.5 per cent on average",
            ),
            (1242, "that is for β₂ = 0.99, which forgets sooner; the usual β₂ is 0.999"),
            (2000, "twice is more than enough even for β₂ = 0.975, which forgets 25 times as fast as the usual 0.999"),
            (1020, "at 1020 Adam still walks the wrong way"),
            (1026, "that is for β₁ = 0"),
        ),
    ),
    "08b": Exercise(
        answer=-1 / 3,
        right="The sum of the slopes is 1, and every one of them is divided by 3: AMSGrad walks the right way.",
        slips=(
            (1 / 3, "a positive slope moves θ down, and down is negative"),
            (
                sum(1 / np.sqrt([5, 3, 2])) - 4 / 3,
                "that is Adam, who divides by the v of each day; AMSGrad divides by the largest",
            ),
            (-1, "those are the slopes alone; divide them by √9"),
            (-1 / 9, "v is under a root"),
            (2, "that is a vote, where √v is the size of the slope of each day"),
        ),
    ),
    "08c": Exercise(
        answer=_amsgrad,
        right="That is the paper's AMSGrad: the largest v so far stands below the root, and v itself goes on fading.",
        also=(
            (
                partial(_amsgrad, convention="torch"),
                "That is AMSGrad as PyTorch and Keras have it: the maximum of the raw v, corrected afterwards.",
            ),
            (partial(_amsgrad, convention="optax"), "That is AMSGrad as Optax has it: the maximum of the corrected v."),
        ),
        slips=STEP_SLIPS,
        moves=0,
        inputs=(
            (0.5, 0.3, 4.0, 4.0, 1.0, 3, 0.2, 0.9, 0.9),
            (-0.2, 1.0, 2.0, 9.0, -3.0, 2, 0.3, 0.5, 0.99),
            (0.9, -2.0, 1.0, 1.5, -1.0, 5, 0.5, 0.8, 0.5),
            (0.0, 0.0, 0.0, 0.0, 2.0, 1, 0.1, 0.9, 0.999),
            (0.1, 0.2, 1.0, 1.0, 5.0, 4, 0.1, 0.9, 0.5),
        ),
    ),
}
