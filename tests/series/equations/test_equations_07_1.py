"""Every numbered equation of room 07.1, each held against another derivation: test_7_1_4 is equation (7.1.4)."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.problems.counterexamples import private_blocks

RULES = {
    "AdaGrad": al.AdaGrad(lr=0.02),
    "RMSProp": al.RMSProp(lr=0.001, eps=0),
    "Adam": al.Adam(lr=0.003, eps=0),
    "NAdam": al.NAdam(lr=0.003, eps=0),
    "AMSGrad": al.AMSGrad(lr=0.003, eps=0),
}


def squares(x, y) -> al.Problem:
    """Least squares on given data, start at zero."""
    return al.Problem(
        "squares",
        loss=lambda w: 0.5 * np.square(w @ x.T - y).mean(axis=-1),
        grad=lambda w, t=1: (w @ x.T - y) @ x / len(y),
        start=np.zeros(x.shape[1]),
    )


def labels(seed, n=41) -> np.ndarray:
    """Random labels with a majority of +1."""
    y = np.where(np.random.default_rng(seed).random(n) < 0.7, 1.0, -1.0)
    return y if y.sum() > 0 else -y


@pytest.mark.parametrize("rule", [al.SGD(lr=0.02), al.Momentum(lr=0.005), al.Nesterov(lr=0.005)])
def test_7_1_5(rule):
    """On random data with more weights than examples: the least norm of all fits, found by the pseudoinverse, and no other."""
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((5, 30)), rng.standard_normal(5)
    w = al.final(rule, squares(x, y), steps=2000).theta
    np.testing.assert_allclose(w, np.linalg.pinv(x) @ y, atol=1e-9)
    np.testing.assert_allclose(x.T @ np.linalg.solve(x @ x.T, y), np.linalg.pinv(x) @ y, atol=1e-12)
    null = rng.standard_normal((100, 30))
    null -= null @ np.linalg.pinv(x) @ x
    others = w + null
    np.testing.assert_allclose(others @ x.T, np.tile(y, (100, 1)), atol=1e-8)
    assert (np.linalg.norm(others, axis=1) > np.linalg.norm(w)).all()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_7_1_1(rule):
    """Random signs s, random positive sizes: data made so that X s = c y. The walk stays on the ray and ends at s / c."""
    rng = np.random.default_rng(2)
    n, d, c = 6, 40, 2.5
    s, y = rng.choice([-1.0, 1.0], d), rng.uniform(0.5, 2, n)
    x = (y[:, None] * rng.uniform(0.5, 1.5, (n, d))) * s  # X'y has the signs of s
    x *= (c * y / (x @ s))[:, None]
    assert np.array_equal(np.sign(x.T @ y), s)
    path = al.run(rule, squares(x, y), steps=1500, every=50).theta[1:]
    np.testing.assert_allclose(path * s, np.tile(path[:, :1] * s[0], (1, d)), rtol=1e-6)
    np.testing.assert_allclose(path[-1], s / c, rtol=1e-3)
    plain = al.final(al.SGD(lr=0.002), squares(x, y), steps=1500).theta
    assert np.ptp(plain * s) > 0.01  # gradient descent is not on the ray


@pytest.mark.parametrize("n", [1, 2, 9])
def test_7_1_2(n):
    """Row by row: the sums, the common ones, one or five private ones, shared with nobody."""
    y = labels(3, n)
    x = private_blocks(y)
    assert x.shape == (n, 3 + 5 * n)
    assert np.array_equal(x[:, :3], np.stack([y, np.ones(n), np.ones(n)], axis=1))
    assert set(np.unique(x[:, 3:])) <= {0.0, 1.0}
    assert x[:, 3:].sum(axis=1).tolist() == [1 if label > 0 else 5 for label in y]
    assert x[:, 3:].sum(axis=0).max() == 1
    task = al.wilson(n=n, seed=3)
    y = np.where(np.random.default_rng(3).random(n) < 0.75, 1.0, -1.0)
    np.testing.assert_allclose(task.grad(task.start), -y @ private_blocks(y) / n, atol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_7_1_3(seed):
    """c = 4 exactly with +1 in the majority; with -1 in the majority there is no such c."""
    y = labels(seed)
    x = private_blocks(y)
    assert np.array_equal(x @ np.sign(x.T @ y), 4 * y)
    flipped = private_blocks(-y)
    c = flipped @ np.sign(flipped.T @ -y) / -y
    assert np.ptp(c) > 0


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_7_1_4(rule):
    """Run to the end on the data themselves: 3/4 for a new +1, 1/4 for a new -1."""
    y = labels(5)
    rule = replace(rule, eps=1e-14)  # features that nobody has: 0 / 0
    w = al.final(rule, squares(private_blocks(y), y), steps=2000).theta
    assert [w[1] + w[2] + k * w[0] for k in (1, -1)] == pytest.approx([0.75, 0.25], abs=1e-3)


@pytest.mark.parametrize(("up", "down"), [(1, 1), (30, 1), (20, 21), (70, 31)])
def test_7_1_6(up, down):
    """Least norm by LAPACK, and the two normal equations in exact fractions; right from one -1 on, wrong with none."""
    y = np.repeat([1.0, -1.0], [up, down])
    w = np.linalg.lstsq(private_blocks(y), y, rcond=None)[0]
    n = 8 * up * down + 15 * up + 3 * down + 5
    plus, minus = 1 - Fraction(4 * down + 5, n), Fraction(5 * (4 * up + 1), n) - 1
    assert [w[1] + w[2] + k * w[0] for k in (1, -1)] == pytest.approx([float(plus), float(minus)], abs=1e-12)
    a, b = Fraction(4 * down + 5, n), -Fraction(4 * up + 1, n)  # the weights of the examples in the sum
    assert (3 * up + 1) * a + down * b == 1
    assert up * a + (3 * down + 5) * b == -1
    assert plus > 0 > minus


def test_7_1_6_needs_one_of_the_minority():
    y = np.ones(20)
    w = np.linalg.lstsq(private_blocks(y), y, rcond=None)[0]
    assert w[1] + w[2] - w[0] > 0


@pytest.mark.parametrize("x", [(4.0, 3.0), (1.0, 5.0), (2.0, 2.0)])
def test_7_1_7(x):
    """Of 200,000 directions the best for one example: along x in the usual norm, along its signs over the largest weight."""
    angle = np.linspace(0, np.pi / 2, 200_001)
    w = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    over_norm, over_largest = w @ x / np.linalg.norm(w, axis=1), w @ x / np.abs(w).max(axis=1)
    assert angle[over_norm.argmax()] == pytest.approx(np.arctan2(x[1], x[0]), abs=1e-5)
    assert angle[over_largest.argmax()] == pytest.approx(np.pi / 4, abs=1e-5)
    assert over_norm.max() == pytest.approx(np.hypot(*x), rel=1e-9)
    assert over_largest.max() == pytest.approx(np.abs(x).sum(), rel=1e-4)


def test_7_1_7_logistic_walks():
    """Logistic loss on two examples, of which (4, 3) sets both margins: gradient descent nears it, Adam 45 degrees."""
    x = np.array([[4.0, 3.0], [7.0, 6.5]])
    task = al.Problem(
        "logistic",
        loss=lambda w: np.log1p(np.exp(-(w @ x.T))).mean(axis=-1),
        grad=lambda w, t=1: -(1 / (1 + np.exp(w @ x.T))) @ x / 2,
        start=np.zeros(2),
    )
    plain = al.final(al.SGD(lr=0.02), task, steps=10_000).theta
    signs = al.final(al.Adam(lr=0.1, beta2=0.95, eps=0), task, steps=8000, schedule=al.inverse_root()).theta
    angles = [np.degrees(np.arctan2(w[1], w[0])) for w in (plain, signs)]
    assert angles[1] == pytest.approx(45, abs=1)
    assert angles[0] == pytest.approx(36.87, abs=1.2)
