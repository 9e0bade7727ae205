"""Another decay is told beside another rate, another beta or another eps, each with its number; nothing is claimed besides."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import START
from adamlib.verify.adapters import OWN
from adamlib.verify.changes import with_decay
from adamlib.verify.compare import Comparison
from adamlib.verify.diagnose.decay_and_more import decay_and_more, share_at_rest
from adamlib.verify.readings import readings
from adamlib.verify.walk import Walk, walk_probe
from helpers.steps import as_function

KINDS = (al.Adam, al.NAdam, al.AMSGrad)


def drawn(seed):
    """A rule with another rate, another decay and another beta2, and the rule that it should be."""
    draw = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    lr, weight_decay = float(f"{10 ** draw.uniform(-3.5, -1.5):.2g}"), float(f"{10 ** draw.uniform(-3, -1):.1g}")
    beta2 = draw.choice([0.95, 0.98, 0.995])
    return with_decay(kind(lr=lr, beta2=float(beta2)), weight_decay), kind(beta2=0.999)


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_rate_beta_and_decay_are_named_with_their_numbers(seed):
    rule, like = drawn(seed)
    says = al.verify(as_function(rule), like=like).sentence.partition("it follows ")[2]
    for name in ("lr", "beta2", "weight_decay"):
        assert f"{name}={getattr(rule, name):.6g}" in says


def test_another_rate_and_another_decay():
    """As Optax's AdamW beside PyTorch's."""
    says = al.verify(as_function(al.AdamW(lr=0.01, weight_decay=1e-4)), like=al.AdamW()).sentence
    assert says.endswith("it follows AdamW(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-08, weight_decay=0.0001).")
    none = al.verify(as_function(al.Adam(lr=0.003, beta1=0.8)), like=al.AdamW()).sentence
    assert "(lr=0.003, beta1=0.8, beta2=0.999, eps=1e-08" in none


@pytest.mark.parametrize("name", ["decay after", "decay alone"])
def test_the_convention_of_the_decay_is_told_by_the_shortest_numbers(name):
    rule = al.AdamW(lr=0.02, beta1=0.8, weight_decay=0.05)
    step = as_function(next(one.rule for one in readings(rule, 1) if one.name == name))
    assert f"lr=0.02, beta1=0.8, beta2=0.999, eps=1e-08, weight_decay=0.05) with {name}" in al.verify(step).sentence


@pytest.mark.parametrize("seed", range(1))
def test_nothing_is_claimed_where_something_else_is_wrong_too(seed):
    """A decay, and changes that no rule makes."""
    draw = np.random.default_rng(seed)
    rule, bend = al.AdamW(lr=0.01, weight_decay=0.1), draw.uniform(0.6, 0.9)

    def step(theta, grad, state):
        state = rule.step(state or rule.init(theta), np.sign(grad) * np.abs(grad) ** bend)
        return state.theta, state

    assert al.verify(step).cause is None


def test_where_no_share_is_read():
    walk = walk_probe(OWN.walker_maker(al.Adam(), None), 5)
    assert share_at_rest(Comparison(walk, al.Adam(), "float64")) is None  # too few steps
    grows = Walk([{"theta": START * 1.01**t} for t in range(1, 401)])
    assert decay_and_more(Comparison(grows, al.Adam(), "float64")) is None
    flips = Walk([{"theta": START * (-0.5) ** t} for t in range(1, 401)])
    assert share_at_rest(Comparison(flips, al.Adam(), "float64")) is None
    turns = Walk([{"theta": -START} for _ in range(400)])
    assert share_at_rest(Comparison(turns, al.Adam(), "float64")) is None


@pytest.mark.parametrize("kind", [al.Adam, al.AMSGrad, al.RMSProp])
def test_another_rate_or_beta_is_told_where_eps_is_zero(kind):
    """Where a gradient is zero m / sqrt(v) is nan in both."""
    assert "times as long; it follows " in al.verify(as_function(kind(lr=0.2, eps=0.0)), like=kind(lr=0.1, eps=0.0)).sentence
    other = al.verify(as_function(kind(beta2=0.95, eps=0.0)), like=kind(eps=0.0)).sentence
    assert "beta2=0.95, eps=0" in other
