"""Judging is right for every rule of ours, for odd and hostile objects; it invents no fault."""

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import example, given, settings

import adamlib as al
from adamlib.museum import EXHIBITS
from adamlib.optimizers import Optimizer
from adamlib.verify import walk
from helpers.cases import every_optimizer
from helpers.steps import HOSTILE, any_rule, as_function
from helpers.whole import WHOLE


@every_optimizer
def test_every_rule_follows_itself(optimizer):
    verdict = al.verify(optimizer)
    assert verdict.ok
    assert verdict.follows == type(optimizer).__name__
    assert (verdict.quantity, verdict.step, verdict.fault) == (None, None, None)
    assert repr(verdict) == str(verdict) == verdict.sentence
    assert verdict.sentence.startswith(f"Follows {type(optimizer).__name__}(lr=")


def test_a_class_of_ours_is_its_defaults():
    assert al.verify(al.RMSProp).sentence == al.verify(al.RMSProp()).sentence


def test_a_rule_of_the_readers_own_is_compared_with_the_rule_it_changes():
    class Mine(al.Adam):
        def how_far(self, old, g, t):
            v, v_hat, v_max = super().how_far(old, g, t)
            return v, v_hat + self.eps, v_max

    class Empty(Optimizer):
        pass

    assert "eps stands twice, inside the root and outside" in al.verify(Mine(lr=0.1)).sentence
    assert not al.verify(Empty()).ok  # it is compared with Adam()
    assert al.verify(Empty(), like=al.SGD()).ok


@settings(max_examples=60 if WHOLE else 25)
@given(any_rule())
def test_no_fault_is_invented(rule):
    verdict = al.verify(as_function(rule), like=rule)
    assert verdict.ok
    assert verdict.fault is None
    assert verdict.follows == type(rule).__name__


@settings(max_examples=20 if WHOLE else 8)
@example(al.RMSProp(lr=1.0, beta2=0.5, eps=0.0))  # v becomes zero
@example(al.Adam(lr=1.0, beta1=0.75, beta2=0.5, eps=0.0))  # v has two digits left
@given(any_rule())
def test_no_fault_is_invented_in_single_precision(rule):
    verdict = al.verify(as_function(rule, np.float32), like=rule)
    assert verdict.fault is None
    assert verdict.ok or "lost in rounding" in verdict.sentence


@pytest.mark.parametrize(("step", "said"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_objects(step, said):
    start = time.process_time()
    verdict = al.verify(step)
    assert time.process_time() - start < 5
    assert not verdict.ok
    assert said.lower() in verdict.sentence.lower()
    assert verdict.status == (2 if verdict.obstacle else 1)
    assert verdict.sentence.startswith("Departs from Adam(") == (verdict.quantity == "theta") == (verdict.status == 1)
    assert verdict.sentence.endswith(".")
    assert "\n" not in verdict.sentence


def test_a_slow_object_is_judged_by_what_it_walked(monkeypatch):
    monkeypatch.setattr(walk, "PATIENCE", -1.0)
    verdict = al.verify(al.Adam())
    assert verdict.steps == 2
    assert verdict.sentence == (
        "Cannot be checked: only 2 steps were walked in 20 seconds, too few to tell one rule from another."
    )
    assert (verdict.status, bool(verdict), verdict.follows) == (2, False, None)
    assert al.verify(EXHIBITS["frozen t"].step).fault == "frozen t"  # two steps are enough to depart


def test_more_than_double_precision_is_double_precision():
    verdict = al.verify(as_function(al.Adam(lr=0.1)), like=al.Adam(lr=0.1, eps=1.1e-8))
    assert not verdict.ok

    def long(theta, grad, state):
        theta, state = as_function(al.Adam(lr=0.1))(theta.astype(float), grad, state)
        return theta.astype(np.longdouble), state

    assert al.verify(long, like=al.Adam(lr=0.1)).ok
    assert not al.verify(long, like=al.Adam(lr=0.1, eps=1.0000001e-8)).ok


def test_like_must_be_one_rule():
    for like in ("Adam", 1, al.Adam, {"lr": 1}):
        with pytest.raises(TypeError, match=r"like = .* is not allowed: like must be an optimizer of adamlib"):
            al.verify(al.Adam(), like=like)
    with pytest.raises(ValueError, match=r"like = .* is not allowed: like must have single numbers"):
        al.verify(al.Adam(lr=[0.1, 0.2]))


def test_steps_that_are_lost_in_rounding():
    for rule, dtype in ((al.Adam(lr=1e-9, eps=1e-3), np.float16), (al.Adam(lr=1e-20), float)):
        verdict = al.verify(as_function(rule, dtype), like=rule)
        assert verdict.status == 2
        assert verdict.sentence.startswith("Cannot be checked: in float")
    assert al.verify(al.SGD(lr=0.0)).sentence == "Cannot be checked: with lr = 0 nothing moves."


def test_no_library_is_imported_for_a_function():
    code = "import sys, adamlib as al; al.verify(al.Adam()); print({'torch', 'jax', 'keras', 'optax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("like", [al.SGD(lr=0.1), al.Adam(), al.AdamW(lr=0.5)], ids=lambda rule: type(rule).__name__)
def test_what_stands_still_is_said_to(like):
    verdict = al.verify(lambda theta, grad, state: (theta, state), like=like)
    assert verdict.status == 1
    assert "theta stays where it is" in verdict.sentence


@pytest.mark.parametrize("like", [al.SGD(lr=0.0), al.Adam(lr=0.0), al.AdamW(lr=0.0), al.Adam(lr=1e-25)], ids=repr)
def test_what_moves_departs_from_a_rule_that_does_not(like):
    moving = al.verify(lambda theta, grad, state: (theta - 0.1 * grad - 0.3 * theta, state), like=like)
    assert moving.status == 1
    assert al.verify(lambda theta, grad, state: (theta, state), like=like).status == 2


@pytest.mark.parametrize("step", [1, 3])
def test_nothing_is_said_of_the_digits_of_nan(step):
    def lost(theta, grad, state):
        t = (state or 0) + 1
        return theta - 0.1 * grad * (np.nan if t == step else 1) * (grad != 0), t

    assert "no more digits" not in al.verify(lost, like=al.SGD(lr=0.1)).sentence
