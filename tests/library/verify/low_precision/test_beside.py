"""A rule beside a walk in few digits: many rows at once are each alone, and the last place is that of the format."""

import numpy as np
import pytest

import adamlib as al
from adamlib.precision import rounded
from adamlib.probe import STEPS
from adamlib.verify.diagnose.feeds import clipped_by_value
from adamlib.verify.diagnose.suspects import Suspect
from adamlib.verify.low_precision.beside import COMPUTED, LOW_FORMATS, ROUNDED, SHOWN_STATE, last_place
from adamlib.verify.low_precision.step_by_step import StepByStep, gradients_in
from adamlib.verify.walk import Walk

RULE = al.Adam(lr=0.01, beta1=0.8, beta2=0.98, eps=1e-3)
START = np.array([0.5, -1.0, 1.5, -2.0, 2.5, -3.0, 3.5, -4.0]) / 64


def walk_in(dtype, feed=None, shows=True):
    """The walk of RULE whose theta, m and v are rounded after each step."""
    state, states = RULE.init(START), []
    g = gradients_in(dtype)
    for one in feed(g) if feed else g:
        new = RULE.rule(state, one)
        state = new._replace(**{name: rounded(getattr(new, name), dtype) for name in ("theta", "m", "v")})
        states.append({name: getattr(state, name) for name in (("theta", "m", "v") if shows else ("theta",))})
    return StepByStep(Walk(states, start=START, dtype=dtype), RULE, dtype)


def test_the_last_place_is_that_of_numpy():
    x = np.array([1e-7, 3e-5, 0.1, 1.0, 1.5, 2047.0, 60000.0], np.float16)
    np.testing.assert_allclose(last_place(x.astype(float), LOW_FORMATS["float16"]), np.spacing(x))


@pytest.mark.parametrize("dtype", LOW_FORMATS)
def test_rows_together_are_each_alone(dtype):
    feeds = (None, clipped_by_value(0.1).feed, np.sign)
    walk = walk_in(dtype)
    together = walk.beside(RULE, feeds, (SHOWN_STATE, COMPUTED, ROUNDED)).departures()
    for row, away in enumerate(together):
        way, feed = (SHOWN_STATE, COMPUTED, ROUNDED)[row // len(feeds)], feeds[row % len(feeds)]
        assert walk.beside(RULE, (feed,), (way,)).departures() == [away]
    assert together[0] is None
    assert together[1] is not None


@pytest.mark.parametrize("dtype", LOW_FORMATS)
@pytest.mark.parametrize("shows", [True, False], ids=["memory shown", "memory hidden"])
def test_the_feed_of_a_walk_is_found(dtype, shows):
    feeds = (None, clipped_by_value(0.1).feed, clipped_by_value(5.0).feed)
    walk = walk_in(dtype, feeds[1], shows)
    assert walk.feeds_that_explain(Suspect(RULE), feeds) == [1]
    assert walk.departure() is not None
    assert walk_in(dtype, None, shows).departure() is None


def test_a_step_that_departs_is_told_by_its_change():
    walk = walk_in("float16")
    states = [{name: x.copy() for name, x in state.items()} for state in walk.walk.states]
    states[7]["theta"][2] += 0.5
    away = StepByStep(Walk(states, start=START, dtype="float16"), RULE, "float16").departure()
    assert (away.quantity, away.step, away.coordinate) == ("theta", 8, 2)
    assert away.got - away.expected == pytest.approx(0.5, abs=1e-3)


def test_a_walk_is_told_where_its_steps_are_seen():
    assert not walk_in("float16").is_lost()
    lost = StepByStep(Walk([{"theta": START}] * STEPS, start=START, dtype="float16"), al.SGD(lr=1e-30), "float16")
    assert lost.is_lost()
