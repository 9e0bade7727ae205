"""The compiled engine: it lays out arrays for the loops, shares them between the cores, and gives states back."""

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib.util import find_spec
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.engine.task import RECORDED, Task
from adamlib.engine.task import last as _last
from adamlib.engine.task import record as _record
from adamlib.optimizers import State
from adamlib.problems.problem import Problem
from adamlib.schedules import scheduled

SHORT_VECTOR = 4096  # elements below which a step of NumPy is fast enough
LONG_VECTOR = 500_000  # elements from which a step is worth a second core, also where that one is busy
SHARED = 200_000  # steps, over all runs, from which a second core is worth a thread

NOTHING = np.zeros(0, np.int64)

_kernels: dict[Any, Any] = {}  # None where compiling failed
_lock = threading.Lock()


@cache
def installed() -> bool:
    """Whether Numba can be imported. It is not imported to find out."""
    return find_spec("numba") is not None


class Compiled:
    """Carries out one task with the loop that was compiled for its rule and its surface."""

    name = "compiled"

    def __init__(self, task: Task):
        self.task, self._loop = task, _kernels[_key(task)]

    @staticmethod
    def refusal(task: Task) -> str:
        """Why this task cannot be compiled, or nothing."""
        if not installed():
            return "it needs Numba: install the extra `fast`"
        if task.theta.dtype == np.float16:
            return "it has no float16"
        if _kernels.get(_key(task), ...) is None:
            return f"{type(task.optimizer).__name__} on {task.problem.name} could not be compiled"
        return task.unwritten

    def record(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The states after the steps in `rows`, the first of which is 0."""
        task = self.task
        if task.surface is None:
            return _record(_steps(self._loop, task), rows)
        whole = np.empty((len(rows), 7, *task.theta.shape))
        whole[0] = task.state[1:]
        self._walk(rows[1:], whole[1:])
        return {name: whole[:, i] for i, name in enumerate(RECORDED)}

    def last(self) -> State:
        """The state after the last step."""
        task = self.task
        if task.surface is None:
            return _last(_steps(self._loop, task), task.steps)
        return State(task.steps, *self._walk(NOTHING, np.empty((0, 7, *task.theta.shape))))

    def _walk(self, rows: np.ndarray, record: np.ndarray) -> np.ndarray:
        """Run the whole task on a surface: its last state, (7, *sweep, 2). record : (rows, 7, *sweep, 2)."""
        numbers, start = _numbers(self.task), self.task.theta
        if _single(self.task):
            state = np.zeros(14)
            state[:2] = start
            self._chunks(numbers, state, rows, record.reshape(len(rows), 14))
            return state.reshape(7, 2)
        from adamlib.engine.loops import BLOCK_SIZE

        runs = numbers.shape[-1]
        start, record, ends = start.reshape(runs, 2).T, record.reshape(len(rows), 7, runs, 2), np.empty((7, runs, 2))

        def part(first: int, last: int) -> None:
            for at in range(first, last, BLOCK_SIZE):
                some = slice(at, min(at + BLOCK_SIZE, last))
                state = np.zeros((7, 2, some.stop - at))
                state[0] = start[:, some]
                kept = np.empty((len(rows), *state.shape))
                self._chunks(np.ascontiguousarray(numbers[..., some]), state, rows, kept)
                record[:, :, some], ends[:, some] = kept.swapaxes(-1, -2), state.swapaxes(-1, -2)

        _share(part, runs, BLOCK_SIZE, runs * self.task.steps >= SHARED)
        return ends.reshape(7, *self.task.theta.shape)

    def _chunks(self, numbers: np.ndarray, state: np.ndarray, rows: np.ndarray, record: np.ndarray) -> None:
        """Walk in chunks of as many steps as there is room for powers."""
        from adamlib.engine.loops import POWERS_AT_ONCE, fill_powers

        task, bases = self.task, np.array(self.task.texts[0].bases, np.int64)
        parameters = tuple(map(float, task.surface.parameters.values()))  # type: ignore[union-attr]
        factors, width = task.factors, POWERS_AT_ONCE[numbers.shape[2] > 1]
        powers = np.empty((len(bases), numbers.shape[1], min(width, 1 << task.steps.bit_length()) + 1, numbers.shape[2]))
        for low in range(0, task.steps + 1, width):
            fill_powers(numbers, bases, low, powers)
            first, last = max(1, low), min(task.steps, low + width - 1)
            a, b = np.searchsorted(rows, (first, last + 1))
            self._loop(numbers, factors[first - 1 : last], parameters, powers, first, low, state, rows[a:b], record[a:b])


def _single(task: Task) -> bool:
    return task.theta.ndim == 1 and all(isinstance(value, float) for value in task.optimizer.hyperparameters().values())


def _key(task: Task) -> Any:
    """What a kernel depends on: what is written down, and which loop goes around it; never a number."""
    rule, slope = task.texts
    return rule, slope, _single(task) if slope is not None else task.theta.dtype.type


def ready(task: Task) -> bool:
    """Whether the kernel is at hand and worth its call."""
    return (task.surface is not None or task.theta.size >= SHORT_VECTOR) and _kernels.get(_key(task)) is not None


def compile_for(task: Task) -> bool:
    """Compile what the task needs, once. Returns False where that cannot be; with one remark, if it is a surprise."""
    expected = task.optimizer.has_own_step() or not task.optimizer.elementwise
    if not installed() or task.theta.dtype == np.float16 or expected:
        return False
    key = _key(task)
    with _lock:
        if key not in _kernels:
            _compile(task, key)
    return _kernels[key] is not None


def _compile(task: Task, key: Any) -> None:
    from numba.core.errors import NumbaError

    from adamlib.engine import loops

    (rule, slope), reason = task.texts, task.unwritten
    try:
        if not reason:
            _kernels[key] = loops.surface_loop(rule, slope, _single(task)) if slope else loops.vector_loop(rule, key[-1])
            _call_once(task)
    except NumbaError as error:
        told = [line.strip() for line in str(error).splitlines() if "nknown" in line or "nsupported" in line]
        reason = told[-1] if told else "Numba does not take it"
    if reason:
        _kernels[key] = None
        name = f"{type(task.optimizer).__name__} on {task.problem.name}"
        warnings.warn(f"{name} cannot be compiled and runs on NumPy instead: {reason}", RuntimeWarning, stacklevel=2)


def _call_once(task: Task) -> None:
    """Take one step, so that the loop is compiled now."""
    rule, dtype = task.optimizer.at_one_half(), task.theta.dtype
    theta = np.ones(2, dtype) if task.surface is None or _single(task) else np.ones((2, 2))
    if task.surface is None:
        task = task._replace(problem=Problem("flat", np.sum, lambda theta, t=1: np.ones_like(theta), theta))
    Compiled(task._replace(optimizer=rule, theta=theta, steps=1, schedule=None)).last()


def _numbers(task: Task) -> np.ndarray:
    """The hyperparameters, (n, 1, runs): or (n, 2, runs) where one of them differs between the coordinates."""
    values, sweep = list(task.optimizer.hyperparameters().values()), task.theta.shape[:-1]
    if _single(task):
        return np.array(values).reshape(-1, 1, 1)
    width = max((np.shape(value)[-1] for value in values if np.ndim(value)), default=1)
    return np.array([np.broadcast_to(value, (*sweep, width)).reshape(prod(sweep), width).T for value in values], float, order="C")


def _share(work: Callable[[int, int], None], size: int, grain: int, worth: bool) -> None:
    """Do range(0, size), shared between the cores in whole grains where that is worth it."""
    cores = min(os.cpu_count() or 1, -(-size // grain)) if worth else 1
    if cores <= 1:
        work(0, size)
        return
    cuts = [min(size, grain * round(i * size / cores / grain)) for i in range(cores)] + [size]
    for done in [_pool().submit(work, a, b) for a, b in pairwise(cuts) if a < b]:
        done.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "adamlib")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # threads do not survive a fork


def _steps(update: Any, task: Task) -> Iterator[State]:
    """Every state of a run made of compiled steps; the arrays of one are overwritten by the next."""
    from adamlib.engine.loops import PIECE

    whole, state = task.theta.shape, task.state
    yield state
    theta = np.array(task.theta, order="C")
    numbers, runs = _rows(task)
    rows = runs, theta.size // max(1, runs)
    moved, still = task.texts[0].moved, np.zeros((1, PIECE), theta.dtype)
    memory = [np.zeros(whole, theta.dtype) if name in moved else state.m for name in ("m", "v", "v_max")]
    flat = [x.reshape(rows) if name in moved else still for name, x in zip(("m", "v", "v_max"), memory)]
    hats = [np.empty_like(theta), np.empty_like(theta)]
    here, there = theta.reshape(rows), [x.reshape(rows) for x in hats]
    pieces = runs * -(-rows[1] // PIECE)
    for t in range(1, task.steps + 1):
        factor = 1.0 if task.schedule is None else scheduled(1.0, task.schedule, t)
        with np.errstate(all="ignore"):
            g = np.ascontiguousarray(task.problem.grad(theta, t), theta.dtype)
        if g.shape != whole:
            validate.refuse_as(ValueError, "grad", f"of shape {g.shape}", f"have the shape of theta, {whole}")
        g = g.copy() if np.may_share_memory(g, theta) else g
        step = partial(update, numbers, factor, t, here, g.reshape(rows), *flat, *there)
        _share(step, pieces, 1, theta.size >= LONG_VECTOR)
        if task.problem.project is not None:
            theta[...] = task.problem.project(theta)
        yield State(t, theta, g, memory[0], memory[1], hats[0], hats[1], memory[2])


def _rows(task: Task) -> tuple[np.ndarray, int]:
    """The hyperparameters (n, rows) of rows of equal ones: the runs, or single numbers where coordinates differ."""
    values, whole = list(task.optimizer.hyperparameters().values()), task.theta.shape
    alike = all(np.ndim(value) == 0 or np.shape(value)[-1] == 1 for value in values)
    shape = (*whole[:-1], 1) if alike else whole
    numbers = np.array([np.broadcast_to(value, shape).reshape(-1) for value in values], float)
    return numbers, numbers.shape[-1]
