"""The parts of a verdict."""

import math

import numpy as np
import pytest

import adamlib as al
from adamlib.museum import EXHIBITS
from adamlib.probe import STEPS, gradients
from adamlib.verify.readings import readings
from helpers.steps import as_function


def test_a_verdict_is_frozen():
    verdict = al.verify(al.SGD())
    with pytest.raises(AttributeError):
        verdict.ok = False
    with pytest.raises(AttributeError):
        verdict.rule = al.Adam()


def test_the_parts_of_a_verdict():
    rule = al.Adam(lr=0.1, eps=0.1)
    hat = next(reading.rule for reading in readings(rule) if reading.name == "eps-hat")
    verdict = al.verify(as_function(hat), like=rule)
    assert (verdict.rule, verdict.steps, verdict.convention, verdict.follows) == (rule, STEPS, "eps-hat", "eps-hat")
    assert verdict.reading.rule.eps == 0  # it is in v_hat
    assert (verdict.departure.quantity, verdict.departure.step) == (verdict.quantity, verdict.step) == ("theta", 1)
    g = gradients()[0, verdict.departure.coordinate]
    assert verdict.departure.expected == pytest.approx(-0.1 * g / (abs(g) + 0.1))
    assert verdict.departure.got == pytest.approx(-0.1 * g / (abs(g) + 0.1 / math.sqrt(0.001)))
    assert (verdict.cause, verdict.fault, verdict.remarks, verdict.trouble) == (None, None, (), "")
    assert verdict.versions == {"adamlib": al.__version__, "numpy": np.__version__}
    broken = al.verify(EXHIBITS["frozen t"].step)
    assert (broken.ok, broken.follows, broken.convention, broken.conventions) == (False, None, None, ())
    assert broken.cause.fault == broken.fault == "frozen t"
    assert broken.cause.says in broken.sentence
    assert al.verify(as_function(al.Adam())).departure is None
