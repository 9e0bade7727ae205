"""Every numbered equation of notebook 02, each held against another derivation: test_2_3 is equation (2.3)."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

import adamlib as al
from helpers.along import sloped_by, steps_along

SLOPES = [3, -1, 4, -1, 5, -9, 2, 6, -5, 3]


def test_2_3():
    """AdaGrad divides by the root of the sum of all squares so far: the sums are whole numbers, added up anew for each step."""
    got = steps_along(al.AdaGrad(lr=0.5, eps=0.25), SLOPES)
    sums = [sum(g * g for g in SLOPES[: t + 1]) for t in range(len(SLOPES))]
    np.testing.assert_allclose(got, [0.5 * g / (sqrt(v) + 0.25) for g, v in zip(SLOPES, sums)], rtol=1e-12)


@pytest.mark.parametrize("s", [0.001, 1.0, 50.0])
def test_the_rate_of_adagrad_falls(s):
    """Gradients of mean square s^2, of either sign and of two sizes: the rate is lr / (s sqrt(t)), it falls without end."""
    sizes = np.array([s * sqrt(1.5), s * sqrt(0.5)] * 200) * np.random.default_rng(0).choice([-1, 1], 400)
    walk = al.run(al.AdaGrad(lr=0.1, eps=0.0), sloped_by(sizes), steps=400)
    t = np.arange(2, 401, 2)
    np.testing.assert_allclose(walk.v[t, 0], t * s**2, rtol=1e-12)
    np.testing.assert_allclose(walk.rate[t, 0], 0.1 / (s * np.sqrt(t)), rtol=1e-12)


def test_2_1():
    """RMSProp's v is the weighted sum (1 - beta2) beta2^(t - i) g_i^2: exactly, in fractions."""
    beta2 = Fraction(3, 4)
    v = [sum((1 - beta2) * beta2 ** (t - i) * g * g for i, g in enumerate(SLOPES[:t], start=1)) for t in range(1, 11)]
    walk = al.run(al.RMSProp(lr=0.5, beta2=0.75, eps=0.25), sloped_by(SLOPES), steps=10)
    assert walk.v[1:, 0].tolist() == [float(x) for x in v]  # all of them have few enough bits
    np.testing.assert_allclose(-np.diff(walk.theta[:, 0]), [0.5 * g / (sqrt(x) + 0.25) for g, x in zip(SLOPES, v)], rtol=1e-12)


@pytest.mark.parametrize("beta2", [0.0, 0.75, 0.99])
def test_2_4(beta2):
    """Constant gradients: lr / sqrt(1 - beta2^t). None make a longer step than lr / sqrt(1 - beta2); a burst comes close."""
    weights = np.cumsum((1 - beta2) * beta2 ** np.arange(50))  # a geometric series, summed up
    steady = steps_along(al.RMSProp(lr=2.0, beta2=beta2, eps=0.0), [7.0] * 50)
    np.testing.assert_allclose(steady, 2 / np.sqrt(weights), rtol=1e-12)
    bound = 2 / sqrt(1 - beta2)
    wild = np.random.default_rng(0).standard_cauchy(2000)
    assert np.abs(steps_along(al.RMSProp(lr=2.0, beta2=beta2, eps=0.0), wild)).max() <= bound * (1 + 1e-12)
    burst = steps_along(al.RMSProp(lr=2.0, beta2=beta2, eps=0.0), [1.0] * 20 + [1e6])
    assert burst[-1] == pytest.approx(bound, rel=1e-6)


@pytest.mark.parametrize(
    "rule", [al.AdaGrad(lr=0.01, eps=0.0), al.RMSProp(lr=0.01, eps=0.0), al.RMSProp(lr=0.01, beta2=0.0, eps=0.0)]
)
def test_2_2(rule):
    """A factor c on every gradient of a coordinate changes nothing: bit for bit for powers of two, on a curved surface."""
    path = al.run(rule, al.rosenbrock(), steps=300).theta
    for factor in ([2.0**-20, 2.0**13], [2.0**60, 2.0**-60]):
        np.testing.assert_array_equal(al.run(rule, al.scaled(al.rosenbrock(), factor), steps=300).theta, path)
    ten = steps_along(rule, SLOPES)
    np.testing.assert_allclose(steps_along(rule, [g / 3 for g in SLOPES]), ten, rtol=1e-12)
    assert not np.allclose(steps_along(al.RMSProp(lr=0.01, eps=1.0), [g / 3 for g in SLOPES]), ten)
