"""Why a walk departs: an exhibit of the museum, or a simple relation to the rule it should be."""

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from adamlib.averages import debias
from adamlib.museum import EXHIBITS, Exhibit, walk_exhibit
from adamlib.museum.trial import extra
from adamlib.optimizers import Adam, AdamW, Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.compare import Comparison, states
from adamlib.verify.conventions import readings
from adamlib.verify.rules import relatives
from adamlib.verify.wording import clause, with_settings

BETAS = {
    "beta": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta1": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta2": (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999),
}
EPS = (0.0, 1e-16, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1.0)
LONG = 100  # steps that are no coincidence


class Cause(NamedTuple):
    """What is wrong, as a clause, and the exhibit that it is like, if any."""

    says: str
    fault: str | None = None


def cause(comparison: Comparison) -> Cause | None:
    """What is wrong with a walk that follows neither the rule nor a convention; None if nothing we know explains it."""
    first = comparison.walk.states[0]["theta"]
    if first is not None and not np.isfinite(first).any():
        return Cause("no coordinate is finite, like the exhibit 't from zero', which divides by 1 - beta^0", "t from zero")
    rates = possible_rates(comparison)
    explained = next(filter(None, (cause_at_rate(comparison, lr) for lr in rates)), None)
    if explained:
        return explained
    if comparison.departure(states(comparison.like, sign=-1)) is None:
        return Cause("the gradient has the other sign: it walks uphill")
    for lr in rates[:2]:
        for rule in other_rules(replace(comparison.like, lr=lr)):
            if comparison.follows(rule):
                return Cause(f"it follows {with_settings(rule)}")
    return cause_for_a_while(comparison)


def cause_for_a_while(comparison: Comparison) -> Cause | None:
    """The exhibit that a walk follows for long, where it is the rule for a moment: some mistakes multiply rounding errors."""
    wrong = comparison.departure()
    lengths = {}
    for exhibit in EXHIBITS.values():
        expected = states_of_exhibit(exhibit, comparison.like)
        found = comparison.departure(expected) if expected is not None else wrong
        lengths[exhibit.name] = found.step - 1 if found else 0
    name, length = max(lengths.items(), key=lambda item: item[1])
    if wrong is None or length < max(LONG, LONG * wrong.step / 10):
        return None
    return Cause(f"for {length} steps like the exhibit '{name}': {clause(EXHIBITS[name].says)}", name)


def states_of_exhibit(exhibit: Exhibit, like: Optimizer, hat: bool = False) -> Iterator[dict] | None:
    """The states of an exhibit with the hyperparameters of a rule; None where it does not apply to the rule.

    Those that were meant to be Adam apply to AdamW as well: theta shrinks before the step, as in the rule.
    hat : eps is eps-hat, as where the correction is folded into lr
    """
    decays = type(like) is AdamW and exhibit.rule is Adam
    if not (type(like) is exhibit.rule or decays) or not like.bias_correction:  # type: ignore[attr-defined]
        return None
    settings: dict[str, Any] = dict(like.hyperparameters())
    if hat:
        settings["eps"] = lambda t: np.sqrt(debias(like.eps**2, settings["beta2"], t))
    return walk_exhibit(exhibit.step, extra(exhibit.step), settings, like.shrink if decays else lambda theta: theta)


def cause_at_rate(comparison: Comparison, lr: float) -> Cause | None:
    """The cause, if the rule had this learning rate."""
    like = comparison.like
    rule, other = replace(like, lr=lr), "" if lr == like.lr else f" with lr={lr:.6g}"
    for reading in readings(rule) if other else ():
        if len(reading.conventions) < 2 and comparison.follows(reading.rule):
            convention = f" with {reading.name}" if reading.conventions else ""
            return Cause(f"every step is {lr / like.lr:.6g} times as long; it follows {with_settings(rule)}{convention}")
    for hat in (False, True):
        alike = [one for one in EXHIBITS.values() if is_like(comparison, states_of_exhibit(one, rule, hat))]
        if alike:
            first, *others = alike
            or_ = "".join(f" or '{one.name}', which cannot be told apart from it here" for one in others)
            eps_hat = " and eps-hat" if hat else ""
            return Cause(f"like the exhibit '{first.name}'{or_}{other}{eps_hat}: {clause(first.says)}", first.name)
    return None


def is_like(comparison: Comparison, expected: Iterator[dict] | None) -> bool:
    return expected is not None and comparison.departure(expected) is None


def possible_rates(comparison: Comparison) -> list:
    """Learning rates that would explain the first step, that of the rule first: one for each exhibit that lengthens it."""
    like, first = comparison.like, comparison.walk.states[0]["theta"]
    rates, steepest = [like.lr], np.abs(gradients()[0]).argmax()  # there eps matters least
    if first is None:
        return rates
    for expected in filter(None, [states(like), *(states_of_exhibit(one, like) for one in EXHIBITS.values())]):
        with np.errstate(all="ignore"):
            rate = like.lr * ((first - START) / (next(expected)["theta"] - START))[steepest]
        round_, exact = float(f"{rate:.3g}"), float(f"{rate:.12g}")
        for one in (round_, exact):
            near = 0 < one < np.inf and np.isclose(one, rate, rtol=1e-5)
            if near and not any(np.isclose(one, other, rtol=1e-11) for other in rates):
                rates.append(one)
    return rates


def other_rules(like: Optimizer) -> Iterator[Optimizer]:
    """Rules of the same family, and the rule itself with the betas and the eps that are in use."""
    yield from relatives(like)
    names = {field.name for field in fields(like)}
    grids: dict[str, tuple] = {name: values for name, values in BETAS.items() if name in names}
    if "eps" in names:
        grids["eps"] = (like.eps, *EPS)
    for values in product(*grids.values()):
        yield replace(like, **dict(zip(grids, values)))
