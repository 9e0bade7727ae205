"""Grids too large for one array: independent blocks of runs, on any executor, with a progress bar and a checkpoint."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.checkpoint import Checkpoint
from adamlib.engine import Task, choose, task_of
from adamlib.optimizers import Optimizer, State
from adamlib.problems.problem import Problem
from adamlib.schedules import Schedule

BLOCK_RUNS, BLOCK_SHARE = 1024, 0.01  # a block has so many runs, or that share of all of them, if it is more
BLOCK_NUMBERS = 2**18  # parameters that a block has at most


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
