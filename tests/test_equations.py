"""Every numbered equation of the notebooks, each held against another derivation: test_1_4 is equation (1.4)."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

import adamlib as al

# 00 Walk downhill


def test_0_1():
    """One step is lr times the slope, which finite differences of the height give as well."""
    problem, theta, h = al.rosenbrock(), np.array([-1.2, 0.7]), 1e-5
    slope = [(problem.loss(theta + h * e) - problem.loss(theta - h * e)) / (2 * h) for e in np.eye(2)]
    rule = al.SGD(lr=0.003)
    new = rule.step(rule.init(theta), problem.grad(theta)).theta
    np.testing.assert_allclose(new, theta - 0.003 * np.array(slope), rtol=1e-7)


def test_0_2():
    """Curvature 4 at rate 3/10 multiplies by -1/5: exact fractions."""
    path = al.run(al.SGD(lr=0.3), al.quadratic([4.0]), start=[2.0], steps=6).theta[:, 0]
    np.testing.assert_allclose(path, [float(2 * Fraction(-1, 5) ** t) for t in range(7)], rtol=1e-12)


def test_0_3():
    """For a valley in any direction the largest eigenvalue decides: just below 2 / L shrinks, just above grows."""
    factor = np.random.default_rng(3).standard_normal((5, 5))
    hessian = factor @ factor.T + 0.1 * np.eye(5)
    curvatures = np.linalg.eigvalsh(hessian)
    limit = 2 / curvatures[-1]
    for share, arrives in ((0.01, True), (0.999, True), (1.001, False), (3.0, False)):
        radius = np.abs(np.linalg.eigvals(np.eye(5) - share * limit * hessian)).max()
        assert (radius < 1) == arrives
        walk = al.run(al.SGD(lr=share * limit), al.quadratic(curvatures), steps=5000).theta[-1]
        assert (np.linalg.norm(walk) < np.sqrt(5)) == arrives


@pytest.mark.parametrize("kappa", [2.0, 10.0, 250.0])
def test_0_4(kappa):
    """No other rate has a smaller largest eigenvalue of I - lr H: searched, not derived."""
    rates = np.linspace(0, 2 / kappa, 200_001)[1:]
    radius = np.maximum(np.abs(1 - rates), np.abs(1 - kappa * rates))
    assert rates[radius.argmin()] == pytest.approx(2 / (1 + kappa), rel=1e-4)
    assert radius.min() == pytest.approx((kappa - 1) / (kappa + 1), rel=1e-4)


@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_0_5(kappa):
    """From the worst start, counted: kappa / 2 ln(1 / eps), a little less for small kappa."""
    walk = al.run(al.SGD(lr=2 / (1 + kappa)), al.quadratic([1.0, kappa]), start=[1.0, 1.0], steps=8 * kappa).theta
    distance = np.linalg.norm(walk, axis=1)
    took = (distance > 1e-6 * distance[0]).sum()
    assert took == pytest.approx(kappa / 2 * np.log(1e6), rel=0.005, abs=1)


def test_0_6():
    """Every batch of every size of seven numbers, enumerated: the spread of their means."""
    numbers = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0])
    for size in range(1, 8):
        means = [np.mean(chosen) for chosen in combinations(numbers, size)]
        assert np.mean(means) == pytest.approx(numbers.mean())
        assert np.std(means) == pytest.approx(numbers.std() / np.sqrt(size) * np.sqrt((7 - size) / 6), abs=1e-12)


@pytest.mark.parametrize(("lr", "curvature", "sigma"), [(0.1, 1.0, 1.0), (0.3, 2.0, 0.5), (0.05, 30.0, 2.0)])
def test_0_7(lr, curvature, sigma):
    """The variance that one step leaves as it is, by repeating that step; and the walkers of the library."""
    stays = 0.0
    for _ in range(2000):
        stays = (1 - lr * curvature) ** 2 * stays + lr**2 * sigma**2
    assert stays == pytest.approx(lr * sigma**2 / (curvature * (2 - lr * curvature)), rel=1e-12)
    problem = al.noisy(al.quadratic(np.full(1000, curvature)), sigma=sigma)
    walk = al.run(al.SGD(lr=lr), problem, start=np.zeros(1000), steps=300).theta[100:]
    assert walk.var() == pytest.approx(stays, rel=0.03)


# 01 Give the step a memory


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


def test_1_1():
    """The heavy ball: each step is beta times the last one, minus lr times the gradient (Polyak's form, without m)."""
    path = al.run(al.Momentum(lr=0.25, beta=0.75), al.bowl(4), steps=30).theta
    old, now = path[0], path[1]
    np.testing.assert_allclose(now, old - 0.25 * np.array([1, 4]) * old)
    for new in path[2:]:
        np.testing.assert_allclose(new, now + 0.75 * (now - old) - 0.25 * np.array([1, 4]) * now, atol=1e-14)
        old, now = now, new


def test_1_2():
    """The memory is a weighted sum of all gradients, and of equal ones a geometric series."""
    walk = al.run(al.Momentum(lr=0.1, beta=0.9), al.rosenbrock(), start=[0.5, 0.5], steps=5)
    for t in range(1, 6):
        np.testing.assert_allclose(walk.m[t], sum(0.9 ** (t - i) * walk.grad[i] for i in range(1, t + 1)))
    assert sum(Fraction(9, 10) ** k for k in range(7)) == (1 - Fraction(9, 10) ** 7) / (1 - Fraction(9, 10))


def test_1_3():
    """The average is (1 - beta) times the sum, so with lr / (1 - beta) it walks the same path."""
    rule = al.Momentum(lr=0.5, beta=0.75), al.Momentum(lr=2.0, beta=0.75, dampening=0.75)
    adds, averages = (al.run(one, al.himmelblau(), start=[3.0, 1.9], steps=3) for one in rule)
    np.testing.assert_array_equal(averages.m, 0.25 * adds.m)  # powers of two: to the last bit
    np.testing.assert_array_equal(averages.theta, adds.theta)


def test_1_4():
    """On a parabola two positions and one matrix make the next: exactly, in fractions."""
    lr, beta, curvature = Fraction(1, 8), Fraction(3, 4), 3
    xs, a = one_coordinate(lr, beta, curvature, 12), lr * curvature
    for older, old, new in zip(xs, xs[1:], xs[2:]):
        assert new == (1 + beta - a) * old - beta * older
    ours = al.run(al.Momentum(lr=0.125, beta=0.75), al.quadratic([3.0]), steps=12).theta[:, 0]
    np.testing.assert_allclose(ours, np.array(xs, dtype=float), rtol=1e-12)


def test_1_5():
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
def test_1_6(kappa):
    """No setting on a fine grid beats the formula's, and its rate is (sqrt(kappa) - 1) / (sqrt(kappa) + 1)."""
    low, high = 0.5, 0.5 * kappa
    best = (np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)
    lr = (2 / (np.sqrt(low) + np.sqrt(high))) ** 2

    def slowest(lr, beta):
        return max(largest_eigenvalue(lr * curvature, beta) for curvature in (low, np.sqrt(low * high), high))

    assert slowest(lr, best**2) == pytest.approx(best, rel=1e-6)
    others = [slowest(lr * share, beta) for share in np.linspace(0.5, 1.5, 21) for beta in np.linspace(0, 0.999, 41)]
    assert min(others) > best - 1e-6


def test_1_7():
    """Nesterov's step in Sutskever's form, read at the look-ahead point theta + beta v, is the same walk."""
    lr, beta, problem = 0.01, 0.75, al.beale()
    theta, v = problem.start, np.zeros(2)
    ours = al.run(al.Nesterov(lr=lr, beta=beta), problem, steps=40).theta
    for seen in ours[1:]:
        v = beta * v - lr * problem.grad(theta + beta * v)
        theta = theta + v
        np.testing.assert_allclose(theta + beta * v, seen, rtol=1e-9)


@pytest.mark.parametrize("root", [2, 3, 10])
def test_1_8(root):
    """At the best setting the steepest coordinate is (-r)^t (1 + (1 + r) t), r = sqrt(beta): exactly, in fractions."""
    r = Fraction(root - 1, root + 1)
    xs = one_coordinate(Fraction(4, (1 + root) ** 2), r**2, root**2, 40)
    assert xs == [(-r) ** t * (1 + (1 + r) * t) for t in range(41)]
