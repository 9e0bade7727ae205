"""Explorers of notebook 03: averages that start at zero."""

from typing import Any

import numpy as np

from adamlib import style
from adamlib.averages import power
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Bar, Dot, Guide, Line, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.optimizers import Adam
from adamlib.plots.maps import draw_heatmap
from adamlib.plots.picture import amount, number
from adamlib.problems import rosenbrock
from adamlib.theory import uncorrected_step, uncorrected_steps

BETAS = [0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999]
LONGER = [0.9995, 0.9999, 0.99999]


def cold_start(**start) -> Explorer:
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

    def update(t, beta):
        sums = [1 - power(beta, k) for k in range(steps + 1)]
        marks = [Bar("bars", -0.4, 0, 0.4, 1 - sums[t], "hair")]
        for i in range(1, t + 1):
            marks.append(Bar("bars", i - 0.4, 0, i + 0.4, (1 - beta) * power(beta, t - i), "Adam"))
        marks.extend([Line("total", list(range(steps + 1)), sums, "Adam", 2.8), Dot("total", t, sums[t], "Adam")])
        return marks, (
            f"β = {number(beta)}, step {t}: the gradients' weights sum to {number(sums[t])}, so the average has that "
            f"share of its true size. The other {number(1 - sums[t])} lies on the zero at the start."
        )

    return Explorer(View(scene, update), **start)


def correction_on_off(**start) -> Explorer:
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

    def update(lr, beta1, beta2):
        marks, longest, losses = [], [], []
        for on, pen in [[True, "Adam"], [False, "RMSProp"]]:
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


def step_map() -> Explorer:
    """The uncorrected step over (beta1, beta2): the first one or the longest, and its length over time at the chosen point."""
    memory1, memory2 = np.geomspace(1, 1e3, 61), np.geomspace(1, 1e5, 101)
    t = np.unique(np.geomspace(1, 1e6, 240).round().astype(int))
    last = 1e5

    def view(figure, show):
        look = style.look("RMSProp")
        chart = style.panel(figure, 78, 34, 360, 48)
        curve = style.panel(figure, 426, 34, 24, 48, xscale="log", yscale="log", xlim=(1, last), ylim=(7e-4, 600), xlabel="step")
        first = show == "first step"
        times = t[:1] if first else t
        values = np.max([uncorrected_step(1 - 1 / memory1, 1 - 1 / memory2[:, None], int(k)) for k in times], axis=0)
        levels = [0.1, 1, 10, 100] if first else [2, 10, 100]
        draw_heatmap(chart, values, memory1, memory2, "β₁", True, True, levels=levels, logv=True)
        if not first:
            chart.plot(memory1, memory1, color=style.INK, linewidth=1)
            chart.annotate("β₂ ≤ β₁:\nnever above lr", (950, 2), ha="right")
        chart.set_xticks([1, 10, 100, 1000], ["0", "0.9", "0.99", "0.999"])
        chart.set_yticks([1, 10, 100, 1e3, 1e4, 1e5], ["0", "0.9", "0.99", "0.999", "0.9999", "0.99999"])
        style.head(chart, f"β₂: {show} / lr")
        style.head(curve, "length of a step / lr")
        curve.axhline(1, color=style.HAIR, linewidth=0.8)
        ring = {"color": "none", "markeredgewidth": 2.2, "markersize": 11, "zorder": 6, "clip_on": False}
        (halo,) = chart.plot([], [], "o", **{**ring, "markeredgewidth": 5}, markeredgecolor=style.PAPER)
        (mark,) = chart.plot([], [], "o", **ring, markeredgecolor=style.INK)
        (line,) = curve.plot([], [], color=look.color, zorder=5)
        spot = {"color": look.color, "markeredgecolor": style.PAPER, "markersize": 9, "zorder": 6, "clip_on": False}
        (dot,) = curve.plot([], [], "o", **spot)

        def update(beta1, beta2):
            for artist in (halo, mark):
                artist.set_data([1 / (1 - beta1)], [1 / (1 - beta2)])
            lengths = np.array([uncorrected_step(beta1, beta2, int(k)) for k in t])
            line.set_data(t[t <= last], lengths[t <= last])
            every = np.arange(1, 5001)
            each = uncorrected_steps(beta1, beta2, len(every))
            worst = int(each.argmax())
            seen = 0 if first else worst
            dot.set_data([every[seen]], [each[seen]])
            found = f"the longest is step {every[worst]}, {number(each[worst])} lr"
            if beta2 <= beta1:
                found = "none is longer than lr"
            elif worst == 0:
                found = "no later one is longer"
            return f"β₁ = {number(beta1)}, β₂ = {number(beta2, 5)}: the first uncorrected step is {number(each[0])} lr; {found}."

        return [halo, mark, line, dot], update

    return Explorer(
        view,
        height=370,
        beta1=Control(BETAS, 0.9, "β₁"),
        beta2=Control(BETAS + LONGER, 0.999, "β₂"),
        show=Control(["first step", "longest step"], "first step", "the map shows"),
    )
