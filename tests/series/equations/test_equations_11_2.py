"""Every numbered equation of room 11.2, each held against another derivation: test_11_2_2 is equation (11.2.2)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import adamlib as al

ROOT = np.sqrt(2 / np.pi)


def test_11_2_1():
    """The library's v_hat after one gradient; and of all matrices x_i y_j only this one has those means, found by turns."""
    g = np.random.default_rng(0).standard_normal((5, 3))
    v = g * g
    rule = al.Adafactor(eps1=0.0, convention="paper", blocks=[(5, 3)])
    v_hat = rule.step(rule.init(np.zeros(15)), g.ravel()).v_hat.reshape(5, 3)
    x, y = np.ones(5), np.ones(3)
    for _ in range(5):  # rows and columns in turn
        x = v.mean(axis=1) / y.mean()
        y = v.mean(axis=0) / x.mean()
    assert_allclose(v_hat, np.outer(x, y), rtol=1e-12)


def signs_of_c(steps=400_000, seed=3):
    """c in pure noise, walked by Lion's own two averages."""
    noise = np.random.default_rng(seed).standard_normal((200, steps // 200))
    m, found = 0.0, []
    for t in range(noise.shape[1]):
        found.append(0.9 * m + 0.1 * noise[:, t])
        m = 0.99 * m + 0.01 * noise[:, t]
    return np.array(found[500:])


def S_and_s():
    """By the closed form of the powers of an average: rho_k falls by 0.99 a step after the first."""
    tail = (0.9 * 0.01) ** 2 / (1 - 0.99**2)
    s = np.sqrt(0.1**2 + tail)
    rho = (0.1 * 0.9 * 0.01 + 0.99 * tail) / s**2 * 0.99 ** np.arange(5000)
    return 1 + 4 / np.pi * np.arcsin(rho).sum(), s


def test_11_2_2():
    """Signs of two correlated bell curves, and the sum of signs over long stretches: its mean square grows by S a step."""
    S, s = S_and_s()
    c = signs_of_c()
    assert c.std() == pytest.approx(s, rel=0.02)
    for k in (1, 30, 100):
        rho = (c[k:] * c[:-k]).mean() / (c * c).mean()
        assert (np.sign(c[k:]) * np.sign(c[:-k])).mean() == pytest.approx(2 / np.pi * np.arcsin(rho), abs=0.02)
    assert pytest.approx(45.93, abs=0.01) == S
    assert (np.sign(c).sum(axis=0) ** 2).mean() / len(c) == pytest.approx(S, rel=0.2)


@pytest.mark.parametrize("curvature", [0.5, 2.0])
def test_11_2_3(curvature):
    """A walk that is slow beside c: the pull of the sign is sqrt(2/pi) theta / s, whatever it is multiplied with."""
    S, s = S_and_s()
    c = signs_of_c()
    nudge = 0.002
    pull = (np.sign(c + curvature * nudge).mean() - np.sign(c).mean()) / nudge
    assert pull == pytest.approx(curvature * ROOT / s, rel=0.15)
    assert 2 * S * s / (2 * ROOT) == pytest.approx(6.83, abs=0.01)  # over Adam's
    bowl = al.noisy(al.quadratic(np.full(300, 1.0)))
    end = al.run(al.Adam(lr=0.02), bowl, np.zeros(300), steps=600, every=20).theta[10:]
    assert (end**2).mean() == pytest.approx(0.02 / 2, rel=0.05)
