"""No generated optimizer that is wrong is said to follow a rule, and what of an object was not walked is said."""

from dataclasses import replace

import numpy as np
import pytest

import adamlib as al
from adamlib.verify.adapters import OWN
from adamlib.verify.judge import FEWEST, judge
from adamlib.verify.walk import walk_probe
from helpers.cases import ELEMENTWISE
from helpers.fakes import SGD, zeros
from helpers.whole import sample

RULES = list(ELEMENTWISE.values())
seeds = pytest.mark.parametrize("seed", range(3))


def drawn(seed):
    """What draws numbers, and a rule of ours."""
    draw = np.random.default_rng(seed)
    return draw, RULES[draw.integers(len(RULES))]


def bent(rule, bend):
    """A rule whose steps are bent: a function of theta, the change, the gradient and the number of the step."""

    def step(theta, grad, state):
        before = (state or rule.init(theta))._replace(theta=theta)
        after = rule.step(before, grad)
        return theta + bend(theta, after.theta - theta, grad, after.t), after

    return step


@seeds
def test_what_is_nan_from_some_step_on(seed):
    draw, rule = drawn(seed)
    first, place = draw.integers(1, 400), draw.integers(8)

    def bend(theta, change, grad, t):
        return np.where((np.arange(theta.size).reshape(theta.shape) == place) & (t >= first), np.nan, change)

    assert not al.verify(bent(rule, bend), like=rule)


@seeds
def test_one_change_for_all_coordinates(seed):
    draw, rule = drawn(seed)
    share = (np.mean, np.median, np.max)[draw.integers(3)]
    assert not al.verify(bent(rule, lambda theta, change, grad, t: share(change)), like=rule)


@seeds
def test_theta_that_grows_or_shrinks_a_little(seed):
    """So little that the difference is lost in single precision, which a walk in double precision does not have."""
    draw, rule = drawn(seed)
    rate = draw.choice([-1, 1]) * 10 ** draw.uniform(-7, -4)
    assert not al.verify(bent(rule, lambda theta, change, grad, t: change - rate * theta), like=rule)


@seeds
def test_what_moves_a_little_where_the_gradient_has_been_zero(seed):
    draw, rule = drawn(seed)
    away = 10 ** draw.uniform(-9, -5)
    assert not al.verify(bent(rule, lambda theta, change, grad, t: change + away * (grad == 0)), like=rule)


@seeds
def test_a_walk_of_too_few_steps(seed):
    draw, rule = drawn(seed)
    verdict = judge(walk_probe(OWN.walker_maker(rule, rule), int(draw.integers(1, FEWEST))), rule)
    assert not verdict
    assert verdict.status == 2


@seeds
def test_an_instance_of_pytorch_whose_settings_were_changed(libraries, seed):
    draw = np.random.default_rng(seed)
    lr, momentum = draw.uniform(0.01, 0.1), draw.uniform(0.1, 0.9)
    optimizer, like = SGD([zeros(3)], lr=lr, momentum=momentum), al.Momentum(lr=lr, beta=momentum)
    before = al.verify(optimizer, like=like)
    optimizer.param_groups[0].update([[("lr", 2 * lr), ("momentum", momentum / 2)][draw.integers(2)]])
    assert before.ok
    assert not al.verify(optimizer, like=like)


@seeds
def test_what_an_instance_of_pytorch_carries_is_said_to_be_left_behind(libraries, seed):
    optimizer = SGD([zeros(3)], lr=0.1)
    chosen = np.random.default_rng(seed).random(3) < 0.6
    carried = {
        "its hooks were left behind": lambda: setattr(optimizer, "_optimizer_step_post_hooks", {1: print}),
        "only the first of its 2 groups": lambda: optimizer.param_groups.append({"params": [zeros(2)], "lr": 5.0}),
        "after 7 steps, was left behind": lambda: optimizer.state.update({0: {"step": 7}}),
    }
    for add in (add for add, is_chosen in zip(carried.values(), chosen) if is_chosen):
        add()
    sentence = al.verify(optimizer, like=al.SGD(lr=0.1)).sentence
    assert [words in sentence for words in carried] == list(chosen)


@seeds
def test_groups_of_which_only_the_first_is_walked(libraries, seed):
    """As an optimizer that forgets the others: each group has a rate of its own, and what departs is told, whatever it is."""
    draw = np.random.default_rng(seed)
    first, (one, other) = draw.integers(1, 8), 10 ** draw.uniform(-3, -1, 2)

    def make(params):
        optimizer = SGD(params[:first], lr=one)
        optimizer.param_groups.append({**optimizer.param_groups[0], "params": params[first:], "lr": other})
        return optimizer

    assert not al.verify(make)


def in_single(rule):
    """A rule all of whose numbers are in float32; what it remembers is not shown."""

    def make():
        kept = []

        def step(theta, grad, state):
            before = kept.pop() if kept and state else rule.init(theta.astype(np.float32))
            kept.append(rule.rule(before._replace(theta=theta.astype(np.float32)), grad.astype(np.float32)))
            return kept[-1].theta, True

        return step

    return make()


def sound(seed):
    """A rule of the paper's family with short numbers, and one with another rate or beta."""
    draw = np.random.default_rng(seed)
    kind = (al.Adam, al.NAdam, al.AMSGrad, al.RMSProp)[seed % 4]
    rule = kind(lr=float(draw.choice([0.003, 0.02, 0.05])), beta2=float(draw.choice([0.95, 0.98, 0.995])))
    return rule, replace(rule, lr=0.001), replace(rule, beta2=0.97)


@pytest.mark.parametrize("seed", sample(range(8), 4, every=8))
def test_short_numbers_are_read_as_they_are_from_float32(seed):
    rule, *others = sound(seed)
    for other in others:
        cause = al.verify(in_single(rule), like=other).cause
        assert cause is not None
        assert cause.rule.hyperparameters() == rule.hyperparameters()


@pytest.mark.parametrize("seed", sample(range(8), 5, every=8))
def test_what_goes_to_one_side_a_little_is_no_rounding(seed):
    draw, (rule, *_) = np.random.default_rng(seed), sound(seed)
    share, side = 10 ** draw.uniform(-5, -4.2), draw.choice([-1, 1])
    assert not al.verify(bent(rule, lambda theta, change, grad, t: change + side * share * np.abs(change)), like=rule)


@pytest.mark.parametrize("seed", sample(range(8), 1, every=8))
def test_noise_of_single_precision_changes_no_beta(seed):
    rule, _, other = sound(4 * seed)
    for step in (in_single(rule), bent(rule, lambda theta, change, grad, t: change.astype(np.float32))):
        assert "is not constant" not in al.verify(step, like=other).sentence
