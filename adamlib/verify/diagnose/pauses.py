"""Steps that are made once in several calls, with what the gradients between them come to."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from adamlib.probe import START
from adamlib.verify.compare import Comparison, states
from adamlib.verify.readings import readings
from adamlib.verify.walk import Walk

LONGEST_PAUSE = 100  # calls from one step to the next: four of them in a walk
COMES_TO: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]] = {
    "the mean of the gradients since the last": lambda g, starts, ends: np.add.reduceat(g, starts) / (ends - starts)[:, None],
    "the sum of the gradients since the last": lambda g, starts, ends: np.add.reduceat(g, starts),
    "the last gradient alone": lambda g, starts, ends: g[ends - 1],
    "the first gradient alone": lambda g, starts, ends: g[starts],
}


def moves_now_and_then(comparison: Comparison) -> str | None:
    """Theta rests but for one call in several, which makes the rule's step with some of the gradients since the last."""
    ends = calls_that_move(comparison)
    if ends.size == 0:
        return None
    starts, every = np.array([0, *ends[:-1]]), int(ends[1] - ends[0])
    steps = replace(comparison, walk=Walk([comparison.walk.states[end - 1] for end in ends], dtype=comparison.walk.dtype))
    roughly = replace(steps, roughly=True)
    for (one, note), says in product(((steps, ""), (roughly, "; it agrees to single precision only")), COMES_TO):

        def fed(g: np.ndarray, says: str = says) -> np.ndarray:
            return COMES_TO[says](g[: ends[-1]], starts, ends)

        for reading in readings(comparison.like, 1):
            if one.departure(states(reading.rule, fed)) is None:
                return f"it makes one step in {every} calls, with {says}{reading.clause}{note}"
    return None


def calls_that_move(comparison: Comparison) -> np.ndarray:
    """The calls in which theta moves, from 1; none where each does, or they do not come at one pace."""
    thetas: Any = [START, *(state["theta"] for state in comparison.walk.states)]
    if any(theta is None for theta in thetas):
        return np.array([], int)
    moved = np.flatnonzero(np.any(np.diff(thetas, axis=0) != 0, axis=1)) + 1
    paces = set(np.diff(moved).tolist())
    return moved if len(paces) == 1 and 1 < min(paces) <= LONGEST_PAUSE and moved[0] <= min(paces) else np.array([], int)
