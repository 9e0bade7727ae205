"""The numbered equation of room 08.2, held against another derivation: test_8_2_1 is equation (8.2.1)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al

SLOPES = [8, -1, -1, 2, -9, 1, 1, 1, 1]


def averages(beta, power):
    """The weighted sums of the powers of all slopes so far, in exact fractions."""
    return [(1 - beta) * sum(beta ** (t - 1 - s) * SLOPES[s] ** power for s in range(t)) for t in range(1, 10)]


@pytest.mark.parametrize("convention", ["paper", "torch", "optax"])
def test_8_2_1(convention):
    """What the library divides by, after each of nine steps; the paper leaves m as it is."""
    b1, b2 = Fraction(1, 2), Fraction(3, 4)
    v, m = averages(b2, 2), averages(b1, 1)
    late = [1 - b2**t for t in range(1, 10)]
    expected = {
        "paper": [max(v[: t + 1]) for t in range(9)],
        "torch": [max(v[: t + 1]) / late[t] for t in range(9)],
        "optax": [max(v[s] / late[s] for s in range(t + 1)) for t in range(9)],
    }[convention]
    first = m if convention == "paper" else [m[t] / (1 - b1 ** (t + 1)) for t in range(9)]
    rule = al.AMSGrad(lr=1.0, beta1=0.5, beta2=0.75, eps=0, convention=convention)
    state, found = rule.init(np.zeros(1)), []
    for g in SLOPES:
        state = rule.step(state, [float(g)])
        found.append([state.m_hat[0], state.v_hat[0]])
    np.testing.assert_allclose(found, np.array([first, expected], float).T, rtol=1e-13)
