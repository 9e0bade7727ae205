"""What an engine is asked to do: so many steps of an optimizer on a problem, for one run or many."""

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any, NamedTuple

import numpy as np

from adamlib import validate
from adamlib.engine.traced import Untraceable, rule_of, slope_of
from adamlib.optimizers import Optimizer, State
from adamlib.problems.problem import Formula, Problem
from adamlib.schedules import Schedule, scheduled

RECORDED = ("theta", "grad", "m", "v", "m_hat", "v_hat")
UNSCALED = np.ones(1)


class Task(NamedTuple):
    """So many steps of an optimizer on a problem, of as many runs as theta has. `task_of` makes one of what a reader says."""

    optimizer: Optimizer
    problem: Problem
    theta: np.ndarray  # where every run starts, (*sweep, *own, D); a problem with seeds has axes of its own
    steps: int
    schedule: Schedule | None = None

    @property
    def state(self) -> State:
        """The state before the first step."""
        return self.optimizer.init(self.theta)

    @property
    def surface(self) -> Formula | None:
        """The formula of a problem that is nothing but a surface in float64, else None."""
        plain = self.problem.project is None and self.theta.dtype == np.float64 and self.theta.shape[-1] == 2
        return self.problem.formula if plain else None

    @property
    def factors(self) -> np.ndarray:
        """What multiplies lr in each step, (steps,), or in all of them, (1,)."""
        if self.schedule is None:
            return UNSCALED
        return np.array([scheduled(1.0, self.schedule, t) for t in range(1, self.steps + 1)], float)

    @property
    def unwritten(self) -> str:
        """Why the rule or the slope cannot be written down, or nothing."""
        return next((str(text) for text in texts_of(self.optimizer, self.surface) if isinstance(text, Untraceable)), "")

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return prod(self.theta.shape[: self.theta.ndim - self.problem.start.ndim])

    def block(self, first: int, last: int) -> "Task":
        """The runs first ... last - 1, counted through, or as many of them as there are."""
        own, numbers = self.problem.start.ndim, {}
        sweep = (1, *self.theta.shape[: self.theta.ndim - own])
        at = np.unravel_index(np.arange(first, min(last, self.runs)), sweep)
        for name, value in self.optimizer.hyperparameters().items():
            if isinstance(value, np.ndarray):
                padded = value.reshape((1,) * (len(sweep) + own - value.ndim) + value.shape)
                numbers[name] = np.broadcast_to(padded, (*sweep, *padded.shape[len(sweep) :]))[at]
        return self._replace(optimizer=replace(self.optimizer, **numbers), theta=self.theta[None][at])

    def blocks(self, size: int) -> Iterator[tuple[int, "Task"]]:
        """All runs in blocks of at most `size`: the number of the first one, and their task."""
        for first in range(0, self.runs, size):
            yield first, self.block(first, first + size)


def task_of(optimizer: Optimizer, problem: Problem, start: Any, steps: int, schedule: Schedule | None = None) -> Task:
    """The task that a reader describes.

    start : the points (..., D) to start from; the problem's own where None
    """
    optimizer = rule_for(optimizer, problem)
    validate.optional(validate.function, "schedule", schedule)
    start = problem.start if start is None else validate.point("start", start, problem.dim)
    shape = optimizer.shape_with(start.shape)
    theta = start if shape == start.shape else np.broadcast_to(start, shape)
    return Task(optimizer, problem, theta, validate.count("steps", steps), schedule)


def texts_of(optimizer: Optimizer, surface: Formula | None) -> tuple[Any, Any]:
    """The rule and, where there is one, the slope, written down."""
    return rule_of(optimizer), surface and slope_of(surface.slope, len(surface.parameters))


def rule_for(optimizer: Optimizer, problem: Problem) -> Optimizer:
    """The optimizer, which knows the problem's blocks if it asks for any. Refuses what is no optimizer or no problem."""
    validate.instance("optimizer", optimizer, Optimizer, "an Optimizer, as SGD() or Adam()")
    validate.instance("problem", problem, Problem, "a Problem, as bowl() or one of your own")
    return optimizer.on(problem.blocks)


def recorded(states: Iterator[State], rows: np.ndarray) -> dict[str, np.ndarray]:
    """The states after the steps in `rows`, as arrays (len(rows), *sweep, D)."""
    for row, t in enumerate(rows):
        state = state_after(t, states)
        if row == 0:
            arrays = {name: np.empty((len(rows), *state.theta.shape), state.theta.dtype) for name in RECORDED}
        for name, array in arrays.items():
            array[row] = getattr(state, name)
    return arrays


def state_after(t: int, states: Iterator[State]) -> State:
    """The state after step t, which is still to come."""
    return next(state for state in states if state.t == t)
