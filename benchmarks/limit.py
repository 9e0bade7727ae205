"""The limit: loops.c, compiled for this very machine when it is first asked for."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

import adamlib as al

FLAGS = ["-O3", "-march=native", "-fno-math-errno"]
NUMBERS = ("lr", "beta1", "beta2", "eps")


class Rule(ctypes.Structure):
    """The hyperparameters as loops.c takes them; one that varies goes beside them and is 0 here."""

    _fields_ = [(name, ctypes.c_double) for name in NUMBERS]


def compiler() -> str | None:
    """The C compiler, where there is one."""
    return shutil.which("cc")


def compiler_version() -> str:
    """What the compiler calls itself, and how it is called."""
    said = subprocess.run(["cc", "--version"], capture_output=True, text=True, check=True).stdout
    return f"{said.splitlines()[0]}, {' '.join(FLAGS)}"


@cache
def loops_library() -> ctypes.CDLL:
    """loops.c, loaded."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "loops.so"
        subprocess.run(["cc", *FLAGS, "-shared", "-fPIC", Path(__file__).with_name("loops.c"), "-o", made, "-lm"], check=True)
        return ctypes.CDLL(str(made))


def loop(name: str, *arguments: Any) -> Callable[[], None]:
    """A call of one of the loops: whole numbers are long, arrays are pointers, an optimizer is its four numbers."""
    return partial(getattr(loops_library(), name), *map(_as_c, arguments))


def _as_c(argument: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return argument.ctypes.data_as(ctypes.c_void_p)  # which keeps the array alive
    if isinstance(argument, al.Adam):
        return Rule(*(value if isinstance(value, float) else 0.0 for value in (getattr(argument, name) for name in NUMBERS)))
    return ctypes.c_long(argument)


def shared_loop(name: str, size: int, *arguments: Any) -> Callable[[], None]:
    """The same for a loop whose first two arguments are a range: every core calls it on its share of range(size)."""
    cores = os.cpu_count() or 1
    cuts = np.linspace(0, size, cores + 1).astype(int).tolist()
    loops = [loop(name, first, last, *arguments) for first, last in pairwise(cuts)]
    pool = ThreadPoolExecutor(cores, "limit")

    def call() -> None:
        for done in [pool.submit(one) for one in loops]:
            done.result()

    return call
