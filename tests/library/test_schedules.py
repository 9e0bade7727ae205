"""Schedules: their shapes, what they do to a run, and what they refuse."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.parametrize("made", [al.linear(50), al.cosine(50)], ids=["linear", "cosine"])
def test_a_decay_falls_from_one_to_zero_and_stays(made):
    factors = np.array([made(t) for t in range(1, 80)])
    assert factors[0] == 1
    assert (np.diff(factors[:51]) < 0).all()
    assert (factors[50:] == 0).all()
    assert factors[:51].mean() == pytest.approx(0.5, abs=1e-9)


def test_inverse_root_halves_at_every_fourfold_time():
    assert [al.inverse_root()(t) for t in (1, 4, 16)] == [1, 0.5, 0.25]


def test_warmup_rises_then_hands_over():
    made = al.warmup(10, al.cosine(20))
    assert [made(t) for t in (1, 5, 10)] == [0.1, 0.5, 1.0]
    assert [made(t) for t in range(11, 40)] == [al.cosine(20)(t) for t in range(1, 30)]
    assert al.warmup(3)(100) == 1.0


def test_a_schedule_multiplies_lr_in_its_step():
    """Gradient 1 for ever: the way is the sum of the rates; for a sweep as for each of its members."""
    ramp = al.ramp()
    walk = al.run(al.SGD(**al.grid(lr=[0.5, 2.0])), ramp, steps=8, schedule=al.linear(8))
    np.testing.assert_allclose(-walk.theta[-1, :, 0], [0.5 * 4.5, 2.0 * 4.5])
    np.testing.assert_allclose(walk.rate[1:, 0, 0], 0.5 * (1 - np.arange(8) / 8))
    one = al.run(al.SGD(lr=2.0), ramp, steps=8, schedule=al.linear(8))
    assert np.array_equal(one.theta, walk.pick(1).theta)
    assert al.final(al.SGD(lr=2.0), ramp, steps=8, schedule=al.linear(8)).theta == one.theta[-1]


def test_adamw_decays_by_the_scheduled_rate():
    """Without a gradient only the decay moves a weight: the product of 1 - eta_t lr lambda."""
    flat = al.Problem("flat", lambda x: 0 * x[..., 0], lambda x, t=1: np.zeros_like(x), np.ones(1))
    walk = al.run(al.AdamW(lr=0.5, weight_decay=0.2), flat, steps=5, schedule=al.inverse_root())
    factors = 1 - 0.1 / np.sqrt(np.arange(1, 6))
    np.testing.assert_allclose(walk.theta[1:, 0], np.cumprod(factors), rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: al.linear(0), "steps = 0"),
        (lambda: al.cosine(2.5), "steps = 2.5"),
        (lambda: al.warmup(3, 0.5), "then = 0.5"),
        (lambda: al.run(al.SGD(), al.bowl(), schedule=0.5), "schedule = 0.5"),
        (lambda: al.run(al.SGD(), al.bowl(), steps=2, schedule=lambda t: -1.0), r"schedule\(1\) = -1.0"),
        (lambda: al.final(al.SGD(), al.bowl(), steps=3, schedule=lambda t: float("nan")), r"schedule\(1\) = nan"),
    ],
)
def test_bad_schedules_are_refused(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
