"""The numbered equation of room 10.2, held against another derivation: test_10_2_1 is equation (10.2.1)."""

import numpy as np
import pytest

import adamlib as al


def test_10_2_1():
    """Never longer than c, the direction kept, short ones untouched; Adam forgets a constant factor to the last bit."""
    rng = np.random.default_rng(9)
    for g in rng.standard_normal((50, 7)) * 10.0 ** rng.integers(-3, 4, (50, 1)):
        c = 1.5
        short = g * min(1.0, c / np.linalg.norm(g))
        assert np.linalg.norm(short) == pytest.approx(min(c, np.linalg.norm(g)), rel=1e-12)
        assert short @ g == pytest.approx(np.linalg.norm(short) * np.linalg.norm(g), rel=1e-12)
    hill = al.Problem("hill", lambda x: x[..., 0], lambda x, t=1: np.array([3.0, 4.0]) * (-1) ** (t // 3), np.zeros(2))
    always = al.Problem("clipped", hill.loss, lambda x, t=1: hill.grad(x, t) * min(1.0, (5 / 1024) / 5), np.zeros(2))
    walks = [al.run(al.Adam(0.1, eps=1e-30), problem, steps=50).theta for problem in (hill, always)]
    assert np.array_equal(*walks)
