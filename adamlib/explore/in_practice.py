"""Explorers of notebook 10: where eps is lost or takes over, what a warm-up spares, and what a bug does to a walk."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from adamlib import style
from adamlib.averages import debias, ema
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Guide, Line, Panel, Scene, View, Word
from adamlib.museum import EXHIBITS, Exhibit, departs
from adamlib.museum.trial import extra
from adamlib.optimizers import Adam
from adamlib.plots.labels import HALO
from adamlib.plots.picture import number
from adamlib.plots.plane import draw_contours
from adamlib.precision import bfloat16
from adamlib.problems import Problem, bowl, digits, network
from adamlib.problems.transforms import shifted
from adamlib.run import run
from adamlib.schedules import warmup

FORMATS: dict[str, tuple[type, Callable]] = {
    "float64": (np.float64, np.float64),
    "float32": (np.float32, np.float32),
    "float16": (np.float16, np.float16),
    "bfloat16": (np.float32, bfloat16),  # computed in float32, what is kept is rounded
}
PLACES = ("outside", "inside", "hatted")
STRIP = 1.035  # where runs that were lost are marked, above the axes
EPS = tuple(float(f"1e{k}") for k in range(-16, 3))
LOSS_SCALES = [1e-9, 1e-6, 1e-3, 1.0]  # of the loss
PLACES_IN_WORDS = ["outside the root", "inside the root", "before the correction"]


@cache
def tried(kind: str, scale: float, lr: float = 0.03, steps: int = 300) -> tuple[np.ndarray, np.ndarray]:
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


def epsilon_lab() -> Explorer:
    """The eps laboratory: the loss after 300 steps against eps, in four number formats and three places, and the chosen walk."""
    low, high = 1e-14, 1e2
    scales = [1e-9, 1e-6, 1e-3, 1.0]

    def view(figure):
        look = style.look("Adam")
        chart = style.panel(figure, 58, 48, 316, 48, xscale="log", yscale="log", xlim=(3e-17, 3e2), ylim=(low, high))
        valley = style.panel(figure, 442, 48, 16, 48)
        chart.set(xlabel="ε", xticks=[1e-16, 1e-12, 1e-8, 1e-4, 1], yticks=[1e-12, 1e-8, 1e-4, 1])
        chart.minorticks_off()
        style.head(chart, "loss after 300 steps", up=14)
        style.head(valley, "the walk", up=14)
        beside = (1, 1), (0, 23 * style.PX), "axes fraction", "offset points"
        chart.annotate("grey: the other places", *beside, ha="right", color=style.QUIET, annotation_clip=False)
        draw_contours(valley, shifted(bowl(10), 1.3), np.array([[-1.1, 0.0], [1.9, 2.6]]))
        above = chart.get_xaxis_transform()
        strip: dict[str, Any] = {"transform": above, "clip_on": False}
        (lost,) = chart.plot([], [], "x", color=look.color, markersize=5, markeredgewidth=1.4, zorder=5, **strip)
        word = chart.annotate("", (1, STRIP), (12, 0), above, "offset points", va="center", color=look.ink, annotation_clip=False)
        ghosts = [chart.plot([], [], color=style.HAIR, linewidth=1.1, zorder=2)[0] for _ in PLACES]
        (curve,) = chart.plot([], [], color=look.color, marker=".", markersize=7, linewidth=1.6, zorder=4)
        ring = {"color": "none", "markeredgecolor": style.INK, "markeredgewidth": 2, "markersize": 12, "zorder": 6}
        (here,), (gone,) = chart.plot([], [], "o", **ring), chart.plot([], [], "o", **ring, **strip)
        (path,) = valley.plot([], [], color=look.color, marker=".", markersize=4, linewidth=1.3, zorder=5)
        note = valley.annotate(
            "", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=look.ink, path_effects=HALO, zorder=7
        )

        def update(eps, place, kind, scale):
            paths, losses = tried(kind, scale)
            chosen, at = PLACES.index(place), EPS.index(eps)
            row = losses[chosen]
            dead = ~np.isfinite(row)
            lost.set_data(np.array(EPS)[dead], np.full(dead.sum(), STRIP))
            word.set_text("lost" if dead.any() else "")
            word.xy = (np.array(EPS)[dead].max(initial=EPS[0]), STRIP)
            for line, other in zip([*ghosts, curve], [*losses, row]):
                line.set_data(EPS, np.where(np.isfinite(other), np.clip(other, 1.5 * low, 0.7 * high), np.nan))
            here.set_data([eps], np.clip(row[[at]], 1.5 * low, 0.7 * high))
            gone.set_data([eps], [STRIP])
            gone.set_visible(bool(dead[at]))
            here.set_visible(not dead[at])
            walk = paths[:, chosen, at]
            path.set_data(*walk[np.isfinite(walk).all(axis=1)].T)
            told = fate(walk, row[at])
            note.set_text(told if dead[at] else "")
            return f"ε = {number(eps)}, {place}, {kind}, loss times {number(scale)}: {told}. {below(row)}"

        return [lost, word, *ghosts, curve, here, gone, path, note], update

    return Explorer(
        view,
        height=350,
        eps=Control(EPS, 1e-8, "ε"),
        place=Control(list(PLACES), "outside", "ε stands"),
        kind=Control(list(FORMATS), "float64", "number format"),
        scale=Control(scales, 1.0, "loss times"),
    )


def few_digits(**start) -> Explorer:
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

    def prepare():
        found = {}
        for kind in FORMATS:
            found[kind] = []
            for scale in LOSS_SCALES:
                paths, losses = tried(kind, scale)
                kept = np.where(np.isfinite(losses), np.minimum(losses, 300.0), -1.0)
                told = [[fate(paths[:, p, e], losses[p, e]) for e in range(len(EPS))] for p in range(len(PLACES))]
                found[kind].append({"losses": kept.tolist(), "told": told, "below": [below(row) for row in losses]})
        return found

    def update(found, kind, scale, place):
        of, at = LOSS_SCALES.index(scale), PLACES_IN_WORDS.index(place)
        row, all_digits = found[kind][of]["losses"][at], found["float64"][of]["losses"][at]
        alive = [k for k in range(len(EPS)) if row[k] >= 0]
        lost = [EPS[k] for k in range(len(EPS)) if row[k] < 0]
        marks = [
            Line("loss", list(EPS), all_digits, "quiet", 2.0, True),
            Line("loss", [EPS[k] for k in alive], [row[k] for k in alive], "Adam", 2.4, False, 6),
            Word("loss", EPS[0], all_digits[0], "float64", "quiet", "left", 0, 10),
            *[Dot("loss", eps, 1000.0, "Adam", "hollow", 9) for eps in lost],
        ]
        if len(lost) > 0:
            marks.append(Word("loss", lost[-1], 1000.0, "lost", "Adam", "left", 9))
        told = f"ε = 1e-08, added {place}: {found[kind][of]['told'][at][EPS.index(1e-8)]}"
        return marks, f"{kind}, loss times {number(scale)}. {found[kind][of]['below'][at]} {told}."

    return Explorer(View(scene, update, prepare), **start)


def below(row: np.ndarray, level: float = 0.01) -> str:
    """Which eps bring the loss below a level; they are neighbours."""
    good = [number(eps) for eps, loss in zip(EPS, row) if loss < level]
    if len(good) < 2:
        return f"Below {level}: ε = {good[0]} alone." if good else f"No ε gets below {level}."
    return f"Below {level}: every ε from {good[0]} to {good[-1]}."


def fate(walk: np.ndarray, loss: float) -> str:
    """`the loss is 2e-12 at the end`, or `lost at step 1 (nan)`."""
    bad = ~np.isfinite(walk).all(axis=1)
    if bad.any():
        first = int(bad.argmax())
        return f"lost at step {first} ({'nan' if np.isnan(walk[first]).any() else 'infinite'})"
    return f"the loss is {number(loss, 2) if np.isfinite(loss) else 'infinite'} at the end"


WARM_UP_RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
RISES = (0, 5, 10, 20, 50)


@cache
def warmed(steps: int = 100) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
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


def warm_up(**start) -> Explorer:
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
                "lr": Control(list(WARM_UP_RATES), 0.01, "learning rate", between=False),
                "rise": Control(list(RISES), 10, "steps of warm-up", between=False),
            },
            fixed=legend,
            question="At which rates does a warm-up of ten steps matter?",
        )

    def prepare():
        losses, moves, accuracy = warmed()
        moved, lost = np.moveaxis(moves, 1, 2).round(4).tolist(), np.moveaxis(losses, 1, 2).tolist()
        return {"moves": moved, "losses": lost, "right": (100 * accuracy).round().tolist()}

    def update(seen, lr, rise):
        at, with_it = WARM_UP_RATES.index(lr), RISES.index(rise)
        marks, highest = [], []
        for k, pen, width, dashed in [[0, "quiet", 1.8, True], [with_it, "Adam", 2.4, False]]:
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
def visited(step: Callable, problem: Problem, lr: float = 0.2, steps: int = 60) -> np.ndarray:
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


def exhibits() -> Explorer:
    """The museum of bugs: the walk of an exhibit beside the sound one, and the lengths of their steps."""
    problem, lr, steps = bowl(10), 0.2, 60

    def view(figure):
        look = style.look("Adam")
        valley = style.panel(figure, 40, 34, 376, 48)
        chart = style.panel(figure, 396, 34, 20, 48, xlim=(0, steps), ylim=(1e-3, 1e3), yscale="log", xlabel="step")
        style.head(valley, "60 steps")
        style.head(chart, "length of a step / lr")
        chart.set_yticks([1e-2, 1, 1e2])
        chart.minorticks_off()
        draw_contours(valley, problem, np.array([[-2.6, -1.6], [1.6, 1.6]]))
        sound: dict[str, Any] = {"color": style.INK, "linestyle": (0, (3, 1.5)), "linewidth": 1.4, "zorder": 5}
        wrong: dict[str, Any] = {"color": look.color, "marker": ".", "markersize": 5, "linewidth": 1.4, "zorder": 4}
        pairs = [[ax.plot([], [], **pen)[0] for ax in (valley, chart)] for pen in (sound, wrong)]
        for text, pen, ink, y in (("sound", sound, style.INK, 0.93), ("exhibit", wrong, look.ink, 0.84)):
            chart.plot([0.6, 0.7], [y, y], transform=chart.transAxes, **pen)
            chart.annotate(text, (0.72, y), xycoords="axes fraction", va="center", color=ink, path_effects=HALO)
        note = valley.annotate("", (0.5, 0.2), xycoords="axes fraction", ha="center", color=look.ink, path_effects=HALO, zorder=7)

        def update(exhibit):
            kept: Exhibit = EXHIBITS[exhibit]
            walks = [visited(step, problem, lr, steps) for step in (kept.mended, kept.step)]
            for (path, line), walk in zip(pairs, walks):
                path.set_data(*np.clip(walk, -9, 9).T)
                with np.errstate(all="ignore"):
                    line.set_data(np.arange(1, steps + 1), np.linalg.norm(np.diff(walk, axis=0), axis=1) / lr)
            with np.errstate(all="ignore"):
                ends = [float(problem.loss(walk[-1])) for walk in walks]
            found = departs(kept.step, kept.mended)
            assert found is not None  # or it would be no exhibit
            loss = f"at loss {number(ends[1], 2)}" if np.isfinite(ends[1]) else fate(walks[1], ends[1])
            note.set_text("" if np.isfinite(ends[1]) else loss)
            return (
                f"{exhibit}: {loss} here, the sound step at {number(ends[0], 2)}. "
                f"Along the gradients of verify it departs first in {IN_WORDS[found.quantity]}, at step {found.step}."
            )

        return [*pairs[1], *pairs[0], note], update

    return Explorer(view, height=340, exhibit=Control(list(EXHIBITS), "lost root", "exhibit"))


IN_WORDS = {"m": "m", "v": "v", "v_max": "the maximum", "theta": "θ"}
