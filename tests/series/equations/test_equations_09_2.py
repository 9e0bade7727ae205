"""Every numbered equation of room 09.2, each held against another derivation."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.parametrize("wd", [0.01, 0.3])
def test_9_2_1(wd):
    """As one weighted sum over all steps and the start, on a network that learns in batches, to the last digits."""
    net, lr, steps = al.network(al.digits(train=60), hidden=3, batch=10, seed=2), 0.02, 80
    walk = al.run(al.AdamW(lr, weight_decay=wd), net, steps=steps)
    beta = 1 - lr * wd
    u = walk.m_hat[1:] / (np.sqrt(walk.v_hat[1:]) + 1e-8)
    weights = (1 - beta) * beta ** np.arange(steps)[::-1]
    np.testing.assert_allclose(weights @ (-u / wd) + beta**steps * net.start, walk.theta[-1], rtol=0, atol=1e-12)
    assert weights.sum() + beta**steps == pytest.approx(1)


@pytest.mark.parametrize(
    ("curvature", "wd", "noise", "steps"), [(0.1, 0.2, 2.0, 40), (0.1, 0.2, 2.0, 600), (0.3, 0.05, 8.0, 300)]
)
def test_9_2_2(curvature, wd, noise, steps):
    """The mean move repeated in hundredths of a step; 500 weights; and what is left of both for few steps and for many."""
    lr, weight = 0.02, 1.0
    for _ in range(100 * steps):
        weight += lr / 100 * (curvature * (1 - weight) / noise - wd * weight)
    rest = curvature / (curvature + wd * noise)

    def form(n):
        return rest + (1 - rest) * np.exp(-lr * (curvature / noise + wd) * n)

    assert form(steps) == pytest.approx(weight, rel=1e-4)
    bowl = al.quadratic(np.full(500, curvature))
    rough = al.noisy(al.Problem("pulled", bowl.loss, lambda x, t=1: bowl.grad(x - 1), np.ones(500)), noise, seed=6)
    assert al.final(al.AdamW(lr, weight_decay=wd), rough, steps=steps).theta.mean() == pytest.approx(weight, abs=0.05)
    assert form(1) == pytest.approx(1 - lr * wd, abs=1e-5)
    assert form(1e9) == pytest.approx(rest)
