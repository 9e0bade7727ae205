"""Lesson 00: what it showed, and numbers of its text, measured again: by other ways, over other seeds, starts and sizes."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import adamlib as al


def walk_by_hand(curvatures, place, lr, steps):
    """Gradient descent on a bowl in plain numbers: the places, step by step."""
    places = [list(place)]
    for _ in range(steps):
        places.append([x - lr * curvature * x for x, curvature in zip(places[-1], curvatures)])
    return np.array(places)


@pytest.mark.claim("00#1")
def test_00_the_steepest_direction_sets_the_limit():
    """Curvature 10: 0.99^100 = 0.366 of the distance is left at lr 0.199, 1.01^100 = 2.70 times of it at 0.201."""
    left = [abs(walk_by_hand([1, 10], (-2, 1), lr, steps=100)[-1, 1]) for lr in (0.199, 0.201)]
    assert left == pytest.approx([0.99**100, 1.01**100], rel=1e-9)
    assert left == pytest.approx([0.366, 2.7], rel=3e-3)


@pytest.mark.claim("00#1")
@pytest.mark.parametrize("curvature", [0.3, 7.0, 250.0])
@pytest.mark.parametrize("start", [-3.0, 1e-3])
def test_00_it_does_so_for_every_curvature_and_start(curvature, start):
    for share, arrives in ((0.99, True), (1.01, False)):
        valley, rule = al.quadratic([curvature / 50, curvature]), al.SGD(lr=share * 2 / curvature)
        assert (abs(al.final(rule, valley, start=[start, start], steps=400).theta[1]) < abs(start)) == arrives


def steps_to_a_millionth(kappa, start=(-2, 1)):
    places = walk_by_hand([1, kappa], start, lr=2 / (1 + kappa), steps=7 * kappa)
    losses = (places**2 * [1, kappa]).sum(axis=1)
    return int(np.flatnonzero(losses > losses[0] / 1_000_000)[-1]) + 1


@pytest.mark.claim("00#2")
def test_00_steps_grow_with_the_condition_number():
    """35, 346 and 3454 steps; each tenfold within 2 %."""
    assert [steps_to_a_millionth(kappa) for kappa in (10, 100, 1000)] == [35, 346, 3454]


@pytest.mark.claim("00#2")
def test_00_they_grow_so_from_other_starts():
    """On a bowl of two directions every start loses the same share in each step."""
    starts = np.random.default_rng(0).standard_normal((5, 2))
    assert {steps_to_a_millionth(100, start) for start in starts} == {346}


@pytest.mark.claim("00#2")
def test_00_they_grow_so_in_twenty_directions():
    """To a millionth of the distance at the best rate, ten starts: ten times the κ, 9.7 to 10.3 times the steps."""
    starts = np.stack([np.random.default_rng(seed).standard_normal(20) for seed in range(10)])
    means = []
    for kappa in (10, 100, 1000):
        hills = al.quadratic(np.geomspace(1, kappa, 20))
        distance = np.linalg.norm(al.run(al.SGD(lr=2 / (1 + kappa)), hills, start=starts, steps=7 * kappa).theta, axis=-1)
        means.append((distance > 1e-6 * distance[0]).sum(axis=0).mean())
    assert means == pytest.approx([63, 627, 6267], abs=2)
    assert np.divide(means[1:], means[:-1]) == pytest.approx([10, 10], abs=0.3)


def test_00_no_other_rate_is_faster():
    """The rivals of the best learning rate, 200 of them up to the limit."""
    rates = np.linspace(0, 0.02, 202)[1:-1]
    walks = al.run(al.SGD(lr=rates[:, None]), al.bowl(100), steps=500).loss
    assert rates[walks[-1].argmin()] == pytest.approx(2 / 101, rel=0.01)
    assert al.final(al.SGD(lr=2 / 101), al.bowl(100), steps=500).theta == pytest.approx(np.array([-2, 1]) * (99 / 101) ** 500)


RAW_RATES = [3e-6, 1e-5, 2e-5, 4e-5, 3e-4]


@pytest.mark.claim("00#3")
@pytest.mark.parametrize("seed", [0, 1])
def test_00_raw_units_block_the_way(seed):
    """No rate of five comes below 0.18 within 3000 steps; on the split of the lesson none below 0.19."""
    nuclei = al.logistic(al.breast_cancer(units="raw", seed=seed))
    loss = al.run(al.SGD(**al.grid(lr=RAW_RATES)), nuclei, steps=3000, every=50).loss
    assert np.nanmin(loss) > (0.19 if seed == 0 else 0.18)


def test_00_the_raw_walk_falls_and_a_larger_rate_makes_it_jump():
    """At 2e-6 no step of 500 rises; at 1e-5 and 2e-5 many do. The limit (0.3) of the start lies between.

    At 1e-5 none rises after 400, and the loss is lower than at 2e-6 from then on.
    """
    split = al.breast_cancer(units="raw")
    steepest = np.linalg.norm(np.column_stack([split.x_train, np.ones(400)]), 2) ** 2 / 400 / 2  # both scores move: twice 1/4
    losses = [al.run(al.SGD(lr=lr), al.logistic(split), steps=500).loss for lr in (2e-6, 1e-5, 2e-5)]
    rises = [(np.diff(loss) > 0).sum() for loss in losses]
    assert 2e-6 < 2 / steepest < 1e-5
    assert rises[0] == 0
    assert min(rises[1:]) > 50
    assert (np.diff(losses[1][400:]) < 0).all()
    assert (losses[1] < losses[0])[400:].all()


@pytest.mark.claim("00#3")
def test_00_standardised_units_open_it():
    """At lr 1 the loss is below 0.1 after three steps, not two; on eight splits after three or four, and for good."""
    losses = [al.run(al.SGD(lr=1.0), al.logistic(al.breast_cancer(seed=seed)), steps=200).loss for seed in range(8)]
    assert losses[0][3] < 0.1 < losses[0][2]
    assert {al.settled(loss, below=0.1) for loss in losses} <= {3, 4}


def test_00_units_and_offsets_make_the_valley():
    """Divided but not centred, columns get below 0.1 for good after about a hundred steps: far from never, far from three."""
    raw = al.breast_cancer(units="raw")
    spread = raw.x_train.std(axis=0)
    divided = replace(raw, x_train=raw.x_train / spread, x_test=raw.x_test / spread)
    rates = [1 / 128, 1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0]
    losses = [al.run(al.SGD(lr=lr), al.logistic(divided), steps=3000).loss for lr in rates]
    arrivals = [al.settled(loss, below=0.1) for loss in losses]
    assert 30 < min(arrivals) < 300


def test_00_the_tumours():
    """569 of them, measured in 30 ways."""
    tumours = al.breast_cancer()
    assert np.concatenate([tumours.x_train, tumours.x_test]).shape == (569, 30)


@cache
def learn(batch, lr, seed=0, schedule=None):
    """The losses of a walk on digits, every tenth of a thousand steps."""
    digits = al.logistic(al.digits(), batch=batch, seed=seed)
    return al.run(al.SGD(lr=lr), digits, steps=1000, every=10, schedule=schedule).loss


@pytest.mark.claim("00#4")
def test_00_single_examples_rattle():
    """The last 200 steps, four seeds: single examples on average at more than twice the loss of batches of ten."""
    late = {batch: [learn(batch, 0.5, seed)[-20:].mean() for seed in range(4)] for batch in (1, 10)}
    assert np.divide(late[1], late[10]).min() > 2
    assert max(late[10]) < 1.2 * learn(None, 0.5)[-20:].mean()


def test_00_less_rate_less_noise_more_steps():
    """Four seeds: at a tenth of the rate single examples swing at most half as much, and are slow."""
    for seed in range(4):
        bold, careful = (learn(1, lr, seed)[-20:] for lr in (0.5, 0.05))
        assert careful.std() < 0.5 * bold.std()
        assert careful[-1] > learn(10, 0.5, seed)[-1]


def test_00_a_rate_that_falls_at_the_end_rattles_less():
    """The remedy: a tenth of lr 0.5 in the last 200 steps, four seeds: it swings less than half as much and ends lower."""
    for seed in range(4):
        constant, falling = (learn(1, 0.5, seed, schedule)[-10:] for schedule in (None, lambda t: 0.1 if t > 800 else 1.0))
        assert falling.std() < 0.5 * constant.std()
        assert falling.mean() < constant.mean()
