"""Why a walk departs: the search among slips, conventions, rates and other settings for what explains every step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adamlib.probe import START, gradients
from adamlib.verify.compare import Comparison, states
from adamlib.verify.diagnose.another_t import another_t
from adamlib.verify.diagnose.decay_and_more import decay_and_more
from adamlib.verify.diagnose.faults import FAULTS
from adamlib.verify.diagnose.fits import FITS, ROUGH_FITS
from adamlib.verify.diagnose.settings import fitted_settings, other_settings
from adamlib.verify.diagnose.suspects import (
    Cause,
    Suspect,
    cause_of_following,
    explains,
    is_one_kind,
    remembers,
    roundings,
    suspects,
)
from adamlib.verify.readings import readings
from adamlib.verify.rules import by_default, relatives, with_settings
from adamlib.verify.walk import Walk, stands_still

LONG = 100  # steps that are no coincidence
FIRST_SHARE = 1e-4  # the share of a first step to which a suspect must agree
EPS_IS_MISSING = "eps is missing, or too small to be seen"
EPS_ASTRAY = [slip.says for slip in FAULTS if "eps" in slip.says and "added to the" in slip.says]
MOST_DIGITS = 3  # of a rate that somebody chose
FROM_ZERO = Cause("no coordinate is finite, like the exhibit 't from zero', which divides by 1 - beta^0", "t from zero")

STANDS_STILL = Cause("theta stays where it is, at every step")


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
                self.keep_by_first_step(*suspects(self.like))

    def cause(self) -> Cause | None:
        """What explains every step; None if nothing we know does."""
        if starts_from_zero(self.comparison):
            return FROM_ZERO
        if self.is_blind:
            return None
        if stands_still(self.comparison.walk):
            return STANDS_STILL
        with np.errstate(all="ignore"):
            found = self.explanation(self.comparison) or self.cause_read_by((another_t,), self.comparison)
            found = found or self.cause_with_fitted_number(self.comparison) or self.cause_read_by(FITS, self.comparison)
            both = decay_and_more(self.comparison) if found is None and is_one_kind(self.like) else None
            return found or both or cause_for_a_while(self.comparison)

    def rough_cause(self) -> Cause | None:
        """What explains every step, where something on the way to it was in single precision."""
        rough = replace(self.comparison, roughly=True)
        with np.errstate(all="ignore"):
            if self.is_blind or any(rough.follows(reading.rule) for reading in readings(self.like)):
                return None  # so roughly nothing that is wrong can be seen
            found = self.explanation(rough) or self.cause_read_by((another_t,), rough)
            found = found or self.cause_with_fitted_number(rough) or self.cause_read_by(ROUGH_FITS, rough)
        return found and found._replace(says=f"{found.says}; it agrees to single precision only", roughly=True)

    def explanation(self, comparison: Comparison) -> Cause | None:
        wrong = self.suspects_among(self.at_lr, comparison)
        if wrong:
            found: Cause | None = self.cause_beside_other_rates(wrong, comparison)
        else:
            found = self.plain_relative(comparison) or self.cause_among(self.at_others, comparison)
        return found or self.other_rule(comparison)

    def cause_beside_other_rates(self, wrong: list[Suspect], comparison: Comparison) -> Cause:
        """What is wrong at this rate. Where another rate explains theta as well m and v decide; if they cannot, both are said."""
        sound = self.suspects_among([one for one in self.at_others if not one.goes_wrong], comparison)
        if not sound:
            return self.cause_from(wrong)
        is_wrong, is_sound = (remembers(some[0], comparison) for some in (wrong, sound))
        if is_wrong != is_sound:
            return self.cause_from(wrong if is_wrong else sound)
        either = [self.cause_from(sound), self.cause_from(wrong)]
        is_chosen = digits_in(sound[0].base.lr) <= max(MOST_DIGITS, digits_in(self.like.lr))
        first, second = either if is_chosen else reversed(either)  # nobody writes a rate of so many digits
        return first._replace(says=f"{first.says}; or {second.says}, which cannot be told apart from it here")

    def keep_by_first_step(self, some: list[Suspect], changes: np.ndarray) -> None:
        """Keep the suspects whose first step is that of the walk, or as many times as long in all coordinates."""
        ratios = ratios_between(self.first, changes)
        at_lr = self.agree_at_first(changes)
        at_others = ~at_lr & (ratios > 0) & (ratios < np.inf) & self.agree_at_first(ratios[:, None] * changes)
        self.at_lr = [some[i] for i in np.flatnonzero(at_lr) if some[i].goes_wrong]
        for i in np.flatnonzero(at_others):
            rates = roundings(ratios[i] * self.like.lr, self.comparison.is_coarse)
            self.at_others += [some[i].at_rate(lr) for lr in rates if some[i].goes_wrong or lr != self.like.lr]

    def agree_at_first(self, changes: np.ndarray) -> np.ndarray:
        """Which of many changes, one a row, are that of the first step."""
        precision = self.comparison.precision
        share = max(precision.share, FIRST_SHARE)
        room = share * np.abs(changes) + precision.rounding * np.maximum(np.abs(START), np.abs(changes))
        is_lost = ~np.isfinite(self.first) & ~np.isfinite(changes)
        return np.all((np.abs(self.first - changes) <= room) | is_lost, axis=-1)

    def cause_among(self, some: list[Suspect], comparison: Comparison) -> Cause | None:
        """The first suspect that explains the walk, and which exhibits cannot be told apart from it."""
        found = self.suspects_among(some, comparison)
        return self.cause_from(found) if found else None

    def suspects_among(self, some: list[Suspect], comparison: Comparison) -> list[Suspect]:
        """The suspects that explain the walk, by the fewest conventions; none where any factor would do."""
        found: list[Suspect] = []
        for suspect in sorted(some, key=lambda one: (len(one.conventions), one.is_scale)):
            if found and (len(suspect.conventions) > len(found[0].conventions) or not suspect.slip):
                continue
            if explains(suspect, comparison):
                found.append(suspect)
        any_would_do = found and found[0].is_scale and number_of_scales(some, comparison) > 1
        found = without_eps_unseen(found)
        shown = [suspect for suspect in found if remembers(suspect, comparison)]
        return [] if any_would_do else shown or found

    def cause_from(self, found: list[Suspect]) -> Cause:
        first, *rest = found
        others = [one for one in rest if is_something_else(one, first)]
        fault = first.slip.fault if first.slip else None
        names = sorted(dict.fromkeys(map(name_of_fault, others)), reverse=True)
        alone = tuple(self.cause_from([one]) for one in others)
        or_ = f"; or {' or '.join(names)}, which cannot be told apart from it here" if names else ""
        lr, like = first.base.lr, self.like
        other = "" if lr == like.lr else f" with lr={lr:.6g}"
        beside = f"{' and' if other else ' with'} {first.beside}" if first.conventions else ""
        if first.slip is None and first.fed is None:
            times = f"every step is {lr / like.lr:.6g} times as long; it follows {with_settings(first.base)}"
            return Cause(f"{times}{f' with {first.beside}' if first.conventions else ''}", rule=first.rule)
        if first.is_scale and (twin := twin_in_eps(first)):
            return worded_beside(first, twin)
        says = (first.slip or first.fed).says  # type: ignore[union-attr]
        is_shared = fault != "t per parameter" and (first.fed is None or first.fed.is_elementwise)  # by vector and matrix
        rule, feed = (first.rule, first.feed) if is_shared else (None, None)
        if fault:
            name, tale = f"like the exhibit '{fault}'", says.partition("': ")[2]
            return Cause(f"{name}{other}{beside}: {tale}{or_}", fault, rule, feed, others=alone)
        more = f";{other or beside}" if other or beside else ""
        return Cause(f"{says}{more}{beside if other else ''}{or_}", rule=rule, feed=feed, others=alone)

    def cause_read_by(self, fits: Sequence[Callable[[Comparison], str | None]], comparison: Comparison) -> Cause | None:
        """What the numbers of a walk show to those that look at single coordinates."""
        fits = fits if self.like.elementwise and is_one_kind(self.like) else ()
        says = next(filter(None, (fit(comparison) for fit in fits)), None)
        return Cause(says) if says else None

    def plain_relative(self, comparison: Comparison) -> Cause | None:
        """A rule of the same family as written, at this very rate: it says more than a mistake at another rate."""
        plain = (Suspect(base, None, ()) for base in relatives(self.like))
        found = next((one for one in plain if explains(one, comparison)), None)
        return cause_of_following(found) if found else None

    def other_rule(self, comparison: Comparison) -> Cause | None:
        """A rule of the same family, or the rule with other betas and another eps, by any one convention."""
        for base in (*relatives(self.like), *by_default(self.like)):
            for reading in readings(base, 1):
                suspect = Suspect(base, None, reading.conventions)
                ratio = ratios_between(self.first, suspect.first_change()[None])[0]
                for lr in (base.lr, *(roundings(ratio * base.lr, comparison.is_coarse) if 0 < ratio < np.inf else ())):
                    if explains(suspect.at_rate(lr), comparison):
                        return cause_of_following(suspect.at_rate(lr))
        for suspect in other_settings(comparison) if is_one_kind(self.like) else ():
            if explains(suspect, comparison):
                return cause_of_following_with_any_eps(suspect, comparison)
        return None

    def cause_with_fitted_number(self, comparison: Comparison) -> Cause | None:
        """The rule with a number that nobody writes, fitted to the walk."""
        near = fitted_settings(comparison) if is_one_kind(self.like) else ()
        fitted = next((one for one in near if explains(one, comparison)), None)
        if fitted is None:
            return None
        return self.cause_from([fitted]) if fitted.fed else cause_of_following(fitted)


def ratios_between(got: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """How many times as long a step is as each of many, along its largest finite part: where eps is 0, a part may be nan."""
    steepest = np.where(np.isfinite(changes), np.abs(changes), 0.0).argmax(axis=-1)
    parts = changes[np.arange(len(changes)), steepest]
    return np.where(parts != 0, got[steepest] / parts, 0.0)


def digits_in(x: Any) -> int:
    """How many digits a number takes, as one would write it."""
    return len(f"{x:.5e}".partition("e")[0].rstrip("0").replace(".", ""))


def twin_in_eps(scaled: Suspect) -> Suspect | None:
    """The rule on the gradients as they are whose other eps does the same as gradients that are multiplied; None if none does."""
    factor: Any = scaled.fed and scaled.fed.factor
    walk = Walk(list(states(scaled.rule, scaled.feed)))
    every = (replace(scaled.with_eps(float(f"{scaled.base.eps / factor**power:.12g}")), fed=None) for power in (1, 2))
    return next((twin for twin in every if Comparison(walk, scaled.base, "float64").follows(twin.rule)), None)


def worded_beside(scaled: Suspect, twin: Suspect) -> Cause:
    """Gradients that are multiplied, and another eps, which is the same: first what one would write."""
    found, beside = cause_of_following(twin), f", with {scaled.beside}" if scaled.conventions else ""
    larger = f"{scaled.fed.says}{beside}"  # type: ignore[union-attr]
    first, second = (found.says, larger) if digits_in(twin.base.eps) == 1 else (larger, found.says)
    return found._replace(says=f"{first}; or {second}, which is the same")


def cause_of_following_with_any_eps(suspect: Suspect, comparison: Comparison) -> Cause:
    """What a walk follows, and whether an eps that is a thousand times smaller would do as well."""
    found, eps = cause_of_following(suspect), getattr(suspect.base, "eps", 0.0)
    if eps == comparison.like.eps or not explains(suspect.with_eps(eps / 1000), comparison):
        return found
    return found._replace(says=f"{found.says}, or with any smaller eps")


def without_eps_unseen(found: list[Suspect]) -> list[Suspect]:
    """Where eps is not seen, nothing else is said of where it stands: that it is missing says it all."""
    is_missing = any(one.slip and one.slip.says == EPS_IS_MISSING for one in found)
    return [one for one in found if not is_missing or one.slip is None or one.slip.says not in EPS_ASTRAY]


def name_of_fault(suspect: Suspect) -> str:
    """What is wrong, by the name of the exhibit where there is one."""
    assert suspect.slip is not None  # only slips are told beside another
    return f"'{suspect.slip.fault}'" if suspect.slip.fault else suspect.slip.says


def is_something_else(one: Suspect, first: Suspect) -> bool:
    """Whether a suspect has to be named beside the first: it is an exhibit, or beside one, or another rule elsewhere."""
    if one.slip is None or first.slip is None or one.slip is first.slip:
        return False
    if one.slip.fault or first.slip.fault:
        return True
    walked = Walk(list(states(first.rule, other_gradients)))
    return Comparison(walked, first.base, "float64").departure(states(one.rule, other_gradients)) is not None


def other_gradients(g: np.ndarray) -> np.ndarray:
    """Other gradients than those of the probe."""
    return gradients(1)[:, ::-1]


def number_of_scales(some: list[Suspect], comparison: Comparison) -> int:
    """How many factors of the gradient explain a walk."""
    return len({one.fed.says for one in some if one.fed and one.is_scale and explains(one, comparison)})


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
