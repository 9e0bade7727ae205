"""The settings that a walk shows: betas and eps that are in use, one number fitted to it, and all of them fitted together."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.changes import with_values
from adamlib.verify.compare import Comparison, rows_of_state, states, thetas_of, walked
from adamlib.verify.conventions import has_eps
from adamlib.verify.diagnose.feeds import clipped_by_length, clipped_by_value
from adamlib.verify.diagnose.suspects import Suspect, roundings
from adamlib.verify.readings import Reading, readings

BETAS_IN_USE = {
    "beta": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta1": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta2": (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999),
}
EPS_TO_TRY = (0.0, 1e-16, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1.0)
WIDE = np.geomspace(1e-14, 1e3, 681)  # numbers that may be an eps, 1 - beta, or a limit of gradients
NEARER = (0.5, 0.1, 0.02, *[4e-3] * 9)  # how near a fit must be at each look, ten times as close as the one before
EARLY = 40  # steps up to which another number shows
LATER = 4  # steps after a departure that a number is fitted to
FITTED_STEPS = 40
MOST_TRIES, LOOKS_IN_VAIN = 30, 3  # at the numbers nearby; those in a row from which no step leads nearer
SLOW_LOOKS, SLOW = 12, 0.99  # looks that all together come less than so much nearer
NUDGE, STUCK = 1e-6, 0.995  # a share of what it goes astray: where a step would leave more, there is none
DAMPINGS, LARGEST_DAMPING, LONGEST_STEP = (0.01, 0.1, 1.0, 10.0), 1e9, 2.0
LATEST = 3  # steps by which another rate, beta or eps shows
SMALLEST_RATE, LARGEST_RATE = 1e-3, 1e3  # times as long, of those from which a search starts
DIGITS_TRIED = (2, 3, 4, 6, 9)


def other_settings(comparison: Comparison) -> Iterator[Suspect]:
    """The rule with all betas and eps that are in use, by one convention: those whose first three steps are those of the walk."""
    like, thetas = comparison.like, [state["theta"] for state in comparison.walk.states[:3]]
    names = {field.name for field in fields(like)}
    grids: dict[str, tuple[Any, ...]] = {
        name: (getattr(like, name), *values) for name, values in BETAS_IN_USE.items() if name in names
    }
    if "eps" in names:
        grids["eps"] = (like.eps, *reversed(EPS_TO_TRY))
    if not grids or any(theta is None for theta in thetas):
        return
    table = np.array(list(product(*grids.values())))
    for reading in readings(like, 1):
        for lr in rates_to_try(comparison, reading):
            whole = Suspect(replace(like, lr=lr, **dict(zip(grids, table.T[..., None]))), None, reading.conventions)
            for row in table[rows_near(comparison, whole.rule, thetas)]:
                yield Suspect(replace(like, lr=lr, **dict(zip(grids, map(float, row)))), None, reading.conventions)


def rates_to_try(comparison: Comparison, reading: Reading) -> list[float]:
    """The rate of a rule, and the one at which it moves first as a walk does, along the largest gradient."""
    lr, first = comparison.like.lr, comparison.walk.states[0]["theta"]
    steepest = np.abs(gradients()[0]).argmax()
    with np.errstate(all="ignore"):
        usual = Suspect(comparison.like, None, reading.conventions).first_change()[steepest]
        ratio = (first - START)[steepest] / usual
    return list(dict.fromkeys((lr, *(roundings(ratio * lr, comparison.is_coarse) if 0 < ratio < np.inf else ()))))


def rows_near(comparison: Comparison, rule: Optimizer, thetas: list[np.ndarray]) -> np.ndarray:
    """Which of many settings at once, one a row, are near the first steps of a walk."""
    precision = comparison.precision
    keep: Any = True
    way, before = np.zeros_like(START), START
    for state, theta in zip(states(rule), thetas):
        with np.errstate(all="ignore"):
            way, before = way + np.abs(theta - before), theta
            room = 10 * max(precision.share, 1e-6) * way + 10 * precision.rounding * np.abs(theta)
            is_near = (np.abs(state["theta"] - theta) <= room) | (np.isnan(theta) & np.isnan(state["theta"]))
            keep = keep & is_near.all(axis=-1)
    return np.flatnonzero(keep)


def fitted_settings(comparison: Comparison) -> Iterator[Suspect]:
    """The rule with another eps or beta, or on clipped gradients, whatever the number: by one convention, where one is near."""
    away = comparison.departure()
    is_early = away is not None and away.step <= EARLY and np.isfinite(away.got)
    is_seen = is_early and comparison.like.elementwise  # a rule of matrices does not walk many at once
    thetas = thetas_of(comparison)[: away.step + LATER] if away and is_seen else []
    for reading in readings(comparison.like, 1) if len(thetas) > 2 else ():
        for base in (with_values(comparison.like, lr=lr) for lr in rates_to_try(comparison, reading)):
            for vary in suspects_of_a_number(Suspect(base, None, reading.conventions)):
                number = fitted_number(comparison, vary, thetas)
                yield from map(vary, roundings(number, comparison.is_coarse) if number else ())


def suspects_of_a_number(suspect: Suspect) -> Iterator[Callable[[Any], Suspect]]:
    """What makes a suspect of a number, or of many at once, (rows, 1)."""
    if has_eps(suspect.base):
        yield lambda eps: replace(suspect, base=with_values(suspect.base, eps=eps))
    for name in suspect.base.shares():
        yield lambda rest, name=name: replace(suspect, base=with_values(suspect.base, **{name: 1 - rest}))  # type: ignore[misc]
    yield lambda limit: replace(suspect, fed=clipped_by_value(limit))
    yield lambda limit: replace(suspect, fed=clipped_by_length(limit))


def fitted_number(comparison: Comparison, vary: Callable[[Any], Suspect], thetas: list[np.ndarray]) -> float | None:
    """The number at which a suspect is nearest to the first steps of a walk, by looking closer and closer; None if none is."""
    numbers = WIDE
    for near in NEARER:
        best = nearest_row(comparison, vary, numbers, thetas, max(near, 10 * comparison.precision.share))
        if best is None:
            return None
        numbers = np.geomspace(numbers[max(best - 1, 0)], numbers[min(best + 1, len(numbers) - 1)], 21)
    return float(numbers[10])


def nearest_row(
    comparison: Comparison, vary: Callable[[Any], Suspect], numbers: np.ndarray, thetas: list[np.ndarray], most: float
) -> int | None:
    """Which of many numbers goes astray least in the first steps of a walk; None where all do by more than `most` of the way."""
    rows, worst, suspect = np.arange(len(numbers)), np.zeros(len(numbers)), vary(numbers[:, None])
    rule, few = suspect.rule, gradients()[: len(thetas) - 1, None]
    state, fed = rule.init(START), suspect.feed(few) if suspect.feed else few
    for t, (theta, way) in enumerate(zip(thetas[1:], ways_walked(comparison, thetas))):
        with np.errstate(all="ignore"):
            state = rule.rule(state, fed[t])
            worst = np.maximum(worst, shares_astray(state.theta, theta, way))
        near = np.flatnonzero(worst <= most)
        if not near.size:
            return None
        if near.size < len(rows) / 2:  # those that are left are walked alone
            rows, worst, state = rows[near], worst[near], rows_of_state(state, near)
            rule, fed = vary(numbers[rows, None]).rule, fed[:, near] if len(fed[0]) > 1 else fed
    return int(rows[worst.argmin()])


def ways_walked(comparison: Comparison, thetas: list[np.ndarray]) -> np.ndarray:
    """How far a walk has come after each step, and as far as rounding goes at least."""
    steps = np.nan_to_num(np.abs(np.diff(thetas, axis=0)))
    return np.cumsum(steps, axis=0) + comparison.precision.rounding / comparison.precision.share


def shares_astray(thetas: np.ndarray, theta: np.ndarray, way: np.ndarray) -> np.ndarray:
    """How far each of many positions, one a row, is from another at most, as a share of the way."""
    off = np.nan_to_num(np.abs(thetas - theta) / way, nan=np.inf)
    return np.where(np.isnan(theta) & np.isnan(thetas), 0.0, off).max(axis=-1)


def fitted_together(comparison: Comparison) -> Iterator[Suspect]:
    """The rule with the settings that are nearest to a walk, rounded to few digits and to more, by one convention."""
    thetas = np.array(thetas_of(comparison)[: FITTED_STEPS + 1])
    away = comparison.departure()
    if (
        away is None
        or away.step > LATEST
        or len(thetas) <= FITTED_STEPS
        or not np.isfinite(thetas).all()
        or not comparison.like.elementwise
    ):
        return
    for reading in readings(comparison.like, 1):
        start = Suspect(comparison.like, None, reading.conventions)
        names = ["lr", *comparison.like.shares(), *(["eps"] if has_eps(comparison.like) else [])]
        found = nearest_settings(start, names, thetas)
        for digits in DIGITS_TRIED if found is not None else ():
            settings = {name: setting_of(name, x, digits) for name, x in zip(names, found)}  # type: ignore[arg-type]
            yield Suspect(with_values(comparison.like, **settings), None, reading.conventions)


def setting_of(name: str, x: float, digits: int) -> float:
    """A setting from its logarithm; of a beta that of 1 - beta."""
    number = float(f"{np.exp(x):.{digits}g}")
    return number if name in ("lr", "eps") else float(f"{1 - number:.12g}")


def nearest_settings(start: Suspect, names: list[str], thetas: np.ndarray) -> np.ndarray | None:
    """Logarithms of the settings at which a suspect is nearest to a walk, by Levenberg and Marquardt; None if none is near.

    Each look is one walk of many settings at once: where a step of each damping leads, and what is next to that.
    """
    now, damping = settings_to_start_from(start, names, thetas), 1e-2
    ((misses, slopes),) = misses_and_slopes(start, names, now[None], thetas)
    in_vain, sizes = 0, [size_of(misses)]
    for _ in range(MOST_TRIES):
        if not np.isfinite(LARGEST_DAMPING**2 * slopes @ slopes.T).all():
            return None
        in_vain = in_vain + 1 if is_nearest(misses, slopes) else 0
        if in_vain == LOOKS_IN_VAIN or creeps(sizes):
            return None
        tried = now + np.array([levenberg_step(misses, slopes, damping * factor) for factor in DAMPINGS])
        found = misses_and_slopes(start, names, tried, thetas)
        lengths = [np.nan_to_num(size_of(one), nan=np.inf) for one, _ in found]
        best = int(np.argmin(lengths))
        if lengths[best] < sizes[-1]:
            now, (misses, slopes), damping = tried[best], found[best], damping * DAMPINGS[best]
        else:
            damping *= DAMPINGS[-1] ** 2
        sizes.append(size_of(misses))
        if sizes[-1] < NUDGE / 100 or damping > LARGEST_DAMPING:
            break
    return now if sizes[-1] < NUDGE else None


def size_of(misses: np.ndarray) -> float:
    return float(np.sqrt(np.mean(misses**2)))


def creeps(sizes: list[float]) -> bool:
    """Whether a fit is not there, and the last looks have hardly come nearer."""
    return len(sizes) > SLOW_LOOKS and sizes[-1] > max(NUDGE, SLOW * sizes[-1 - SLOW_LOOKS])


def is_nearest(misses: np.ndarray, slopes: np.ndarray) -> bool:
    """Whether no step from here leads nearer, as far as the slopes tell."""
    left = misses + np.linalg.lstsq(slopes.T, -misses, rcond=None)[0] @ slopes
    return size_of(left) > STUCK * size_of(misses)


def levenberg_step(misses: np.ndarray, slopes: np.ndarray, damping: float) -> np.ndarray:
    """The step to where misses are smallest, as far as slopes tell; the shortest where a setting makes no difference."""
    square = slopes @ slopes.T
    step = np.linalg.lstsq(square + damping * np.diag(np.diag(square)), -slopes @ misses, rcond=None)[0]
    return np.clip(step, -LONGEST_STEP, LONGEST_STEP)


def settings_to_start_from(start: Suspect, names: list[str], thetas: np.ndarray) -> np.ndarray:
    """Logarithms of a suspect's own settings, but of the rate at which its steps are as long as those of the walk."""
    given = {name: getattr(start.base, name) for name in names}
    settings = np.array([x if name in ("lr", "eps") else 1 - x for name, x in given.items()])
    logarithms = np.log(np.maximum(settings, 1e-12))
    logarithms[0] += np.log(np.clip(rate_of_the_whole(start, thetas), SMALLEST_RATE, LARGEST_RATE))
    return logarithms


def rate_of_the_whole(start: Suspect, thetas: np.ndarray) -> float:
    """How many times as long the steps of a walk are as those of a suspect, in the middle."""
    usual = np.array([START, *(state["theta"] for _, state in zip(thetas[1:], states(start.rule)))])
    with np.errstate(all="ignore"):
        ratio = np.abs(np.diff(thetas, axis=0) / np.diff(usual, axis=0))
    return float(np.nan_to_num(np.nanmedian(ratio), nan=1.0))


def misses_and_slopes(
    start: Suspect, names: list[str], points: np.ndarray, thetas: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """At each of some points how far they go astray, and how that changes with each setting."""
    nudges = NUDGE * np.vstack([np.zeros(len(names)), np.eye(len(names))])
    rows = (points[:, None] + nudges).reshape(-1, len(names))
    found = misses_of(start, names, rows, thetas).reshape(len(points), len(nudges), -1)
    return [(here[0], (here[1:] - here[0]) / NUDGE) for here in found]


def misses_of(start: Suspect, names: list[str], rows: np.ndarray, thetas: np.ndarray) -> np.ndarray:
    """How far each row of settings goes astray, as a share of the way: (rows, steps times coordinates)."""
    values = np.exp(rows.T)[..., None]
    settings = {name: x if name in ("lr", "eps") else 1 - np.minimum(x, 1.0) for name, x in zip(names, values)}
    rule: Optimizer = Suspect(with_values(start.base, **settings), None, start.conventions).rule
    found = np.empty((len(thetas) - 1, len(rows), START.size))
    for here, state in zip(found, walked(rule, gradients()[: len(thetas) - 1, None])):
        here[:] = state.theta
    way = np.cumsum(np.abs(np.diff(thetas, axis=0)), axis=0) + 1e-12
    return ((found - thetas[1:, None]) / way[:, None]).transpose(1, 0, 2).reshape(len(rows), -1)
