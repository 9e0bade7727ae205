"""Every numbered equation of lesson 01, each held against another derivation: test_1_2 is equation (1.2)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def test_1_1():
    """The heavy ball: each step is beta times the last one, minus lr times the gradient (Polyak's form, without m)."""
    path = al.run(al.Momentum(lr=0.25, beta=0.75), al.bowl(4), steps=30).theta
    old, now = path[0], path[1]
    np.testing.assert_allclose(now, old - 0.25 * np.array([1, 4]) * old)
    for new in path[2:]:
        np.testing.assert_allclose(new, now + 0.75 * (now - old) - 0.25 * np.array([1, 4]) * now, atol=1e-14)
        old, now = now, new


def test_1_2():
    """Of equal gradients a geometric series, of alternating ones an alternating series: exactly, in fractions; and on walks."""
    for beta in (Fraction(1, 2), Fraction(9, 10), Fraction(0)):
        agree, alternate = (sum((sign * beta) ** k for k in range(200)) for sign in (1, -1))
        assert float(agree) == pytest.approx(float(1 / (1 - beta)), rel=1e-8)
        assert float(alternate) == pytest.approx(float(1 / (1 + beta)), rel=1e-8)
    for slope, m in ((3.0, 30.0), (lambda t: 3.0 * (-1) ** t, 3.0 / 1.9)):
        walk = al.run(al.Momentum(lr=0.1, beta=0.9), al.ramp(slope), steps=200)
        assert walk.m[-1, 0] == pytest.approx(m, rel=1e-8)


def test_1_2_is_the_end_of_a_weighted_sum():
    """The memory is the sum of all gradients, each weighted by beta to the power of its age."""
    walk = al.run(al.Momentum(lr=0.1, beta=0.9), al.rosenbrock(), start=[0.5, 0.5], steps=5)
    for t in range(1, 6):
        np.testing.assert_allclose(walk.m[t], sum(0.9 ** (t - i) * walk.grad[i] for i in range(1, t + 1)))


def test_1_3():
    """The average is (1 - beta) times the sum, so with lr / (1 - beta) it walks the same path."""
    rule = al.Momentum(lr=0.5, beta=0.75), al.Momentum(lr=2.0, beta=0.75, dampening=0.75)
    adds, averages = (al.run(one, al.himmelblau(), start=[3.0, 1.9], steps=3) for one in rule)
    np.testing.assert_array_equal(averages.m, 0.25 * adds.m)  # powers of two: to the last bit
    np.testing.assert_array_equal(averages.theta, adds.theta)
