"""Every numbered equation of notebook 04, each held against another derivation: test_4_4 is equation (4.4)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from helpers.along import states_of_one

GRADIENTS = [Fraction(n, 4) for n in (3, -1, 7, 2, -5, 0, 1)]


def weighted(beta, values):
    """(1 - beta) sum of beta^(t-i) value_i, in exact fractions."""
    return (1 - beta) * sum(beta ** (len(values) - 1 - i) * value for i, value in enumerate(values))


def test_4_1():
    """The two averages unrolled: weighted sums of all gradients and of their squares, in exact fractions."""
    b1, b2 = Fraction(3, 4), Fraction(15, 16)
    for t, state in enumerate(states_of_one(al.Adam(beta1=0.75, beta2=0.9375), GRADIENTS), start=1):
        seen = GRADIENTS[:t]
        assert state.m[0] == pytest.approx(float(weighted(b1, seen)), rel=1e-14, abs=1e-15)
        assert state.v[0] == pytest.approx(float(weighted(b2, [g * g for g in seen])), rel=1e-14)


def test_4_2():
    """Corrected, they are true averages: their weights sum to 1, so a constant is left as it is."""
    b1, b2 = Fraction(3, 4), Fraction(15, 16)
    for t, state in enumerate(states_of_one(al.Adam(beta1=0.75, beta2=0.9375), GRADIENTS), start=1):
        for beta, power, hat in ((b1, 1, state.m_hat), (b2, 2, state.v_hat)):
            shares = [beta ** (t - 1 - i) for i in range(t)]
            mean = sum(w * g**power for w, g in zip(shares, GRADIENTS)) / sum(shares)
            assert hat[0] == pytest.approx(float(mean), rel=1e-13, abs=1e-15)


def test_4_3():
    """Three steps with rational roots, by hand: beta1 = beta2 = 0 divides each gradient by its own size plus eps."""
    walk = states_of_one(al.Adam(lr=0.5, beta1=0, beta2=0, eps=0.25), [1.0, -3.0, 0.0])
    expected = np.cumsum([-0.5 * 1 / 1.25, 0.5 * 3 / 3.25, 0.0])
    np.testing.assert_allclose([state.theta[0] for state in walk], expected, rtol=1e-15)
    state = states_of_one(al.Adam(lr=2.0, beta1=0.5, beta2=0.5, eps=0.5), [1.0, 0.0])[-1]  # m_hat = 1/3, v_hat = 1/3
    assert state.theta[0] == pytest.approx(-2 / 1.5 - 2 / 3 / (1 / np.sqrt(3) + 0.5), rel=1e-14)


@pytest.mark.parametrize("gradients", [[5, 5], [5, -5], [5, 1], GRADIENTS, [1, 10, 100]])
def test_4_4(gradients):
    """Agreement and size from weighted sums in exact fractions: their product is the step, and no agreement exceeds 1."""
    b1, b2 = Fraction(3, 4), Fraction(15, 16)
    state = states_of_one(al.Adam(beta1=0.75, beta2=0.9375), gradients)[-1]
    signed, sizes = (weighted(b1, [Fraction(of(g)) for g in gradients]) for of in (lambda g: g, abs))
    mean_square = weighted(b2, [Fraction(g) ** 2 for g in gradients]) / (1 - b2 ** len(gradients))
    agreement, size = float(signed / sizes), float(sizes / (1 - b1 ** len(gradients))) / np.sqrt(float(mean_square))
    assert agreement * size == pytest.approx(state.m_hat[0] / np.sqrt(state.v_hat[0]), rel=1e-13)
    assert abs(agreement) <= 1
    assert (agreement == 1) == (min(gradients) >= 0)


def test_4_4_by_hand():
    """The three rows of the table: 1, -1/3 and 7/9 of lr."""
    for second, share in ((5.0, 1), (-5.0, -1 / 3), (1.0, 7 / 9)):
        state = states_of_one(al.Adam(beta1=0.5, beta2=0.5), [5.0, second])[-1]
        assert state.m_hat[0] / np.sqrt(state.v_hat[0]) == pytest.approx(share, rel=1e-14)
