"""Equations of room 11.3, each by another derivation."""

import numpy as np
import pytest

import adamlib as al


def a_period(game, beta2, wait, periods=3000):
    """What a period adds up to in the end, each slope over the root of v before (wait) or after it came: day by day."""
    v, moved = 1.0, 0.0
    for k in range(periods):
        moved = 0.0
        for g in game:
            old, v = v, beta2 * v + (1 - beta2) * g * g
            moved += g / np.sqrt(old if wait else v)
        if k > 20 and beta2 ** (len(game) * k) < 1e-16:
            break
    return moved


@pytest.mark.parametrize("n", [2, 5, 20])
@pytest.mark.parametrize("beta2", [0.0, 0.3, 0.9, 0.99])
def test_11_3_1(n, beta2):
    """The bound, day by day, for C above n; and v_C is the smallest v of the period."""
    for c in (1.01 * n, 2.0 * n, 10.0 * n):
        game = [c, *[-1.0] * n]
        # Before day k come day k - 1, k - 2, ... of the period, again and again.
        v = [(1 - beta2) * sum(beta2**j * game[(k - 1 - j) % (n + 1)] ** 2 for j in range(n + 1)) for k in range(n + 1)]
        v = np.array(v) / (1 - beta2 ** (n + 1))
        assert v.argmin() == 0
        assert a_period(game, beta2, wait=True) >= (c - n) / np.sqrt(v[0]) * (1 - 1e-9) > 0


@pytest.mark.parametrize(("c", "up"), [(1.5, False), (1.61, False), (1.63, True), (1.9, True)])
def test_11_3_2(c, up):
    """The golden ratio, by counting a period, and by ADOPT's own walk; Adam goes the right way."""
    assert (a_period([c, -1.0, -1.0], 0.0, wait=True) > 0) == up == (c > (1 + 5**0.5) / 2)
    slopes = al.ramp(lambda t: c if t % 3 == 1 else -1.0, 1)
    walks = [al.final(rule(lr=1e-3, beta1=0.0, beta2=0.0), slopes, [0.0], steps=3000).theta[0] for rule in (al.ADOPT, al.Adam)]
    assert (walks[0] < 0) == up
    assert walks[1] > 0


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_11_3_3(beta):
    """x is the plain mean of all z; z moves by the gradient at y, which for beta = 0 is z and else lies nearer to x."""
    hill, lr, z = al.quadratic([1.0, 4.0]), 0.1, np.array([2.0, -1.0])
    walk, x = [], z
    for t in range(1, 30):
        before, mean = z, x
        z = before - lr * hill.grad((1 - beta) * before + beta * mean)
        walk.append(z)
        x = x + (z - x) / t
        np.testing.assert_allclose(x, np.mean(walk, axis=0), rtol=1e-12)
    if beta == 0:
        plain = al.run(al.SGD(lr=lr), hill, [2.0, -1.0], steps=29)
        np.testing.assert_allclose(x, plain.theta[1:].mean(axis=0), rtol=1e-12)
