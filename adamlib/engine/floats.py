"""Plain Python numbers: one run on a surface, without the cost of arrays of length two.

A rule and a surface run as the straight-line code that they were written down as, with `math` for NumPy. Where Python's
numbers raise and arrays would return inf or nan (a division by zero, an overflow), the run is handed over to NumPy.
"""

import math
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import numpy as np

from adamlib import averages
from adamlib.engine.arrays import Arrays
from adamlib.engine.task import RECORDED, Task, texts_of
from adamlib.engine.traced import NUMPY, WEAK, Sheet, Written, WrittenRule, WrittenSlope
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
    "whole_power": averages.power,
}  # fmt: skip


SECONDS_A_STEP = 1e-6  # seconds
POWERS_AT_ONCE = 4096  # steps whose powers are made at once

WALK = """
def walk(record, rows, factors, x, y{inputs}):
    row, steps, scheduled = 0, rows[-1], len(factors) > 1
    now = x, y, nan, nan, 0.0, 0.0, 0.0, 0.0, nan, nan, nan, nan, 0.0, 0.0
    x, y, gx, gy, mx, my, vx, vy, hx, hy, wx, wy, ux, uy = now
    if rows[0] == 0:
        {kept}
        row = 1
    {once}
    for first in range(0, steps, {at_once}):
        for t, {names} in zip(range(first + 1, min(first + {at_once}, steps) + 1){tables}):
            factor = factors[t - 1 if scheduled else 0]
            {lines}
            now = {words}
            x, y, gx, gy, mx, my, vx, vy, hx, hy, wx, wy, ux, uy = now
            if t == rows[row]:
                {kept}
                row += 1
"""


def powers(base: float, first: int, least: int) -> np.ndarray:
    """base^t for t from `first` on, at least `least` of them, each with the bits of `averages.power`.

    first : a multiple of POWERS_AT_ONCE; least : at most as many
    """
    width = 1
    while width < least:
        width *= 2
    table, square, filled = np.empty(width + 2), base, 1
    table[0] = 1.0 + 0.0 * base
    while filled <= first or filled < width:
        if filled < width:
            np.multiply(table[:filled], square, table[filled : 2 * filled])
        elif first // filled % 2 == 1:
            np.multiply(table, square, table)
        square, filled = square * square, 2 * filled
    for t in range(width, width + 2):
        table[t] = averages.power(base, first + t)
    return table


@cache
def walk_of(rule: WrittenRule, slope: WrittenSlope, alike: bool, kept: str = "record[row] = now") -> str:
    """Steps of one run as one function without a call: the rule for x and for y, `alike` if their hyperparameters are.

    kept : how the state `now` is kept
    """
    sheet = Sheet()
    theta, factor = sheet.inputs("xy"), sheet.input("factor", WEAK)
    grads, sides, inputs = slope.ends(sheet, *theta), [], []
    for x, g, axis, letter in zip(theta, grads, "xy", "aa" if alike else "ab"):
        numbers = rule.numbers(sheet, letter)
        inputs += [number.parts[0] for number in numbers]
        numbers = [number if number.lasting else number * factor for number in numbers]
        sides.append(rule.ends(sheet, numbers, [x, g, *sheet.inputs(f"{one}{axis}" for one in "mvu")]))
    ends = list(zip(*sides))
    written = Written([*ends[0], *grads, *chain(*ends[1:])])
    tables = (f", powers({base}, first, min({POWERS_AT_ONCE}, steps - first))[{ahead + 1}:]" for base, ahead in sheet.powers)
    return WALK.format(
        inputs="".join(f", {name}" for name in [*dict.fromkeys(inputs), *slope.names]),
        names="".join(f"{base}_{ahead}, " for base, ahead in sheet.powers),
        once="\n    ".join(written.once), lines="\n            ".join(written.lines), words=f"({', '.join(written.words)})",
        tables="".join(tables), kept=kept, at_once=POWERS_AT_ONCE,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _walk(*written: Any) -> Any:
    space = {**OF_NUMBERS, "powers": lambda *given: powers(*given).tolist()}
    exec(walk_of(*written), space)
    return space["walk"]


def inputs_of(task: Task) -> tuple[bool, list[float]]:
    """Whether the hyperparameters are alike for x and y, and the numbers that a walk takes."""
    surface: Any = task.surface
    values = task.optimizer.hyperparameters().values()
    along, across = ([float(np.broadcast_to(value, (2,))[d]) for value in values] for d in range(2))
    alike = across == along
    return alike, [*task.theta.tolist(), *along, *([] if alike else across), *surface.parameters.values()]


class Floats(Arrays):
    """Carries out one run on a surface with plain numbers, where these do not raise."""

    name = "floats"

    @property
    def refusal(self) -> str:  # type: ignore[override]
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
        """The states after the steps in `rows`, as arrays."""
        whole = self._states(rows.tolist())
        return super().record(rows) if whole is None else {x: whole[:, i] for i, x in enumerate(RECORDED)}

    def last(self) -> State:
        """The state after the last step."""
        whole = self._states([self.task.steps])
        return super().last() if whole is None else State(self.task.steps, *whole[0])

    def _states(self, rows: list[int]) -> np.ndarray | None:
        alike, inputs = inputs_of(self.task)
        record: list[Any] = [()] * len(rows)
        try:
            with np.errstate(all="ignore"):
                _walk(*texts_of(self.task.optimizer, self.task.surface), alike)(record, rows, self.task.factors.tolist(), *inputs)
        except (ArithmeticError, ValueError):
            return None
        return np.fromiter(chain.from_iterable(record), float).reshape(len(rows), 7, 2)
