"""One exercise: what counts as right, which slips are known, and the verdict on an answer.

An answer is a number, an array, or a function; functions are compared by what they return on `inputs`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Exercise:
    """What counts as right, what it means, and the slips we know.

    answer : the right answer, or a function that computes it
    right : one sentence, the consequence of the right answer
    slips : pairs of a wrong answer and the hint it earns
    inputs : for a function, the arguments it is tried on: a tuple of tuples
    rtol : how far a number may be off, relative; a whole number is a count, and must be hit
    """

    answer: Any
    right: str
    slips: tuple[tuple[Any, str], ...] = ()
    inputs: tuple[tuple, ...] = ()
    rtol: float = 1e-3

    def same(self, answer: Any, other: Any) -> bool:
        """Whether two answers agree: numbers to `rtol`, functions on every one of `inputs`."""
        if self.inputs:
            return callable(answer) and all(self._close(answer(*args), other(*args)) for args in self.inputs)
        return self._close(answer, other)

    def _close(self, got: Any, wanted: Any) -> bool:
        got, wanted = np.asarray(got), np.asarray(wanted)
        if got.dtype.kind not in "biuf" or got.shape != wanted.shape:
            return False
        rtol = 1e-9 if wanted.dtype.kind in "iu" else self.rtol
        return bool(np.allclose(got, wanted, rtol=rtol, atol=rtol * 1e-3, equal_nan=True))


def verdict(exercise: Exercise, answer: Any) -> str:
    """What `check` prints after the name."""
    if answer is ...:
        return "not answered yet"
    try:
        if exercise.same(answer, exercise.answer):
            return f"right. {exercise.right}"
        for wrong, hint in exercise.slips:
            if exercise.same(answer, wrong):
                return f"close: {hint}"
    except Exception as error:
        return f"not yet: your answer raised {type(error).__name__}: {error}"
    return f"not yet: expected {_kind(exercise)}"


def _kind(exercise: Exercise) -> str:
    if exercise.inputs:
        return f"a function of {len(exercise.inputs[0])} arguments with other values; compare yours with the equation"
    shape = np.shape(exercise.answer)
    return f"an array of shape {shape} with other values" if shape else "another number"
