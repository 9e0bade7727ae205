"""The update rules: their dtypes, their sweeps, and the relations between them."""

from dataclasses import fields, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from helpers.along import theta_along
from helpers.cases import (
    CASES,
    DTYPES,
    OPTIMIZERS,
    as_sweep,
    every_dtype,
    every_elementwise,
    every_optimizer,
    states_along,
)

ADAMS = {name: rule for name, rule in OPTIMIZERS.items() if isinstance(rule, al.Adam)}
DIVIDING = {name: rule for name, rule in ADAMS.items() if not isinstance(rule, al.RAdam)}  # from the first step on
SCALELESS = {
    name: rule
    for name, rule in OPTIMIZERS.items()
    if "eps" in {field.name for field in fields(rule)} and not isinstance(rule, al.RAdam)
}
bounded = settings(max_examples=15)


def gradients(steps=60, shape=(3,), seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(steps, *shape)) * 10.0 ** rng.integers(-3, 3, (steps, *shape))


def lengths(rule, g):
    """The length of every step in units of lr, along gradients of one coordinate."""
    start = np.zeros(1)
    return np.abs(np.diff(theta_along(replace(rule, lr=1.0), np.reshape(g, (-1, 1)), start), axis=0))[:, 0]


# Every optimizer


@pytest.mark.parametrize("name", CASES)
def test_gets_down_its_bowl(name):
    optimizer, problem, steps = CASES[name]
    loss = al.run(optimizer, problem, steps=steps).loss
    assert loss.min() < 1e-3 * loss[0]


@every_optimizer
def test_the_line_of_every_rule(optimizer):
    """theta_t = (shrunk) theta_{t-1} - lr m_hat / (sqrt(v_hat) + eps), from what the state says."""
    states = states_along(optimizer, gradients(), np.ones(3))
    for old, new in pairwise(states):
        kept = 1 - optimizer.lr * getattr(optimizer, "weight_decay", 0.0)
        step = optimizer.lr * new.m_hat / (np.sqrt(new.v_hat) + getattr(optimizer, "eps", 0.0))
        assert_allclose(new.theta, kept * old.theta - step, rtol=1e-12, atol=1e-12)
        assert new.t == old.t + 1


@every_optimizer
@every_dtype
def test_dtype_is_kept(optimizer, dtype):
    for rule, start in ((optimizer, np.ones(2, dtype)), (as_sweep(optimizer), np.ones(2, dtype))):
        for t, state in enumerate(states_along(rule, np.ones((3, *rule.init(start).theta.shape)), start)):
            assert state.t == t
            assert {x.dtype for x in state[1:]} == {np.dtype(dtype)}
            assert {x.shape for x in state[1:]} == {state.theta.shape}


@every_optimizer
@every_dtype
def test_each_member_of_a_sweep_is_its_own_run(optimizer, dtype):
    start = np.array([-1.5, 2.0], dtype)
    whole = al.run(as_sweep(optimizer), al.rosenbrock(), start, steps=12)
    for index in np.ndindex(whole.loss.shape[1:]):
        one = whole.pick(*index)
        alone = al.run(one.optimizer, al.rosenbrock(), start, steps=12)
        for name in ("t", "theta", "grad", "m", "v", "m_hat", "v_hat", "loss", "rate"):
            assert getattr(one, name).dtype == getattr(alone, name).dtype
            assert_array_equal(getattr(one, name), getattr(alone, name), err_msg=name)
        assert_array_equal(whole.rate[:, *index], alone.rate)


@every_optimizer
def test_a_step_changes_nothing(optimizer):
    """A state of read-only arrays steps as any other, and twice from the same state is the same step."""
    states, g = states_along(optimizer, gradients(), np.ones(3)), np.ones(3)
    for state in states[::20]:
        for array in (*state[1:], g):
            if array.flags.owndata:
                array.setflags(write=False)
        before = [np.array(x) for x in state]
        once, twice = optimizer.step(state, g), optimizer.step(state, g)
        for x, y in zip(once, twice):
            assert_array_equal(x, y)
        for x, y in zip(before, state):
            assert_array_equal(x, y)
        assert not any(np.shares_memory(once.theta, x) for x in state[1:])


@every_optimizer
def test_prints_as_what_it_is(optimizer):
    assert eval(repr(optimizer), vars(al)) == optimizer
    assert replace(optimizer) == optimizer
    assert hash(replace(optimizer)) == hash(optimizer)
    assert replace(optimizer, lr=0.123) != optimizer
    with pytest.raises(AttributeError):
        optimizer.lr = 1.0


@every_optimizer
def test_sweeps_are_equal_where_their_numbers_are(optimizer):
    one, other = as_sweep(optimizer), as_sweep(optimizer)
    assert one == other
    assert hash(one) == hash(other)
    assert one != optimizer
    assert one != replace(other, lr=2 * other.lr)


def test_defaults():
    """Those of the papers and of PyTorch where they agree; the docstrings say where not."""
    assert [repr(kind()) for kind in (al.SGD, al.Momentum, al.Nesterov, al.AdaGrad, al.RMSProp)] == [
        "SGD(lr=0.1)",
        "Momentum(lr=0.1, beta=0.9, dampening=0.0)",
        "Nesterov(lr=0.1, beta=0.9)",
        "AdaGrad(lr=0.1, eps=1e-10)",
        "RMSProp(lr=0.01, beta2=0.99, eps=1e-08)",
    ]
    adam = "lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08, bias_correction=True"
    assert [repr(kind()) for kind in (al.Adam, al.NAdam, al.AMSGrad, al.AdamW)] == [
        f"Adam({adam})",
        f"NAdam({adam})",
        f"AMSGrad({adam}, convention='torch')",
        f"AdamW({adam}, weight_decay=0.01)",
    ]


@every_dtype
def test_three_settings_on_an_axis_of_their_own(dtype):
    """Each member is its own run however many there are: here 3 x 1 and 3 x 5."""
    start = np.array([-1.5, 2.0], dtype)
    for sizes in ({"lr": [0.1, 0.2, 0.4]}, {"lr": [0.1, 0.2, 0.4], "beta1": [0.0, 0.5, 0.7, 0.9, 0.99]}):
        whole = al.run(al.Adam(**al.grid(**sizes)), al.bowl(), start, steps=5)
        for index in np.ndindex(whole.loss.shape[1:]):
            one = whole.pick(*index)
            assert_array_equal(one.theta, al.run(one.optimizer, al.bowl(), start, steps=5).theta)


@every_optimizer
def test_the_start_has_no_past(optimizer):
    state = optimizer.init([1, 2])
    assert state.t == 0
    assert state.theta.tolist() == [1.0, 2.0]
    assert not np.any([state.m, state.v, state.v_max])
    assert np.isnan([state.grad, state.m_hat, state.v_hat]).all()


@every_elementwise
@bounded
@given(data=st.data())
def test_any_shape_steps_coordinate_by_coordinate(optimizer, data):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3))
    dtype = data.draw(st.sampled_from(DTYPES))
    start, g = (data.draw(hnp.arrays(dtype, shape, elements=st.floats(-64, 64, width=16))) for _ in range(2))
    state = optimizer.step(optimizer.init(start), g)
    flat = optimizer.step(optimizer.init(start.ravel()), g.ravel())
    for x, y in zip(state[1:], flat[1:]):
        assert x.shape == shape
        assert x.dtype == dtype
        assert_array_equal(x.ravel(), y)


@every_elementwise
def test_one_value_for_each_coordinate(optimizer):
    g = gradients(shape=(2,))
    both = theta_along(replace(optimizer, lr=np.array([0.1, 0.3])), g)
    assert_array_equal(both[:, 0], theta_along(replace(optimizer, lr=0.1), g)[:, 0])
    assert_array_equal(both[:, 1], theta_along(replace(optimizer, lr=0.3), g)[:, 1])


@every_optimizer
def test_a_start_of_many_runs(optimizer):
    g = gradients(shape=(4, 2))
    together = theta_along(optimizer, g)
    for i in range(4):
        assert_array_equal(together[:, i], theta_along(optimizer, g[:, i]))


@every_optimizer
def test_no_rate_no_step(optimizer):
    assert_array_equal(theta_along(replace(optimizer, lr=0.0), gradients()), np.ones((61, 3)))


# Numbers too small for their type


@pytest.mark.parametrize("optimizer", DIVIDING.values(), ids=DIVIDING)
def test_float16_loses_eps(optimizer):
    """float16(1e-8) is zero, and zero over zero is nan; an eps that float16 has is enough."""
    assert np.float16(1e-8) == 0
    start, zero = np.ones(2, np.float16), np.zeros(2)
    lost = replace(optimizer, eps=1e-8)
    assert np.isnan(lost.step(lost.init(start), zero).theta).all()
    assert np.isfinite(lost.step(lost.init(start.astype(np.float32)), zero).theta).all()
    kept = replace(optimizer, eps=1e-4)
    assert np.isfinite(kept.step(kept.init(start), zero).theta).all()


# What the moving parts are


def test_sgd_walks_downhill():
    assert_array_equal(theta_along(al.SGD(lr=0.5), np.array([[2.0, -4.0]])), [[1.0, 1.0], [0.0, 3.0]])


def test_momentum_adds_up():
    states = states_along(al.Momentum(lr=0.5, beta=0.5), [[8.0], [4.0]], [0.0])
    assert [state.m.item() for state in states] == [0.0, 8.0, 8.0]
    assert [state.theta.item() for state in states] == [0.0, -4.0, -8.0]


def test_nesterov_counts_the_present_gradient_once_more():
    states = states_along(al.Nesterov(lr=0.5, beta=0.5), [[8.0], [4.0]], [0.0])
    assert [state.m_hat.item() for state in states[1:]] == [12.0, 8.0]


def test_adagrad_never_forgets():
    states = states_along(al.AdaGrad(lr=1.0, eps=1.0), [[3.0], [4.0], [0.0]], [0.0])
    assert [state.v.item() for state in states] == [0.0, 9.0, 25.0, 25.0]
    assert_allclose([state.theta.item() for state in states], [0, -3 / 4, -3 / 4 - 4 / 6, -3 / 4 - 4 / 6])


def test_rmsprop_forgets():
    states = states_along(al.RMSProp(lr=1.0, beta2=0.75, eps=1.0), [[4.0], [0.0]], [0.0])
    assert [state.v.item() for state in states] == [0.0, 4.0, 3.0]
    assert states[1].theta.item() == -4 / 3


def test_adam_by_hand():
    """Two steps with halves and quarters, so that every number is exact."""
    first, second = states_along(al.Adam(lr=1.0, beta1=0.5, beta2=0.75, eps=1.0), [[4.0], [8.0]], [0.0])[1:]
    assert (first.m.item(), first.v.item(), first.m_hat.item(), first.v_hat.item()) == (2.0, 4.0, 4.0, 16.0)
    assert first.theta.item() == -4 / 5
    assert (second.m.item(), second.v.item()) == (5.0, 19.0)
    assert_allclose(second.m_hat, 5 / 0.75, rtol=1e-15)
    assert_allclose(second.v_hat, 19 / (7 / 16), rtol=1e-15)


def test_nadam_by_hand():
    """beta1 m_1 / (1 - beta1^2) + (1 - beta1) g_1 / (1 - beta1)."""
    first = states_along(al.NAdam(lr=1.0, beta1=0.5), [[4.0]], [0.0])[1]
    assert_allclose(first.m_hat, 0.5 * 2 / 0.75 + 4, rtol=1e-15)
    first = states_along(al.NAdam(lr=1.0, beta1=0.25, bias_correction=False), [[4.0]], [0.0])[1]
    assert first.m_hat.item() == 0.25 * 3 + 0.75 * 4


# Relations


def test_adamw_without_decay_is_adam():
    g = gradients()
    assert_array_equal(theta_along(al.AdamW(lr=0.1, weight_decay=0), g), theta_along(al.Adam(lr=0.1), g))


def test_adamw_shrinks_first_and_outside_the_averages():
    """The part that decay adds is the same whatever the gradient: the geometric 1 - lr lambda."""
    rule = al.AdamW(lr=0.1, weight_decay=0.5)
    g = np.zeros((5, 1))
    assert_allclose(theta_along(rule, g)[:, 0], 0.95 ** np.arange(6), rtol=1e-14)
    one = rule.step(rule.init([2.0]), [3.0])
    assert_allclose(one.theta, 2.0 * 0.95 - 0.1, rtol=1e-8)
    assert one.m.item() == pytest.approx(0.3)


def test_nadam_without_beta1_is_adam():
    g = gradients()
    assert_array_equal(theta_along(al.NAdam(lr=0.1, beta1=0), g), theta_along(al.Adam(lr=0.1, beta1=0), g))


def test_momentum_without_beta_is_sgd():
    g = gradients()
    for rule in (al.Momentum(lr=0.1, beta=0), al.Nesterov(lr=0.1, beta=0)):
        assert_array_equal(theta_along(rule, g), theta_along(al.SGD(lr=0.1), g))


def test_dampening_beta_is_the_averaged_form():
    g = gradients(shape=(3,), steps=400)
    summed = theta_along(al.Momentum(lr=0.03, beta=0.9), g)
    averaged = theta_along(al.Momentum(lr=0.3, beta=0.9, dampening=0.9), g)
    assert_allclose(averaged, summed, rtol=1e-12, atol=1e-12)
    states = states_along(al.Momentum(beta=0.9, dampening=0.9), np.full((300, 1), 5.0), [0.0])
    assert_allclose(states[-1].m, 5.0)
    m = np.zeros(3)
    for state, one in zip(states_along(al.Momentum(beta=0.9, dampening=0.9), g, np.ones(3))[1:], g):
        m = al.ema(m, one, 0.9)
        assert_allclose(state.m, m, rtol=1e-12, atol=1e-15)


def test_rmsprop_is_uncorrected_adam_without_beta1():
    g = gradients()
    adam = al.Adam(lr=0.1, beta1=0, beta2=0.9, eps=0.01, bias_correction=False)
    assert_array_equal(theta_along(al.RMSProp(lr=0.1, beta2=0.9, eps=0.01), g), theta_along(adam, g))


@pytest.mark.parametrize("rule", SCALELESS.values(), ids=SCALELESS)
def test_the_unit_of_the_loss_does_not_matter(rule):
    """Bit for bit for a power of two, to rounding for each component on its own."""
    rule = replace(rule, eps=0.0, lr=0.01)
    start = np.array([-1.5, 2.0])
    plain = al.run(rule, al.rosenbrock(), start, steps=300).theta
    assert_array_equal(al.run(rule, al.scaled(al.rosenbrock(), 1024.0), start, steps=300).theta, plain)
    assert_array_equal(al.run(rule, al.scaled(al.rosenbrock(), 2.0**-20), start, steps=300).theta, plain)
    for factor in ([7.0, 0.02], [1e-3, 1e-3]):
        other = al.run(rule, al.scaled(al.rosenbrock(), factor), start, steps=50).theta
        assert_allclose(other, plain[:51], rtol=1e-11, atol=1e-11)
    assert not np.allclose(al.run(al.SGD(lr=1e-3), al.scaled(al.rosenbrock(), 0.5), start, steps=9).theta, plain[:10])


@pytest.mark.parametrize("kappa", [10.0, 100.0, 1e4, 1e8])
def test_adam_does_not_see_an_aligned_condition_number(kappa):
    rule = al.Adam(lr=0.05, eps=0)
    round_bowl = al.run(rule, al.quadratic([1.0, 1.0]), [1.0, 1.0], steps=200).theta
    assert_allclose(al.run(rule, al.quadratic([1.0, kappa]), [1.0, 1.0], steps=200).theta, round_bowl, atol=1e-14)


def test_ridge_under_sgd_is_decay():
    """Loshchilov & Hutter, Proposition 1: a penalty of lambda' = lambda / lr decays by 1 - lambda."""
    lr, decay = 1e-3, 0.02
    theta = np.array([-1.5, 2.0])
    path = al.run(al.SGD(lr=lr), al.ridge(al.rosenbrock(), decay / lr), theta, steps=100).theta
    for row in path[1:]:
        theta = (1 - decay) * theta - lr * al.rosenbrock().grad(theta)
        assert_allclose(row, theta, rtol=1e-11)
    adam = al.run(al.Adam(lr=lr), al.ridge(al.rosenbrock(), 1.0), steps=100).theta
    adamw = al.run(al.AdamW(lr=lr, weight_decay=1.0), al.rosenbrock(), steps=100).theta
    assert np.abs(adam - adamw).max() > 1e-3


# AMSGrad: three algorithms, one name


def test_amsgrad_conventions():
    g = np.random.default_rng(0).normal(size=(2000, 3))
    falls = {}
    for convention in ("paper", "optax", "torch"):
        states = states_along(al.AMSGrad(lr=0.01, convention=convention), g, np.zeros(3))
        falls[convention] = (np.diff([state.v_hat for state in states[1:]], axis=0) < 0).mean()
        assert (np.diff([state.v_max for state in states], axis=0) >= 0).all()
    assert falls["paper"] == falls["optax"] == 0
    assert falls["torch"] > 0.5


def test_amsgrad_after_a_burst():
    """One gradient of 100, then ones: sqrt(v_hat) at t = 2, 10, 100, 1000."""
    g = np.ones((1000, 1))
    g[0] = 100.0
    wanted = {"paper": [3.16] * 4, "torch": [70.7, 31.7, 10.3, 3.98], "optax": [100.0] * 4}
    for convention, roots in wanted.items():
        states = states_along(al.AMSGrad(convention=convention), g, [0.0])
        assert_allclose([np.sqrt(states[t].v_hat.item()) for t in (2, 10, 100, 1000)], roots, rtol=6e-3)


def test_amsgrad_of_the_paper_corrects_nothing():
    assert al.AMSGrad(convention="paper") == al.AMSGrad(bias_correction=False)
    assert al.AMSGrad(bias_correction=False).words() == {"convention": "paper", "bias_correction": False}
    first = states_along(al.AMSGrad(convention="paper", beta1=0.5, beta2=0.75), [[4.0]], [0.0])[1]
    assert (first.m_hat.item(), first.v_hat.item()) == (2.0, 4.0)


def test_amsgrad_is_adam_while_v_grows():
    """Gradients that grow: v is its own maximum, corrected or not."""
    g = 1.5 ** np.arange(40.0)[:, None]
    adam = theta_along(al.Adam(lr=0.1), g)
    for convention in ("torch", "optax"):
        assert_array_equal(theta_along(al.AMSGrad(lr=0.1, convention=convention), g), adam)
    uncorrected = theta_along(al.Adam(lr=0.1, bias_correction=False), g)
    assert_array_equal(theta_along(al.AMSGrad(lr=0.1, convention="paper"), g), uncorrected)


# How long is a step?


@pytest.mark.parametrize("g", [1e-6, 1.0, -1e6])
def test_the_first_corrected_step_is_lr(g):
    for rule in (al.Adam(eps=0), al.AMSGrad(eps=0), al.AMSGrad(eps=0, convention="optax"), al.AdamW(eps=0)):
        assert_allclose(lengths(rule, [g]), 1.0, rtol=1e-12)
    assert_allclose(lengths(al.Adam(eps=0), np.full(50, g)), 1.0, rtol=1e-9)


def test_eps_damps_small_gradients():
    assert_allclose(lengths(al.Adam(eps=1e-8), [4e-8]), 0.8, rtol=1e-9)
    assert_allclose(lengths(al.Adam(eps=1e-8), [1e-8]), 0.5, rtol=1e-9)


def test_without_correction_the_longest_step_is_the_twelfth():
    steps = lengths(al.Adam(eps=0, bias_correction=False), np.ones(2500))
    t = np.arange(1, 2501)
    assert_allclose(steps, (1 - 0.9**t) / np.sqrt(1 - 0.999**t), rtol=1e-9)
    assert steps[0] == pytest.approx(3.1623, abs=1e-4)
    assert (steps.argmax() + 1, round(steps.max(), 2)) == (12, 6.57)
    assert (steps > 1.05).sum() == 2374


def test_the_bound_of_the_paper_is_not_a_bound():
    """A spike after a long quiet gives 3.16 lr, gradients that grow by beta2 / beta1 nearly 7.27 lr."""
    rule = al.Adam(lr=1.0, eps=1e-300)
    spike = (1 - 0.9) / np.sqrt(1 - 0.999)
    assert spike == pytest.approx(3.1623, abs=1e-4)
    supremum = (1 - 0.9) / np.sqrt((1 - 0.999) * (1 - 0.9**2 / 0.999))
    assert supremum == pytest.approx(7.2703, abs=1e-4)
    late = rule.init(np.zeros(1))._replace(t=20_000)
    for growing, longest in ((1, 3.162), (2, 4.255), (3, 4.968), (5, 5.860), (10, 6.809), (20, 7.215), (150, supremum)):
        states, state = [], late
        for k in range(growing):
            state = rule.step(state, [(0.999 / 0.9) ** k])
            states.append(state.theta.item())
        steps = np.abs(np.diff([0.0, *states]))
        assert steps.max() == pytest.approx(longest, abs=1e-3)
        assert steps.max() <= supremum


def test_equal_betas_bound_the_step_by_lr():
    g = gradients(steps=2000, shape=(1,))
    assert lengths(al.Adam(beta1=0.9, beta2=0.9, eps=0), g).max() <= 1 + 1e-12


def test_adam_without_memory_is_sign_descent():
    g = gradients()
    signs = np.ones(3) - 0.1 * np.vstack([np.zeros(3), np.cumsum(np.sign(g), axis=0)])
    assert_allclose(theta_along(al.Adam(lr=0.1, beta1=0, beta2=0, eps=0), g), signs, atol=1e-12)


def test_a_large_eps_is_momentum():
    g = gradients()
    adam = theta_along(al.Adam(lr=0.01 * 1e9, eps=1e9, bias_correction=False), g)
    assert_allclose(adam, theta_along(al.Momentum(lr=0.01, beta=0.9, dampening=0.9), g), rtol=1e-4, atol=1e-5)


@bounded
@given(
    st.sampled_from(sorted(ADAMS)),
    hnp.arrays(np.float64, (8, 2), elements=st.floats(-1e6, 1e6, allow_subnormal=False)),
    st.floats(0, 0.99),
    st.floats(0, 0.999),
)
def test_v_is_never_negative_and_m_stays_among_the_gradients(name, g, beta1, beta2):
    for state in states_along(replace(ADAMS[name], beta1=beta1, beta2=beta2), g, np.zeros(2))[1:]:
        assert (state.v >= 0).all()
        assert (state.v_hat >= 0).all()
        assert (np.abs(state.m) <= np.abs(g).max() * (1 + 1e-12)).all()
