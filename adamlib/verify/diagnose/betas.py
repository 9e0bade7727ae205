"""A beta that is another at each step, read from the steps of a walk."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adamlib.averages import power
from adamlib.optimizers import Adam, AdamW, Optimizer
from adamlib.optimizers.base import State
from adamlib.probe import START, gradients
from adamlib.verify.compare import Comparison, thetas_of
from adamlib.verify.conventions import corrects
from adamlib.verify.rules import row_of

READ = 12  # steps at which something must be read
SAME_BETA = 1e-4  # to which a beta is the same
Observed = tuple[np.ndarray, np.ndarray, np.ndarray]


def beside_itself(rule: Optimizer, thetas: list[np.ndarray]) -> Iterator[tuple[State, State]]:
    """Pairs of states, before and after each step of a rule that is put where the walk was before that step."""
    state = rule.init(START)
    for theta, g in zip(thetas, gradients()):
        old = state._replace(theta=theta)
        with np.errstate(all="ignore"):
            state = rule.rule(old, g)
        yield old, state


def beta1_that_changes(comparison: Comparison) -> str | None:
    """beta1 is another at each step, while v is as in the rule."""

    def seen(like: Any, old: State, new: State, after: np.ndarray, g: np.ndarray) -> Observed:
        root = (np.sqrt(new.v_hat) + like.eps) / like.lr
        return g, (like.shrink(old.theta) - after) * root, 8 * comparison.precision.rounding * np.abs(START) * root

    return words_on("beta1", comparison, seen)


def beta2_that_changes(comparison: Comparison) -> str | None:
    """beta2 is another at each step, while m is as in the rule."""

    def seen(like: Any, old: State, new: State, after: np.ndarray, g: np.ndarray) -> Observed:
        change = like.shrink(old.theta) - after
        v_hat = (like.lr * new.m_hat / change - like.eps) ** 2
        blur = 32 * comparison.precision.rounding * np.abs(START / change) * (v_hat + like.eps * np.sqrt(v_hat))
        return g * g, v_hat, np.where(change == 0, np.inf, blur)

    return words_on("beta2", comparison, seen)


def words_on(name: str, comparison: Comparison, seen: Callable[..., Observed]) -> str | None:
    """What becomes of a beta, in words; None where no betas explain the walk, or they are all the same."""
    row = row_of(type(comparison.like))
    if comparison.is_coarse or row is None or row.kind not in (Adam, AdamW) or not corrects(comparison.like):
        return None
    with np.errstate(all="ignore"):
        betas = betas_read(name, comparison, seen)
    if betas is None or np.ptp(betas) <= 20 * SAME_BETA:  # as noise on the way may be
        return None
    few = ", ".join(f"{betas[t - 1]:.4g} at step {t}" for t in (1, 2, len(betas)))
    return f"{name} is not constant in the average, and 1 - {name}^t corrects as if it were: {few}"


def betas_read(name: str, comparison: Comparison, seen: Callable[..., Observed]) -> np.ndarray | None:
    """A beta at each step, where the correction takes that of the rule; None where no number explains a step."""
    like: Any = comparison.like
    thetas, found = thetas_of(comparison), []
    average, haze = np.zeros_like(START), np.zeros_like(START)
    for (old, new), after, g in zip(beside_itself(like, thetas), thetas[1:], gradients()):
        x, corrected, blur = seen(like, old, new, after, g)
        is_seen = np.isfinite(corrected) & np.isfinite(blur)
        shown = corrected * (1 - power(getattr(like, name), new.t))
        haze = np.where(is_seen, haze + blur, np.inf)
        unit = np.abs(x) + np.abs(average) + haze
        # corrected (1 - beta^t) = beta average + (1 - beta) x
        slope = np.where(is_seen, average - x, 0.0)
        rest = np.where(is_seen, shown - x, 0.0)
        beta = float(np.sum(slope * rest / unit**2) / np.sum((slope / unit) ** 2))
        if not -1e-9 <= beta <= 1 or np.any(np.abs(beta * slope - rest) > SAME_BETA * unit + haze):
            return None
        average = np.where(is_seen, shown, beta * average + (1 - beta) * x)
        haze = np.where(is_seen, blur, 0.0)
        found.append(beta)
    return np.array(found) if len(found) > READ else None
