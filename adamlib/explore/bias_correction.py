"""Explorers of notebook 03: averages that start at zero."""

from typing import Any

import numpy as np

from adamlib.averages import power
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Bar, Dot, Guide, Image, Line, Mark, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.numerals import amount, number
from adamlib.optimizers import Adam
from adamlib.problems import rosenbrock
from adamlib.theory import uncorrected_step

BETAS = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999]
LONGER = [0.9995, 0.9999, 0.99999]


def cold_start(**start: Any) -> Explorer:
    """The weights of an average, step by step: those of the gradients, and that of the zero it started with."""
    steps = 40

    def scene() -> Scene:
        common: dict[str, Any] = {"ylim": (0, 1.05), "yticks": [0, 0.5, 1], "height": 300}
        numbered: dict[str, Any] = {"xticks": [(0, "start"), 10, 20, 30, 40], "xlabel": "gradient number"}
        bars = Panel("bars", (-1.2, steps + 0.7), share=0.58, head="weight in the average", **common, **numbered)
        total = Panel("total", (0, steps), share=0.42, head="sum of the gradients’ weights", xlabel="step", **common)
        return Scene(
            panels=[bars, total],
            controls={
                "t": Control(range(1, steps + 1), 3, "step", play=True),
                "beta": Control([0.5, 0.8, 0.9, 0.95, 0.99, 0.999], 0.9, "β"),
            },
            fixed=[Guide("total", 1)],
            question="After how many steps has the zero at the start lost its weight?",
        )

    def update(t: int, beta: float) -> tuple[list[Mark], str]:
        sums = [1 - power(beta, k) for k in range(steps + 1)]
        marks: list[Mark] = [Bar("bars", -0.4, 0, 0.4, 1 - sums[t], "hair")]
        for i in range(1, t + 1):
            marks.append(Bar("bars", i - 0.4, 0, i + 0.4, (1 - beta) * power(beta, t - i), "Adam"))
        marks.extend([Line("total", list(range(steps + 1)), sums, "Adam", 2.8), Dot("total", t, sums[t], "Adam")])
        return marks, (
            f"β = {number(beta)}, step {t}: the gradients' weights sum to {number(sums[t])}, so the average has that "
            f"share of its true size. The other {number(1 - sums[t])} lies on the zero at the start."
        )

    return Explorer(View(scene, update), **start)


def correction_on_off(**start: Any) -> Explorer:
    """Adam with and without bias correction on Rosenbrock: the paths, and the length of each step."""
    problem, steps = rosenbrock(), 200

    def scene() -> Scene:
        valley = Panel("valley", (-2.4, 2.4), (-1.2, 3.2), 0.51, 360, head=f"{steps} steps", plane=True)
        length = Panel(
            "length", (1, steps), (0.01, 60), 0.49, 360, xlog=True, ylog=True, xlabel="step", head="length of a step / lr"
        )
        legend = (("corrected", "Adam", 0.06), ("not corrected", "RMSProp", 0.14))
        return Scene(
            panels=[valley, length],
            controls={
                "lr": Control([0.005, 0.01, 0.02, 0.05, 0.1, 0.2], 0.05, "learning rate"),
                "beta1": Control([0.0, 0.5, 0.9, 0.95], 0.9, "β₁"),
                "beta2": Control([0.9, 0.99, 0.999, 0.9999], 0.999, "β₂"),
            },
            fixed=[
                Relief("valley", problem),
                Dot("valley", 1, 1, "ink", "star", 15),
                Guide("length", 1),
                *(Line("length", [0.04, 0.15], [y, y], pen, 2.2, True, unit="share") for _, pen, y in legend),
                *(Word("length", 0.18, y, text, pen, unit="share") for text, pen, y in legend),
            ],
            question="Which β₂ makes the first steps without the correction the longest?",
        )

    def update(lr: float, beta1: float, beta2: float) -> tuple[list[Mark], str]:
        marks: list[Mark] = []
        longest, losses = [], []
        for on, pen in [(True, "Adam"), (False, "RMSProp")]:
            path = walk(Adam(lr=lr, beta1=beta1, beta2=beta2, bias_correction=on), problem, [-1.5, 2.0], steps)
            xs, ys = path.theta[0], path.theta[1]
            lengths = [max(abs(xs[t] - xs[t - 1]), abs(ys[t] - ys[t - 1])) / lr for t in range(1, steps + 1)]
            marks.extend([
                Line("valley", xs, ys, pen, 1.7, False, 3),
                Dot("valley", xs[-1], ys[-1], pen),
                Line("length", path.t[1:], lengths, pen, 2.2, True),
            ])  # fmt: skip
            longest.append(number(max(lengths)))
            losses.append(amount(path.loss[-1]))
        marks.append(Dot("valley", -1.5, 2, "ink", "hollow", 9))
        return marks, (
            f"lr = {number(lr)}, β₁ = {number(beta1)}, β₂ = {number(beta2, 5)}: the longest step of a coordinate is "
            f"{longest[0]} lr with the correction and {longest[1]} lr without. The losses at the end are {losses[0]} "
            f"with and {losses[1]} without."
        )

    return Explorer(View(scene, update), **start)


def step_map(**start: Any) -> Explorer:
    """The uncorrected step over (β₁, β₂): the first one or the longest, and its length over time at the chosen pair."""
    memory1, memory2 = np.geomspace(1, 1e3, 46), np.geomspace(1, 1e5, 61)
    betas = (1 - 1 / memory1).tolist()
    times, last = np.unique(np.geomspace(1, 1e5, 200).round().astype(int)).tolist(), 1e5

    def scene() -> Scene:
        half1, half2 = (10 ** (decades / (len(memory) - 1) / 2) for decades, memory in ((3, memory1), (5, memory2)))
        chart = Panel(
            "map",
            (1 - half1, 1 - 1e-3 / half1),
            (1 - half2, 1 - 1e-5 / half2),
            share=0.5,
            height=370,
            xmemory=True,
            ymemory=True,
            xticks=[0, 0.9, 0.99, 0.999],
            yticks=[0, 0.9, 0.99, 0.999, (0.9999, "0.9999"), (0.99999, "0.99999")],
            xlabel="β₁",
            head="β₂, and the step / lr: bright is short",
        )
        length = Panel(
            "length", (1, last), (1e-3, 500), 0.5, 370, xlog=True, ylog=True, xlabel="step", head="length of a step / lr"
        )
        return Scene(
            panels=[chart, length],
            controls={
                "beta1": Control(BETAS, 0.9, "β₁"),
                "beta2": Control(BETAS + LONGER, 0.999, "β₂"),
                "show": Control(["first step", "longest step"], "longest step", "the map shows"),
            },
            fixed=[Guide("length", 1)],
            drag=("map", "beta1", "beta2"),
            question="Where is no step ever longer than lr?",
        )

    def prepare() -> Any:
        lengths = [
            uncorrected_step(1 - 1 / memory1, (1 - 1 / memory2)[:, None], int(t))
            for t in np.unique(np.geomspace(1, 1e6, 240).round())
        ]
        shown = {"first step": lengths[0], "longest step": np.max(lengths, axis=0)}
        return {name: [[float(f"{x:.3g}") for x in row] for row in rows] for name, rows in shown.items()}

    def update(maps: dict[str, Any], beta1: float, beta2: float, show: str) -> tuple[list[Mark], str]:
        marks: list[Mark] = [
            Image("map", maps[show], 0.01, 100, True, [0.1, 1, 10, 100] if show == "first step" else [2, 10, 100])
        ]
        if show == "longest step":
            marks.append(Line("map", betas, betas, "paper", 1.6))
            marks.append(Word("map", 0.998, 0.5, "β₂ ≤ β₁: never above lr", "ink", "right"))
        longest = longest_uncorrected(beta1, beta2)
        first, most = uncorrected_step(beta1, beta2, 1), uncorrected_step(beta1, beta2, longest)
        marks.extend([
            Dot("map", beta1, beta2, "ink", "ring"),
            Line("length", times, [uncorrected_step(beta1, beta2, t) for t in times], "RMSProp", 2.4),
            Dot("length", 1 if show == "first step" else longest, first if show == "first step" else most, "RMSProp"),
        ])  # fmt: skip
        found = f"the longest is step {longest}, {number(most)} lr"
        if beta2 <= beta1:
            found = "none is longer than lr"
        elif longest == 1:
            found = "no later one is longer"
        return marks, f"β₁ = {number(beta1)}, β₂ = {number(beta2, 5)}: the first uncorrected step is {number(first)} lr; {found}."

    return Explorer(View(scene, update, prepare), **start)


def longest_uncorrected(beta1: float, beta2: float) -> int:
    """The number of the longest uncorrected step: they rise to one top, then fall to lr; 1 where they never rise above lr."""
    t = 1
    while beta1 < beta2 and uncorrected_step(beta1, beta2, t + 1) > uncorrected_step(beta1, beta2, t):
        t += 1
    return t
