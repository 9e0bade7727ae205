"""Explorers of notebook 05: races, and what decides them."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from matplotlib.colors import LogNorm

from adamlib import style
from adamlib.engine import precompile
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.scene import Dot, Line, Panel, Relief, Scene, View, Word
from adamlib.explore.walks import walk
from adamlib.explore.words import end_in_words, points_within, share_of_decades, two_apart
from adamlib.measure import arrival, stability
from adamlib.optimizers import SGD, Adam, AMSGrad, Momentum
from adamlib.plots.charts import draw_sensitivity
from adamlib.plots.labels import HALO
from adamlib.plots.picture import amount, number
from adamlib.plots.plane import draw_contours
from adamlib.problems import rosenbrock
from adamlib.run import final, grid, run
from adamlib.theory import stability_limit

WINDOW = np.array([[-2.4, -1.6], [2.6, 3.4]])
RULES = {"SGD": SGD(), "Momentum": Momentum(), "Adam": Adam(), "AMSGrad": AMSGrad()}


def race(**start) -> Explorer:
    """Two walkers on Rosenbrock from one start: the paths, and the loss over the steps."""
    steps, problem = 500, rosenbrock()
    slow = [0.0002, 0.0005, 0.001, 0.0015, 0.0018, 0.002, 0.0022, 0.003, 0.005]
    fast = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]

    def scene() -> Scene:
        valley = Panel("valley", (-2.4, 2.6), (-1.6, 3.4), share=0.49, plane=True)
        ticks = [1e-9, 1e-6, 1e-3, 1, 1e3]
        loss = Panel("loss", (0, steps), (1e-10, 1e5), 0.51, ylog=True, yticks=ticks, xlabel="step", head="loss", right=92)
        return Scene(
            panels=[valley, loss],
            controls={
                "rival": Control(["SGD", "Momentum"], "SGD", "against Adam"),
                "lr": Control(slow, 0.0015, "rate of the rival"),
                "adam": Control(fast, 0.1, "rate of Adam"),
                "x": Control([-2.0, -1.5, -1.2, -1.0, -0.5, 0.0, 0.5, 1.5, 2.0], -1.5, "start θ₁"),
                "y": Control([-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0], 2.0, "start θ₂"),
                "sigma": Control([0.0, 0.1, 1.0, 10.0, 100.0], 0.0, "noise σ"),
            },
            fixed=[Relief("valley", problem), Dot("valley", 1, 1, "ink", "star", 15)],
            drag=("valley", "x", "y"),
            question="Who is lower after 500 steps, and does the start decide it?",
        )

    def prepare():
        return [np.random.default_rng((0, t)).standard_normal(2).tolist() for t in range(1, steps + 1)]

    def update(draws, rival, lr, adam, x, y, sigma):
        marks, heights, told = [], [], []
        rules = [[rival, lr, SGD(lr=lr) if rival == "SGD" else Momentum(lr=lr)], ["Adam", adam, Adam(lr=adam)]]
        for name, rate, rule in rules:
            path = walk(rule, problem, [x, y], steps, 1, sigma, draws)
            seen = points_within(path.theta[0], path.theta[1], 50)
            xs, ys = path.theta[0][:seen], path.theta[1][:seen]
            marks.extend([Line("valley", xs, ys, name), Line("loss", path.t, path.loss, name, 2.2, True)])
            marks.append(Dot("valley", xs[-1], ys[-1], name))
            heights.append(share_of_decades(path.loss[-1], -10, 5))
            told.append(f"{name} (lr {number(rate)}) {end_in_words(path.loss)}")
        for end, at in zip(rules, two_apart(heights, 0.08, 0.03, 0.97)):
            marks.append(Word("loss", 1, at, end[0], end[0], "left", 8, 0, "share"))
        marks.append(Dot("valley", x, y, "ink", "hollow", 9))
        noise = f", noise {number(sigma)}" if sigma > 0 else ""
        return marks, f"From ({number(x)}, {number(y)}){noise}, after {steps} steps: {told[0]}; {told[1]}."

    return Explorer(View(scene, update, prepare), **start)


def cut(theta: np.ndarray) -> np.ndarray:
    """A path until it has left the picture for good."""
    xs, ys = theta.T.tolist()
    return theta[: points_within(xs, ys, 50)]


def rate_sweep() -> Explorer:
    """Steps to a loss of 1e-6 over the learning rate, to touch it and to stay; and the path of one point of a curve."""
    problem, steps = rosenbrock(), 2000
    rates = (10.0 ** (np.arange(-48, 13, 3) / 12)).tolist()
    names = ["SGD", "Momentum", "Adam", "AMSGrad"]

    @lru_cache(maxsize=len(names))
    def walks(name):
        return run(replace(RULES[name], **grid(lr=rates)), problem, steps=steps)

    def view(figure):
        chart = style.panel(figure, 58, 34 + 13 * len(names) + 8, 326, 48)
        valley = style.panel(figure, 430, 34, 16, 186)
        curve = style.panel(figure, 430, 268, 16, 48, yscale="log", xlim=(0, steps), ylim=(1e-16, 1e3), xlabel="step")
        curves = {name: arrival(replace(RULES[name], lr=np.array(rates)[:, None]), problem, steps=steps) for name in names}
        draw_sensitivity(chart, rates, curves, "learning rate")
        style.head(chart, "steps: hollow to touch, filled to stay", up=13 * len(names) + 8)
        draw_contours(valley, problem, WINDOW)
        valley.plot(1, 1, "*", color=style.INK, markeredgecolor=style.PAPER, markeredgewidth=1, markersize=13, zorder=4)
        style.head(valley, "path")
        style.head(curve, "loss")
        curve.set_yticks([1e-12, 1e-6, 1])
        curve.axhline(1e-6, color=style.HAIR, linewidth=0.8)
        upright = chart.axvline(rates[0], color=style.INK, linewidth=1.4, zorder=2)
        lines = {}
        for name in names:
            look = style.look(name)
            solid = {"color": look.color, "linewidth": 1.1, "zorder": 5}
            lines[name] = valley.plot([], [], **solid)[0], curve.plot([], [], **solid)[0]

        def update(rule, lr):
            i = rates.index(lr)
            walked = walks(rule)
            loss = walked.loss[:, i]
            upright.set_xdata([lr, lr])
            path, line = lines[rule]
            path.set_data(*cut(walked.theta[:, i]).T)
            line.set_data(walked.t, np.where(np.isfinite(loss) & (loss > 0), loss, np.nan))
            for name, parts in lines.items():
                for part in parts:
                    part.set_visible(name == rule)
            touch, stay = (float(part[i]) for part in curves[rule])
            if np.isnan(touch):
                found = f"never comes below 1e-06 in {steps} steps and {end_in_words(loss)}"
            elif np.isnan(stay):
                found = f"comes below 1e-06 at step {touch:.0f} but is above it again at step {steps}"
            else:
                found = f"comes below 1e-06 at step {touch:.0f}, and for good from step {stay:.0f} to {steps}"
            return f"{rule} with learning rate {number(lr)} {found}."

        return [upright, *(part for pair in lines.values() for part in pair)], update

    return Explorer(
        view,
        height=400,
        rule=Control(names, "Adam", "optimizer"),
        lr=Control(rates, rates[17], "learning rate"),
    )


def bursts() -> Explorer:
    """Adam near the minimum: its loss, and the learning rate times the sharpness, with the line above which it is thrown out."""
    problem, steps, every = rosenbrock(), 5000, 4
    rates, betas1, betas2 = [0.01, 0.02, 0.05, 0.1], [0.5, 0.8, 0.9], [0.99, 0.999, 0.9999]
    names = ["Adam", "AMSGrad"]

    @lru_cache(maxsize=len(names))
    def walks(name):
        walked = run(replace(RULES[name], **grid(lr=rates, beta1=betas1, beta2=betas2)), problem, steps=steps, every=every)
        return walked.t, walked.loss, stability(walked)

    def view(figure):
        for name in names:
            walks(name)
        loss = style.panel(figure, 58, 34, 20, 208, yscale="log", xlim=(0, steps), ylim=(1e-33, 1e4), xticklabels=[])
        sharp = style.panel(figure, 58, 224, 20, 48, xlim=(0, steps), ylim=(0, 50), xlabel="step", yticks=[0, 20, 40])
        style.head(loss, "loss")
        style.head(sharp, "lr × sharpness")
        loss.set_yticks([1e-30, 1e-20, 1e-10, 1])
        thin = {name: {"color": style.look(name).color, "linewidth": 1.3} for name in names}
        lines = {name: (loss.plot([], [], **thin[name])[0], sharp.plot([], [], **thin[name])[0]) for name in names}
        edge = sharp.axhline(1.0, color=style.INK, linewidth=1.2)
        word = sharp.annotate(
            "", (0, 1), (4, 4), ("axes fraction", "data"), "offset points", color=style.INK, path_effects=HALO, zorder=6
        )

        def update(rule, lr, beta1, beta2):
            at = (slice(None), rates.index(lr), betas1.index(beta1), betas2.index(beta2))
            t, all_losses, all_sharp = walks(rule)
            here, near = all_losses[at], all_sharp[at]
            limit = stability_limit(beta1)
            for name, (upper, lower) in lines.items():
                upper.set_data(t, np.maximum(here, 1e-33))
                lower.set_data(t, near)
                for part in (upper, lower):
                    part.set_visible(name == rule)
            edge.set_ydata([limit, limit])
            word.xy = (0, limit)
            word.set_text(f"limit {number(limit)}")
            least = int(here.argmin())
            low, high = amount(here[least]), amount(here[least:].max())
            return (
                f"{rule}, lr = {number(lr)}, β₁ = {number(beta1)}, β₂ = {number(beta2, 4)}: "
                f"the lowest loss is {low} at step {t[least]}, the highest after it {high}; "
                f"lr × sharpness is at most {number(np.nanmax(near[t > 200]), 2)}, the limit is {number(limit)}."
            )

        return [*(part for pair in lines.values() for part in pair), edge, word], update

    return Explorer(
        view,
        height=400,
        rule=Control(names, "Adam", "optimizer"),
        lr=Control(rates, 0.05, "learning rate"),
        beta1=Control(betas1, 0.9, "β₁"),
        beta2=Control(betas2, 0.999, "β₂"),
    )


def adam_map() -> Explorer:
    """Adam's loss on Rosenbrock for two thousand settings at once, over (lr, β₁), and the walk of the chosen one."""
    problem = rosenbrock()
    rates, betas = np.geomspace(0.001, 10, 49), 1 - np.geomspace(1, 0.01, 41)
    marks = {"lr": rates[::3].round(6), "beta1": betas[::5].round(6)}

    def view(figure):
        precompile(Adam(), problem)
        chart = style.panel(figure, 50, 34, 386, 48, xlim=(0, len(rates)), ylim=(0, len(betas)), xlabel="learning rate")
        valley = style.panel(figure, 384, 34, 16, 48)
        colors = LogNorm(1e-9, 1e1, clip=True)
        sheet = chart.imshow(np.ones((len(betas), len(rates))), style.MAP, colors, aspect="auto", origin="lower", zorder=1)
        sheet.set_extent((0, len(rates), 0, len(betas)))
        chart.set_facecolor(style.DIVERGED)
        chart.set_xticks(np.array([0, 12, 24, 36, 48]) + 0.5, ["0.001", "0.01", "0.1", "1", "10"])
        chart.set_yticks(np.interp([0, 0.5, 0.9, 0.99], betas, np.arange(len(betas)) + 0.5), ["0", "0.5", "0.9", "0.99"])
        style.head(chart, "β₁, and the loss: bright is low")
        draw_contours(valley, problem, WINDOW)
        style.head(valley, "path")
        ring = {"color": "none", "markersize": 11, "zorder": 6, "clip_on": False}
        (halo,) = chart.plot([], [], "o", **ring, markeredgewidth=5, markeredgecolor=style.PAPER)
        (mark,) = chart.plot([], [], "o", **ring, markeredgewidth=2.2, markeredgecolor=style.INK)
        (path,) = valley.plot([], [], **style.look("Adam").line, linewidth=1.6, zorder=5)

        def update(lr, beta1, beta2, steps):
            rule = Adam(**grid(beta1=betas, lr=rates), beta2=beta2)
            loss = problem.loss(final(rule, problem, steps=steps).theta)
            sheet.set_data(np.where(np.isfinite(loss), np.maximum(loss, 1e-300), np.nan))
            at = int(abs(betas - beta1).argmin()), int(abs(rates - lr).argmin())
            for artist in (halo, mark):
                artist.set_data([at[1] + 0.5], [at[0] + 0.5])
            walked = run(Adam(lr=rates[at[1]], beta1=betas[at[0]], beta2=beta2), problem, steps=steps)
            path.set_data(*walked.theta.T)
            i, j = np.unravel_index(np.nanargmin(loss), loss.shape)
            share = number(100 * float((loss < 1e-3).mean()), 2)
            return (
                f"β₂ = {number(beta2, 5)}, {steps} steps: {share} % of {loss.size} settings are below 0.001, the lowest at "
                f"lr {number(rates[j], 2)}, β₁ {number(betas[i], 2)}; the chosen one, lr {number(lr)}, β₁ {number(beta1)}, "
                f"is at {amount(walked.loss[-1])}."
            )

        return [sheet, halo, mark, path], update

    return Explorer(
        view,
        lr=Control(marks["lr"].tolist(), float(marks["lr"][8]), "learning rate"),
        beta1=Control(marks["beta1"].tolist(), float(marks["beta1"][4]), "β₁"),
        beta2=Control([0.5, 0.9, 0.99, 0.999, 0.9999], 0.999, "β₂"),
        steps=Control([50, 100, 200, 500, 1000], 500, "steps"),
    )
