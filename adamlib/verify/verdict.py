"""A verdict: its parts, and the one sentence that says them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import Departure
from adamlib.verify.conventions import Convention
from adamlib.verify.diagnose.suspects import Cause
from adamlib.verify.readings import Reading
from adamlib.verify.rules import clause, with_settings, words_of
from adamlib.verify.walk import WHEN_MADE


@dataclass(frozen=True, repr=False)
class Verdict:
    """What `verify` found. Prints as one sentence, and is true where the optimizer follows its rule or a convention.

    rule : the rule it should be
    steps : how many were walked
    reading : the rule as the conventions that it follows have it; None if it follows none
    departure : where it departs from the rule as written: quantity, step, coordinate, got, expected; None if nowhere
    cause : what is wrong and the exhibit that it is like; None if nothing is, or nothing that we know
    alike : names of conventions that cannot be told apart from what it follows, at these settings
    trouble : why the walk broke off, as a clause
    obstacle : why nothing can be told, as a clause; "" where it can
    remarks : what else was seen on the way
    versions : of the packages at work
    """

    rule: Optimizer
    steps: int
    reading: Reading | None = None
    departure: Departure | None = None
    cause: Cause | None = None
    alike: tuple[str, ...] = ()
    trouble: str = ""
    obstacle: str = ""
    remarks: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """It follows the rule it should be, as written or by a named convention."""
        return self.reading is not None

    def __bool__(self) -> bool:
        return self.ok

    @property
    def status(self) -> int:
        """The exit status of the command: 0 where it follows, 1 where it departs, 2 where nothing can be told."""
        return 0 if self.ok else 2 if self.obstacle else 1

    @property
    def conventions(self) -> tuple[Convention, ...]:
        """The conventions that it follows, none where it follows the rule as written."""
        return self.reading.conventions if self.reading else ()

    @property
    def convention(self) -> str | None:
        """The names of the conventions that it follows; None if there is none."""
        return self.reading.name if self.reading and self.conventions else None

    @property
    def follows(self) -> str | None:
        """The rule or the convention that it follows, a short name; None if it departs."""
        return (self.convention or type(self.rule).__name__) if self.ok else None

    @property
    def quantity(self) -> str | None:
        """What departs first from the rule as written; None if nothing does."""
        return self.departure.quantity if self.departure else None

    @property
    def step(self) -> int | None:
        """When it departs from the rule as written; None if it does not."""
        return self.departure.step if self.departure else None

    @property
    def fault(self) -> str | None:
        """The exhibit of the museum it is like, or None."""
        return self.cause.fault if self.cause else None

    @property
    def sentence(self) -> str:
        """All of this, with numbers."""
        return sentence(self)

    def __repr__(self) -> str:
        return self.sentence


def sentence(verdict: Verdict) -> str:
    """What `verify` found, in one sentence."""
    if verdict.trouble and verdict.obstacle:
        rule = "any rule" if verdict.trouble.endswith(WHEN_MADE) else with_settings(verdict.rule)
        says = f"{verdict.trouble[0].upper()}{verdict.trouble[1:]}: it cannot be compared with {rule}"
    elif verdict.obstacle:
        says = f"Cannot be checked: {verdict.obstacle}"
    elif verdict.ok:
        says = _words_on_following(verdict)
    else:
        says = _words_on_departing(verdict)
    return f"{'; '.join([says, *verdict.remarks])}."


def _words_on_following(verdict: Verdict) -> str:
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


def _words_on_departing(verdict: Verdict) -> str:
    """Departs from a rule: where, and why."""
    away, cause, trouble = verdict.departure, verdict.cause, verdict.trouble
    assert away is not None  # or nothing departs
    rule = with_settings(verdict.rule)
    where = f" at step {away.step} in theta" if away.quantity == "theta" else f" first in {away.quantity}, at step {away.step}"
    why = cause.says if cause else f"{_what_departs(away)}; no fault that we know"
    return f"Departs from {rule}{where}: {why}{f'; {trouble}' if trouble else ''}"


def _what_departs(away: Departure) -> str:
    return away.values if np.isfinite(away.got) else f"no longer finite, {away.values}"


def _but_for_the_penalty(verdict: Verdict) -> str:
    """The rule with its hyperparameters; with a penalty AdamW is Adam."""
    text = with_settings(verdict.rule)
    return text.replace("AdamW(", "Adam(", 1) if any(one.name == "penalty" for one in verdict.conventions) else text
