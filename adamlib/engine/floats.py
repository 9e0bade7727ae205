"""Plain Python numbers: one run on a surface, without the cost of arrays of length two.

A rule or a surface is the same function as everywhere; it sees `math` where it says `np`. Where Python's numbers raise
and arrays would return inf or nan (a division by zero, an overflow), the run is handed over to NumPy.
"""

import math
from collections.abc import Callable
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from adamlib import averages
from adamlib.engine import arrays
from adamlib.engine.rebind import changed, rebound
from adamlib.engine.task import RECORDED, Task
from adamlib.optimizers import State

cached_power = lru_cache(maxsize=2**16)(averages.power)


def _larger(a: float, b: float) -> float:
    return a if a >= b or a != a else b


def _smaller(a: float, b: float) -> float:
    return a if a <= b or a != a else b


def _sign(a: float) -> float:
    return a if a != a else float((a > 0) - (a < 0))


# NumPy's elementary functions, for numbers.
NUMPY_OF_NUMBERS = SimpleNamespace(
    sqrt=math.sqrt, exp=math.exp, log=math.log, sin=math.sin, cos=math.cos, tanh=math.tanh, pi=math.pi, e=math.e, nan=math.nan,
    inf=math.inf, abs=abs, absolute=abs, maximum=_larger, minimum=_smaller, sign=_sign, square=lambda a: a * a,
    where=lambda known, a, b: a if known else b,
)  # fmt: skip


def refusal(task: Task) -> str:
    """Why plain numbers cannot do this task, or nothing."""
    theta = task.state.theta
    if task.surface is None:
        return f"it needs a surface, a problem that has a formula, in float64; not {task.problem.name} in {theta.dtype}"
    if theta.shape != (2,):
        return f"it does one run, not theta of shape {theta.shape}"
    if task.optimizer.has_own_step():
        return f"{type(task.optimizer).__name__} has a step of its own"
    return ""


def _number(thing: Any) -> Any:
    if thing is np:
        return NUMPY_OF_NUMBERS
    return changed(thing, lambda function: cached_power if function is averages.power else with_numbers(function))


@cache
def with_numbers(function: Callable[..., Any]) -> Callable[..., Any]:
    """A copy of a function, and of what it calls, that computes with plain numbers."""
    return rebound(function, _number)


@cache
def _kind(cls: Any) -> type:
    """The class of an optimizer, its methods computing with plain numbers."""
    return type(cls.__name__, (), {name: with_numbers(method) for name, method in cls.rule_methods().items()})


def _rules(task: Task) -> list[Any]:
    """The optimizer of each coordinate."""
    made = []
    for d in range(2):
        one: Any = _kind(type(task.optimizer))()  # type: ignore[arg-type]
        vars(one).update(vars(task.optimizer))
        for name, value in task.optimizer.numbers().items():
            setattr(one, name, value if isinstance(value, float) else float(np.broadcast_to(value, (2,))[d]))
        made.append(one)
    return made


def _walk(task: Task, surface: Any, keep: Callable[[Any, Any], None]) -> tuple[Any, ...]:
    slope, values = with_numbers(surface.slope), tuple(surface.parameters.values())
    (along, across), rates = _rules(task), [rule.lr for rule in _rules(task)]
    factors = None if task.schedule is None else task.factors.tolist()
    x, y = (State(0, *(float(part[d]) for part in task.state[1:])) for d in range(2))  # type: ignore[arg-type]
    for t in range(task.steps):
        if factors is not None:
            along.lr, across.lr = rates[0] * factors[t], rates[1] * factors[t]
        gx, gy = slope(x.theta, y.theta, *values)
        x, y = along.rule(x, gx), across.rule(y, gy)
        keep(x, y)
    return x, y


def record(task: Task, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The states after the steps in `rows`, as arrays."""
    kept = [float(part[d]) for d in range(2) for part in task.state[1:7]]
    wanted = set(rows.tolist())

    def keep(x: Any, y: Any) -> None:
        if x.t in wanted:
            kept.extend(x[1:7])
            kept.extend(y[1:7])

    try:
        _walk(task, task.surface, keep)
    except (ArithmeticError, ValueError):
        return arrays.record(task, rows)
    whole = np.array(kept, float).reshape(len(rows), 2, 6)
    return {name: whole[:, :, i] for i, name in enumerate(RECORDED)}


def last(task: Task) -> State:
    """The state after the last step."""
    try:
        x, y = _walk(task, task.surface, lambda x, y: None)
    except (ArithmeticError, ValueError):
        return arrays.last(task)
    return State(x.t, *(np.array(pair, float) for pair in zip(x[1:], y[1:])))
