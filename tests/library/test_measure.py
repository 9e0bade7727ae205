"""Arrival, curvature and stability: shapes, sweeps, edge cases, bad input."""

import re
import sys

import numpy as np
import pytest

import adamlib as al
from helpers.cases import every_optimizer


@every_optimizer
def test_arrival_is_that_of_the_recorded_losses(optimizer):
    low = al.run(optimizer, al.bowl(), steps=60).loss < 0.1
    touch, stay = al.arrival(optimizer, al.bowl(), steps=60, below=0.1)
    assert float(touch) == low.argmax() if low.any() else np.isnan(touch)
    assert np.isnan(stay) == (not low[-1])
    assert np.isnan(stay) or (low[int(stay) :].all() and (stay == 0 or not low[int(stay) - 1]))


def test_a_start_below_arrives_at_once():
    assert [float(t) for t in al.arrival(al.SGD(lr=0.1), al.bowl(), start=[0.0, 0.0], steps=5)] == [0, 0]


def test_a_schedule_and_starts_make_a_sweep():
    rates, starts = np.array([0.05, 0.1])[:, None, None], np.array([[1.0, 1.0], [2.0, -1.0], [0.0, 0.5]])
    touch, stay = al.arrival(al.SGD(lr=rates), al.bowl(), starts, steps=80, below=0.01, schedule=al.linear(80))
    assert touch.shape == stay.shape == (2, 3)
    alone = al.arrival(al.SGD(lr=0.1), al.bowl(), starts[1], steps=80, below=0.01, schedule=al.linear(80))
    assert (touch[1, 1], stay[1, 1]) == tuple(float(t) for t in alone)


@pytest.mark.parametrize("steps", [5, 5000])
def test_no_start_arrives_nowhere(steps):
    assert [times.shape for times in al.arrival(al.SGD(lr=0.1), al.bowl(), np.zeros((0, 2)), steps=steps)] == [(0,), (0,)]


@pytest.mark.parametrize("below", [0, -1.0, np.nan, np.inf, "low", [0.1, 0.2]])
def test_arrival_refuses(below):
    with pytest.raises((ValueError, TypeError), match="below"):
        al.arrival(al.SGD(), al.bowl(), steps=5, below=below)


def test_hessian_of_a_quadratic_and_of_a_sweep():
    curvatures = np.array([1.0, 3.0, 10.0])
    points = np.random.default_rng(0).standard_normal((2, 4, 3))
    found = al.hessian(al.quadratic(curvatures), points)
    assert found.shape == (2, 4, 3, 3)
    np.testing.assert_allclose(found, np.broadcast_to(np.diag(curvatures), found.shape), atol=1e-7)
    np.testing.assert_array_equal(found, np.swapaxes(found, -1, -2))


def test_stability_of_gradient_descent_is_lr_times_the_sharpest_curvature():
    walk = al.run(al.SGD(**al.grid(lr=[0.1, 0.3])), al.bowl(10), steps=300)
    near = al.stability(walk)
    assert near.shape == walk.loss.shape
    assert np.isnan(near[0]).all()
    np.testing.assert_allclose(near[1:, 0], 1.0, rtol=1e-6)
    np.testing.assert_allclose(near[1:100, 1], 3.0, rtol=1e-6)


def test_stability_after_divergence_is_unknown_and_a_schedule_counts():
    lost = al.stability(al.run(al.SGD(lr=1.0), al.rosenbrock(), steps=20))
    assert np.isnan(lost[-1])
    falling = al.stability(al.run(al.SGD(lr=0.1), al.bowl(10), steps=4, schedule=al.linear(4)))
    np.testing.assert_allclose(falling[1:], [1.0, 0.75, 0.5, 0.25], rtol=1e-6)


def test_compiled_blocks_arrive_as_one_array_does(monkeypatch):
    """On Rosenbrock, where engines agree to the last bit; a falling rate, starts, and blocks of four runs."""
    pytest.importorskip("numba")
    rule = al.Adam(lr=np.geomspace(0.01, 1, 5)[:, None, None])
    starts, options = np.random.default_rng(0).uniform(-1, 1, (3, 2)), {"steps": 300, "below": 0.5, "schedule": al.linear(300)}
    losses = al.run(rule, al.rosenbrock(), starts, steps=300, schedule=al.linear(300), engine="arrays").loss
    assert al.precompile(al.Adam(), al.rosenbrock())
    monkeypatch.setattr(sys.modules["adamlib.measure"], "RECORDED_AT_ONCE", 4 * 300)
    touch, stay = al.arrival(rule, al.rosenbrock(), starts, **options)
    low = losses < 0.5
    assert touch.shape == (5, 3)
    np.testing.assert_array_equal(touch, np.where(low.any(axis=0), low.argmax(axis=0), np.nan))
    np.testing.assert_array_equal(stay, np.where(low[-1], len(low) - low[::-1].argmin(axis=0), np.nan))
    assert np.isfinite(stay).any()
    assert np.isnan(touch).any()


@every_optimizer
def test_settled_is_the_stay_of_arrival(optimizer):
    """For every rule, counted from the end by a loop."""
    losses = al.run(optimizer, al.bowl(), steps=60).loss.tolist()
    t = len(losses)
    while t and losses[t - 1] < 0.1:
        t -= 1
    assert al.settled(losses, below=0.1) == (None if t == len(losses) else t)
    stay = float(al.arrival(optimizer, al.bowl(), steps=60, below=0.1)[1])
    assert al.settled(losses, below=0.1) == (None if np.isnan(stay) else stay)


def test_settled_takes_any_quantity_and_a_sweep():
    walks = al.run(al.SGD(**al.grid(lr=[0.05, 0.1, 0.3])), al.bowl(), steps=100)
    apart = np.linalg.norm(walks.theta, axis=-1)
    many = al.settled(apart, below=0.5)
    alone = [al.settled(apart[:, i], below=0.5) for i in range(3)]
    assert many.shape == (3,)
    assert alone[2] is None
    assert np.isnan(many[2])
    assert many[:2].tolist() == alone[:2]
    assert al.settled([0.0, np.nan, 0.0], below=1) == 2
    assert al.settled([0.0, np.nan], below=1) is None
    assert al.settled([0.0], below=1) == 0


def test_bursts_come_after_a_rest():
    """Against the losses read as letters: r below the rest, o above the way out, m between."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        letters = "".join(rng.choice(list("rrrmo"), 200))
        losses = [{"r": 1e-12, "m": 1e-8, "o": 1.0}[letter] for letter in letters]
        assert al.bursts(losses, quiet=3).tolist() == [hit.end() - 1 for hit in re.finditer("rrr[rm]*o", letters)]
    assert al.bursts([0.0] * 9).tolist() == []
    assert al.bursts([0.0] * 5 + [np.nan, 2.0], out=1.0).tolist() == [6]


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ({"losses": []}, r"losses of shape \(0,\) is not allowed"),
        ({"losses": np.ones((3, 2))}, r"losses of shape \(3, 2\) is not allowed"),
        ({"losses": [1.0], "rest": 1.0, "out": 0.5}, "out = 0.5 is not allowed"),
        ({"losses": [1.0], "quiet": 0}, "quiet = 0 is not allowed"),
        ({"losses": [1.0], "rest": np.nan}, "rest = nan is not allowed"),
    ],
)
def test_what_has_no_bursts(words, refused):
    with pytest.raises(ValueError, match=refused):
        al.bursts(**words)


@pytest.mark.parametrize(
    ("values", "below", "words"),
    [
        ([], 1.0, r"values of shape \(0,\) is not allowed"),
        (3.0, 1.0, r"values of shape \(\) is not allowed"),
        ([1.0], np.nan, "below = nan is not allowed"),
        ([1.0], [1.0], "below = .* is not allowed"),
    ],
)
def test_what_cannot_settle(values, below, words):
    with pytest.raises(ValueError, match=words):
        al.settled(values, below)
