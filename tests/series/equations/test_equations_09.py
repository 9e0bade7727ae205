"""Every numbered equation of lesson 09, each held against another derivation: test_9_2 is equation (9.2)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.theory import weight_under_decay, weight_under_penalty


def test_9_1():
    """In exact fractions, on a quadratic with a slope, step by step; the numbers worked by hand; the library's own walk."""
    lr, wd, x, y = Fraction(1, 10), Fraction(1, 5), Fraction(3), Fraction(3)
    other = Fraction(3)
    for _ in range(20):
        x = (1 - lr * wd) * x - lr * (2 * x - 1)
        y = y - lr * ((2 * y - 1) + wd * y)
        other = other - lr * ((2 * other - 1) + lr * wd * other)
        assert x == y
    assert other != x
    line = al.Problem("line", lambda z: (z * z - z)[..., 0], lambda z, t=1: 2 * z - 1, np.full(1, 3.0))
    assert al.final(al.SGD(0.1), al.ridge(line, 0.2), steps=20).theta == pytest.approx(float(x), rel=1e-13)
    assert al.final(al.SGD(0.1), al.ridge(al.ramp(2), 0.5), [1.0], steps=1).theta == pytest.approx(0.75)


@pytest.mark.parametrize("scale", [0.5, 4.0, 50.0])
def test_9_2(scale):
    """The regression of the move on the weight, over 20,000 weights of many sizes under noise of two values."""
    lr, strength = 0.01, 0.02
    theta = np.random.default_rng(8).uniform(-1, 1, 20_000)
    flips = np.random.default_rng(3)
    for rule, penalty, share in ((al.Adam(lr, 0.0, 0.999), strength, 1 / scale), (al.AdamW(lr, 0.0, 0.999), 0.0, 1.0)):
        rule = al.AdamW(lr, 0.0, 0.999, weight_decay=strength) if isinstance(rule, al.AdamW) else rule
        state = rule.init(theta)
        for _ in range(200):
            new = rule.step(state._replace(theta=theta), scale * flips.choice([-1.0, 1.0], theta.size) + penalty * theta)
            state = new
        g = scale + penalty * theta, -scale + penalty * theta  # the mean of both possible next moves, exactly
        moves = np.mean([rule.step(state._replace(theta=theta), each).theta - theta for each in g], axis=0)
        assert -(moves @ theta) / (theta @ theta) == pytest.approx(lr * strength * share, rel=0.03)


@pytest.mark.parametrize(
    ("decoupled", "pull", "noise"), [(False, 0.0, 5.0), (False, 0.1, 3.0), (True, 0.1, 3.0), (True, 0.0, 5.0)]
)
def test_9_2_with_a_pull(decoupled, pull, noise):
    """The explorer's curves: the end is where the mean move is nothing, and 2,000 weights follow the curve there."""
    lr, strength, steps = 0.02, 0.1, 1000
    fog = al.noisy(al.Problem("tug", lambda x: x[..., 0], lambda x, t=1: pull * (x - 1), np.ones(2000)), noise, seed=2)
    rule = al.AdamW(lr, weight_decay=strength if decoupled else 0.0)
    walk = al.run(rule, al.ridge(fog, 0.0 if decoupled else strength), steps=steps, every=100)
    expected = (weight_under_decay if decoupled else weight_under_penalty)(strength, pull, noise, lr, walk.t)
    np.testing.assert_allclose(walk.theta.mean(axis=1), expected, atol=0.04)
    assert expected[0] == 1
    assert np.ptp(expected) > 0.1


def test_9_3():
    """What AdamW adds to Adam's step on the same state is -lr wd theta, whatever the gradients; m and v do not notice."""
    adam, adamw = al.Adam(0.1), al.AdamW(0.1, weight_decay=0.25)
    state = adam.init([2.0, -3.0])
    for g in ([1.0, 5.0], [-4.0, 0.5], [0.0, 2.0]):
        plain, decayed = adam.step(state, g), adamw.step(state, g)
        np.testing.assert_allclose(decayed.theta - plain.theta, -0.025 * state.theta, rtol=1e-12)
        assert np.array_equal(plain.m, decayed.m)
        assert np.array_equal(plain.v, decayed.v)
        state = decayed


@pytest.mark.parametrize(("lr", "wd", "steps"), [(0.001, 0.01, 1000), (0.006, 0.1, 3000), (0.03, 0.2, 300)])
def test_9_4(lr, wd, steps):
    """AdamW without a gradient, step by step; the exponential is its limit of small lr wd."""
    left = 1.0
    for _ in range(steps):
        left -= lr * wd * left
    assert (1 - lr * wd) ** steps == pytest.approx(left, rel=1e-9)
    assert al.final(al.AdamW(lr, weight_decay=wd), al.ramp(0), [1.0], steps=steps).theta == pytest.approx(left, rel=1e-9)
    assert abs(np.exp(-lr * wd * steps) / left - 1) < lr * wd * (lr * wd * steps)
