"""Plain Python numbers: one run on a surface, without the cost of arrays of length two.

A rule and a surface run as the straight-line code that they were written down as, with `math` for NumPy. Where Python's
numbers raise and arrays would return inf or nan (a division by zero, an overflow), the run is handed over to NumPy.
"""

import math
from collections.abc import Collection
from functools import lru_cache
from typing import Any

import numpy as np

from adamlib import averages
from adamlib.engine import arrays
from adamlib.engine.task import RECORDED, Task, texts_of
from adamlib.engine.traced import NUMPY, WrittenRule, WrittenSlope
from adamlib.optimizers import State


def _larger(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def _smaller(a: float, b: float) -> float:
    return a if a <= b or a != a else b


def _sign(a: float) -> float:
    return a if a != a else float((a > 0) - (a < 0))


# NumPy's elementary functions, for numbers.
OF_NUMBERS = NUMPY | {
    "sqrt": math.sqrt, "exp": math.exp, "log": math.log, "sin": math.sin, "cos": math.cos, "tanh": math.tanh,
    "absolute": abs, "maximum": _larger, "minimum": _smaller, "sign": _sign, "square": lambda a: a * a,
    "whole_power": lru_cache(maxsize=2**16)(averages.power.__wrapped__),  # type: ignore[attr-defined]
}  # fmt: skip


SECONDS_A_STEP = 2e-6  # seconds

WALK = """
def walk(rows, factors, x, y{inputs}):
    kept, row = [], next(rows)
    mx = my = vx = vy = ux = uy = 0.0
    for t, factor in enumerate(factors, 1):
        {body}
        if t == row:
            kept += x, y, gx, gy, mx, my, vx, vy, hx, hy, wx, wy, ux, uy
            row = next(rows, 0)
    return kept
"""


def _assigned(name: str, words: list[str], changing: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """Lines that give a name to each word that has none, or one of those that are changing; and the names."""
    lasting = [word.isidentifier() and word not in changing for word in words]
    names = [word if stays else f"{name}{i}" for i, (word, stays) in enumerate(zip(words, lasting))]
    return [f"{one} = {word}" for one, word in zip(names, words) if one != word], names


@lru_cache(maxsize=256)
def _walk_of(rule: WrittenRule, slope: WrittenSlope, alike: bool) -> Any:
    """Steps of one run as one function without a call: the rule for x and for y, `alike` if their hyperparameters are."""
    slopes, lines = slope.written("e"), []
    lines += [*slopes.lines, *(f"{name} = {word}" for name, word in zip(("gx", "gy"), slopes.words))]
    ends: list[str] = []
    for axis, numbers in ("x", "a{i}"), ("y", "a{i}" if alike else "b{i}"):
        if axis == "x" or not alike:
            step = rule.step(numbers, name=f"t{axis}")
            given, names = _assigned(f"s{axis}", step.words)
            lines += [*step.lines, *given]
        element = rule.element(names, [axis, *(f"{one}{axis}" for one in "gmvu")], f"n{axis}")
        old = [axis, *(f"{one}{axis}" for one in "mvhwu")]
        given, new = _assigned(f"r{axis}", element.words, changing=old)
        lines += [*element.lines, *given]
        ends += [f"{one} = {another}" for one, another in zip(old, new)]
    inputs = [f"{axis}{i}" for axis in ("a" if alike else "ab") for i in range(len(rule.names))] + slope.names[2:]
    space: dict[str, Any] = dict(OF_NUMBERS)
    exec(WALK.format(inputs="".join(f", {one}" for one in inputs), body="\n        ".join([*lines, *ends])), space)
    return space["walk"]


def _walk(task: Task, rows: list[int]) -> list[float]:
    """The states after the steps in `rows`, rising: fourteen numbers of each."""
    surface, values = task.surface, task.optimizer.hyperparameters().values()
    assert surface is not None
    rule, slope = texts_of(task.optimizer, surface)
    along, across = ([float(np.broadcast_to(value, (2,))[d]) for value in values] for d in range(2))
    given = *task.theta.tolist(), *along, *([] if across == along else across), *surface.parameters.values()
    return _walk_of(rule, slope, across == along)(iter(rows), task.factors.tolist(), *given)


class Floats:
    """Carries out one run on a surface with plain numbers."""

    name = "floats"

    def __init__(self, task: Task):
        self.task = task

    @property
    def refusal(self) -> str:
        """Why plain numbers cannot do this task, or nothing."""
        theta = self.task.theta
        if self.task.surface is None:
            where = f"{self.task.problem.name} in {theta.dtype}"
            return f"it needs a surface, a problem that has a formula, in float64; not {where}"
        if theta.shape != (2,):
            return f"it does one run, not theta of shape {theta.shape}"
        return self.task.unwritten

    @property
    def seconds(self) -> float:
        """About how long it will take."""
        return self.task.steps * SECONDS_A_STEP

    def record(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """The states after the steps in `rows`, the first of which is 0."""
        whole = self._states(rows[1:].tolist())
        if whole is None:
            return arrays.Arrays(self.task).record(rows)
        start = np.array(self.task.state[1:])[None]
        return {name: np.concatenate([start[:, i], whole[:, i]]) for i, name in enumerate(RECORDED)}

    def last(self) -> State:
        """The state after the last step."""
        whole = self._states([self.task.steps])
        return arrays.Arrays(self.task).last() if whole is None else State(self.task.steps, *whole[0])

    def _states(self, rows: list[int]) -> np.ndarray | None:
        try:
            with np.errstate(all="ignore"):
                return np.fromiter(_walk(self.task, rows), float).reshape(len(rows), 7, 2)
        except (ArithmeticError, ValueError):
            return None
