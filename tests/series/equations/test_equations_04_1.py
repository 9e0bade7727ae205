"""Every numbered equation of room 04.1, each held against another derivation: test_4_1_2 is equation (4.1.2)."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import adamlib as al
from adamlib.theory import longest_step
from helpers.along import states_of_one


def test_4_1_1():
    """After a million steps of silence the averages, and the corrected ones, are these sums, in exact fractions."""
    gradients, b1, b2 = [Fraction(n, 4) for n in (3, -1, 7, 2, -5)], Fraction(3, 4), Fraction(15, 16)
    rule = al.Adam(beta1=0.75, beta2=0.9375)
    state = rule.init([0.0])._replace(t=10**6)
    for g in gradients:
        state = rule.step(state, [float(g)])
    back = gradients[::-1]
    m = (1 - b1) * sum(b1**k * g for k, g in enumerate(back))
    v = (1 - b2) * sum(b2**k * g**2 for k, g in enumerate(back))
    assert [state.m[0], state.m_hat[0]] == pytest.approx([float(m)] * 2, rel=1e-14)
    assert [state.v[0], state.v_hat[0]] == pytest.approx([float(v)] * 2, rel=1e-14)


def longest(beta1, beta2, t):
    """The supremum over all gradients of the t-th step, from a linear problem: max a.g with g'Bg = 1."""
    age = np.arange(t)
    a = (1 - beta1) * beta1**age / (1 - beta1**t)
    b = (1 - beta2) * beta2**age / (1 - beta2**t)
    return np.sqrt((a[b > 0] ** 2 / b[b > 0]).sum())


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.9, 0.99), (0.5, 0.5), (0.9, 0.82), (0.0, 0.9), (0.99, 0.999)])
def test_4_1_2(beta1, beta2):
    """The best gradients for each t give steps that rise to the bound and stay below it; random ones stay below."""
    bound = (1 - beta1) / np.sqrt((1 - beta2) * (1 - beta1**2 / beta2))
    assert longest_step(beta1, beta2) == pytest.approx(bound, rel=1e-14)
    reached = [longest(beta1, beta2, t) for t in (1, 2, 5, 20, 100, 1000, 5000)]
    assert (np.diff(reached) >= -1e-12).all()
    assert reached[-1] == pytest.approx(bound, rel=1e-2)
    assert max(reached) <= bound * (1 + 1e-12)
    best = (beta1 / beta2) ** np.arange(60)[::-1] if beta1 else np.eye(60)[-1]
    state = states_of_one(al.Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0), best * 1e9)[-1]
    assert abs(state.m_hat[0]) / np.sqrt(state.v_hat[0]) == pytest.approx(longest(beta1, beta2, 60), rel=1e-9)
    wild = np.random.default_rng(0).standard_cauchy((200, 500))
    state = al.Adam(beta1=beta1, beta2=beta2).init(np.zeros(500))
    for g in wild:
        state = al.Adam(beta1=beta1, beta2=beta2).step(state, g)
        assert (np.abs(state.m_hat) <= bound * np.sqrt(state.v_hat) * (1 + 1e-12)).all()


def test_4_1_2_no_bound():
    """From beta1^2 = beta2 on the supremum grows with t without end."""
    for beta1, beta2 in ((0.9, 0.81), (0.95, 0.9), (0.9, 0.5)):
        assert longest_step(beta1, beta2) == np.inf
        assert longest(beta1, beta2, 600) > 1.4 * longest(beta1, beta2, 300)


def test_4_1_2_equal_betas_only():
    """The bound is lr on the diagonal, and above it everywhere else: a grid."""
    for beta1, beta2 in product(np.arange(0, 100) / 100, np.arange(1, 100) / 100):
        bound = longest_step(beta1, beta2)
        assert bound == pytest.approx(1, rel=1e-9) if beta1 == beta2 else bound > 1


def test_4_1_3():
    """In exact fractions, with beta2 and q squares: at most 1 at every t, and 1 only where beta2 = q."""
    for a, b in product([Fraction(k, 10) for k in range(1, 10)], repeat=2):
        beta2, q, beta1 = a**2, b**2, a * b
        for t in (1, 2, 7, 30):
            squared = (1 - beta2**t) * (1 - q**t) / (1 - beta1**t) ** 2
            assert squared <= 1
            assert (squared == 1) is (beta1 == beta2)
