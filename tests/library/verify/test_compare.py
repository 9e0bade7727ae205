"""A walk beside a rule: m and v are compared too, in the precision and in the units of the walk."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import START
from helpers.steps import as_function


def test_sums_without_one_minus_beta_are_right_in_single_precision():
    def sums(theta, grad, state):
        grad = grad.astype(np.float32)
        m, v, t = (state["m"], state["v"], state["t"] + 1) if state else (0 * grad, 0 * grad, 1)
        m, v = np.float32(0.9) * m + grad, np.float32(0.999) * v + grad**2
        root = np.sqrt(v * np.float32(0.001 / (1 - 0.999**t))) + np.float32(1e-8)
        change = m * np.float32(0.001 * 0.1 / (1 - 0.9**t)) / root
        return theta.astype(np.float32) - change, {"m": m, "v": v, "t": t}

    assert al.verify(sums).follows == "Adam"


def test_single_precision_inside_double():
    def half_way(theta, grad, state):
        state = state or al.Adam(lr=0.1).init(START)
        new = al.Adam(lr=0.1).step(state, grad)
        return theta + (new.theta - state.theta).astype(np.float32), new

    verdict = al.verify(half_way, like=al.Adam(lr=0.1))
    assert verdict.ok
    assert "; it agrees to single precision only, which hides small differences in settings" in verdict.sentence
    assert "only a vector was walked: with a matrix ValueError: grad of shape (64, 64)" in verdict.sentence


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_a_wrong_v_is_seen_where_theta_hides_it(dtype):
    """1 - beta2 a tenth too large: theta agrees to four digits, v does not."""
    verdict = al.verify(as_function(al.Adam(beta2=0.9989), dtype))
    assert (verdict.ok, verdict.quantity, verdict.step) == (False, "v", 1)
    assert al.verify(as_function(al.Adam(), dtype)).follows == "Adam"


def test_what_departs_first_is_seen_in_the_state():
    def step(theta, grad, state):
        state = state or {"m": 0 * theta, "v": 0 * theta, "t": 0}
        t = state["t"] + 1
        m, v = 0.9 * state["m"] + 0.1 * grad, 0.999 * state["v"] + (0.001 if t < 5 else 0.002) * grad**2
        theta = theta - 0.001 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return theta, {"m": m, "v": v, "t": t}

    verdict = al.verify(step)
    assert (verdict.quantity, verdict.step) == ("v", 5)
    assert " first in v, at step 5: " in verdict.sentence
