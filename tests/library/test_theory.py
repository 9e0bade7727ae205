"""Closed forms against what they speak of: runs, roots of polynomials, recursions, and the best of many gradients."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib import theory


@pytest.mark.parametrize(("lr", "beta", "curvature"), [(0.1, 0.0, 1.0), (0.1, 0.9, 3.0), (0.3, 0.25, 1.0), (1.9, 0.5, 1.9)])
def test_the_heavy_ball_rate_is_the_larger_root_and_what_a_run_does(lr, beta, curvature):
    rate = theory.heavy_ball_rate(lr, beta, curvature)
    assert rate == pytest.approx(max(abs(np.roots([1, -(1 + beta - lr * curvature), beta]))), rel=1e-12)
    walk = al.run(al.Momentum(lr=lr, beta=beta), al.quadratic([curvature]), steps=400).theta[:, 0]
    early, late = (np.abs(walk[t : t + 100]).max() for t in (100, 300))
    assert (late / early) ** (1 / 200) == pytest.approx(rate, rel=5e-3)


def test_the_heavy_ball_rate_broadcasts_over_both_branches():
    lr, beta = np.linspace(0, 4, 41), np.linspace(0, 0.99, 34)[:, None]
    rates = theory.heavy_ball_rate(lr, beta, 1.0)
    each = [[max(abs(np.roots([1, -(1 + b - a), b]))) for a in lr] for b in beta[:, 0]]
    np.testing.assert_allclose(rates, each, atol=2e-7)
    assert theory.heavy_ball_rate(0.1, 0.5, -1.0) > 1  # on a ridge the ball runs away


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_the_stability_limit_parts_what_stays_from_what_is_thrown_out(beta1):
    """The average form of the memory: Momentum with dampening, and Adam while its ruler stands still."""
    limit = theory.stability_limit(beta1)
    ball = al.Momentum(beta=beta1, dampening=beta1, **al.grid(lr=[0.99 * limit, 1.01 * limit]))
    below, above = np.abs(al.run(ball, al.quadratic([1.0]), steps=3000).theta[:, :, 0]).T
    assert below[-1] < 1e-3 < 1e3 < above[-1]
    assert theory.heavy_ball_rate(limit * (1 - beta1), beta1, 1.0) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.5), (0.99, 0.9), (0.5, 0.0)])
def test_uncorrected_steps_are_the_quotients_of_two_runs(beta1, beta2):
    gradients = np.random.default_rng(0).standard_normal(60)
    bare, hats = (al.Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0.0, bias_correction=on) for on in (False, True))
    walks = [rule.init([0.0]) for rule in (bare, hats)]
    lengths = theory.uncorrected_steps(beta1, beta2, 60)
    for t, g in enumerate(gradients, 1):
        new = [rule.step(state, np.array([g])) for rule, state in zip((bare, hats), walks)]
        moves = [float((b.theta - a.theta)[0]) for a, b in zip(walks, new)]
        walks = new
        exact = (1 - Fraction(beta1) ** t) ** 2 / (1 - Fraction(beta2) ** t)
        assert moves[0] == pytest.approx(moves[1] * float(exact) ** 0.5, rel=1e-6, abs=1e-12)
        assert theory.uncorrected_step(beta1, beta2, t) == pytest.approx(float(exact) ** 0.5, rel=1e-9)
        assert lengths[t - 1] == pytest.approx(float(exact) ** 0.5, rel=1e-9)


def test_uncorrected_steps_broadcast():
    beta1, beta2 = np.array([0.0, 0.9]), np.array([0.5, 0.99, 0.999])[:, None]
    steps = theory.uncorrected_steps(beta1, beta2, 7)
    assert steps.shape == (7, 3, 2)
    np.testing.assert_allclose(steps[6], theory.uncorrected_step(beta1, beta2, 7), rtol=1e-12)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.9), (0.0, 0.0), (0.5, 0.5)])
def test_the_longest_step_is_reached_and_never_passed(beta1, beta2):
    """The best gradients by Cauchy and Schwarz, and the best of 200,000 wild ones."""
    bound = theory.longest_step(beta1, beta2)
    ages = np.arange(3000)
    a, b = (1 - beta1) * beta1**ages, (1 - beta2) * beta2**ages
    best = np.sqrt((a[b > 0] ** 2 / b[b > 0]).sum())
    assert best == pytest.approx(bound, rel=1e-6)
    rule, state = al.Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=1e-300), al.Adam().init(np.zeros(1000))
    for g in np.random.default_rng(1).standard_cauchy((200, 1000)):
        state = rule.step(state, g)
        assert (np.abs(state.m_hat) <= np.sqrt(state.v_hat) * bound * (1 + 1e-12)).all()


def test_the_longest_step_has_no_bound_where_the_old_gradients_outlive_their_squares():
    assert theory.longest_step(0.9, 0.81) == theory.longest_step(0.9, 0.5) == np.inf
    assert theory.longest_step(0.9, 0.8101) < np.inf


def test_the_papers_bound_is_a_step_after_a_silence_and_is_passed():
    assert theory.longest_step_of_the_paper(0.9, 0.5) == 1.0
    rule = al.Adam(lr=1.0, eps=0.0)
    state = rule.step(rule.init([0.0])._replace(t=10**6), np.array([1.0]))
    assert -state.theta[0] == pytest.approx(theory.longest_step_of_the_paper(0.9, 0.999), rel=1e-9)
    assert theory.longest_step(0.9, 0.999) > 2 * theory.longest_step_of_the_paper(0.9, 0.999)


@pytest.mark.parametrize("size", [1e-9, 1e-8, 1.0])
def test_the_damped_step_is_adams_under_one_gradient(size):
    rule, state = al.Adam(lr=1.0), al.Adam().init([0.0])
    for _ in range(5):
        new = rule.step(state, np.array([size]))
        assert state.theta[0] - new.theta[0] == pytest.approx(theory.damped_step(size, 1e-8), rel=1e-12)
        state = new


def test_the_noise_floor_is_where_many_walks_end():
    curvatures, lr, noise = (1.0, 4.0), 0.2, 0.5
    start = np.zeros((4000, 2))
    rough = al.noisy(al.quadratic(curvatures), noise, seed=np.arange(4000))
    ends = al.final(al.SGD(lr=lr), rough, start, steps=60)
    floor = sum(theory.noise_floor(lr, curvature, noise) for curvature in curvatures)
    assert al.quadratic(curvatures).loss(ends.theta).mean() == pytest.approx(floor, rel=0.05)
    assert theory.noise_floor(0.5, 4.0, 1.0) == np.inf


@pytest.mark.parametrize(("pull", "noise"), [(0.0, 5.0), (0.1, 3.0)])
def test_decay_over_time_is_the_solution_of_its_mean_step(pull, noise):
    """A recursion with a hundredth of the step, and the two forms agree where the noise is 1."""
    weight_decay, lr, t = 0.2, 0.03, 200
    forms = {theory.weight_under_decay: pull / noise, theory.weight_under_penalty: (pull + weight_decay) / noise}
    for form in forms:
        weight = 1.0
        for _ in range(100 * t):
            shrink = weight_decay * weight if form is theory.weight_under_decay else weight_decay * weight / noise
            weight += lr / 100 * (pull * (1 - weight) / noise - shrink)
        assert form(weight_decay, pull, noise, lr, t) == pytest.approx(weight, rel=1e-3)
        assert form(weight_decay, pull, noise, lr, 0) == 1
    alike = [form(0.2, 0.1, 1.0, 0.03, np.arange(50)) for form in forms]
    np.testing.assert_allclose(*alike, rtol=1e-12)


@pytest.mark.parametrize("rule", ["SGD with penalty", "AdamW", "Adam with penalty"])
def test_the_equilibrium_angle_is_what_a_long_run_turns(rule):
    lr, decay, dim = 0.05, 0.1, 200
    spin = al.scale_free(dim, seed=3)
    expected = {
        "SGD with penalty": theory.equilibrium_angle(lr, decay),
        "AdamW": theory.equilibrium_angle(lr, decay, beta1=0.9),
        "Adam with penalty": theory.equilibrium_angle_of_penalty(lr, decay, dim),
    }[rule]
    kind = {"SGD with penalty": al.SGD(lr), "AdamW": al.AdamW(lr, weight_decay=decay), "Adam with penalty": al.Adam(lr)}[rule]
    walk = al.run(kind, spin if rule == "AdamW" else al.ridge(spin, decay), steps=2500).theta[1500:]
    units = walk / np.linalg.norm(walk, axis=1, keepdims=True)
    turned = np.arccos((units[1:] * units[:-1]).sum(axis=1)).mean()
    assert turned == pytest.approx(float(expected), rel=0.06)


@pytest.mark.parametrize(
    ("formula", "words", "field"),
    [
        (theory.heavy_ball_rate, {"lr": 0.1, "beta": 1.0, "curvature": 1.0}, "beta"),
        (theory.stability_limit, {"beta1": 1.0}, "beta1"),
        (theory.uncorrected_step, {"beta1": 0.9, "beta2": 0.999, "t": 0}, "t"),
        (theory.longest_step, {"beta1": [0.9, 0.5], "beta2": 0.999}, "beta1"),
        (theory.damped_step, {"size": 1.0, "eps": 0.0}, "eps"),
        (theory.noise_floor, {"lr": 0.1, "curvature": -1.0, "noise": 1.0}, "curvature"),
        (theory.equilibrium_angle_of_penalty, {"lr": 0.1, "weight_decay": 0.0, "dim": 3}, "weight_decay"),
    ],
)
def test_what_is_out_of_range_is_named(formula, words, field):
    with pytest.raises(ValueError, match=f"^{field} = .* is not allowed: {field} must be "):
        formula(**words)
