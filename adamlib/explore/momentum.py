"""Explorers of notebook 01: what a memory does to the walk."""

import numpy as np

from adamlib import style
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Line, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.explore.words import end_in_words, points_within, share_of_decades, two_apart
from adamlib.optimizers import SGD, Momentum
from adamlib.plots.maps import draw_heatmap
from adamlib.plots.picture import amount, number
from adamlib.plots.plane import draw_contours
from adamlib.problems import bowl, lessard
from adamlib.run import run
from adamlib.theory import heavy_ball_rate

WINDOW = np.array([[-2.5, -2.5], [2.5, 2.5]])


def memory(**start) -> Explorer:
    """The heavy ball beside gradient descent in one valley: how much memory helps, and how much is too much."""
    steps, problem, x, y = 40, bowl(10.0), -2.0, 1.0

    def scene() -> Scene:
        valley = Panel("valley", (-2.5, 2.5), (-1.9, 1.9), share=0.5, height=278, plane=True)
        ticks = [1e-12, 1e-8, (1e-4, "10⁻⁴"), 1]
        loss = Panel(
            "loss", (0, steps), (1e-14, 1e2), 0.5, 278, ylog=True, yticks=ticks, xlabel="step", head="loss", left=52, right=96
        )
        return Scene(
            panels=[valley, loss],
            controls={
                "beta": Control([0.0, 0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 0.95, 0.99], 0.5, "memory β"),
                "lr": Control([0.02, 0.05, 0.1, 0.15, 0.18, 0.2, 0.25, 0.3], 0.15, "learning rate"),
            },
            fixed=[Relief("valley", problem)],
            question="Does a larger β make the loss fall faster and faster?",
        )

    def update(beta, lr):
        marks, heights, told = [], [], []
        for rule, pen, width, dots in [[SGD(lr=lr), "ghost", 1.8, 3], [Momentum(lr=lr, beta=beta), "Momentum", 2.4, 5]]:
            path = walk(rule, problem, [x, y], steps)
            seen = points_within(path.theta[0], path.theta[1], 50)
            marks.append(Line("valley", path.theta[0][:seen], path.theta[1][:seen], pen, width, False, dots))
            marks.append(Line("loss", path.t, path.loss, pen, width))
            heights.append(share_of_decades(path.loss[-1], -14, 2))
            told.append(end_in_words(path.loss))
        plain, heavy = two_apart(heights, 0.09, 0.03, 0.97)
        marks.extend([
            Word("loss", 1, plain, "no memory", "quiet", "left", 8, 0, "share"),
            Word("loss", 1, heavy, f"β = {number(beta)}", "Momentum", "left", 8, 0, "share"),
            Dot("valley", 0, 0, "ink", "star", 15),
            Dot("valley", x, y, "ink", "hollow", 9),
        ])  # fmt: skip
        told_of = f"with β = {number(beta)} the walk {told[1]}, with no memory it {told[0]}"
        return marks, f"After {steps} steps at learning rate {number(lr)}: {told_of}."

    return Explorer(View(scene, update), **start)


def momentum_map() -> Explorer:
    """The heavy ball's rate over (lr, beta) on a valley, and the walk at the chosen point."""
    rates = [0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.23, 0.25, 0.3, 0.35, 0.38]
    betas = [0.0, 0.1, 0.2, 0.27, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
    steps = 60

    def view(figure, condition):
        problem, look = bowl(condition), style.look("Momentum")
        chart = style.panel(figure, 44, 34, 386, 48)
        valley = style.panel(figure, 384, 34, 16, 48)
        lr, beta = np.linspace(0.0025, 0.4, 160), np.linspace(0, 0.99, 100)
        slowest = np.maximum(heavy_ball_rate(lr, beta[:, None], 1.0), heavy_ball_rate(lr, beta[:, None], condition))
        stable = np.where(slowest < 1, slowest, np.nan)
        draw_heatmap(chart, stable, lr, beta, "learning rate", levels=[0.6, 0.7, 0.8, 0.9])
        style.head(chart, "β")
        draw_contours(valley, problem, WINDOW)
        style.head(valley, f"{steps} steps")
        ring = {"color": "none", "markeredgewidth": 2.2, "markersize": 11, "zorder": 6, "clip_on": False}
        (halo,) = chart.plot([], [], "o", **{**ring, "markeredgewidth": 5}, markeredgecolor=style.PAPER)
        (mark,) = chart.plot([], [], "o", **ring, markeredgecolor=style.INK)
        (path,) = valley.plot([], [], color=look.color, marker=".", markersize=5, linewidth=1.4, zorder=5)

        def update(lr, beta):
            walked = run(Momentum(lr=lr, beta=beta), problem, steps=steps)
            for artist in (halo, mark):
                artist.set_data([lr], [beta])
            path.set_data(*walked.theta.T)
            each = [float(heavy_ball_rate(lr, beta, curvature)) for curvature in (1.0, condition)]
            found = f"each step leaves {number(max(each))} of the distance"
            if np.isclose(max(each), 1):
                found = "the walk bounces for ever"
            elif max(each) > 1:
                found = f"the walk diverges, by a factor {number(max(each))} a step"
            slow = f"the {'flat' if each[0] > each[1] else 'steep'} direction decides"
            if np.isclose(*each):
                slow = "both directions are alike"
            return f"lr = {number(lr)}, β = {number(beta)}: {found}; {slow}. Loss {amount(walked.loss[-1])}."

        return [halo, mark, path], update

    return Explorer(
        view,
        lr=Control(rates, 0.23, "learning rate"),
        beta=Control(betas, 0.27, "β"),
        condition=Control([1.0, 2.0, 5.0, 10.0], 10.0, "condition number"),
    )


def three_cycle() -> Explorer:
    """A convex function on which the tuned heavy ball circles for ever from some starts and settles from others."""
    problem, steps = lessard(), 60
    starts = [*np.arange(-4, 4.25, 0.25).tolist(), 3.1, 3.2, 3.3, 3.4]

    def view(figure):
        look = style.look("Momentum")
        curve = style.panel(figure, 56, 34, 386, 48, xlim=(-4.2, 4.2), ylim=(-8, 240), xlabel="x")
        time = style.panel(figure, 384, 34, 20, 48, xlim=(0, steps), ylim=(-4.2, 4.2), xlabel="step")
        x = np.linspace(-4.2, 4.2, 300)
        curve.plot(x, problem.loss(x[:, None]), color=style.HAIR, linewidth=1.4)
        style.head(curve, "f(x)")
        style.head(time, "x")
        time.axhline(0, color=style.HAIR, linewidth=0.8)
        dots = {"color": look.color, "markeredgecolor": style.PAPER, "markersize": 8, "zorder": 5}
        (points,) = curve.plot([], [], look.marker, **dots)
        (line,) = time.plot([], [], color=look.color, marker=".", markersize=6, linewidth=1.2, zorder=5)

        def update(start, share):
            walked = run(Momentum(lr=share / 9, beta=4 / 9), problem, start=[start], steps=steps)
            x = walked.theta[:, 0]
            last = x[-3:]
            points.set_data(last, walked.loss[-3:])
            line.set_data(walked.t, x)
            cycle = ", ".join(number(v) for v in sorted(last.tolist()))
            if np.abs(last).max() < 1e-3:
                found = "the ball comes to rest at the minimum"
            elif np.abs(last - x[-6:-3]).max() < 1e-3:
                found = f"the ball goes round {cycle} for ever"
            else:
                found = f"after {steps} steps the ball is at {number(x[-1])} and on its way"
            return f"Start {number(start)}, learning rate {number(share)} times 1/9: {found}."

        return [points, line], update

    return Explorer(
        view,
        start=Control(sorted(starts), 3.3, "start"),
        share=Control([0.25, 0.5, 0.75, 1.0], 1.0, "rate, in ninths"),
    )
