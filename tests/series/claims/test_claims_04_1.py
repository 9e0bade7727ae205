"""What room 04.1 holds: how long one step can be."""

from itertools import product

import numpy as np
import pytest

import adamlib as al
from adamlib import explore
from adamlib.theory import longest_step


def fed(rule, gradients):
    """The states along given gradients of one coordinate."""
    states = [rule.init([0.0])]
    for g in gradients:
        states.append(rule.step(states[-1], [float(g)]))
    return states[1:]


def longest(beta1, beta2, t):
    """The supremum over all gradients of the t-th step, from a linear problem: max a.g with g'Bg = 1."""
    age = np.arange(t)
    a = (1 - beta1) * beta1**age / (1 - beta1**t)
    b = (1 - beta2) * beta2**age / (1 - beta2**t)
    return np.sqrt((a[b > 0] ** 2 / b[b > 0]).sum())


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.9, 0.99), (0.5, 0.5), (0.9, 0.82), (0.0, 0.9), (0.99, 0.999)])
def test_04_1_bound(beta1, beta2):
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


def test_04_1_no_bound():
    """From beta1^2 = beta2 on the supremum grows with t without end."""
    for beta1, beta2 in ((0.9, 0.81), (0.95, 0.9), (0.9, 0.5)):
        assert longest_step(beta1, beta2) == np.inf
        assert longest(beta1, beta2, 600) > 1.4 * longest(beta1, beta2, 300)


def test_04_1_bound_of_equal_betas():
    """The bound is lr on the diagonal, and above it everywhere else: a grid."""
    for beta1, beta2 in product(np.arange(0, 100) / 100, np.arange(1, 100) / 100):
        bound = longest_step(beta1, beta2)
        assert bound == pytest.approx(1, rel=1e-9) if beta1 == beta2 else bound > 1


def test_04_1_the_longest_step():
    """After a silence: 3.162, 4.255, 4.968, 5.860, 6.809, 7.215 lr for 1, 2, 3, 5, 10, 20 growing gradients; 6.57 for ones."""

    def sent(growth, beta2=0.999):
        rule = al.Adam(lr=1.0, beta2=beta2, eps=0)
        states = [rule.init([0.0])._replace(t=10**7)]
        for k in range(200):
            states.append(rule.step(states[-1], [growth**k]))
        return -np.diff([state.theta[0] for state in states])

    best = sent(0.999 / 0.9)
    assert best[[0, 1, 2, 4, 9, 19]] == pytest.approx([3.162, 4.255, 4.968, 5.860, 6.809, 7.215], abs=6e-4)
    assert best.max() == pytest.approx(7.2703, abs=1e-4)
    assert sent(1.0).max() == pytest.approx(6.57, abs=0.005)
    assert sent(1.0).argmax() == 11
    for growth in (0.95, 1.05, 1.2, 1.5, 3.0):
        assert sent(growth).max() < best.max()
        assert sent(growth, beta2=0.9).max() <= 1 + 1e-12


def test_04_1_rare_gradients():
    """One firing in k, in equilibrium: the sum of beta1^j over the root of v as it fades, summed by hand."""
    for k, measured in ((10, 3.161), (100, 9.80), (1000, 25.3)):
        after = np.arange(k)
        v = 0.001 * 0.999**after / (1 - 0.999**k)
        m = 0.1 * 0.9**after / (1 - 0.9**k)
        assert (m / np.sqrt(v)).sum() == pytest.approx(measured, rel=0.003)
        rare = al.ramp(lambda t, k=k: float(t % k == 0))
        walk = al.run(al.Adam(lr=1.0), rare, steps=12_000, every=1000).theta[:, 0]
        assert (walk[-2] - walk[-1]) / (1000 / k) == pytest.approx((m / np.sqrt(v)).sum(), rel=0.01)


def test_04_1_the_explorer_says_what_is_true():
    """The bound with its attaining growth, and where there is none."""
    bound = explore.step_bound()
    assert "the longest step is 7.27 lr; no step exceeds 7.27 lr" in bound.frame_with_sentence(growth=1.11)[1]
    assert "the longest step is 1 lr; no step exceeds 1 lr" in bound.frame_with_sentence(beta2=0.9)[1]
    assert "there is no bound" in bound.frame_with_sentence(beta1=0.95, beta2=0.9)[1]
    assert "the steps grow without end" in bound.frame_with_sentence(beta1=0.95, beta2=0.8, growth=0.9)[1]
