"""Every convention is told apart from the others, and is what it says when it is written out by hand."""

import math

import numpy as np
import pytest

import adamlib as al
from adamlib.verify.conventions import GROUPS
from adamlib.verify.readings import readings
from helpers.steps import as_function
from helpers.whole import sample

LIKES = [
    al.SGD(lr=0.1),
    al.Momentum(lr=0.1, dampening=0.5),
    al.AdaGrad(lr=0.1, eps=0.01),
    al.RMSProp(eps=1e-4),
    al.Adam(),
    al.Adam(lr=0.1, beta1=0.5, beta2=0.9, eps=0.1),
    al.NAdam(),
    al.AMSGrad(),
    al.AMSGrad(convention="optax"),
    al.AdamW(weight_decay=0.1),
    al.AdaMax(eps=0.01),
]


READINGS = [(like, reading) for like in LIKES for reading in readings(like)]
CHOSEN = sample(READINGS)


@pytest.mark.parametrize(("like", "reading"), CHOSEN, ids=[f"{like} {reading.name}" for like, reading in CHOSEN])
def test_every_convention_is_told_apart(like, reading):
    verdict = al.verify(as_function(reading.rule), like=like)
    assert verdict.ok
    assert verdict.follows == (reading.name or type(like).__name__)
    assert verdict.alike == ()
    assert verdict.fault is None
    if reading.conventions:
        assert verdict.quantity in ("m", "v", "theta")
        assert verdict.step >= 1
        assert all(one.says in verdict.sentence for one in reading.conventions)


def test_every_convention_is_met():
    met = {one.name for _, reading in READINGS for one in reading.conventions}
    assert met == {one.name for group in GROUPS for one in group}


def test_conventions_by_hand():
    """The same conventions written out once more, on plain numbers."""
    lr, b1, b2, eps, wd = 0.1, 0.8, 0.9, 0.01, 0.2

    def make(line):
        def step(theta, grad, state):
            m, v, t = state or (0 * theta, 0 * theta, 0)
            out = [line(*map(float, numbers), t + 1) for numbers in zip(theta, grad, m, v)]
            theta, m, v = (np.array(column) for column in zip(*out))
            return theta, (m, v, t + 1)

        return step

    def inside(x, g, m, v, t):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return x - lr * m / (1 - b1**t) / math.sqrt(v / (1 - b2**t) + eps), m, v

    def hat(x, g, m, v, t):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return x - lr * math.sqrt(1 - b2**t) / (1 - b1**t) * m / (math.sqrt(v) + eps), m, v

    def bare(x, g, m, v, t):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return x - lr * m / (math.sqrt(v) + eps), m, v

    def decaying(place):
        def line(x, g, m, v, t):
            if place == "penalty":
                g = g + wd * x
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            change = lr * m / (1 - b1**t) / (math.sqrt(v / (1 - b2**t)) + eps)
            if place == "penalty":
                return x - change, m, v
            if place == "decay after":
                return (x - change) * (1 - lr * wd), m, v
            return x - wd * x - change, m, v

        return line

    adam, adamw = al.Adam(lr, b1, b2, eps), al.AdamW(lr, b1, b2, eps, weight_decay=wd)
    for line, name in ((inside, "eps inside"), (hat, "eps-hat"), (bare, "no correction")):
        assert al.verify(make(line), like=adam).follows == name
    for place in ("penalty", "decay after", "decay alone"):
        assert al.verify(make(decaying(place)), like=adamw).follows == place


@pytest.mark.parametrize(("speed", "name"), [(0.004, "schedule"), (1, "keras schedule")])
def test_schedules_of_beta1_by_hand(speed, name):
    def step(theta, grad, state):
        m, v, t, product = state or (0 * theta, 0 * theta, 0, 1.0)
        m, v, t = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2, t + 1
        now, ahead = (0.9 * (1 - 0.96 ** (s * speed) / 2) for s in (t, t + 1))
        product *= now
        push = ahead * m / (1 - product * ahead) + (1 - now) * grad / (1 - product)
        return theta - 0.001 * push / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), (m, v, t, product)

    verdict = al.verify(step, like=al.NAdam())
    assert verdict.follows == name
    assert "single precision" not in verdict.sentence


def test_conventions_that_make_no_difference_are_said():
    verdict = al.verify(al.Adam(eps=1e-30))
    assert verdict.ok
    assert set(verdict.alike) == {"eps-hat", "eps-hat inside", "eps inside", "eps as a floor"}
    assert "cannot be told apart from it at these settings" in verdict.sentence
    assert al.verify(al.Adam(eps=1e-30), like=al.Adam(eps=1e-30)).follows == "Adam"


@pytest.mark.parametrize("mu", [0.9, 0.99])
def test_dozats_first_report_has_a_schedule_and_beta2_in_v_hat(mu):
    def step(theta, grad, state):
        m, v, t, product = state or (0 * theta, 0 * theta, 0, 1.0)
        m, v, t = mu * m + (1 - mu) * grad, 0.999 * v + 0.001 * grad**2, t + 1
        now, ahead = (mu * (1 - 0.5 * 0.96 ** (s / 250)) for s in (t, t + 1))
        product *= now
        push = ahead * m / (1 - product * ahead) + (1 - now) * grad / (1 - product)
        return theta - 0.001 * push / (np.sqrt(0.999 * v / (1 - 0.999**t)) + 1e-8), (m, v, t, product)

    assert al.verify(step, like=al.NAdam(beta1=mu)).convention == "schedule, beta2 in v_hat"


@pytest.mark.parametrize("is_inside", [False, True])
def test_tensorflows_first_rmsprop_starts_at_one_and_is_centered(is_inside):
    def step(theta, grad, state):
        v, mean = state or (np.ones(8), np.zeros(8))
        v, mean = 0.9 * v + 0.1 * grad**2, 0.9 * mean + 0.1 * grad
        left = v - mean**2
        return theta - 0.01 * grad / (np.sqrt(left + 1e-8) if is_inside else np.sqrt(left) + 1e-8), (v, mean)

    wanted = "v from 1, centered, eps inside" if is_inside else "v from 1, centered"
    assert al.verify(step, like=al.RMSProp(lr=0.01, beta2=0.9)).convention == wanted


@pytest.mark.parametrize("which", ["torch", "optax", "paper"])
@pytest.mark.parametrize("said", ["torch", "optax", "paper"])
def test_each_maximum_is_the_rule_of_that_name(which, said):
    verdict = al.verify(al.AMSGrad(lr=0.01, convention=which), like=al.AMSGrad(lr=0.01, convention=said))
    assert verdict.follows == (f"{which} maximum" if which != said else "AMSGrad")


def test_amsgrad_with_m_alone_corrected_is_not_the_papers():
    rule = al.AMSGrad(convention="paper")

    def step(theta, grad, state):
        state = rule.rule(state or rule.init(theta), grad)
        return theta - 0.001 * state.m / (1 - 0.9**state.t) / (np.sqrt(state.v_max) + 1e-8), state._replace(theta=theta)

    assert "only m is corrected" in al.verify(step, like=al.AMSGrad()).sentence
