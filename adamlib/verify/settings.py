"""The settings that a walk shows: betas and eps that are in use, and numbers that are fitted to it."""

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.compare import Comparison, states
from adamlib.verify.readings import readings
from adamlib.verify.suspects import Suspect, roundings

BETAS_IN_USE = {
    "beta": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta1": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99),
    "beta2": (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999),
}
EPS = (0.0, 1e-16, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1.0)


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
