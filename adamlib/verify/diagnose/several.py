"""Several settings at once that are not those of the rule: rate, betas and eps are fitted together to the first steps."""

from collections.abc import Iterator

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.changes import with_values
from adamlib.verify.compare import Comparison, states
from adamlib.verify.conventions import has_eps
from adamlib.verify.diagnose.betas import thetas_of
from adamlib.verify.diagnose.suspects import Suspect
from adamlib.verify.readings import readings

FITTED_STEPS = 40
TRIALS = (40, 16)  # looks at the numbers nearby, at most, and after how many they must be near
NUDGE, NEAR = 1e-6, 0.3
LATEST = 3  # steps by which another rate, beta or eps shows
SMALLEST_RATE, LARGEST_RATE = 1e-3, 1e3  # times as long, of those from which a search starts
DIGITS_TRIED = (2, 3, 4, 6, 9)


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
    """Logarithms of the settings at which a suspect is nearest to a walk, by Levenberg and Marquardt; None if none is near."""
    given = {name: getattr(start.base, name) for name in names}
    settings = np.array([x if name in ("lr", "eps") else 1 - x for name, x in given.items()])
    now, damping = np.log(np.maximum(settings, 1e-12)), 1e-2
    now[0] += np.log(np.clip(rate_of_the_whole(start, thetas), SMALLEST_RATE, LARGEST_RATE))
    misses = misses_of(start, names, now[None], thetas)[0]
    for trial in range(TRIALS[0]):
        nearby = misses_of(start, names, now + NUDGE * np.eye(len(names)), thetas)
        slopes = (nearby - misses) / NUDGE
        square = slopes @ slopes.T
        if not np.isfinite(square).all() or (trial == TRIALS[1] and np.sqrt(np.mean(misses**2)) > NEAR):
            return None
        step = np.linalg.solve(square + damping * (np.diag(np.diag(square)) + 1e-12 * np.eye(len(names))), -slopes @ misses)
        there = misses_of(start, names, (now + np.clip(step, -2, 2))[None], thetas)[0]
        if np.sum(there**2) < np.sum(misses**2):
            now, misses, damping = now + np.clip(step, -2, 2), there, damping / 5
        else:
            damping *= 4
    return now if np.sqrt(np.mean(misses**2)) < NUDGE else None


def rate_of_the_whole(start: Suspect, thetas: np.ndarray) -> float:
    """How many times as long the steps of a walk are as those of a suspect, in the middle."""
    usual = np.array([START, *(state["theta"] for _, state in zip(thetas[1:], states(start.rule)))])
    with np.errstate(all="ignore"):
        ratio = np.abs(np.diff(thetas, axis=0) / np.diff(usual, axis=0))
    return float(np.nan_to_num(np.nanmedian(ratio), nan=1.0))


def misses_of(start: Suspect, names: list[str], rows: np.ndarray, thetas: np.ndarray) -> np.ndarray:
    """How far each row of settings goes astray, as a share of the way: (rows, steps times coordinates)."""
    values = np.exp(rows.T)[..., None]
    settings = {name: x if name in ("lr", "eps") else 1 - np.minimum(x, 1.0) for name, x in zip(names, values)}
    rule: Optimizer = Suspect(with_values(start.base, **settings), None, start.conventions).rule
    few = gradients()[: len(thetas) - 1, None]
    walked = np.array([np.broadcast_to(state["theta"], (len(rows), START.size)) for state in states(rule, lambda g: few)])
    way = np.cumsum(np.abs(np.diff(thetas, axis=0)), axis=0) + 1e-12
    return ((walked - thetas[1:, None]) / way[:, None]).transpose(1, 0, 2).reshape(len(rows), -1)
