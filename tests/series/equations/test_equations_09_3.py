"""Every numbered equation of room 09.3, each held against another derivation."""

import numpy as np
import pytest

import adamlib as al
from helpers.turning import METHODS, angle, setting


def test_9_3_1():
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


def held(method):
    """The balance solved as a recursion for the squared length, and a run of 300 weights with other settings."""
    lr, decay, dim, k = 0.05, 0.08, 300, 0.1 / 1.9
    wd = decay / lr if "paper" in method else decay
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
    assert angle(method, lr, decay, dim) == pytest.approx(step / np.sqrt(squared), rel=1e-3)
    walk = al.run(*setting(method, lr, decay, al.scale_free(dim, seed=5)), steps=2500).theta[1500:]
    units = walk / np.linalg.norm(walk, axis=1, keepdims=True)
    turned = np.arccos((units[1:] * units[:-1]).sum(axis=1)).mean()
    assert angle(method, lr, decay, dim) == pytest.approx(turned, rel=0.05)
    a, b = METHODS[method]
    for factor, power in (((7.0, 1.0), a), ((1.0, 7.0), b)):
        grown = angle(method, lr * factor[0], decay * factor[1], dim) / angle(method, lr, decay, dim)
        assert np.log(grown) / np.log(7) == pytest.approx(power, abs=1e-12)


def test_9_3_2():
    """For gradient descent, by the balance; twice the angle where lr wd is four times as large."""
    held("SGD + penalty")
    assert angle("SGD + penalty", 0.1, 0.2, 10) == pytest.approx(np.sqrt(2 * 0.1 * 0.2))
    assert angle("SGD + penalty", 0.2, 0.4, 10) == pytest.approx(2 * angle("SGD + penalty", 0.1, 0.2, 10))


@pytest.mark.parametrize("method", [method for method in METHODS if not method.startswith("SGD")])
def test_9_3_3(method):
    held(method)
