"""Room 08.2: three rules called AMSGrad. Its claims, measured again."""

from math import sqrt

import numpy as np
import pytest

import adamlib as al
from adamlib.verify import recorded
from helpers import torch_blocks


def roots(size, when, steps):
    """What the paper, PyTorch and Optax divide by after so many ones, one of which is `size`: sums by hand."""
    t = np.arange(1, steps + 1)
    v = 1 - 0.999**t + np.where(t >= when, (size**2 - 1) * 0.001 * 0.999 ** (t - when), 0)
    return sqrt(v.max()), sqrt(v.max() / (1 - 0.999**steps)), sqrt((v / (1 - 0.999**t)).max())


def test_08_2_random_gradients_part_the_rules_too():
    """200 other draws of 20,000 steps: Optax divides by 1.2 times as much in the median, by twice as much in one of twenty."""
    from scipy.signal import lfilter

    t = np.arange(1, 20_001)
    ratios = []
    for seed in range(10):
        squares = np.random.default_rng(900 + seed).standard_normal((20, len(t))) ** 2
        v = lfilter([0.001], [1, -0.999], squares, axis=1)
        ratios.extend(np.sqrt((v / (1 - 0.999**t)).max(axis=1) / v.max(axis=1)))
    assert np.median(ratios) == pytest.approx(1.2, abs=0.06)
    assert 0.02 < (np.array(ratios) > 1.9).mean() < 0.1


@pytest.mark.claim("08.2#1")
@pytest.mark.parametrize(("steps", "torch"), [(1, 100), (2, 70.7), (10, 31.7), (100, 10.2), (1000, 3.98), (5000, 3.17)])
def test_08_2_after_a_burst_at_once(steps, torch):
    """The paper divides by 3.16 from the first step on, Optax by 100; PyTorch comes down from there."""
    found = roots(100, 1, steps)
    assert found == pytest.approx((3.16, torch, 100), rel=5e-3)
    burst = al.ramp(lambda t: 100.0 if t == 1 else 1.0)
    for convention, root in zip(("paper", "torch", "optax"), found):
        last = al.final(al.AMSGrad(convention=convention), burst, steps=steps)
        assert np.sqrt(last.v_hat[0]) == pytest.approx(root, rel=1e-6)


@pytest.mark.claim("08.2#2")
def test_08_2_how_often_the_multiplier_rises():
    """By the library's own steps, other draws: 67 % for Adam, 79 to 82 % for PyTorch, never for the others."""
    fog = al.noisy(al.Problem("flat", lambda x: 0 * x.sum(axis=-1), lambda x, t=1: 0 * x, np.zeros(5)), seed=7)
    rises = {}
    for rule in (al.Adam(), *(al.AMSGrad(convention=convention) for convention in ("paper", "torch", "optax"))):
        rate = al.run(rule, fog, steps=2000).rate[1:]
        rises[getattr(rule, "convention", "Adam")] = (np.diff(rate, axis=0) > 0).mean()
    assert rises["paper"] == rises["optax"] == 0
    assert rises["torch"] == pytest.approx(0.805, abs=0.03)
    assert rises["Adam"] == pytest.approx(0.67, abs=0.03)


@pytest.mark.claim("08.2#3")
def test_08_2_a_late_burst_is_the_same_to_all():
    """At step 10,000 all divide by 3.32 after 20,000 steps; at step 100 Optax by 10.3 still."""
    assert roots(100, 10_000, 20_000) == pytest.approx([3.32] * 3, rel=2e-3)
    assert roots(100, 100, 20_000) == pytest.approx([3.18, 3.18, 10.3], rel=4e-3)
    assert max(roots(100, 10_000, 20_000)) / min(roots(100, 10_000, 20_000)) < 1.005


def test_08_2_what_pytorch_has_left_to_rise():
    """After 5,000 steps the root of 1 - 0.999^t is 0.997; the rate still rises, by 0.3 %."""
    burst = np.append(100.0, np.ones(39_999))
    rate = al.play(al.AMSGrad(1.0, convention="torch"), burst, fade=0, at=[5000, 6000, 40_000]).rate
    assert rate[0] < rate[1] < rate[2]
    assert rate[2] / rate[0] - 1 == pytest.approx(0.0034, abs=1e-4)
    assert sqrt(1 - 0.999**5000) == pytest.approx(0.997, abs=5e-4)


def test_08_2_a_checkpoint_turns_it_off():
    assert torch_blocks.torch_record()["blocks"]["deeper/08_2_which_amsgrad.ipynb#1"]["printed"] == "amsgrad: False\n"


def test_08_2_the_versions_that_were_read():
    """The sentences about PyTorch 2.13, Keras 3.15 and Optax 0.2.8 are of what the library compares itself with."""
    versions = {name: recorded()["versions"][name].split(".") for name in ("torch", "keras", "optax")}
    assert [float(".".join(parts[:2])) for parts in versions.values()] == [2.13, 3.15, 0.2]
    assert versions["optax"][2] == "8"
