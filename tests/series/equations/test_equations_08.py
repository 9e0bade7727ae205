"""Every numbered equation of lesson 08, each held against another derivation: test_8_2 is equation (8.2)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al

GAME = [1010.0] + [-10.0] * 100


def multipliers(beta2):
    """1 / sqrt(v) of each day in a game that repeats for ever, the rare day first: sums over lags, no recursion."""
    p = len(GAME)
    weights = (1 - beta2) * beta2 ** np.arange(p) / (1 - beta2**p)
    return np.array([sum(weights[k] * GAME[(day - k) % p] ** 2 for k in range(p)) for day in range(p)]) ** -0.5


def last_period(rule, periods=100):
    """How far a rule walks in its last period without walls, by the library's loop."""
    game = al.Problem("no walls", lambda x: x[..., 0], lambda x, t=1: np.full_like(x, GAME[(t - 1) % 101]), np.zeros(1))
    walk = al.run(rule, game, steps=periods * 101, every=101).theta[:, 0]
    return walk[-1] - walk[-2]


@pytest.mark.parametrize("beta2", [0.5, 0.97, 0.998])
def test_8_1(beta2):
    """What the ordinary loop moves in a late period, from the multipliers of the sums over lags."""
    r = multipliers(beta2)
    expected = 0.1 * (10 * r[1:].sum() - 1010 * r[0])
    assert last_period(al.Adam(lr=0.1, beta1=0, beta2=beta2, eps=0)) == pytest.approx(expected, rel=1e-6)


def test_8_2():
    """The mean of the multipliers and the way of the walk agree, on both sides of the border; 1010 / 1000 is 1.01."""
    assert Fraction(1010, 1000) == Fraction("1.01")
    ways = set()
    for gap in (0.3, 0.1, 0.01, 1e-3, 4.1e-4, 3.9e-4, 1e-4, 1e-6):
        r = multipliers(1 - gap)
        wrong = r[1:].mean() / r[0] > 1.01
        assert wrong == (al.drift(GAME, 0.0, 1 - gap) > 0)
        ways.add(bool(wrong))
    assert ways == {True, False}


def test_8_3():
    """The library's paper convention: the largest of all weighted sums so far, in exact fractions; and the walls."""
    b2, slopes = Fraction(3, 4), [8, -1, -1, 2, -9, 1, 1, 1, 1]
    game = al.Problem("short", lambda x: x[..., 0], lambda x, t=1: np.full_like(x, slopes[t - 1]), np.zeros(1))
    walled = al.Problem("walls", game.loss, game.grad, np.zeros(1), project=lambda x: np.clip(x, -1, 1))
    rule = al.AMSGrad(lr=1.0, beta1=0.5, beta2=0.75, eps=0, convention="paper")
    walk = al.run(rule, walled, steps=9)
    sums = [(1 - b2) * sum(b2 ** (t - 1 - s) * slopes[s] ** 2 for s in range(t)) for t in range(1, 10)]
    largest = [float(max(sums[: t + 1])) for t in range(9)]
    np.testing.assert_allclose(walk.v_hat[1:, 0], largest, rtol=1e-14)
    assert (np.diff(walk.rate[1:, 0]) <= 0).all()
    m, x = 0.0, 0.0
    for t, g in enumerate(slopes):
        m = 0.5 * m + 0.5 * g
        x = min(max(x - m / largest[t] ** 0.5, -1), 1)
        assert walk.theta[t + 1, 0] == pytest.approx(x, abs=1e-14)
