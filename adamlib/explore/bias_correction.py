"""Explorers of notebook 03: averages that start at zero."""

import numpy as np

from adamlib import style
from adamlib.averages import weights
from adamlib.explore.explorer import Control, Explorer
from adamlib.optimizers import Adam
from adamlib.plots.labels import HALO
from adamlib.plots.picture import number
from adamlib.plots.plane import draw_contours
from adamlib.problems import rosenbrock
from adamlib.run import run


def cold_start() -> Explorer:
    """The weights that an average gives to the past, step by step, and their sum: less than one at the start."""
    steps = 40

    def view(figure):
        look = style.look("Adam")
        bars = style.panel(figure, 48, 34, 306, 48, xlim=(0.3, steps + 0.7), ylim=(0, 0.52), xlabel="gradient number")
        total = style.panel(figure, 452, 34, 20, 48, xlim=(0, steps), ylim=(0, 1.05), xlabel="step", yticks=[0, 0.5, 1])
        style.head(bars, "weight in the average")
        style.head(total, "sum of the weights")
        total.axhline(1, color=style.HAIR, linewidth=0.8)
        sticks = bars.vlines(np.arange(1, steps + 1), 0, 0, color=look.color, linewidth=4.5, capstyle="butt")
        (line,) = total.plot([], [], color=look.color)
        (dot,) = total.plot(
            [], [], look.marker, color=look.color, markeredgecolor=style.PAPER, markersize=9, zorder=5, clip_on=False
        )

        def update(t, beta):
            w = weights(beta, t)
            sticks.set_segments([[(i + 1, 0), (i + 1, height)] for i, height in enumerate(w)])
            sums = 1 - beta ** np.arange(steps + 1)
            line.set_data(np.arange(steps + 1), sums)
            dot.set_data([t], [sums[t]])
            return (
                f"β = {number(beta)}, step {t}: the weights sum to {number(w.sum())}; the average is that share of its true size."
            )

        return [sticks, line, dot], update

    return Explorer(
        view,
        height=300,
        t=Control(range(1, steps + 1), 3, "step", play=True),
        beta=Control([0.5, 0.8, 0.9, 0.95, 0.99, 0.999], 0.9, "β"),
    )


def correction_on_off() -> Explorer:
    """Adam with and without bias correction on Rosenbrock: the paths, and the length of each step."""
    problem, steps = rosenbrock(), 120

    def view(figure):
        looks = style.look("Adam"), style.look("RMSProp")
        valley = style.panel(figure, 40, 34, 366, 48)
        length = style.panel(figure, 410, 34, 20, 48, yscale="log", xlim=(1, steps), ylim=(0.03, 30), xlabel="step")
        draw_contours(valley, problem, np.array([[-2.2, -1.0], [2.0, 3.0]]))
        style.head(valley, "path")
        style.head(length, "step / lr")
        length.axhline(1, color=style.HAIR, linewidth=0.8)
        lines = [(valley.plot([], [], zorder=5, **look.line)[0], length.plot([], [], **look.line)[0]) for look in looks]
        words = [
            length.annotate(text, (0.97, y), xycoords="axes fraction", ha="right", color=look.ink, path_effects=HALO)
            for text, y, look in zip(("corrected", "not corrected"), (0.9, 0.8), looks)
        ]

        def update(lr, beta2):
            longest = []
            for on, (path, curve) in zip((True, False), lines):
                walked = run(Adam(lr=lr, beta2=beta2, bias_correction=on), problem, steps=steps)
                steps_taken = np.abs(np.diff(walked.theta, axis=0)).max(axis=1) / lr
                path.set_data(*walked.theta.T)
                curve.set_data(walked.t[1:], steps_taken)
                longest.append(steps_taken.max())
            return (
                f"lr = {number(lr)}, β₂ = {number(beta2)}: the longest step of a coordinate is {number(longest[0])} lr "
                f"with the correction and {number(longest[1])} lr without."
            )

        return [line for pair in lines for line in pair] + words, update

    return Explorer(
        view,
        lr=Control([0.01, 0.02, 0.05, 0.1, 0.2], 0.05, "learning rate"),
        beta2=Control([0.9, 0.99, 0.999, 0.9999], 0.999, "β₂"),
    )
