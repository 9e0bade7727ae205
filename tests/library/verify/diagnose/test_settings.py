"""An eps, a beta or a limit of gradients that nobody has in use is read from the walk and named; so are several."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import gradients
from adamlib.verify.changes import with_decay
from adamlib.verify.diagnose.feeds import clipped_by_length, clipped_by_value
from helpers.steps import as_function

KINDS = (al.Adam, al.AdamW, al.NAdam, al.AMSGrad, al.RMSProp)
MIXED = (al.Adam, al.NAdam, al.RMSProp)  # whose numbers all differ at once


def to_three_digits(x):
    return float(f"{x:.3g}")


def fed_with(rule, fed):
    """A rule in whose eyes the gradients of the probe are those of a feed; its m and v are not shown."""

    def step(theta, grad, state):
        t, inner = state() if state else (0, rule.init(theta))
        inner = rule.step(inner, fed.feed(gradients())[t].reshape(theta.shape))
        return inner.theta, lambda: (t + 1, inner)

    return step


@pytest.mark.parametrize("seed", range(3))
def test_another_eps_at_another_rate_is_named_with_its_number(seed):
    draw = np.random.default_rng(seed)
    kind = KINDS[draw.integers(len(KINDS))]
    other = kind(lr=to_three_digits(10 ** draw.uniform(-4, -1)), eps=to_three_digits(10 ** draw.uniform(-7, -4)))
    says = al.verify(as_function(other), like=kind()).sentence
    assert f"lr={other.lr:.6g}, " in says
    assert f"eps={other.eps:.6g}" in says.partition("it follows ")[2]


@pytest.mark.parametrize("seed", range(3))
def test_another_beta_is_named_with_its_number(seed):
    draw = np.random.default_rng(seed)
    kind = KINDS[draw.integers(4)]
    name, low, high = (("beta1", 0.2, 0.97), ("beta2", 0.91, 0.9998))[seed % 2]
    beta = to_three_digits(draw.uniform(low, high))
    says = al.verify(as_function(kind(**{name: beta})), like=kind()).sentence
    assert f"{name}={beta:.6g}" in says.partition("it follows ")[2]


@pytest.mark.parametrize("clip", [clipped_by_value, clipped_by_length])
@pytest.mark.parametrize("seed", range(2))
def test_a_limit_of_gradients_is_named_with_its_number(clip, seed):
    draw = np.random.default_rng(seed)
    kind = KINDS[draw.integers(len(KINDS))]
    fed = clip(to_three_digits(10 ** draw.uniform(-1, 2.5)))
    verdict = al.verify(fed_with(kind(), fed), like=kind())
    assert not verdict.ok
    assert fed.says in verdict.sentence


@pytest.mark.parametrize("seed", range(2))
def test_no_number_is_claimed_for_a_rule_that_has_none(seed):
    """Gradients bent a little more than any limit, eps or beta would bend them."""
    bend = np.random.default_rng(seed).uniform(0.6, 0.9)

    def step(theta, grad, state):
        state = state or al.Adam().init(theta)
        state = al.Adam().step(state, np.sign(grad) * np.abs(grad) ** bend)
        return state.theta, state

    assert al.verify(step).cause is None


@pytest.mark.parametrize("seed", range(len(MIXED)))
def test_several_numbers_at_once(seed):
    draw = np.random.default_rng(seed)
    kind = MIXED[seed]
    settings = {"lr": 10 ** draw.uniform(-4, -1), "beta2": draw.uniform(0.9, 0.995), "eps": 10 ** draw.uniform(-7, -4)}
    settings |= {"beta1": draw.uniform(0.4, 0.95)} if hasattr(kind, "beta1") else {}
    rule = with_decay(kind(**{name: float(f"{x:.2g}") for name, x in settings.items()}), (0.0, 0.03)[seed % 2])
    says = al.verify(as_function(rule), like=kind()).sentence.partition("it follows ")[2]
    for name in (*settings, *(["weight_decay"] if seed % 2 else [])):
        assert f"{name}={getattr(rule, name):.6g}" in says


def test_no_numbers_are_claimed_for_a_bent_rule():
    rule = al.Adam(lr=0.004, beta1=0.7, beta2=0.96)

    def step(theta, grad, state):
        state = rule.step(state or rule.init(theta), np.sign(grad) * np.abs(grad) ** 0.8)
        return state.theta, state

    assert al.verify(step).cause is None
