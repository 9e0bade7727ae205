"""In float16 and bfloat16 a sound rule follows, a fault is named, and what cannot be told is said to be so."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

import adamlib as al
from adamlib.precision import rounded
from adamlib.verify.adapters import torch as torch_adapter
from adamlib.verify.diagnose.faults import FAULTS
from adamlib.verify.diagnose.suspects import Cause
from adamlib.verify.low_precision.search import alternatives
from helpers.cases import ELEMENTWISE
from helpers.fakes import SGD, zeros
from helpers.steps import as_function
from helpers.whole import one_each

ROUNDED = {dtype: partial(rounded, dtype=dtype) for dtype in ("bfloat16", "float16")}
every_dtype = pytest.mark.parametrize("dtype", ROUNDED)
KEPT = ("all is rounded", "m and v are exact", "m and v are not shown")


def in_few_digits(rule, dtype, kept):
    """A rule whose gradient and theta, and m and v too where they are not exact, are rounded before and after each step."""
    to = ROUNDED[dtype]

    def step(theta, grad, state):
        state = (state() if callable(state) else state) or rule.init(theta)
        new = rule.rule(state._replace(theta=to(theta)), to(grad))
        new = new._replace(theta=to(new.theta))
        new = new if kept == KEPT[1] else new._replace(m=to(new.m), v=to(new.v))
        return new.theta, (lambda: new) if kept == KEPT[2] else new

    return step


def drawn(seed):
    """A rule at a rate and an eps that float16 holds, and how its memory is kept."""
    draw = np.random.default_rng(seed)
    rule = list(ELEMENTWISE.values())[seed % len(ELEMENTWISE)]
    settings = {"lr": float(f"{10 ** draw.uniform(-3, -1):.2g}"), "eps": 10.0 ** draw.integers(-4, -2)}
    return replace(rule, **{name: value for name, value in settings.items() if name in vars(rule)}), KEPT[draw.integers(3)]


@pytest.mark.parametrize(("seed", "dtype"), one_each(range(len(ELEMENTWISE)), list(ROUNDED)))
def test_a_sound_rule_never_departs(seed, dtype):
    rule, kept = drawn(seed)
    verdict = al.verify(in_few_digits(rule, dtype, kept), like=rule)
    assert verdict.status != 1
    assert verdict.ok or kept == KEPT[2] or "lost in rounding" in verdict.sentence
    assert not verdict.ok or f"to the last digits of {dtype}" in verdict.sentence


SLIPS = ("frozen t", "lost root", "two cures", "kept correction", "betas turned round", "multiplied correction")
LIKE = al.Adam(lr=0.01, beta1=0.8, beta2=0.98, eps=1e-3)


@pytest.mark.parametrize(("name", "dtype"), one_each(SLIPS, list(ROUNDED)))
def test_a_fault_is_named(name, dtype):
    slip = next(fault for fault in FAULTS if fault.fault == name)
    verdict = al.verify(in_few_digits(slip.make(LIKE), dtype, KEPT[1]), like=LIKE)
    assert verdict.status == 1
    assert name in verdict.sentence
    hidden = al.verify(in_few_digits(slip.make(LIKE), dtype, KEPT[2]), like=LIKE)
    assert hidden.status == 2 or name in hidden.sentence


@every_dtype
def test_a_convention_is_told(dtype):
    plain = replace(LIKE, bias_correction=False)
    assert al.verify(in_few_digits(plain, dtype, KEPT[0]), like=LIKE).convention == "no correction"


OTHERS = {
    "about 5 times as long; it follows Adam(lr=0.05": replace(LIKE, lr=0.05),
    "it follows NAdam(": al.NAdam(lr=0.01, beta1=0.8, beta2=0.98, eps=1e-3),
    "it follows Adam(lr=0.01, beta1=0.5, beta2=0.98": replace(LIKE, beta1=0.5),
}


@pytest.mark.parametrize(("said", "dtype"), one_each(OTHERS, list(ROUNDED)))
def test_another_rate_another_rule_and_another_beta_are_told(said, dtype):
    assert said in al.verify(in_few_digits(OTHERS[said], dtype, KEPT[1]), like=LIKE).sentence


def test_eps_that_is_zero_in_float16():
    for step in (as_function(al.Adam(), np.float16), in_few_digits(al.Adam(), "bfloat16", KEPT[0])):
        verdict = al.verify(step)
        assert verdict.ok == (verdict.fault is None)
        assert verdict.ok or "in float16 eps = 1e-08 is 0, and where v is 0 it divides by 0" in verdict.sentence


@every_dtype
def test_what_few_digits_do_not_tell(dtype):
    drifts = in_few_digits(al.Adam(lr=0.01, beta1=0.5, beta2=0.5), dtype, KEPT[2])
    assert "m and v, which lose most there, are not shown" in al.verify(drifts, like=al.AdaGrad(lr=0.01)).sentence
    assert "lost in rounding" in al.verify(in_few_digits(al.SGD(lr=1e-30), dtype, KEPT[1]), like=al.SGD(lr=1e-30)).sentence
    floor = al.verify(in_few_digits(al.Adam(lr=0.01, eps=1e-8), dtype, KEPT[1]), like=al.Adam(lr=0.01, eps=1e-8))
    assert floor.ok

    def breaks(theta, grad, state):
        theta, state = in_few_digits(LIKE, dtype, KEPT[1])(theta, grad, state)
        return theta, 1 / 0 if state.t == 70 else state

    assert al.verify(breaks, like=LIKE).trouble == "ZeroDivisionError: division by zero, raised at step 70"


def test_causes_that_cannot_be_told_apart_are_all_said():
    assert alternatives([]) is None
    both = alternatives([Cause("this", "one"), Cause("that")])
    assert (both.says, both.fault) == ("this; or that: so few digits do not tell which", "one")


class Bent(SGD):
    """SGD in float64, and something else in few digits."""

    def step(self):
        super().step()
        for param in self.param_groups[0]["params"]:
            if param.dtype == np.float16:
                param.values = param.values + np.float16(1)


def test_an_instance_of_pytorch_is_walked_in_its_own_precision_too(libraries):
    libraries.torch.float16 = np.float16
    half = SGD([zeros(3, dtype=np.float16)], lr=0.1)
    verdict = al.verify(half)
    assert verdict.ok
    assert verdict.remarks[0].startswith("in float16, as its parameters are, each step agrees to the last digits, and ")
    assert "% of all steps are lost on weights of size 0.5 to 4" in verdict.remarks[0]
    bent = al.verify(Bent([zeros(3, dtype=np.float16)], lr=0.1), like=al.SGD(lr=0.1))
    assert bent.status == 1
    assert "in float64 it follows SGD; in float16, as its parameters are, it does not move so" in bent.sentence
    other = al.verify(half, like=al.Adafactor())
    assert "it was walked in float64, which its parameters are not" in other.sentence
    assert torch_adapter.dtypes_of(half) == ["float16"]


def test_a_search_finds_nothing_where_nothing_we_know_is_wrong():
    rule = al.SGD(lr=0.1)

    def step(theta, grad, state):
        return rounded(theta - 0.1 * np.cbrt(grad) * np.abs(theta), "bfloat16"), state

    verdict = al.verify(step, like=rule)
    assert verdict.status == 1
    assert "no fault that we know" in verdict.sentence


@every_dtype
def test_clipped_gradients_are_named(dtype):
    step = in_few_digits(LIKE, dtype, KEPT[0])
    verdict = al.verify(lambda theta, grad, state: step(theta, np.clip(grad, -0.1, 0.1), state), like=LIKE)
    assert verdict.cause.says == "each coordinate of the gradient is clipped to [-0.1, 0.1]"


def test_t_from_zero_is_named():
    def step(theta, grad, state):
        theta = theta - 0.1 * grad / (1 - np.power(0.9, state or 0)) * np.nan
        return theta.astype(np.float16), (state or 0) + 1

    assert al.verify(step).fault == "t from zero"
