"""A mistake is named in any style and at any setting, and so is a simple relation to the rule."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adamlib as al
from adamlib import museum
from adamlib.museum import EXHIBITS
from adamlib.museum.trial import extra
from adamlib.optimizers import Optimizer
from adamlib.probe import START, STEPS
from adamlib.verify.changes import with_decay
from adamlib.verify.diagnose.faults import FAULTS
from adamlib.verify.readings import readings
from adamlib.verify.rules import with_settings
from helpers.cases import every_optimizer
from helpers.steps import SETTINGS_OF_STEPS, STYLES, any_rate, as_function, plainly
from helpers.whole import WHOLE, one_each, sample

every_exhibit = pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=EXHIBITS)


@every_exhibit
def test_the_fault_of_every_exhibit_is_named(exhibit):
    verdict = al.verify(exhibit.step, like=exhibit.rule())
    assert not verdict.ok
    assert verdict.follows is None
    assert verdict.fault == exhibit.name
    assert f"the exhibit '{exhibit.name}'" in verdict.sentence
    departure = museum.departs(exhibit.step, exhibit.mended)
    assert (verdict.quantity, verdict.step) == (departure.quantity, departure.step)
    assert al.verify(exhibit.mended, like=exhibit.rule()).follows == exhibit.rule.__name__


@pytest.mark.parametrize(("name", "style", "hyper"), sample(list(product(EXHIBITS, STYLES, SETTINGS_OF_STEPS))))
def test_the_fault_is_named_in_any_style(name, style, hyper):
    exhibit = EXHIBITS[name]
    more = extra(exhibit.step)

    def line(theta, g, m, v, t, v_max):
        last = {"v_max": [v_max], "weight_decay": [0.05], None: []}[more]
        return exhibit.step(theta, g, m, v, t, *hyper.values(), *last)

    decay = {"weight_decay": 0.05} if more == "weight_decay" else {}
    verdict = al.verify(STYLES[style](line, more), like=exhibit.rule(**hyper, **decay))
    assert not verdict.ok
    is_hidden = style == "tuple" and "or eps is missing, or too small to be seen" in verdict.sentence  # beside theta in float32
    is_one_of_two = f"or '{exhibit.name}', which cannot be told apart" in verdict.sentence
    assert verdict.fault == exhibit.name or is_one_of_two or (is_hidden and "eps" in exhibit.says)
    if style == "object":
        assert "it changes the theta it is given in place" in verdict.sentence
    if style == "closure":
        assert verdict.sentence.endswith("a second run from the same start goes elsewhere: something outlives a run.")


@pytest.mark.parametrize(("name", "hyper"), one_each([None, *EXHIBITS], SETTINGS_OF_STEPS))
def test_the_fault_is_named_in_a_class_of_plain_numbers(name, hyper):
    kind = EXHIBITS[name].rule if name else al.Adam
    verdict = al.verify(plainly(name, hyper), like=kind(**hyper, **({"weight_decay": 0.05} if kind is al.AdamW else {})))
    assert verdict.ok == (name is None)
    assert verdict.fault == name


def test_a_mistake_that_multiplies_rounding_errors_is_named_and_one_that_ends_for_as_long_as_it_lasts():
    rule = al.AdamW(lr=0.02, beta1=0.95, beta2=0.9, eps=3e-6, weight_decay=0.05)
    verdict = al.verify(plainly("decay in the division", SETTINGS_OF_STEPS[2]), like=rule)
    assert " at step 1 in theta: like the exhibit 'decay in the division': " in verdict.sentence

    def up_to(steps):
        def step(theta, grad, state):
            t, inner = state or (0, None)
            theta, inner = plainly("frozen t", SETTINGS_OF_STEPS[0])(theta, grad, inner)
            return theta + (t == steps), (t + 1, inner)

        return step

    assert al.verify(up_to(60)).fault is None  # sixty steps may be a coincidence
    assert al.verify(up_to(150)).cause.says.startswith("for 150 steps like the exhibit 'frozen t'")


@settings(max_examples=40 if WHOLE else 10)
@given(st.sampled_from(list(EXHIBITS.values())), any_rate, st.floats(0.1, 0.99), st.floats(0.1, 0.999), st.floats(-7, -1))
def test_the_fault_is_named_at_any_setting(exhibit, lr, beta1, beta2, power):
    hyper = {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": 10.0**power}
    like = exhibit.rule(**hyper)
    verdict = al.verify(exhibit.step, like=like)
    if verdict.ok:  # the mistake makes no difference: 1 - beta and beta are the same for 0.5
        assert verdict.follows == type(like).__name__
    elif verdict.fault != exhibit.name:  # or two mistakes are one and the same here
        assert al.verify(EXHIBITS[verdict.fault].step, like=like).sentence == verdict.sentence


def test_a_fault_with_another_rate_and_with_eps_hat():
    hyper = (0.9, 0.999, 1e-8)

    def other_rate(theta, grad, state):
        m, v, t = state or (0 * theta, 0 * theta, 0)
        theta, m, v = EXHIBITS["lost root"].step(theta, grad, m, v, t + 1, 0.05, *hyper)
        return theta, (m, v, t + 1)

    verdict = al.verify(other_rate)
    assert verdict.fault == "lost root"
    assert "with lr=0.05" in verdict.sentence

    def folded_minus(theta, grad, state):
        m, v, t = state or (0 * theta, 0 * theta, 0)
        m, v, t = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2, t + 1
        rate = 0.001 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return theta - rate * m / (np.sqrt(v) - 1e-8), (m, v, t)

    verdict = al.verify(folded_minus)
    assert verdict.fault == "minus eps"
    assert "with eps-hat" in verdict.sentence


def test_a_fault_before_decoupled_decay():
    rule = al.AdamW(weight_decay=0.1)

    def step(theta, grad, state):
        m, v, t = state or (0 * theta, 0 * theta, 0)
        theta, m, v = EXHIBITS["frozen t"].step(rule.shrink(theta), grad, m, v, t + 1, 0.001, 0.9, 0.999, 1e-8)
        return theta, (m, v, t + 1)

    assert al.verify(step, like=rule).fault == "frozen t"


def test_other_hyperparameters_are_found():
    step = as_function(al.Adam(lr=0.003, beta1=0.8, beta2=0.99, eps=1e-6))
    verdict = al.verify(step)
    assert not verdict.ok
    assert "it follows Adam(lr=0.003, beta1=0.8, beta2=0.99, eps=1e-06)" in verdict.sentence
    assert "every step is 100 times as long" in al.verify(as_function(al.SGD(lr=10.0)), like=al.SGD(lr=0.1)).sentence
    assert "it follows Momentum(lr=0.1, beta=0.5)" in al.verify(as_function(al.Momentum(beta=0.5)), like=al.Momentum()).sentence


@pytest.mark.parametrize("other", [al.Momentum(lr=0.001), al.SGD(lr=0.001), al.RMSProp(lr=0.001, beta2=0.999)])
def test_another_rule_at_this_rate_is_named_rather_than_a_mistake_at_another(other):
    assert al.verify(as_function(other), like=al.Adam()).sentence.endswith(f"it follows {with_settings(other)}.")


def test_another_rate_with_a_convention():
    rule = next(reading.rule for reading in readings(al.Adam(lr=0.1)) if reading.name == "eps-hat")
    assert "every step is 100 times as long; it follows Adam(lr=0.1, beta1=0.9, beta2=0.999, eps=1e-08) with eps-hat" in (
        al.verify(as_function(rule)).sentence
    )


def test_the_other_sign():
    def uphill(theta, grad, state):
        state = state or al.Adam().init(START)
        new = al.Adam().step(state, grad)
        return 2 * theta - (new.theta - state.theta + theta), new

    verdict = al.verify(uphill)
    assert not verdict.ok
    assert "uphill" in verdict.sentence


@every_optimizer
def test_the_other_sign_of_the_gradient_alone(optimizer):
    """As with PyTorch's maximize: a decay still pulls to 0."""

    def uphill(theta, grad, state):
        return as_function(optimizer)(theta, -grad, state)

    assert "it walks uphill" in al.verify(uphill, like=optimizer).sentence


def test_no_fault_that_we_know():
    def late(theta, grad, state):
        t, inner = state or (0, None)
        theta, inner = as_function(al.Adam(lr=0.1))(theta, grad, inner)
        return theta + (0.5 if t == 29 else 0.0), (t + 1, inner)

    verdict = al.verify(late, like=al.Adam(lr=0.1))
    assert (verdict.ok, verdict.quantity, verdict.step, verdict.fault) == (False, "theta", 30, None)
    assert "no fault that we know" in verdict.sentence
    assert "is expected, coordinate" in verdict.sentence


@pytest.mark.parametrize("kind", [al.Adam, al.NAdam, al.AdamW])
def test_a_search_in_vain_takes_as_long_as_fifty_walks(kind, monkeypatch):
    """Where gradients are bent as by nothing that we know, everything is tried: many settings in one walk."""
    rule, steps = kind(), []

    def bent(theta, grad, state):
        state = rule.step(state or rule.init(theta), np.sign(grad) * np.abs(grad) ** 0.8)
        return state.theta, state

    def counted(self, state, g, step=Optimizer.rule):
        steps.append(g)
        return step(self, state, g)

    monkeypatch.setattr(Optimizer, "rule", counted)
    assert "no fault that we know" in al.verify(bent, like=kind()).sentence
    assert len(steps) < 50 * STEPS


def test_nan_is_the_first_t_only_where_something_divides_by_zero():
    def divides(theta, grad, state):
        return theta - 0.1 * grad / (1 - np.power(0.9, state or 0)) * np.nan, (state or 0) + 1

    def takes_the_root(theta, grad, state):
        return np.sqrt(-np.abs(theta) - 1), state

    assert al.verify(divides).fault == "t from zero"
    for like in (al.Adam(), al.SGD(), al.AdaGrad()):
        assert al.verify(takes_the_root, like=like).fault is None
    assert al.verify(divides, like=al.SGD()).fault is None

    def in_plain_numbers(theta, grad, state):
        t = state or 0
        return theta - 0.1 * grad / (1 - 0.9**t), t + 1

    verdict = al.verify(in_plain_numbers)
    assert (verdict.fault, verdict.status) == (None, 2 if "ZeroDivisionError" in verdict.sentence else 1)


@pytest.mark.parametrize("power", [1, -2, 3])
@pytest.mark.parametrize("convention", ["", "eps-hat", "eps inside"])
@pytest.mark.parametrize("like", [al.Adam(eps=1e-5), al.AdamW(eps=1e-5, weight_decay=0.1)], ids=lambda rule: type(rule).__name__)
def test_the_eps_that_is_said_does_the_same_as_the_gradient_that_is_said(like, convention, power):
    rule = next(one.rule for one in readings(like) if one.name == convention)

    def step(theta, grad, state):
        state = rule.rule(state or rule.init(theta), 2.0**power * grad)
        return state.theta, state

    sentence = al.verify(step, like=like).sentence
    eps = 1e-5 / 2.0 ** (2 * power if convention == "eps inside" else power)
    assert f"{2.0**power:g} times as large" in sentence
    assert f"eps={eps:.6g}" in sentence
    assert convention in sentence


@pytest.mark.parametrize("convention", ["eps-hat", "eps inside", "decay after", "penalty"])
def test_the_exhibit_comes_before_a_rate_that_nobody_writes(convention):
    like = al.AdamW(weight_decay=0.01)
    museum_piece = next(one for one in FAULTS if one.fault == "frozen t").make(like)
    rule = next(one.rule for one in readings(museum_piece) if one.name == convention)
    verdict = al.verify(as_function(rule), like=like)
    assert verdict.fault == "frozen t"
    assert convention in verdict.sentence


@pytest.mark.parametrize("lr", [0.01, 0.05])
def test_uphill_beside_two_conventions(lr):
    """TensorFlow 1's RMSProp starts v at 1 and adds eps under the root."""

    def step(theta, grad, state):
        v = 0.9 * (1.0 if state is None else state) + 0.1 * grad**2
        return theta + lr * grad / np.sqrt(v + 1e-8), v

    says = al.verify(step, like=al.RMSProp(lr=lr, beta2=0.9)).cause.says
    assert "walks uphill" in says
    assert "v from 1" in says
    assert "eps inside" in says


@pytest.mark.parametrize("like", [al.Adam(), al.NAdam(lr=0.01)], ids=lambda rule: type(rule).__name__)
def test_where_eps_is_not_seen_nothing_is_said_of_where_it_stands(like):
    def step(theta, grad, state):
        state = like.rule(state or like.init(theta), grad)
        with np.errstate(all="ignore"):
            return theta - like.lr * state.m_hat / (np.sqrt(state.v_hat) * like.eps), state._replace(theta=theta)

    sentence = al.verify(step, like=like).sentence
    assert "eps is missing" in sentence
    assert "missing parentheses" not in sentence
    assert "slipped out" not in sentence


def test_pytorchs_clipping_by_length_is_told_to_the_last_digit():
    def step(theta, grad, state):
        clipped = grad * min(1.0, 0.5 / (np.linalg.norm(grad) + 1e-6))
        state = al.Adam().rule(state or al.Adam().init(theta), clipped)
        return state.theta, state

    says = al.verify(step).cause.says
    assert "clipped to the length 0.5, as by PyTorch" in says
    assert "single precision" not in says


@pytest.mark.parametrize(
    ("rule", "like"),
    [
        (with_decay(al.RAdam(), 0.1), al.AdamW(weight_decay=0.1)),
        (with_decay(al.AMSGrad(), 0.1), al.AdamW(weight_decay=0.1)),
        (al.Lion(lr=0.001, weight_decay=0.1), al.AdamW(weight_decay=0.1)),
        (al.Lion(lr=0.001), al.Adam()),
        (al.Adam(beta1=0.0, beta2=0.9, lr=0.01), al.RMSProp(beta2=0.9)),
        (al.RMSProp(beta2=0.9, eps=1e-10), al.AdaGrad()),
        (al.Adadelta(lr=1.0), al.Adam()),
        (with_decay(al.NAdam(), 1e-4), al.Adam()),
        (al.Lion(lr=0.001, weight_decay=0.001), al.Adam()),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_a_relative_is_named_with_its_decay_and_its_own_settings_in_use(rule, like):
    assert f"it follows {type(rule).__name__}(" in al.verify(as_function(rule), like=like).sentence


@pytest.mark.parametrize("rule", [al.Adam(), al.RMSProp(), al.AdaGrad(), al.NAdam(lr=0.02)], ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("like", [al.AdaGrad(), al.Lion(), al.Momentum()], ids=lambda rule: type(rule).__name__)
def test_a_rule_with_its_own_defaults_is_named_whatever_it_should_be(rule, like):
    sentence = al.verify(as_function(rule), like=like).sentence
    assert sentence.startswith("Follows") or f"it follows {type(rule).__name__}(lr={rule.lr:g}" in sentence


@pytest.mark.parametrize(("eps", "more"), [(1e-16, ", or with any smaller eps."), (1e-4, ".")])
def test_an_eps_too_small_to_be_seen_may_be_smaller_still(eps, more):
    other = al.Adam(beta1=0.95, beta2=0.98, eps=eps)
    assert al.verify(as_function(other)).sentence.endswith(f"it follows {with_settings(other)}{more}")
