"""The numbered equations of room 02.1, each held against another derivation: test_2_1_1 is equation (2.1.1)."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.parametrize("power", [-30, 12])
def test_2_1_1(power):
    """A factor on the gradients is its reciprocal on eps: bit for bit for powers of two, on a curved surface."""
    c = 2.0**power
    scaled = al.run(al.RMSProp(lr=0.01, eps=1e-3), al.scaled(al.rosenbrock(), c), steps=200).theta
    np.testing.assert_array_equal(al.run(al.RMSProp(lr=0.01, eps=1e-3 / c), al.rosenbrock(), steps=200).theta, scaled)
    assert not np.allclose(al.run(al.RMSProp(lr=0.01, eps=1e-3), al.rosenbrock(), steps=200).theta, scaled)


@pytest.mark.parametrize("c", [0.25, 8.0])
def test_2_1_2(c):
    """One example, one weight, the feature c times as large: how far the score moves, measured on the logistic loss."""

    def moved(rule, c):
        feature = 0.3 * c
        loss = al.Problem(
            "one",
            lambda w: np.log1p(np.exp(-w * feature))[..., 0],
            lambda w, t=1: -feature / (1 + np.exp(w * feature)),
            np.zeros(1),
        )
        return float(al.run(rule, loss, steps=1).theta[1, 0] * feature)

    assert moved(al.SGD(lr=0.01), c) == pytest.approx(c**2 * moved(al.SGD(lr=0.01), 1), rel=1e-9)
    for rule in (al.AdaGrad(lr=0.01, eps=0.0), al.RMSProp(lr=0.01, eps=0.0)):
        assert moved(rule, c) == pytest.approx(c * moved(rule, 1), rel=1e-9)
    # 0.01 |g x| / sqrt(v), with v = g^2 after one step of AdaGrad
    assert moved(al.AdaGrad(lr=0.01, eps=0.0), c) == pytest.approx(c * 0.01 * 0.3)
