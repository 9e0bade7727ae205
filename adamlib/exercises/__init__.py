"""Exercises: `check` says right, not yet, or which known slip it was. One module for each notebook, named as its file.

The exhibits of the museum are checked in the same way: `check("museum lost root", mended)`.
"""

from typing import Any

from adamlib import museum, validate
from adamlib.exercises import (
    adam,
    adam_vs_sgd,
    adamw,
    amsgrad,
    bias_correction,
    generalization_gap,
    gradient_descent,
    momentum,
    rms_scaling,
)
from adamlib.exercises.exercise import Exercise, verdict

NOTEBOOKS = (gradient_descent, momentum, rms_scaling, bias_correction, adam, adam_vs_sgd, generalization_gap, amsgrad, adamw)
EXERCISES: dict[str, Exercise] = {name: exercise for notebook in NOTEBOOKS for name, exercise in notebook.EXERCISES.items()}
MUSEUM = {f"museum {name}": name for name in museum.EXHIBITS}


def check(name: str, answer: Any = ...) -> None:
    """Print whether an answer is right, and if not, what went wrong where we know it.

    name : the exercise, two digits and a letter, as in "03a", or an exhibit, as in "museum lost root"
    answer : a number, an array or a function; for an exhibit the step, mended; `...` means not answered yet

    Raises ValueError for a name that no exercise and no exhibit has.
    """
    validate.choice("name", name, (*EXERCISES, *MUSEUM))
    said = museum.verdict(MUSEUM[name], answer) if name in MUSEUM else verdict(EXERCISES[name], answer)
    print(f"{name}: {said}")
