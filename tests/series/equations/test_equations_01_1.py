"""Every numbered equation of room 01.1, each held against another derivation."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def one_coordinate(lr, beta, curvature, steps, start=1.0):
    """The heavy ball on curvature x^2 / 2 in exact fractions: x_0, x_1, x_2, ..."""
    lr, beta, curvature, x, m = (Fraction(value) for value in (lr, beta, curvature, start, 0))
    xs = [x]
    for _ in range(steps):
        m = beta * m + curvature * x
        x = x - lr * m
        xs.append(x)
    return xs


def largest_eigenvalue(a, beta):
    return np.abs(np.linalg.eigvals([[1 + beta - a, -beta], [1, 0]])).max()


def test_1_1_1():
    """On a parabola two positions and one matrix make the next: exactly, in fractions."""
    lr, beta, curvature = Fraction(1, 8), Fraction(3, 4), 3
    xs, a = one_coordinate(lr, beta, curvature, 12), lr * curvature
    for older, old, new in zip(xs, xs[1:], xs[2:]):
        assert new == (1 + beta - a) * old - beta * older
    ours = al.run(al.Momentum(lr=0.125, beta=0.75), al.quadratic([3.0]), steps=12).theta[:, 0]
    np.testing.assert_allclose(ours, np.array(xs, dtype=float), rtol=1e-12)


def test_1_1_2():
    """Complex eigenvalues exactly between the bounds, then of length sqrt(beta); stable exactly for 0 < a < 2 (1 + beta)."""
    for a, beta in np.random.default_rng(1).uniform(0, (5, 1), (2000, 2)):
        eigenvalues = np.linalg.eigvals([[1 + beta - a, -beta], [1, 0]])
        rings = (1 - np.sqrt(a)) ** 2 < beta < (1 + np.sqrt(a)) ** 2
        assert np.iscomplex(eigenvalues).any() == rings
        assert (largest_eigenvalue(a, beta) < 1) == (a < 2 * (1 + beta))
        if rings:
            assert largest_eigenvalue(a, beta) == pytest.approx(np.sqrt(beta), rel=1e-9)
    assert largest_eigenvalue(-0.01, 0.5) > 1


@pytest.mark.parametrize("kappa", [4.0, 10.0, 1000.0])
def test_1_1_3(kappa):
    """No setting on a fine grid beats the formula's, and its rate is (sqrt(kappa) - 1) / (sqrt(kappa) + 1)."""
    low, high = 0.5, 0.5 * kappa
    best = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    lr = (2 / (np.sqrt(low) + np.sqrt(high))) ** 2

    def slowest(lr, beta):
        return max(largest_eigenvalue(lr * curvature, beta) for curvature in (low, np.sqrt(low * high), high))

    assert slowest(lr, best**2) == pytest.approx(best, rel=1e-6)
    others = [slowest(lr * share, beta) for share in np.linspace(0.5, 1.5, 21) for beta in np.linspace(0, 0.999, 41)]
    assert min(others) > best - 1e-6


def test_1_1_4():
    """Nesterov's step in Sutskever's form, read at the look-ahead point theta + beta v, is the same walk."""
    lr, beta, problem = 0.01, 0.75, al.beale()
    theta, v = problem.start, np.zeros(2)
    ours = al.run(al.Nesterov(lr=lr, beta=beta), problem, steps=40).theta
    for seen in ours[1:]:
        v = beta * v - lr * problem.grad(theta + beta * v)
        theta = theta + v
        np.testing.assert_allclose(theta + beta * v, seen, rtol=1e-9)


@pytest.mark.parametrize("root", [2, 3, 10])
def test_1_1_5(root):
    """At the best setting the steepest coordinate is (-r)^t (1 + (1 + r) t), r = sqrt(beta): exactly, in fractions."""
    r = Fraction(root - 1, root + 1)
    xs = one_coordinate(Fraction(4, (1 + root) ** 2), r**2, root**2, 40)
    assert xs == [(-r) ** t * (1 + (1 + r) * t) for t in range(41)]
