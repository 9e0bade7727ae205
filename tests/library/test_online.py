"""Games on an interval: a million steps in blocks are the ordinary loop, and the course of a period needs no loop at all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adamlib as al
from adamlib import online

ONLINE = [1010.0] + [-10.0] * 100
RULES = {
    "Adam": al.Adam(lr=0.5, beta2=0.99),
    "uncorrected": al.Adam(lr=0.5, beta1=0.0, beta2=0.99, eps=0.0, bias_correction=False),
    "large eps": al.Adam(lr=0.5, beta1=0.99, beta2=0.9, eps=3.0),
    "beta 0": al.Adam(lr=0.1, beta1=0.0, beta2=0.0),
    **{convention: al.AMSGrad(lr=0.5, beta2=0.99, convention=convention) for convention in ("paper", "torch", "optax")},
}


@pytest.fixture(params=[3, 256])
def block(request, monkeypatch):
    """Blocks so short that a few hundred steps fill many chunks, and those in use."""
    monkeypatch.setattr(online, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("fade", [0.5, 0.0])
@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_play_is_the_run_of_the_library(rule, fade):
    steps = 700
    played = al.play(rule, np.tile(ONLINE, 7)[:steps], start=0.25, fade=fade, at=np.arange(1, steps + 1))
    schedule = al.inverse_root() if fade else None
    run = al.run(rule, al.reddi_online(), start=[0.25], steps=steps, schedule=schedule, engine="arrays")
    assert np.array_equal(played.t, run.t[1:])
    np.testing.assert_allclose(played.x, run.theta[1:, 0], rtol=0, atol=1e-12)
    for name in ("m", "v", "m_hat", "v_hat", "rate"):
        np.testing.assert_allclose(getattr(played, name), getattr(run, name)[1:, 0], rtol=1e-12, atol=1e-11, err_msg=name)


@pytest.mark.usefixtures("block")
def test_regret_is_against_the_best_fixed_point():
    """Summed by hand, and against 2,001 fixed points; at the start of this game the best one is +1."""
    slopes = np.where(np.random.default_rng(3).random(500) < 0.01, 1010.0, -10.0)
    played = al.play(al.Adam(lr=0.5), slopes, at=np.arange(1, 501))
    before = np.append(0.0, played.x[:-1])
    for t in (1, 10, 77, 500):
        fixed = (np.linspace(-1, 1, 2001)[:, None] * slopes[:t]).sum(axis=1).min()
        assert played.regret[t - 1] == pytest.approx(((slopes * before)[:t].sum() - fixed) / t, rel=1e-12)
    assert slopes[:10].sum() < 0


def test_what_is_recorded():
    slopes = np.tile(ONLINE, 30)
    rule, every = al.Adam(lr=0.5, beta2=0.99), np.arange(1, len(slopes) + 1)
    whole, some = al.play(rule, slopes, at=every), al.play(rule, slopes, at=[1, 2, 1000, len(slopes)])
    for name in ("t", "x", "regret", "v_hat", "rate"):
        assert np.array_equal(getattr(whole, name)[[0, 1, 999, -1]], getattr(some, name))
    usual = al.play(rule, slopes).t
    assert usual[0] == 1
    assert usual[-1] == len(slopes)
    assert (np.diff(usual) > 0).all()
    assert len(usual) <= 400


unit = st.floats(-1, 1, allow_subnormal=False)


@settings(max_examples=100, deadline=None)
@given(unit, st.lists(st.floats(-3, 3, allow_subnormal=False), min_size=1, max_size=60))
def test_a_walk_between_walls(start, moves):
    x, path = start, []
    for move in moves:
        x = min(max(x + move, -1.0), 1.0)
        path.append(x)
    np.testing.assert_allclose(online.clipped_walk(start, np.array(moves)), path, rtol=0, atol=1e-13)


@settings(max_examples=100, deadline=None)
@given(st.floats(-5, 5), st.floats(0, 0.999), st.lists(st.floats(-5, 5), min_size=1, max_size=60))
def test_averages_from_a_start(start, beta, values):
    old, path = start, []
    for value in values:
        old = al.ema(old, value, beta)
        path.append(old)
    np.testing.assert_allclose(online.running_averages(np.array(values), beta, start), path, rtol=0, atol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.999])
def test_the_circle_closes(beta):
    """One more average of the last value of the period gives the first; and it is the end of a long run."""
    values = np.array([5.0, -1.0, 2.0, 0.0, 7.0])
    around = online.periodic_average(values, beta)
    np.testing.assert_allclose(al.ema(np.roll(around, 1), values, beta), around, rtol=1e-13)
    assert around.mean() == pytest.approx(values.mean(), rel=1e-12)
    long = online.running_averages(np.tile(values, 10_000), beta)
    np.testing.assert_allclose(long[-5:], around, rtol=1e-11)


@pytest.mark.parametrize("unit", [2.0**-1060, 2.0**-700, 2.0**300])
def test_drift_does_not_depend_on_the_units(unit):
    assert al.drift(np.array([3.0, -1.0, -1.0]) * unit, 0.5, 0.9) == al.drift([3.0, -1.0, -1.0], 0.5, 0.9)


def test_drift_refuses_a_v_of_zero():
    with pytest.raises(ValueError, match=r"beta2 = 0\.0 is not allowed: beta2 must keep v above zero"):
        al.drift([1.0, 0.0], 0.5, 0.0)


def test_drift_broadcasts_and_is_the_walk_of_a_period():
    beta1, beta2 = np.array([[0.0], [0.9]]), np.array([0.9, 0.99, 0.9999])
    map_ = al.drift(ONLINE, beta1, beta2)
    assert map_.shape == (2, 3)
    for i, b1 in enumerate(beta1[:, 0]):
        for j, b2 in enumerate(beta2):
            assert map_[i, j] == al.drift(ONLINE, b1, b2)
            free = al.Adam(lr=1e-9, beta1=float(b1), beta2=float(b2), eps=0.0)
            played = al.play(free, np.tile(ONLINE, 3000), fade=0, at=[2999 * 101, 3000 * 101])
            assert np.diff(played.x)[0] / 1e-9 == pytest.approx(map_[i, j], rel=1e-6)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"optimizer": al.SGD()}, "optimizer"),
        ({"optimizer": al.NAdam()}, "optimizer"),
        ({"optimizer": al.Adam(lr=np.array([0.1, 0.2]))}, "optimizer"),
        ({"slopes": []}, "slopes"),
        ({"slopes": 3.0}, "slopes"),
        ({"slopes": [[1.0]]}, "slopes"),
        ({"slopes": ["a"]}, "slopes"),
        ({"start": 1.5}, "start"),
        ({"start": -1.5}, "start"),
        ({"fade": -1.0}, "fade"),
        ({"at": [0, 1]}, "at"),
        ({"at": [1, 4]}, "at"),
        ({"at": [2, 1]}, "at"),
        ({"at": [1.0]}, "at"),
        ({"at": []}, "at"),
    ],
)
def test_bad_input(change, field):
    given_ = {"optimizer": al.Adam(), "slopes": [1.0, 2.0, 3.0], **change}
    with pytest.raises((ValueError, TypeError), match=f"^{field} .*is not allowed: {field} must "):
        al.play(**given_)
