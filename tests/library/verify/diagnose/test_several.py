"""Rate, betas, eps and decay that are all others than asked for are named, each with its number."""

import numpy as np
import pytest

import adamlib as al
from adamlib.verify.decay import with_decay
from helpers.steps import as_function

KINDS = (al.Adam, al.NAdam, al.RMSProp)


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_several_numbers_at_once(seed):
    draw = np.random.default_rng(seed)
    kind = KINDS[seed]
    settings = {"lr": 10 ** draw.uniform(-4, -1), "beta2": draw.uniform(0.9, 0.995), "eps": 10 ** draw.uniform(-7, -4)}
    settings |= {"beta1": draw.uniform(0.4, 0.95)} if hasattr(kind, "beta1") else {}
    rule = with_decay(kind(**{name: float(f"{x:.2g}") for name, x in settings.items()}), (0.0, 0.03)[seed % 2])
    says = al.verify(as_function(rule), like=kind()).sentence.partition("it follows ")[2]
    for name in (*settings, *(["weight_decay"] if seed % 2 else [])):
        assert f"{name}={getattr(rule, name):.6g}" in says


def test_no_numbers_are_claimed_for_a_bent_rule():
    rule = al.Adam(lr=0.004, beta1=0.7, beta2=0.96)

    def step(theta, grad, state):
        state = rule.step(state or rule.init(theta), np.sign(grad) * np.abs(grad) ** 0.8)
        return state.theta, state

    assert al.verify(step).cause is None
