"""The numbered equation of room 02.2, held against another derivation: test_2_2_1 is equation (2.2.1)."""

import numpy as np
import pytest


@pytest.mark.parametrize("condition", [1e6, 1e9])
@pytest.mark.parametrize("degrees", [5, 15, 30, 45])
def test_2_2_1(condition, degrees):
    """The turned Hessian in closed form; the rulers are the roots of the sums of squares, over ten steps of AdaGrad."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    mixed = (1 - condition) * c * s
    hessian = np.array([[c * c + condition * s * s, mixed], [mixed, s * s + condition * c * c]])
    theta, v = np.array([-2 * c - s, c - 2 * s]), np.zeros(2)
    for _ in range(10):
        g = hessian @ theta
        v = v + g * g
        theta = theta - 0.7 * g / np.sqrt(v)
    assert np.sqrt(v.max() / v.min()) == pytest.approx(1 / np.tan(np.radians(degrees)), rel=0.01)
