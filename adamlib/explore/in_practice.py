"""Explorers of lesson 10: where eps is lost or takes over, what a warm-up spares, and what a bug does to a walk."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from adamlib.averages import debias, ema
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Guide, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.words import points_within
from adamlib.museum import EXHIBITS, Exhibit, departs
from adamlib.museum.trial import extra
from adamlib.numerals import number
from adamlib.optimizers import Adam
from adamlib.precision import bfloat16
from adamlib.problems import Problem, bowl, digits, network
from adamlib.problems.transforms import shifted
from adamlib.run import run
from adamlib.schedules import warmup

FORMATS: dict[str, tuple[type, Callable[..., Any]]] = {
    "float64": (np.float64, np.float64),
    "float32": (np.float32, np.float32),
    "float16": (np.float16, np.float16),
    "bfloat16": (np.float32, bfloat16),  # computed in float32, what is kept is rounded
}
PLACES = ("outside", "inside", "hatted")
EPS = tuple(float(f"1e{k}") for k in range(-16, 3))
LOSS_SCALES = [1e-9, 1e-6, 1e-3, 1.0]  # of the loss
PLACES_IN_WORDS = ["outside the root", "inside the root", "before the correction"]


@cache
def walks_in_few_digits(kind: str, scale: float, lr: float = 0.03, steps: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Adam with every eps in every place, in one number format: paths (steps + 1, places, eps, 2), and loss / scale at the end.

    kind : a key of FORMATS; gradients and memories are kept in it, and so is theta
    scale : multiplies the loss, and with it the gradient
    """
    valley, (dtype, rounded) = shifted(bowl(10), 1.3), FORMATS[kind]
    eps = rounded(np.array(EPS)[:, None])
    theta: np.ndarray = np.broadcast_to(rounded(valley.start), (len(PLACES), len(EPS), 2)).astype(dtype)
    m = v = np.zeros_like(theta)
    path = [theta]
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            g = rounded(scale * valley.grad(theta.astype(float)))
            m, v = rounded(ema(m, g, 0.9)), rounded(ema(v, rounded(g * g), 0.999))
            v_hat: Any = debias(v, 0.999, t)
            roots = np.sqrt(v_hat[0]) + eps, np.sqrt(v_hat[1] + eps), np.sqrt(v_hat[2]) + np.sqrt(debias(eps * eps, 0.999, t))
            theta = rounded(theta - rounded(lr * (debias(m, 0.9, t) / np.stack(roots))))
            path.append(theta)
        paths = np.array(path, float)
        return paths, valley.loss(paths[-1])


def few_digits(**start: Any) -> Explorer:
    """Every ε in four number formats: the loss after 300 steps in a valley, and which ε are lost or too large."""

    def scene() -> Scene:
        ticks = {"xticks": [1e-16, 1e-12, 1e-8, 1e-4, 1], "yticks": [1e-12, 1e-8, 1e-4, 1]}
        look: dict[str, Any] = {"xlog": True, "ylog": True, "right": 30, "xlabel": "ε", "head": "loss after 300 steps", **ticks}
        return Scene(
            panels=[Panel("loss", (3e-17, 3e2), (1e-13, 3e3), **look)],
            controls={
                "kind": Control(list(FORMATS), "float16", "number format"),
                "scale": Control(LOSS_SCALES, 0.001, "loss times", between=False),
                "place": Control(list(PLACES_IN_WORDS), "outside the root", "ε is added"),
            },
            fixed=[Guide("loss", 0.01), Word("loss", 250, 0.01, "0.01", "quiet", "right", 0, 9)],
            question="Which ε are too small in float16, and which are too large?",
        )

    def prepare() -> Any:
        found: dict[str, list[Any]] = {}
        for kind in FORMATS:
            found[kind] = []
            for scale in LOSS_SCALES:
                paths, losses = walks_in_few_digits(kind, scale)
                kept = np.where(np.isfinite(losses), np.minimum(losses, 300.0), -1.0)
                told = [[fate(paths[:, p, e], losses[p, e]) for e in range(len(EPS))] for p in range(len(PLACES))]
                found[kind].append({"losses": kept.tolist(), "told": told, "below": [eps_below(row) for row in losses]})
        return found

    def update(found: dict[str, Any], kind: str, scale: float, place: str) -> tuple[list[Mark], str]:
        of, at = LOSS_SCALES.index(scale), PLACES_IN_WORDS.index(place)
        row, all_digits = found[kind][of]["losses"][at], found["float64"][of]["losses"][at]
        alive = [k for k in range(len(EPS)) if row[k] >= 0]
        lost = [EPS[k] for k in range(len(EPS)) if row[k] < 0]
        marks: list[Mark] = [
            Line("loss", list(EPS), all_digits, "quiet", 2.0, True),
            Line("loss", [EPS[k] for k in alive], [row[k] for k in alive], "Adam", 2.4, False, 6),
            Word("loss", EPS[0], all_digits[0], "float64", "quiet", "left", 0, 10),
            *[Dot("loss", eps, 1000.0, "Adam", "hollow", 9) for eps in lost],
        ]
        if len(lost) > 0:
            marks.append(Word("loss", lost[-1], 1000.0, "lost", "Adam", "left", 9))
        told = f"With ε = 1e-08, added {place}, {found[kind][of]['told'][at][EPS.index(1e-8)]}"
        return marks, f"{kind}, loss times {number(scale)}. {found[kind][of]['below'][at]} {told}."

    return Explorer(View(scene, update, prepare), **start)


def eps_below(row: np.ndarray, level: float = 0.01) -> str:
    """Which eps bring the loss below a level; they are neighbours."""
    good = [number(eps) for eps, loss in zip(EPS, row) if loss < level]
    if len(good) < 2:
        return f"The loss gets below {level} with ε = {good[0]} alone." if good else f"With no ε the loss gets below {level}."
    return f"The loss gets below {level} with every ε from {good[0]} to {good[-1]}."


def fate(walk: np.ndarray, loss: float) -> str:
    """`the loss is 2e-12 at the end`, or `the walk is lost at step 1 (nan)`."""
    bad = ~np.isfinite(walk).all(axis=1)
    if bad.any():
        first = int(bad.argmax())
        return f"the walk is lost at step {first} ({'nan' if np.isnan(walk[first]).any() else 'infinite'})"
    return f"the loss is {number(loss, 2) if np.isfinite(loss) else 'infinite'} at the end"


WARM_UP_RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
RISES = (0, 5, 10, 20, 50)


@cache
def warm_up_runs(steps: int = 100) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Networks on 200 digits, one for each warm-up and rate: loss (RISES, steps + 1, WARM_UP_RATES), mean move, test accuracy.

    The mean move is over all weights, in units of the full learning rate.
    """
    net = network(digits(train=200), hidden=16, activation="relu")
    start, rates = np.broadcast_to(net.start, (len(WARM_UP_RATES), net.dim)), np.array(WARM_UP_RATES)
    runs = [run(Adam(rates[:, None]), net, start, steps, schedule=warmup(rise) if rise else None) for rise in RISES]
    moves = [np.abs(np.diff(one.theta, axis=0)).mean(axis=-1) / rates for one in runs]
    assert net.test_accuracy is not None  # data have one
    accuracy = [net.test_accuracy(one.theta[-1]) for one in runs]
    return np.array([one.loss for one in runs]), np.array(moves), np.array(accuracy)


def warm_up(**start: Any) -> Explorer:
    """The first steps of a network with and without a warm-up, at five learning rates: mean move, and loss."""

    def scene() -> Scene:
        look: dict[str, Any] = {"xlim": (0, 100), "share": 0.5, "height": 320, "xlabel": "step"}
        legend = [
            mark
            for name in ("pace", "loss")
            for mark in (
                Line(name, [0.42, 0.52], [0.93, 0.93], "quiet", 1.8, True, unit="share"),
                Word(name, 0.54, 0.93, "no warm-up", "quiet", unit="share"),
            )
        ]
        return Scene(
            panels=[
                Panel("pace", ylim=(0, 1), yticks=[0, 0.5, 1], head="mean move / lr", **look),
                Panel("loss", ylim=(3e-5, 30), ylog=True, yticks=[1e-4, 1e-2, 1], head="loss", **look),
            ],
            controls={
                "lr": Control(list(WARM_UP_RATES), 0.3, "learning rate", between=False),
                "rise": Control(list(RISES), 10, "steps of warm-up", between=False),
            },
            fixed=legend,
            question="At which rates does a warm-up of ten steps matter?",
        )

    def prepare() -> Any:
        losses, moves, accuracy = warm_up_runs()
        moved, lost = np.moveaxis(moves, 1, 2).round(4).tolist(), np.moveaxis(losses, 1, 2).tolist()
        return {"moves": moved, "losses": lost, "right": (100 * accuracy).round().tolist()}

    def update(seen: dict[str, Any], lr: float, rise: float) -> tuple[list[Mark], str]:
        at, with_it = WARM_UP_RATES.index(lr), RISES.index(rise)
        marks: list[Mark] = []
        highest = []
        for k, pen, width, dashed in [(0, "quiet", 1.8, True), (with_it, "Adam", 2.4, False)]:
            losses = seen["losses"][k][at]
            marks.append(Line("pace", list(range(1, len(losses))), seen["moves"][k][at], pen, width, dashed))
            marks.append(Line("loss", list(range(len(losses))), losses, pen, width, dashed))
            highest.append(number(max(losses[:51])))
        right = [number(seen["right"][k][at]) for k in [0, with_it]]
        began = f"warm-up of {rise} steps" if rise > 0 else "no warm-up"
        without = f" (without warm-up {highest[0]}, and {right[0]}%)" if rise > 0 else ""
        told = f"the highest loss is {highest[1]}; after 100 steps {right[1]}% of the test images are right"
        return marks, f"lr = {number(lr)}, {began}: {told}{without}."

    return Explorer(View(scene, update, prepare), **start)


@cache
def exhibit_walk(step: Callable[..., Any], problem: Problem, lr: float = 0.2, steps: int = 60) -> np.ndarray:
    """The walk of a step in the museum's form on a surface, (steps + 1, D). Decay, where there is one, is 0.1."""
    more = extra(step)
    theta, memory = problem.start, [np.zeros(problem.dim)] * (3 if more == "v_max" else 2)
    path = [theta]
    for t in range(1, steps + 1):
        last = memory[2:] if more == "v_max" else [0.1] if more else []
        with np.errstate(all="ignore"):
            theta, *memory = step(theta, problem.grad(theta), *memory[:2], t, lr, 0.9, 0.999, 1e-8, *last)
        path.append(theta)
    return np.array(path)


def exhibits(**start: Any) -> Explorer:
    """The museum of mistakes: the walk of an exhibit beside the sound one, and the lengths of their steps."""
    problem, lr, steps = bowl(10), 0.2, 60

    def scene() -> Scene:
        legend = (("sound", "ink", 0.93), ("exhibit", "Adam", 0.85))
        valley = Panel("valley", (-2.6, 1.6), (-1.6, 1.6), 0.5, 340, head=f"{steps} steps", plane=True)
        length = Panel("length", (0, steps), (1e-3, 1e3), 0.5, 340, ylog=True, xlabel="step", head="length of a step / lr (log)")
        return Scene(
            panels=[valley, length],
            controls={"exhibit": Control(list(EXHIBITS), "frozen t", "mistake")},
            fixed=[
                Relief("valley", problem),
                Dot("valley", 0, 0, "ink", "star", 15),
                *(Line("length", [0.6, 0.7], [y, y], pen, 2.2, pen == "ink", unit="share") for _, pen, y in legend),
                *(Word("length", 0.73, y, text, pen, unit="share") for text, pen, y in legend),
            ],
            question="Which mistakes could you see, if you had no sound walk beside them?",
        )

    def prepare() -> Any:
        return {name: exhibit_beside_mended(exhibit, problem, lr, steps) for name, exhibit in EXHIBITS.items()}

    def update(tables: dict[str, Any], exhibit: str) -> tuple[list[Mark], str]:
        marks: list[Mark] = []
        for which, pen, width, dashed in [("exhibit", "Adam", 3.0, False), ("sound", "ink", 1.5, True)]:
            seen = tables[exhibit][which]
            marks.extend([
                Line("valley", seen["xs"], seen["ys"], pen, width, dashed),
                Line("length", seen["t"], seen["lengths"], pen, width, dashed),
            ])  # fmt: skip
        return marks, tables[exhibit]["says"]

    return Explorer(View(scene, update, prepare), **start)


def exhibit_beside_mended(exhibit: Exhibit, problem: Problem, lr: float, steps: int) -> dict[str, Any]:
    """An exhibit and its mended twin on a surface: where they walk, how long their steps are, and what to say of it."""
    walks = {"sound": exhibit_walk(exhibit.mended, problem, lr, steps), "exhibit": exhibit_walk(exhibit.step, problem, lr, steps)}
    found = departs(exhibit.step, exhibit.mended)
    assert found is not None  # or it would be no exhibit
    sound, wrong = (end_of_visit(walk, problem) for walk in walks.values())
    says = (
        f"{exhibit.name}: {wrong} here, the sound step {sound}. "
        f"Along the gradients of verify it departs first in {IN_WORDS[found.quantity]}, at step {found.step}."
    )
    return {name: path_and_lengths(walk, lr) for name, walk in walks.items()} | {"says": says}


def path_and_lengths(walk: np.ndarray, lr: float) -> dict[str, list[float]]:
    """A walk as far as it is numbers, and the lengths of its steps in units of lr; what does not move leaves the axes."""
    path = walk[: points_within(walk[:, 0].tolist(), walk[:, 1].tolist(), 1e6)]
    lengths = np.maximum(np.linalg.norm(np.diff(path, axis=0), axis=1) / lr, 1e-9)
    return {"xs": path[:, 0].tolist(), "ys": path[:, 1].tolist(), "t": list(range(1, len(path))), "lengths": lengths.tolist()}


def end_of_visit(walk: np.ndarray, problem: Problem) -> str:
    """Where a walk ends: `at loss 0.013`, or `lost at step 1`."""
    whole = points_within(walk[:, 0].tolist(), walk[:, 1].tolist(), np.inf)
    return f"at loss {number(float(problem.loss(walk[-1])), 2)}" if whole == len(walk) else f"lost at step {whole}"


IN_WORDS = {"m": "m", "v": "v", "v_max": "the maximum", "theta": "θ"}
