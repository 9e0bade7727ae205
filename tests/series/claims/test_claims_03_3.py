"""What is right on average, and what one first gradient makes of it."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import adamlib as al


def exact_average(values, beta):
    """The average of the values from zero, step by step in exact fractions."""
    m = Fraction(0)
    for value in values:
        m = beta * m + (1 - beta) * Fraction(value)
    return m


def test_03_3_the_average_over_every_sequence_of_gradients():
    """Weighted by its probability, v is E[g^2] (1 - beta2^t): exactly, for gradients that are neither centred nor even."""
    beta2 = Fraction(999, 1000)
    chances = {2: Fraction(1, 6), -1: Fraction(1, 2), 0: Fraction(1, 3)}
    second = sum(p * g * g for g, p in chances.items())
    for t in range(1, 6):
        total = Fraction(0)
        for sequence in product(chances, repeat=t):
            total += np.prod([chances[g] for g in sequence]) * exact_average([g * g for g in sequence], beta2)
        assert total == second * (1 - beta2**t)


def test_03_3_an_average_that_starts_at_zero_is_too_small():
    """Simulated: 20,000 averages of squares of a lopsided gradient, at three ages, against the share 1 - beta2^t."""
    g = np.random.default_rng(3).exponential(2.0, (60, 20_000))  # E[g^2] = 8
    state = (rule := al.Adam(beta2=0.95)).init(np.zeros(20_000))
    for t, each in enumerate(g, 1):
        state = rule.step(state, each)
        if t in (1, 20, 60):
            error = state.v.std() / np.sqrt(20_000)
            assert abs(state.v.mean() - 8 * (1 - 0.95**t)) < 4 * error
            assert abs(state.v_hat.mean() - 8) < 4 * error / (1 - 0.95**t)


def test_03_3_noise_alone_makes_full_first_steps():
    """Of pure noise the first corrected step has length lr; late ones sqrt((1 - beta1) / (1 + beta1)) of it."""
    rule = al.Adam(lr=1.0, eps=0.0)
    state = rule.init(np.zeros(3000))
    for g in np.random.default_rng(8).standard_normal((300, 3000)):
        before, state = state.theta, rule.step(state, g)
        size = np.sqrt(np.mean((state.theta - before) ** 2))
        if state.t == 1:
            assert size == pytest.approx(1, rel=1e-12)
    assert size == pytest.approx(np.sqrt(0.1 / 1.9), rel=0.05)
