"""Causes whose numbers are read from the walk itself: another rate, t, beta or decay at each step, and a memory lost midway."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer, State
from adamlib.probe import START, gradients
from adamlib.verify.changes import wipe, with_decay, with_old, with_t
from adamlib.verify.compare import Comparison, thetas_of
from adamlib.verify.conventions import corrects
from adamlib.verify.diagnose.betas import READ, beside_itself, beta1_that_changes, beta2_that_changes
from adamlib.verify.readings import Reading, readings
from adamlib.verify.rules import with_settings

DECAY_NAMES = ("penalty", "decay after", "decay alone")
SHARE = 1e-6  # to which ratios of steps must agree
FASTEST = 400
DECAYS_TRIED = tuple(a * 10.0**b for b in range(-6, 1) for a in (1, 2, 5))


def besides(reading: Reading) -> str:
    return f"; with {reading.name}" if reading.conventions else ""


def lost_midway(comparison: Comparison) -> str | None:
    """m and v, or t, or all of it is lost before the step that departs, once or again and again."""
    like, away = comparison.like, comparison.departure()
    if away is None or away.step < 3 or not like.shares():
        return None
    after = away.step - 1
    for reading in readings(like, 1):
        for what, names in LOST.items():
            for often, says in ((False, f"after {after} steps"), (True, f"after every {after} steps")):
                if comparison.follows(forgetful(reading.rule, after, names, often)):
                    return f"{says} {what}, as where a run is resumed from half of what it needs{besides(reading)}"
    return None


LOST = {
    "m, v and t start again": ("m", "v", "t"),
    "t starts again, m and v are kept": ("t",),
    "m and v start again, t is kept": ("m", "v"),
    "m starts again, v and t are kept": ("m",),
    "v starts again, m and t are kept": ("v",),
}


def forgetful(rule: Optimizer, after: int, names: tuple[str, ...], often: bool) -> Optimizer:
    """The rule that loses something after some steps, or after every so many."""
    count = {"t": 0}

    def change(old: State, g: np.ndarray) -> State:
        count["t"] = 0 if old.t == 0 and not count["t"] else count["t"]
        count["t"] += 1
        done = count["t"] - 1
        is_time = done > 0 and (done % after == 0 if often else done == after)
        return wipe(*names)(old, g) if is_time else old

    return with_old(rule, change)


def another_t(comparison: Comparison) -> str | None:
    """The correction takes another t than the number of the step: which, is read off the first steps."""
    like = comparison.like
    if not corrects(like):
        return None
    for reading in readings(like, 1):
        if not corrects(reading.rule):
            continue
        read = t_read(comparison, reading)
        for says, t_of in guesses(read) if read else ():
            if comparison.follows(read_with_t(like, reading, t_of)):
                return f"t is not the number of the step: {says}{besides(reading)}"
    return None


def read_with_t(like: Optimizer, reading: Reading, t_of: Callable[[int], Any]) -> Optimizer:
    """A rule that corrects with another t, read by conventions."""
    rule = with_t(like, t_of)
    for convention in reading.conventions:
        rule = convention.make(rule)
    return rule


def t_read(comparison: Comparison, reading: Reading) -> list[int]:
    """The t of each of the first steps; empty where one has none, or more than one."""
    thetas, found = thetas_of(comparison)[: READ + 1], []
    chosen = [1]
    rule = read_with_t(comparison.like, reading, lambda t: chosen[0])
    state = rule.init(START)
    for before, after, g in zip(thetas, thetas[1:], gradients()):
        old, fits = state._replace(theta=before), []
        for t in range(1, FASTEST):
            chosen[0] = t
            with np.errstate(all="ignore"):
                state = rule.rule(old, g)
            if same_change(comparison, state.theta - before, after - before):
                fits.append(t)
        if len(fits) != 1:
            break
        found.append(fits[0])
    return found


def same_change(comparison: Comparison, want: np.ndarray, got: np.ndarray) -> bool:
    precision = comparison.precision
    room = max(precision.share, 1e-8) * np.abs(want) + 2 * precision.rounding * np.abs(START)
    return bool(np.all(np.abs(want - got) <= room))


def guesses(read: list[int]) -> Iterator[tuple[str, Callable[[int], int]]]:
    """What t may be as a function of the step."""
    first, pace = read[0], (read[1] - read[0] if len(read) > 1 else 1)
    if len(set(read)) == 1:
        yield f"it stays at {first}", lambda t: first
    if pace == 1 and first != 1:
        yield f"it is {first - 1} ahead, {first} at the first step", lambda t: t + first - 1
    if pace > 1:
        yield f"it goes {pace} at a time, from {first}", lambda t: first + pace * (t - 1)
    for every in range(2, READ):
        for late in range(every):
            slow = [(t + late - 1) // every + first for t in range(1, len(read) + 1)]
            if slow == read:
                yield f"it advances once in {every} steps", lambda t, e=every, o=late: (t + o - 1) // e + first  # type: ignore[misc]
    top = max(read)
    if len(read) > 1 and read[-1] == top and read[-2] == top:
        yield f"it stops at {top}", lambda t: min(t + first - 1, top)


def another_rate(comparison: Comparison) -> str | None:
    """Every step is the rule's, times one factor for all coordinates, which changes from step to step."""
    thetas = thetas_of(comparison)
    for reading in readings(comparison.like, 1):
        factors = factors_of(comparison, reading.rule, thetas)
        if factors is not None:
            return f"the rate is not constant: {course(factors, float(comparison.like.lr))}{besides(reading)}"
    return None


def factors_of(comparison: Comparison, rule: Optimizer, thetas: list[np.ndarray]) -> np.ndarray | None:
    """What each step of the rule is multiplied by; None where a step is not the rule's in all coordinates."""
    found, share = [], max(comparison.precision.share, SHARE)
    for (old, new), after in zip(beside_itself(rule, thetas), thetas[1:]):
        want, got = new.theta - old.theta, after - old.theta
        large = np.abs(want) > np.abs(want).max() / 100
        with np.errstate(all="ignore"):
            factor = np.median(got[large] / want[large]) if large.any() else np.nan
        room = share * np.abs(factor * want) + 4 * comparison.precision.rounding * np.abs(old.theta)
        if not np.isfinite(factor) or np.any(np.abs(got - factor * want) > room):
            return None
        found.append(factor)
    moves = np.abs(np.diff(found)) > 10 * share * max(np.abs(found).max(), 1e-300)
    return np.array(found) if len(found) > 2 and moves.any() else None


def course(factors: np.ndarray, lr: float) -> str:
    """How a rate goes, in words."""
    last, steps = len(factors), np.diff(factors)
    small = 1e-5 * np.abs(factors).max()
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
    return f"{ends}, {factors[1] * lr:.4g} at step 2 and {factors[-1] * lr:.4g} at step {last}"


def another_decay(comparison: Comparison) -> str | None:
    """Beside the step of the rule theta loses, or gains, a share of itself, the same at each step."""
    like = comparison.like
    plain = with_decay_anew(like, 0.0)
    thetas = thetas_of(comparison)
    for reading in readings(plain, 1):
        share = share_lost(comparison, reading.rule, thetas)
        if share is None:
            continue
        if share > 0:
            tried = with_decay_anew(like, float(f"{share / like.lr:.9g}"))
            found = next((one for one in readings(tried, 2) if comparison.follows(one.rule)), None)
            if found:
                decay = f"theta decays by {share:.6g} of itself at each step{besides(found)}"
                return f"it follows {with_settings(tried)}: {decay}"
        moves = f"{'grows' if share < 0 else 'shrinks'} by {abs(share):.6g} of itself"
        return f"at each step theta {moves} beside the step of the rule without decay{besides(reading)}"
    return None


def with_decay_anew(rule: Optimizer, weight_decay: float) -> Any:
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
    like, thetas = comparison.like, thetas_of(comparison)
    for weight_decay in DECAYS_TRIED:
        if len(thetas) > 1 and weight_decay != getattr(like, "weight_decay", 0.0):
            tried = with_decay_anew(like, weight_decay)
            for reading in readings(tried, 1):
                if reading.name in DECAY_NAMES and comparison.follows(reading.rule):
                    return f"it follows {with_settings(tried)} with {reading.name}"
    return None


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
    lower_memory,
    another_decay,
    lost_midway,
    another_t,
    another_rate,
    beta1_that_changes,
    beta2_that_changes,
    penalty_unasked,
)
