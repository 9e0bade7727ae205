"""The relatives of Adam: what each changes, by closed forms, and how they are related."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from adamlib.optimizers.relatives import rectification
from helpers.cases import states_along


def gradients(steps=200, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, 3)) * 10.0 ** rng.integers(-3, 3, (steps, 3))


def path(rule, g, start=0.0):
    return np.array([state.theta for state in states_along(rule, g, np.full(g.shape[1:], start))])


def test_defaults():
    """Those of the papers, and of PyTorch and Optax."""
    assert [repr(kind()) for kind in (al.AdaMax, al.RAdam, al.ADOPT, al.Adadelta, al.Lion)] == [
        "AdaMax(lr=0.002, beta1=0.9, beta2=0.999, eps=1e-08, bias_correction=True)",
        "RAdam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08, bias_correction=True, convention='torch')",
        "ADOPT(lr=0.001, beta1=0.9, beta2=0.9999, eps=1e-06)",
        "Adadelta(lr=1.0, rho=0.9, eps=1e-06)",
        "Lion(lr=0.0001, beta1=0.9, beta2=0.99, weight_decay=0.0)",
    ]


@pytest.mark.parametrize("kind", [al.RAdam, al.ADOPT, al.Adadelta])
def test_an_eps_that_v_hat_takes_off_again_is_at_most_one(kind):
    assert kind(eps=1.0).eps == 1.0
    with pytest.raises(ValueError, match=r"eps must be at least 0 and at most 1$"):
        kind(eps=1.5)


# AdaMax


def test_adamax_divides_by_the_largest_gradient_slowly_forgotten():
    """u_t = max over i of beta2^(t - i) |g_i|."""
    g, beta2 = gradients(60), 0.95
    for state in states_along(al.AdaMax(beta2=beta2), g, np.zeros(3))[1:]:
        ages = state.t - np.arange(1, state.t + 1)
        assert_allclose(np.sqrt(state.v_hat), (beta2 ** ages[:, None] * np.abs(g[: state.t])).max(axis=0), rtol=1e-12)


def test_no_step_of_adamax_is_longer_than_lr():
    """Kingma & Ba 2015, section 7.1; Adam has no such bound."""
    g = np.vstack([gradients(2000), 1.1 ** np.arange(100.0)[:, None] * np.ones(3)])
    adamax, adam = (np.abs(np.diff(path(rule, g), axis=0)).max() for rule in (al.AdaMax(lr=1.0), al.Adam(lr=1.0)))
    assert adamax <= 1 + 1e-9
    assert adam > 1.5


# RAdam


def trust(beta2, steps):
    """How much shorter RAdam's steps are than Adam's along gradients of one."""
    rules, g = (al.RAdam(beta2=beta2, eps=0), al.Adam(beta2=beta2, eps=0)), np.ones((steps, 1))
    radam, adam = (np.abs(np.diff(path(rule, g), axis=0))[:, 0] for rule in rules)
    return radam / adam


def test_radam_is_a_warm_up():
    """At beta2 = 0.999 the sixth step is the first that divides; a half, three quarters and nine tenths of Adam's come late."""
    share = trust(0.999, 3000)
    assert_allclose(share[:5], 1.0, rtol=1e-9)
    assert share[5] == pytest.approx(0.026, abs=5e-4)
    assert [1 + int(np.argmax(share[5:] >= part)) + 5 for part in (0.5, 0.75, 0.9)] == [556, 1480, 2737]
    assert (np.diff(share[5:]) > 0).all()


def test_the_first_steps_of_radam_have_the_unit_of_the_gradient():
    g = gradients(5)
    plain, large = (path(al.RAdam(beta1=0), factor * g) for factor in (1.0, 1024.0))
    assert_array_equal(large, 1024 * plain)
    assert_array_equal(plain, path(al.SGD(lr=0.001), g))


def test_the_conventions_of_radam_differ_by_eps_alone():
    g = gradients()
    for eps, same in ((0.0, True), (0.01, False)):
        torch, optax = (path(al.RAdam(eps=eps, convention=convention), g) for convention in ("torch", "optax"))
        assert np.allclose(torch, optax, rtol=1e-12) is same


RHO_IS_5 = 0.8397685748659787  # the beta2 of which rho_6 is 5, to the last bit


def test_at_rho_5_one_convention_of_radam_divides():
    """The ratio of the first six steps to m_hat, along ones: r_t, where it divides."""
    most, g = 2 / (1 - RHO_IS_5) - 1, np.ones((6, 1))
    r = np.sqrt(3 * most / ((most - 4) * (most - 2) * 5))
    for convention, last in (("torch", 1.0), ("optax", r)):
        rule = al.RAdam(lr=1.0, beta2=RHO_IS_5, eps=0.0, convention=convention)
        assert_allclose(-np.diff(path(rule, g)[:, 0]), [1.0] * 5 + [last], rtol=1e-12)


def test_while_v_is_not_known_the_rectification_is_that_of_rho_5():
    at_5 = np.sqrt(3 * 1999 / (1995 * 1997 * 5))  # rho_inf = 1999
    known, r = zip(*(rectification(0.999, t, from_5=True) for t in range(1, 6)))
    assert not any(known)
    assert_allclose(r, at_5, rtol=1e-12)
    assert rectification(0.6, 3, from_5=True) == (False, 1.0)


def test_late_radam_is_adam():
    last = states_along(al.RAdam(beta2=0.7, eps=0.25), np.ones((400, 1)), [0.0])[-1]
    assert np.sqrt(last.v_hat) + 0.25 == pytest.approx(1.25, rel=1e-9)


@pytest.mark.parametrize("beta2", [0.0, 0.5, 0.6, 2 / 3])
def test_a_short_memory_never_divides(beta2):
    """rho_inf = 2 / (1 - beta2) - 1 is 5 at most: nothing is ever divided, and nothing fails."""
    g, start = gradients(50), np.zeros(3)
    m_hats = [state.m_hat for state in states_along(al.Adam(), g, start)[1:]]
    assert_allclose(np.diff(path(al.RAdam(lr=1.0, beta2=beta2), g), axis=0), np.negative(m_hats), rtol=1e-9, atol=1e-12)
    assert np.isfinite(path(al.RAdam(beta2=np.array([beta2, 0.9, 0.999])), g)).all()


# ADOPT


def test_the_first_step_of_adopt_only_looks():
    first = states_along(al.ADOPT(), [[3.0, -4.0]], [1.0, 2.0])[1]
    assert (first.theta.tolist(), first.m.tolist(), first.v.tolist()) == ([1.0, 2.0], [0.0, 0.0], [9.0, 16.0])


def test_adopt_divides_by_what_it_knew_before():
    """After gradients of 1, a gradient of 100 is a step of 100, clipped at the fourth root of the finished steps."""
    g = np.ones((17, 1))
    g[-1] = 100.0
    steps = -np.diff(path(al.ADOPT(lr=1.0, beta1=0.0, beta2=0.9), g), axis=0)[:, 0]
    assert_allclose(steps, [0.0, *np.ones(15), 2.0], rtol=1e-12)


GAMES = [(3.0, 0.0, True), (3.0, 0.5, True), (1.8, 0.0, False), (1.6, 0.0, True), (1.8, 0.9, True)]


@pytest.mark.parametrize(("C", "beta2", "right"), GAMES)
def test_adopt_in_two_games(C, beta2, right):
    """Gradients C, -1, -1 fall by C - 2 a period. At beta2 = 0 ADOPT is wrong for C between the golden ratio and 2."""
    thetas = path(al.ADOPT(lr=1.0, beta1=0.0, beta2=beta2), np.tile([C, -1.0, -1.0], 400)[:, None])
    downhill = (thetas[300, 0] - thetas[-1, 0]) * (C - 2) > 0
    assert downhill == right


# Adadelta


def test_the_first_step_of_adadelta():
    """sqrt(eps) g / sqrt((1 - rho) g^2 + eps): without eps it never begins."""
    g, rho, eps = np.array([[1e-3, -2.0, 50.0]]), 0.9, 1e-4
    first = path(al.Adadelta(rho=rho, eps=eps), g)[-1]
    assert_allclose(first, (-np.sqrt(eps) * g / np.sqrt((1 - rho) * g**2 + eps))[0], rtol=1e-12)
    assert_array_equal(path(al.Adadelta(eps=0.0), gradients()), np.zeros((201, 3)))


def test_adadelta_remembers_the_squares_of_its_steps():
    states, rho = states_along(al.Adadelta(), gradients(), np.zeros(3)), 0.9
    for old, new in pairwise(states):
        assert_allclose(new.m, rho * old.m + (1 - rho) * (new.theta - old.theta) ** 2, rtol=1e-6, atol=1e-18)


# Lion


def test_every_step_of_lion_is_lr():
    steps = np.abs(np.diff(path(al.Lion(lr=0.5), gradients()), axis=0))
    assert_array_equal(steps, np.full((200, 3), 0.5))


def test_lion_does_not_see_the_unit_of_the_loss():
    assert_array_equal(path(al.Lion(), 1000 * gradients()), path(al.Lion(), gradients()))


def test_lion_without_memory_is_the_sign_of_the_gradient():
    g = gradients()
    assert_allclose(path(al.Lion(lr=0.5, beta1=0, beta2=0), g), path(al.SGD(lr=0.5), np.sign(g)))


def test_lion_steps_along_another_average_than_it_keeps():
    """m is an average of beta2; the step mixes beta1 of the old m with the gradient: a new sign counts at once."""
    states = states_along(al.Lion(beta1=0.9, beta2=0.99), [[1.0]] * 100 + [[-8.0]], [0.0])
    m = 1 - 0.99**100
    assert states[-1].m.item() == pytest.approx(0.99 * m - 0.08, rel=1e-12)
    assert (0.9 * m - 0.8 < 0, 0.99 * m - 0.08 > 0, states[-1].m_hat.item()) == (True, True, -1.0)


def test_lion_shrinks_as_adamw_does():
    rest = np.zeros((20, 3))
    kwargs = {"lr": 0.1, "weight_decay": 0.5}
    assert_array_equal(path(al.Lion(**kwargs), rest, 1.0), path(al.AdamW(**kwargs), rest, 1.0))


def test_what_the_line_divides_by():
    """One, where a rule has done its dividing before, whatever its eps."""
    for eps in (0.0, 1e-6, 0.3, 1.0):
        for rule in (al.ADOPT(eps=eps), al.RAdam(eps=eps)):
            for state in states_along(rule, gradients(5), np.zeros(3))[1:]:
                assert_allclose(np.sqrt(state.v_hat) + eps, 1.0, rtol=1e-15)
