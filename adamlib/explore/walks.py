"""What a view may ask for: a run, its end, a map of ends, a rule by name. Here by the engines, in a browser by generated rules.

All is handed over as plain numbers and lists, which a view reads in the same way in both places.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.problems.problem import Problem
from adamlib.run import final as final_state
from adamlib.run import run

Coordinates = tuple[list[float], list[float]]


class SurfaceWalk(NamedTuple):
    """A recorded run on a surface. All but `t` and `loss` are pairs of lists, one for each coordinate."""

    t: list[int]
    loss: list[float]
    theta: Coordinates
    grad: Coordinates
    m: Coordinates
    v: Coordinates
    m_hat: Coordinates
    v_hat: Coordinates


class End(NamedTuple):
    """Where a run ended."""

    x: float
    y: float
    loss: float


def walk(
    rule: Optimizer,
    problem: Problem,
    start: Sequence[float],
    steps: int,
    every: int = 1,
    sigma: float = 0.0,
    draws: Sequence[Sequence[float]] = (),
) -> SurfaceWalk:
    """The run of a rule on a surface; every so many steps are kept, and the last.

    start : (x, y)
    sigma, draws : noise, as `noisy` makes it: to the gradient of step t comes sigma draws[t - 1]
    """
    hills = problem if sigma == 0 else replace(problem, grad=_through_noise(problem, sigma, np.asarray(draws)))
    made = run(rule, hills, start=start, steps=steps, every=every)
    pairs = [getattr(made, name).T.tolist() for name in SurfaceWalk._fields[2:]]
    return SurfaceWalk(made.t.tolist(), made.loss.tolist(), *pairs)


def _through_noise(problem: Problem, sigma: float, draws: np.ndarray) -> Callable[..., Any]:
    return lambda theta, t=1: problem.grad(theta) + sigma * draws[t - 1]


def final(rule: Optimizer, problem: Problem, start: Sequence[float], steps: int) -> End:
    """Where the run of a rule on a surface ends. Within `map_of`, the hyperparameters are arrays, and so is the end."""
    wide = {name: value[..., None] for name, value in rule.hyperparameters().items() if isinstance(value, np.ndarray)}
    theta: Any = final_state(replace(rule, **wide), problem, start=start, steps=steps).theta
    loss: Any = problem.loss(theta)
    return End(theta[..., 0], theta[..., 1], loss)


def rule_by_name(kinds: Mapping[str, type[Optimizer]], name: str, settings: Mapping[str, float]) -> Optimizer:
    """The rule of that name, with those of the settings that it has."""
    kind = kinds[name]
    return kind(**{one.name: settings[one.name] for one in fields(kind) if one.name in settings})


@lru_cache(maxsize=16)
def _map(
    function: Callable[..., Any], xs: tuple[float, ...], ys: tuple[float, ...], rest: tuple[float, ...]
) -> list[list[float]]:
    with np.errstate(all="ignore"):
        values = np.asarray(function(np.array(xs)[None, :], np.array(ys)[:, None], *rest), float)
    return np.broadcast_to(values, (len(ys), len(xs))).tolist()


def map_of(function: Callable[..., Any], xs: Sequence[float], ys: Sequence[float], *rest: float) -> list[list[float]]:
    """The values of function(x, y, *rest) for every x and y, a row for each y; the same list for the same question.

    function : elementwise, as a rule is: it takes arrays as well as numbers. It may call `final`
    """
    return _map(function, tuple(xs), tuple(ys), rest)
