"""Explorers of notebook 07: Wilson's construction, its class balance, its size, eps, and the rotation that ends it."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D

from adamlib import style
from adamlib.explore.explorer import Control, Explorer
from adamlib.optimizers import SGD, Adam
from adamlib.plots.labels import HALO
from adamlib.plots.maps import edges
from adamlib.plots.picture import number
from adamlib.problems import wilson
from adamlib.problems.counterexamples import wilson_folded, wilson_scores
from adamlib.problems.transforms import quarter_turn
from adamlib.run import final

SIZES = [11, 25, 51, 101, 201, 501, 1001]
SHARES = [*np.round(np.arange(0.2, 0.96, 0.05), 2).tolist()]
FINE = np.round(np.arange(0.2, 0.951, 0.01), 2)  # of the map; SHARES are among them
EPSILONS = [m * 10.0**k for k in range(-8, 2) for m in (1, 2, 5)] + [100.0]


@cache
def learnt(n: int, rule: type = Adam, steps: int = 1500) -> np.ndarray:
    """What a rule has learnt for every share of FINE and every eps of EPSILONS, (FINE, EPSILONS, 4)."""
    eps = np.array(EPSILONS)[:, None]
    positives = np.round(FINE * n)[:, None]
    start = np.zeros((len(FINE), len(EPSILONS), 4))
    optimizer = Adam(lr=0.003 + 0.3 * eps, eps=eps) if rule is Adam else SGD(lr=0.3)
    return final(optimizer, wilson_folded(n, positives), start, steps).theta


def honest_feature() -> Explorer:
    """Which feature Adam trusts: a map of the test error over class balance and eps, and the two test scores taken apart."""

    def view(figure, n):
        look = style.look("Adam")
        plan = style.panel(figure, 62, 34, 392, 48, yscale="log", xlim=(0.185, 0.965), ylim=(2e-9, 300))
        sums = style.panel(figure, 372, 34, 16, 48)
        style.head(plan, "ε")
        weights = learnt(n)
        fails = wilson_scores(weights)[..., 1] > 0
        error = np.where(fails, 1 - FINE[:, None], 0.0)
        shade = LinearSegmentedColormap.from_list("error", [style.PAPER, look.color])
        grid = edges(FINE, False), edges(np.array(EPSILONS), True)
        plan.pcolormesh(*grid, error.T, cmap=shade, vmin=0, vmax=0.8, zorder=0, rasterized=True)
        plan.set(xlabel="share of +1", xticks=[0.2, 0.4, 0.6, 0.8], yticks=[1e-8, 1e-6, 1e-4, 1e-2, 1, 100])
        plan.minorticks_off()
        plan.axhline(1 / n, color=style.INK, linewidth=1, linestyle=(0, (4, 2)), zorder=3)
        beside = {"textcoords": "offset points", "va": "center", "annotation_clip": False}
        plan.annotate("1/n", (0.965, 1 / n), (5, 0), color=style.INK, **beside)
        note = {"ha": "center", "va": "center", "path_effects": HALO}
        plan.annotate("calls every\nnew example +1", (0.6, 3e-7), color=look.ink, **note)
        plan.annotate("no test error", (0.575, 8), color=style.INK, **note)
        ring: dict[str, Any] = {"color": "none", "markeredgecolor": style.INK, "markersize": 11, "markeredgewidth": 2.2}
        (mark,) = plan.plot([], [], "o", zorder=6, clip_on=False, **ring)
        moving, move = draw_scores(sums)

        def update(share, eps):
            theta = weights[int(np.abs(FINE - share).argmin()), EPSILONS.index(eps)]
            mark.set_data([share], [eps])
            move(theta)
            return f"{n} examples, about {share:.0%} of them +1, ε = {number(eps)}: {told(theta, 1 - share)}"

        return [mark, *moving], update

    return Explorer(
        view,
        height=330,
        share=Control(SHARES, 0.75, "share of +1"),
        eps=Control(EPSILONS, 1e-8, "ε"),
        n=Control(SIZES, 101, "examples n"),
    )


def draw_scores(ax: Axes) -> tuple[list[Line2D], Callable[[np.ndarray], None]]:
    """The two test scores as sums: what the common features say, then what the honest one adds. Returns what moves and how."""
    common, honest = style.look("AdaGrad"), style.look("Momentum")
    ax.set(xlim=(-1.15, 1.15), ylim=(-0.62, 1.75), xticks=[-1, 0, 1], yticks=[])
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("score of a new example")
    ax.axvline(0, color=style.HAIR, linewidth=1)
    ax.annotate("◂ called −1", (-1.1, 1.66), va="top", color=style.QUIET)
    ax.annotate("called +1 ▸", (1.1, 1.66), va="top", ha="right", color=style.QUIET)
    bars: list[list[Line2D]] = []
    ends: list[Line2D] = []
    thick: dict[str, Any] = {"linewidth": 9, "solid_capstyle": "butt", "zorder": 4}
    for y, name in ((1.0, "a new +1"), (0.0, "a new −1")):
        ax.annotate(name, (-1.1, y + 0.19), va="center", color=style.INK)
        bars.append([ax.plot([], [], color=color, **thick)[0] for color in (common.color, honest.color)])
        ends.append(ax.plot([], [], "o", color=style.INK, markersize=9, markeredgewidth=2.2, zorder=6, clip_on=False)[0])
    for look, text, y in ((common, "two common features", -0.33), (honest, "honest feature", -0.5)):
        ax.plot([-1.1, -0.98], [y, y], color=look.color, **{**thick, "linewidth": 6})
        ax.annotate(text, (-0.93, y), va="center", color=look.ink, path_effects=HALO)

    def move(theta: np.ndarray) -> None:
        shared = 2 * theta[1]
        for (first, second), end, y, score, right in zip(bars, ends, (1.0, 0.0), wilson_scores(theta), (1, -1)):
            first.set_data([0, shared], [y + 0.06, y + 0.06])
            second.set_data([shared, score], [y - 0.08, y - 0.08])
            end.set_data([score], [y - 0.08])
            end.set_marker("o" if score * right > 0 else "X")
            end.set_color(style.INK if score * right > 0 else style.look("Adam").color)

    return [artist for pair in bars for artist in pair] + ends, move


def told(theta: np.ndarray, minority: float) -> str:
    """The two scores, and the test error that follows."""
    plus, minus = wilson_scores(theta)
    wrong = f"called +1, so the test error is {minority:.0%}" if minus > 0 else "called −1, so there is no test error"
    return f"a new +1 scores {number(plus, 2)} and is called +1; a new −1 scores {number(minus, 2)} and is {wrong}."


ANGLES = np.arange(0.0, 91.0, 5.0)
TURNS = [1, 2, 3]


@cache
def learnt_turned(n: int, seed: int, steps: int = 600) -> np.ndarray:
    """What Adam has learnt when all features were turned by each of ANGLES, back in the first coordinates, (ANGLES, D)."""
    problem = wilson(n, seed=0)
    turn = quarter_turn(problem.dim, seed)
    c, s = np.cos(np.radians(ANGLES))[:, None], np.sin(np.radians(ANGLES))[:, None]

    def back(theta):
        return c * theta + s * (theta @ turn)

    def grad(theta, t: int = 1):
        g = problem.grad(back(theta), t)
        return c * g - s * (g @ turn)

    turned = replace(problem, grad=grad)
    return back(final(Adam(lr=0.005), turned, np.zeros((len(ANGLES), problem.dim)), steps).theta)


def turned_features() -> Explorer:
    """All features turned by one angle: the two test scores over the angle, and taken apart at one of them."""

    def view(figure, n):
        look, plain = style.look("Adam"), style.look("SGD")
        chart = style.panel(figure, 50, 34, 392, 48, xlim=(0, 90), ylim=(-1.15, 1.15), yticks=[-1, 0, 1])
        sums = style.panel(figure, 372, 34, 16, 48)
        chart.set_xticks([0, 30, 60, 90], ["0°", "30°", "60°", "90°"])
        chart.set_xlabel("all features turned by")
        style.head(chart, "score of a new example")
        chart.axhline(0, color=style.HAIR, linewidth=1)
        problem = wilson(n, seed=0)
        share = float(problem.test_accuracy(np.eye(problem.dim)[1]))
        for score in wilson_scores(final(SGD(lr=0.3), problem, steps=2000).theta):
            chart.axhline(score, **plain.line, linewidth=1.6)
        chart.annotate("gradient descent", (88, -1.04), ha="right", va="center", color=plain.ink, path_effects=HALO)
        lines = [chart.plot([], [], **look.line, zorder=4)[0] for _ in (1, -1)]
        names = [chart.annotate(text, (3, 0), va="center", color=look.ink, path_effects=HALO) for text in ("a +1", "a −1")]
        (now,) = chart.plot([], [], color=style.INK, linewidth=1, zorder=3)
        point: dict[str, Any] = {"markeredgecolor": style.PAPER, "markersize": 10, "zorder": 6, "clip_on": False}
        dots = chart.plot([], [], look.marker, color=look.color, **point)
        moving, move = draw_scores(sums)

        def update(angle, turn):
            theta = learnt_turned(n, turn)
            scores, here = wilson_scores(theta), ANGLES.tolist().index(angle)
            for line, name, row, lift in zip(lines, names, scores.T, (-0.14, 0.14)):
                line.set_data(ANGLES, row)
                name.set_position((3, row[0] + lift))
            now.set_data([angle, angle], [-1.15, 1.15])
            dots[0].set_data([angle, angle], scores[here])
            move(theta[here])
            return f"{n} examples, all features turned by {number(angle)}°: {told(theta[here], 1 - share)}"

        return [now, *lines, *names, *dots, *moving], update

    return Explorer(
        view,
        height=330,
        angle=Control(ANGLES.tolist(), 0.0, "angle"),
        turn=Control(TURNS, 1, "rotation no."),
        n=Control([25, 51], 51, "examples n"),
    )
