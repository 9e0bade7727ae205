"""Every numbered equation of room 09.1, each held against another derivation."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def test_9_1_1():
    """In exact fractions, on a quadratic with a slope, step by step: decay is the penalty decay / lr, and not decay itself."""
    lr, decay, x, y, other = Fraction(1, 10), Fraction(1, 50), Fraction(3), Fraction(3), Fraction(3)
    for _ in range(20):
        x = (1 - decay) * x - lr * (2 * x - 1)
        y = y - lr * ((2 * y - 1) + decay / lr * y)
        other = other - lr * ((2 * other - 1) + decay * other)
        assert x == y
    assert other != x
    line = al.Problem("line", lambda z: (z * z - z)[..., 0], lambda z, t=1: 2 * z - 1, np.full(1, 3.0))
    assert al.final(al.SGD(0.1), al.ridge(line, 0.02 / 0.1), steps=20).theta == pytest.approx(float(x), rel=1e-13)


def test_9_1_2():
    """Exact fractions: with fixed rulers the penalty's gradient, lambda / lr s theta, divided by s is the decay."""
    lr, decay = Fraction(1, 10), Fraction(1, 50)
    for s in (Fraction(1, 2), Fraction(7)):
        x, y = Fraction(2), Fraction(2)
        for _ in range(10):
            x = (1 - decay) * x - lr * (3 * x - 1) / s
            y = y - lr * ((3 * y - 1) + decay / lr * s * y) / s
            assert x == y
    theta, h = np.array([2.0, -1.0]), 1e-6
    rulers = np.array([0.5, 4.0])
    added = [0.02 / 0.2 * (rulers * (theta + h * e) ** 2).sum() for e in np.eye(2)]
    lower = [0.02 / 0.2 * (rulers * (theta - h * e) ** 2).sum() for e in np.eye(2)]
    np.testing.assert_allclose((np.array(added) - lower) / (2 * h), 0.02 / 0.1 * rulers * theta, rtol=1e-8)


@pytest.mark.parametrize("strength", [0.25, 2.0])
def test_9_1_3(strength):
    """A search over a fine grid for the lowest penalised loss; the sign rule, of which AdamW is the smooth form, by hand."""
    a, grid = np.array([-9.0, -0.3, 0.4, 1.5]), np.linspace(-10, 10, 200_001)
    for c in (0.1, 1.0, 30.0):
        best = [grid[(c / 2 * (grid - x) ** 2 + strength / 2 * grid**2).argmin()] for x in a]
        np.testing.assert_allclose(c * a / (c + strength), best, atol=1e-4)
        theta = np.zeros(4)
        for t in range(8000):
            lr = 0.03 * (1 - t / 8000)
            theta = (1 - lr * strength) * theta - lr * np.sign(c * (theta - a))
        np.testing.assert_allclose(np.clip(a, -1 / strength, 1 / strength), theta, atol=4e-3)
        hills = al.Problem("hills", lambda x: x[..., 0], lambda x, t=1, c=c: c * (x - a), np.zeros(4))
        ended = al.final(al.AdamW(0.02, beta2=0.99, weight_decay=strength), hills, steps=6000, schedule=al.linear(6000)).theta
        np.testing.assert_allclose(ended, theta, atol=0.02)


@pytest.mark.parametrize(("curvature", "wd", "noise"), [(0.1, 0.2, 2.0), (0.3, 0.05, 8.0)])
def test_9_1_4(curvature, wd, noise):
    """Where the mean move of a sign with noise and the decay cancel, by bisection; and the mean of 500 weights at rest."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if curvature * (1 - middle) / noise > wd * middle else (low, middle)
    form = curvature / (curvature + wd * noise)
    assert form == pytest.approx(low, rel=1e-9)
    bowl = al.quadratic(np.full(500, curvature))
    rough = al.noisy(al.Problem("pulled", bowl.loss, lambda x, t=1: bowl.grad(x - 1), np.full(500, form)), noise, seed=4)
    walk = al.run(al.AdamW(0.03, weight_decay=wd), rough, steps=2000, every=20).theta
    assert walk[30:].mean() == pytest.approx(form, abs=0.02)
