"""Numbers that are read from a walk: how its rate goes, what it loses, what its memory is kept in."""

import numpy as np
import pytest

import adamlib as al
from helpers.whole import one_each


def paced(rule, factor):
    """A rule each of whose steps is multiplied by a function of t."""

    def step(theta, grad, state):
        t, inner = state or (1, rule.init(theta))
        inner = rule.step(inner._replace(theta=theta), grad)
        return theta + factor(t) * (inner.theta - theta), (t + 1, inner)

    return step


def losing(rule, share):
    """A rule beside whose step theta loses a share of itself."""

    def step(theta, grad, state):
        state = rule.step((state or rule.init(theta))._replace(theta=theta), grad)
        return state.theta - share * theta, state

    return step


def with_memory_in(rule, dtype, *names):
    """A rule that keeps some of its memory in another dtype, and shows it."""

    def step(theta, grad, state):
        state = rule.step((state or rule.init(theta))._replace(theta=theta), grad)
        return state.theta, state._replace(**{name: getattr(state, name).astype(dtype) for name in names})

    return step


COURSES = {
    "warm-up": (lambda t: min(1.0, t / 20), "lr is 5e-05 at step 1 and grows to 0.001, at step 20, as in a warm-up"),
    "fall": (lambda t: max(0.1, 1 - t / 40), "lr is 0.000975 at step 1 and falls to 0.0001, at step 36, as by a schedule"),
    "hill": (
        lambda t: min(t / 20, (420 - t) / 400),
        "lr is 5e-05 at step 1, 0.001 at step 20 and 5e-05 at step 400, as by a schedule",
    ),
    "to and fro": (lambda t: 1 + t % 2, "lr is 0.002 at step 1, 0.001 at step 2 and 0.001 at step 400"),
    "jump": (lambda t: 1 if t <= 30 else 3, "lr is 0.001 up to step 30 and 0.003 from step 31 on"),
}


@pytest.mark.parametrize("course", COURSES)
def test_how_a_rate_goes_is_said_with_its_numbers(course):
    factor, says = COURSES[course]
    assert f"the rate is not constant: {says}" in al.verify(paced(al.Adam(), factor), like=al.Adam()).sentence


@pytest.mark.parametrize("kind", [al.Adam, al.RMSProp, al.AdaGrad], ids=lambda kind: kind.__name__)
def test_what_theta_loses_beside_the_step_is_said(kind):
    decays = al.verify(losing(kind(), 0.002), like=kind()).sentence
    assert "theta decays by 0.002 of itself at each step" in decays
    assert f"weight_decay={0.002 / kind().lr:.6g}" in decays
    assert "at each step theta grows by 0.002 of itself" in al.verify(losing(kind(), -0.002), like=kind()).sentence


@pytest.mark.parametrize("names", [("m",), ("v",), ("m", "v")], ids=" and ".join)
def test_memory_in_half_precision_is_seen_in_its_dtype(names):
    rule = al.Adam(lr=0.01, eps=1e-3)
    verdict = al.verify(with_memory_in(rule, np.float16, *names), like=rule)
    assert not verdict.ok
    assert verdict.cause.says == " and ".join(f"{name} is kept in float16" for name in names)
    assert al.verify(with_memory_in(rule, np.float64, *names), like=rule).ok


def test_memory_in_half_precision_is_no_excuse_for_another_rule():
    rule = al.Adam(lr=0.1)
    step = with_memory_in(rule, np.float16, "m", "v")
    verdict = al.verify(lambda theta, grad, state: step(theta, np.sign(grad) * np.abs(grad) ** 0.8, state), like=rule)
    assert "is kept in" not in verdict.sentence
    assert not verdict.ok


@pytest.mark.parametrize("name", ["momentum_buffer", "trace"])
def test_a_lone_memory_in_few_digits_is_seen(name):
    def step(theta, grad, state):
        before = 0 * theta if state is None else state[name]
        kept = (0.9 * before.astype(float) + grad).astype(np.float16)
        return theta - 0.1 * kept.astype(float), {name: kept}

    assert "m is kept in float16" in al.verify(step, like=al.Momentum(lr=0.1, beta=0.9)).sentence


SLIPS_IN_FEW_DIGITS = {
    "it is 3 ahead": {"t_of": lambda t: t + 3},
    "it goes 2 at a time": {"t_of": lambda t: 2 * t},
    "as in a warm-up": {"factor": lambda t: min(1.0, t / 30)},
    "up to step 40": {"factor": lambda t: 1.0 if t <= 40 else 3.0},
    "after 60 steps m and v start again": {"lost": 61},
    "Follows Adam": {},
}


@pytest.mark.parametrize(("said", "beta2"), one_each(SLIPS_IN_FEW_DIGITS, [0.99, 0.999]))
def test_what_is_read_is_read_from_a_memory_in_float32_too(said, beta2):
    slip = SLIPS_IN_FEW_DIGITS[said]

    def step(theta, grad, state):
        m, v, t = state() if state else (np.float32(0 * theta), np.float32(0 * theta), 0)
        t += 1
        m, v = (0 * m, 0 * v) if slip.get("lost") == t else (m, v)
        m, v = np.float32(0.9 * m + 0.1 * grad), np.float32(beta2 * v + (1 - beta2) * grad**2)
        k = slip.get("t_of", lambda t: t)(t)
        move = m.astype(float) / (1 - 0.9**k) / (np.sqrt(v.astype(float) / (1 - beta2**k)) + 1e-8)
        return theta - 0.001 * slip.get("factor", lambda t: 1.0)(t) * move, lambda: (m, v, t)

    sentence = al.verify(step, like=al.Adam(beta2=beta2)).sentence
    assert said in sentence
    assert "single precision" in sentence
