"""Repeat steps: one at a time, recorded, or for the last state only."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamlib import engine as engines
from adamlib import validate
from adamlib.engine import RECORDED, task_of
from adamlib.engine.arrays import every_state
from adamlib.optimizers import Hyper, Optimizer, State
from adamlib.problems.problem import Problem
from adamlib.schedules import Schedule


@dataclass(frozen=True, eq=False)
class Trajectory:
    """All that a run computed. Row i holds what was computed on the way to theta after step t[i]; row 0 is the start.

    t : (T+1,), the numbers of the recorded steps, from 0
    theta, grad, m, v, m_hat, v_hat : (T+1, *sweep, D); grad, m_hat and v_hat are nan in row 0
    loss : (T+1, *sweep)
    optimizer, problem, schedule : what ran
    engine : what carried it out: "arrays", "floats" or "compiled"
    """

    t: np.ndarray
    theta: np.ndarray
    grad: np.ndarray
    m: np.ndarray
    v: np.ndarray
    m_hat: np.ndarray
    v_hat: np.ndarray
    loss: np.ndarray
    optimizer: Optimizer
    problem: Problem
    schedule: Schedule | None = None
    engine: str = "arrays"

    @property
    def rate(self) -> np.ndarray:
        """The effective learning rate lr_t / (sqrt(v_hat) + eps), shape (T+1, *sweep, D)."""
        lr, eps = (np.asarray(x, self.theta.dtype) for x in (self.optimizer.lr, self.optimizer.eps))
        with np.errstate(all="ignore"):
            rate = lr / (np.sqrt(self.v_hat) + eps)
            if self.schedule is None:
                return rate
            factors = np.array([np.nan, *(self.schedule(int(t)) for t in self.t[1:])], rate.dtype)
            return rate * factors.reshape(-1, *(1,) * (rate.ndim - 1))

    @property
    def diverged(self) -> int | None:
        """The first recorded step at which a coordinate of any member is inf or nan, or None."""
        lost = ~np.isfinite(self.theta).reshape(len(self.t), -1).all(axis=1)
        return int(self.t[lost.argmax()]) if lost.any() else None

    def pick(self, *index: int) -> "Trajectory":
        """One member of a sweep, as its own run would be: one whole number per sweep axis."""
        sweep = self.loss.shape[1:]
        if len(index) != len(sweep):
            validate.refuse_as(ValueError, "index", f"= {index}", f"have one number for each axis of the sweep {sweep}")
        for axis, (i, n) in enumerate(zip(index, sweep)):
            if not -n <= validate.count(f"index {axis}", i, least=-n) < n:
                validate.refuse(ValueError, f"index {axis}", i, f"between {-n} and {n - 1}")
        here = (slice(None), *index)
        arrays = {name: getattr(self, name)[here] for name in (*RECORDED, "loss")}
        numbers = {name: _member(value, self.theta.shape[1:], index) for name, value in self.optimizer.hyperparameters().items()}
        return replace(self, **arrays, optimizer=replace(self.optimizer, **numbers))

    def __repr__(self) -> str:
        return f"<Trajectory {self.optimizer!r} on {self.problem.name}, {self.t[-1]} steps, sweep {self.loss.shape[1:]}>"


def _member(value: Hyper, shape: tuple[Any, ...], index: tuple[Any, ...]) -> Hyper:
    member = np.broadcast_to(value, shape)[index]
    return float(member[0]) if (member == member[0]).all() else member


def iterate(optimizer: Optimizer, problem: Problem, start: Any = None, schedule: Schedule | None = None) -> Iterator[State]:
    """Step for ever, handing out every state: the start first, then after one step, two, three ...

    optimizer : whose rule steps, with its hyperparameters
    problem : whose gradient it is fed
    start : (..., D); the problem's own where None. A leading axis makes as many runs
    schedule : t -> the factor that multiplies lr in step t, as in `adamlib.schedules`; None for a constant rate

    Returns an iterator of State. Raises ValueError for a start whose last axis is not D, and for a factor that is not
    a finite number, at least 0.

    >>> from adamlib import SGD, bowl
    >>> states = iterate(SGD(lr=0.1), bowl(), start=[1.0, 1.0])
    >>> [next(states).theta.round(2).tolist() for _ in range(3)]
    [[1.0, 1.0], [0.9, 0.0], [0.81, 0.0]]
    """
    return every_state(task_of(optimizer, problem, start, 1, schedule))


def run(
    optimizer: Optimizer,
    problem: Problem,
    start: Any = None,
    steps: int = 200,
    every: int = 1,
    schedule: Schedule | None = None,
    engine: str | None = None,
) -> Trajectory:
    """Take `steps` steps and record them.

    optimizer : whose rule steps, with its hyperparameters; arrays of them make a sweep
    problem : whose gradient it is fed
    start : (..., D); the problem's own where None
    steps : how many, at least 1
    every : record every so many steps, at least 1; the start and the last step are always recorded
    schedule : t -> the factor that multiplies lr in step t; None for a constant rate
    engine : "arrays", "floats" or "compiled"; None for the fastest at hand. They agree, see `adamlib.engine`

    Returns a Trajectory. Divergence is a result: inf and nan stay in the arrays, without a warning.
    Raises ValueError or TypeError that names the field, the value and what is allowed.
    """
    task, every = task_of(optimizer, problem, start, steps, schedule), validate.count("every", every)
    t = np.arange(0, task.steps + every, every)
    t[-1] = task.steps
    chosen = engines.choose(task, engine)
    arrays = chosen.record(t)
    loss = np.asarray(problem.loss(arrays["theta"]), arrays["theta"].dtype)
    return Trajectory(t, **arrays, loss=loss, optimizer=task.optimizer, problem=problem, schedule=schedule, engine=chosen.name)


def final(
    optimizer: Optimizer,
    problem: Problem,
    start: Any = None,
    steps: int = 200,
    schedule: Schedule | None = None,
    engine: str | None = None,
) -> State:
    """The State after `steps` steps; nothing on the way is kept. For maps of many settings.

    optimizer, problem, start, steps, schedule, engine : as `run`

    Returns a State whose arrays have shape (*sweep, D). Raises as `run`.
    """
    return engines.choose(task_of(optimizer, problem, start, steps, schedule), engine).last()


def grid(**values: Any) -> dict[str, Hyper]:
    """Hyperparameters that broadcast against each other: every combination is one run.

    values : a number or a list for each name

    Returns arrays with one sweep axis for each list, in the order given, and a last axis of length 1 for the
    coordinates.

    >>> {name: value.shape for name, value in grid(lr=[0.1, 0.2, 0.3], beta1=[0.5, 0.9]).items()}
    {'lr': (3, 1, 1), 'beta1': (1, 2, 1)}
    """
    arrays = {name: validate.array(name, value) for name, value in values.items()}
    for name, array in arrays.items():
        if array.ndim > 1 or array.size == 0:
            validate.refuse_as(ValueError, name, f"of shape {array.shape}", "be a number or a list of numbers")
    axes = [name for name, array in arrays.items() if array.ndim == 1]
    shapes = {name: [-1 if other == name else 1 for other in axes] + [1] for name in axes}
    return {name: array.reshape(shapes[name]) if name in shapes else float(array) for name, array in arrays.items()}
