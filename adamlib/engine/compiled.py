"""The compiled engine: it lays out arrays for the loops, shares them between the cores, and gives states back."""

import os
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.util import find_spec
from math import prod
from operator import itemgetter
from threading import Lock, Thread
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.engine.task import RECORDED, Task, recorded, state_after, texts_of
from adamlib.optimizers import State
from adamlib.schedules import scheduled

SHORT_VECTOR = 4096  # elements below which a step of NumPy is fast enough
LONG_VECTOR = 2_000_000  # bytes from which a step is worth a second core, also where that one is busy
ELEMENTS_AT_ONCE = 1024  # of a vector go to one core
PIECES = 8  # of a work that cores share
OTHER_CORES = (os.cpu_count() or 1) - 1
SHARED = 200_000  # steps, over all runs, from which a second core is worth a thread

EVERY_PART = itemgetter(*range(7))  # of a state: quicker than to iterate over an array

_loops: dict[Any, Any] = {}  # None where compiling failed
_lock = Lock()


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
        # What the loop depends on: what is written down, and which loop goes around it; never a number.
        loop = "one" if task.theta.ndim == 1 and {float}.issuperset(map(type, self._values)) else "many"
        self.kernel = self._rule, self._slope, loop if self._slope else task.theta.dtype.type
        self._loop: Any = _loops.get(self.kernel)

    @property
    def refusal(self) -> str:
        """Why this task cannot be compiled, or nothing."""
        if self._loop is not None:
            return ""
        if not installed():
            return "it needs Numba: install the extra `fast`"
        if self.kernel[2] is np.float16:
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
        rule, kind = self.task.optimizer, self.kernel[2]
        if self._loop is None and kind is not np.float16 and rule.elementwise and not rule.has_own_step() and installed():
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
                return loops.loop_of(*self.kernel)
        except NumbaError as error:
            told = [line.strip() for line in str(error).splitlines() if "nknown" in line or "nsupported" in line]
            reason = told[-1] if told else "Numba does not take it"
        name = f"{type(task.optimizer).__name__} on {task.problem.name}"
        warnings.warn(f"{name} cannot be compiled and runs on NumPy instead: {reason}", RuntimeWarning, stacklevel=2)
        return None

    def record(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The states after the steps in `rows`, as arrays."""
        if self._slope is None:
            return recorded(self._states(set(rows.tolist()).__contains__), rows)
        whole = self._walk(rows)
        return {name: whole[:, i] for i, name in enumerate(RECORDED)}

    def last(self) -> State:
        """The state after the last step."""
        steps = self.task.steps
        if self._slope is None:
            return state_after(steps, self._states(steps.__eq__))
        return State(steps, *EVERY_PART(self._walk(np.array([steps]))[0]))

    def _walk(self, rows: np.ndarray) -> np.ndarray:
        """The whole task on a surface: its states after the steps in `rows`, (rows, 7, *sweep, 2)."""
        task, parameters = self.task, tuple(map(float, self._surface.parameters.values()))  # type: ignore[union-attr]
        if self.kernel[2] == "one":
            record = np.empty((len(rows), 14))
            self._loop(record, rows, task.factors, *task.theta.tolist(), *self._values, *parameters)
            return record.reshape(-1, 7, 2)
        return self._walk_many(rows, parameters)

    def _walk_many(self, rows: np.ndarray, parameters: tuple[float, ...]) -> np.ndarray:
        from adamlib.engine.loops import BLOCK_SIZE

        task, runs, bases = self.task, self.task.theta.size // 2, np.array(self._rule.bases, np.int64)
        record, theta = np.empty((len(rows), 7, 2, runs)), np.array(task.theta, order="C").reshape(1, runs, 2)
        walk = partial(self._loop, record, rows, task.factors, self._numbers(), theta, parameters, bases)
        _share(walk, runs, BLOCK_SIZE, runs * task.steps >= SHARED)
        return record.transpose(0, 1, 3, 2).reshape(len(rows), 7, *task.theta.shape)

    def _states(self, wanted: Callable[[int], bool]) -> Iterator[State]:
        """Every state of a run made of compiled steps; the arrays of one are overwritten by the next.

        wanted : whether m_hat and v_hat are asked for after step t
        """
        task, state = self.task, self.task.state
        yield state
        numbers = self._numbers().reshape(len(self._values), -1)
        theta, m, m_hat = state.theta, state.m, state.m_hat
        v, v_max, v_hat = np.zeros_like(theta), np.zeros_like(theta), np.empty_like(theta)
        runs = numbers.shape[1], theta.size // max(1, numbers.shape[1])
        flat, *others = (x.reshape(runs) for x in (theta, m, v, v_max, m_hat, v_hat))
        for t in range(1, task.steps + 1):
            factor = float(scheduled(1.0, task.schedule, t))
            with np.errstate(all="ignore"):
                g = np.require(task.problem.grad(theta, t), theta.dtype, ["C", "W"])
            if g.shape != theta.shape:
                validate.refuse_as(ValueError, "grad", f"of shape {g.shape}", f"have the shape of theta, {theta.shape}")
            g = g.copy() if np.may_share_memory(g, theta) else g
            step = partial(self._loop, numbers, factor, t, wanted(t), flat, g.reshape(runs), *others)
            _share(step, theta.size, ELEMENTS_AT_ONCE, theta.nbytes >= LONG_VECTOR)
            if task.problem.project is not None:
                theta[...] = task.problem.project(theta)
            yield State(t, theta, g, m, v, m_hat, v_hat, v_max)

    def _numbers(self) -> np.ndarray:
        """The hyperparameters, (n, runs, 1), or (n, runs, D) where they differ between the coordinates of a run."""
        whole = self.task.theta.shape
        alike = all(np.ndim(value) == 0 or np.shape(value)[-1] == 1 for value in self._values)
        shape = (*whole[:-1], 1) if alike else whole
        values = [np.broadcast_to(value, shape) for value in self._values]
        return np.array(values, float).reshape(len(values), prod(shape[:-1]), shape[-1])


def _share(work: Callable[[int, int], None], size: int, grain: int, worth: bool) -> None:
    """Do range(0, size), in whole grains, with the other cores where that is worth it.

    Everybody takes piece after piece. Nobody waits for a core that is busy: when it begins, nothing is left.
    """
    step = max(1, grain * -(-size // (grain * (PIECES if worth else 1))))
    starts, failed, others = iter(range(0, size, step)), list[Any](), [Lock() for _ in range(OTHER_CORES * worth)]

    def take(at_work: Any) -> None:
        with at_work:
            try:
                for first in starts:
                    work(first, min(first + step, size))
            except BaseException as error:
                failed.extend([error, *starts])  # what is left is left undone

    for other in others:
        _jobs().put(partial(take, other))
    take(Lock())
    for other in others:
        with other:
            continue
    if failed:
        raise failed[0]


@cache
def _jobs() -> Any:
    """What the threads of the other cores wait for."""
    from queue import SimpleQueue

    jobs = SimpleQueue[Callable[[], None]]()

    def serve() -> None:
        while True:
            jobs.get()()

    for _ in range(OTHER_CORES):
        Thread(target=serve, name="adamlib", daemon=True).start()
    return jobs


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_jobs.cache_clear)  # threads do not survive a fork
