"""What lesson 01 says in its room on the square root, measured again."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def test_01_1_ringing_dies_at_the_root_of_beta():
    """Measured on walks: whatever lr and curvature, sqrt(beta) a step once the coordinate rings."""
    for lr, curvature in ((0.01, 10.0), (0.1, 10.0), (0.3, 3.0)):
        x = al.run(al.Momentum(lr=lr, beta=0.81), al.quadratic([curvature]), steps=200).theta[:, 0]
        envelope = x[1:-1] ** 2 - x[2:] * x[:-2]  # of x_t = A r^t cos(w t + p) this is A^2 sin(w)^2 r^(2 t)
        assert (envelope[150] / envelope[50]) ** (1 / 200) == pytest.approx(0.9, rel=1e-6)


def test_01_1_the_square_root_of_the_condition_number():
    """Steps to a millionth, slowest of ten starts: about 26, 92, 312 with momentum, against 67, 665, 6645 without."""
    starts = np.random.default_rng(0).standard_normal((10, 20))
    close = 1e-6 * np.linalg.norm(starts, axis=1)
    expected = {10: (67, 26, 39), 100: (665, 92, 144), 1000: (6645, 312, 474)}
    for kappa, wanted in expected.items():
        root = np.sqrt(kappa)
        r = (root - 1) / (root + 1)
        rules = al.SGD(lr=2 / (1 + kappa)), al.Momentum(lr=4 / (1 + root) ** 2, beta=r**2), al.Nesterov(lr=1 / kappa, beta=r)
        for rule, steps in zip(rules, wanted):
            states = al.iterate(rule, al.quadratic(np.geomspace(1, kappa, 20)), starts)
            took = next(s.t for s in states if (np.linalg.norm(s.theta, axis=1) < close).all())
            assert took == pytest.approx(steps, abs=2)


@pytest.mark.parametrize(("kappa", "peak"), [(100, 3.71), (1000, 11.64), (10000, 36.79)])
def test_01_1_first_it_gets_worse(kappa, peak):
    """The best setting first multiplies the distance by about sqrt(kappa) / e."""
    root = np.sqrt(kappa)
    rule = al.Momentum(lr=4 / (1 + root) ** 2, beta=((root - 1) / (root + 1)) ** 2)
    distance = np.abs(al.run(rule, al.quadratic([1.0, kappa]), start=[0.0, 1.0], steps=int(2 * root)).theta[:, 1]).max()
    assert distance == pytest.approx(peak, abs=0.006)
    assert distance == pytest.approx(root / np.e, rel=0.01)


def test_01_1_ringing_and_the_peak():
    """With beta 0.9 what rings keeps 0.949 a step; at the best point the distance peaks at root kappa / 2.718."""
    rings = al.run(al.Momentum(lr=0.1, beta=0.9), al.bowl(1), start=[1.0, 1.0], steps=60).theta[:, 0]
    _, product = np.linalg.lstsq(np.stack([rings[1:-1], rings[:-2]], axis=1), rings[2:], rcond=None)[0]
    assert np.sqrt(-product) == pytest.approx(0.949, abs=0.0005)  # the length of both complex factors of a step
    for root in (100, 1000):
        rule = al.Momentum(lr=4 / (1 + root) ** 2, beta=((root - 1) / (root + 1)) ** 2)
        steep = np.abs(al.run(rule, al.quadratic([1, root**2]), start=[0, 1], steps=2 * root).theta[:, 1])
        assert steep.max() == pytest.approx(root / 2.718, rel=0.02)


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


def test_01_1_two_positions_and_one_matrix():
    """On a parabola two positions and one matrix make the next: exactly, in fractions."""
    lr, beta, curvature = Fraction(1, 8), Fraction(3, 4), 3
    xs, a = one_coordinate(lr, beta, curvature, 12), lr * curvature
    for older, old, new in zip(xs, xs[1:], xs[2:]):
        assert new == (1 + beta - a) * old - beta * older
    ours = al.run(al.Momentum(lr=0.125, beta=0.75), al.quadratic([3.0]), steps=12).theta[:, 0]
    np.testing.assert_allclose(ours, np.array(xs, dtype=float), rtol=1e-12)


def test_01_1_where_it_swings_and_where_it_is_stable():
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
def test_01_1_the_best_setting(kappa):
    """No setting on a fine grid beats the formula's, and its rate is (sqrt(kappa) - 1) / (sqrt(kappa) + 1)."""
    low, high = 0.5, 0.5 * kappa
    best = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    lr = (2 / (np.sqrt(low) + np.sqrt(high))) ** 2

    def slowest(lr, beta):
        return max(largest_eigenvalue(lr * curvature, beta) for curvature in (low, np.sqrt(low * high), high))

    assert slowest(lr, best**2) == pytest.approx(best, rel=1e-6)
    others = [slowest(lr * share, beta) for share in np.linspace(0.5, 1.5, 21) for beta in np.linspace(0, 0.999, 41)]
    assert min(others) > best - 1e-6


def test_01_1_nesterov():
    """Nesterov's step in Sutskever's form, read at the look-ahead point theta + beta v, is the same walk."""
    lr, beta, problem = 0.01, 0.75, al.beale()
    theta, v = problem.start, np.zeros(2)
    ours = al.run(al.Nesterov(lr=lr, beta=beta), problem, steps=40).theta
    for seen in ours[1:]:
        v = beta * v - lr * problem.grad(theta + beta * v)
        theta = theta + v
        np.testing.assert_allclose(theta + beta * v, seen, rtol=1e-9)


@pytest.mark.parametrize("root", [2, 3, 10])
def test_01_1_the_steepest_coordinate(root):
    """At the best setting the steepest coordinate is (-r)^t (1 + (1 + r) t), r = sqrt(beta): exactly, in fractions."""
    r = Fraction(root - 1, root + 1)
    xs = one_coordinate(Fraction(4, (1 + root) ** 2), r**2, root**2, 40)
    assert xs == [(-r) ** t * (1 + (1 + r) * t) for t in range(41)]
