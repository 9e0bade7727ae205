"""Explorers of notebook 02: a ruler for every coordinate."""

from dataclasses import replace
from functools import cache

import numpy as np

from adamlib import style
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Line, Panel, Scene, View, Word
from adamlib.optimizers import SGD, AdaGrad, Optimizer, RMSProp
from adamlib.plots.labels import HALO
from adamlib.plots.picture import number
from adamlib.plots.plane import draw_contours
from adamlib.problems import Problem, bowl, breast_cancer, logistic
from adamlib.run import iterate, run

STEPS = 40
LATE = 10  # the steps at the end over which a loss is averaged
FACTORS = [0.1, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0]
RATES = {"SGD": [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1.0], "RMSProp": [0.002, 0.005, 0.02, 0.05]}
KEPT = {"SGD": 1.0, "RMSProp": 0.05}  # the best of RATES in the usual unit
CALLED = {"SGD": "gradient descent", "RMSProp": "RMSProp"}


@cache
def trained(name: str) -> np.ndarray:
    """Losses on the tumours with one feature in other units, (STEPS + 1, factors, rates).

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
    rule = {"SGD": SGD, "RMSProp": RMSProp}[name](lr=np.array(RATES[name])[:, None])
    return run(rule, other, start=np.zeros((len(FACTORS), 1, problem.dim)), steps=STEPS).loss


def units(**start) -> Explorer:
    """One feature of the tumours in other units: gradient descent and RMSProp, with the rate kept or tuned again."""
    sides = {"SGD": 0.08, "RMSProp": 0.17}  # where their names stand in the chart, as shares from the top

    def scene() -> Scene:
        low, high = 0.015, 1e5
        curve = Panel("loss", (0, STEPS), (low, high), 0.53, 320, ylog=True, xlabel="step", head="loss (log)", left=56)
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

    def prepare():
        return {name: choices(name) for name in RATES}

    def update(tables, factor, tuned: bool):
        here, marks, told = FACTORS.index(factor), [], []
        for name in ["SGD", "RMSProp"]:
            seen = tables[name][1 if tuned else 0]
            marks.extend([
                Line("loss", list(range(STEPS + 1)), seen["losses"][here], name),
                Line("ends", FACTORS, seen["ends"], name),
                Dot("ends", factor, seen["ends"][here], name),
            ])  # fmt: skip
            told.append(f"{number(seen['ends'][here], 2)} for {CALLED[name]} (lr {number(seen['rates'][here])})")
        late = f"the mean loss of steps {STEPS - LATE + 1} to {STEPS} is {told[0]}, {told[1]}"
        return marks, f"Mean radius multiplied by {number(factor)}: {late}."

    return Explorer(View(scene, update, prepare), **start)


def choices(name: str) -> list[dict[str, list]]:
    """For every factor the losses, their late mean and the rate: with the rate kept, and with the best of RATES."""
    losses, rates = trained(name), np.array(RATES[name])
    late = losses[-LATE:].mean(axis=0)
    every = np.arange(len(FACTORS))
    found = []
    for chosen in (np.full(len(FACTORS), RATES[name].index(KEPT[name])), late.argmin(axis=1)):
        seen = {"losses": losses[:, every, chosen].T, "ends": late[every, chosen], "rates": rates[chosen]}
        found.append({key: value.tolist() for key, value in seen.items()})
    return found


ANGLES = [0.0, 1.0, 2.0, *np.arange(5.0, 90.0, 5.0).tolist(), 88.0, 90.0]
STRIDES = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8]
TOLERANCE = 1e-3
SHOWN = 200  # steps of the path


def turned(condition: float, degrees) -> Problem:
    """The valley seen from rulers that are turned, all angles at once: theta (A, ..., 2) for `degrees` (A,)."""
    valley, turn = bowl(condition), rotations(degrees)
    return replace(
        valley,
        loss=lambda theta: valley.loss(seen(theta, turn)),
        grad=lambda theta, t=1: seen(valley.grad(seen(theta, turn)), turn.swapaxes(-1, -2)),
    )


def rotations(degrees) -> np.ndarray:
    """The matrices of these angles, (A, 2, 2)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.moveaxis(np.array([[c, -s], [s, c]]), -1, 0)


def seen(theta: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """Every point turned back by the rotation of its angle: theta (A, ..., 2), turn (A, 2, 2)."""
    x, y = theta[..., 0], theta[..., 1]
    by = turn.reshape(len(turn), *(1,) * (theta.ndim - 2), 4)
    return np.stack([x * by[..., 0] + y * by[..., 2], x * by[..., 1] + y * by[..., 3]], axis=-1)


@cache
def steps_needed(condition: float) -> tuple[np.ndarray, np.ndarray]:
    """For each of ANGLES the fewest steps that AdaGrad needs among STRIDES, and the place of that rate."""
    problem = turned(condition, ANGLES)
    start = np.tile(seen(problem.start[None, :], rotations([-a for a in ANGLES]))[:, None], (1, len(STRIDES), 1))
    rule = AdaGrad(lr=np.array(STRIDES)[:, None], eps=0.0)
    counted = settled(rule, problem, start, limit=int(6 * condition) + 60)
    return counted.min(axis=1), counted.argmin(axis=1)


def settled(rule: Optimizer, problem: Problem, start: np.ndarray, limit: int) -> np.ndarray:
    """How many steps until the distance to the minimum stays below TOLERANCE times that of the start."""
    close = TOLERANCE * np.hypot(*problem.start)
    steps = np.zeros(start.shape[:-1], int)
    for state in iterate(rule, problem, start):
        steps = np.where(np.hypot(state.theta[..., 0], state.theta[..., 1]) <= close, steps, state.t + 1)
        if state.t == limit:
            return steps
    raise AssertionError("iterate never ends")


def rotation() -> Explorer:
    """A valley whose rulers turn: AdaGrad's path, and the steps it needs at every angle."""
    window = np.array([[-2.5, -2.5], [2.5, 2.5]])

    def view(figure, condition):
        look, plain = style.look("AdaGrad"), style.look("SGD")
        problem = bowl(condition)
        valley = style.panel(figure, 40, 34, 384, 48)
        chart = style.panel(figure, 404, 34, 20, 48, yscale="log", xlim=(0, 90), ylim=(3, 8000), xlabel="angle of the rulers")
        draw_contours(valley, problem, window)
        style.head(valley, f"path, {SHOWN} steps at most")
        first = {"color": style.PAPER, "markeredgecolor": style.INK, "markeredgewidth": 1.6, "markersize": 7, "zorder": 6}
        valley.plot(*problem.start, "o", **first)
        style.head(chart, "steps, best rate")
        chart.set_xticks([0, 45, 90], ["0°", "45°", "90°"])
        descent = settled(SGD(lr=2 / (1 + condition)), problem, problem.start, limit=int(6 * condition) + 60)
        chart.axhline(descent, **plain.line, linewidth=1.6)
        below = {"textcoords": "offset points", "va": "center", "path_effects": HALO}
        chart.annotate("gradient descent", (45, descent), (0, -10), ha="center", color=plain.ink, **below)
        steps, rates = steps_needed(condition)
        chart.plot(ANGLES, steps, **look.line)
        chart.annotate("AdaGrad", (5, steps[ANGLES.index(5.0)]), (14, -2), ha="left", color=look.ink, **below)
        arm = {"color": style.INK, "linewidth": 1.4, "zorder": 4}
        rulers = [valley.plot([], [], **arm)[0] for _ in range(2)]
        (path,) = valley.plot([], [], color=look.color, marker=".", markersize=6, linewidth=1.4, zorder=5)
        mark = {"color": look.color, "markeredgecolor": style.INK, "markersize": 10, "zorder": 6, "clip_on": False}
        (dot,) = chart.plot([], [], look.marker, **mark)

        def update(angle):
            here = ANGLES.index(angle)
            turn = rotations([angle])
            start = seen(problem.start[None, :], rotations([-angle]))
            rule = AdaGrad(lr=STRIDES[rates[here]], eps=0.0)
            walked = run(rule, turned(condition, [angle]), start=start, steps=min(int(steps[here]), SHOWN)).theta
            path.set_data(*seen(np.moveaxis(walked, 0, 1), turn)[0].T)
            for ruler, (x, y) in zip(rulers, turn[0]):
                ruler.set_data([-2.1 * x, 2.1 * x], [-2.1 * y, 2.1 * y])
            dot.set_data([angle], [steps[here]])
            return (
                f"Condition number {number(condition)}, rulers turned by {number(angle)}°: AdaGrad needs {steps[here]} steps, "
                f"gradient descent {descent} at any angle."
            )

        return [*rulers, path, dot], update

    return Explorer(
        view,
        angle=Control(ANGLES, 15.0, "rulers turned by"),
        condition=Control([10.0, 100.0, 1000.0], 100.0, "condition number"),
    )
