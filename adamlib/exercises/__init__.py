"""Exercises: `check` says right, not yet, or which known slip it was. One module for each notebook, named as its file."""

from typing import Any

from adamlib import validate
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


def check(name: str, answer: Any = ...) -> None:
    """Print whether an answer is right, and if not, what went wrong where we know it.

    name : the exercise, two digits and a letter, as in "03a"
    answer : a number, an array or a function; `...` means not answered yet

    Raises ValueError for a name that no exercise has.
    """
    validate.choice("name", name, tuple(EXERCISES))
    print(f"{name}: {verdict(EXERCISES[name], answer)}")
