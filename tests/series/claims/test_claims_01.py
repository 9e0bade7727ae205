"""Notebook 01: every row of "What we showed", and numbers of its text, measured again: expected values and tolerances."""

import numpy as np
import pytest

import adamlib as al


def test_01_sum_and_average():
    """On a ramp the sum's steps grow to 1 / (1 - beta) = 10, the average's to 1; on a valley both walk one path."""
    ramp = al.ramp()
    for dampening, length in ((0.0, 10.0), (0.9, 1.0)):
        walk = al.run(al.Momentum(lr=1.0, beta=0.9, dampening=dampening), ramp, steps=200)
        assert walk.theta[-2, 0] - walk.theta[-1, 0] == pytest.approx(length, rel=1e-8)
    one, other = al.Momentum(lr=0.01, beta=0.9), al.Momentum(lr=0.1, beta=0.9, dampening=0.9)
    paths = [al.run(rule, al.bowl(10), steps=500).theta for rule in (one, other)]
    np.testing.assert_allclose(*paths, rtol=0, atol=1e-13)


def test_01_ringing_dies_at_the_root_of_beta():
    """Measured on walks: whatever lr and curvature, sqrt(beta) a step once the coordinate rings."""
    for lr, curvature in ((0.01, 10.0), (0.1, 10.0), (0.3, 3.0)):
        x = al.run(al.Momentum(lr=lr, beta=0.81), al.quadratic([curvature]), steps=200).theta[:, 0]
        envelope = x[1:-1] ** 2 - x[2:] * x[:-2]  # of x_t = A r^t cos(w t + p) this is A^2 sin(w)^2 r^(2 t)
        assert (envelope[150] / envelope[50]) ** (1 / 200) == pytest.approx(0.9, rel=1e-6)


def test_01_the_square_root_of_the_condition_number():
    """Steps to a millionth, slowest of ten starts: about 26, 92, 312 with momentum, against 67, 665, 6645 without."""
    starts = np.random.default_rng(0).standard_normal((10, 20))
    close = 1e-6 * np.linalg.norm(starts, axis=1)
    expected = {10: (67, 26, 39), 100: (665, 92, 144), 1000: (6645, 312, 474)}
    for kappa, wanted in expected.items():
        root = np.sqrt(kappa)
        r = (root - 1) / (root + 1)
        rules = al.SGD(lr=2 / (1 + kappa)), al.Momentum(lr=4 / (1 + root) ** 2, beta=r**2), al.Nesterov(lr=1 / kappa, beta=r)
        for rule, steps in zip(rules, wanted):
            states = al.iterate(rule, al.quadratic(np.geomspace(1, kappa, 20)), starts)
            took = next(s.t for s in states if (np.linalg.norm(s.theta, axis=1) < close).all())
            assert took == pytest.approx(steps, abs=2)


@pytest.mark.parametrize(("kappa", "peak"), [(100, 3.71), (1000, 11.64), (10000, 36.79)])
def test_01_first_it_gets_worse(kappa, peak):
    """The best setting first multiplies the distance by about sqrt(kappa) / e."""
    root = np.sqrt(kappa)
    rule = al.Momentum(lr=4 / (1 + root) ** 2, beta=((root - 1) / (root + 1)) ** 2)
    distance = np.abs(al.run(rule, al.quadratic([1.0, kappa]), start=[0.0, 1.0], steps=int(2 * root)).theta[:, 1]).max()
    assert distance == pytest.approx(peak, abs=0.006)
    assert distance == pytest.approx(root / np.e, rel=0.01)


def test_01_digits():
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
def test_01_noise(beta):
    """At equal effective rate the step falls, the error does not: measured against the exact variance of the process."""
    lr, noise = 0.1, al.noisy(al.quadratic(np.ones(1000)), sigma=1.0)
    x = al.run(al.Momentum(lr=lr, beta=beta, dampening=beta), noise, np.zeros(1000), steps=1000).theta[200:]
    a = lr * (1 - beta)
    variance = a * (1 + beta) / ((1 - beta) * (2 * (1 + beta) - a))  # of x_t = (1 + beta - a) x_{t-1} - beta x_{t-2} + a noise
    assert x.std() == pytest.approx(np.sqrt(variance), rel=0.01)
    assert np.diff(x, axis=0).std() == pytest.approx(np.sqrt(2 * variance * a / (1 + beta)), rel=0.01)
    assert x.std() == pytest.approx({0.0: 0.229, 0.9: 0.224}[beta], abs=0.002)


def test_01_hollows():
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


def test_01_the_circle():
    """Heavy ball at lr 1/9, beta 4/9 circles (-2208, 792, 2592) / 1225; half the rate, Nesterov and plain descent arrive."""
    problem, starts = al.lessard(), np.linspace(-4, 4, 801)[:, None]

    def lost(rule):
        return np.mean(np.abs(al.final(rule, problem, starts, steps=500).theta) > 1e-6)

    walk = al.run(al.Momentum(lr=1 / 9, beta=4 / 9), problem, steps=300).theta[-3:, 0]
    np.testing.assert_allclose(sorted(walk), np.array([-2208, 792, 2592]) / 1225, rtol=1e-9)
    assert lost(al.Momentum(lr=1 / 9, beta=4 / 9)) == pytest.approx(0.12, abs=0.005)
    assert lost(al.Momentum(lr=1 / 9, beta=0.9)) == pytest.approx(147 / 801, abs=0.005)
    for rule in (al.Momentum(lr=1 / 18, beta=4 / 9), al.Nesterov(lr=1 / 25, beta=2 / 3), al.SGD(lr=1 / 13)):
        assert lost(rule) == 0


def test_01_lessards_function_is_convex_and_its_gradient_is_the_slope():
    """The integral of the printed gradient, smooth at both seams, curvature 1 or 25."""
    problem, x = al.lessard(), np.array([-3.0, 0.5, 1.5, 1.9, 2.5, 4.0])[:, None]
    h = 1e-6
    np.testing.assert_allclose((problem.loss(x + h) - problem.loss(x - h)) / (2 * h), problem.grad(x)[:, 0], rtol=1e-8)
    for seam in (1.0, 2.0):
        below, above = problem.loss(np.array([[seam - 1e-12], [seam]]))
        assert below == pytest.approx(above, abs=1e-9)
    curvature = np.diff(problem.grad(np.linspace(-4, 4, 801)[:, None])[:, 0]) / 0.01
    assert set(curvature.round(6)) == {1.0, 25.0}


def test_01_ringing_and_the_peak():
    """With beta 0.9 what rings keeps 0.949 a step; at the best point the distance peaks at root kappa / 2.718."""
    rings = al.run(al.Momentum(lr=0.1, beta=0.9), al.bowl(1), start=[1.0, 1.0], steps=60).theta[:, 0]
    _, product = np.linalg.lstsq(np.stack([rings[1:-1], rings[:-2]], axis=1), rings[2:], rcond=None)[0]
    assert np.sqrt(-product) == pytest.approx(0.949, abs=0.0005)  # the length of both complex factors of a step
    for root in (100, 1000):
        rule = al.Momentum(lr=4 / (1 + root) ** 2, beta=((root - 1) / (root + 1)) ** 2)
        steep = np.abs(al.run(rule, al.quadratic([1, root**2]), start=[0, 1], steps=2 * root).theta[:, 1])
        assert steep.max() == pytest.approx(root / 2.718, rel=0.02)


def test_01_an_average_on_a_ramp():
    """A constant gradient of 1: the average (1.3) takes steps of 0.1, 0.19, 0.271."""
    ramp = al.ramp()
    walk = al.run(al.Momentum(lr=1.0, beta=0.9, dampening=0.9), ramp, steps=3).theta[:, 0]
    assert -np.diff(walk) == pytest.approx([0.1, 0.19, 0.271])
