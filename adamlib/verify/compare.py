"""Walks beside each other: the states a rule should have, and where a walk departs from them."""

from collections.abc import Iterator

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START, Departure, Measure, Precision, gradients
from adamlib.verify.walkers import Walk


def states(rule: Optimizer, sign: int = 1, dtype: str = "float64") -> Iterator[dict]:
    """The states of a rule along the probe, or along its gradients turned round: theta, and m and v where the rule has them."""
    state = rule.init(START.astype(dtype))
    for g in gradients():
        with np.errstate(all="ignore"):
            state = rule.rule(state, sign * g.astype(dtype))
        yield {"theta": state.theta, **{name: x for name, x in (("m", state.m), ("v", state.v)) if np.any(x)}}


def departure(walk: Walk, expected: Iterator[dict], precision: Precision, memory: bool = False) -> Departure | None:
    """Where a walk first departs from expected states: in theta, or with `memory` in m or v before that."""
    measure = Measure(precision)
    for got, want in zip(walk.states, expected):
        found = measure.depart(got if memory else {"theta": got["theta"]}, want)
        if found:
            return found
    return None


def follows(walk: Walk, rule: Optimizer, precision: Precision) -> bool:
    """Whether a walk is that of a rule, as far as theta tells."""
    return departure(walk, states(rule), precision) is None


def scaled(walk: Walk, rule: Optimizer) -> Walk:
    """The walk with its m and v in the units of the rule, by their first values: some keep sums without 1 - beta."""
    units = {}
    for name, want in next(states(rule)).items():
        got = walk.states[0].get(name)
        if name != "theta" and got is not None and np.all(np.isfinite(got)) and np.any(got):
            units[name] = np.abs(want).sum() / np.abs(got).sum()
    return Walk([{name: x * units[name] if name in units else x for name, x in state.items()} for state in walk.states])


def stands_still(rule: Optimizer, precision: Precision) -> bool:
    """Whether the walk of a rule cannot be told from standing still: its steps are lost in the rounding of theta."""
    still = Walk([{"theta": START}] * len(gradients()))
    return follows(still, rule, precision)


def strays(rule: Optimizer, dtype: str, precision: Precision) -> bool:
    """Whether a rule goes elsewhere in this dtype: without eps it does, where v is so small that it loses its digits."""
    return dtype in ("float32", "float16") and not follows(Walk(list(states(rule, dtype=dtype))), rule, precision)
