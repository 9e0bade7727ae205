"""Room 09.2, whether lr and wd can be tuned apart: each sentence of "What we showed", measured again."""

import numpy as np
import pytest

import adamlib as al


def noisy_digits(seed):
    clean, rng = al.digits(seed=seed), np.random.default_rng(seed)
    labels = np.where(rng.random(1000) < 0.2, rng.integers(0, 10, 1000), clean.y_train)
    return al.Split("digits", clean.x_train, labels, clean.x_test, clean.y_test)


RULES = {
    "SGD": (lambda lr, decay, problem: (al.SGD(lr), al.ridge(problem, decay))),
    "Adam": (lambda lr, decay, problem: (al.Adam(lr), al.ridge(problem, decay))),
    "AdamW": (lambda lr, decay, problem: (al.AdamW(lr, weight_decay=decay), problem)),
}


def excess(name, problem, settings, schedule=None):
    """For each (lr, decay): how much the test loss lies above that of the same lr without decay."""
    lr, decay = np.transpose(settings)[:, :, None]
    both = np.stack([decay, 0 * decay])
    rule, whole = RULES[name](lr, both, problem)
    theta = al.final(rule, whole, np.broadcast_to(problem.start, (2, len(lr), problem.dim)), 300, schedule).theta
    with_decay, without = problem.test_loss(theta)
    return with_decay - without


@pytest.mark.parametrize(("name", "slope", "lr", "decay"), [("SGD", -1, -2, -6), ("Adam", -2, -7, -4), ("AdamW", -1, -7, 0)])
def test_09_2_normalised_networks_mind_the_product(name, slope, lr, decay):
    """Another split, other labels, other starts. Along the slope from harmless stays harmless, and from harmful harmful.

    A vertical move over the same octaves goes from the one to the other.
    """
    net = al.normalised(noisy_digits(5), hidden=16, batch=32, seed=6)
    moves = np.arange(4)
    for lift, harmful in ((0, False), (4 * abs(slope), True)):
        settings = [(2.0 ** (lr + n), 2.0 ** (decay - abs(slope) + lift + slope * n)) for n in moves]
        found = excess(name, net, settings)
        assert (found > 0.1).all() if harmful else (found < 0.1).all()


@pytest.mark.parametrize(
    ("name", "rates", "decay"), [("SGD", (-2, -1, 0), -7), ("Adam", (-7, -5, -3), -7.5), ("AdamW", (-7, -5, -3), -2)]
)
def test_09_2_plain_networks_at_rest_do_not_mind_lr(name, rates, decay):
    """Eight times the decay harms and an eighth does not, at every lr alike."""
    net = al.network(noisy_digits(5), hidden=16, batch=32, seed=6)
    for lift, harmful in ((-3, False), (3, True)):
        found = excess(name, net, [(2.0**lr, 2.0 ** (decay + lift)) for lr in rates], al.linear(300))
        assert (found > 0.1).all() if harmful else (found < 0.1).all()


def test_09_2_the_network_of_the_maps():
    """64-16-10, with a constant before each layer, and 1,000 digits."""
    digits = al.digits()
    assert digits.x_train.shape == (1_000, 64)
    assert al.normalised(digits, hidden=16).dim == (64 + 1) * 16 + (16 + 1) * 10
