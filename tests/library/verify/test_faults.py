"""Every fault is named, in double and in single precision, and told from all others; no cause is claimed for the sound rule."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import gradients
from adamlib.verify.faults import FAULTS
from adamlib.verify.feeds import FEEDS
from helpers.steps import as_function

LOOSE = ("float32", "float16", "bfloat16")  # what cuts digits is told apart from others in many digits only


def names(verdict, fault):
    return fault.says in verdict.sentence or (fault.fault and f"'{fault.fault}'" in verdict.sentence)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.fits(al.AdamW())], ids=lambda fault: fault.says[:60])
def test_a_fault_is_told_from_all_others(fault):
    """With settings at which nothing coincides each is named by its own words."""
    like = al.AdamW(lr=0.01, beta1=0.8, beta2=0.97, eps=1e-3, weight_decay=0.2)
    verdict = al.verify(as_function(fault.make(like)), like=like)
    assert not verdict.ok or "cut to float32" in fault.says
    assert verdict.ok or names(verdict, fault)
    if len(fault.says) % 3 == 0 and not any(word in fault.says for word in LOOSE):
        single = al.verify(as_function(fault.make(like), np.float32), like=like)
        assert single.status != 1 or "no fault that we know" not in single.sentence


@pytest.mark.parametrize("fed", FEEDS[:: len(FEEDS) // 8], ids=lambda fed: fed.says[:60])
@pytest.mark.parametrize("like", [al.Adam(lr=0.01, eps=1e-3), al.AdaGrad(eps=1e-3)], ids=lambda like: type(like).__name__)
def test_what_becomes_of_gradients_is_named(fed, like):
    eaten = fed.feed(gradients())

    def step(theta, grad, state):
        state = state or like.init(theta)
        state = like.step(state, eaten[state.t].reshape(theta.shape))
        return state.theta, state

    verdict = al.verify(step, like=like)
    assert verdict.ok or "no fault that we know" not in verdict.sentence
