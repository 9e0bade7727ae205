"""Plain Python numbers: one run on a surface, without the cost of arrays of length two.

A rule and a surface run as the straight-line code that they were written down as, with `math` for NumPy. Where Python's
numbers raise and arrays would return inf or nan (a division by zero, an overflow), the run is handed over to NumPy.
"""

import math
from functools import cache, lru_cache
from typing import Any

import numpy as np

from adamlib import averages
from adamlib.engine import arrays
from adamlib.engine.task import RECORDED, Task
from adamlib.engine.traced import NUMPY
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


@cache
def _made(text: str) -> Any:
    """The function that a text says."""
    space: dict[str, Any] = dict(OF_NUMBERS)
    exec(text, space)
    return space[text[4 : text.index("(")]]


def _walk(task: Task, rows: list[int]) -> list[tuple[float, ...]]:
    """The states after the steps in `rows`, rising: of each its fourteen numbers."""
    (written, text), surface = task.texts, task.surface
    assert surface is not None
    slope, rule, parameters = _made(text), _made(written.rule("{}")), tuple(surface.parameters.values())
    step = _made(written.step("numbers, factor, t", "numbers[{i}]"))
    along, across = (
        [float(v) for v in values]
        for values in zip(*(np.broadcast_to(v, (2,)) for v in task.optimizer.hyperparameters().values()))
    )
    alike, last = along == across, 0
    kept: list[Any] = []
    x, y = task.state.theta.tolist()
    mx = my = vx = vy = ux = uy = 0.0
    factors = task.factors.tolist()
    for row in rows:
        for t in range(last + 1, row + 1):
            gx, gy = slope(x, y, *parameters)
            s = step(along, factors[t - 1], t)
            x, mx, vx, hx, wx, ux = rule(s, x, gx, mx, vx, ux)
            y, my, vy, hy, wy, uy = rule(s if alike else step(across, factors[t - 1], t), y, gy, my, vy, uy)
        kept.append((x, y, gx, gy, mx, my, vx, vy, hx, hy, wx, wy, ux, uy))
        last = row
    return kept


class Floats:
    """Carries out one run on a surface with plain numbers."""

    name = "floats"

    def __init__(self, task: Task):
        self.task = task

    @staticmethod
    def refusal(task: Task) -> str:
        """Why plain numbers cannot do this task, or nothing."""
        theta = task.state.theta
        if task.surface is None:
            return f"it needs a surface, a problem that has a formula, in float64; not {task.problem.name} in {theta.dtype}"
        if theta.shape != (2,):
            return f"it does one run, not theta of shape {theta.shape}"
        return task.unwritten

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
                return np.array(_walk(self.task, rows)).reshape(len(rows), 7, 2)
        except (ArithmeticError, ValueError):
            return None
