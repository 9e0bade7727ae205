"""A beta that changes is read from the steps, where the correction takes that of the rule; a constant one does not change."""

import numpy as np
import pytest

import adamlib as al
from helpers.steps import as_function


def with_betas(lr, beta1_of, beta2_of):
    """Adam whose averages take betas that are functions of t; the correction takes 0.9 and 0.999."""

    def step(theta, grad, state):
        m, v, t = state or (0 * theta, 0 * theta, 0)
        t += 1
        m = beta1_of(t) * m + (1 - beta1_of(t)) * grad
        v = beta2_of(t) * v + (1 - beta2_of(t)) * grad**2
        return theta - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), (m, v, t)

    return step


@pytest.mark.parametrize("seed", range(2))
def test_a_beta_that_changes_is_read(seed):
    draw = np.random.default_rng(seed)
    lr, speed, share = 10 ** draw.uniform(-3, -2), draw.uniform(0.5, 0.99), draw.uniform(0.1, 0.5)

    def grows(t):
        return 0.9 * (1 - speed**t)

    def as_in_adafactor(t):
        return 1 - share * (t + 1) ** -0.8

    for name, beta_of, step in (
        ("beta1", grows, with_betas(lr, grows, lambda t: 0.999)),
        ("beta2", as_in_adafactor, with_betas(lr, lambda t: 0.9, as_in_adafactor)),
    ):
        sentence = al.verify(step, like=al.Adam(lr=lr)).sentence
        assert f"{name} is not constant in the average" in sentence
        assert f"{beta_of(1):.4g} at step 1, {beta_of(2):.4g} at step 2, {beta_of(400):.4g} at step 400" in sentence


@pytest.mark.parametrize("other", [al.Adam(beta1=0.87), al.Adam(beta2=0.9931), al.AMSGrad(), al.NAdam()], ids=str)
def test_a_constant_beta_is_not_said_to_change(other):
    assert "is not constant" not in al.verify(as_function(other), like=al.Adam()).sentence
