"""Exponential averages: the weights they give, the cold start and its correction."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import adamlib as al
from adamlib.averages import power

BETAS = st.floats(0.0, 1.0, exclude_max=True, allow_subnormal=False)
bounded = settings(max_examples=50)


def test_ema_moves_by_one_minus_beta():
    assert al.ema(1.0, 3.0, beta=0.75) == 1.5
    assert al.ema(1.0, 3.0, beta=0.0) == 3.0
    assert al.ema(np.array([0.0, 4.0]), np.array([4.0, 4.0]), beta=np.array([0.5, 0.25])).tolist() == [2.0, 4.0]


@bounded
@given(BETAS, st.integers(1, 300))
def test_weights_sum_to_one_minus_beta_to_the_t(beta, t):
    w = al.weights(beta, t)
    assert w.shape == (t,)
    assert (w >= 0).all()
    assert (np.diff(w) >= 0).all()
    assert_allclose(w.sum(), 1 - beta**t, rtol=1e-12)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.999])
def test_ema_is_the_weighted_sum(beta):
    values = np.random.default_rng(0).normal(size=50)
    m = 0.0
    for t, value in enumerate(values, 1):
        m = al.ema(m, value, beta)
        assert_allclose(m, al.weights(beta, t) @ values[:t], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9, 0.999, 0.99999])
def test_debias_of_a_constant_is_the_constant(beta):
    m = 0.0
    for t in range(1, 60):
        m = al.ema(m, 5.0, beta)
        assert_allclose(al.debias(m, beta, t), 5.0, rtol=1e-10)


def test_expected_v_is_the_second_moment_times_one_minus_beta_to_the_t():
    """Kingma & Ba, equation (4): 4000 runs at once, gradients N(0.3, 1), second moment 1.09."""
    g2 = np.random.default_rng(0).normal(0.3, 1.0, (300, 4000)) ** 2
    v, beta2 = np.zeros(4000), 0.99
    for t, square in enumerate(g2, 1):
        v = al.ema(v, square, beta2)
        if t in (1, 10, 100, 300):
            wanted = 1.09 * (1 - beta2**t)
            assert abs(v.mean() - wanted) < 4 * v.std() / np.sqrt(v.size)
            assert abs(al.debias(v, beta2, t).mean() - 1.09) < 4 * al.debias(v, beta2, t).std() / np.sqrt(v.size)


@bounded
@given(BETAS, st.integers(0, 10**6))
def test_power_is_the_power(beta, t):
    assert_allclose(power(beta, t), beta**t, rtol=1e-13 + t * 1e-16, atol=1e-300)


@bounded
@given(st.lists(BETAS, min_size=1, max_size=20), st.integers(0, 5000))
def test_power_has_the_same_bits_for_an_array_as_for_a_number(betas, t):
    assert power(np.array(betas), t).tolist() == [power(beta, t) for beta in betas]


def test_power_of_nothing_is_one():
    assert power(0.0, 0) == power(0.9, 0) == 1.0
    assert power(0.0, 3) == 0.0
