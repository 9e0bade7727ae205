"""NumPy: one step of all runs at a time."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from adamlib.engine.task import Task
from adamlib.engine.task import last as _last
from adamlib.engine.task import record as _record
from adamlib.engine.traced import WrittenRule, rule_of
from adamlib.optimizers import Optimizer, State
from adamlib.schedules import scheduled

CACHED = 131_072  # elements whose temporaries stay in cache
STEP_COST, ELEMENT_COST = 60e-6, 25e-9  # seconds: the NumPy calls of a step, and what each element adds


class Arrays:
    """Carries out any task with NumPy."""

    name, refusal = "arrays", ""

    def __init__(self, task: Task):
        self.task = task

    @property
    def seconds(self) -> float:
        """About how long it will take."""
        return self.task.steps * (STEP_COST + ELEMENT_COST * self.task.theta.size)

    def record(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The states after the steps in `rows`, as arrays."""
        return _record(every_state(self.task), rows)

    def last(self) -> State:
        """The state after the last step."""
        return _last(every_state(self.task), self.task.steps)


def every_state(task: Task) -> Iterator[State]:
    """Every state, the first one first, without end."""
    state, problem, rule = task.state, task.problem, task.optimizer
    while True:
        yield state
        if task.schedule is not None:
            rule = replace(rule, lr=scheduled(task.optimizer.lr, task.schedule, state.t + 1))
        with np.errstate(all="ignore"):
            state = _step(rule, state, problem.grad(state.theta, state.t + 1))
            if problem.project is not None:
                state = state._replace(theta=problem.project(state.theta))


def _step(rule: Optimizer, state: State, grad: Any) -> State:
    large = state.theta.size >= 2 * CACHED and np.shape(grad) == state.theta.shape
    if large and not any(map(np.ndim, rule.hyperparameters().values())) and isinstance(rule_of(rule), WrittenRule):
        return _in_views(rule, state, grad)
    return rule.step(state, grad)


def _in_views(rule: Optimizer, state: State, grad: np.ndarray) -> State:
    """One step of a large array, a part at a time."""
    whole = [np.ascontiguousarray(x).reshape(-1) for x in state[1:]]
    slopes = np.ascontiguousarray(grad).reshape(-1)
    new = [np.empty_like(x) for x in whole]
    for first in range(0, slopes.size, CACHED):
        part = slice(first, first + CACHED)
        stepped = rule.step(State(state.t, *(x[part] for x in whole)), slopes[part])
        for out, piece in zip(new, stepped[1:]):
            out[part] = piece
    return State(state.t + 1, *(x.reshape(state.theta.shape) for x in new))
