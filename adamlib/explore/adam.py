"""Explorers of notebook 04: one step of Adam taken apart, how long it can be, and what eps does to it."""

import math
from functools import cache
from typing import Any

import numpy as np

from adamlib import style
from adamlib.averages import power
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Arrow, Bar, Dot, Guide, Line, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import Walk, walk
from adamlib.optimizers import Adam
from adamlib.plots.labels import HALO
from adamlib.plots.picture import number
from adamlib.plots.plane import draw_contours
from adamlib.problems import bowl, scaled
from adamlib.run import run
from adamlib.theory import damped_step, longest_step, longest_step_of_the_paper

FORMULAS = (
    "gₜ = slope at θₜ₋₁",
    "mₜ = β₁ mₜ₋₁ + (1 − β₁) gₜ",
    "vₜ = β₂ vₜ₋₁ + (1 − β₂) gₜ²",
    "m̂ₜ = mₜ / (1 − β₁ᵗ)",
    "v̂ₜ = vₜ / (1 − β₂ᵗ)",
    "θₜ − θₜ₋₁ = −lr m̂ₜ / (√v̂ₜ + ε)",
)
LINES_OF_A_STEP = ("g", "m", "v", "m̂", "v̂", "step")
PENS = ("SGD", "Momentum", "RMSProp", "Momentum", "RMSProp", "Adam")
TABLE = ((127, 186), (318, 377))  # where a coordinate's numbers end, and where its bars have their zero
HEIGHTS = (38, 65, 92, 119, 146, 173)  # of its rows, in CSS pixels
WING = 42  # half a bar
ONE = 0.8  # of half a bar: how long a step of exactly lr is drawn
TAKEN_APART: Any = Adam(lr=0.2)


def anatomy(**start) -> Explorer:
    """One step of Adam, line by line: the numbers of both coordinates, their bars, and the point on the contours."""
    steps, rule, problem = 40, TAKEN_APART, bowl(10.0)
    steepest = float(np.abs(problem.grad(problem.start)).max())

    def scene() -> Scene:
        valley = Panel("valley", (-2.4, 1.2), (-0.95, 1.2), 0.51, 218, plane=True)
        lengths = Panel("lengths", (0, steps), (-1.45, 1.45), 0.49, 218, yticks=[-1, 0, 1], xlabel="step t", head="move / lr")
        formulas = Panel("formulas", (0, 266), (202, 0), 0.38, 202, row=1, bare=True)
        numbers = Panel("numbers", (0, 434), (202, 0), 0.62, 202, row=1, bare=True)
        legend = [("−g", "SGD", 5, 0.92), ("−m̂", "Momentum", 3.6, 0.8), ("step", "Adam", 2.6, 0.68)]
        return Scene(
            panels=[valley, lengths, formulas, numbers],
            controls={
                "t": Control(range(1, steps + 1), 1, "step t", play=True),
                "line": Control(range(1, 7), 6, "line"),
            },
            fixed=[
                Relief("valley", problem),
                *(Line("valley", [0.75, 0.83], [y, y], pen, width, unit="share") for _, pen, width, y in legend),
                *(Word("valley", 0.85, y, text, pen, unit="share") for text, pen, _, y in legend),
                *(Guide("lengths", level) for level in (-1, 0, 1)),
                Word("lengths", 2, 1.28, "θ₁", "Adam"),
                Word("lengths", 2, -1.28, "θ₂, dotted", "Adam"),
                Word("formulas", 12, 14, "bars: one scale; of v and v̂ the root; step in lr", "quiet"),
                *(Word("formulas", 12, height, text, "quiet") for height, text in zip(HEIGHTS, FORMULAS)),
                *(Word("numbers", 12, height, text, "quiet") for height, text in zip(HEIGHTS, LINES_OF_A_STEP)),
                *(Word("numbers", zero, 14, name, anchor="middle") for (_, zero), name in zip(TABLE, ("θ₁", "θ₂"))),
            ],
            question="How does the last line make equal steps of gradients that are not equal at all?",
        )

    def update(t, line):
        path = walk(rule, problem, [-2.0, 1.0], steps)
        marks, told, x, y = [], [], path.theta[0][t - 1], path.theta[1][t - 1]
        for i, height in enumerate(HEIGHTS):
            chosen = i == line - 1
            ink = "ink" if chosen else "quiet"
            if chosen:
                marks.append(Bar("formulas", 6, height - 13, 300, height + 13, "Adam", True))
                marks.append(Bar("numbers", -30, height - 13, 428, height + 13, "Adam", True))
                marks.append(Word("formulas", 12, height, FORMULAS[i], ink))
                marks.append(Word("numbers", 12, height, LINES_OF_A_STEP[i], ink))
            for j in [0, 1]:
                (end, zero), shown = TABLE[j], figures_of(path, j, t)[i]
                marks.append(Bar("numbers", zero, height - 6, zero + wide(i, shown, steepest), height + 6, PENS[i]))
                marks.append(Word("numbers", end, height, number(shown), ink, "right"))
        for j, (_, zero) in enumerate(TABLE):
            marks.append(Line("numbers", [zero, zero], [HEIGHTS[0] - 12, HEIGHTS[5] + 12], "hair", 1.1))
            for one in [zero - WING * ONE, zero + WING * ONE]:
                marks.append(Line("numbers", [one, one], [HEIGHTS[5] - 11, HEIGHTS[5] + 11], "hair", 1.1))
            moves = [figures_of(path, j, k)[5] / rule.lr for k in range(1, t + 1)]
            marks.append(Line("lengths", path.t[1 : t + 1], moves, "Adam", 2.4 - 1.2 * j, False, 5.0 * j))
            marks.append(Dot("lengths", t, moves[-1], "Adam", "hollow" if j == 1 else "filled", 9))
            told.append(told_of_line(path, j, t, line))
        marks.append(Line("valley", path.theta[0][: t + 1], path.theta[1][: t + 1], "Adam", 1.6, False, 4))
        for i, width, reach in [[0, 5, -0.8], [3, 3.6, -0.68], [5, 2.6, 0.56]]:
            dx, dy = figures_of(path, 0, t)[i], figures_of(path, 1, t)[i]
            scale = reach / math.sqrt(dx * dx + dy * dy)
            marks.append(Arrow("valley", x, y, scale * dx, scale * dy, PENS[i], width))
        marks.append(Dot("valley", x, y, "ink", "hollow", 9))
        lead = [f"the gradient at ({number(x)}, {number(y)}): ", "m = ", "v = ", "m̂ = ", "v̂ = ", "the move: "][line - 1]
        return marks, f"Step {t}, {lead}{told[0]} along θ₁ and {told[1]} along θ₂."

    return Explorer(View(scene, update), **start)


def figures_of(path: Walk, j: int, t: int) -> list[float]:
    """What the six lines compute for one coordinate in step t."""
    move = path.theta[j][t] - path.theta[j][t - 1]
    return [path.grad[j][t], path.m[j][t], path.v[j][t], path.m_hat[j][t], path.v_hat[j][t], move]


def wide(i: int, value: float, steepest: float) -> float:
    """How long the bar of a line is, in CSS pixels."""
    if i == 5:
        return WING * ONE * value / TAKEN_APART.lr
    return WING / steepest * (math.sqrt(value) if i in (2, 4) else value)


def signed(x: float) -> str:
    """A number as it stands within a product."""
    return number(x) if x >= 0 else f"({number(x)})"


def told_of_line(path: Walk, j: int, t: int, line: int) -> str:
    """The line of the algorithm with its numbers put in, for one coordinate."""
    b1, b2 = TAKEN_APART.beta1, TAKEN_APART.beta2
    g, m, v, m_hat, v_hat, _ = figures_of(path, j, t)
    if line == 1:
        return number(g)
    if line == 2:
        return f"{number(b1)} × {signed(path.m[j][t - 1])} + {number(1 - b1)} × {signed(g)} = {number(m)}"
    if line == 3:
        return f"{number(b2)} × {signed(path.v[j][t - 1])} + {number(1 - b2)} × {signed(g)}² = {number(v)}"
    if line == 4:
        return f"{number(m)} / {number(1 - power(b1, t))} = {number(m_hat)}"
    if line == 5:
        return f"{number(v)} / {number(1 - power(b2, t))} = {number(v_hat)}"
    ratio = m_hat / (math.sqrt(v_hat) + TAKEN_APART.eps)
    return f"minus lr × {signed(m_hat)} / {number(math.sqrt(v_hat))} = {number(-ratio)} lr"


@cache
def strides(beta1: float, beta2: float, growths: tuple[float, ...], after: int = 400) -> np.ndarray:
    """Adam's steps in units of lr, (after, growths): a long silence, then gradients 1, r, r^2, ... for each growth r."""
    r = np.array(growths)
    rule = Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0)
    state, steps = rule.init(np.zeros(len(r)))._replace(t=10**7), []
    for k in range(after):
        new = rule.step(state, r**k)
        steps.append(state.theta - new.theta)
        state = new
    return np.array(steps)


def step_bound() -> Explorer:
    """The longest step of Adam when gradients grow: over the growth, and step by step, with the bound and the paper's."""
    growths = [0.9, 0.95, 1.0, 1.01, 1.02, 1.05, 1.08, 1.11, 1.15, 1.2, 1.3, 1.5, 2.0]
    axis = tuple(np.geomspace(0.85, 2.2, 120).tolist())
    seen = 60

    def view(figure):
        look = style.look("Adam")
        common: dict[str, Any] = {"yscale": "log", "ylim": (0.4, 50)}
        over = style.panel(figure, 48, 34, 366, 48, xlim=(axis[0], axis[-1]), xscale="log", xlabel="growth per step", **common)
        time = style.panel(figure, 392, 34, 118, 48, xlim=(1, seen), xlabel="steps after the silence", **common)
        over.set_xticks([0.9, 1, 1.2, 1.5, 2], ["0.9", "1", "1.2", "1.5", "2"])
        over.minorticks_off()
        for ax, text in ((over, "longest step / lr"), (time, "step / lr")):
            style.head(ax, text)
            ax.set_yticks([0.5, 1, 2, 5, 10, 20, 50], ["0.5", "1", "2", "5", "10", "20", "50"])
            ax.minorticks_off()
        (curve,) = over.plot([], [], color=look.color, zorder=4)
        (steps,) = time.plot([], [], color=look.color, marker=".", markersize=5, linewidth=1.4, zorder=4)
        (dot,) = over.plot([], [], look.marker, color=look.color, markeredgecolor=style.PAPER, markersize=10, zorder=6)
        walls = [
            [ax.axhline(1, **pen) for ax in (over, time)]
            for pen in (
                {"color": style.INK, "linewidth": 1.4, "zorder": 3},
                {"color": style.HAIR, "linewidth": 1.4, "linestyle": (0, (4, 2)), "zorder": 2},
            )
        ]
        names = [
            time.annotate("", (1, 1), (8, 0), ("axes fraction", "data"), "offset points", va="center", color=color)
            for color in (style.INK, style.QUIET)
        ]

        def update(growth, beta1, beta2):
            true, paper = longest_step(beta1, beta2), longest_step_of_the_paper(beta1, beta2)
            longest = strides(beta1, beta2, axis).max(axis=0)
            walked = strides(beta1, beta2, tuple(growths))[:, growths.index(growth)]
            curve.set_data(axis, longest)
            steps.set_data(np.arange(1, seen + 1), walked[:seen])
            dot.set_data([growth], [walked.max()])
            apart = 0.12 if np.isfinite(true) and abs(np.log10(true / paper)) < 0.12 else 0.0
            for wall, height, name, text, lift in zip(walls, (true, paper), names, ("bound", "paper"), (apart, -apart)):
                for line in wall:
                    line.set_ydata([height, height])
                    line.set_visible(bool(np.isfinite(height)))
                name.xy = (1, height * 10 ** (lift / 2) if np.isfinite(height) else 50)
                name.set_text(f"{text} {number(height)}" if np.isfinite(height) else "no bound")
            found = f"the longest step is {number(walked.max())} lr" if walked.max() < 1e3 else "the steps grow without end"
            bound = f"no step exceeds {number(true)} lr" if np.isfinite(true) else "there is no bound"
            grows = "equals" if growth == 1 else f"is {number(growth)} times"
            return (
                f"β₁ = {number(beta1)}, β₂ = {number(beta2)}, after a long silence each gradient {grows} "
                f"the last: {found}; {bound}; the paper says {number(paper)} lr."
            )

        return [curve, steps, *[line for wall in walls for line in wall], dot, *names], update

    return Explorer(
        view,
        height=340,
        growth=Control(growths, 1.0, "growth"),
        beta1=Control([0.0, 0.5, 0.8, 0.9, 0.95, 0.99], 0.9, "β₁"),
        beta2=Control([0.8, 0.9, 0.95, 0.99, 0.999], 0.999, "β₂"),
    )


def damping() -> Explorer:
    """What eps does: step against gradient size, and the walk between sign descent and momentum."""
    steps, lr = 60, 0.1
    sizes = np.geomspace(1e-12, 1e4, 200)

    def view(figure):
        look, memory = style.look("Adam"), style.look("Momentum")
        chart = style.panel(figure, 58, 34, 366, 48, xscale="log", yscale="log", xlim=(1e-12, 1e4), ylim=(1e-6, 3))
        valley = style.panel(figure, 392, 34, 16, 48)
        chart.set(xlabel="size of a constant gradient", xticks=[1e-12, 1e-8, 1e-4, 1, 1e4], yticks=[1e-6, 1e-4, 1e-2, 1])
        chart.minorticks_off()
        style.head(chart, "step / lr")
        style.head(valley, f"{steps} steps")
        draw_contours(valley, bowl(10), np.array([[-2.4, -1.35], [1.4, 1.35]]))
        ends = [run(Adam(lr=lr, eps=0), bowl(10), steps=steps), run(Adam(lr=lr * 1e12, eps=1e12), bowl(10), steps=steps)]
        for end, text, dash, y in zip(ends, ("ε = 0", "momentum"), ("-", (0, (3, 1.5))), (0.93, 0.84)):
            valley.plot(*end.theta.T, color=style.HAIR, linestyle=dash, linewidth=1.4, zorder=4)
            valley.plot([0.57, 0.65], [y, y], color=style.HAIR, linestyle=dash, linewidth=1.4, transform=valley.transAxes)
            valley.annotate(text, (0.67, y), xycoords="axes fraction", va="center", color=style.QUIET, path_effects=HALO)
        band = chart.axvspan(1, 10, color=style.mixed(memory.color, style.PAPER, 0.75), linewidth=0, zorder=0)
        note = (1, 1), (0, 9 * style.PX), "axes fraction", "offset points"
        chart.annotate("shaded: gradients of the walk", *note, ha="right", color=memory.ink, annotation_clip=False)
        (curve,) = chart.plot([], [], color=look.color, zorder=4)
        (corner,) = chart.plot([], [], look.marker, color=look.color, markeredgecolor=style.PAPER, markersize=9, zorder=6)
        name = chart.annotate(
            "|g| = ε", (1, 0.5), (9, -3), textcoords="offset points", va="top", color=look.ink, path_effects=HALO
        )
        (path,) = valley.plot([], [], color=look.color, marker=".", markersize=5, linewidth=1.4, zorder=6)

        def update(eps, scale):
            rate = lr * (1 + eps / scale)
            walked = run(Adam(lr=rate, eps=eps), scaled(bowl(10), scale), steps=steps)
            size = float(np.abs(walked.grad[1]).max())
            share = damped_step(size, eps)
            curve.set_data(sizes, damped_step(sizes, eps))
            corner.set_data([eps], [0.5])
            name.xy = (eps, 0.5)
            low, high = np.quantile(np.abs(walked.grad[1:]), [0.1, 1])
            band.set_bounds(low, 0, high - low, 1)
            path.set_data(*walked.theta.T)
            kind = "as with ε = 0" if share > 0.99 else "as momentum" if share < 0.01 else "between the two"
            return (
                f"ε = {number(eps)}, loss times {number(scale)}, lr = {number(rate)}: the first gradient, {number(size)}, "
                f"makes a step of {number(share)} lr; the walk is {kind}."
            )

        return [band, curve, corner, name, path], update

    return Explorer(
        view,
        height=330,
        eps=Control([10.0**k for k in range(-12, 3)], 1e-8, "ε"),
        scale=Control([1e-9, 1e-6, 1e-3, 1.0], 1.0, "loss times"),
    )
