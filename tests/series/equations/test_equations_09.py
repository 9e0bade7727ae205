"""Every numbered equation of notebook 09, each held against another derivation: test_9_5 is equation (9.5)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.adamw import METHODS, angle, setting
from adamlib.theory import weight_under_decay, weight_under_penalty

FLAT = al.Problem("flat", lambda x: 0 * x[..., 0], lambda x, t=1: 0 * x, np.ones(2))


def test_9_1():
    """In exact fractions, on a quadratic with a slope: decay lambda and penalty lambda / lr, step by step."""
    lr, decay, x, y = Fraction(1, 10), Fraction(1, 50), Fraction(3), Fraction(3)
    other = Fraction(3)
    for _ in range(20):
        x = (1 - decay) * x - lr * (2 * x - 1)
        y = y - lr * ((2 * y - 1) + decay / lr * y)
        other = other - lr * ((2 * other - 1) + decay * other)
        assert x == y
    assert other != x
    line = al.Problem("line", lambda z: (z * z - z)[..., 0], lambda z, t=1: 2 * z - 1, np.full(1, 3.0))
    ended = al.final(al.SGD(0.1), al.ridge(line, 0.2), steps=20).theta
    assert ended == pytest.approx(float(x), rel=1e-13)


def test_9_2():
    """What AdamW adds to Adam's step on the same state is -lr lambda theta, whatever the gradients; m and v do not notice."""
    adam, adamw = al.Adam(0.1), al.AdamW(0.1, weight_decay=0.25)
    state = adam.init([2.0, -3.0])
    for g in ([1.0, 5.0], [-4.0, 0.5], [0.0, 2.0]):
        plain, decayed = adam.step(state, g), adamw.step(state, g)
        np.testing.assert_allclose(decayed.theta - plain.theta, -0.025 * state.theta, rtol=1e-12)
        assert np.array_equal(plain.m, decayed.m)
        assert np.array_equal(plain.v, decayed.v)
        state = decayed


@pytest.mark.parametrize("scale", [0.5, 4.0, 50.0])
def test_9_3(scale):
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


def test_9_4():
    """Exact fractions: with fixed rulers the penalty's gradient, lambda / lr s theta, divided by s is the decay."""
    lr, decay = Fraction(1, 10), Fraction(1, 50)
    for s in (Fraction(1, 2), Fraction(7)):
        x, y = Fraction(2), Fraction(2)
        for _ in range(10):
            x = (1 - decay) * x - lr * (3 * x - 1) / s
            y = y - lr * ((3 * y - 1) + decay / lr * s * y) / s
            assert x == y
    theta, h = np.array([2.0, -1.0]), 1e-6
    rulers = np.array([0.5, 4.0])
    added = [0.02 / 0.2 * (rulers * (theta + h * e) ** 2).sum() for e in np.eye(2)]
    lower = [0.02 / 0.2 * (rulers * (theta - h * e) ** 2).sum() for e in np.eye(2)]
    np.testing.assert_allclose((np.array(added) - lower) / (2 * h), 0.02 / 0.1 * rulers * theta, rtol=1e-8)


@pytest.mark.parametrize("strength", [0.25, 2.0])
def test_9_5(strength):
    """A search over a fine grid for the lowest penalised loss; the sign rule, of which AdamW is the smooth form, by hand."""
    a, grid = np.array([-9.0, -0.3, 0.4, 1.5]), np.linspace(-10, 10, 200_001)
    for c in (0.1, 1.0, 30.0):
        best = [grid[(c / 2 * (grid - x) ** 2 + strength / 2 * grid**2).argmin()] for x in a]
        np.testing.assert_allclose(c * a / (c + strength), best, atol=1e-4)
        theta = np.zeros(4)
        for t in range(20_000):
            lr = 0.02 * (1 - t / 20_000)
            theta = (1 - lr * strength) * theta - lr * np.sign(c * (theta - a))
        np.testing.assert_allclose(np.clip(a, -1 / strength, 1 / strength), theta, atol=2e-3)
        hills = al.Problem("hills", lambda x: x[..., 0], lambda x, t=1, c=c: c * (x - a), np.zeros(4))
        ended = al.final(al.AdamW(0.02, beta2=0.99, weight_decay=strength), hills, steps=6000, schedule=al.linear(6000)).theta
        np.testing.assert_allclose(ended, theta, atol=0.02)


def test_9_6():
    """Numerically: the slope of the loss along each unit is nothing, and the gradient at k w is that at w over k."""
    net = al.normalised(al.digits(train=30), hidden=3, seed=4)
    rng = np.random.default_rng(1)
    theta = net.start + 0.1 * rng.standard_normal(net.dim)
    for unit in range(3):
        along = np.zeros(net.dim)
        places = np.append(np.arange(64) * 3 + unit, 64 * 3 + unit)
        along[places] = theta[places]
        assert net.loss(theta + along) == pytest.approx(float(net.loss(theta)), rel=1e-13)
        assert abs(net.grad(theta) @ along) < 1e-14
    for k in (0.25, 3.0):
        np.testing.assert_allclose(net.grad(k * theta), net.grad(theta) / k, rtol=1e-10, atol=1e-15)


@pytest.mark.parametrize("method", METHODS)
def test_9_7(method):
    """The balance solved as a recursion for the squared length, and a run of 300 weights with other settings."""
    lr, decay, dim, k = 0.05, 0.08, 300, 0.1 / 1.9
    wd = decay / lr if method == "AdamW, paper's λ" else decay
    squared = 1.0
    for _ in range(20_000):
        length = np.sqrt(squared)
        if method.startswith("SGD"):
            shrunk, grown, step = lr * wd * squared, lr**2 * dim / squared, lr * np.sqrt(dim) / length
        elif method.startswith("Adam +"):
            shrunk, grown, step = lr * wd * length * squared, lr**2 * dim, lr * np.sqrt(dim * k)
        else:
            shrunk, grown, step = lr * wd * squared, lr**2 * dim, lr * np.sqrt(dim * k)
        squared += grown - 2 * shrunk
    assert angle(method, np.float64(lr), np.float64(decay), dim) == pytest.approx(step / np.sqrt(squared), rel=1e-3)
    walk = al.run(*setting(method, lr, decay, al.scale_free(dim, seed=5)), steps=2500).theta[1500:]
    units = walk / np.linalg.norm(walk, axis=1, keepdims=True)
    turned = np.arccos((units[1:] * units[:-1]).sum(axis=1)).mean()
    assert angle(method, np.float64(lr), np.float64(decay), dim) == pytest.approx(turned, rel=0.05)
    a, b = METHODS[method]
    for factor, power in (((7.0, 1.0), a), ((1.0, 7.0), b)):
        grown = angle(method, np.float64(lr * factor[0]), np.float64(decay * factor[1]), dim) / angle(
            method, np.float64(lr), np.float64(decay), dim
        )
        assert np.log(grown) / np.log(7) == pytest.approx(power, abs=1e-12)


@pytest.mark.parametrize(
    ("decoupled", "pull", "noise"), [(False, 0.0, 5.0), (False, 0.1, 3.0), (True, 0.1, 3.0), (True, 0.0, 5.0)]
)
def test_9_3_with_a_pull(decoupled, pull, noise):
    """The explorer's curves: the end is where the mean move is nothing, and 2,000 weights follow the curve there."""
    lr, strength, steps = 0.02, 0.1, 1000
    fog = al.noisy(al.Problem("tug", lambda x: x[..., 0], lambda x, t=1: pull * (x - 1), np.ones(2000)), noise, seed=2)
    rule = al.AdamW(lr, weight_decay=strength if decoupled else 0.0)
    walk = al.run(rule, al.ridge(fog, 0.0 if decoupled else strength), steps=steps, every=100)
    expected = (weight_under_decay if decoupled else weight_under_penalty)(strength, pull, noise, lr, walk.t)
    np.testing.assert_allclose(walk.theta.mean(axis=1), expected, atol=0.04)
    assert expected[0] == 1
    assert np.ptp(expected) > 0.1
