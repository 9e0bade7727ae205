"""Every numbered equation of room 04.2, each held against another derivation: test_4_2_1 is equation (4.2.1)."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al

GRADIENTS = [Fraction(n, 4) for n in (3, -1, 7, 2, -5, 0, 1)]


def ramp(g, eps, steps, **settings):
    """The walk of Adam under one constant gradient."""
    slope = al.ramp(g)
    return al.run(al.Adam(lr=1.0, eps=eps, **settings), slope, steps=steps)


@pytest.mark.parametrize("eps", [1e-8, 1e-3, 1.0, 100.0])
def test_4_2_1(eps):
    """In exact fractions, at every step: lr |g| / (|g| + eps), whatever the betas."""
    for g in (1e-8, 0.25, 3.0):
        share = float(Fraction(g) / (Fraction(g) + Fraction(eps)))
        for betas in ({}, {"beta1": 0.5, "beta2": 0.5}):
            np.testing.assert_allclose(-np.diff(ramp(-g, eps, 30, **betas).theta[:, 0]), -share, rtol=1e-12)


def test_4_2_2():
    """Kingma and Ba's faster order of computation, run from scratch, against Adam with an eps that changes with t."""
    b1, b2, hat, theta, m, v = 0.9, 0.999, 0.01, 0.0, 0.0, 0.0
    state = al.Adam().init([0.0])
    for t, g in enumerate(map(float, GRADIENTS), start=1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        theta -= 0.1 * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + hat)
        state = al.Adam(lr=0.1, eps=hat / np.sqrt(1 - b2**t)).step(state, [g])
        assert state.theta[0] == pytest.approx(theta, rel=1e-12)


@pytest.mark.parametrize("eta", [0.5, 1.0, 4.0])
def test_4_2_3(eta):
    """Noise of two values, +eta or -eta, from one generator: the mean of 2,000,000 moves."""
    flips = np.random.default_rng(4).choice([-eta, eta], (3000, 1000)) + 1
    rule, state, moved = al.Adam(lr=1.0, beta2=0.9999), al.Adam().init(np.zeros(1000)), 0.0
    for t, g in enumerate(flips):
        new = rule.step(state, g)
        moved += (state.theta - new.theta).mean() if t >= 1000 else 0.0
        state = new
    assert moved / 2000 == pytest.approx(1 / np.sqrt(1 + eta**2), rel=0.01)


@pytest.mark.parametrize(("batch", "lr"), [(1, 0.005), (16, 0.005), (4, 0.02)])
def test_4_2_4(batch, lr):
    """The exact variance of momentum at the rate lr / root of v, v itself the noise plus that variance."""
    noise, a = 1 / batch, 0.0
    variance = 0.0
    for _ in range(200):
        a = lr * 0.1 / np.sqrt(noise + variance)
        variance = a * 1.9 * noise / (0.1 * (2 * 1.9 - a))
    assert variance == pytest.approx(lr / 2 / np.sqrt(batch), rel=0.06)
    fog = al.noisy(al.quadratic(np.ones(2000)), sigma=np.sqrt(noise), seed=8)
    walk = al.run(al.Adam(lr=lr), fog, np.zeros(2000), steps=1600, every=20).theta[30:]
    assert walk.var() == pytest.approx(variance, rel=0.05)
