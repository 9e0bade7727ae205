"""Every numbered equation of lesson 00 and its rooms, each held against another derivation: test_0_4 is equation (0.4)."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

import adamlib as al


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


def test_0_1_1():
    """The curvature along one weight of squared errors, by finite differences; a unit a thousand times smaller: a million."""
    x, y = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 4.0])

    def curvature(column, h):
        loss = [np.mean((w * column - y) ** 2) / 2 for w in (1 + h, 1, 1 - h)]
        return (loss[0] - 2 * loss[1] + loss[2]) / h**2

    assert curvature(x, 1.0) == pytest.approx(14 / 3)
    assert curvature(1000 * x, 1.0) == pytest.approx(14 / 3 * 1e6)


def test_0_1_2():
    """The condition number of logistic regression at its start, from its own matrix of curvatures."""
    split = al.breast_cancer(train=100)
    data = al.Split("five", split.x_train[:, :5], split.y_train, split.x_test[:, :5], split.y_test)
    problem = al.logistic(data)
    curvatures = np.linalg.eigvalsh(al.hessian(problem, problem.start))[-6:]  # the other six change no prediction
    s = np.linalg.svd(np.column_stack([data.x_train, np.ones(100)]), compute_uv=False)
    assert curvatures[-1] / curvatures[0] == pytest.approx((s[0] / s[-1]) ** 2, rel=1e-4)
    assert curvatures[-1] == pytest.approx(2 * 0.25 * s[0] ** 2 / 100, rel=1e-4)  # two scores: twice that of one


@pytest.mark.parametrize("kappa", [10, 100, 1000])
def test_0_1_3(kappa):
    """From the worst start, counted: kappa / 2 ln(1 / share), never more."""
    walk = al.run(al.SGD(lr=2 / (1 + kappa)), al.quadratic([1.0, kappa]), start=[1.0, 1.0], steps=8 * kappa).theta
    distance = np.linalg.norm(walk, axis=1)
    took = (distance > 1e-6 * distance[0]).sum()
    assert took == pytest.approx(kappa / 2 * np.log(1e6), rel=0.005, abs=1)
    assert took <= np.ceil(kappa / 2 * np.log(1e6))


def test_0_2_1():
    """Every batch of every size of seven numbers, enumerated: the spread of their means."""
    numbers = np.array([3.0, -1.0, 4.0, 1.0, -5.0, 9.0, 2.0])
    for size in range(1, 8):
        means = [np.mean(chosen) for chosen in combinations(numbers, size)]
        assert np.mean(means) == pytest.approx(numbers.mean())
        assert np.std(means) == pytest.approx(numbers.std() / np.sqrt(size) * np.sqrt((7 - size) / 6), abs=1e-12)
    digits = al.digits()  # the library draws no example twice: a batch of all is the whole data
    everyone = al.logistic(digits, batch=len(digits.y_train))
    np.testing.assert_allclose(everyone.grad(everyone.start), al.logistic(digits).grad(everyone.start), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("lr", "curvature", "sigma"), [(0.1, 1.0, 1.0), (0.3, 2.0, 0.5), (0.05, 30.0, 2.0)])
def test_0_2_2(lr, curvature, sigma):
    """The variance that one step leaves as it is, by repeating that step; and the walkers of the library."""
    stays = 0.0
    for _ in range(2000):
        stays = (1 - lr * curvature) ** 2 * stays + lr**2 * sigma**2
    assert stays == pytest.approx(lr * sigma**2 / (curvature * (2 - lr * curvature)), rel=1e-12)
    problem = al.noisy(al.quadratic(np.full(1000, curvature)), sigma=sigma)
    walk = al.run(al.SGD(lr=lr), problem, start=np.zeros(1000), steps=300).theta[100:]
    assert walk.var() == pytest.approx(stays, rel=0.03)
