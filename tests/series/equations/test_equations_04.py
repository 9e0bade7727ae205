"""Every numbered equation of notebook 04, each held against another derivation: test_4_5 is equation (4.5)."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import adamlib as al
from adamlib.theory import longest_step

GRADIENTS = [Fraction(n, 4) for n in (3, -1, 7, 2, -5, 0, 1)]


def ramp(g, eps, steps, **settings):
    """The walk of Adam under one constant gradient."""
    slope = al.ramp(g)
    return al.run(al.Adam(lr=1.0, eps=eps, **settings), slope, steps=steps)


def fed(rule, gradients):
    """The states along given gradients of one coordinate."""
    states = [rule.init([0.0])]
    for g in gradients:
        states.append(rule.step(states[-1], [float(g)]))
    return states[1:]


def weighted(beta, values):
    """(1 - beta) sum of beta^(t-i) value_i, in exact fractions."""
    return (1 - beta) * sum(beta ** (len(values) - 1 - i) * value for i, value in enumerate(values))


def test_4_1():
    """The two averages unrolled: weighted sums of all gradients and of their squares, in exact fractions."""
    b1, b2 = Fraction(3, 4), Fraction(15, 16)
    for t, state in enumerate(fed(al.Adam(beta1=0.75, beta2=0.9375), GRADIENTS), start=1):
        seen = GRADIENTS[:t]
        assert state.m[0] == pytest.approx(float(weighted(b1, seen)), rel=1e-14, abs=1e-15)
        assert state.v[0] == pytest.approx(float(weighted(b2, [g * g for g in seen])), rel=1e-14)


def test_4_2():
    """Corrected, they are true averages: their weights sum to 1, so a constant is left as it is."""
    b1, b2 = Fraction(3, 4), Fraction(15, 16)
    for t, state in enumerate(fed(al.Adam(beta1=0.75, beta2=0.9375), GRADIENTS), start=1):
        for beta, power, hat in ((b1, 1, state.m_hat), (b2, 2, state.v_hat)):
            shares = [beta ** (t - 1 - i) for i in range(t)]
            mean = sum(w * g**power for w, g in zip(shares, GRADIENTS)) / sum(shares)
            assert hat[0] == pytest.approx(float(mean), rel=1e-13, abs=1e-15)


def test_4_3():
    """Three steps with rational roots, by hand: beta1 = beta2 = 0 divides each gradient by its own size plus eps."""
    walk = fed(al.Adam(lr=0.5, beta1=0, beta2=0, eps=0.25), [1.0, -3.0, 0.0])
    expected = np.cumsum([-0.5 * 1 / 1.25, 0.5 * 3 / 3.25, 0.0])
    np.testing.assert_allclose([state.theta[0] for state in walk], expected, rtol=1e-15)
    state = fed(al.Adam(lr=2.0, beta1=0.5, beta2=0.5, eps=0.5), [1.0, 0.0])[-1]  # m_hat = 1/3, v_hat = 1/3
    assert state.theta[0] == pytest.approx(-2 / 1.5 - 2 / 3 / (1 / np.sqrt(3) + 0.5), rel=1e-14)


@pytest.mark.parametrize("eta", [0.5, 1.0, 4.0])
def test_4_4(eta):
    """Noise of two values, +eta or -eta, from one generator: the mean of 2,000,000 moves."""
    flips = np.random.default_rng(4).choice([-eta, eta], (3000, 1000)) + 1
    rule, state, moved = al.Adam(lr=1.0, beta2=0.9999), al.Adam().init(np.zeros(1000)), 0.0
    for t, g in enumerate(flips):
        new = rule.step(state, g)
        moved += (state.theta - new.theta).mean() if t >= 1000 else 0.0
        state = new
    assert moved / 2000 == pytest.approx(1 / np.sqrt(1 + eta**2), rel=0.01)


def longest(beta1, beta2, t):
    """The supremum over all gradients of the t-th step, from a linear problem: max a.g with g'Bg = 1."""
    age = np.arange(t)
    a = (1 - beta1) * beta1**age / (1 - beta1**t)
    b = (1 - beta2) * beta2**age / (1 - beta2**t)
    return np.sqrt((a[b > 0] ** 2 / b[b > 0]).sum())


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.9, 0.99), (0.5, 0.5), (0.9, 0.82), (0.0, 0.9), (0.99, 0.999)])
def test_4_5(beta1, beta2):
    """The best gradients for each t give steps that rise to the bound and stay below it; random ones stay below."""
    bound = (1 - beta1) / np.sqrt((1 - beta2) * (1 - beta1**2 / beta2))
    assert longest_step(beta1, beta2) == pytest.approx(bound, rel=1e-14)
    reached = [longest(beta1, beta2, t) for t in (1, 2, 5, 20, 100, 1000, 5000)]
    assert (np.diff(reached) >= -1e-12).all()
    assert reached[-1] == pytest.approx(bound, rel=1e-2)
    assert max(reached) <= bound * (1 + 1e-12)
    best = (beta1 / beta2) ** np.arange(60)[::-1] if beta1 else np.eye(60)[-1]
    state = fed(al.Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0), best * 1e9)[-1]
    assert abs(state.m_hat[0]) / np.sqrt(state.v_hat[0]) == pytest.approx(longest(beta1, beta2, 60), rel=1e-9)
    wild = np.random.default_rng(0).standard_cauchy((200, 500))
    state = al.Adam(beta1=beta1, beta2=beta2).init(np.zeros(500))
    for g in wild:
        state = al.Adam(beta1=beta1, beta2=beta2).step(state, g)
        assert (np.abs(state.m_hat) <= bound * np.sqrt(state.v_hat) * (1 + 1e-12)).all()


def test_4_5_no_bound():
    """From beta1^2 = beta2 on the supremum grows with t without end."""
    for beta1, beta2 in ((0.9, 0.81), (0.95, 0.9), (0.9, 0.5)):
        assert longest_step(beta1, beta2) == np.inf
        assert longest(beta1, beta2, 600) > 1.4 * longest(beta1, beta2, 300)


def test_4_5_equal_betas_only():
    """The bound is lr on the diagonal, and above it everywhere else: a grid."""
    for beta1, beta2 in product(np.arange(0, 100) / 100, np.arange(1, 100) / 100):
        bound = longest_step(beta1, beta2)
        assert bound == pytest.approx(1, rel=1e-9) if beta1 == beta2 else bound > 1


@pytest.mark.parametrize("eps", [1e-8, 1e-3, 1.0, 100.0])
def test_4_6(eps):
    """In exact fractions, at every step: lr |g| / (|g| + eps), whatever the betas."""
    for g in (1e-8, 0.25, 3.0):
        share = float(Fraction(g) / (Fraction(g) + Fraction(eps)))
        for betas in ({}, {"beta1": 0.5, "beta2": 0.5}):
            np.testing.assert_allclose(-np.diff(ramp(-g, eps, 30, **betas).theta[:, 0]), -share, rtol=1e-12)


def test_4_7():
    """Kingma and Ba's faster order of computation, run from scratch, against Adam with an eps that changes with t."""
    b1, b2, hat, theta, m, v = 0.9, 0.999, 0.01, 0.0, 0.0, 0.0
    state = al.Adam().init([0.0])
    for t, g in enumerate(map(float, GRADIENTS), start=1):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
        theta -= 0.1 * np.sqrt(1 - b2**t) / (1 - b1**t) * m / (np.sqrt(v) + hat)
        state = al.Adam(lr=0.1, eps=hat / np.sqrt(1 - b2**t)).step(state, [g])
        assert state.theta[0] == pytest.approx(theta, rel=1e-12)


@pytest.mark.parametrize(("batch", "lr"), [(1, 0.005), (16, 0.005), (4, 0.02)])
def test_4_8(batch, lr):
    """The exact variance of momentum at the rate lr / root of v, v itself the noise plus that variance."""
    noise, a = 1 / batch, 0.0
    variance = 0.0
    for _ in range(200):
        a = lr * 0.1 / np.sqrt(noise + variance)
        variance = a * 1.9 * noise / (0.1 * (2 * 1.9 - a))
    assert variance == pytest.approx(lr / 2 / np.sqrt(batch), rel=0.06)
    fog = al.noisy(al.quadratic(np.ones(2000)), sigma=np.sqrt(noise), seed=8)
    walk = al.run(al.Adam(lr=lr), fog, np.zeros(2000), steps=1600, every=20).theta[30:]
    assert walk.var() == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_4_9(beta1):
    """With P frozen, the matrix of one step on (theta, m) has its eigenvalues inside the circle just below the limit only."""
    rng = np.random.default_rng(9)
    factor, p = rng.standard_normal((6, 6)), rng.uniform(0.1, 10, 6)
    hessian = factor @ factor.T
    sharpest = np.linalg.eigvalsh(hessian / np.sqrt(np.outer(p, p)))[-1]
    for share, stable in ((0.3, True), (0.999, True), (1.001, False)):
        lr = share * (2 + 2 * beta1) / (1 - beta1) / sharpest
        into_m = np.hstack([(1 - beta1) * hessian, beta1 * np.eye(6)])
        into_theta = np.hstack([np.eye(6), np.zeros((6, 6))]) - lr * into_m / p[:, None]
        radius = np.abs(np.linalg.eigvals(np.vstack([into_theta, into_m]))).max()
        assert (radius < 1) == stable
