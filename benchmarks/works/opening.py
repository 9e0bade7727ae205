"""`import adamlib` in a fresh interpreter, beside the import of NumPy, which it cannot do without."""

import subprocess
import sys
from collections.abc import Callable

from benchmarks.contest import Beyond, Contestant, Work


def interpreter(code: str) -> Callable[[int], Callable[[], None]]:
    def call() -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    return lambda size: call


OPENING = Work(
    "A fresh interpreter",
    "interpreters",
    "import",
    int,
    (1,),
    (Contestant("adamlib", interpreter("import adamlib")), Contestant("NumPy alone", interpreter("import numpy"))),
    (Beyond(1, "adamlib", "NumPy alone", 30),),
    close=0.0,  # nothing is compared
)
