"""Exercises of notebook 08: make it remember."""

from functools import partial

import numpy as np

from adamlib.exercises.exercise import Exercise


def _amsgrad(x, m, v, v_max, g, lr, beta1, beta2, keep=max, low=-1.0, high=1.0, sign=-1.0, below=lambda v, v_max: np.sqrt(v_max)):
    """The paper's AMSGrad on [-1, 1] as exercise 08b asks; `keep` joins the old maximum and v, `below` is the denominator."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_max = keep(v_max, v)
    x = x + sign * lr * m / below(v, v_max)
    return min(max(x, low), high), m, v, v_max


def _keeps_the_maximum(x, m, v, v_max, g, lr, beta1, beta2):
    """Stores the maximum in place of v, so that it is averaged in the next step."""
    x, m, v, v_max = _amsgrad(x, m, v, v_max, g, lr, beta1, beta2)
    return x, m, v_max, v_max


def _late_maximum(x, m, v, v_max, g, lr, beta1, beta2):
    """Divides by the maximum before this step's v enters it; where there is none yet, by v."""
    below = np.sqrt(v_max or beta2 * v + (1 - beta2) * g**2)
    return _amsgrad(x, m, v, v_max, g, lr, beta1, beta2, below=lambda *_: below)


EXERCISES = {
    "08a": Exercise(
        answer=500 / (4 * 0.02),
        right="More than six times the thousand steps that the default β₂ remembers: this game fools it.",
        slips=(
            (1 - 4 * 0.02 / 500, "that is β₂; its memory is 1 / (1 - β₂)"),
            (500 / (2 * 0.02), "the rate grows with the root of 1 / v, so half as fast as v fades; (8.5) has a 4"),
            (500 / (4 * 2), "two per cent is 0.02"),
            (4 * 0.02 / 500, "that is 1 - β₂; its memory is one divided by it"),
        ),
    ),
    "08b": Exercise(
        answer=_amsgrad,
        right="One line more than Adam: the largest v so far takes its place below the root, and v itself goes on fading.",
        slips=(
            (partial(_amsgrad, below=lambda v, v_max: np.sqrt(v)), "you keep the maximum but divide by the root of v"),
            (partial(_amsgrad, keep=lambda old, new: new), "that is Adam: the old maximum does not take part"),
            (partial(_amsgrad, below=lambda v, v_max: v_max), "the maximum is under a root"),
            (partial(_amsgrad, low=-np.inf, high=np.inf), "the wall is missing: x stays between -1 and 1"),
            (partial(_amsgrad, sign=1.0), "you walk uphill"),
            (partial(_amsgrad, keep=lambda old, new: old or new), "the maximum must rise whenever v passes it"),
            (_late_maximum, "you divide by the old maximum; let the new v into it first"),
            (_keeps_the_maximum, "v goes on fading; return it beside the maximum, not the maximum in its place"),
        ),
        moves=0,
        inputs=(
            (0.5, 0.3, 4.0, 4.0, 1.0, 0.2, 0.9, 0.9),
            (-0.2, 1.0, 2.0, 9.0, -3.0, 0.3, 0.5, 0.99),
            (0.9, -2.0, 1.0, 1.5, -1.0, 0.5, 0.8, 0.5),
            (0.0, 0.0, 0.0, 0.0, 2.0, 0.1, 0.9, 0.999),
            (0.1, 0.2, 1.0, 1.0, 5.0, 0.1, 0.9, 0.5),
        ),
    ),
    "08c": Exercise(
        answer=1021,
        right="The rare win must beat a hundred losses by 2 per cent. Below that, the default Adam walks to the worst end.",
        slips=(
            (1001, "that is enough for AMSGrad, and for a rate that never grows; let `al.drift` judge Adam"),
            (1026, "that is for β₁ = 0"),
            (1020, "at 1020 Adam still walks the wrong way"),
            (1242, "that is for β₂ = 0.99; the default is 0.999"),
            (1003, "that is for β₂ = 0.9999; the default is 0.999"),
        ),
    ),
}
