"""The probe: fixed gradients, each difficult in its way, and a departure that is found where it is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from adamlib.probe import PRECISIONS, START, STEPS, Departure, Measure, gradients


def test_gradients_are_fixed_and_difficult():
    g = gradients()
    assert g.shape == (STEPS, 8)
    assert not g.flags.writeable
    assert (gradients(1) != g).any()
    assert_allclose(np.abs(g[:, :4]).max(axis=0), [1e-6, 1e-3, 1.0, 1e3], rtol=0.05)
    assert not g[:12, 4].any()
    assert g[12:, 4].all()
    assert not g[50:250, 5].any()
    assert (g[:, 7] > 0).all()
    assert np.abs(g[:, 6]).max() > 1000 * np.median(np.abs(g[:, 6]))
    assert_allclose(g[0, :3], [6.88843703e-07, 5.15908805e-04, -1.58856838e-01])


def test_a_departure_tells_its_numbers_apart():
    assert str(Departure("v", 2, 3, 0.0019, 0.000999)) == (
        "departs first in v, at step 2: 0.0019 where 0.000999 is expected, coordinate 3"
    )
    assert Departure("theta", 1, 0, 1.00001, 1.0).values == "moves by 1.00001 where 1 is expected, coordinate 0"


nearly = st.sampled_from([1e-15, 1e-12, 1e-7, 1e-3, 1.0])


@settings(max_examples=30)
@given(nearly, st.integers(0, 7), st.integers(0, 20))
def test_a_departure_is_found_where_it_is(size, coordinate, when):
    """A walk of steps of one, one of which is off by a share: found if and only if the share is above the precision."""
    measure, walk = Measure(PRECISIONS["float64"]), START.copy()
    for t in range(25):
        walk = walk + 1.0
        off = walk.copy()
        if t == when:
            off[coordinate] += size * (t + 1)
        found = measure.depart({"theta": off}, {"theta": walk})
        assert (found is not None) == (t == when and size > 1e-9)
        if found:
            assert (found.quantity, found.step, found.coordinate) == ("theta", when + 1, coordinate)


@pytest.mark.parametrize(("off", "departs_"), [(3e-14, False), (2e-13, True)])
def test_rounding_is_forgiven_as_it_grows_by_chance(off, departs_):
    """A walk that stands still, after 400 steps: twenty roundings of 0.5, not four hundred."""
    measure = Measure(PRECISIONS["float64"])
    for _ in range(399):
        assert measure.depart({"theta": START}, {"theta": START}) is None
    moved = START + np.eye(8)[0] * off
    assert (measure.depart({"theta": moved}, {"theta": START}) is not None) == departs_


def test_what_a_walk_does_not_hold_is_not_compared():
    measure = Measure()
    assert measure.depart({"theta": START}, {"theta": START, "m": START}) is None
    assert measure.depart({"theta": None, "m": START + 1}, {"theta": START + 1, "m": START}).quantity == "m"


def test_nan_equals_nan_only():
    nan = np.full(8, np.nan)
    assert Measure().depart({"theta": nan}, {"theta": nan}) is None
    assert Measure().depart({"theta": nan}, {"theta": START + 1}) is not None
    assert Measure().depart({"theta": START + 1}, {"theta": nan}) is not None
    assert Measure().depart({"theta": nan + np.inf}, {"theta": START}) is not None
