"""What the index says with numbers, by other ways than its own, and over other seeds and starts."""

import numpy as np
import pytest

import adamlib as al
from adamlib import theory


def test_the_loop_is_the_rule():
    """500 steps of Adam with lr = 0.1 on Rosenbrock: from 12.5 to less than 0.01."""
    valley = al.rosenbrock()
    end = al.final(al.Adam(lr=0.1), valley, steps=500)
    assert round(float(valley.loss(end.theta)), 5) == 0.00943
    assert valley.loss(valley.start) == 12.5


def test_the_race_ends_as_its_caption_says():
    """SGD with lr 0.0015 at 2.12, Adam with lr 0.1 at 0.00943, after 500 steps."""
    valley = al.rosenbrock()
    ends = [al.final(rule, valley, steps=500).theta for rule in (al.SGD(lr=0.0015), al.Adam(lr=0.1))]
    assert [float(f"{valley.loss(end):.3g}") for end in ends] == [2.12, 0.00943]


def test_what_adam_wins_is_the_range():
    """Of 61 rates from 0.0001 to 10, 43 bring Adam below a loss of 0.001 in 5,000 steps, 15 momentum, 2 gradient descent."""
    rates = 10 ** np.linspace(-4, 1, 61)[:, None]
    found = []
    for rule in (al.Adam, al.Momentum, al.SGD):
        loss = al.run(rule(lr=rates), al.rosenbrock(), steps=5000).loss
        found.append(int((loss < 1e-3).any(axis=0).sum()))
    assert found == pytest.approx([43, 15, 2], abs=1)


def test_beyond_a_point_more_memory_slows_the_walk():
    """At lr 0.15 in the valley of the explorer the loss after 40 steps is least at 0.4, and grows with every larger beta."""
    betas = np.arange(0, 0.95, 0.1)
    walks = al.run(al.Momentum(lr=0.15, beta=betas[:, None]), al.bowl(10), steps=40).loss
    late = walks[-10:].max(axis=0)  # the crests of its waves
    assert betas[late.argmin()] == pytest.approx(0.4)
    assert (np.diff(late[4:]) > 0).all()


@pytest.mark.parametrize("start", [(-2.0, 1.0), (1.5, 0.5), (-1.0, -1.5)])
def test_with_a_ruler_steep_and_flat_move_alike(start):
    """The ruler's path is the one in a round valley; gradient descent creeps along the flat coordinate."""
    narrow, round_ = al.bowl(condition=100), al.bowl(condition=1)
    rule = al.RMSProp(lr=0.1, beta2=0.9, eps=0)
    paths = [al.run(rule, problem, start, steps=40).theta for problem in (narrow, round_)]
    np.testing.assert_allclose(*paths, rtol=1e-9, atol=1e-12)
    slow = al.final(al.SGD(lr=0.019), narrow, start, steps=40).theta
    assert abs(slow[0]) == pytest.approx(abs(start[0]) * (1 - 0.019) ** 40)


@pytest.mark.parametrize("slope", [1e-3, 1.0, 1e3])
def test_without_the_hats_the_first_steps_are_too_long(slope):
    """With the hats every step down a straight slope is lr long; without them the twelfth is more than six times as long."""
    walks = [al.run(al.Adam(lr=0.1, eps=0, bias_correction=on), al.ramp(slope), steps=100) for on in (True, False)]
    hats, bare = (-np.diff(walk.theta[:, 0]) / 0.1 for walk in walks)
    np.testing.assert_allclose(hats, 1, rtol=1e-9)
    np.testing.assert_allclose(bare, [theory.uncorrected_step(0.9, 0.999, t) for t in range(1, 101)], rtol=1e-9)
    assert bare.argmax() + 1 == 12
    assert bare.max() > 6


@pytest.mark.parametrize("seed", range(5))
def test_adam_is_fooled_where_sgd_is_not(seed):
    """Both fit all training examples; of the new ones Adam errs on those of the smaller class, about a quarter."""
    data = al.wilson(seed=seed)
    ends = [al.final(rule, data, steps=1000).theta for rule in (al.SGD(lr=0.1), al.Adam(lr=0.01))]
    assert [float(data.train_accuracy(end)) for end in ends] == [1, 1]
    assert data.test_accuracy(ends[0]) == 1
    assert float(data.test_accuracy(ends[1])) == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize("lr", [0.01, 0.02, 0.05])
def test_adam_forgets_what_amsgrad_keeps(lr):
    """At its default betas Adam ends at +1, the worst place; AMSGrad on the other side. A round adds up to 10."""
    days = ([1010.0] + [-10.0] * 100) * 1000
    assert al.play(al.Adam(lr=lr), days, fade=0).x[-1] > 0.99
    assert al.play(al.AMSGrad(lr=lr), days, fade=0).x[-1] < -0.5
    assert sum(days[:101]) == 10  # a slope upwards on the whole: the best place is -1


@pytest.mark.parametrize("seed", range(3))
def test_a_penalty_hardly_shrinks_noisy_weights(seed):
    """Under noise of 10 a penalty leaves more than three quarters of a weight, AdamW less than a third, as does plain descent."""
    noise, ones = al.noisy(al.ramp(0.0, 400), 10.0, seed), np.ones(400)
    penalty = al.final(al.Adam(lr=0.03), al.ridge(noise, 0.2), ones, steps=300).theta.mean()
    decay = al.final(al.AdamW(lr=0.03, weight_decay=0.2), noise, ones, steps=300).theta.mean()
    assert penalty > 0.75
    assert decay < 0.33
    plain = al.final(al.SGD(lr=0.03), al.ridge(noise, 0.2), ones, steps=300).theta.mean()
    assert plain == pytest.approx((1 - 0.03 * 0.2) ** 300, abs=0.2)
