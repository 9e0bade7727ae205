"""Causes whose numbers are read from the walk itself: another rate or decay at each step, and a memory lost midway."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer, State
from adamlib.probe import START, gradients
from adamlib.verify.changes import forgetter, with_decay, with_old
from adamlib.verify.compare import Comparison, states, thetas_of
from adamlib.verify.conventions import Convention
from adamlib.verify.diagnose.betas import beside_itself, beta1_that_changes, beta2_that_changes
from adamlib.verify.diagnose.pauses import moves_now_and_then
from adamlib.verify.diagnose.settings import rows_near
from adamlib.verify.readings import Reading, readings
from adamlib.verify.rules import with_settings

DECAY_NAMES = ("penalty", "decay after", "decay alone")
SHARE = 1e-6  # to which ratios of steps must agree
LOST = (("m", "v", "t"), ("t",), ("m", "v"), ("m",), ("v",))  # what may be lost of what a rule remembers
DECAYS_TRIED = tuple(a * 10.0**b for b in range(-6, 1) for a in (1, 2, 5))


def lost_midway(comparison: Comparison) -> str | None:
    """What the rule remembers, or a part of it, is lost before the step that departs, once or again and again."""
    for reading in readings(comparison.like, 1):
        away = comparison.departure(states(reading.rule))
        if away is None or away.step < 3:
            continue
        after = away.step - 1
        for lost, says in what_may_be_lost(reading.rule):
            for often, when in ((False, f"after {after} steps"), (True, f"after every {after} steps")):
                if comparison.follows(rule_that_forgets(reading.rule, after, lost, often)):
                    return f"{when} {says}{reading.clause}"
    return None


def what_may_be_lost(rule: Optimizer) -> Iterator[tuple[tuple[str, ...], str]]:
    """What may be lost of all that a rule remembers, and what to say of it."""
    memory = memory_of(rule)
    for lost in filter(None, dict.fromkeys(tuple(name for name in names if name in memory) for names in LOST)):
        kept = [name for name in memory if name not in lost]
        again = f"{in_a_row(lost)} {'start' if len(lost) > 1 else 'starts'} again"
        if kept:
            are = "are" if len(kept) > 1 else "is"
            yield lost, f"{again}, {in_a_row(kept)} {are} kept, as where a run is resumed without {in_a_row(lost)}"
        else:
            yield lost, f"{again}, as where the optimizer is made anew"


def memory_of(rule: Optimizer) -> list[str]:
    """Which of m, v and t a rule asks for in its next step."""
    with np.errstate(all="ignore"):
        state, g = rule.init(START), gradients()[:4]
        for one in g[:3]:
            state = rule.rule(state, one)
        following = rule.rule(state, g[3]).theta
        wiped = {name: rule.rule(forgetter(name)(state, g[3]), g[3]).theta for name in ("m", "v", "t")}
    return [name for name, theta in wiped.items() if not np.array_equal(theta, following, equal_nan=True)]


def in_a_row(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def rule_that_forgets(rule: Optimizer, after: int, names: tuple[str, ...], often: bool) -> Optimizer:
    """The rule that loses something after some steps, or after every so many."""
    count = {"t": 0}

    def change(old: State, g: np.ndarray) -> State:
        count["t"] = 0 if old.t == 0 and not count["t"] else count["t"]
        count["t"] += 1
        done = count["t"] - 1
        is_time = done > 0 and (done % after == 0 if often else done == after)
        return forgetter(*names)(old, g) if is_time else old

    return with_old(rule, change)


def another_rate(comparison: Comparison) -> str | None:
    """Every step is the rule's, times one factor for all coordinates, which changes from step to step."""
    thetas = thetas_of(comparison)
    for reading in readings(comparison.like, 1):
        found = factors_of(comparison, reading.rule, thetas)
        if found is not None:
            return f"the rate is not constant: {words_on_rates(*found, float(comparison.like.lr))}{reading.clause}"
    return None


def factors_of(comparison: Comparison, rule: Optimizer, thetas: list[np.ndarray]) -> tuple[np.ndarray, float] | None:
    """What each step of the rule is multiplied by, and how exactly that is told.

    None where a step is not the rule's in all coordinates, or the factors are all alike.
    """
    found, blurs, share = list[float](), list[float](), max(comparison.precision.share, SHARE)
    longest = np.zeros_like(START)  # step so far: what is kept in few digits is told to a share of that
    for (old, new), after in zip(beside_itself(rule, thetas), thetas[1:]):
        want, got = new.theta - old.theta, after - old.theta
        longest = np.maximum(longest, np.abs(want)) if comparison.roughly else np.abs(want)
        large = np.abs(want) > np.abs(want).max() / 100
        rounding = comparison.rounding_of_a_step * np.maximum(np.abs(old.theta), np.abs(after))
        with np.errstate(all="ignore"):
            factor = float(np.median(got[large] / want[large])) if large.any() else np.nan
            blur = float(np.median(rounding[large] / np.abs(want[large]))) if large.any() else np.nan
        if not np.isfinite(factor) or np.any(np.abs(got - factor * want) > share * np.abs(factor) * longest + rounding):
            return None
        found.append(factor)
        blurs.append(blur)
    factors, blur = np.array(found), 10 * share * max(np.abs(found), default=0.0) + 2 * float(np.median(blurs or [0.0]))
    return (factors, blur) if len(found) > 2 and np.ptp(factors) > blur else None


def words_on_rates(factors: np.ndarray, small: float, lr: float) -> str:
    """How a rate goes, in words. Changes that are small are none."""
    last, steps = len(factors), np.diff(factors)
    jumps = np.flatnonzero(np.abs(steps) > small)
    if len(jumps) == 1:
        before, after = f"{factors[0] * lr:.4g}", f"{factors[-1] * lr:.4g}"
        return f"lr is {before} up to step {jumps[0] + 1} and {after} from step {jumps[0] + 2} on"
    rising = np.flatnonzero(np.abs(factors - factors[-1]) > small)
    settled_at = int(rising[-1]) + 2 if rising.size else 1
    ends = f"lr is {factors[0] * lr:.4g} at step 1"
    if (steps >= -small).all():
        return f"{ends} and grows to {factors[-1] * lr:.4g}, at step {min(settled_at, last)}, as in a warm-up"
    if (steps <= small).all():
        return f"{ends} and falls to {factors[-1] * lr:.4g}, at step {min(settled_at, last)}, as by a schedule"
    top = int(factors.argmax())
    if (steps[:top] >= -small).all() and (steps[top:] <= small).all():
        return f"{ends}, {factors[top] * lr:.4g} at step {top + 1} and {factors[-1] * lr:.4g} at step {last}, as by a schedule"
    first = int(jumps[0]) + 1 if jumps.size else 1
    return f"{ends}, {factors[first] * lr:.4g} at step {first + 1} and {factors[-1] * lr:.4g} at step {last}"


def another_decay(comparison: Comparison) -> str | None:
    """Beside the step of the rule theta loses, or gains, a share of itself, the same at each step."""
    like = comparison.like
    plain = with_decay_anew(like, 0.0)
    thetas = thetas_of(comparison)
    for reading in readings(plain, 1):
        share = share_lost(comparison, reading.rule, thetas)
        if share is None:
            continue
        if share > 0 and like.lr > 0:
            tried = with_decay_anew(like, float(f"{share / like.lr:.9g}"))
            found = next((one for one in readings(tried, 2) if comparison.follows(one.rule)), None)
            if found:
                decay = f"theta decays by {share:.6g} of itself at each step{found.clause}"
                return f"it follows {with_settings(tried)}: {decay}"
        moves = f"{'grows' if share < 0 else 'shrinks'} by {abs(share):.6g} of itself"
        return f"at each step theta {moves} beside the step of the rule without decay{reading.clause}"
    return None


def with_decay_anew(rule: Optimizer, weight_decay: Any) -> Any:
    """The rule with another decay, or with none."""
    if hasattr(rule, "weight_decay"):
        return replace(rule, weight_decay=weight_decay)  # type: ignore[call-arg]
    return with_decay(rule, weight_decay)


def share_lost(comparison: Comparison, rule: Optimizer, thetas: list[np.ndarray]) -> float | None:
    """The share of itself that theta loses at each step beside the step of a rule; None if it is not one share."""
    shares, precision = [], comparison.precision
    for (old, new), after in zip(beside_itself(rule, thetas), thetas[1:]):
        lost, room = (
            new.theta - after,
            4 * precision.rounding * np.abs(START) + max(precision.share, 1e-9) * np.abs(new.theta - old.theta),
        )
        share = float(np.median(lost / old.theta))
        if not np.isfinite(share) or np.any(np.abs(lost - share * old.theta) > room + 1e-4 * np.abs(share * new.theta)):
            return None
        shares.append(share)
    middle = float(np.median(shares)) if shares else 0.0
    even = np.allclose(shares, middle, rtol=1e-3, atol=4 * precision.rounding)
    return middle if even and abs(middle) > 40 * precision.rounding else None


def penalty_unasked(comparison: Comparison) -> str | None:
    """A penalty in the gradient of a rule that has none, or of another size."""
    like, thetas = comparison.like, [state["theta"] for state in comparison.walk.states[:3]]
    decays = [one for one in DECAYS_TRIED if one != getattr(like, "weight_decay", 0.0)]
    if any(theta is None for theta in thetas):
        return None
    near = set[tuple[float, tuple[Convention, ...]]]()
    for reading in decaying_readings(like, np.array(decays)[:, None]):
        near |= {(decays[row], reading.conventions) for row in rows_near(comparison, reading.rule, thetas)}
    for weight_decay in sorted({one for one, _ in near}):
        for reading in decaying_readings(like, weight_decay):
            if (weight_decay, reading.conventions) in near and comparison.follows(reading.rule):
                return f"it follows {with_settings(with_decay_anew(like, weight_decay))} with {reading.name}"
    return None


def decaying_readings(like: Optimizer, weight_decay: Any) -> Iterator[Reading]:
    """A rule with another decay, by two conventions of which one concerns the decay.

    weight_decay : a number, or many at once, (rows, 1)
    """
    for reading in readings(with_decay_anew(like, weight_decay), 2):
        if any(one.name in DECAY_NAMES for one in reading.conventions):
            yield reading


def lower_memory(comparison: Comparison) -> str | None:
    """m or v is kept in fewer digits than theta, as its dtype shows, and the walk is the rule's as far as those go."""
    walk = comparison.walk
    low = {name: dtype for name, dtype in walk.kept.items() if dtype in ("float16", "bfloat16") and dtype != walk.dtype}
    if not low:
        return None
    coarse = replace(comparison, dtype=next(iter(low.values())))
    if not any(coarse.follows(reading.rule) for reading in readings(comparison.like, 2)):
        return None
    return " and ".join(f"{name} is kept in {dtype}" for name, dtype in low.items())


FITS: tuple[Callable[[Comparison], str | None], ...] = (
    moves_now_and_then,
    lower_memory,
    another_decay,
    lost_midway,
    another_rate,
    beta1_that_changes,
    beta2_that_changes,
    penalty_unasked,
)

ROUGH_FITS = (lost_midway, another_rate)  # those that few digits tell as well
