"""The autoencoder of the paper's section 6.4 in small, with another seed than the one that is shown."""

import numpy as np
import pytest

import adamlib as al


@pytest.fixture(scope="module")
def digits():
    """Losses after ten passes with another seed than the notebook's: on and off, (beta2, lr)."""
    model = al.vae(al.digits(train=1792), batch=128, seed=1)
    rates, memories = [1e-4, 10**-3.5, 1e-3, 1e-2, 1e-1], [0.99, 0.999, 0.9999]
    ends = (
        al.final(al.Adam(**al.grid(beta2=memories, lr=rates), bias_correction=on), model, steps=140).theta for on in (True, False)
    )
    return [model.loss(theta) for theta in ends]


def test_03_2_the_correction_stops_beta2_from_moving_the_curve(digits):
    on, off = digits
    assert np.ptp(on, axis=0).max() < 0.5
    assert np.ptp(off, axis=0)[[0, 4]].min() > 10
    assert off[2, 4] > 4 * on[2, 4]
    assert abs(off[2, 0] - off[1, 1]) < 0.5  # ten times the memory is the root of ten times the rate
    assert abs(off[2, 1] - off[1, 2]) < 0.5


def test_03_2_the_correction_loses_at_small_rates_and_hardly_raises_the_ceiling(digits):
    on, off = digits
    assert (off[:, :3] < on[:, :3]).all()
    assert 0 < off.min() - on.min() < 1


def test_03_2_the_digits_of_the_autoencoder():
    """1,792 digits of 64 pixels."""
    assert al.digits(train=1_792).x_train.shape == (1792, 64)
