"""Exercises: `check` says right, not yet, or which known slip it was.

An answer is a number, an array, or a function; functions are compared by what they return on `inputs`.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from adamlib import validate


@dataclass(frozen=True)
class Exercise:
    """What counts as right, what it means, and the slips we know.

    answer : the right answer, or a function that computes it
    right : one sentence, the consequence of the right answer
    slips : pairs of a wrong answer and the hint it earns
    inputs : for a function, the arguments it is tried on: a tuple of tuples
    rtol : how far a number may be off, relative
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
        return bool(np.allclose(got, wanted, rtol=self.rtol, atol=self.rtol * 1e-3, equal_nan=True))


def check(name: str, answer: Any = ...) -> None:
    """Print whether an answer is right, and if not, what went wrong where we know it.

    name : the exercise, two digits and a letter, as in "03a"
    answer : a number, an array or a function; `...` means not answered yet

    Raises ValueError for a name that no exercise has.
    """
    validate.choice("name", name, tuple(EXERCISES))
    print(f"{name}: {verdict(EXERCISES[name], answer)}")


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


def _nesterov(theta, m, g, lr, beta):
    m = beta * m + g
    return theta - lr * (g + beta * m), m


def _heavy_ball(theta, m, g, lr, beta):
    m = beta * m + g
    return theta - lr * m, m


def _averaged_nesterov(theta, m, g, lr, beta):
    m = beta * m + (1 - beta) * g
    return theta - lr * (g + beta * m), m


def _falling(slope, x, lr, steps, rate=lambda lr, t: lr / np.sqrt(t)):
    """Gradient descent whose rate falls as the square root of the step's number, as exercise 00b asks."""
    for t in range(1, steps + 1):
        x = x - rate(lr, t) * slope(x)
    return x


EXERCISES: dict[str, Exercise] = {
    "00a": Exercise(
        answer=0.04,
        right="The steepest direction sets the limit for all of them; the flat one could have borne 2.",
        slips=(
            (0.02, "1/curvature arrives in one step; you may step twice as far before it diverges"),
            (2.0, "that is the limit of the flat direction; the steep one diverges first"),
            (2 / 51, "that is the best rate, 2 / (1 + 50); the limit lies a little above it"),
        ),
    ),
    "00b": Exercise(
        answer=_falling,
        right="A rate that falls goes far first and settles later: the noise floor sinks with it.",
        slips=(
            (partial(_falling, rate=lambda lr, t: lr), "the rate stays the same; divide it by the root of t"),
            (partial(_falling, rate=lambda lr, t: lr / t), "you divide by t; the root of t falls more slowly"),
            (partial(_falling, rate=lambda lr, t: lr / np.sqrt(t + 1)), "your first step has t = 2; count from 1"),
            (partial(_falling, rate=lambda lr, t: -lr / np.sqrt(t)), "you walk uphill; subtract the step"),
        ),
        inputs=((np.sin, 1.0, 0.5, 1), (np.sin, 1.0, 0.5, 7), (np.tanh, -2.0, 0.3, 4)),
    ),
    "00c": Exercise(
        answer=(0.1, 0.02, 0.01),
        right="The more steps you have, the smaller the best rate: that is why practice lets it fall.",
        slips=(
            ((0.5, 0.5, 0.5), "that is the race without noise; wrap the bowl in al.noisy"),
            ((0.01, 0.02, 0.1), "you have them the wrong way round; with few steps a small rate does not get there"),
        ),
    ),
    "01a": Exercise(
        answer=0.64,
        right="Each step leaves √β = 0.8 of the error. Gradient descent with the same lr leaves 0.96.",
        slips=(
            (0.8, "that is √β, the rate; β is its square"),
            (0.9216, "in (1.5) a stands under a root"),
            (1.44, "that is the upper bound of (1.5), and β must stay below 1"),
        ),
    ),
    "01b": Exercise(
        answer=_nesterov,
        right="One more term than the heavy ball, and it arrives on the function that traps the heavy ball.",
        slips=(
            (_heavy_ball, "that is the heavy ball; in (1.7) β multiplies the new m, and g counts once more"),
            (_averaged_nesterov, "(1.7) adds the whole gradient to m, not (1 - beta) of it"),
        ),
        inputs=((1.0, 0.0, 2.0, 0.1, 0.9), (-1.0, 3.0, 0.5, 0.01, 0.5)),
    ),
    "01c": Exercise(
        answer=147 / 801,
        right="More starts are lost than with β = 4/9. More memory is no cure here; less lr is.",
        slips=(
            (96 / 801, "that is the share for β = 4/9"),
            (654 / 801, "that is the share that arrives"),
            (147, "that is how many; divide by 801"),
        ),
        rtol=0.02,
    ),
}
