"""Suspects: a rule that goes wrong in one place, on gradients that something happened to, read by conventions."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.changes import with_values
from adamlib.verify.compare import Comparison, Feed, states
from adamlib.verify.conventions import Convention, has_eps
from adamlib.verify.diagnose.faults import FAULTS, Fault
from adamlib.verify.diagnose.feeds import FEEDS, Fed
from adamlib.verify.readings import readings
from adamlib.verify.rules import with_settings


class Cause(NamedTuple):
    """What is wrong, as a clause, and the exhibit that it is like, if any.

    rule, feed : what it follows instead, and what becomes of its gradients, where a matrix must do so too
    roughly : whether it explains the walk to single precision only
    others : what cannot be told apart from it along a vector, each alone
    """

    says: str
    fault: str | None = None
    rule: Optimizer | None = None
    feed: Feed | None = None
    roughly: bool = False
    others: tuple["Cause", ...] = ()


@dataclass(frozen=True)
class Suspect:
    """A rule that may explain a walk: `base` with a slip, on gradients that are fed to it, read by conventions."""

    base: Optimizer
    slip: Fault | None = None
    conventions: tuple[Convention, ...] = ()
    fed: Fed | None = None

    @property
    def rule(self) -> Optimizer:
        rule = self.slip.make(self.base) if self.slip else self.base
        for convention in self.conventions:
            rule = convention.make(rule)
        return rule

    @property
    def feed(self) -> Feed | None:
        return self.fed.feed if self.fed else None

    @property
    def goes_wrong(self) -> bool:
        return self.slip is not None or self.fed is not None

    @property
    def is_scale(self) -> bool:
        return self.fed is not None and self.fed.is_scale

    @property
    def beside(self) -> str:
        """The conventions beside what is wrong, in words."""
        return " and ".join(one.name for one in self.conventions)

    def first_change(self) -> np.ndarray:
        return next(states(self.rule, self.feed))["theta"] - START

    def with_eps(self, eps: float) -> "Suspect":
        return replace(self, base=with_values(self.base, eps=eps))

    def at_rate(self, lr: Any) -> "Suspect":
        return replace(self, base=with_values(self.base, lr=lr))


def cause_of_following(suspect: Suspect) -> Cause:
    beside = f" with {suspect.beside}" if suspect.conventions else ""
    return Cause(f"it follows {with_settings(suspect.base)}{beside}", rule=suspect.rule)


def explains(suspect: Suspect, comparison: Comparison) -> bool:
    """Whether a walk is that of a suspect; in few digits it must not be that of one at half the rate as well."""
    if not comparison.agrees(suspect.rule, suspect.feed):
        return False
    slower = suspect.at_rate(suspect.base.lr / 2)
    return not (comparison.is_coarse and comparison.agrees(slower.rule, slower.feed))


def remembers(suspect: Suspect, comparison: Comparison) -> bool:
    """Whether m and v, where the walk shows them, are those of a suspect that explains theta."""
    is_shown = comparison.walk.states[0].keys() - {"theta"}
    return not is_shown or comparison.agrees(suspect.rule, suspect.feed, memory=True)


def suspects(like: Optimizer) -> tuple[list[Suspect], np.ndarray]:
    """The rule with everything that goes wrong, by every convention or two, and its first change of theta, one a row.

    Those of the last few rules are known.
    """
    values = tuple(vars(like).items())
    return known_suspects(type(like), values) if all(isinstance(x, Hashable) for _, x in values) else new_suspects(like)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def known_suspects(kind: type[Optimizer], values: tuple[tuple[str, Any], ...]) -> tuple[list[Suspect], np.ndarray]:
    return new_suspects(with_values(object.__new__(kind), **dict(values)))


def new_suspects(like: Optimizer) -> tuple[list[Suspect], np.ndarray]:
    some, changes = list[Suspect](), list[np.ndarray]()
    feeds = [fed for fed in FEEDS if not fed.is_scale or has_eps(like)]
    for reading in readings(like, 2):
        some += [Suspect(like, None, reading.conventions, fed) for fed in (None, *feeds)]
        changes += [*first_changes(reading.rule, feeds)]
    start, g = like.init(START), gradients()[0]
    for slip in FAULTS if like.elementwise else ():
        for reading in readings(slip.make(like), 2) if slip.fits(like) else ():
            some.append(Suspect(like, slip, reading.conventions))
            changes.append(reading.rule.rule(start, g).theta - START)
    return some, np.array(changes)


def first_changes(rule: Optimizer, feeds: list[Fed]) -> np.ndarray:
    """What a rule does first with the gradients of the probe, and with what each feed makes of them, a row each."""
    first = gradients()[:1]
    g = np.concatenate([first, *(fed.feed(first) for fed in feeds)])
    return rule.rule(rule.init(np.tile(START, (len(g), 1))), g).theta - START


def is_one_kind(rule: Optimizer) -> bool:
    """Whether all coordinates have the same settings."""
    return not any(map(np.ndim, rule.hyperparameters().values()))


def roundings(lr: Any, is_coarse: bool = False) -> list[float]:
    """A rate with three digits, where those are all, or with twelve; none where coordinates have rates of their own.

    is_coarse : whether it was read from a walk in few digits
    """
    if np.ndim(lr):
        return []
    digits, share = ((1, 2, 3, 4, 6), 1e-3) if is_coarse else ((3, 12), 1e-5)
    return [one for one in dict.fromkeys(float(f"{lr:.{n}g}") for n in digits) if np.isclose(one, lr, rtol=share)]
