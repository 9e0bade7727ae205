"""Why a walk departs: an exhibit of the museum, or a simple relation to the rule it should be."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from adamlib.averages import debias
from adamlib.museum import EXHIBITS, Exhibit, walk_exhibit
from adamlib.museum.trial import extra
from adamlib.optimizers import Adam, AdamW, AMSGrad, NAdam, Optimizer
from adamlib.probe import START, Precision, gradients
from adamlib.verify.compare import departure, follows, states
from adamlib.verify.conventions import readings
from adamlib.verify.telling import clause, told
from adamlib.verify.walkers import Walk

BETAS = {
    "beta": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta1": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta2": (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999),
}
EPS = (0.0, 1e-16, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1.0)
FAMILY: tuple[Callable, ...] = (
    Adam,
    NAdam,
    AdamW,
    AMSGrad,
    partial(AMSGrad, convention="optax"),
    partial(AMSGrad, convention="paper"),
)

LONG = 100  # steps that are no coincidence

Cause = tuple[str | None, str]  # the name of the exhibit, or None, and what is wrong as a clause


def cause(walk: Walk, like: Optimizer, precision: Precision) -> Cause | None:
    """What is wrong with a walk that follows neither the rule nor a convention; None if nothing we know explains it."""
    first = walk.states[0]["theta"]
    if first is not None and not np.isfinite(first).any():
        return "t from zero", "no coordinate is finite, like the exhibit 't from zero', which divides by 1 - beta^0"
    rates = _rates(walk, like)
    found = (_with_rate(walk, like, lr, precision) for lr in rates)
    explained = next(filter(None, found), None)
    if explained:
        return explained
    if departure(walk, states(like, sign=-1), precision) is None:
        return None, "the gradient has the other sign: it walks uphill"
    for lr in rates[:2]:
        for rule in _others(replace(like, lr=lr)):
            if follows(walk, rule, precision):
                return None, f"it follows {told(rule)}"
    return _for_a_while(walk, like, precision)


def _for_a_while(walk: Walk, like: Optimizer, precision: Precision) -> Cause | None:
    """The exhibit that a walk follows for long, where it is the rule for a moment: some mistakes multiply rounding errors."""
    wrong = departure(walk, states(like), precision)
    lengths = {}
    for exhibit in EXHIBITS.values():
        expected = exhibited(exhibit, like)
        found = departure(walk, expected, precision) if expected is not None else wrong
        lengths[exhibit.name] = found.step - 1 if found else 0
    name, length = max(lengths.items(), key=lambda item: item[1])
    if wrong is None or length < max(LONG, LONG * wrong.step / 10):
        return None
    return name, f"for {length} steps like the exhibit '{name}': {clause(EXHIBITS[name].says)}"


def exhibited(exhibit: Exhibit, like: Optimizer, hat: bool = False) -> Iterator[dict] | None:
    """The states of an exhibit with the hyperparameters of a rule; None where it does not apply to the rule.

    Those that were meant to be Adam apply to AdamW as well: theta shrinks before the step, as in the rule.
    hat : eps is eps-hat, as where the correction is folded into lr
    """
    decays = type(like) is AdamW and exhibit.rule is Adam
    if not isinstance(like, Adam) or not like.bias_correction or not (type(like) is exhibit.rule or decays):
        return None
    settings: dict[str, Any] = dict(like.hyperparameters())
    if hat:
        settings["eps"] = lambda t: np.sqrt(debias(like.eps**2, like.beta2, t))
    return walk_exhibit(exhibit.step, extra(exhibit.step), settings, like.shrink if decays else lambda theta: theta)


def _with_rate(walk: Walk, like: Optimizer, lr: float, precision: Precision) -> Cause | None:
    """The cause, if the rule had this learning rate."""
    rule, other = replace(like, lr=lr), "" if lr == like.lr else f" with lr={lr:.6g}"
    for reading in readings(rule) if other else ():
        if len(reading.conventions) < 2 and follows(walk, reading.rule, precision):
            convention = f" with {reading.name}" if reading.conventions else ""
            return None, f"every step is {lr / like.lr:.6g} times as long; it follows {told(rule)}{convention}"
    for hat in (False, True):
        alike = [one for one in EXHIBITS.values() if _is(walk, exhibited(one, rule, hat), precision)]
        if alike:
            first, *others = alike
            or_ = "".join(f" or '{one.name}', which cannot be told apart from it here" for one in others)
            return first.name, f"like the exhibit '{first.name}'{or_}{other}{' and eps-hat' if hat else ''}: {clause(first.says)}"
    return None


def _is(walk: Walk, expected: Iterator[dict] | None, precision: Precision) -> bool:
    return expected is not None and departure(walk, expected, precision) is None


def _rates(walk: Walk, like: Optimizer) -> list:
    """Learning rates that would explain the first step, that of the rule first: one for each exhibit that lengthens it."""
    rates, steepest = [like.lr], np.abs(gradients()[0]).argmax()  # there eps matters least
    if walk.states[0]["theta"] is None:
        return rates
    got = walk.states[0]["theta"] - START
    for expected in filter(None, [states(like), *(exhibited(one, like) for one in EXHIBITS.values())]):
        with np.errstate(all="ignore"):
            rate = like.lr * (got / (next(expected)["theta"] - START))[steepest]
        round_, exact = float(f"{rate:.3g}"), float(f"{rate:.12g}")
        for one in (round_, exact):
            near = 0 < one < np.inf and np.isclose(one, rate, rtol=1e-5)
            if near and not any(np.isclose(one, other, rtol=1e-11) for other in rates):
                rates.append(one)
    return rates


def _others(like: Optimizer) -> Iterator[Optimizer]:
    """Rules of the same family, and the rule itself with the betas and the eps that are in use."""
    if isinstance(like, Adam):
        settings = like.hyperparameters()
        yield from (kind(**{name: settings[name] for name in ("lr", "beta1", "beta2", "eps")}) for kind in FAMILY)
    names = {field.name for field in fields(like)}
    grids: dict[str, tuple] = {name: values for name, values in BETAS.items() if name in names}
    if "eps" in names:
        grids["eps"] = (like.eps, *EPS)
    for values in product(*grids.values()):
        yield replace(like, **dict(zip(grids, values)))
