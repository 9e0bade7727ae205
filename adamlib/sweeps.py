"""Grids too large for one array: independent blocks of runs, on any executor, with a progress bar and a checkpoint."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.engine import Task, choose, task_of
from adamlib.engine.fingerprint import fingerprint
from adamlib.optimizers import Optimizer, State
from adamlib.problems.problem import Problem
from adamlib.schedules import Schedule

ARRAYS = State._fields[1:]
BLOCK_RUNS, BLOCK_SHARE = 1024, 0.01  # a block has so many runs, or that share of all of them, if it is more
BLOCK_NUMBERS = 2**18  # parameters that a block has at most
BETWEEN_WRITINGS = 5.0  # seconds between two writings of a checkpoint


class Shared:
    """What the blocks of a sweep share: the problem and the rule, with the functions in them, and the engine asked for."""

    def __init__(self, task: Task, engine: str | None):
        self.task, self.engine = task, engine

    @cached_property
    def content(self) -> bytes:
        """All of it, and one run, for other processes: written once, since functions take long."""
        try:
            import cloudpickle
        except ImportError as error:
            raise ImportError("a sweep in other processes needs cloudpickle: install the extra `fast`") from error
        return cloudpickle.dumps((self.task.block(0, 1), self.engine))


class Block:
    """Some runs of a sweep: their arrays, and what all blocks share."""

    def __init__(self, shared: Shared, task: Task):
        self.shared, self.task = shared, task

    def __reduce__(self) -> Any:
        numbers = {name: x for name, x in self.task.optimizer.hyperparameters().items() if isinstance(x, np.ndarray)}
        return _unpickled, (self.shared.content, numbers, self.task.theta)


@lru_cache(maxsize=8)
def _shared(content: bytes) -> Shared:
    import cloudpickle

    return Shared(*cloudpickle.loads(content))


def _unpickled(content: bytes, numbers: dict[str, np.ndarray], theta: np.ndarray) -> Block:
    shared = _shared(content)
    return Block(shared, shared.task._replace(optimizer=replace(shared.task.optimizer, **numbers), theta=theta))


def work(block: Block) -> tuple[np.ndarray, ...]:
    """Carry out a block: the arrays of its last state."""
    return tuple(choose(block.task, block.shared.engine).last()[1:])


def sweep(
    optimizer: Optimizer,
    problem: Problem,
    start: Any = None,
    steps: int = 200,
    schedule: Schedule | None = None,
    executor: Executor | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike[str] | None = None,
    engine: str | None = None,
) -> State:
    """The State of every run of a grid after `steps` steps, as `final` gives it, worked out in blocks.

    optimizer, problem, start, steps, schedule, engine : as `run`
    executor : any `concurrent.futures.Executor`: threads, processes, Dask's `Client.get_executor()`, mpi4py's.
        None for threads, one for each core
    progress : whether to show a bar, of runs, once it takes longer than a second
    checkpoint : a file that keeps the finished runs. Where it exists, they are not run again. It is written when a block
        is done, at most every few seconds, and when the sweep is interrupted

    Runs do not depend on each other, nor on the blocks they are in, nor on who carries them out. Returns a State whose
    arrays have the shape (*sweep, D).

    Raises ValueError for a checkpoint that is damaged or of another sweep. What goes wrong in a worker is raised here,
    after the checkpoint is written.

    >>> from adamlib import SGD, bowl, grid
    >>> sweep(SGD(**grid(lr=[0.05, 0.1])), bowl(), steps=2).theta.round(3).tolist()
    [[-1.805, 0.25], [-1.62, 0.0]]
    """
    validate.flag("progress", progress)
    validate.optional(validate.instance, "executor", executor, Executor, "a concurrent.futures.Executor")
    validate.optional(validate.instance, "checkpoint", checkpoint, (str, os.PathLike), "the path of a file")
    if checkpoint is not None and not Path(checkpoint).absolute().parent.is_dir():
        validate.refuse_as(FileNotFoundError, "checkpoint", f"= {str(checkpoint)!r}", "lie in a folder that exists")
    task = task_of(optimizer, problem, start, steps, schedule)
    finished = Checkpoint(task, engine, None if checkpoint is None else Path(checkpoint))
    with _bar(task.runs, progress) as bar:
        bar.update(int(finished.done.sum()))
        _carry_out(task, engine, finished, executor or _threads(), bar)
    return State(task.steps, **{name: array.reshape(task.theta.shape) for name, array in finished.arrays.items()})


def _carry_out(task: Task, engine: str | None, finished: "Checkpoint", executor: Executor, bar: Any) -> None:
    futures: dict[Future[Any], tuple[int, int]] = {}
    shared = Shared(task, engine)

    def take(future: Future[Any]) -> None:
        first, last = futures.pop(future)
        finished.add(first, last, future.result())
        bar.update(last - first)

    try:
        for first, last in _unfinished(task, finished.done):
            futures[executor.submit(work, Block(shared, task.block(first, last)))] = first, last
        for future in as_completed(list(futures)):
            take(future)
    except BaseException:
        for future in list(futures):
            if not future.cancel() and future.done() and future.exception() is None:
                take(future)
        raise
    finally:
        finished.write()


def _unfinished(task: Task, done: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of runs that are still to do."""
    most = BLOCK_NUMBERS * task.runs // max(1, task.theta.size)
    size = max(1, min(max(BLOCK_RUNS, int(BLOCK_SHARE * task.runs)), most))
    for first in range(0, task.runs, size):
        todo = np.flatnonzero(~done[first : first + size])
        if len(todo):
            yield first + int(todo[0]), first + int(todo[-1]) + 1


def _bar(total: int, progress: bool) -> Any:
    from tqdm.auto import tqdm

    return tqdm(total=total, unit="run", delay=1, disable=not progress)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), "adamlib-sweep")


class Checkpoint:
    """The finished runs of a sweep, in memory and, if asked for, in a file that is replaced as a whole."""

    def __init__(self, task: Task, engine: str | None, path: Path | None):
        self.path, self._unwritten, self._written = path, False, time.monotonic()
        self.key = fingerprint(*task, engine) if path else ""
        self.done, runs = np.zeros(task.runs, bool), (task.runs, *task.theta.shape[task.theta.ndim - task.problem.start.ndim :])
        self.arrays = {name: np.zeros(runs, task.theta.dtype) for name in ARRAYS}
        if path and path.exists():
            self._read(path)

    def add(self, first: int, last: int, arrays: tuple[np.ndarray, ...]) -> None:
        """Take in the runs first ... last - 1."""
        for name, array in zip(ARRAYS, arrays):
            self.arrays[name][first:last] = array
        self.done[first:last] = True
        self._unwritten = True
        if time.monotonic() > self._written + BETWEEN_WRITINGS:
            self.write()

    def write(self) -> None:
        """Write the file beside its place, then move it there."""
        if self.path is None or not self._unwritten:
            return
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, key=np.array(self.key), done=self.done, **self.arrays)
        os.replace(beside, self.path)
        self._unwritten, self._written = False, time.monotonic()

    def _read(self, path: Path) -> None:
        import zipfile

        try:
            with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                found = {name: file[name] for name in ("key", "done", *ARRAYS)}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"checkpoint = {str(path)!r} is not allowed: checkpoint is damaged or of another kind") from error
        arrays = {name: found[name] for name in ARRAYS}
        same = found["done"].shape == self.done.shape and all(a.shape == self.arrays[n].shape for n, a in arrays.items())
        if str(found["key"]) != self.key or not same:
            raise ValueError(f"checkpoint = {str(path)!r} is not allowed: checkpoint belongs to another sweep")
        self.done, self.arrays = found["done"], arrays
