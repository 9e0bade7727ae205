"""The compiled engine: it lays out arrays for the kernels, shares them between the cores, and gives states back."""

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
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
from adamlib.schedules import scheduled

SHORT_VECTOR = 4096  # elements below which a step of NumPy is fast enough
LONG_VECTOR = 65_536  # elements from which a step is worth several cores, and a run's own vector worth haste
SHARED = 200_000  # steps, over all runs, from which a second core is worth a thread

NOTHING = np.zeros(0, np.int64)

_kernels: dict[tuple[Any, ...], Any] = {}  # None where compiling failed
_lock = threading.Lock()
_one_step = threading.Lock()  # not every threading layer of Numba bears two callers


@cache
def installed() -> bool:
    """Whether Numba can be imported. It is not imported to find out."""
    return find_spec("numba") is not None


def refusal(task: Task) -> str:
    """Why this task cannot be compiled, or nothing."""
    if not installed():
        return "it needs Numba: install the extra `fast`"
    if task.optimizer.has_own_step():
        return f"{type(task.optimizer).__name__} has a step of its own"
    if task.state.theta.dtype == np.float16:
        return "it has no float16"
    if _kernels.get(_key(task), ...) is None:
        return f"{type(task.optimizer).__name__} on {task.problem.name} could not be compiled"
    return ""


def _key(task: Task) -> tuple[Any, ...]:
    """What a kernel depends on: the rule and its words, and the surface or else the dtype; never a number."""
    surface, theta = task.surface, task.state.theta
    what = (surface.slope, len(surface.parameters), theta.ndim == 1) if surface else theta.dtype
    return type(task.optimizer), tuple(task.optimizer.words().items()), what


def ready(task: Task) -> bool:
    """Whether the kernel is at hand and worth its call."""
    return (task.surface is not None or task.state.theta.size >= SHORT_VECTOR) and _kernels.get(_key(task)) is not None


def compile_for(task: Task) -> bool:
    """Compile what the task needs, once. Returns False, with one remark, where Numba cannot."""
    key = _key(task)
    with _lock:
        if key not in _kernels:
            _kernels[key] = _compile(task)
    return _kernels[key] is not None


def _compile(task: Task) -> Any:
    from numba.core.errors import NumbaError

    from adamlib.engine import kernels

    try:
        kernel = kernels.kernel_of(task.optimizer, task.surface.slope if task.surface else None)
        _call_once(kernel, task)
    except NumbaError as error:
        told = [line.strip() for line in str(error).splitlines() if "nknown" in line or "nsupported" in line]
        reason = told[-1] if told else "Numba does not take it"
        name = f"{type(task.optimizer).__name__} on {task.problem.name}"
        warnings.warn(f"{name} cannot be compiled and runs on NumPy instead: {reason}", RuntimeWarning, stacklevel=2)
        return None
    return kernel


def _call_once(kernel: Any, task: Task) -> None:
    """Call the loops once on very little, so that they are compiled now."""
    rule = task.optimizer.at_one_half()
    if task.surface is None:
        small = task._replace(optimizer=rule, state=rule.init(np.ones(2, task.state.theta.dtype)), steps=1, schedule=None)
        _last(_steps(kernel, small, lambda theta, t: np.ones_like(theta), hats=lambda t: True), 1)
        return
    start = np.broadcast_to(task.problem.start, (2,) * task.state.theta.ndim)
    _march(kernel, task._replace(optimizer=rule, state=rule.init(start), steps=1, schedule=None), np.arange(2), 2)


def _march(kernel: Any, task: Task, rows: np.ndarray, kept: int) -> tuple[np.ndarray, np.ndarray]:
    """Run a whole task on a surface. Returns the last state, (7, 2, runs), and the record, (kept, 6, runs, 2)."""
    runs = prod(task.state.theta.shape[:-1])
    now = np.array([part.reshape(runs, 2).T for part in task.state[1:]])
    record = np.empty((kept, 6, runs, 2))
    if kept:
        record[0] = now[:6].transpose(0, 2, 1)
    numbers, factors = _members(task), task.factors
    values = tuple(float(value) for value in task.surface.parameters.values()) if task.surface else ()
    if task.state.theta.ndim == 1:
        kernel.walk(numbers, factors, values, kernel.places, now, rows, record)
        return now, record

    def part(first: int, last: int) -> None:
        for at in range(first, last, kernel.lanes):
            some = slice(at, min(at + kernel.lanes, last))
            kernel.march(numbers[..., some], factors, values, kernel.places, now[..., some], rows, record[:, :, some])

    if runs * task.steps < SHARED or runs < 2 * kernel.lanes:
        part(0, runs)
    else:
        _in_parts(part, runs, kernel.lanes)
    return now, record


def _members(task: Task) -> np.ndarray:
    """The hyperparameters, (n, 1, runs): or (n, 2, runs) where one of them differs between the coordinates."""
    values, sweep = list(task.optimizer.numbers().values()), task.state.theta.shape[:-1]
    if not sweep and all(isinstance(value, float) for value in values):
        return np.array(values).reshape(-1, 1, 1)
    width = max((np.shape(value)[-1] for value in values if np.ndim(value)), default=1)
    return np.array([np.broadcast_to(value, (*sweep, width)).reshape(prod(sweep), width).T for value in values], float, order="C")


def _in_parts(work: Callable[[int, int], None], size: int, grain: int) -> None:
    """Share range(0, size) between the cores, in whole grains."""
    cores = min(os.cpu_count() or 1, -(-size // grain))
    cuts = [min(size, grain * round(i * size / cores / grain)) for i in range(cores)] + [size]
    for done in [_pool().submit(work, a, b) for a, b in pairwise(cuts) if a < b]:
        done.result()


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "adamlib")


def _after_fork() -> None:
    """Neither threads nor OpenMP survive a fork: the child makes its own pool and steps on one core."""
    global _forked
    _forked = True
    _pool.cache_clear()


_forked = False
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _steps(kernel: Any, task: Task, grad: Callable[..., Any], hats: Callable[[int], bool]) -> Iterator[State]:
    """Every state of a run made of compiled steps; the arrays of one are overwritten by the next.

    hats : whether m_hat and v_hat are wanted after step t
    """
    whole = task.state.theta.shape
    yield task.state
    theta = np.array(task.state.theta)
    kept = {name: np.zeros(whole, theta.dtype) if name in kernel.memory else None for name in ("m", "v", "v_max")}
    m_hat, v_hat = np.empty_like(theta), np.empty_like(theta)
    numbers, runs = _rows(task)
    hasty = theta.shape[-1] >= LONG_VECTOR
    step = kernel.update(hasty, theta.size >= LONG_VECTOR and not _forked)
    rows = runs, theta.size // max(1, runs)
    flat = [None if x is None else x.reshape(rows) for x in (theta, *kept.values())]
    wanted = [m_hat.reshape(rows), v_hat.reshape(rows)]
    spared = [None, None] if theta.size >= LONG_VECTOR else wanted  # a short vector is worth no second compilation
    for t in range(1, task.steps + 1):
        factor = 1.0 if task.schedule is None else scheduled(1.0, task.schedule, t)
        with np.errstate(all="ignore"):
            g = np.ascontiguousarray(grad(theta, t), theta.dtype)
        if g.shape != whole:
            validate.refuse_as(ValueError, "grad", f"of shape {g.shape}", f"have the shape of theta, {whole}")
        g = g.copy() if np.may_share_memory(g, theta) else g
        with _one_step:
            step(numbers, kernel.places, factor, t, g.reshape(rows), *flat, *(wanted if hats(t) else spared))
        if task.problem.project is not None:
            theta[...] = task.problem.project(theta)
        memory = [task.state.m if x is None else x for x in kept.values()]
        yield State(t, theta, g, memory[0], memory[1], m_hat, v_hat, memory[2])


def _rows(task: Task) -> tuple[np.ndarray, int]:
    """The hyperparameters (n, 1, rows) of rows of equal ones: the runs, or single numbers where coordinates differ."""
    values, whole = list(task.optimizer.numbers().values()), task.state.theta.shape
    alike = all(np.ndim(value) == 0 or np.shape(value)[-1] == 1 for value in values)
    shape = (*whole[:-1], 1) if alike else whole
    numbers = np.array([np.broadcast_to(value, shape).reshape(1, -1) for value in values], float)
    return numbers, numbers.shape[-1]


def record(task: Task, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The states after the steps in `rows`, as arrays."""
    kernel = _kernels[_key(task)]
    if task.surface is None:
        wanted = set(rows.tolist())
        return _record(_steps(kernel, task, task.problem.grad, wanted.__contains__), rows)
    _, kept = _march(kernel, task, rows, len(rows))
    return {name: kept[:, i].reshape(len(rows), *task.state.theta.shape) for i, name in enumerate(RECORDED)}


def last(task: Task) -> State:
    """The state after the last step."""
    kernel = _kernels[_key(task)]
    if task.surface is None:
        return _last(_steps(kernel, task, task.problem.grad, task.steps.__eq__), task.steps)
    now, _ = _march(kernel, task, NOTHING, 0)
    return State(task.steps, *now.transpose(0, 2, 1).reshape(now.shape[0], *task.state.theta.shape))
