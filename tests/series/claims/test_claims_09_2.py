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


@pytest.mark.claim("09.2#1")
def test_09_2_first_the_product_then_wd():
    """Far below 1 a quarter of lr with four times wd is the same, and without is not; far above, lr does not count at all."""
    short = shrunken(0.001, 1.0, 100), shrunken(0.00025, 4.0, 100), shrunken(0.00025, 1.0, 100)
    assert short[1] == pytest.approx(short[0], abs=0.01)
    assert short[2] > short[0] + 0.05
    long = shrunken(0.02, 0.2, 2000), shrunken(0.005, 0.2, 8000), shrunken(0.005, 0.8, 2000)
    assert long[1] == pytest.approx(long[0], abs=0.03)
    assert long[2] < long[0] - 0.1


@pytest.mark.claim("09.2#1")
def test_09_2_one_product_two_regimes():
    """Both times lr wd n = 0.4. Where wd is far above c/s = 0.1, three times the lr shrinks further; far below, it does not."""
    far_above = shrunken(0.004, 1.0, 100), shrunken(0.012, 1.0, 100)
    far_below = shrunken(0.01, 0.01, 4000), shrunken(0.03, 0.01, 4000)
    assert far_above[1] < far_above[0] - 0.3
    assert far_below[1] == pytest.approx(far_below[0], abs=0.015)
    assert far_below[0] == pytest.approx(0.1 / 0.11, abs=0.025)


def harmless(net, lr, steps, powers):
    """The powers of two of the largest wd that raise the test loss by at most 0.1."""
    rule = al.AdamW(lr[:, None], weight_decay=np.reshape([0, *2.0**powers], (-1, 1, 1)))
    losses = net.test_loss(al.final(rule, net, steps=steps, schedule=al.linear(steps)).theta)
    return np.array([np.interp(0.1, one, powers) for one in (losses[1:] - losses[0]).T])


@pytest.mark.claim("09.2#3")
def test_09_2_lr_times_steps_decides_in_networks():
    """Other splits and networks, 75 and 300 steps. At equal lr x steps the harmless wd is the same; not at equal lr.

    From lr x steps = 1/8 to 1/2 it falls with slope -1 to -2, from 1/2 to 2 with -0.4 to 0, where lr x wd x steps is smaller.
    """
    reach = 2.0 ** np.array([-3, -1, 1])
    for seed in (3, 4):
        net = al.network(al.digits(seed=seed), hidden=16, batch=32, seed=seed)
        short, long = (harmless(net, reach / steps, steps, np.arange(-3.0, 4)) for steps in (75, 300))
        assert short == pytest.approx(long, abs=0.3)
        assert short[0] > long[1] + 2  # at lr = 1/600 both
        for found in (short, long):
            steep, flat = np.diff(found) / 2
            assert -2 < steep < -1
            assert -0.4 < flat < 0
            assert found[0] - 3 > found[1] - 1


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
