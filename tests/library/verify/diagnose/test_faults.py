"""Every fault is named, in double and in single precision, and told from all others; no cause is claimed for the sound rule."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import gradients
from adamlib.verify.diagnose.faults import FAULTS
from adamlib.verify.diagnose.feeds import FEEDS
from helpers.steps import as_function
from helpers.whole import one_each, sample

LOOSE = ("float32", "float16", "bfloat16")  # what cuts digits is told apart from others in many digits only
LIKE = al.AdamW(lr=0.01, beta1=0.8, beta2=0.97, eps=1e-3, weight_decay=0.2)  # at these settings nothing coincides
OF_ADAMW = [fault for fault in FAULTS if fault.fits(LIKE)]


def names(verdict, fault):
    return fault.says in verdict.sentence or (fault.fault and f"'{fault.fault}'" in verdict.sentence)


def fed_with(rule, fed):
    """A rule whose gradients, those of the probe, go through a feed."""
    eaten = fed.feed(gradients())

    def step(theta, grad, state):
        state = state or rule.init(theta)
        state = rule.step(state, eaten[state.t].reshape(theta.shape))
        return state.theta, state

    return step


@pytest.mark.parametrize("fault", sample(OF_ADAMW), ids=lambda fault: fault.says[:60])
def test_a_fault_is_told_from_all_others(fault):
    verdict = al.verify(as_function(fault.make(LIKE)), like=LIKE)
    assert not verdict.ok or "cut to float32" in fault.says
    if not verdict.ok:
        assert names(verdict, fault)
        assert [other.says for other in OF_ADAMW if names(verdict, other)] == [fault.says]


@pytest.mark.parametrize("fault", sample(OF_ADAMW, 1, every=12), ids=lambda fault: fault.says[:60])
def test_a_fault_is_seen_in_single_precision(fault):
    verdict = al.verify(as_function(fault.make(LIKE), np.float32), like=LIKE)
    loose = any(word in fault.says for word in LOOSE)
    assert loose or verdict.status != 1 or "no fault that we know" not in verdict.sentence


@pytest.mark.parametrize("like", [al.RMSProp(), al.AdaGrad(), al.Momentum(), al.Adam(bias_correction=False)], ids=repr)
def test_what_forgets_is_said_to_forget_no_more_than_it_has(like):
    def step(theta, grad, state):
        return like.step(like.init(theta), grad).theta, state

    says = al.verify(step, like=like).cause.says
    assert "remembers nothing: each step is a first step" in says
    assert "m and v" not in says
    assert "t goes on" not in says


@pytest.mark.parametrize("fault", [one for one in FAULTS if "only" in one.says], ids=lambda one: one.says[:60])
def test_a_fault_of_nadam_is_no_schedule(fault):
    like = al.NAdam(lr=0.01, beta1=0.8, beta2=0.97, eps=1e-3)
    assert not fault.fits(like) or names(al.verify(as_function(fault.make(like)), like=like), fault)


@pytest.mark.parametrize("fed", sample(FEEDS, every=16), ids=lambda fed: fed.says[:60])
@pytest.mark.parametrize("like", [al.Adam(lr=0.01, eps=1e-3), al.AdaGrad(eps=1e-3)], ids=lambda like: type(like).__name__)
def test_what_becomes_of_gradients_is_named(fed, like):
    verdict = al.verify(fed_with(like, fed), like=like)
    assert verdict.ok or "no fault that we know" not in verdict.sentence


@pytest.mark.parametrize("seed", range(2))
def test_the_sound_rule_at_other_settings_has_no_fault(seed):
    """Another rate, beta or eps is what it is said to be, and no fault; so is each rule of the family."""
    draw = np.random.default_rng(seed)
    lr, beta1, eps = 10 ** draw.uniform(-4, -1), draw.choice([0.5, 0.8, 0.95]), draw.choice([1e-6, 1e-5, 1e-4])
    for other in (al.Adam(lr=float(f"{lr:.3g}")), al.Adam(beta1=float(beta1), eps=float(eps)), al.NAdam(), al.AMSGrad()):
        cause = al.verify(as_function(other), like=al.Adam()).cause
        assert cause.fault is None
        assert "it follows " in cause.says
        assert not any(fault.says in cause.says for fault in FAULTS)


@pytest.mark.parametrize("seed", range(2))
def test_another_rate_is_told_from_a_sum(seed):
    """A sum for an average makes steps longer by one factor: m and v tell them apart where they are shown, else both are said."""
    beta1, beta2 = np.random.default_rng(seed).uniform([0.5, 0.8], [0.95, 0.999])
    like = al.Adam(beta1=round(beta1, 2), beta2=round(beta2, 3), eps=0.0)
    summed = next(fault for fault in FAULTS if fault.says.startswith("m takes g whole"))
    faster = al.Adam(lr=float(f"{like.lr / (1 - like.beta1):.12g}"), beta1=like.beta1, beta2=like.beta2, eps=0.0)

    def in_a_shell(theta, grad, state):
        inner = faster.step(state() if state else faster.init(theta), grad)
        return inner.theta, lambda: inner

    assert not names(al.verify(as_function(faster), like=like), summed)
    assert "times as long" not in al.verify(as_function(summed.make(like)), like=like).sentence
    both = al.verify(in_a_shell, like=like)
    assert names(both, summed)
    assert "times as long; it follows " in both.sentence


@pytest.mark.parametrize("seed", range(2))
def test_no_factor_is_claimed_where_any_would_do(seed):
    """Where eps is so small that a factor of the gradient is not seen, and something else is wrong."""
    draw = np.random.default_rng(seed)
    rule = al.Adam(lr=10 ** draw.uniform(-3, -1), eps=10 ** draw.uniform(-14, -9))
    blur = draw.uniform(1e-6, 3e-5)

    def step(theta, grad, state):
        state = state or rule.init(theta)
        new = rule.rule(state, grad)
        return theta + (new.theta - state.theta) * (1 + blur * np.sin(1e3 * theta)), new._replace(theta=theta)

    assert "times as large" not in al.verify(step, like=rule).sentence


KINDS, ZEROS = (al.Adam, al.AdamW, al.NAdam, al.RMSProp), (("beta1",), ("beta2",), ("beta1", "beta2"), ("eps",))


@pytest.mark.parametrize(("kind", "zeros"), one_each(KINDS, ZEROS))
def test_settings_of_zero_do_not_stop_the_search(kind, zeros):
    like = kind(**{name: 0.0 for name in zeros if hasattr(kind, name)})
    assert al.verify(lambda theta, grad, state: (theta - grad * np.abs(grad), state), like=like).status == 1


@pytest.mark.parametrize("seed", range(2))
def test_what_single_precision_hides_is_no_cause(seed):
    """Something on the way was in float32, and m is kept in units that change: theta agrees roughly, and no more is claimed."""
    draw = np.random.default_rng(seed)
    rule = al.Adam(lr=10 ** draw.uniform(-3, -1), beta1=draw.uniform(0.5, 0.95))

    def step(theta, grad, state):
        inner = state[0] if state else rule.init(theta)
        new = rule.rule(inner._replace(theta=theta), grad)
        change = (new.theta - theta).astype(np.float32)
        return theta + change, (new, {"m": new.m_hat, "v": new.v_hat})

    verdict = al.verify(step, like=rule)
    assert verdict.ok or verdict.cause is None
