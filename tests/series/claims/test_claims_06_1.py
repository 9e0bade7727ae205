"""Room 06.1: each sentence of "What we showed" and of its text, by another program, on other draws and rates."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest


@cache
def halved_digits():
    """Every fourfold pixel of each image about its mean, and the digits."""
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    halved = np.array(
        [[image.reshape(8, 8)[i : i + 2, j : j + 2].mean() for i in (0, 2, 4, 6) for j in (0, 2, 4, 6)] for image in images]
    )
    return halved / 16 - (halved / 16).mean(axis=0), digits


def drawn(exponent, seed, n=1000):
    """Images of two digits: classes in shares like 1/rank^exponent, in an order by chance."""
    rng = np.random.default_rng((6, seed))
    shares = np.arange(1, 101.0) ** -exponent
    classes = rng.permutation(100)[np.searchsorted(np.cumsum(shares / shares.sum())[:-1], rng.random(n))]
    images, digits = halved_digits()
    halves = [[rng.choice(np.flatnonzero(digit == digits)) for digit in part] for part in (classes // 10, classes % 10)]
    return np.column_stack([images[halves[0]], images[halves[1]], np.ones(n)]), classes


def trained(rule, x, classes, weights, rates, steps=30):
    """The loss of every image, for each rate, (rates, n)."""
    truth = (classes[:, None] == np.arange(100)).astype(float)
    theta, m, v = (np.zeros((len(rates), x.shape[1], 100)) for _ in range(3))
    for t in range(1, steps + 1):
        p = softmax(x @ theta)
        g = x.T @ (weights[:, None] * (p - truth))
        m, v = (0.9 * m + g, v) if rule == "momentum" else (0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g)
        step = m if rule == "momentum" else m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta = theta - (1 - (t - 1) / steps) * np.reshape(rates, (-1, 1, 1)) * step
    return -np.log(np.maximum((softmax(x @ theta) * truth).sum(axis=-1), 1e-300))


def softmax(scores):
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


SMALL_RATES, LARGE_RATES = (10, 17.8, 31.6), (100, 178, 316, 562)  # of momentum; those of the room, and between them
OF_ROOM = [10, 31.6, 100, 316]
ADAM_RATES = (2, 5, 12)
WORLDS = {"equal": (0, False, LARGE_RATES), "Zipf": (1, False, SMALL_RATES), "weighted": (1, True, LARGE_RATES)}


class Runs(NamedTuple):
    """By rule the loss of every image, frequent classes first, (rates, n), and the weights of the images."""

    losses: dict[str, np.ndarray]
    weights: np.ndarray

    def mean(self, rule):
        return self.losses[rule] @ self.weights

    def thirds(self, rule):
        return np.stack([part.mean(axis=1) for part in np.array_split(self.losses[rule], 3, axis=1)], axis=1)

    def lead(self):
        return self.mean("momentum").min() - self.mean("Adam").min()


@pytest.fixture(scope="module", params=[2, 5])
def runs(request):
    """The runs in each of the three worlds."""
    found = {}
    for world, (exponent, equal, rates) in WORLDS.items():
        x, classes = drawn(exponent, request.param)
        counts = np.bincount(classes, minlength=100)[classes]
        weights = 1 / counts if equal else np.ones(len(classes))
        weights = weights / weights.sum()
        order = np.argsort(-counts, kind="stable")
        trials = {"momentum": rates, "Adam": ADAM_RATES}
        losses = {rule: trained(rule, x, classes, weights, tried)[:, order] for rule, tried in trials.items()}
        found[world] = Runs(losses, weights[order])
    return found


@pytest.mark.claim("06.1#1")
def test_06_1_rare_classes_cost_momentum(runs):
    """And where classes are equally frequent, the lead is small: a world in which the headline is false."""
    assert 0.1 < runs["equal"].lead() < 0.4
    assert 0.7 < runs["Zipf"].lead() < 1.1
    assert runs["Zipf"].lead() > 3 * runs["equal"].lead()


@pytest.mark.claim("06.1#2")
def test_06_1_equal_weights_give_it_back(runs):
    assert 0 < runs["weighted"].lead() < 0.15
    assert runs["weighted"].lead() < 0.2 * runs["Zipf"].lead()


def test_06_1_as_a_ratio_the_lead_is_smallest_with_equal_weights(runs):
    ratios = {world: each.mean("momentum").min() / each.mean("Adam").min() for world, each in runs.items()}
    assert ratios["weighted"] < 10 < 20 < min(ratios["equal"], ratios["Zipf"])


def test_06_1_with_rates_between_them_the_order_of_the_worlds_stays(runs):
    """The finer grid lowers a loss by up to a half."""
    fine = {world: each.mean("momentum").min() for world, each in runs.items()}
    coarse = {world: runs[world].mean("momentum")[np.isin(rates, OF_ROOM)].min() for world, (*_, rates) in WORLDS.items()}
    assert all(0.5 * coarse[world] < fine[world] for world in WORLDS)
    for losses in (fine, coarse):
        assert losses["weighted"] < losses["equal"] < losses["Zipf"]


@pytest.mark.claim("06.1#3")
def test_06_1_the_rare_third_waits(runs):
    """The loss of the start is log 100 = 4.6."""
    assert np.log(100) == pytest.approx(4.6, abs=0.01)
    momentum, adam = (runs["Zipf"].thirds(rule)[runs["Zipf"].mean(rule).argmin()] for rule in ("momentum", "Adam"))
    assert 1.5 < momentum[2] < 4.6
    assert momentum[2] > 1.5 * max(momentum[:2])
    assert max(adam) < 0.1


def test_06_1_frequent_classes_bear_at_most_a_tenth_of_the_rate(runs):
    """So momentum is behind in the frequent third as well, even at the rate that suits this third best."""
    frequent = runs["Zipf"].thirds("momentum")[:, 0]
    assert 0.18 < frequent.min() < 0.33
    assert LARGE_RATES[runs["equal"].mean("momentum").argmin()] / SMALL_RATES[frequent.argmin()] > 9.9
    assert frequent.argmin() == 1
