"""Explorers of notebook 02: a ruler for every coordinate."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Guide, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.numerals import number
from adamlib.optimizers import SGD, AdaGrad, Optimizer, RMSProp
from adamlib.problems import Problem, bowl, breast_cancer, logistic, surface
from adamlib.run import iterate, run

UNIT_STEPS = 40
LATE = 10  # the steps at the end over which a loss is averaged
FACTORS = [0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
UNIT_RATES = {"SGD": [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0], "RMSProp": [0.002, 0.005, 0.02, 0.05]}
KEPT = {"SGD": 1.0, "RMSProp": 0.05}  # the best of UNIT_RATES in the usual unit
CALLED = {"SGD": "gradient descent", "RMSProp": "RMSProp"}


@cache
def losses_in_units(name: str) -> np.ndarray:
    """Losses on the tumours with one feature in other units, (UNIT_STEPS + 1, factors, rates).

    To multiply a feature by c is to walk on f(c w), whose gradient has a factor c.
    """
    problem = logistic(breast_cancer())
    units = np.ones((len(FACTORS), 1, problem.dim))
    units[:, 0, :2] = np.array(FACTORS)[:, None]  # the mean radius has one weight for each class
    other = replace(
        problem,
        loss=lambda w: problem.loss(units * w),
        grad=lambda w, t=1: units * problem.grad(units * w, t),
    )
    rule = {"SGD": SGD, "RMSProp": RMSProp}[name](lr=np.array(UNIT_RATES[name])[:, None])
    return run(rule, other, start=np.zeros((len(FACTORS), 1, problem.dim)), steps=UNIT_STEPS).loss


def units(**start: Any) -> Explorer:
    """One feature of the tumours in other units: gradient descent and RMSProp, with the rate kept or tuned again."""
    sides = {"SGD": 0.08, "RMSProp": 0.17}  # where their names stand in the chart, as shares from the top

    def scene() -> Scene:
        low, high = 0.015, 1e5
        curve = Panel("loss", (0, UNIT_STEPS), (low, high), 0.53, 320, ylog=True, xlabel="step", head="loss (log)", left=56)
        ends = Panel("ends", (0.08, 1300), (low, high), 0.47, 320, xlog=True, ylog=True, left=56)
        chart = ends._replace(xlabel="mean radius multiplied by", head=f"loss (log), mean of the last {LATE} steps")
        return Scene(
            panels=[curve, chart],
            controls={
                "factor": Control(FACTORS, 100.0, "mean radius multiplied by", between=False),
                "tuned": Control([False, True], False, "tune both rates again"),
            },
            fixed=[Word("ends", 0.05, 1 - at, CALLED[name], name, "left", 0, 0, "share") for name, at in sides.items()],
            question="In which unit of the radius does each rule still learn?",
        )

    def prepare() -> Any:
        return {name: rate_kept_and_tuned(name) for name in UNIT_RATES}

    def update(tables: dict[str, Any], factor: float, tuned: bool) -> tuple[list[Mark], str]:
        marks: list[Mark] = []
        here, told = FACTORS.index(factor), []
        for name in ["SGD", "RMSProp"]:
            seen = tables[name][1 if tuned else 0]
            marks.extend([
                Line("loss", list(range(UNIT_STEPS + 1)), seen["losses"][here], name),
                Line("ends", FACTORS, seen["ends"], name),
                Dot("ends", factor, seen["ends"][here], name),
            ])  # fmt: skip
            told.append(f"{number(seen['ends'][here], 2)} for {CALLED[name]} (lr {number(seen['rates'][here])})")
        late = f"the mean loss of steps {UNIT_STEPS - LATE + 1} to {UNIT_STEPS} is {told[0]}, {told[1]}"
        return marks, f"Mean radius multiplied by {number(factor)}: {late}."

    return Explorer(View(scene, update, prepare), **start)


def rate_kept_and_tuned(name: str) -> list[dict[str, list[Any]]]:
    """For every factor the losses, their late mean and the rate: with the rate kept, and with the best of UNIT_RATES."""
    losses, rates = losses_in_units(name), np.array(UNIT_RATES[name])
    late = losses[-LATE:].mean(axis=0)
    every = np.arange(len(FACTORS))
    found = []
    for chosen in (np.full(len(FACTORS), UNIT_RATES[name].index(KEPT[name])), late.argmin(axis=1)):
        seen = {"losses": losses[:, every, chosen].T, "ends": late[every, chosen], "rates": rates[chosen]}
        found.append({key: value.tolist() for key, value in seen.items()})
    return found


TURNS = [0.0, 1.0, 2.0, *np.arange(5.0, 90.0, 5.0).tolist(), 88.0, 90.0]
TURNED_CONDITIONS = [10.0, 100.0, 1000.0]
STRIDES = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8]
TOLERANCE = 1e-3
SHOWN = 200  # steps of the path


def turned_height(x: Any, y: Any, condition: float, c: Any, s: Any) -> Any:
    u, w = c * x + s * y, c * y - s * x
    return 0.5 * (u * u + condition * w * w)


def turned_slope(x: Any, y: Any, condition: float, c: Any, s: Any) -> tuple[Any, Any]:
    u, w = c * x + s * y, c * y - s * x
    return c * u - s * condition * w, s * u + c * condition * w


def turned_valley(condition: float, c: Any, s: Any) -> Problem:
    """The valley seen from rulers that are turned by an angle of cosine c and sine s: numbers, or one for each run."""
    return surface("turned valley", turned_height, turned_slope, (0, 0), condition=condition, c=c, s=s)


def seen_from(c: Any, s: Any) -> tuple[Any, Any]:
    """Where the usual start (-2, 1) lies, seen from the turned rulers."""
    return -2.0 * c - s, c - 2.0 * s


def cosines_and_sines() -> tuple[np.ndarray, np.ndarray]:
    """Of every one of TURNS."""
    return np.cos(np.radians(TURNS)), np.sin(np.radians(TURNS))


@cache
def steps_needed(condition: float) -> tuple[list[int], list[float]]:
    """For each of TURNS the fewest steps that AdaGrad needs among STRIDES, and that rate."""
    c, s = (of_each[:, None] for of_each in cosines_and_sines())
    start = np.repeat(np.stack(seen_from(c, s), axis=-1), len(STRIDES), axis=1)
    rule = AdaGrad(lr=np.array(STRIDES)[:, None], eps=0.0)
    counted = steps_to_settle(rule, turned_valley(condition, c, s), start, limit=int(6 * condition) + 60)
    return counted.min(axis=1).tolist(), [STRIDES[best] for best in counted.argmin(axis=1)]


def steps_to_settle(rule: Optimizer, problem: Problem, start: np.ndarray, limit: int) -> np.ndarray:
    """How many steps until the distance to the minimum stays below TOLERANCE times that of the start."""
    close = TOLERANCE * np.hypot(-2.0, 1.0)
    steps = np.zeros(start.shape[:-1], int)
    for state in iterate(rule, problem, start):
        steps = np.where(np.hypot(state.theta[..., 0], state.theta[..., 1]) <= close, steps, state.t + 1)
        if state.t == limit:
            return steps
    raise AssertionError("iterate never ends")


def rotation(**start: Any) -> Explorer:
    """A valley whose rulers turn: AdaGrad's path, and the steps it needs at every angle."""

    def scene() -> Scene:
        valley = Panel("valley", (-2.5, 2.5), (-2.5, 2.5), 0.48, head=f"path, {SHOWN} steps at most", plane=True)
        angles = [(0, "0°"), (45, "45°"), (90, "90°")]
        chart = Panel(
            "chart", (0, 90), (3, 8000), 0.52, ylog=True, xticks=angles, xlabel="angle of the rulers", head="steps, best rate"
        )
        return Scene(
            panels=[valley, chart],
            controls={
                "angle": Control(TURNS, 15.0, "rulers turned by", between=False),
                "condition": Control(TURNED_CONDITIONS, 100.0, "condition number", between=False),
            },
            question="How far may the rulers turn before AdaGrad is no better than gradient descent?",
        )

    def prepare() -> Any:
        steps, rates = zip(*map(steps_needed, TURNED_CONDITIONS))
        plain = [steps_to_settle(SGD(lr=2 / (1 + k)), bowl(k), bowl(k).start, limit=int(6 * k) + 60) for k in TURNED_CONDITIONS]
        c, s = (of_each.tolist() for of_each in cosines_and_sines())
        return {"steps": steps, "rates": rates, "descent": [int(count) for count in plain], "c": c, "s": s}

    def update(tables: dict[str, Any], angle: float, condition: float) -> tuple[list[Mark], str]:
        at, here = TURNED_CONDITIONS.index(condition), TURNS.index(angle)
        c, s, steps, descent = tables["c"][here], tables["s"][here], tables["steps"][at], tables["descent"][at]
        rule = AdaGrad(lr=tables["rates"][at][here], eps=0.0)
        path = walk(rule, turned_valley(condition, c, s), seen_from(c, s), min(steps[here], SHOWN))
        across = [c * x + s * y for x, y in zip(path.theta[0], path.theta[1])]
        up = [c * y - s * x for x, y in zip(path.theta[0], path.theta[1])]
        marks: list[Mark] = [
            Relief("valley", bowl(condition)),
            Line("valley", [-2.1 * c, 2.1 * c], [2.1 * s, -2.1 * s], "ink", 1.4),
            Line("valley", [-2.1 * s, 2.1 * s], [-2.1 * c, 2.1 * c], "ink", 1.4),
            Line("valley", across, up, "AdaGrad", 2, False, 5),
            Dot("valley", -2, 1, "ink", "hollow", 9),
            Guide("chart", descent, "SGD", 2.2, False, True),
            Word("chart", 45, descent, "gradient descent", "SGD", "middle", 0, -14),
            Line("chart", TURNS, steps, "AdaGrad", 2.8, True),
            Word("chart", 5, steps[TURNS.index(5.0)], "AdaGrad", "AdaGrad", "left", 18, -3),
            Dot("chart", angle, steps[here], "AdaGrad", "filled", 15),
        ]
        return marks, (
            f"Condition number {number(condition)}, rulers turned by {number(angle)}°: AdaGrad needs {steps[here]} steps, "
            f"gradient descent {descent} at any angle."
        )

    return Explorer(View(scene, update, prepare), **start)
