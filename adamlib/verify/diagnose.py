"""Why a walk departs: the search among slips, conventions, rates and other settings for what explains every step."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.changes import with_values
from adamlib.verify.compare import Comparison, Feed, states
from adamlib.verify.conventions import Convention, has_eps
from adamlib.verify.faults import FAULTS, Fault
from adamlib.verify.feeds import FEEDS, Fed
from adamlib.verify.fits import FITS
from adamlib.verify.readings import readings
from adamlib.verify.rules import relatives
from adamlib.verify.wording import with_settings

BETAS_IN_USE = {
    "beta": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta1": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta2": (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999),
}
EPS = (0.0, 1e-16, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1.0)
LONG = 100  # steps that are no coincidence
FIRST_SHARE = 1e-4  # the share of a first step to which a suspect must agree


class Cause(NamedTuple):
    """What is wrong, as a clause, and the exhibit that it is like, if any.

    rule, feed : what it follows instead, and what becomes of its gradients, where a matrix must do so too
    roughly : whether it explains the walk to single precision only
    """

    says: str
    fault: str | None = None
    rule: Optimizer | None = None
    feed: Feed | None = None
    roughly: bool = False


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

    def at_rate(self, lr: float) -> "Suspect":
        return replace(self, base=with_values(self.base, lr=lr))


class Search:
    """The search for what is wrong with a walk that follows neither the rule nor a convention: at its rate, then at others."""

    def __init__(self, comparison: Comparison):
        self.comparison, self.like = comparison, comparison.like
        self.at_lr: list[Suspect] = []
        self.at_others: list[Suspect] = []
        first = comparison.walk.states[0]["theta"]
        self.is_blind = first is None or not np.isfinite(first).any()
        if not self.is_blind:
            self.first = first - START
            with np.errstate(all="ignore"):
                for suspect, change in suspects(self.like):
                    self.sort(suspect, change)

    def cause(self) -> Cause | None:
        """What explains every step; None if nothing we know does."""
        if starts_from_zero(self.comparison):
            return Cause("no coordinate is finite, like the exhibit 't from zero', which divides by 1 - beta^0", "t from zero")
        if self.is_blind:
            return None
        with np.errstate(all="ignore"):
            return self.explanation(self.comparison) or self.fitted() or cause_for_a_while(self.comparison)

    def rough_cause(self) -> Cause | None:
        """What explains every step, where something on the way to it was in single precision."""
        rough = replace(self.comparison, roughly=True)
        with np.errstate(all="ignore"):
            if self.is_blind or any(rough.follows(reading.rule) for reading in readings(self.like)):
                return None  # so roughly nothing that is wrong can be seen
            found = self.explanation(rough)
        return found and found._replace(says=f"{found.says}; it agrees to single precision only", roughly=True)

    def explanation(self, comparison: Comparison) -> Cause | None:
        return self.among(self.at_lr, comparison) or self.among(self.at_others, comparison) or self.other_rule(comparison)

    def sort(self, suspect: Suspect, change: np.ndarray) -> None:
        """Keep a suspect whose first step is that of the walk, or as many times as long in all coordinates."""
        if self.agrees(change):
            self.at_lr += [suspect] if suspect.goes_wrong else []
            return
        steepest = np.abs(change).argmax()
        ratio = self.first[steepest] / change[steepest]
        if 0 < ratio < np.inf and self.agrees(ratio * change):
            others = [lr for lr in roundings(ratio * self.like.lr) if suspect.goes_wrong or lr != self.like.lr]
            self.at_others += map(suspect.at_rate, others)

    def agrees(self, change: np.ndarray) -> bool:
        precision = self.comparison.precision
        room = max(precision.share, FIRST_SHARE) * np.abs(change) + precision.rounding * np.maximum(np.abs(START), np.abs(change))
        return bool(np.all((np.abs(self.first - change) <= room) | (~np.isfinite(self.first) & ~np.isfinite(change))))

    def among(self, some: list[Suspect], comparison: Comparison) -> Cause | None:
        """The first suspect that explains the walk, and which exhibits cannot be told apart from it."""
        found: list[Suspect] = []
        for suspect in sorted(some, key=lambda one: (len(one.conventions), one.is_scale)):
            if found and (len(suspect.conventions) > len(found[0].conventions) or not (suspect.slip and suspect.slip.fault)):
                continue
            if explains(suspect, comparison):
                found.append(suspect)
        if found and found[0].is_scale and number_of_scales(some, comparison) > 1:
            return None  # any number would do
        return self.worded(found) if found else None

    def worded(self, found: list[Suspect]) -> Cause:
        first, *others = found
        names = dict.fromkeys(one.slip.fault for one in others if one.slip and one.slip.fault)
        fault = first.slip.fault if first.slip else None
        or_ = "".join(f" or '{name}', which cannot be told apart from it here" for name in names if name != fault)
        lr, like = first.base.lr, self.like
        other = "" if lr == like.lr else f" with lr={lr:.6g}"
        beside = f"{' and' if other else ' with'} {first.beside}" if first.conventions else ""
        if first.slip is None and first.fed is None:
            times = f"every step is {lr / like.lr:.6g} times as long; it follows {with_settings(first.base)}"
            return Cause(f"{times}{f' with {first.beside}' if first.conventions else ''}", rule=first.rule)
        says = (first.slip or first.fed).says  # type: ignore[union-attr]
        is_shared = fault != "t per parameter" and (first.fed is None or first.fed.is_elementwise)  # by vector and matrix
        rule, feed = (first.rule, first.feed) if is_shared else (None, None)
        if fault:
            name, rest = f"like the exhibit '{fault}'", says.partition("': ")[2]
            return Cause(f"{name}{or_}{other}{beside}: {rest}", fault, rule, feed)
        more = f";{other or beside}" if other or beside else ""
        return Cause(f"{says}{more}{beside if other else ''}", rule=rule, feed=feed)

    def fitted(self) -> Cause | None:
        fits = FITS if self.like.elementwise else ()  # they look at single coordinates
        says = next(filter(None, (fit(self.comparison) for fit in fits)), None)
        return Cause(says) if says else None

    def other_rule(self, comparison: Comparison) -> Cause | None:
        """A rule of the same family, or the rule with other betas and another eps, by any one convention."""
        for base in relatives(self.like):
            for reading in readings(base, 1):
                suspect = Suspect(base, None, reading.conventions)
                change = suspect.first_change()
                ratio = self.first[np.abs(change).argmax()] / change[np.abs(change).argmax()] if change.any() else 0.0
                for lr in (self.like.lr, *(roundings(float(ratio * self.like.lr)) if 0 < ratio < np.inf else ())):
                    if explains(suspect.at_rate(lr), comparison):
                        return followed(suspect.at_rate(lr))
        for suspect in other_settings(comparison):
            if explains(suspect, comparison):
                return followed(suspect)
        return None


def followed(suspect: Suspect) -> Cause:
    beside = f" with {suspect.beside}" if suspect.conventions else ""
    return Cause(f"it follows {with_settings(suspect.base)}{beside}", rule=suspect.rule)


def explains(suspect: Suspect, comparison: Comparison) -> bool:
    return comparison.departure(states(suspect.rule, suspect.feed)) is None


def number_of_scales(some: list[Suspect], comparison: Comparison) -> int:
    """How many factors of the gradient explain a walk."""
    return len({one.fed.says for one in some if one.fed and one.is_scale and explains(one, comparison)})


def suspects(like: Optimizer) -> Iterator[tuple[Suspect, np.ndarray]]:
    """The rule with everything that goes wrong, by every convention or two, and its first change of theta.

    Without a slip, at any rate, by one convention.
    """
    feeds = [fed for fed in FEEDS if not fed.is_scale or has_eps(like)]
    for reading in readings(like, 1):
        changes = first_changes(reading.rule, feeds)
        for fed, change in zip((None, *feeds), changes):
            yield Suspect(like, None, reading.conventions, fed), change
    for slip in FAULTS if like.elementwise else ():
        if slip.fits(like):
            for reading in readings(slip.make(like), 2):
                yield Suspect(like, slip, reading.conventions), next(states(reading.rule))["theta"] - START


def first_changes(rule: Optimizer, feeds: list[Fed]) -> np.ndarray:
    """What a rule does first with the gradients of the probe, and with what each feed makes of them, a row each."""
    first = gradients()[:1]
    g = np.concatenate([first, *(fed.feed(first) for fed in feeds)])
    return rule.rule(rule.init(np.tile(START, (len(g), 1))), g).theta - START


def roundings(lr: float) -> list[float]:
    """A rate with three digits, where those are all, or with twelve."""
    return [one for one in dict.fromkeys((float(f"{lr:.3g}"), float(f"{lr:.12g}"))) if np.isclose(one, lr, rtol=1e-5)]


def other_settings(comparison: Comparison) -> Iterator[Suspect]:
    """The rule with all betas and eps that are in use, by one convention: those whose first three steps are those of the walk."""
    like, thetas = comparison.like, [state["theta"] for state in comparison.walk.states[:3]]
    names = {field.name for field in fields(like)}
    grids: dict[str, tuple] = {name: (getattr(like, name), *values) for name, values in BETAS_IN_USE.items() if name in names}
    if "eps" in names:
        grids["eps"] = (like.eps, *EPS)
    if not grids or any(theta is None for theta in thetas):
        return
    table = np.array(list(product(*grids.values())))
    steepest = np.abs(gradients()[0]).argmax()
    for reading in readings(like, 1):
        with np.errstate(all="ignore"):
            usual = Suspect(like, None, reading.conventions).first_change()[steepest]
            ratio = (thetas[0] - START)[steepest] / usual
        for lr in dict.fromkeys((like.lr, *(roundings(ratio * like.lr) if 0 < ratio < np.inf else ()))):
            whole = Suspect(replace(like, lr=lr, **dict(zip(grids, table.T[..., None]))), None, reading.conventions)
            for row in table[rows_near(comparison, whole.rule, thetas)]:
                yield Suspect(replace(like, lr=lr, **dict(zip(grids, map(float, row)))), None, reading.conventions)


def rows_near(comparison: Comparison, rule: Optimizer, thetas: list[np.ndarray]) -> np.ndarray:
    """Which of many settings at once, one a row, are near the first steps of a walk."""
    precision = comparison.precision
    keep: Any = True
    before = START
    for state, theta in zip(states(rule), thetas):
        with np.errstate(all="ignore"):
            room = 10 * max(precision.share, 1e-6) * np.abs(theta - before) + 10 * precision.rounding * np.abs(theta)
            keep = keep & (np.abs(state["theta"] - theta) <= room).all(axis=-1)
        before = START
    return np.flatnonzero(keep)


def starts_from_zero(comparison: Comparison) -> bool:
    """Whether the first step is nan as where 1 - beta^0 divides: something was divided by zero, or m and v are right."""
    walk, like = comparison.walk, comparison.like
    first = walk.states[0]["theta"]
    if first is None or not np.isnan(first).all() or not getattr(like, "bias_correction", False):
        return False
    return walk.divided or ("m" in walk.states[0] and in_units_right(comparison))


def in_units_right(comparison: Comparison) -> bool:
    """Whether m and v of the first step are those of the rule."""
    got, want = comparison.walk.states[0], next(states(comparison.like))
    return all(np.allclose(got[name], want[name], rtol=1e-3, atol=0) for name in ("m", "v"))


def cause_for_a_while(comparison: Comparison) -> Cause | None:
    """The exhibit that a walk follows for long, where it is the rule for a moment: some mistakes multiply rounding errors."""
    wrong = comparison.departure()
    lengths = {}
    for slip in FAULTS if comparison.like.elementwise else ():
        if slip.fault and slip.fits(comparison.like):
            found = comparison.departure(states(slip.make(comparison.like)))
            lengths[slip] = found.step - 1 if found else 0
    if wrong is None or not lengths:
        return None
    slip, length = max(lengths.items(), key=lambda item: item[1])
    if length < max(LONG, LONG * wrong.step / 10):
        return None
    return Cause(f"for {length} steps {slip.says}", slip.fault)
