"""Room 06.1: each sentence of "What we showed" and of its text, by another program, on other draws and rates."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

IMAGES, TARGETS = load_digits(return_X_y=True)
HALVED = np.array(
    [[image.reshape(8, 8)[i : i + 2, j : j + 2].mean() for i in (0, 2, 4, 6) for j in (0, 2, 4, 6)] for image in IMAGES]
)
SMALL = HALVED / 16 - (HALVED / 16).mean(axis=0)


def drawn(exponent, seed, n=1000):
    """Images of two digits: classes in shares like 1/rank^exponent, in an order by chance."""
    rng = np.random.default_rng((6, seed))
    shares = np.arange(1, 101.0) ** -exponent
    classes = rng.permutation(100)[np.searchsorted(np.cumsum(shares / shares.sum())[:-1], rng.random(n))]
    halves = [[rng.choice(np.flatnonzero(digit == TARGETS)) for digit in part] for part in (classes // 10, classes % 10)]
    return np.column_stack([SMALL[halves[0]], SMALL[halves[1]], np.ones(n)]), classes


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


RATES = {"momentum": [20, 60, 180, 540], "Adam": [2, 5, 12]}


@pytest.fixture(scope="module", params=[2, 5])
def leads(request):
    """By world: how much larger momentum's loss is than Adam's; and the mean losses of thirds under Zipf's law."""
    found = {}
    for world, exponent, equal in (("equal", 0, False), ("Zipf", 1, False), ("weighted", 1, True)):
        x, classes = drawn(exponent, request.param)
        counts = np.bincount(classes, minlength=100)[classes]
        weights = 1 / counts if equal else np.ones(len(classes))
        weights = weights / weights.sum()
        best = {}
        for rule, rates in RATES.items():
            each = trained(rule, x, classes, weights, rates)
            best[rule] = each[np.argmin(each @ weights)]
        found[world] = (best["momentum"] - best["Adam"]) @ weights
        if world == "Zipf":
            order = np.argsort(-counts, kind="stable")
            found["thirds"] = {rule: [part.mean() for part in np.array_split(each[order], 3)] for rule, each in best.items()}
    return found


def test_06_1_rare_classes_cost_momentum(leads):
    """And where classes are equally frequent, the lead is small: a world in which the headline is false."""
    assert 0 < leads["equal"] < 0.4
    assert leads["Zipf"] > 0.8
    assert leads["Zipf"] > 3 * leads["equal"]


def test_06_1_equal_weights_give_it_back(leads):
    assert 0 < leads["weighted"] < 0.15
    assert leads["weighted"] < 0.2 * leads["Zipf"]


def test_06_1_the_rare_third_waits(leads):
    """The loss of the start is log 100 = 4.6."""
    assert np.log(100) == pytest.approx(4.6, abs=0.01)
    momentum, adam = leads["thirds"]["momentum"], leads["thirds"]["Adam"]
    assert 1.5 < momentum[2] < 4.6
    assert momentum[2] > 1.5 * max(momentum[:2])
    assert max(adam) < 0.1
