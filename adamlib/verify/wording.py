"""A verdict in words: one sentence from its parts."""

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import Departure
from adamlib.verify.rules import words_of

if TYPE_CHECKING:
    from adamlib.verify.verdict import Verdict


def sentence(verdict: "Verdict") -> str:
    """What `verify` found, in one sentence."""
    if verdict.trouble and verdict.obstacle:
        says = f"{verdict.trouble[0].upper()}{verdict.trouble[1:]}: it cannot be compared with {with_settings(verdict.rule)}"
    elif verdict.obstacle:
        says = f"Cannot be checked: {verdict.obstacle}"
    elif verdict.ok:
        says = _words_on_following(verdict)
    else:
        says = _words_on_departing(verdict)
    return f"{'; '.join([says, *verdict.remarks])}."


def _words_on_following(verdict: "Verdict") -> str:
    """Follows a rule, as written or with conventions."""
    alike = " and ".join(verdict.alike)
    hidden = f"; {alike} cannot be told apart from it at these settings" if alike else ""
    if not verdict.conventions:
        words = words_of(verdict.rule)
        return f"Follows {with_settings(verdict.rule)} for {verdict.steps} steps{f': {clause(words)}' if words else ''}{hidden}"
    says = "; ".join(f"{one.says}, as in {one.seen}" for one in verdict.conventions)
    return (
        f"Follows {_but_for_the_penalty(verdict)} with {verdict.follows} for {verdict.steps} steps: {says}; "
        f"departs from {type(verdict.rule).__name__} as written at step {verdict.step}{hidden}"
    )


def _words_on_departing(verdict: "Verdict") -> str:
    """Departs from a rule: where, and why."""
    away, cause, trouble = verdict.departure, verdict.cause, verdict.trouble
    assert away is not None  # or nothing departs
    rule = with_settings(verdict.rule)
    where = f" at step {away.step} in theta" if away.quantity == "theta" else f" first in {away.quantity}, at step {away.step}"
    why = cause.says if cause else f"{_what_departs(away)}; no fault that we know"
    return f"Departs from {rule}{where}: {why}{f'; {trouble}' if trouble else ''}"


def _what_departs(away: Departure) -> str:
    return away.values if np.isfinite(away.got) else f"no longer finite, {away.values}"


def with_settings(rule: Optimizer) -> str:
    """The rule with its hyperparameters, as one would write it."""
    shown = []
    for one in fields(rule):
        value = getattr(rule, one.name)
        if one.name in rule.words():
            if value != one.default and one.name != "blocks":
                shown.append(f"{one.name}={value!r}")
        elif not (one.name == "dampening" and np.all(value == 0)):
            shown.append(f"{one.name}={' or '.join(f'{x:.6g}' for x in dict.fromkeys(np.ravel(value)))}")
    return f"{type(rule).__name__}({', '.join(shown)})"


def _but_for_the_penalty(verdict: "Verdict") -> str:
    """The rule with its hyperparameters; with a penalty AdamW is Adam."""
    text = with_settings(verdict.rule)
    return text.replace("AdamW(", "Adam(", 1) if any(one.name == "penalty" for one in verdict.conventions) else text


def clause(says: str) -> str:
    """A sentence as the end of another: without its stop, and small where it does not begin with a name."""
    return (says[0].lower() if says[1:2].islower() else says[0]) + says[1:].removesuffix(".")
