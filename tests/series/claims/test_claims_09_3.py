"""Room 09.3, weights that have no length: each sentence of "What we showed", measured again."""

import numpy as np
import pytest

import adamlib as al
from adamlib.theory import equilibrium_angle, equilibrium_angle_of_penalty

METHODS = {  # how the angle of a step grows: powers of lr and of wd
    "SGD + penalty": (1 / 2, 1 / 2),
    "Adam + penalty": (2 / 3, 1 / 3),
    "AdamW": (1 / 2, 1 / 2),
    "AdamW of the paper": (0.0, 1 / 2),
}


def angle(method: str, lr: float, wd: float, dim: int) -> float:
    """How far the weights turn in each step, by the closed form."""
    if method == "Adam + penalty":
        return float(equilibrium_angle_of_penalty(lr, wd, dim, beta1=0.9))
    return float(equilibrium_angle(1.0 if "paper" in method else lr, wd, beta1=0.0 if method.startswith("SGD") else 0.9))


def setting(method: str, lr: float, wd: float, problem: al.Problem):
    """The rule and the problem of a method."""
    if method.startswith("AdamW"):
        return al.AdamW(lr, weight_decay=wd / lr if "paper" in method else wd), problem
    return (al.SGD if method.startswith("SGD") else al.Adam)(lr), al.ridge(problem, wd)


@pytest.mark.parametrize(
    ("method", "slope"), [("SGD + penalty", -1), ("Adam + penalty", -2), ("AdamW", -1), ("AdamW of the paper", 0)]
)
def test_09_3_turning_is_the_same_along_the_slope(method, slope):
    """Runs a factor 4 of lr apart, the decay moved along the line: the same angle. Against the line: not."""
    spin = al.scale_free(300, seed=8)

    def turned(lr, decay):
        w = al.run(*setting(method, lr, decay, spin), steps=1800).theta[1000:]
        u = w / np.linalg.norm(w, axis=1, keepdims=True)
        return np.linalg.norm(np.diff(u, axis=0), axis=1).mean()

    lr, decay = 0.04, 0.2 if method != "AdamW of the paper" else 0.01
    here = turned(lr, decay)
    assert here == pytest.approx(angle(method, lr, decay, 300), rel=0.04)
    assert turned(4 * lr, decay * 4.0**slope) == pytest.approx(here, rel=0.06)
    assert abs(turned(4 * lr, decay * 4.0 ** (slope + 1)) / here - 1) > 0.2


def test_09_3_the_slope_stands_at_right_angles():
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
def test_09_3_the_balance_by_recursion(method):
    """The balance solved as a recursion for the squared length, and a run of 300 weights with other settings."""
    lr, decay, dim, k = 0.05, 0.08, 300, 0.1 / 1.9
    wd = decay / lr if method == "AdamW of the paper" else decay
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
