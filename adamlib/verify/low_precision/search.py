"""Why a walk in float16 or bfloat16 departs: the search among what so few digits tell."""

from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import Departure
from adamlib.verify.changes import with_values
from adamlib.verify.conventions import has_eps
from adamlib.verify.diagnose.faults import FAULTS
from adamlib.verify.diagnose.feeds import FEEDS
from adamlib.verify.diagnose.search import FROM_ZERO, starts_from_zero
from adamlib.verify.diagnose.settings import BETAS_IN_USE, EPS_TO_TRY
from adamlib.verify.diagnose.suspects import Cause, Suspect, cause_of_following
from adamlib.verify.low_precision.beside import last_place
from adamlib.verify.low_precision.step_by_step import StepByStep, gradients_in
from adamlib.verify.readings import readings
from adamlib.verify.rules import relatives

ANOTHER_RATE = 1.3  # times as long: another rate that is no rounding
SETTINGS_IN_USE = {**BETAS_IN_USE, "eps": EPS_TO_TRY}
SEEN_IN_FLOAT64 = ("kept in", "cut to", "eps in float")  # what is wrong in float64 only
SLIPS_SEEN = [slip for slip in FAULTS if not any(words in slip.says for words in SEEN_IN_FLOAT64)]
FEEDS_SEEN = [fed for fed in FEEDS if not fed.is_scale and "cut to" not in fed.says]
FEEDS_TRIED = tuple(one.feed for one in FEEDS_SEEN)


class LowSearch:
    """The search for what is wrong with a walk in low precision."""

    def __init__(self, comparison: StepByStep):
        self.comparison, self.like = comparison, comparison.like

    def cause(self) -> Cause | None:
        """What explains every step, first with m and v as they are shown; None if nothing we know does."""
        if starts_from_zero(self.comparison):
            return FROM_ZERO
        away, whole = self.comparison.departure(), self.comparison
        shown = [replace(whole, trusts_memory=True)] if whole.shows_memory else []
        found = filter(None, (LowSearch(one).explanation() for one in (*shown, whole)))
        return self.eps_that_is_zero(away) or next(found, None)

    def explanation(self) -> Cause | None:
        either = [one for one in (self.slip(), self.another_rate()) if one]
        return alternatives(either) or self.relative() or self.other_settings()

    def eps_that_is_zero(self, away: Departure | None) -> Cause | None:
        """eps is 0 in so few digits, and so are the squares of small gradients."""
        like = self.like
        if not has_eps(like) or away is None or np.isfinite(away.got) or self.comparison.digits.rounded(like.eps) != 0:
            return None
        zero = f"in {self.comparison.dtype} eps = {like.eps:.6g} is 0, and where v is 0 it divides by 0"
        return Cause(f"like the exhibit 'eps in float16': {zero}", "eps in float16")

    def slip(self, conventions: int = 1) -> Cause | None:
        """What goes wrong in one place, beside so many conventions; then what becomes of gradients."""
        found: list[Cause] = []
        for slip in (one for one in SLIPS_SEEN if one.fits(self.like)):
            for reading in readings(slip.make(self.like), conventions if not found else 0):
                if self.comparison.explained_by(Suspect(self.like, slip, reading.conventions)):
                    found.append(self.cause_beside(slip.says, slip.fault, reading))
                    break
        for reading in readings(self.like, conventions) if not found else ():
            explaining = self.comparison.feeds_that_explain(Suspect(self.like, None, reading.conventions), FEEDS_TRIED)
            if explaining:
                return self.cause_beside(FEEDS_SEEN[explaining[0]].says, None, reading)
        return alternatives(found)

    def cause_beside(self, says: str, fault: str | None, reading: Any) -> Cause:
        return Cause(f"{says}{f'; with {reading.name}' if reading.conventions else ''}", fault)

    def another_rate(self) -> Cause | None:
        """The rule at another rate, told to as many digits as the steps have."""
        for reading in readings(self.like, 1):
            lr = self.rate_beside(reading.rule)
            if lr is not None:
                suspect = Suspect(with_values(self.like, lr=lr), None, reading.conventions)
                if self.comparison.explained_by(suspect):
                    times = f"every step is about {lr / self.like.lr:.2g} times as long"
                    return Cause(f"{times}; {cause_of_following(suspect).says}", rule=suspect.rule)
        return None

    def rate_beside(self, rule: Any) -> float | None:
        """The rate at which the first step of a rule has the length of the walk's; None where it is that of the rule."""
        first = next(self.comparison.own_states(rule)).theta - self.comparison.walk.start
        got = self.comparison.walk.states[0]["theta"] - self.comparison.walk.start
        large = np.abs(first) > np.abs(first).max() / 100
        with np.errstate(all="ignore"):
            ratio = float(np.median(got[large] / first[large])) if large.any() else np.nan
        is_other = np.isfinite(ratio) and ratio > 0 and max(ratio, 1 / ratio) > ANOTHER_RATE
        return float(f"{ratio * self.like.lr:.2g}") if is_other else None

    def relative(self) -> Cause | None:
        """Another rule with what it shares with this one."""
        for base in relatives(self.like):
            for reading in readings(base, 1):
                suspect = Suspect(base, None, reading.conventions)
                if type(base) is not type(self.like) and self.comparison.explained_by(suspect):
                    return cause_of_following(suspect)
        return None

    def other_settings(self) -> Cause | None:
        """The rule with another beta or eps that is in use, or both: those whose first step is near that of the walk."""
        for pair in combinations([name for name in SETTINGS_IN_USE if hasattr(self.like, name)], 2):
            table = np.array(list(product(*(SETTINGS_IN_USE[name] for name in pair))))
            for row in table[self.near_at_first(with_values(self.like, **dict(zip(pair, table.T[..., None]))))]:
                suspect = Suspect(with_values(self.like, **dict(zip(pair, map(float, row)))))
                if self.comparison.explained_by(suspect):
                    return cause_of_following(suspect)
        return None

    def near_at_first(self, many: Optimizer) -> np.ndarray:
        """Which of many settings, one a row, have the third step of the walk, or nearly so, in most coordinates."""
        walk = self.comparison.walk
        thetas = np.array([walk.start, *(state["theta"] for state in walk.states[:3])])
        state = many.init(walk.start)
        with np.errstate(all="ignore"):
            for theta, g in zip(thetas[:-1], gradients_in(self.comparison.dtype)):
                before, state = theta, many.rule(state._replace(theta=theta), g)
            off = np.abs(state.theta - thetas[-1])
            room = 0.1 * np.abs(state.theta - before) + 2 * last_place(thetas[-1], self.comparison.digits)
        return np.mean(off <= room, axis=-1) > 0.5


def alternatives(found: list[Cause]) -> Cause | None:
    """Causes that cannot be told apart, as one."""
    if len(found) < 2:
        return found[0] if found else None
    first, *others = found
    return first._replace(says=f"{first.says}; or {'; or '.join(one.says for one in others)}: so few digits do not tell which")
