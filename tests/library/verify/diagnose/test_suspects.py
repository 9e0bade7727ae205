"""Suspects: their first changes, and when one explains a walk."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import START, gradients
from adamlib.verify.compare import Comparison, states
from adamlib.verify.diagnose.faults import FAULTS
from adamlib.verify.diagnose.suspects import Suspect, cause_of_following, explains, is_one_kind, remembers, roundings, suspects
from adamlib.verify.walk import Walk


@pytest.mark.parametrize("like", [al.AdamW(eps=1e-3), al.RMSProp(), al.Momentum()], ids=str)
def test_the_first_change_of_each_is_its_own_first_step(like):
    with np.errstate(all="ignore"):
        some, changes = suspects(like)
        assert len(some) == len(changes)
        for suspect, change in list(zip(some, changes))[::7]:
            np.testing.assert_allclose(change, suspect.first_change(), rtol=1e-12, equal_nan=True)


def test_every_slip_that_fits_is_suspected():
    with np.errstate(all="ignore"):
        some, _ = suspects(al.Adam())
    assert {one.slip.says for one in some if one.slip} == {fault.says for fault in FAULTS if fault.fits(al.Adam())}
    assert all(one.base == al.Adam() for one in some)


def test_a_suspect_explains_its_own_walk_and_no_other():
    slip = next(fault for fault in FAULTS if fault.fault == "frozen t")
    suspect = Suspect(al.Adam(), slip)
    walk = Walk(list(states(suspect.rule)))
    comparison = Comparison(walk, al.Adam(), "float64")
    assert explains(suspect, comparison)
    assert remembers(suspect, comparison)
    assert not explains(suspect.at_rate(0.002), comparison)
    assert not explains(Suspect(al.Adam()), comparison)
    assert not explains(suspect.with_eps(0.1), comparison)


def test_in_few_digits_what_half_a_rate_explains_as_well_is_nothing():
    still = Comparison(Walk([{"theta": START}] * len(gradients()), dtype="float32"), al.SGD(lr=1e-12), "float32")
    assert not explains(Suspect(al.SGD(lr=1e-12)), still)


def test_roundings():
    assert roundings(0.0123456789) == [0.0123456789]
    assert roundings(0.01 * (1 + 1e-9)) == [0.01, float(f"{0.01 * (1 + 1e-9):.12g}")]
    assert roundings(0.0100004, is_coarse=True)[0] == 0.01
    assert roundings(np.array([0.1, 0.2])) == []


def test_settings_of_each_coordinate_are_not_one_kind():
    assert is_one_kind(al.Adam())
    assert not is_one_kind(al.Adam(lr=np.full(8, 0.1)))


def test_what_is_followed_is_said_with_its_settings():
    cause = cause_of_following(Suspect(al.SGD(lr=0.25)))
    assert cause.says == "it follows SGD(lr=0.25)"
    assert cause.rule == al.SGD(lr=0.25)
