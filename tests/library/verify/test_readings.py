"""A rule is read as written first, then by one convention, then by more, of each group one at most."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import gradients
from adamlib.verify.compare import walked
from adamlib.verify.conventions import GROUPS
from adamlib.verify.readings import readings
from adamlib.verify.rules import allowed_for

LIKES = [al.SGD(), al.Momentum(dampening=0.5), al.Adam(), al.NAdam(), al.AMSGrad(), al.AdamW(), al.AdamW(eps=0.0), al.RMSProp()]
every_like = pytest.mark.parametrize("like", LIKES, ids=str)


@every_like
def test_the_rule_comes_first_and_conventions_by_their_number(like):
    found = list(readings(like))
    assert found[0] == (like, ())
    numbers = [len(reading.conventions) for reading in found]
    assert numbers == sorted(numbers)
    assert len({reading.name for reading in found}) == len(found)
    assert [one.name for one in readings(like, 1)] == [one.name for one in found if len(one.conventions) <= 1]


@every_like
def test_of_each_group_one_is_taken_and_it_matters(like):
    for reading in readings(like):
        groups = [i for i, group in enumerate(GROUPS) for one in reading.conventions if one in group]
        assert groups == sorted(set(groups))
        assert {one.name for one in reading.conventions} <= allowed_for(like)
        before = like
        for one in reading.conventions:
            assert one.matters(before)
            before = one.make(before)


@every_like
def test_a_reading_is_its_conventions_one_after_the_other(like):
    for reading in readings(like, 2):
        rule = like
        for one in reading.conventions:
            rule = one.make(rule)
        for got, want in zip(walked(reading.rule, gradients()[:3]), walked(rule, gradients()[:3])):
            assert np.array_equal(got.theta, want.theta, equal_nan=True)


def test_what_makes_no_difference_is_not_read():
    assert not any("eps" in reading.name for reading in readings(al.Adam(eps=0.0)))
    assert not any("decay" in reading.name or "penalty" in reading.name for reading in readings(al.Adam()))
