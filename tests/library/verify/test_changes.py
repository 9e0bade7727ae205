"""A rule is changed in one place, and is its own everywhere else: told by steps worked out on plain numbers."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import START, gradients
from adamlib.verify.changes import (
    ManyT,
    at_one_or_many,
    forgetter,
    resting_at_zero,
    with_answers,
    with_average,
    with_decay,
    with_line,
    with_new_times,
    with_old,
    with_square,
    with_t,
    with_values,
    without_decay,
)
from adamlib.verify.compare import walked

RULE = al.Adam(lr=0.1, beta1=0.8, beta2=0.9, eps=1e-3)


def last_of(rule, steps=3):
    return list(walked(rule, gradients()[:steps]))[-1]


def by_hand(m_hat=lambda m, t: m / (1 - 0.8**t), v_hat=lambda v, t: v / (1 - 0.9**t), m_new=0.2, v_new=0.1, steps=3):
    """Theta of Adam after some steps, at the settings of RULE."""
    theta, m, v = START, 0 * START, 0 * START
    for t, g in enumerate(gradients()[:steps], 1):
        m, v = 0.8 * m + m_new * g, 0.9 * v + v_new * g * g
        theta = theta - 0.1 * m_hat(m, t) / (np.sqrt(v_hat(v, t)) + 1e-3)
    return theta


CHANGED = {
    "nothing": (RULE, by_hand()),
    "t is 3 ahead": (
        with_t(RULE, lambda t: t + 3),
        by_hand(lambda m, t: m / (1 - 0.8 ** (t + 3)), lambda v, t: v / (1 - 0.9 ** (t + 3))),
    ),
    "a t of each coordinate": (
        with_t(RULE, lambda t: t + np.arange(8)),
        by_hand(lambda m, t: m / (1 - 0.8 ** (t + np.arange(8))), lambda v, t: v / (1 - 0.9 ** (t + np.arange(8)))),
    ),
    "v as it is": (with_average(RULE, v=lambda rule, v, t: v), by_hand(v_hat=lambda v, t: v)),
    "m as it is": (with_average(RULE, m=lambda rule, m, t: m), by_hand(m_hat=lambda m, t: m)),
    "m is a sum": (with_new_times(RULE, lambda rule: 1 / (1 - rule.beta1), lambda rule: 1.0), by_hand(m_new=1.0)),
    "v of half the squares": (with_square(RULE, lambda g: g * g / 2), by_hand(v_new=0.05)),
    "another line": (
        with_line(RULE, lambda rule, theta, push, v_hat: theta - rule.lr * push / (np.sqrt(v_hat) + rule.eps)),
        by_hand(),
    ),
}


@pytest.mark.parametrize(("rule", "theta"), CHANGED.values(), ids=CHANGED)
def test_a_change_is_what_it_says(rule, theta):
    np.testing.assert_allclose(last_of(rule).theta, theta, rtol=1e-12)


def test_changes_add_up_and_follow_the_settings():
    both = with_average(with_t(RULE, lambda t: t + 3), m=lambda rule, m, t: m)
    want = by_hand(lambda m, t: m, lambda v, t: v / (1 - 0.9 ** (t + 3)))
    np.testing.assert_allclose(last_of(both).theta, want, rtol=1e-12)
    faster = with_values(both, lr=0.2)
    np.testing.assert_allclose(last_of(faster).theta - START, 2 * (want - START), rtol=1e-12)


def test_a_search_of_many_changes_makes_few_classes():
    one, other = (with_answers(RULE, shrink=lambda rule, theta, a=a: a * theta) for a in (0.5, 0.25))
    assert type(one) is type(other)
    assert type(one).__name__ == "Adam"
    assert one != other
    assert (one.shrink(1.0), other.shrink(1.0), RULE.shrink(1.0)) == (0.5, 0.25, 1.0)


def test_many_t_at_once_are_each_of_them_alone():
    every_t = np.arange(1, 6)[:, None].view(ManyT)
    many = with_t(al.NAdam(), lambda t: every_t)
    state = last_of(al.NAdam())
    found = np.asarray(many.rule(state, gradients()[3]).theta)
    for row, t in zip(found, range(1, 6)):
        np.testing.assert_allclose(row, with_t(al.NAdam(), lambda _, t=t: t).rule(state, gradients()[3]).theta, rtol=1e-12)
    assert at_one_or_many(lambda t: t * t, every_t).tolist() == [[1], [4], [9], [16], [25]]
    assert at_one_or_many(lambda t: t * t, 3) == 9


def test_what_is_forgotten_starts_at_zero_again():
    forgetful = with_old(RULE, forgetter("m", "v", "t"))
    first = RULE.rule(RULE.init(START), gradients()[2])
    np.testing.assert_allclose(last_of(forgetful).m, first.m)
    assert last_of(forgetful).t == 1
    assert np.all(forgetter("v")(last_of(RULE), gradients()[3]).v_max == 0)


def test_what_rests_does_so_where_the_gradient_is_zero():
    old, new = last_of(RULE, 2), last_of(RULE, 3)
    g = np.array([0.0, 1.0] * 4)
    rested = resting_at_zero(old, new, g, ("m",))
    assert np.array_equal(rested.m, np.where(g == 0, old.m, new.m))
    assert rested.v is new.v


def test_decay_is_added_and_taken_away():
    decaying = with_decay(al.RMSProp(lr=0.1), 0.5)
    assert decaying.shrink(2.0) == pytest.approx(2.0 * (1 - 0.05))
    assert type(decaying).__name__ == "RMSProp"
    assert without_decay(type(decaying)) is al.RMSProp
    assert type(with_decay(al.RMSProp(), 0.1)) is type(decaying)
    assert with_decay(al.Adam(), 0.1) == al.AdamW(weight_decay=0.1)
    assert with_decay(RULE, 0.0) is RULE
    assert without_decay(al.AdamW) is al.Adam
