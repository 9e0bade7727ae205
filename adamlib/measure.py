"""What can be said about a run: when it arrives, whether it stays, and how near the edge of stability it walks."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.curvature import hessian
from adamlib.engine import choose, task_of
from adamlib.engine.arrays import every_state
from adamlib.optimizers import Optimizer
from adamlib.problems.problem import Problem
from adamlib.run import Trajectory
from adamlib.schedules import Schedule

RECORDED_AT_ONCE = 400_000  # steps, over all runs, that are recorded at once: some 40 MB


def arrival(
    optimizer: Optimizer,
    problem: Problem,
    start: Any = None,
    steps: int = 1000,
    below: float = 1e-6,
    schedule: Schedule | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """When a run first touches a loss, and from when on it stays below it.

        touch = the first t with f(theta_t) < below
        stay  = the first t with f(theta_s) < below for every s from t to `steps`

    optimizer, problem, start, steps, schedule : as `run`
    below : the loss to reach, above 0

    Returns touch and stay, arrays of the shape of the sweep; nan where it did not happen within `steps`. Raises as `run`.

    >>> from adamlib import SGD, bowl
    >>> [int(t) for t in arrival(SGD(lr=0.1), bowl(), steps=200)]
    [69, 69]
    """
    steps, below = validate.count("steps", steps), validate.one_number("below", below, low=np.nextafter(0, 1))
    task = task_of(optimizer, problem, start, steps, schedule)
    if task.surface is None or not task.runs or choose(task).name != "compiled":
        return touch_and_stay((problem.loss(state.theta) for state in islice(every_state(task), steps + 1)), below)
    parts = []
    for _, block in task.blocks(max(1, RECORDED_AT_ONCE // steps)):
        with np.errstate(all="ignore"):
            losses = problem.loss(choose(block, "compiled").record(np.arange(steps + 1))["theta"])
        parts.append((first_touch(losses, below), np.asarray(settled(losses, below), float)))
    touch, stay = (np.concatenate(part).reshape(task.theta.shape[:-1]) for part in zip(*parts))
    return touch, stay


def touch_and_stay(losses: Iterable[np.ndarray], below: float) -> tuple[np.ndarray, np.ndarray]:
    """Touch and stay from the losses of one step after another."""
    with np.errstate(all="ignore"):
        for t, loss in enumerate(losses):
            low = loss < below
            if t == 0:
                touch, last_above = np.full(low.shape, np.nan), np.full(low.shape, -1)
            np.copyto(last_above, t, where=~low)
            if low.any():
                np.copyto(touch, t, where=low & np.isnan(touch))
    return touch, np.where(last_above < t, last_above + 1.0, np.nan)


def first_touch(losses: np.ndarray, below: float) -> np.ndarray:
    """The first step at which recorded losses (T, *sweep) are below a level, nan where none is."""
    low = losses < below
    return np.where(low.any(axis=0), low.argmax(axis=0), np.nan)


def settled(values: Any, below: float) -> int | np.ndarray | None:
    """The first step from which on a quantity stays below a level, as long as it was watched.

        the first t with values_s < below for every s from t to the end

    values : (T,), one number for each step from step 0 on, as a loss or a distance; or (T, *sweep)
    below : the level

    Returns a whole number, or None where it does not stay below; for a sweep an array of its shape, nan where it does not.
    A value that is nan is not below. `arrival` runs without recording, and says the first touch as well. Raises TypeError or
    ValueError for values that are no numbers, or none, and for a level that is nan.

    >>> settled([4.0, 0.5, 2.0, 0.5, 0.25], below=1.0)
    3
    >>> settled([4.0, 0.5, 2.0], below=1.0) is None
    True
    """
    numbers, level = watched("values", values), level_of("below", below)
    above = ~(numbers < level)
    since = np.where(above.any(axis=0), len(above) - above[::-1].argmax(axis=0), 0)
    if numbers.ndim > 1:
        return np.where(above[-1], np.nan, since)
    return None if above[-1] else int(since)


def watched(field: str, values: Any) -> np.ndarray:
    """One number for each step (T,), or for each step of a sweep (T, *sweep)."""
    numbers = validate.array(field, values)
    if not numbers.ndim or not len(numbers):
        validate.refuse_as(ValueError, field, f"of shape {numbers.shape}", "be of shape (T, ...), at least one step")
    return numbers


def level_of(field: str, value: Any) -> float:
    level = validate.real(field, value)
    if np.isnan(level):
        validate.refuse_as(ValueError, field, "= nan", "be a number")
    return level


def bursts(losses: Any, rest: float = 1e-10, out: float = 1e-6, quiet: int = 5) -> np.ndarray:
    """The steps at which a walk that had come to rest is thrown out again.

        it rests          after `quiet` losses in a row below `rest`
        it is thrown out  at the next loss above `out`, and must come to rest anew

    losses : (T,), one for each step from step 0 on
    rest, out : two levels; `out` is not below `rest`
    quiet : how many losses make a rest; a walk that only flies through the minimum has not come to rest

    Returns whole numbers (N,), the steps in their order.

    >>> bursts([1.0, 0.0, 0.0, 1.0, 0.0, 1.0], quiet=2).tolist()
    [3]
    """
    numbers, rest, out = watched("losses", losses), level_of("rest", rest), level_of("out", out)
    if numbers.ndim > 1:
        validate.refuse_as(ValueError, "losses", f"of shape {numbers.shape}", "be those of one walk, (T,)")
    if out < rest:
        validate.refuse(ValueError, "out", out, f"{rest} or more, which is `rest`")
    needed, found, calm, rested = validate.count("quiet", quiet), [], 0, False
    for t, loss in enumerate(numbers.tolist()):
        calm = calm + 1 if loss < rest else 0
        rested = rested or calm == needed
        if rested and loss > out:
            found.append(t)
            rested = False
    return np.array(found, int)


def stability(walk: Trajectory) -> np.ndarray:
    """The learning rate times the sharpest curvature, measured with the optimizer's own rulers.

        lr * lambda_max(P^-1/2 H P^-1/2),  P = diag(sqrt(v_hat) + eps)

    walk : a recorded run or sweep; row 0 and rows after a divergence are nan

    Returns (T+1, *sweep). H is the Hessian at theta_t, P the ruler of step t. While P hardly changes, a bowl of this
    curvature throws Adam out above (2 + 2 beta1) / (1 - beta1), and gradient descent above 2.
    Source: Cohen et al. 2022, "Adaptive Gradient Methods at the Edge of Stability".
    """
    validate.instance("walk", walk, Trajectory, "a Trajectory, as run returns it")
    root = np.sqrt(walk.rate)
    scaled = root[..., :, None] * hessian(walk.problem, walk.theta) * root[..., None, :]
    known = np.isfinite(scaled).all(axis=(-2, -1))
    sharpest = np.linalg.eigvalsh(np.where(known[..., None, None], scaled, 0.0))[..., -1]
    return np.where(known, sharpest, np.nan)
