"""Explorers of notebook 04: one step of Adam taken apart, how long it can be, and what eps does to it."""

import math
from typing import Any

import numpy as np

from adamlib.averages import ema, power
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Arrow, Band, Bar, Dot, Guide, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import SurfaceWalk, walk
from adamlib.explore.words import share_of_decades, two_apart
from adamlib.numerals import number
from adamlib.optimizers import Adam
from adamlib.problems import bowl
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


def anatomy(**start: Any) -> Explorer:
    """One step of Adam, line by line: the numbers of both coordinates, their bars, and the point on the contours."""
    steps, rule, problem = 40, TAKEN_APART, bowl(10.0)
    steepest = float(np.abs(problem.grad(problem.start)).max())

    def scene() -> Scene:
        valley = Panel("valley", (-2.4, 1.2), (-0.95, 1.2), 0.51, 218, head="arrows: directions only", plane=True)
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
                Word("lengths", 2, 1.28, "θ₁, filled", "Adam"),
                Word("lengths", 2, -1.28, "θ₂, hollow", "Adam"),
                Word("formulas", 12, 14, "bars: v and v̂ by their roots, step in lr", "quiet"),
                *(Word("formulas", 12, height, text, "quiet") for height, text in zip(HEIGHTS, FORMULAS)),
                *(Word("numbers", 12, height, text, "quiet") for height, text in zip(HEIGHTS, LINES_OF_A_STEP)),
                *(Word("numbers", zero, 14, name, anchor="middle") for (_, zero), name in zip(TABLE, ("θ₁", "θ₂"))),
            ],
            question="How does the last line make equal steps of gradients that are not equal at all?",
        )

    def update(t: int, line: int) -> tuple[list[Mark], str]:
        path = walk(rule, problem, [-2.0, 1.0], steps)
        marks: list[Mark] = []
        told, x, y = [], path.theta[0][t - 1], path.theta[1][t - 1]
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
                marks.append(Bar("numbers", zero, height - 6, zero + bar_length(i, shown, steepest), height + 6, PENS[i]))
                marks.append(Word("numbers", end, height, number(shown), ink, "right"))
        for j, (_, zero) in enumerate(TABLE):
            marks.append(Line("numbers", [zero, zero], [HEIGHTS[0] - 12, HEIGHTS[5] + 12], "hair", 1.1))
            for one in [zero - WING * ONE, zero + WING * ONE]:
                marks.append(Line("numbers", [one, one], [HEIGHTS[5] - 11, HEIGHTS[5] + 11], "hair", 1.1))
            moves = [figures_of(path, j, k)[5] / rule.lr for k in range(1, t + 1)]
            marks.append(Line("lengths", path.t[1 : t + 1], moves, "Adam", 2.4 - 1.2 * j, False, 5.0 * j))
            marks.append(Dot("lengths", t, moves[-1], "Adam", "hollow" if j == 1 else "filled", 9))
            told.append(line_in_numbers(path, j, t, line))
        marks.append(Line("valley", path.theta[0][: t + 1], path.theta[1][: t + 1], "Adam", 1.6, False, 4))
        for i, width, reach in [(0, 5, -0.8), (3, 3.6, -0.68), (5, 2.6, 0.56)]:
            dx, dy = figures_of(path, 0, t)[i], figures_of(path, 1, t)[i]
            scale = reach / math.sqrt(dx * dx + dy * dy)
            marks.append(Arrow("valley", x, y, scale * dx, scale * dy, PENS[i], width))
        marks.append(Dot("valley", x, y, "ink", "hollow", 9))
        lead = [f"the gradient at ({number(x)}, {number(y)}): ", "m = ", "v = ", "m̂ = ", "v̂ = ", "the move: "][line - 1]
        return marks, f"Step {t}, {lead}{told[0]} along θ₁ and {told[1]} along θ₂."

    return Explorer(View(scene, update), **start)


def figures_of(path: SurfaceWalk, j: int, t: int) -> list[float]:
    """What the six lines compute for one coordinate in step t."""
    move = path.theta[j][t] - path.theta[j][t - 1]
    return [path.grad[j][t], path.m[j][t], path.v[j][t], path.m_hat[j][t], path.v_hat[j][t], move]


def bar_length(i: int, value: float, steepest: float) -> float:
    """How long the bar of a line is, in CSS pixels."""
    if i == 5:
        return WING * ONE * value / TAKEN_APART.lr
    return WING / steepest * (math.sqrt(value) if i in (2, 4) else value)


def signed(x: float) -> str:
    """A number as it stands within a product."""
    return number(x) if x >= 0 else f"({number(x)})"


def line_in_numbers(path: SurfaceWalk, j: int, t: int, line: int) -> str:
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


def strides(beta1: float, beta2: float, growth: float, count: int) -> list[float]:
    """Adam's steps in units of lr after a long silence, when each gradient is `growth` times the last. Both corrections are 1."""
    m: Any = 0.0
    v: Any = 0.0
    g, lengths = 1.0, []
    for _ in range(count):
        m, v = ema(m, g, beta1), ema(v, g * g, beta2)
        lengths.append(m / math.sqrt(v))
        g *= growth
    return lengths


def longest_stride(beta1: float, beta2: float, growth: float) -> float:
    """The longest of them: they rise to one top, towards a limit, or without end."""
    longest, count = 0.0, 25
    while count <= 400:
        found = max(strides(beta1, beta2, growth, count))
        if found <= longest * (1 + 1e-6):
            return found
        longest, count = found, 2 * count
    return longest


def step_bound(**start: Any) -> Explorer:
    """The longest step of Adam when gradients grow: over the growth, and step by step, with the bound and the paper's."""
    axis, seen, limits = np.geomspace(0.85, 2.2, 70).tolist(), 60, (0.4, 50)

    def scene() -> Scene:
        common: dict[str, Any] = {"ylim": limits, "height": 340, "ylog": True, "yticks": [0.5, 1, 2, 5, 10, 20, 50]}
        over = Panel(
            "over",
            (axis[0], axis[-1]),
            share=0.46,
            xlog=True,
            xticks=[0.9, 1, 1.2, 1.5, 2],
            xlabel="growth per step",
            head="longest step / lr",
            **common,
        )
        time = Panel("time", (1, seen), share=0.54, xlabel="steps after the silence", head="step / lr", right=96, **common)
        return Scene(
            panels=[over, time],
            controls={
                "growth": Control([0.9, 0.95, 1.0, 1.01, 1.02, 1.05, 1.08, 1.11, 1.15, 1.2, 1.3, 1.5, 2.0], 1.11, "growth"),
                "beta1": Control([0.0, 0.5, 0.8, 0.9, 0.95, 0.99], 0.9, "β₁"),
                "beta2": Control([0.8, 0.9, 0.95, 0.99, 0.999], 0.999, "β₂"),
            },
            question="Which betas bring the bound down to lr, and which remove it?",
        )

    def update(growth: float, beta1: float, beta2: float) -> tuple[list[Mark], str]:
        bound, paper = longest_step(beta1, beta2), longest_step_of_the_paper(beta1, beta2)
        steps, longest = strides(beta1, beta2, growth, seen), longest_stride(beta1, beta2, growth)
        marks: list[Mark] = []
        for panel in ["over", "time"]:
            marks.append(Guide(panel, paper, "quiet", 1.4, False, True))
            if math.isfinite(bound):
                marks.append(Guide(panel, bound, "ink", 1.4))
        wanted = [share_of_decades(height, math.log10(limits[0]), math.log10(limits[1])) for height in [bound, paper]]
        of_bound, of_paper = two_apart(wanted, 0.07, 0.02, 1.0)
        name = f"bound {number(bound)}" if math.isfinite(bound) else "no bound"
        marks.extend([
            Line("over", axis, [longest_stride(beta1, beta2, r) for r in axis], "Adam", 2.2),
            Line("time", list(range(1, seen + 1)), steps, "Adam", 1.7, False, 5),
            Word("time", 1, of_bound, name, "ink", "left", 8, 0, "share"),
            Word("time", 1, of_paper, f"paper {number(paper)}", "quiet", "left", 8, 0, "share"),
        ])  # fmt: skip
        if limits[0] <= longest <= limits[1]:
            marks.append(Dot("over", growth, longest, "Adam"))
        found = f"the longest step is {number(longest)} lr" if longest < 1e3 else "the steps grow without end"
        ceiling = f"no step exceeds {number(bound)} lr" if math.isfinite(bound) else "there is no bound"
        grows = "equals" if growth == 1 else f"is {number(growth)} times"
        return marks, (
            f"β₁ = {number(beta1)}, β₂ = {number(beta2)}, after a long silence each gradient {grows} "
            f"the last: {found}; {ceiling}; the paper says {number(paper)} lr."
        )

    return Explorer(View(scene, update), **start)


def damping(**start: Any) -> Explorer:
    """What ε does: step against gradient size, and the walk between ε = 0 and momentum."""
    steps, lr, problem = 60, 0.1, bowl(10.0)
    sizes = np.geomspace(1e-12, 1e4, 200).tolist()

    def scene() -> Scene:
        chart = Panel(
            "chart",
            (1e-12, 1e4),
            (1e-6, 3),
            share=0.5,
            height=330,
            xlog=True,
            ylog=True,
            xticks=[1e-12, 1e-8, (1e-4, "10⁻⁴"), 1, 1e4],
            yticks=[1e-6, (1e-4, "10⁻⁴"), 0.01, 1],
            xlabel="size of a constant gradient",
            head="step / lr; shaded: gradients of the walk",
        )
        valley = Panel("valley", (-2.4, 1.4), (-1.35, 1.35), 0.5, 330, head=f"{steps} steps", plane=True)
        fixed: list[Mark] = [Relief("valley", problem)]
        for eps, text, dashed, y in ((0.0, "ε = 0", False, 0.93), (1e12, "momentum", True, 0.84)):
            end = walk(Adam(lr=lr * max(1.0, eps), eps=eps), problem, [-2.0, 1.0], steps)
            fixed.append(Line("valley", end.theta[0], end.theta[1], "quiet", 1.4, dashed))
            fixed.append(Line("valley", [0.57, 0.65], [y, y], "quiet", 1.4, dashed, unit="share"))
            fixed.append(Word("valley", 0.67, y, text, "quiet", unit="share"))
        return Scene(
            panels=[chart, valley],
            controls={
                "eps": Control([10.0**k for k in range(-12, 3)], 1.0, "ε"),
                "scale": Control([1e-9, 1e-6, 1e-3, 1.0], 1.0, "loss times"),
            },
            fixed=fixed,
            question="What becomes of the walk as ε grows?",
        )

    def update(eps: float, scale: float) -> tuple[list[Mark], str]:
        """A loss times s walks as the loss itself does with ε / s."""
        rate = lr * (1 + eps / scale)
        path = walk(Adam(lr=rate, eps=eps / scale), problem, [-2.0, 1.0], steps)
        found = sorted([scale * abs(g) for along in path.grad for g in along[1:]])
        first = scale * max(abs(path.grad[0][1]), abs(path.grad[1][1]))
        share = damped_step(first, eps)
        marks: list[Mark] = [
            Band("chart", found[len(found) // 10], found[-1], "Momentum"),
            Line("chart", sizes, [damped_step(size, eps) for size in sizes], "Adam", 2.4),
            Dot("chart", eps, 0.5, "Adam"),
            Word("chart", eps, 0.5, "|g| = ε", "Adam", "left", 10, -8),
            Line("valley", path.theta[0], path.theta[1], "Adam", 1.7, False, 5),
            Dot("valley", -2, 1, "ink", "hollow", 9),
        ]
        kind = "that of ε = 0" if share > 0.99 else "that of momentum" if share < 0.01 else "between those of ε = 0 and momentum"
        return marks, (
            f"ε = {number(eps)}, loss times {number(scale)}, lr = {number(rate)}: the first gradient, {number(first)}, "
            f"makes a step of {number(share)} lr; the walk is {kind}."
        )

    return Explorer(View(scene, update), **start)
