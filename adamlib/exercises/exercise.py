"""One exercise: what counts as right, which slips are known, and the verdict on an answer.

An answer is a number, an array, or a function; functions are compared by what they return on `inputs`.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from types import CodeType
from typing import Any

import numpy as np

THREE_DIGITS = 5e-3  # rounding to three digits moves a number by less, relative to it
SINGLE_PRECISION = 1e-4  # what a function computes in float32 is still right, and a step that is wrong by more than this is wrong


@dataclass(frozen=True)
class Exercise:
    """What counts as right, what it means, and the slips we know.

    answer : the right answer, or a function that computes it
    right : one sentence, the consequence of the right answer
    slips : pairs of a wrong answer and the hint it earns
    also : pairs of another right answer, where conventions differ, and what it means
    inputs : for a function, the arguments it is tried on: a tuple of tuples
    moves : for a function that returns a new position (first, if it returns more), which argument the old one is: then the
        step is judged, from the old to the new, and not the position, which hides a small step
    rtol : how far a number may be off, relative: three digits are enough; a whole number is a count, and must be hit
    """

    answer: Any
    right: str
    slips: tuple[tuple[Any, str], ...] = ()
    inputs: tuple[tuple[Any, ...], ...] = ()
    moves: int | None = None
    rtol: float = THREE_DIGITS
    also: tuple[tuple[Any, str], ...] = ()

    def same(self, answer: Any, other: Any) -> bool:
        """Whether two answers agree: numbers to `rtol`, functions on every one of `inputs`, where their steps do."""
        if not self.inputs:
            return agree(as_numbers(answer), as_numbers(other), self.rtol)
        rtol = min(SINGLE_PRECISION, self.rtol)
        return callable(answer) and all(agree(self.result(answer, args), self.result(other, args), rtol) for args in self.inputs)

    def result(self, function: Callable[..., Any], args: tuple[Any, ...]) -> np.ndarray | None:
        """What a function returns as numbers; where it moves a position, the step in place of the new one."""
        found = as_numbers(function(*deepcopy(args)))
        if self.moves is None or found is None:
            return found
        old = np.asarray(args[self.moves], float)
        if found.ndim > old.ndim and found[0].shape == old.shape:
            return np.concatenate([[found[0] - old], found[1:]])
        return found - old if found.shape == old.shape else found

    def missing(self, answer: Any) -> str:
        """What is not yet right about an answer that is no known slip."""
        if self.inputs and not callable(answer):
            return f"expected a function of {len(self.inputs[0])} argument{'s' * (len(self.inputs[0]) > 1)}"
        got, wanted = (self.result(f, self.inputs[0]) if self.inputs else as_numbers(f) for f in (answer, self.answer))
        if got is None or wanted is None:
            alone = not self.inputs and wanted is not None and wanted.ndim == 0
            return "expected a number" if alone else "expected numbers, every part with the same shape"
        if got.shape != wanted.shape:
            return f"the shape is {got.shape}, expected {f'shape {wanted.shape}' if wanted.shape else 'one number'}"
        if self.inputs:
            return "expected a function with other values; compare yours with the equation"
        return f"expected an array of shape {wanted.shape} with other values" if wanted.shape else "expected another number"


def as_numbers(answer: Any) -> np.ndarray | None:
    """An answer as an array, out of whatever box it came in: a list of one is a number. None where it holds anything else."""
    if isinstance(answer, (list, tuple)):
        found = [as_numbers(part) for part in answer]
        parts = [part for part in found if part is not None]
        fits = len(parts) == len(found) > 0 and len({part.shape for part in parts}) == 1
        return np.squeeze(np.stack(parts)) if fits else None
    array = np.squeeze(np.asarray(answer))
    if array.dtype == object:
        return as_numbers(array.tolist()) if array.ndim else _exact(array.item())
    if array.dtype.kind == "c" and not array.imag.any():
        array = array.real
    return array if array.dtype.kind in "biuf" else None


def _exact(number: Any) -> np.ndarray | None:
    """A Fraction, a Decimal, or whatever else says how large it is."""
    return np.asarray(float(number)) if hasattr(number, "__float__") else None


def agree(got: np.ndarray | None, wanted: np.ndarray | None, rtol: float) -> bool:
    """Whether arrays have one shape and the same numbers; each is judged by its own size, zero by that of the largest."""
    if got is None or wanted is None or got.shape != wanted.shape:
        return False
    rtol = 1e-9 if wanted.dtype.kind in "iu" else rtol
    room = 1e-9 * np.max(np.abs(wanted), initial=0, where=np.isfinite(wanted)) or 1e-9
    return bool(np.allclose(got, wanted, rtol=rtol, atol=room, equal_nan=True))


def unfilled(answer: Any) -> bool:
    """Whether the dots of a scaffold still stand: the answer itself, a part of it, or a line of the function."""
    if isinstance(answer, (list, tuple)):
        return any(unfilled(part) for part in answer)
    code = answer if isinstance(answer, CodeType) else getattr(answer, "__code__", None)
    return answer is ... or (code is not None and any(part is ... or _unfilled_code(part) for part in code.co_consts))


def _unfilled_code(part: Any) -> bool:
    return isinstance(part, CodeType) and unfilled(part)


def reply(exercise: Exercise, answer: Any) -> str:
    """What `check` prints after the name."""
    try:
        for right, says in ((exercise.answer, exercise.right), *exercise.also):
            if exercise.same(answer, right):
                return f"right. {says}"
        for wrong, hint in exercise.slips:
            if exercise.same(answer, wrong):
                return f"close: {hint}"
        return "not answered yet" if unfilled(answer) else f"not yet: {exercise.missing(answer)}"
    except Exception as error:
        return "not answered yet" if unfilled(answer) else f"not yet: your answer raised {type(error).__name__}: {error}"
