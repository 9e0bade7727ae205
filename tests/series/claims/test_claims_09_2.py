"""Room 09.2, whether lr and wd can be tuned apart: each sentence of "What we showed", measured again."""

import numpy as np
import pytest

import adamlib as al
from helpers.decayed import excess, noisy_digits


def shrunken(lr, wd, steps):
    """The mean of 500 noisy weights, other draws than the room's."""
    bowl = al.quadratic(np.full(500, 0.1))
    rough = al.noisy(al.Problem("pulled", bowl.loss, lambda x, t=1: bowl.grad(x - 1), np.ones(500)), 1.0, seed=11)
    return al.final(al.AdamW(lr, weight_decay=wd), rough, steps=steps).theta.mean()


def test_09_2_first_the_product_then_wd():
    """Far below 1 a quarter of lr with four times wd is the same, and without is not; far above, lr does not count at all."""
    short = shrunken(0.001, 1.0, 100), shrunken(0.00025, 4.0, 100), shrunken(0.00025, 1.0, 100)
    assert short[1] == pytest.approx(short[0], abs=0.01)
    assert short[2] > short[0] + 0.05
    long = shrunken(0.02, 0.2, 2000), shrunken(0.005, 0.2, 8000), shrunken(0.005, 0.8, 2000)
    assert long[1] == pytest.approx(long[0], abs=0.03)
    assert long[2] < long[0] - 0.1


def test_09_2_the_switch_in_networks():
    """Other splits and networks, 300 steps. From lr = 2^-11 to 2^-9 the harmless wd falls with slope -0.7 to -1.7.

    From 2^-9 on, where lr x wd x steps is 0.3 and more, the slope is -0.35 to 0.1.
    """
    used, powers = 2.0 ** np.arange(-11, -3, 2), np.arange(-3.0, 4)
    for seed in (3, 4):
        net = al.network(al.digits(seed=seed), hidden=16, batch=32, seed=seed)
        rule = al.AdamW(used[:, None], weight_decay=np.reshape([0, *2**powers], (-1, 1, 1)))
        losses = net.test_loss(al.final(rule, net, steps=300, schedule=al.linear(300)).theta)
        harmless = [np.interp(0.1, one, powers) for one in (losses[1:] - losses[0]).T]
        slopes = np.diff(harmless) / 2
        assert -1.7 < slopes[0] < -0.7
        assert (slopes[1:] > -0.35).all()
        assert (slopes[1:] < 0.1).all()
        assert (used * 2 ** np.array(harmless) * 300)[1:].min() > 0.2


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
