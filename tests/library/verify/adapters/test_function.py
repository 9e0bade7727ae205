"""Step functions: in our form, and in that of the museum."""

import numpy as np

import adamlib as al
from helpers.steps import SETTINGS_OF_STEPS


def adam(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Adam in the form of the museum's exhibits."""
    m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def test_a_step_in_the_form_of_the_museum_has_the_settings_of_the_rule_and_no_matrices():
    rule = al.Adam(**SETTINGS_OF_STEPS[1])
    verdict = al.verify(adam, like=rule)
    assert (verdict.follows, verdict.rule) == ("Adam", rule)
    assert verdict.remarks == ("only a vector was walked: with a matrix it is not walked in the form of the museum",)


def test_a_fault_beside_a_memory_in_float32_is_named_for_matrices_too():
    def step(theta, grad, state):
        m, v = state or (np.float32(0), np.float32(0))
        m, v = (0.9 * m + 0.1 * grad).astype(np.float32), (0.999 * v + 0.001 * grad**2).astype(np.float32)
        return theta - 0.001 * (m / 0.1) / (np.sqrt(v / 0.001) + 1e-8), (m, v)

    verdict = al.verify(step)
    assert verdict.fault == "frozen t"
    assert verdict.cause.says.endswith("it agrees to single precision only")
