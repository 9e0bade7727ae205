"""A decay with another rate, beta or eps: theta's own share is read where the gradient is zero, and put back."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.changes import with_decay, without_decay
from adamlib.verify.compare import Comparison, thetas_of
from adamlib.verify.conventions import decays
from adamlib.verify.diagnose.settings import fitted_settings, fitted_together, other_settings
from adamlib.verify.diagnose.suspects import Cause, Suspect, cause_of_following, explains, roundings
from adamlib.verify.readings import readings
from adamlib.verify.rules import relatives
from adamlib.verify.walk import Walk

FLAT_COORDINATE = 4  # the coordinate whose first gradients are zero
FLAT_STEPS = 12  # how many of them


def decay_and_more(comparison: Comparison) -> Cause | None:
    """The rule with another decay, or none, and with another rate or other settings besides; None if that explains nothing."""
    share = share_at_rest(comparison)
    if share is None:
        return None
    found = [one for is_after in (False, True)[: 2 if share else 1] for one in explaining(comparison, share, is_after)]
    return cause_of_following(min(found, key=length_of_numbers)) if found else None


def explaining(comparison: Comparison, share: float, is_after: bool) -> Iterator[Suspect]:
    """Rules that explain a walk, with the decay in all its conventions: they are one walk where the rate is constant."""
    plain = with_share_put_back(comparison, share, is_after)
    is_new = share != 0 or decays(comparison.like)  # else all but the last were tried on this very walk
    alone = (other_rates(plain), other_settings(plain), fitted_settings(plain)) if is_new else ()
    suspects = chain(other_rules(plain), *alone, fitted_together(plain))
    first = next((one for one in suspects if one.fed is None and explains(one, plain)), None)
    if first is None:
        return
    for weight_decay in dict.fromkeys((*roundings(share / first.base.lr), *roundings(share))):
        tried = with_decay(first.base, weight_decay)
        for reading in readings(tried, 2):
            if comparison.follows(reading.rule):
                yield Suspect(tried, None, reading.conventions)


def length_of_numbers(suspect: Suspect) -> tuple[int, int]:
    """How many letters its rate and its decay take: of rules that are one walk, somebody chose the shortest numbers."""
    numbers = (suspect.base.lr, getattr(suspect.base, "weight_decay", 0.0))
    return sum(len(f"{x:.6g}".strip("0.")) for x in numbers), len(suspect.conventions)


def share_at_rest(comparison: Comparison) -> float | None:
    """The share of itself that theta loses at each step while its gradient is zero; None where it is not one share."""
    thetas = np.array(thetas_of(comparison)[: FLAT_STEPS + 1])[:, FLAT_COORDINATE]
    if len(thetas) <= FLAT_STEPS or not np.isfinite(thetas).all() or not comparison.like.elementwise:
        return None
    share = 1 - (thetas[-1] / START[FLAT_COORDINATE]) ** (1 / FLAT_STEPS) if thetas[-1] > 0 else 1.0
    room = 4 * comparison.precision.rounding * START[FLAT_COORDINATE]
    even = np.abs(thetas - START[FLAT_COORDINATE] * (1 - share) ** np.arange(FLAT_STEPS + 1)) <= room
    return (share if abs(share) > room else 0.0) if even.all() and 0 <= share + room < 1 else None


def with_share_put_back(comparison: Comparison, share: float, is_after: bool) -> Comparison:
    """The walk without its decay, beside the rule without one. After the step, theta and the step have lost their share."""
    thetas = np.array(thetas_of(comparison))
    before, after = thetas[:-1], thetas[1:]
    steps = after / (1 - share) - before if is_after else after - (1 - share) * before
    walk = Walk([{"theta": theta} for theta in START + np.cumsum(steps, axis=0)], dtype=comparison.walk.dtype)
    return replace(comparison, walk=walk, like=without_its_decay(comparison.like))


def without_its_decay(rule: Optimizer) -> Optimizer:
    """The rule with its other settings and no decay."""
    kind = without_decay(type(rule))
    settings = {name: getattr(rule, name) for name in (*rule.hyperparameters(), *rule.words()) if name != "weight_decay"}
    return kind(**settings) if hasattr(rule, "weight_decay") else rule


def other_rules(plain: Comparison) -> Iterator[Suspect]:
    """The relatives of the rule, by one convention."""
    for base in relatives(plain.like):
        yield from (Suspect(base, None, reading.conventions) for reading in readings(base, 1) if base.lr > 0)


def other_rates(plain: Comparison) -> Iterator[Suspect]:
    """The rule at the rate of the first step, by one convention."""
    first = plain.walk.states[0]["theta"] - START
    for reading in readings(plain.like, 1):
        change = Suspect(plain.like, None, reading.conventions).first_change()
        steepest = np.abs(gradients()[0]).argmax()
        with np.errstate(all="ignore"):
            ratio = first[steepest] / change[steepest]
        for lr in roundings(ratio * plain.like.lr) if 0 < ratio < np.inf else ():
            yield Suspect(plain.like, None, reading.conventions).at_rate(lr)
