"""Every numbered equation of lesson 03 and its rooms, each held against another derivation: test_3_1_4 is equation (3.1.4)."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import adamlib as al

BETA1 = Fraction(9, 10)


def exact_average(values, beta):
    """The average of the values from zero, step by step in exact fractions."""
    m, beta = Fraction(0), Fraction(beta)
    for value in values:
        m = beta * m + (1 - beta) * Fraction(value)
    return m


def test_3_1():
    """The average is the weighted sum, and the weights sum to 1 - beta^t: exactly, in fractions."""
    values = [3, -1, 4, 1, -5, 9]
    for beta in (Fraction(0), Fraction(1, 2), BETA1):
        for t in range(1, 7):
            weights = [(1 - beta) * beta ** (t - i) for i in range(1, t + 1)]
            assert exact_average(values[:t], beta) == sum(w * g for w, g in zip(weights, values))
            assert sum(weights) == 1 - beta**t
            np.testing.assert_allclose(al.weights(float(beta), t), np.array(weights, dtype=float), rtol=1e-12)


def test_3_2():
    """On equal gradients both corrected averages are exact at every t, and the first step is lr for any gradient."""
    for t in range(1, 30):
        assert exact_average([7] * t, BETA1) / (1 - BETA1**t) == 7
        assert exact_average([49] * t, BETA1) / (1 - BETA1**t) == 49
    rule = al.Adam(lr=0.25, eps=0.0)
    for g in (1e-30, -3.0, 1e30):
        np.testing.assert_allclose(rule.step(rule.init([0.0]), [g]).theta, [-0.25 * np.sign(g)], rtol=1e-12)
    walk = al.run(al.Adam(lr=0.25, eps=0.125), al.himmelblau(), steps=9)
    m, v = (exact_average(column.tolist(), beta) for column, beta in ((walk.grad[1:, 0], 0.9), (walk.grad[1:, 0] ** 2, 0.999)))
    m_hat, v_hat = float(m / (1 - Fraction(0.9) ** 9)), float(v / (1 - Fraction(0.999) ** 9))
    taken = walk.theta[8, 0] - walk.theta[9, 0]
    assert taken == pytest.approx(0.25 * m_hat / (np.sqrt(v_hat) + 0.125), rel=1e-9)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.0, 0.99), (0.99, 0.9)])
def test_3_3(beta1, beta2):
    """The factor between the two rules is the same for gradients of any kind, and squared it is a rational number."""
    g = np.random.default_rng(0).standard_cauchy((60, 5))
    rule = al.Adam(beta1=beta1, beta2=beta2, eps=0.0)
    state = rule.init(np.zeros(5))
    for t, each in enumerate(g, 1):
        state = rule.step(state, each)
        seen = (state.m / np.sqrt(state.v)) / (state.m_hat / np.sqrt(state.v_hat))
        squared = (1 - Fraction(beta1) ** t) ** 2 / (1 - Fraction(beta2) ** t)
        np.testing.assert_allclose(seen**2, float(squared), rtol=1e-9)


def running_steps(beta1, beta2, steps):
    """m / sqrt(v) on gradients of 1, from the running averages themselves."""
    m = v = 0.0
    out = []
    for _ in range(steps):
        m, v = beta1 * m + (1 - beta1), beta2 * v + (1 - beta2)
        out.append(m / np.sqrt(v))
    return np.array(out)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.9, 0.99999), (0.99, 0.99999), (0.95, 0.9999)])
def test_3_1_1(beta1, beta2):
    """Where the longest of the running steps is, and how long: within two per cent, or the rounding to a whole step."""
    steps = running_steps(beta1, beta2, 1000)
    at = 1.256 / np.log(1 / beta1)
    assert abs(steps.argmax() + 1 - at) < 0.5 + 0.05 * at
    assert steps.max() == pytest.approx(0.638 * np.sqrt(np.log(1 / beta1) / (1 - beta2)), rel=0.02)
    x = 1.256
    assert np.exp(x) == pytest.approx(1 + 2 * x, abs=1e-3)  # the slope of (1 - e^-x) / sqrt(x) is zero
    assert (1 - np.exp(-x)) / np.sqrt(x) == pytest.approx(0.638, abs=5e-4)


@pytest.mark.parametrize(("c", "beta2"), [(1.05, 0.999), (1.5, 0.999), (1.05, 0.9999), (2.0, 0.99)])
def test_3_1_2(c, beta2):
    """The last running step above c is the whole number below the formula."""
    steps = running_steps(0.5, beta2, 30_000)
    last = int(np.flatnonzero(steps > c)[-1]) + 1
    assert last == int(np.log(1 - 1 / c**2) / np.log(beta2))


def test_3_1_3():
    """Exactly, in fractions: when the first step is 1, and whether any of 60 steps exceeds 1, on a grid of pairs."""
    betas = [Fraction(k, 20) for k in range(20)] + [Fraction(99, 100), Fraction(199, 200)]
    for beta1 in betas:
        right = 1 - (1 - beta1) ** 2
        first = [
            exact_average([1], beta1) ** 2 / exact_average([1], beta2) for beta2 in (right * 99 / 100, right, (right + 1) / 2)
        ]
        assert [(c > 1) - (c < 1) for c in first] == ([-1, 0, 1] if beta1 > 0 else [0, 0, 1])
    for beta1, beta2 in product(betas[::3], betas[::2]):
        over = any((1 - p1) ** 2 > 1 - p2 for p1, p2 in zip(powers(beta1), powers(beta2)))
        assert over == (beta2 > beta1), (beta1, beta2)


def powers(beta, steps=60):
    return [beta**t for t in range(1, steps + 1)]


def test_3_1_4():
    """The folded step with a shrinking eps-hat is the library's step, along a whole walk; with a constant one it is not."""
    lr, beta1, beta2, eps = 0.02, 0.8, 0.95, 0.3
    problem = al.beale()
    wanted = al.run(al.Adam(lr=lr, beta1=beta1, beta2=beta2, eps=eps), problem, steps=60).theta

    def walk(eps_hat):
        theta, m, v = problem.start, np.zeros(2), np.zeros(2)
        for t in range(1, 61):
            g = problem.grad(theta)
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
            theta = theta - lr * np.sqrt(1 - beta2**t) / (1 - beta1**t) * m / (np.sqrt(v) + eps_hat(t))
        return theta

    np.testing.assert_allclose(walk(lambda t: eps * np.sqrt(1 - beta2**t)), wanted[-1], rtol=1e-9)
    assert np.abs(walk(lambda t: eps) - wanted[-1]).max() > 1e-3


def test_3_3_1():
    """The expectation over every sequence, weighted by its probability, of the average of squares: exactly."""
    beta2 = Fraction(999, 1000)
    chances = {2: Fraction(1, 6), -1: Fraction(1, 2), 0: Fraction(1, 3)}  # not centred, not even
    second = sum(p * g * g for g, p in chances.items())
    for t in range(1, 6):
        total = Fraction(0)
        for sequence in product(chances, repeat=t):
            total += np.prod([chances[g] for g in sequence]) * exact_average([g * g for g in sequence], beta2)
        assert total == second * (1 - beta2**t)


@pytest.mark.parametrize("beta1", [Fraction(0), Fraction(1, 2), BETA1])
def test_3_3_2(beta1):
    """The mean square of the corrected average over every sequence of signs, as of any noise of variance 1: exactly."""
    for t in range(1, 9):
        squares = [(exact_average(signs, beta1) / (1 - beta1**t)) ** 2 for signs in product((-1, 1), repeat=t)]
        assert sum(squares) / len(squares) == (1 - beta1) / (1 + beta1) * (1 + beta1**t) / (1 - beta1**t)
