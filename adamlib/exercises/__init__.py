"""Exercises: `check` says right, not yet, or which known slip it was. One module for each notebook, named as its file.

The exhibits of the museum are checked in the same way: `check("museum lost root", mended)`.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from adamlib import museum, validate
from adamlib.exercises.exercise import Exercise, reply


def _gather() -> dict[str, Exercise]:
    """The exercises of every module of this package that has some, in the order of their names."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return dict(sorted(pair for module in modules for pair in getattr(module, "EXERCISES", {}).items()))


EXERCISES: dict[str, Exercise] = _gather()
MUSEUM = {f"museum {name}": name for name in museum.EXHIBITS}


def check(name: str, answer: Any = ...) -> None:
    """Print whether an answer is right, and if not, what went wrong where we know it.

    name : the exercise, two digits and a letter, as in "03a", or an exhibit, as in "museum lost root"
    answer : a number, an array or a function; for an exhibit the step, mended; `...` means not answered yet

    Raises ValueError for a name that no exercise and no exhibit has.
    """
    validate.choice("name", name, (*EXERCISES, *MUSEUM))
    said = museum.verdict(MUSEUM[name], answer) if name in MUSEUM else reply(EXERCISES[name], answer)
    print(f"{name}: {said}")
