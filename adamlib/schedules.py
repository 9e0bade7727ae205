"""Schedules: how the learning rate changes with time. Each is a function from the step t to the factor that multiplies lr."""

from collections.abc import Callable

import numpy as np

from adamlib import validate

Schedule = Callable[[int], float]


def linear(steps: int) -> Schedule:
    """Fall from 1 to almost 0 in a straight line, and stay at 0.

        eta_t = 1 - (t - 1) / steps,  and 0 for t > steps

    steps : after how many steps the rate is 0, at least 1. The first step has the full rate, the last one 1 / steps of it

    Returns a schedule: a function from t, the number of the step from 1, to eta_t. Raises TypeError or ValueError for steps
    that are no whole number from 1.

    >>> [linear(4)(t) for t in (1, 2, 4, 5)]
    [1.0, 0.75, 0.25, 0.0]
    """
    steps = validate.count("steps", steps)
    return lambda t: max(0.0, 1 - (t - 1) / steps)


def cosine(steps: int) -> Schedule:
    """Fall from 1 to 0 along half a cosine: slowly at both ends, and stay at 0.

        eta_t = (1 + cos(pi (t - 1) / steps)) / 2,  and 0 for t > steps

    steps : after how many steps the rate is 0, at least 1

    Returns and raises as `linear`. Source: Loshchilov & Hutter 2017 (SGDR), equation (5), one cycle.

    >>> [round(cosine(4)(t), 3) for t in (1, 2, 3, 5)]
    [1.0, 0.854, 0.5, 0.0]
    """
    steps = validate.count("steps", steps)
    return lambda t: float(0.5 * (1 + np.cos(np.pi * min(1.0, (t - 1) / steps))))


def inverse_root() -> Schedule:
    """Fall with the root of time: what convergence proofs ask for.

        eta_t = 1 / sqrt(t)

    Returns a schedule, as `linear`. Source: Kingma & Ba 2015, section 4; Reddi, Kale & Kumar 2018, Theorem 4.

    >>> [inverse_root()(t) for t in (1, 4, 100)]
    [1.0, 0.5, 0.1]
    """
    return lambda t: float(1 / np.sqrt(t))


def warmup(steps: int, then: Schedule | None = None) -> Schedule:
    """Rise to the full rate in equal stairs, then follow another schedule.

        eta_t = t / steps for t <= steps,  then(t - steps) afterwards

    steps : how many steps the rise takes, at least 1
    then : the schedule that follows, counted from its own step 1; None stays at the full rate

    Returns and raises as `linear`; a TypeError as well for a `then` that is no function.

    >>> [warmup(4, linear(10))(t) for t in (1, 2, 4, 5, 6)]
    [0.25, 0.5, 1.0, 1.0, 0.9]
    """
    steps = validate.count("steps", steps)
    if then is not None:
        validate.function("then", then)
    return lambda t: t / steps if t <= steps else 1.0 if then is None else then(t - steps)


def scheduled(lr: float | np.ndarray, schedule: Schedule | None, t: int) -> float | np.ndarray:
    """The learning rate of step t: lr times what the schedule says, which must be a finite number, at least 0."""
    return lr if schedule is None else lr * validate.one_number(f"schedule({t})", schedule(t))
