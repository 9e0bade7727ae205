"""The finished runs of a sweep, kept in a file that knows by what it computes which sweep it belongs to."""

import os
import time
from dataclasses import is_dataclass
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from adamlib.engine.task import Task, texts_of
from adamlib.optimizers import State

ARRAYS = State._fields[1:]
BETWEEN_WRITINGS = 5.0  # seconds between two writings of the file


class Checkpoint:
    """The finished runs of a sweep, in memory and, if asked for, in a file that is replaced as a whole."""

    def __init__(self, task: Task, engine: str | None, path: Path | None):
        self.path, self._unwritten, self._written = path, False, time.monotonic()
        self.key = _key(task, engine) if path else ""
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


def _key(task: Task, engine: str | None) -> str:
    """What the sweep computes; a rule that can be written down is known by its formula, not by its name alone."""
    written = [getattr(text, "text", "") for text in texts_of(task.optimizer, task.surface)]
    return fingerprint(*task, engine, written)


def names_in(code: CodeType) -> set[str]:
    """Every name that a piece of code and the functions inside it may look up."""
    inner = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


def fingerprint(*things: Any) -> str:
    """A digest of functions with all that they call, and of plain values: equal only if they compute the same."""
    import hashlib

    digest, seen = hashlib.sha256(), set[Any]()

    def add(thing: Any) -> None:
        if isinstance(thing, FunctionType):
            if thing not in seen:
                seen.add(thing)
                add(thing.__code__)
                add(thing.__defaults__)
                for name in sorted(names_in(thing.__code__)):
                    add(thing.__globals__.get(name))
                for cell in thing.__closure__ or ():
                    add(cell.cell_contents)
        elif isinstance(thing, CodeType):
            digest.update(thing.co_code + repr(thing.co_names).encode())
            add(thing.co_consts)
        elif isinstance(thing, (tuple, list)):
            for part in thing:
                add(part)
        elif isinstance(thing, dict):
            add(sorted(thing.items()))
        elif is_dataclass(thing) and not isinstance(thing, type):
            if id(thing) not in seen:
                seen.add(id(thing))
                add(type(thing).__name__)
                add(vars(thing))
        elif isinstance(thing, np.ndarray):
            digest.update(repr((thing.dtype, thing.shape)).encode() + thing.tobytes())
        elif not isinstance(thing, (type, ModuleType)):
            digest.update(repr(thing).encode() + b";")

    for thing in things:
        add(thing)
    return digest.hexdigest()[:16]
