"""Notebook 03: every row of "What we showed", and numbers of its text, measured again by another road."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.bias_correction import correction_on_off
from adamlib.theory import uncorrected_step, uncorrected_steps
from adamlib.verify import recorded

RAMP = al.ramp()


def strides(rule, steps, problem=RAMP):
    """The length of each step of the library's own run, in units of lr."""
    return -np.diff(al.run(rule, problem, steps=steps).theta[:, 0]) / rule.lr


def test_03_an_average_that_starts_at_zero_is_too_small():
    """Simulated: 20,000 averages of squares of a lopsided gradient, at three ages, against the share 1 - beta2^t."""
    g = np.random.default_rng(3).exponential(2.0, (60, 20_000))  # E[g^2] = 8
    state = (rule := al.Adam(beta2=0.95)).init(np.zeros(20_000))
    for t, each in enumerate(g, 1):
        state = rule.step(state, each)
        if t in (1, 20, 60):
            error = state.v.std() / np.sqrt(20_000)
            assert abs(state.v.mean() - 8 * (1 - 0.95**t)) < 4 * error
            assert abs(state.v_hat.mean() - 8) < 4 * error / (1 - 0.95**t)


def test_03_the_uncorrected_step_is_too_long_for_thousands_of_steps():
    """The first step, the longest, the last above 1.05 lr, and the extra travel: from the library's run."""
    lengths = strides(al.Adam(lr=0.001, bias_correction=False, eps=0.0), 5000)
    assert lengths[0] == pytest.approx(np.sqrt(10), rel=1e-9)
    assert (lengths.argmax() + 1, lengths.max()) == (12, pytest.approx(6.5685, rel=1e-4))
    assert np.flatnonzero(lengths > 1.05)[-1] + 1 == 2374
    assert lengths.sum() - 5000 == pytest.approx(1209.2, abs=0.05)
    assert lengths[:1000].sum() - 1000 > 0.8 * 1209
    np.testing.assert_allclose(strides(al.Adam(lr=0.001, eps=0.0), 5000), 1, rtol=1e-9)


def test_03_longer_memories_are_worse():
    """(0.9, 0.9999): the peak 20.72; (0.9, 0.99999): 65.5; both at step 12."""
    for beta2, peak in ((0.9999, 20.72), (0.99999, 65.51)):
        lengths = strides(al.Adam(lr=1.0, beta2=beta2, bias_correction=False, eps=0.0), 100)
        assert (lengths.argmax() + 1, lengths.max()) == (12, pytest.approx(peak, rel=1e-3))


def test_03_a_right_first_step_is_not_enough():
    lengths = strides(al.Adam(lr=1.0, beta2=0.99, bias_correction=False, eps=0.0), 300)
    assert lengths[0] == pytest.approx(1, rel=1e-9)
    assert (lengths.argmax() + 1, lengths.max()) == (13, pytest.approx(2.131, rel=1e-3))
    assert strides(al.Adam(lr=1.0, beta2=0.9, bias_correction=False, eps=0.0), 300).max() < 1 + 1e-12


def test_03_the_explorers_factor_is_exact():
    for beta1, beta2, t in ((0.9, 0.999, 12), (0.0, 0.5, 3), (0.99, 0.9, 40)):
        squared = (1 - Fraction(beta1) ** t) ** 2 / (1 - Fraction(beta2) ** t)
        assert uncorrected_step(beta1, beta2, t) ** 2 == pytest.approx(float(squared), rel=1e-9)


@pytest.mark.parametrize("problem", [al.beale(), al.himmelblau()], ids=lambda problem: problem.name)
def test_03_no_correction_is_a_schedule(problem):
    """On other surfaces than the notebook's, with other memories."""
    settings = {"lr": 0.01, "beta1": 0.8, "beta2": 0.98, "eps": 0.0}
    without = al.run(al.Adam(**settings, bias_correction=False), problem, [1.0, 2.0], steps=100)
    scheduled = al.run(
        al.Adam(**settings), problem, [1.0, 2.0], steps=100, schedule=lambda t: float(uncorrected_step(0.8, 0.98, t))
    )
    np.testing.assert_allclose(without.theta, scheduled.theta, rtol=1e-9)
    plain = al.run(al.Adam(**settings), problem, [1.0, 2.0], steps=100)
    assert np.abs(without.theta - plain.theta).max() > 1e-3


@pytest.fixture(scope="module")
def digits():
    """Losses after ten passes with another seed than the notebook's: on and off, (beta2, lr)."""
    model = al.vae(al.digits(train=1792), batch=128, seed=1)
    rates, memories = [1e-4, 10**-3.5, 1e-3, 1e-2, 1e-1], [0.99, 0.999, 0.9999]
    ends = (
        al.final(al.Adam(**al.grid(beta2=memories, lr=rates), bias_correction=on), model, steps=140).theta for on in (True, False)
    )
    return [model.loss(theta) for theta in ends]


def test_03_digits_the_correction_stops_beta2_from_moving_the_curve(digits):
    on, off = digits
    assert np.ptp(on, axis=0).max() < 0.5
    assert np.ptp(off, axis=0)[[0, 4]].min() > 10
    assert off[2, 4] > 4 * on[2, 4]
    assert abs(off[2, 0] - off[1, 1]) < 0.5  # ten times the memory is the root of ten times the rate
    assert abs(off[2, 1] - off[1, 2]) < 0.5


def test_03_digits_the_correction_loses_at_small_rates_and_hardly_raises_the_ceiling(digits):
    on, off = digits
    assert (off[:, :3] < on[:, :3]).all()
    assert 0 < off.min() - on.min() < 1


def test_03_a_waking_gradient_brings_the_cold_start_back():
    """In the limit of a long quiet phase: the first step (1 - beta1) / sqrt(1 - beta2), the longest that of a cold start."""
    woken = al.ramp(lambda t: 1.0 if t > 8000 else 1e-4)
    lengths = strides(al.Adam(lr=1.0, eps=0.0), 8100, woken)[8000:]
    cold = strides(al.Adam(lr=1.0, eps=0.0, bias_correction=False), 100)
    np.testing.assert_allclose(lengths, cold, rtol=5e-3)


def test_03_noise_alone_makes_full_first_steps():
    """Of pure noise the first corrected step has length lr; late ones sqrt((1 - beta1) / (1 + beta1)) of it."""
    rule = al.Adam(lr=1.0, eps=0.0)
    state = rule.init(np.zeros(3000))
    for g in np.random.default_rng(8).standard_normal((300, 3000)):
        before, state = state.theta, rule.step(state, g)
        size = np.sqrt(np.mean((state.theta - before) ** 2))
        if state.t == 1:
            assert size == pytest.approx(1, rel=1e-12)
    assert size == pytest.approx(np.sqrt(0.1 / 1.9), rel=0.05)


def test_03_a_checkpoint_needs_the_counter():
    """Averages without the counter: steps of 1 / c_t. The counter without averages: steps of c_t."""
    rule = al.Adam(lr=1.0, eps=0.0)
    saved = al.final(rule, RAMP, steps=20_000)
    lost_t = rule.step(saved._replace(t=0), np.ones(1))
    lost_averages = rule.step(saved._replace(m=np.zeros(1), v=np.zeros(1)), np.ones(1))
    assert saved.theta - lost_t.theta == pytest.approx(1 / np.sqrt(10), rel=1e-6)
    assert saved.theta - lost_averages.theta == pytest.approx(np.sqrt(10), rel=1e-6)


def test_03_with_the_usual_betas_the_uncorrected_walker_is_ahead_at_every_rate_of_the_explorer():
    for lr in correction_on_off().controls["lr"].values:
        ends = [al.final(al.Adam(lr=lr, bias_correction=on), al.rosenbrock(), steps=200).theta for on in (True, False)]
        corrected, not_corrected = al.rosenbrock().loss(np.array(ends))
        assert not_corrected < corrected


def test_03_after_twenty_steps():
    """Of a constant gradient m has 88 per cent, the root of v 14; the root comes to 90 at step 1660."""
    rule = al.Adam()
    state = rule.init([0.0])
    roots = []
    for _ in range(1700):
        state = rule.step(state, [1.0])
        roots.append(100 * np.sqrt(state.v[0]))
        if state.t == 20:
            assert round(100 * state.m[0]) == 88
    assert round(roots[19]) == 14
    assert np.flatnonzero(np.array(roots) >= 90)[0] + 1 == 1660


def test_03_a_constant_eps_hat_is_a_larger_eps_at_first():
    """Folded with eps_hat kept at 1e-7, Keras' default: step 1 is that of an eps 31.6 times as large."""
    assert recorded()["objects"]["keras.optimizers:Adam"]["settings"]["epsilon"] == pytest.approx(1e-7)
    g = 1e-6
    step = np.sqrt(0.001) / 0.1 * (0.1 * g) / (np.sqrt(0.001 * g**2) + 1e-7)
    rule = al.Adam(lr=1.0, eps=31.6 * 1e-7)
    assert -rule.step(rule.init([0.0]), [g]).theta[0] == pytest.approx(step, rel=1e-3)


def test_03_the_digits_of_the_autoencoder():
    """1,792 digits of 64 pixels."""
    assert al.digits(train=1_792).x_train.shape == (1792, 64)


def test_03_a_warm_up_of_ten_thousand_steps_covers_the_cold_start():
    """As long as BERT's: no uncorrected step is longer than lr times 1.05."""
    t = np.arange(1, 10_001)
    rises = [al.warmup(10_000)(k) for k in (1, 10_000)]
    assert rises == pytest.approx([1e-4, 1])
    assert (uncorrected_steps(0.9, 0.999, 10_000) * t / 10_000).max() < 1.05
