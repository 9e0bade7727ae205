"""What momentum does not do: hollows, noise, digits."""

import numpy as np
import pytest

import adamlib as al


def test_01_2_digits():
    """Logistic regression, each at its best rate: .067 against .091, in at least nine of ten draws."""
    model, rates = al.logistic(al.digits(), batch=32, seed=range(10)), np.array([2.0, 4.0, 8.0, 16.0])
    best = []
    for beta in (0, 0.9):
        theta = al.final(al.Momentum(lr=rates[:, None, None], beta=beta, dampening=beta), model, steps=300).theta
        loss = model.loss(theta)
        best.append(loss[loss.mean(axis=1).argmin()])
    assert best[0].mean() == pytest.approx(0.091, abs=0.005)
    assert best[1].mean() == pytest.approx(0.067, abs=0.005)
    assert (best[1] < best[0]).sum() >= 9


@pytest.mark.parametrize("beta", [0.0, 0.9])
def test_01_2_noise(beta):
    """At equal effective rate the step falls, the error does not: measured against the exact variance of the process."""
    lr, noise = 0.1, al.noisy(al.quadratic(np.ones(1000)), sigma=1.0)
    x = al.run(al.Momentum(lr=lr, beta=beta, dampening=beta), noise, np.zeros(1000), steps=1000).theta[200:]
    a = lr * (1 - beta)
    variance = a * (1 + beta) / ((1 - beta) * (2 * (1 + beta) - a))  # of x_t = (1 + beta - a) x_{t-1} - beta x_{t-2} + a noise
    assert x.std() == pytest.approx(np.sqrt(variance), rel=0.01)
    assert np.diff(x, axis=0).std() == pytest.approx(np.sqrt(2 * variance * a / (1 + beta)), rel=0.01)
    assert x.std() == pytest.approx({0.0: 0.229, 0.9: 0.224}[beta], abs=0.002)


def test_01_2_hollows():
    """60 landscapes, 30 starts: 17.3 % to 22.1 % end in the deepest hollow, 14.4 % deeper than before, none leaves from rest."""
    rng = np.random.default_rng(0)
    height, pitch, phase = (rng.uniform(low, high, (60, 1, 6)) for low, high in ((0.1, 0.5), (0.5, 3), (0, 6.28)))
    hills = al.Problem(
        "hills",
        lambda x: 0.02 * x[..., 0] ** 2 + (height * np.sin(pitch * x + phase)).sum(axis=-1),
        lambda x, t=1: 0.04 * x + (height * pitch * np.cos(pitch * x + phase)).sum(axis=-1, keepdims=True),
        np.tile(np.linspace(-10, 10, 30)[:, None], (60, 1, 1)),
    )
    plain, wild = al.SGD(lr=0.02), al.Momentum(lr=2.0, beta=0.99, dampening=0.99)
    rest, coasted = (
        al.final(al.SGD(lr=0.1), hills, al.final(rule, hills, steps=800).theta, steps=200).theta for rule in (plain, wild)
    )
    deepest = hills.loss(np.tile(np.linspace(-15, 15, 3001)[:, None], (60, 1, 1))).min(axis=1)[:, None] + 0.01
    shares = [float((hills.loss(x) < deepest).mean()) for x in (rest, coasted)]
    assert shares == pytest.approx([0.173, 0.221], abs=0.01)
    assert (hills.loss(coasted) < hills.loss(rest) - 0.01).mean() == pytest.approx(0.144, abs=0.01)
    assert np.abs(al.final(wild, hills, rest, steps=300).theta - rest).max() < 0.01
