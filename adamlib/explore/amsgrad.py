"""Explorers of notebook 08: a game that Adam loses, where it loses, and what three libraries make of the cure."""

from functools import cache

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from adamlib import style
from adamlib.explore.explorer import Control, Explorer
from adamlib.online import circle, drift, log_spaced_steps, play
from adamlib.optimizers import Adam, AMSGrad
from adamlib.plots.labels import HALO
from adamlib.plots.picture import number

GAMES = {
    "period 101, 1010 and −10": (1010.0, *[-10.0] * 100),
    "period 3, C = 2.01": (2.01, -1.0, -1.0),
    "period 3, C = 3": (3.0, -1.0, -1.0),
}
ONLINE = next(iter(GAMES.values()))
WORST = dict(zip(GAMES.values(), ((30, 45), (3, 3.5), None)))  # where the map has room for a word, between the rings
PERIODS = 2000
RATE = 2.0  # high enough that these days suffice
BETAS2 = [0.9, 0.99, 0.999, 0.9999, 0.99999]


@cache
def played(kind: type[Adam], beta1: float, beta2: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The game of period 101: the mean of x over each period, the average regret at its end, and the last two periods' rates."""
    p = len(ONLINE)
    rule = kind(lr=RATE, beta1=beta1, beta2=beta2)
    days = play(rule, np.tile(ONLINE, PERIODS), at=np.arange(1, PERIODS * p + 1))
    return days.x.reshape(-1, p).mean(axis=1), days.regret[p - 1 :: p], days.rate[-2 * p :]


def game() -> Explorer:
    """Adam and AMSGrad in the game of period 101: where they stand, what it costs them, and their rates day by day."""
    p = len(ONLINE)
    shown = log_spaced_steps(PERIODS, 200)  # periods, from 1
    limit = 20 / p  # the average regret of a player who always stands at +1

    def view(figure, beta1):
        common = {"xscale": "log", "xlim": (p, PERIODS * p), "xlabel": "day"}
        stand = style.panel(figure, 44, 34, 460, 48, ylim=(-1.3, 1.3), yticks=[-1, 0, 1], **common)
        regret = style.panel(figure, 302, 34, 226, 48, yscale="log", ylim=(0.06, 30), **common)
        rate = style.panel(figure, 524, 34, 20, 48, xlim=(1, 2 * p), ylim=(0.85, 40), yscale="log", xlabel="last 202 days")
        for ax, text in ((stand, "x, mean of a period"), (regret, "average regret"), (rate, "rate, rare day = 1")):
            style.head(ax, text)
        for ax in (stand, regret):
            ax.set_xticks([1000, 100_000])
            ax.minorticks_off()
        for ax, ticks in ((regret, [0.1, 1, 10]), (rate, [1, 10])):
            ax.set_yticks(ticks, [number(tick) for tick in ticks])
            ax.minorticks_off()
        rate.set_xticks([1, 1 + p])
        quiet = {"textcoords": "offset points", "va": "center", "color": style.QUIET, "path_effects": HALO}
        for level, text, side in ((1, "worst", 9), (-1, "best", -9)):
            stand.axhline(level, color=style.HAIR, linewidth=0.8)
            stand.annotate(text, (130, level), (0, side), **quiet)
        regret.axhline(limit, color=style.HAIR, linewidth=0.8)
        regret.annotate("always +1", (130, limit), (0, -9), **quiet)
        rate.axvline(1 + p, color=style.HAIR, linewidth=0.8)
        lines = []
        for kind, y in ((AMSGrad, 0.83), (Adam, 0.93)):
            look = style.look(kind)
            lines.append([ax.plot([], [], linewidth=1.8, **look.line)[0] for ax in (stand, regret, rate)])
            regret.plot([0.42, 0.56], [y, y], transform=regret.transAxes, linewidth=1.8, **look.line)
            regret.annotate(kind.__name__, (0.59, y), xycoords="axes fraction", va="center", color=look.ink)
        for kind in (Adam, AMSGrad):
            for beta2 in BETAS2:
                played(kind, beta1, beta2)

        def update(beta2):
            told = []
            for kind, (where, cost, speed) in zip((AMSGrad, Adam), lines):
                x, average, rates = played(kind, beta1, beta2)
                where.set_data(p * shown, x[shown - 1])
                cost.set_data(p * shown, average[shown - 1])
                speed.set_data(np.arange(1, 2 * p + 1), rates / rates[0])
                told.append((x[-1], average[-1], rates[1:p].mean() / rates[0]))
            (x2, r2, _), (x1, r1, grown) = told
            return (
                f"β₁ = {number(beta1)}, β₂ = {number(beta2, 5)}: after {PERIODS * p:,} days Adam stands at {x1:.2f}, its average "
                f"regret is {r1:.2f}; AMSGrad stands at {x2:.2f}, with {r2:.2f}. On the other hundred days Adam's rate is on "
                f"average {grown:.4g} times that of the rare day."
            )

        return [line for each in lines for line in each], update

    return Explorer(
        view,
        height=330,
        beta2=Control(BETAS2, 0.99, "β₂"),
        beta1=Control([0.0, 0.9, 0.99], 0.9, "β₁"),
    )


def draw_phases(ax: Axes, slopes: tuple) -> None:
    """Where Adam walks which way, over the memories 1 / (1 - beta)."""
    memory1, memory2 = np.geomspace(1, 1e3, 181), np.geomspace(1, 1e5, 201)
    wrong = drift(slopes, 1 - 1 / memory1, 1 - 1 / memory2[:, None])
    look = style.look("Adam")
    tints = ListedColormap([style.mixed(style.look("SGD").color, style.PAPER, 0.75), style.mixed(look.color, style.PAPER, 0.6)])
    ax.set(xscale="log", yscale="log", xlabel="β₁")
    ax.pcolormesh(memory1, memory2, (wrong > 0).astype(float), cmap=tints, vmin=0, vmax=1, shading="nearest", zorder=0)
    if (wrong > 0).any() and (wrong < 0).any():
        ax.contour(memory1, memory2, wrong, [0.0], colors=[style.INK], linewidths=1.6, zorder=2)
    for text, spot in (("−1, best", (30, 3e4)), ("+1, worst", WORST[slopes])):
        if spot:
            ax.annotate(text, spot, ha="center", va="center", zorder=5)
    ax.set_xticks([1, 10, 100, 1000], ["0", "0.9", "0.99", "0.999"])
    ax.set_yticks([1, 10, 100, 1e3, 1e4, 1e5], ["0", "0.9", "0.99", "0.999", "0.9999", "0.99999"])
    ax.minorticks_off()


def phases() -> Explorer:
    """Which way Adam walks over (beta1, beta2), without simulation, and its walk through three periods at the ring."""
    rounds = 3

    def view(figure, game):
        slopes, look = GAMES[game], style.look("Adam")
        chart = style.panel(figure, 78, 34, 316, 48)
        course = style.panel(figure, 466, 34, 24, 48, xlim=(0, rounds), ylim=(-0.7, 0.7), xticks=range(rounds + 1))
        course.set_yticks([-0.5, 0, 0.5], ["−0.5", "0", "0.5"])
        draw_phases(chart, slopes)
        style.head(chart, "β₂")
        style.head(course, "x / length of the way in a period")
        course.set_xlabel("period")
        course.axhline(0, color=style.HAIR, linewidth=0.8)
        (line,) = course.plot([], [], color=look.color, linewidth=1.8, zorder=4)
        (dot,) = course.plot(
            [], [], look.marker, color=look.color, markeredgecolor=style.PAPER, markersize=9, zorder=5, clip_on=False
        )
        ring = {"color": "none", "markeredgewidth": 2.2, "markersize": 11, "zorder": 6, "clip_on": False}
        (halo,) = chart.plot([], [], "o", **{**ring, "markeredgewidth": 5}, markeredgecolor=style.PAPER)
        (mark,) = chart.plot([], [], "o", **ring, markeredgecolor=style.INK)
        squares = [slope * slope for slope in slopes]

        def update(beta1, beta2):
            for artist in (halo, mark):
                artist.set_data([1 / (1 - beta1)], [1 / (1 - beta2)])
            moves = -circle(slopes, beta1) / np.sqrt(circle(squares, beta2))
            length = np.abs(moves).sum()
            path = np.cumsum(np.append(0.0, np.tile(moves, rounds))) / length
            line.set_data(np.linspace(0, rounds, len(path)), path)
            dot.set_data([rounds], np.clip(path[-1:], -0.7, 0.7))
            end = "+1, the worst place" if path[-1] > 0 else "−1, the best place"
            up, down = moves[moves > 0].sum(), -moves[moves < 0].sum()
            return (
                f"β₁ = {number(beta1)}, β₂ = {number(beta2, 6)}: in one period Adam goes {number(up)} lr up and "
                f"{number(down)} lr down. It ends at {end}."
            )

        return [halo, mark, line, dot], update

    return Explorer(
        view,
        height=380,
        beta1=Control([0.0, 0.5, 0.9, 0.95, 0.99, 0.995], 0.9, "β₁"),
        beta2=Control([0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9995, 0.9996, 0.9999, 0.99999], 0.999, "β₂"),
        game=Control(list(GAMES), None, "game"),
    )


KINDS = {"Adam": "Adam", "paper": "AMSGrad", "torch": "Momentum", "optax": "AdaGrad"}


def conventions() -> Explorer:
    """The effective rates of Adam and of three algorithms called AMSGrad, when all gradients are 1 but one."""
    steps = 10_000
    rules = {name: Adam(lr=1.0, eps=0.0) if name == "Adam" else AMSGrad(lr=1.0, eps=0.0, convention=name) for name in KINDS}

    def view(figure):
        ax = style.panel(figure, 62, 34, 120, 48, xscale="log", yscale="log", xlim=(1, steps), ylim=(5e-4, 150), xlabel="step")
        style.head(ax, "effective rate / lr")
        ax.set_yticks([0.001, 0.01, 0.1, 1, 10, 100], ["0.001", "0.01", "0.1", "1", "10", "100"])
        ax.minorticks_off()
        when = ax.axvline(1, color=style.HAIR, linewidth=0.8, linestyle=(0, (4, 2)))
        lines = {}
        for i, (name, like) in enumerate(KINDS.items()):
            look, y = style.look(like), 0.95 - 0.1 * i
            pen = {**look.line, "linewidth": 2.6 if name == "torch" else 1.8}
            (lines[name],) = ax.plot([], [], **pen, zorder=3 + i)
            ax.plot([1.03, 1.1], [y, y], transform=ax.transAxes, clip_on=False, **pen)
            ax.annotate(name, (1.12, y), xycoords="axes fraction", va="center", color=look.ink, annotation_clip=False)

        def update(size, at, beta2):
            slopes = np.ones(steps)
            slopes[at - 1] = size
            when.set_xdata([at, at])
            rises = {}
            for name, rule in rules.items():
                kept = {"beta2": beta2} if name == "Adam" else {"beta2": beta2, "convention": name}
                rate = play(type(rule)(lr=1.0, eps=0.0, **kept), slopes, fade=0, at=np.arange(1, steps + 1)).rate
                lines[name].set_data(np.arange(1, steps + 1), rate)
                rises[name] = (np.diff(rate) > 1e-9 * rate[1:]).mean(), rate[-1]
            told = ", ".join(f"{name} {100 * share:.0f} % ({number(last)} lr)" for name, (share, last) in rises.items())
            return (
                f"All gradients are 1, that of step {at} is {number(size)}; β₂ = {number(beta2, 5)}. Share of steps in which "
                f"the rate rises (and the rate at the end): {told}."
            )

        return [when, *lines.values()], update

    return Explorer(
        view,
        height=330,
        size=Control([1.0, 3.0, 10.0, 30.0, 100.0, 1000.0], 100.0, "one gradient is"),
        at=Control([1, 10, 100, 1000, 5000], 1, "at step"),
        beta2=Control([0.9, 0.99, 0.999, 0.9999], 0.999, "β₂"),
    )
