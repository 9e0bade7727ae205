"""NumPy: one step of all runs at a time."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from adamlib.engine.task import Task, recorded, state_after
from adamlib.optimizers import State
from adamlib.schedules import scheduled

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
        return recorded(every_state(self.task), rows)

    def last(self) -> State:
        """The state after the last step."""
        return state_after(self.task.steps, every_state(self.task))


def every_state(task: Task) -> Iterator[State]:
    """Every state, the first one first, without end."""
    state, problem, rule = task.state, task.problem, task.optimizer
    while True:
        yield state
        if task.schedule is not None:
            rule = replace(rule, lr=scheduled(task.optimizer.lr, task.schedule, state.t + 1))
        with np.errstate(all="ignore"):
            state = rule.step(state, problem.grad(state.theta, state.t + 1))
            if problem.project is not None:
                state = state._replace(theta=problem.project(state.theta))
