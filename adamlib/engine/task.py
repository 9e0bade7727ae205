"""What an engine is asked to do, and the two loops that every engine made of single steps shares."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from adamlib import validate
from adamlib.optimizers import Optimizer, State
from adamlib.problems.problem import Formula, Problem
from adamlib.schedules import Schedule, scheduled

RECORDED = ("theta", "grad", "m", "v", "m_hat", "v_hat")


class Task(NamedTuple):
    """So many steps of an optimizer on a problem, from a state that `init` made."""

    optimizer: Optimizer
    problem: Problem
    state: State
    steps: int
    schedule: Schedule | None = None

    @property
    def surface(self) -> Formula | None:
        """The formula of a problem that is nothing but a surface in float64, else None."""
        plain = self.problem.project is None and self.state.theta.dtype == np.float64 and self.state.theta.shape[-1] == 2
        return self.problem.formula if plain else None

    @property
    def factors(self) -> np.ndarray:
        """What multiplies lr in each step, (steps,)."""
        if self.schedule is None:
            return np.ones(self.steps)
        return np.array([scheduled(1.0, self.schedule, t) for t in range(1, self.steps + 1)], float)


def known(optimizer: Optimizer, problem: Problem) -> None:
    """Refuse what is no optimizer or no problem."""
    validate.instance("optimizer", optimizer, Optimizer, "an Optimizer, as SGD() or Adam()")
    validate.instance("problem", problem, Problem, "a Problem, as bowl() or one of your own")


def start_of(problem: Problem, start: Any) -> np.ndarray:
    """The points (..., D) to start from: those given, or the problem's own where None."""
    return validate.point("start", problem.start if start is None else start, problem.dim)


def record(states: Iterator[State], rows: np.ndarray) -> dict[str, np.ndarray]:
    """The states whose t is in `rows`, as arrays (len(rows), *sweep, D)."""
    for state in states:
        if state.t == 0:
            arrays = {name: np.empty((len(rows), *state.theta.shape), state.theta.dtype) for name in RECORDED}
            row = 0
        if state.t == rows[row]:
            for name, array in arrays.items():
                array[row] = getattr(state, name)
            row += 1
        if row == len(rows):
            break
    return arrays


def last(states: Iterator[State], steps: int) -> State:
    """The state after so many steps."""
    return next(state for state in states if state.t == steps)
