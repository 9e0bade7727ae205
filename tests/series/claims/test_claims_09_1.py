"""Room 09.1, what the paper proved: each sentence of "What we showed", measured again."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def test_09_1_fixed_rulers():
    """The matrix of one step on a linear gradient: lambda / lr gives the eigenvalues of decay, lambda / lr^2 one far outside."""
    curvature, rulers, lr, decay = np.diag([1.0, 10.0]), np.array([0.5, 4.0]), 0.001, 0.02
    wanted = (1 - decay) * np.eye(2) - lr * curvature / rulers[:, None]
    proof, printed = (np.eye(2) - lr * (curvature + decay / lr**n * np.diag(rulers)) / rulers[:, None] for n in (1, 2))
    np.testing.assert_allclose(np.linalg.eigvals(proof), np.linalg.eigvals(wanted), rtol=1e-12)
    assert np.abs(np.linalg.eigvals(printed)).min() > 18


def test_09_1_where_they_rest():
    """Other curvatures, from either side: ridge depends on c, the box of AdamW does not."""
    a = np.array([-8.0, -0.9, 0.2, 1.0, 6.0])
    for c in (0.02, 3.0):
        hill = al.Problem("hill", lambda x: x[..., 0], lambda x, t=1, c=c: c * (x - a), np.zeros(5))
        for start in (-3.0, 3.0):
            ends = [
                al.final(rule, problem, np.full(5, start), steps=4000, schedule=al.linear(4000)).theta
                for rule, problem in (
                    (al.Adam(0.02, beta2=0.99), al.ridge(hill, 0.25)),
                    (al.AdamW(0.02, beta2=0.99, weight_decay=0.25), hill),
                )
            ]
            np.testing.assert_allclose(ends[0], c * a / (c + 0.25), atol=2e-3)
            np.testing.assert_allclose(ends[1], a.clip(-4, 4), atol=2e-2)


def test_09_1_fixed_rulers_exactly():
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
def test_09_1_rest_by_search(strength):
    """A search over a fine grid for the lowest penalised loss; the sign rule, of which AdamW is the smooth form, by hand."""
    a, grid = np.array([-9.0, -0.3, 0.4, 1.5]), np.linspace(-10, 10, 200_001)
    for c in (0.1, 1.0, 30.0):
        best = [grid[(c / 2 * (grid - x) ** 2 + strength / 2 * grid**2).argmin()] for x in a]
        np.testing.assert_allclose(c * a / (c + strength), best, atol=1e-4)
        theta = np.zeros(4)
        for t in range(20_000):
            lr = 0.02 * (1 - t / 20_000)
            theta = (1 - lr * strength) * theta - lr * np.sign(c * (theta - a))
        np.testing.assert_allclose(np.clip(a, -1 / strength, 1 / strength), theta, atol=2e-3)
        hills = al.Problem("hills", lambda x: x[..., 0], lambda x, t=1, c=c: c * (x - a), np.zeros(4))
        ended = al.final(al.AdamW(0.02, beta2=0.99, weight_decay=strength), hills, steps=6000, schedule=al.linear(6000)).theta
        np.testing.assert_allclose(ended, theta, atol=0.02)
