"""Room 08.1: when Adam walks the wrong way. Its claims, measured again."""

from math import sqrt

import numpy as np
import pytest

import adamlib as al

ONLINE = [1010.0] + [-10.0] * 100
SETTINGS = {"lr": 0.5, "beta1": 0.9, "beta2": 0.99}


def loop(slopes, lr, beta1, beta2, remember, fade=0.5):
    """Adam or the paper's AMSGrad as a plain loop on numbers: where it ends, and the average regret."""
    x, m, v, v_max, paid, total = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for t, g in enumerate(slopes, start=1):
        paid, total = paid + g * x, total + g
        m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
        v_max = max(v_max, v)
        root = sqrt(v_max) if remember else sqrt(v / (1 - beta2**t))
        step = m if remember else m / (1 - beta1**t)
        x = min(max(x - lr / t**fade * step / root, -1.0), 1.0)
    return x, (paid + abs(total)) / t


def move(slopes, beta1, beta2):
    """One period of Adam in units of lr, v and m as sums over lags."""
    p = len(slopes)
    lags = np.arange(p)
    shifted = np.array([np.roll(slopes, k) for k in lags])  # row k: the slope k days ago
    m, v = ((1 - b) / (1 - b**p) * (b**lags @ shifted**power) for b, power in ((beta1, 1), (beta2, 2)))
    return -(m / np.sqrt(v)).sum()


def test_08_1_adam_walks_the_wrong_way_and_pays():
    """202,000 days in a plain loop: Adam at +1 with regret towards 0.198, AMSGrad at -1 with regret towards 0."""
    slopes = ONLINE * 2000
    wrong, right = loop(slopes, **SETTINGS, remember=False), loop(slopes, **SETTINGS, remember=True)
    assert wrong == pytest.approx((1.0, 0.26), abs=0.02)
    assert right == pytest.approx((-1.0, 0.08), abs=0.02)
    for rule, (x, regret) in ((al.Adam(**SETTINGS), wrong), (al.AMSGrad(**SETTINGS, convention="paper"), right)):
        played = al.play(rule, np.array(slopes), at=[len(slopes)])
        assert (played.x[0], played.regret[0]) == pytest.approx((x, regret), abs=1e-6)


@pytest.mark.claim("08.1#3")
def test_08_1_a_million_days():
    """From another start: 0.23 against 0.03 a day; a player who stands at +1 pays 20 / 101."""
    slopes = np.tile(ONLINE, 10_000)
    for rule, x, regret in ((al.Adam(**SETTINGS), 1, 0.228), (al.AMSGrad(**SETTINGS), -1, 0.0337)):
        played = al.play(rule, slopes, start=-0.5, at=[len(slopes)])
        assert played.x[0] == pytest.approx(x, abs=5e-3)
        assert played.regret[0] == pytest.approx(regret, abs=4e-3)
    assert pytest.approx(0.198, abs=5e-4) == 20 / 101


@pytest.mark.claim("08.1#1")
@pytest.mark.parametrize(
    ("beta1", "border"), [(0.0, 0.999603), (0.5, 0.999595), (0.9, 0.999516), (0.95, 0.999372), (0.99, 0.997640)]
)
def test_08_1_the_critical_beta2(beta1, border):
    """One millionth below it Adam goes wrong, one millionth above it right."""
    assert move(ONLINE, beta1, border - 1e-6) > 0 > move(ONLINE, beta1, border + 1e-6)
    assert al.drift(ONLINE, beta1, border - 1e-6) > 0 > al.drift(ONLINE, beta1, border + 1e-6)


def test_08_1_a_second_border():
    """beta1 = 0.99: right at the smallest beta2, then wrong, then right again; with beta1 = 0.9 there is but one border."""
    beta2 = 1 - np.geomspace(1, 1e-6, 120)
    turns = [np.flatnonzero(np.diff(np.sign([move(ONLINE, beta1, b) for b in beta2]))) for beta1 in (0.9, 0.99)]
    assert [len(found) for found in turns] == [1, 2]
    assert beta2[turns[1][0]] < 0.05


def test_08_1_the_default_fails_and_a_longer_memory_does_not():
    """Walked, not summed: (0.9, 0.999) ends at +1, (0.9, 0.9999) at -1, at a rate high enough to get there."""
    slopes = np.tile(ONLINE, 5000)
    assert al.play(al.Adam(lr=2.0), slopes, at=[len(slopes)]).x[0] > 0.95
    assert al.play(al.Adam(lr=2.0, beta2=0.9999), slopes, at=[len(slopes)]).x[0] < -0.95


def test_08_1_near_the_border_the_walk_obeys_the_sum():
    """1 - beta2 at 1.3, 1.05, 0.95 and 0.7 of the critical one: the sign of the walk far from its start, per period."""
    for beta1 in (0.0, 0.9):
        low, high = 0.99, 0.99999
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if move(ONLINE, beta1, middle) > 0 else (low, middle)
        for share, way in ((1.3, 1), (1.05, 1), (0.95, -1), (0.7, -1)):
            rule = al.Adam(lr=1e-6, beta1=beta1, beta2=1 - share * (1 - middle), eps=0)
            played = al.play(rule, np.tile(ONLINE, 1000), fade=0, at=[990 * 101, 1000 * 101])
            assert np.sign(np.diff(played.x)[0]) == way


@pytest.mark.claim("08.1#4")
@pytest.mark.parametrize("C", [2.1, 10, 100])
def test_08_1_theorem_1(C):
    """30,000 days in a plain loop: the worst regret for Adam without momentum; AMSGrad's is next to nothing."""
    slopes = [C, -1.0, -1.0] * 10_000
    settings = {"lr": 0.5, "beta1": 0.0, "beta2": 1 / (1 + C**2)}
    assert loop(slopes, **settings, remember=False) == pytest.approx((1, 2 * (C - 2) / 3), abs=0.003 + 2e-4 * C)
    assert loop(slopes, **settings, remember=True) == pytest.approx((-1, 0), abs=0.02)


@pytest.mark.claim("08.1#4")
def test_08_1_momentum_rescues_the_famous_game():
    """20,000 other values of beta2 for beta1 = 0.9: none fails from C = 2.1 on, some do at 2.01; without momentum some do."""
    beta2 = np.linspace(0, 0.99999, 20_000)
    for C in (2.1, 2.5, 3, 5, 30, 1000):
        assert (al.drift([C, -1, -1], 0.9, beta2) < 0).all()
        assert (al.drift([C, -1, -1], 0.0, beta2) > 0).any()
    assert (al.drift([2.01, -1, -1], 0.9, beta2) > 0).any()
    borders = {2.01: 0.9869, 2.1: 0.8859, 2.5: 0.6292, 3: 0.4723, 4: 0.3170, 10: 0.0983}
    for C, border in borders.items():
        assert move([C, -1, -1], 0.0, border - 1e-4) > 0 > move([C, -1, -1], 0.0, border + 1e-4)


@pytest.mark.claim("08.1#5")
def test_08_1_by_lot():
    """Another draw: Adam at 0.99 goes wrong, at 0.9999 right, and so does AMSGrad."""
    lot = np.where(np.random.default_rng(2018).random(2_000_000) < 0.01, 1010.0, -10.0)
    late = np.arange(1_999_001, 2_000_001)
    rules = al.Adam(1.0, beta2=0.99), al.Adam(1.0, beta2=0.9999), al.AMSGrad(1.0, beta2=0.99)
    x = [al.play(rule, lot, at=late).x.mean() for rule in rules]
    assert x[0] > 0.98
    assert max(x[1:]) < -0.4


@pytest.mark.claim("08.1#3")
def test_08_1_a_constant_rate_keeps_its_regret():
    """A plain loop of 101,000 days at 0.01 still pays more than 0.3, and Adam 0.5; at 0.5 / sqrt(t) it pays a third of that."""
    slopes = ONLINE * 1000
    held = loop(slopes, 0.01, 0.9, 0.99, remember=True, fade=0)[1]
    assert 0.3 < held < 0.45
    assert loop(slopes, 0.01, 0.9, 0.99, remember=False, fade=0)[1] == pytest.approx(0.5, abs=0.01)
    assert loop(slopes, **SETTINGS, remember=True)[1] < held / 2


def test_08_1_the_rare_days():
    """Of the first three periods days 1, 102 and 203 win 1010."""
    game = al.reddi_online()
    assert [t for t in range(1, 304) if game.grad(game.start, t) == 1010] == [1, 102, 203]


@pytest.mark.claim("08.1#2")
def test_08_1_the_rule_of_thumb():
    """0.000396 is within one per cent of where the drift without momentum turns."""
    game = [1010.0] + [-10.0] * 100
    near = 1 - 0.000396 * np.array([1.01, 0.99])
    assert [bool(al.drift(game, 0, beta2) > 0) for beta2 in near] == [True, False]


def test_08_1_what_chance_leaves_of_a_million_days():
    """The sum of the slopes is 200,000 on average, with a spread of about 100,000: from 2,000 plays."""
    wins = np.random.default_rng(7).binomial(1_000_000, 0.01, 2_000)
    sums = 1010.0 * wins - 10.0 * (1_000_000 - wins)
    assert sums.mean() == pytest.approx(200_000, rel=0.05)
    assert sums.std() == pytest.approx(100_000, rel=0.05)


def test_08_1_m_stays_positive_for_tens_of_days():
    """With beta1 = 0.99, half of a period; with 0.9 some twenty days, too few: only 0.99 walks right without a memory of v."""
    for beta1, least, most in ((0.99, 40, 55), (0.9, 18, 25)):
        lags = np.arange(101)
        m = np.array([beta1**lags @ np.roll(ONLINE, -day)[::-1] for day in range(101)]) * (1 - beta1) / (1 - beta1**101)
        assert least < (m > 0).sum() < most
    assert al.drift(ONLINE, 0.99, 0.0) < 0 < al.drift(ONLINE, 0.9, 0.0)


@pytest.mark.claim("08.1#5")
def test_08_1_by_lot_in_another_draw():
    """One more draw: 0.99 ends above 0.9, 0.9999 below 0."""
    for seed in (20,):
        lot = np.where(np.random.default_rng(seed).random(2_000_000) < 0.01, 1010.0, -10.0)
        late = np.arange(1_999_001, 2_000_001)
        short, long = (al.play(al.Adam(lr=1, beta2=beta2), lot, at=late).x.mean() for beta2 in (0.99, 0.9999))
        assert short > 0.9
        assert long < 0


def test_08_1_regret_of_a_rate_that_stays():
    """At 0.01 it pays more than Adam's 20 / 101, after five million days too: on rare days it stands at the top of its swing."""
    slopes = np.tile(ONLINE, 50_000)
    rule = al.AMSGrad(lr=0.01, beta2=0.99)
    days = np.arange(len(slopes) - 100, len(slopes) + 1)
    played = al.play(rule, slopes, fade=0, at=days)
    assert played.regret[-1] == pytest.approx(0.34, abs=0.02)
    assert played.regret[-1] > 20 / 101
    assert played.x[-1] == played.x.max()
