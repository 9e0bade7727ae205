"""The numbered equations of room 02.3, each held against another derivation: test_2_3_1 is equation (2.3.1)."""

from math import erf, isqrt, sqrt

import numpy as np
import pytest

import adamlib as al
from helpers.along import sloped_by, steps_along

SLOPES = [3, -1, 4, -1, 5, -9, 2, 6, -5, 3]


@pytest.mark.parametrize("gap", [4, 25])
def test_2_3_1(gap):
    """Slopes of 1 at equal distances, p = 1 / gap: with a long memory a whole number of gaps is walked at lr sqrt(p) a step."""
    slopes = [1.0 if t % gap == 0 else 0.0 for t in range(1, 40 * gap + 1)] * 30
    walk = al.run(al.RMSProp(lr=1.0, beta2=1 - 1 / (200 * gap), eps=1e-12), sloped_by(slopes), steps=len(slopes)).theta[:, 0]
    late = len(slopes) - 40 * gap
    assert -(walk[-1] - walk[late]) / (40 * gap) == pytest.approx(sqrt(1 / gap), rel=0.01)


@pytest.mark.parametrize("n", [100, 10_000])
def test_2_3_2(n):
    """The sum of 1 / sqrt(i) lies between 2 sqrt(n) - 2 and 2 sqrt(n): integrals below and above. Zeros do not count."""
    gaps = [1.0 if t % 4 == 0 else 0.0 for t in range(1, 4 * n + 1)]  # p = 1/4, T = 4 n
    walked = {name: float(steps_along(rule, gaps).sum()) for name, rule in (("ada", al.AdaGrad(lr=1.0)), ("sgd", al.SGD(lr=1.0)))}
    assert walked["sgd"] == n
    assert 2 * isqrt(n) - 2 < walked["ada"] < 2 * isqrt(n)
    assert walked["ada"] == pytest.approx(2 * sqrt(0.25 * 4 * n), rel=0.1)


@pytest.mark.parametrize("eta", [0.5, 2.0, 5.0])
def test_2_3_3(eta):
    """v settles at E g^2 = 1 + eta^2, by quadrature over the normal distribution; the mean step follows."""
    nodes, weight = np.polynomial.hermite_e.hermegauss(20)
    square = float((weight * (1 + eta * nodes) ** 2).sum() / weight.sum())
    assert square == pytest.approx(1 + eta**2)
    noise = al.noisy(al.ramp(dim=3000), sigma=eta, seed=5)
    walk = al.run(al.RMSProp(lr=1.0, beta2=0.99, eps=0.0), noise, steps=1200, every=600)
    assert walk.v[-1].mean() == pytest.approx(square, rel=0.02)
    assert -(walk.theta[-1] - walk.theta[1]).mean() / 600 == pytest.approx(1 / sqrt(1 + eta**2), rel=0.02)


def test_without_memory_the_sign_is_left():
    """With beta2 = 0 every step is lr times the sign, so under noise the mean is P(right) - P(wrong)."""
    np.testing.assert_array_equal(steps_along(al.RMSProp(lr=0.25, beta2=0.0, eps=0.0), SLOPES), 0.25 * np.sign(SLOPES))
    noise = al.noisy(al.ramp(dim=3000), sigma=2.0)
    walk = al.run(al.RMSProp(lr=1.0, beta2=0.0, eps=0.0), noise, steps=300, every=300)
    assert -walk.theta[-1].mean() / 300 == pytest.approx(erf(1 / (2 * sqrt(2))), rel=0.02)
