"""The compiled engine: it lays out arrays for the loops, shares them between the cores, and gives states back."""

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.engine.task import ALIKE, APART, ONE_RUN, RECORDED, Task, texts_of
from adamlib.engine.task import last as _last
from adamlib.engine.task import record as _record
from adamlib.optimizers import State
from adamlib.problems.problem import Problem
from adamlib.schedules import scheduled

SHORT_VECTOR = 4096  # elements below which a step of NumPy is fast enough
LONG_VECTOR = 500_000  # elements from which a step is worth a second core, also where that one is busy
SHARED = 200_000  # steps, over all runs, from which a second core is worth a thread

NOTHING, UNSCALED = np.zeros(0, np.int64), np.ones(1)
AT_FIRST = np.array([0.0, np.nan, 0.0, 0.0, np.nan, np.nan, 0.0])  # theta, grad, m, v, m_hat, v_hat and v_max before step 1

_loops: dict[Any, Any] = {}  # None where compiling failed
_lock = threading.Lock()


@cache
def installed() -> bool:
    """Whether Numba can be imported. It is not imported to find out."""
    return find_spec("numba") is not None


class Compiled:
    """Carries out one task with the loop that was compiled for its rule and its surface, or that is to be compiled."""

    name = "compiled"

    def __init__(self, task: Task):
        self.task, self._values, self._surface = task, [*task.optimizer.hyperparameters().values()], task.surface
        self._rule, self._slope = texts_of(task.optimizer, self._surface)
        self._kind = self._kind_of_runs() if self._slope else task.theta.dtype.type
        # What the loop depends on: what is written down, and which loop goes around it; never a number.
        self.kernel = self._rule, self._slope, self._kind
        self._loop: Any = _loops.get(self.kernel)

    def _kind_of_runs(self) -> int:
        if self.task.theta.ndim == 1 and all(type(value) is float for value in self._values):
            return ONE_RUN
        bases = [np.shape(self._values[base]) for base in getattr(self._rule, "bases", ())]
        return ALIKE if all(shape[-1:] in ((), (1,)) for shape in bases) else APART

    @property
    def refusal(self) -> str:
        """Why this task cannot be compiled, or nothing."""
        if self._loop is not None:
            return ""
        if not installed():
            return "it needs Numba: install the extra `fast`"
        if self.task.theta.dtype == np.float16:
            return "it has no float16"
        if self.kernel in _loops:
            return f"{type(self.task.optimizer).__name__} on {self.task.problem.name} could not be compiled"
        return self.task.unwritten

    @property
    def ready(self) -> bool:
        """Whether the loop is at hand and worth its call."""
        return self._loop is not None and (self._slope is not None or self.task.theta.size >= SHORT_VECTOR)

    def compile(self) -> bool:
        """Compile the loop, once. Returns False where that cannot be; with one remark, if it is a surprise."""
        if self._loop is not None:
            return True
        rule = self.task.optimizer
        asked = self.task.theta.dtype != np.float16 and rule.elementwise and not rule.has_own_step()
        if asked and installed():
            with _lock:
                if self.kernel not in _loops:
                    _loops[self.kernel] = self._compiled()
            self._loop = _loops[self.kernel]
        return self._loop is not None

    def _compiled(self) -> Any:
        from numba.core.errors import NumbaError

        from adamlib.engine import loops

        task, reason = self.task, self.task.unwritten
        try:
            if not reason:
                made = loops.loop_of(*self.kernel)
                self._small(made).last()
                return made
        except NumbaError as error:
            told = [line.strip() for line in str(error).splitlines() if "nknown" in line or "nsupported" in line]
            reason = told[-1] if told else "Numba does not take it"
        name = f"{type(task.optimizer).__name__} on {task.problem.name}"
        warnings.warn(f"{name} cannot be compiled and runs on NumPy instead: {reason}", RuntimeWarning, stacklevel=2)
        return None

    def _small(self, loop: Any) -> "Compiled":
        """One step with a loop that is then compiled."""
        theta = np.ones(2 if self._kind == ONE_RUN or self._slope is None else (2, 2), self.task.theta.dtype)
        task = self.task._replace(optimizer=self.task.optimizer.at_one_half(), theta=theta, steps=1, schedule=None)
        if self._slope is None:
            task = task._replace(problem=Problem("flat", np.sum, lambda theta, t=1: np.ones_like(theta), theta))
        small = Compiled(task)
        small._loop, small._kind = loop, self._kind
        return small

    def record(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The states after the steps in `rows`, the first of which is 0."""
        task = self.task
        if self._slope is None:
            return _record(self._states(set(rows.tolist()).__contains__), rows)
        whole = np.empty((len(rows), 7, *task.theta.shape))
        whole[0].T[...] = AT_FIRST
        whole[0, 0] = task.theta
        self._walk(rows[1:], whole[1:])
        return {name: whole[:, i] for i, name in enumerate(RECORDED)}

    def last(self) -> State:
        """The state after the last step."""
        steps = self.task.steps
        if self._slope is None:
            return _last(self._states(steps.__eq__), steps)
        return State(steps, *self._walk(NOTHING, np.empty((0, 7, *self.task.theta.shape))))

    def _walk(self, rows: np.ndarray, record: np.ndarray) -> np.ndarray:
        """Run the whole task on a surface: its last state, (7, *sweep, 2). record : (rows, 7, *sweep, 2)."""
        task, state = self.task, np.zeros((7, *self.task.theta.shape))
        state[0] = task.theta
        parameters = tuple(map(float, self._surface.parameters.values()))  # type: ignore[union-attr]
        around = UNSCALED if task.schedule is None else task.factors, parameters, self._rule.bases
        if self._kind == ONE_RUN:
            self._loop(np.array(self._values), *around, task.steps, state.ravel(), rows, record.reshape(-1, 14))
        else:
            self._walk_many(around, state, rows, record)
        return state

    def _walk_many(self, around: tuple[Any, ...], state: np.ndarray, rows: np.ndarray, record: np.ndarray) -> None:
        from adamlib.engine.loops import BLOCK_SIZE

        task, runs = self.task, self.task.theta.size // 2
        numbers = np.array([np.broadcast_to(value, task.theta.shape) for value in self._values])
        numbers = numbers.reshape(len(numbers), runs, 2)
        whole = state.reshape(7, runs, 2), rows, record.reshape(len(rows), 7, runs, 2)
        walk = partial(self._loop, numbers, *around, self._kind, task.steps, *whole)
        _share(walk, runs, BLOCK_SIZE, runs * task.steps >= SHARED)

    def _states(self, wanted: Callable[[int], bool]) -> Iterator[State]:
        """Every state of a run made of compiled steps; the arrays of one are overwritten by the next.

        wanted : whether m_hat and v_hat are asked for after step t
        """
        from adamlib.engine.loops import PIECE_BYTES

        task, state = self.task, self.task.state
        yield state
        theta, numbers = np.array(task.theta, order="C"), self._rows()
        rows = numbers.shape[1], theta.size // max(1, numbers.shape[1])
        memory = [np.zeros_like(theta) if name in self._rule.moved else None for name in ("m", "v", "v_max")]
        hats = [np.empty_like(theta), np.empty_like(theta)]
        for t in range(1, task.steps + 1):
            factor = float(scheduled(1.0, task.schedule, t))
            with np.errstate(all="ignore"):
                g = np.ascontiguousarray(task.problem.grad(theta, t), theta.dtype)
            if g.shape != theta.shape:
                validate.refuse_as(ValueError, "grad", f"of shape {g.shape}", f"have the shape of theta, {theta.shape}")
            g = g.copy() if np.may_share_memory(g, theta) else g
            flat = [x if x is None else x.reshape(rows) for x in (theta, g, *memory, *(hats if wanted(t) else [None, None]))]
            step = partial(_step_pieces, self._loop, numbers, factor, t, flat)
            _share(step, rows[0] * -(-rows[1] * theta.itemsize // PIECE_BYTES), 1, theta.size >= LONG_VECTOR)
            if task.problem.project is not None:
                theta[...] = task.problem.project(theta)
            m, v, v_max = (state.m if x is None else x for x in memory)
            yield State(t, theta, g, m, v, hats[0], hats[1], v_max)

    def _rows(self) -> np.ndarray:
        """The hyperparameters (n, rows) of rows of equal ones: the runs, or single numbers where coordinates differ."""
        whole = self.task.theta.shape
        alike = all(np.ndim(value) == 0 or np.shape(value)[-1] == 1 for value in self._values)
        shape = (*whole[:-1], 1) if alike else whole
        return np.array([np.broadcast_to(value, shape).reshape(-1) for value in self._values], float)


def _step_pieces(loop: Any, numbers: np.ndarray, factor: float, t: int, flat: list[Any], first: int, last: int) -> None:
    """One step of some pieces. What nobody keeps is written into one piece, of which every core has its own."""
    from adamlib.engine.loops import PIECE_BYTES

    piece = 1, PIECE_BYTES // flat[0].itemsize
    loop(numbers, factor, t, *(np.zeros(piece, flat[0].dtype) if x is None else x for x in flat), first, last)


def _share(work: Callable[[int, int], None], size: int, grain: int, worth: bool) -> None:
    """Do range(0, size), shared between the cores in whole grains where that is worth it; the caller does the first share."""
    cores = min(os.cpu_count() or 1, -(-size // grain)) if worth else 1
    cuts = [min(size, grain * round(i * size / cores / grain)) for i in range(cores)] + [size]
    others = [_pool().submit(work, a, b) for a, b in pairwise(cuts[1:]) if a < b]
    work(0, cuts[1])
    for other in others:
        other.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "adamlib")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork
