"""Explorers of notebook 05: races, and what decides them."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from matplotlib.colors import LogNorm

from adamlib import style
from adamlib.engine import warm
from adamlib.explore.explorer import Control, Explorer
from adamlib.measure import arrival, stability
from adamlib.optimizers import SGD, Adam, AMSGrad, Momentum
from adamlib.plots.charts import draw_sensitivity
from adamlib.plots.labels import HALO, separated
from adamlib.plots.picture import amount, number
from adamlib.plots.plane import draw_contours
from adamlib.problems import noisy, rosenbrock
from adamlib.run import final, grid, run
from adamlib.theory import stability_limit

WINDOW = np.array([[-2.4, -1.6], [2.6, 3.4]])
RULES = {"SGD": SGD(), "Momentum": Momentum(), "Adam": Adam(), "AMSGrad": AMSGrad()}


def race() -> Explorer:
    """Two walkers on Rosenbrock from one start: the paths, and the loss over the steps."""
    problem, steps = rosenbrock(), 500
    slow = [0.0002, 0.0005, 0.001, 0.0015, 0.0018, 0.002, 0.0022, 0.003, 0.005]
    fast = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
    xs, ys = [-2.0, -1.5, -1.2, -1.0, -0.5, 0.0, 0.5, 1.5, 2.0], [-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]

    starts = np.stack(np.meshgrid(xs, ys, indexing="ij"), axis=-1)

    @lru_cache(maxsize=6)
    def walks(name, sigma):
        rates = np.reshape(fast if name == "Adam" else slow, (-1, 1, 1, 1))
        hills = noisy(problem, sigma) if sigma else problem
        walked = run(replace(RULES[name], lr=rates), hills, start=starts, steps=steps)
        return walked.theta, walked.loss

    def walk(name, lr, x, y, sigma):
        theta, loss = walks(name, sigma)
        at = (slice(None), (fast if name == "Adam" else slow).index(lr), xs.index(x), ys.index(y))
        return theta[at], loss[at]

    def view(figure):
        valley = style.panel(figure, 40, 34, 372, 48)
        curve = style.panel(figure, 396, 34, 96, 48, yscale="log", xlim=(0, steps), ylim=(1e-10, 1e5), xlabel="step")
        draw_contours(valley, problem, WINDOW)
        valley.plot(1, 1, "*", color=style.INK, markeredgecolor=style.PAPER, markeredgewidth=1, markersize=15, zorder=4)
        style.head(valley, "path")
        style.head(curve, "loss")
        curve.set_yticks([1e-9, 1e-6, 1e-3, 1, 1e3])
        walkers = {name: Walker(valley, curve, name) for name in ("SGD", "Momentum", "Adam")}
        begin = {"color": style.PAPER, "markeredgecolor": style.INK, "markeredgewidth": 1.6, "markersize": 7, "zorder": 6}
        (start,) = valley.plot([], [], "o", **begin)

        def update(rival, lr, adam, x, y, sigma):
            both = {name: walk(name, rate, x, y, sigma) for name, rate in ((rival, lr), ("Adam", adam))}
            ends = separated(np.array([height(loss) for _, loss in both.values()]), 0.08, 0, 1)
            for name, walker in walkers.items():
                walker.show(name in both)
            for (name, (theta, loss)), end in zip(both.items(), ends):
                walkers[name].move(theta, loss, end)
            start.set_data([x], [y])
            (first, second) = (arrived(loss) for _, loss in both.values())
            noise = f", noise {number(sigma)}" if sigma else ""
            return (
                f"From ({number(x)}, {number(y)}){noise}, after {steps} steps: "
                f"{rival} (lr {number(lr)}) {first}; Adam (lr {number(adam)}) {second}."
            )

        return [artist for walker in walkers.values() for artist in walker.artists] + [start], update

    return Explorer(
        view,
        click=("x", "y"),
        rival=Control(["SGD", "Momentum"], "SGD", "against Adam"),
        lr=Control(slow, 0.0015, "rate of the rival"),
        adam=Control(fast, 0.1, "rate of Adam"),
        x=Control(xs, -1.5, "start x"),
        y=Control(ys, 2.0, "start y"),
        sigma=Control([0.0, 0.1, 1.0, 10.0, 100.0], 0.0, "noise σ"),
    )


class Walker:
    """One optimizer's artists in a race: its path with an end mark, its loss, and its name beside the loss."""

    def __init__(self, valley, curve, name: str):
        look = style.look(name)
        solid, mark = {"color": look.color, "linewidth": 1.6, "zorder": 5}, {"markeredgecolor": style.PAPER, "markersize": 9}
        (self.path,) = valley.plot([], [], **solid)
        (self.end,) = valley.plot([], [], look.marker, color=look.color, zorder=7, **mark)
        (self.loss,) = curve.plot([], [], linewidth=1.6, zorder=5, **look.line)
        self.word = curve.annotate(name, (1.04, 0), xycoords="axes fraction", va="center", color=look.ink, annotation_clip=False)
        self.artists = [self.path, self.end, self.loss, self.word]

    def show(self, on: bool) -> None:
        for artist in self.artists:
            artist.set_visible(on)

    def move(self, theta: np.ndarray, loss: np.ndarray, at: float) -> None:
        self.path.set_data(*cut(theta).T)
        self.end.set_data(*cut(theta)[-1:].T)
        self.loss.set_data(np.arange(len(loss)), np.where(np.isfinite(loss) & (loss > 0), loss, np.nan))
        self.word.set_y(at)


def height(loss: np.ndarray) -> float:
    """Where the last loss stands between 1e-10 and 1e5, as a share of the axis; a lost walk is at the top."""
    last = loss[-1] if np.isfinite(loss[-1]) else np.inf
    return float(np.clip((np.log10(np.clip(last, 1e-10, 1e5)) + 10) / 15, 0.03, 0.97))


def cut(theta: np.ndarray) -> np.ndarray:
    """A path until it has left the picture for good."""
    gone = ~(np.isfinite(theta) & (np.abs(theta) < 50)).all(axis=1)
    return theta[: gone.argmax()] if gone.any() else theta


def arrived(loss: np.ndarray) -> str:
    """Where a walk ended, in words."""
    lost = ~np.isfinite(loss)
    return f"diverged at step {lost.argmax()}" if lost.any() else f"is at loss {amount(loss[-1])}"


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
                found = f"never comes below 1e-06 in {steps} steps and {arrived(loss)}"
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
        warm(Adam(), problem)
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
