"""Every numbered equation of room 08.1, each held against another derivation: test_8_1_2 is equation (8.1.2)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al

ONLINE = [1010.0] + [-10.0] * 100


def around(values, beta):
    """The periodic average as a sum over one period, each lag with its weight: no recursion."""
    p = len(values)
    weights = (1 - beta) * beta ** np.arange(p) / (1 - beta**p)
    return np.array([sum(weights[k] * values[(t - k) % p] for k in range(p)) for t in range(p)])


def moved(values, beta1, beta2):
    """One period of Adam, in lr, from those sums."""
    values = np.array(values, float)
    return -(around(values, beta1) / np.sqrt(around(values**2, beta2))).sum()


def border(move):
    """The beta2 at which a function of it changes sign, between 0 and 1."""
    low, high = 0.0, 1.0
    for _ in range(48):
        middle = (low + high) / 2
        low, high = (middle, high) if move(middle) > 0 else (low, middle)
    return middle


def test_the_game():
    """Three periods of the library's game, day by day: straight lines, whose sum is lowest at -1; and the walls."""
    game, grid = al.reddi_online(), np.linspace(-1, 1, 201)[:, None]
    days = [game.grad(grid, t) for t in range(1, 304)]
    assert all(np.ptp(day) == 0 for day in days)
    assert [day[0, 0] for day in days] == 3 * ONLINE
    total = sum(day * grid for day in days)[:, 0]
    assert total.argmin() == 0
    assert total[-1] - total[0] == pytest.approx(3 * 20)
    assert game.project(np.array([1.5, -1.5, 0.3])).tolist() == [1.0, -1.0, 0.3]


def test_8_1_3():
    """In exact fractions, for a player with steps of sixteenths: the regret over every fixed point of a fine grid."""
    slopes = [3, -1, -1, -1, 2, -4, 5, -1]
    rule = al.Adam(lr=1 / 16, beta1=0, beta2=0, eps=0)  # one sixteenth against the sign
    played = al.play(rule, np.array(slopes, float), fade=0, at=np.arange(1, 9))
    x, paid = Fraction(0), Fraction(0)
    for t, g in enumerate(slopes, start=1):
        paid += g * x
        x -= Fraction(1 if g > 0 else -1, 16)
        best = min(sum(slopes[:t]) * Fraction(k, 8) for k in range(-8, 9))
        assert played.regret[t - 1] == pytest.approx(float((paid - best) / t), abs=1e-15)
        assert played.x[t - 1] == float(x)


@pytest.mark.parametrize("beta1", [0.0, 0.9, 0.99])
def test_8_1_1(beta1):
    """The sum over lags, and what the ordinary loop moves in its last period, without walls."""
    for beta2 in (0.5, 0.9, 0.97):
        expected = moved(ONLINE, beta1, beta2)
        assert al.drift(ONLINE, beta1, beta2) == pytest.approx(expected, rel=1e-9, abs=1e-9)
        game = al.Problem("no walls", lambda x: x[..., 0], lambda x, t=1: np.full_like(x, ONLINE[(t - 1) % 101]), np.zeros(1))
        walk = al.run(al.Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0), game, steps=40 * 101, every=101).theta[:, 0]
        assert walk[-1] - walk[-2] == pytest.approx(expected, rel=1e-6)


def test_8_1_1_a_root_that_stands_still():
    """With v constant the sum is that of the slopes: to the left, whatever beta1."""
    for beta1 in (0.0, 0.5, 0.9, 0.999):
        assert around(np.array(ONLINE), beta1).sum() == pytest.approx(10, abs=1e-8)


def test_8_1_2():
    """The exact border of other games: its ratio to the rule of thumb goes to 1 as a falls and p grows."""
    ratios = []
    for p, a in ((21, 0.1), (101, 0.01), (401, 0.001)):
        game = np.array([10 * (p - 1) * (1 + a), *[-10.0] * (p - 1)])
        ratios.append((1 - border(lambda beta2, game=game: al.drift(game, 0.0, beta2))) / (4 * a / p))
    assert (np.diff(np.abs(np.array(ratios) - 1)) < 0).all()
    assert ratios[-1] == pytest.approx(1, abs=0.003)
    assert ratios[1] == pytest.approx(1.003, abs=0.001)


def test_8_1_4():
    """Whoever stands at +1 pays C - 2 where -1 wins it; and for every C above 2 that is where Adam is carried."""
    for C in (Fraction(201, 100), Fraction(3), Fraction(100)):
        at = {x: sum(g * x for g in (C, -1, -1)) / 3 for x in (1, -1)}
        assert at[1] - at[-1] == 2 * (C - 2) / 3
    for C in 2 + np.geomspace(1e-4, 1e4, 15):
        assert moved([C, -1.0, -1.0], 0.0, 1 / (1 + C**2)) > 0
        played = al.play(al.Adam(lr=0.5, beta1=0, beta2=1 / (1 + C**2)), np.tile([C, -1, -1], 20_000), at=[60_000])
        assert played.x[0] > 0.99
        assert played.regret[0] == pytest.approx(2 * (C - 2) / 3, abs=0.003 + 2e-4 * C)
