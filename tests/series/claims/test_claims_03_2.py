"""Room 03.2, the autoencoder of the paper's section 6.4 in small: every sentence of "What we showed", over five seeds.

The record is that of tools/record_autoencoder.py; one row of it is trained again here, another by the room.
"""

import json

import numpy as np
import pytest

import adamlib as al
from helpers import notebooks

RECORD = json.loads((notebooks.ROOT / "tests" / "series" / "autoencoder.json").read_text(encoding="utf-8"))
RATES, MEMORIES = np.array(RECORD["lr"]), RECORD["beta2"]
TENTH, BEST, SMALL = np.searchsorted(RATES, [0.1, 0.01, 0.0011])


def recorded(passes: int, name: str) -> np.ndarray:
    """The losses of every seed, (seed, beta2, lr); nan where a run diverged."""
    return np.array([run[name] for run in RECORD["runs"] if run["passes"] == passes], float)


ON, OFF = recorded(10, "corrected"), recorded(10, "uncorrected")


def test_03_2_the_record_can_be_made_again():
    """One memory and five rates of seed 3, which the room does not show; the record has ten, from 1e-5 to 0.3."""
    assert (len(RATES), RATES[0], RATES[-1]) == (10, pytest.approx(1e-5), pytest.approx(0.3, rel=0.06))
    model = al.vae(al.digits(train=1_792), batch=128, seed=3)
    assert al.digits(train=1_792).x_train.shape == (1792, 64)
    assert len(model.start) == 65 * 32 + 33 * 16 + 9 * 32 + 33 * 64  # 32 units on either side of eight numbers
    assert al.Adam().beta1 == 0.9
    some = slice(2, 7)
    for on, kept in ((True, ON), (False, OFF)):
        rule = al.Adam(**al.grid(beta2=[0.999], lr=RATES[some]), bias_correction=on)
        losses = model.loss(al.final(rule, model, steps=140).theta)
        np.testing.assert_allclose(losses[0], kept[3, 1, some], atol=0.05)
    assert (len(ON), len(recorded(100, "corrected")), MEMORIES) == (5, 2, [0.99, 0.999, 0.9999])


@pytest.mark.claim("03.2#1")
def test_03_2_with_the_correction_beta2_does_not_touch_the_rate():
    """One best rate, 0.01, and within 0.1 nats there; within 0.4 up to lr 0.1. Without it the best rate moves with the memory.

    Without it the memories are more than 10 nats apart at either end.
    """
    assert (ON.argmin(axis=2) == BEST).all()
    assert np.ptp(ON[:, :, BEST], axis=1).max() < 0.1
    assert (np.nanargmin(OFF, axis=2)[:, 0] > np.nanargmin(OFF, axis=2)[:, 2]).sum() == 4
    assert np.ptp(ON[:, :, : TENTH + 1], axis=1).max() < 0.4
    assert np.ptp(OFF, axis=1)[:, [0, 2, TENTH]].min() > 9


@pytest.mark.claim("03.2#2")
def test_03_2_without_it_ten_times_the_memory_is_the_root_of_ten_times_the_rate():
    """To 0.2 nats up to lr 0.01, to 1.3 at 0.03."""
    assert [1 / (1 - beta2) for beta2 in MEMORIES] == pytest.approx([100, 1_000, 10_000])
    apart = np.abs(OFF[:, 2, :-1] - OFF[:, 1, 1:])
    assert apart[:, : BEST + 1].max() < 0.2
    assert apart[:, BEST + 1].max() == pytest.approx(1.25, abs=0.05)
    assert np.abs(ON[:, 2, :-1] - ON[:, 1, 1:])[:, :4].min() > 2  # with the correction it is not


@pytest.mark.claim("03.2#3")
def test_03_2_the_best_loss_is_a_little_lower_with_it():
    gain = np.nanmin(OFF, axis=2) - ON.min(axis=2)
    assert gain.shape == (5, 3)
    assert (gain.min(), gain.max()) == (pytest.approx(0.3, abs=0.05), pytest.approx(0.6, abs=0.05))


@pytest.mark.claim("03.2#4")
def test_03_2_at_small_rates_it_is_higher_in_every_cell():
    """75 of 75; and more rate helps there: the corrected loss falls up to lr 0.01."""
    assert RATES[SMALL - 1] == pytest.approx(0.001)
    cells = OFF[:, :, :SMALL] < ON[:, :, :SMALL]
    assert (cells.sum(), cells.size) == (75, 75)
    assert (np.diff(ON[:, :, : np.searchsorted(RATES, 0.011)], axis=2) < 0).all()


@pytest.mark.claim("03.2#5")
def test_03_2_at_large_rates_it_keeps_the_run_from_blowing_up():
    """At the cost of the mean image, 27.1 nats, and never below it."""
    assert np.round(ON[:, 2, TENTH]).tolist() == [27] * 5
    assert ON[:, 2, TENTH].min() > 27.1
    ends = OFF[:, 2, TENTH]
    assert (np.round(ends.min()), np.round(ends.max())) == (37, 371)


@pytest.mark.claim("03.2#6")
def test_03_2_after_a_hundred_passes():
    """From 0.03 nats higher to 0.8 lower."""
    gain = np.nanmin(recorded(100, "uncorrected"), axis=2) - recorded(100, "corrected").min(axis=2)
    assert (gain.min(), gain.max()) == (pytest.approx(-0.03, abs=0.005), pytest.approx(0.8, abs=0.05))


def test_03_2_the_mean_image_costs_27_nats():
    """As the mean of what each image costs, drawn by the mean of its pixels."""
    p = np.clip(al.digits(train=1792).x_train.mean(axis=0), 1e-9, 1 - 1e-9)
    x = al.digits(train=1792).x_train
    cost = -(x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=1).mean()
    assert cost == pytest.approx(27.1, abs=0.05)
