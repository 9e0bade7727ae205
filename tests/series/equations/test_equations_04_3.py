"""Every numbered equation of room 04.3, each held against another derivation: test_4_3_1 is equation (4.3.1)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def jump(beta1, curvature, a, lr=0.5):
    """Where a step of Adam leads from a, when until now the gradients were of size curvature x a and alternated."""
    m = -curvature * a * (1 - beta1) / (1 + beta1)
    rule = al.Adam(lr=lr, beta1=beta1, beta2=0.75, eps=0, bias_correction=False)
    start = rule.init([a])._replace(t=10**6, m=np.array([m]), v=np.array([(curvature * a) ** 2]))
    new = rule.step(start, [curvature * a])
    return new.theta[0], new.m[0], new.v[0]


@pytest.mark.parametrize("curvature", [0.25, 1.0, 100.0])
def test_4_3_1(curvature):
    """Half of lr is jumped over exactly, whatever the curvature, and v stays; twice as far out it is not."""
    theta, _, v = jump(0.0, curvature, 0.25)
    assert theta == -0.25
    assert v == (curvature * 0.5 / 2) ** 2
    assert jump(0.0, curvature, 0.5)[0] != -0.5


@pytest.mark.parametrize("beta1", [0.5, 0.9])
def test_4_3_2(beta1):
    """So is this share of it with a memory, which turns its sign and keeps its size."""
    a = 0.5 / 2 * (1 - beta1) / (1 + beta1)
    theta, m, _ = jump(beta1, 3.0, a)
    assert theta == pytest.approx(-a, rel=1e-12)
    assert m == pytest.approx(3 * a * (1 - beta1) / (1 + beta1), rel=1e-12)
    assert Fraction(1, 2) * (1 - Fraction(9, 10)) / (1 + Fraction(9, 10)) == Fraction(1, 38)


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_4_3_3(beta1):
    """With P frozen, the matrix of one step on (theta, m) has its eigenvalues inside the circle just below the limit only."""
    rng = np.random.default_rng(9)
    factor, p = rng.standard_normal((6, 6)), rng.uniform(0.1, 10, 6)
    hessian = factor @ factor.T
    sharpest = np.linalg.eigvalsh(hessian / np.sqrt(np.outer(p, p)))[-1]
    for share, stable in ((0.3, True), (0.999, True), (1.001, False)):
        lr = share * (2 + 2 * beta1) / (1 - beta1) / sharpest
        into_m = np.hstack([(1 - beta1) * hessian, beta1 * np.eye(6)])
        into_theta = np.hstack([np.eye(6), np.zeros((6, 6))]) - lr * into_m / p[:, None]
        radius = np.abs(np.linalg.eigvals(np.vstack([into_theta, into_m]))).max()
        assert (radius < 1) == stable


def test_4_3_4():
    """The share is the variance beside the mean square: none for a steady gradient, all of it for one that alternates."""
    g = np.random.default_rng(3).normal(0.5, 2, 400)
    for values, share in ((g, g.var() / (g**2).mean()), (np.ones(9), 0.0), (np.array([3.0, -3.0] * 8), 1.0)):
        assert 1 - values.mean() ** 2 / (values**2).mean() == pytest.approx(share, abs=1e-12)
