"""Why a walk departs: an exhibit of the museum, or a simple relation to the rule it should be."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from adamlib.averages import debias
from adamlib.museum import EXHIBITS, START, Exhibit, Precision, walk_exhibit
from adamlib.museum.visit import extra
from adamlib.optimizers import Adam, AdamW, AMSGrad, NAdam, Optimizer
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

Cause = tuple[str | None, str]  # the name of the exhibit, or None, and what is wrong as a clause


def cause(walk: Walk, like: Optimizer, precision: Precision) -> Cause | None:
    """What is wrong with a walk that follows neither the rule nor a convention; None if nothing we know explains it."""
    if np.isnan(walk.states[0]["theta"]).all():
        return "t from zero", "theta is nan throughout, like the exhibit 't from zero', which divides by 1 - beta^0"
    rates = _rates(walk, like)
    found = (_with_rate(walk, like, lr, precision) for lr in rates)
    explained = next(filter(None, found), None)
    if explained:
        return explained
    if departure(_turned(walk), states(like), precision) is None:
        return None, "every step has the other sign: it walks uphill"
    for lr in rates[:2]:
        for rule in _others(replace(like, lr=lr)):
            if follows(walk, rule, precision):
                return None, f"it follows {told(rule)}"
    return None


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
    for exhibit, hat in product(EXHIBITS.values(), (False, True)):
        expected = exhibited(exhibit, rule, hat)
        if expected is not None and departure(walk, expected, precision) is None:
            folded = " and eps-hat" if hat else ""
            return exhibit.name, f"like the exhibit '{exhibit.name}'{other}{folded}: {clause(exhibit.says)}"
    return None


def _rates(walk: Walk, like: Optimizer) -> list:
    """Learning rates that would explain the first step, that of the rule first: one for each exhibit that lengthens it."""
    rates = [like.lr]
    if walk.states[0]["theta"] is None:
        return rates
    for expected in filter(None, [states(like), *(exhibited(one, like) for one in EXHIBITS.values())]):
        want, got = next(expected)["theta"] - START, walk.states[0]["theta"] - START
        with np.errstate(all="ignore"):
            ratios = got / want
        good = ratios[np.isfinite(ratios) & (want != 0)]
        rate = float(f"{like.lr * np.median(good):.9g}") if good.size else 0.0
        if 0 < rate < np.inf and not any(np.isclose(rate, other, rtol=1e-6) for other in rates):
            rates.append(rate)
    return rates


def _turned(walk: Walk) -> Walk:
    """The walk with every step turned round."""
    return Walk([{"theta": None if state["theta"] is None else 2 * START - state["theta"]} for state in walk.states])


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
