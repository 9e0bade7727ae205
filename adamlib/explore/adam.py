"""Explorers of notebook 04: one step of Adam taken apart, how long it can be, and what eps does to it."""

from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.quiver import Quiver

from adamlib import style
from adamlib.averages import power
from adamlib.explore.explorer import Control, Explorer
from adamlib.optimizers import Adam
from adamlib.plots.labels import HALO
from adamlib.plots.picture import number, typeset
from adamlib.plots.plane import draw_contours
from adamlib.problems import bowl, scaled
from adamlib.run import Trajectory, run
from adamlib.theory import damped_step, longest_step, longest_step_of_the_paper

LINES = {
    "g": r"$g_t = \nabla f(\theta_{t-1})$",
    "m": r"$m_t = \beta_1 m_{t-1} + (1-\beta_1)\, g_t$",
    "v": r"$v_t = \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2$",
    "m̂": r"$\hat m_t = m_t\, /\, (1-\beta_1^t)$",
    "v̂": r"$\hat v_t = v_t\, /\, (1-\beta_2^t)$",
    "step": r"$\theta_t - \theta_{t-1} = -\,\mathrm{lr}\;\hat m_t\, /\, (\sqrt{\hat v_t} + \epsilon)$",
}
NAMES = list(LINES)
ROW, TOP, WING = 27, 38, 52  # of the table of numbers, in CSS pixels: a row, the middle of the first one, half a bar
COLUMNS = ((372, 440), (562, 630))  # where a coordinate's numbers end, and where its bars have their zero
ONE = 0.8  # of half a bar: how long a step of exactly lr is drawn


def anatomy() -> Explorer:
    """One step of Adam, line by line: the numbers of both coordinates, their bars, and the point on the contours."""
    steps = 40
    rule, problem = Adam(lr=0.2), bowl(10)
    walk = run(rule, problem, steps=steps)
    moves = np.diff(walk.theta, axis=0, prepend=np.nan)
    rows = {"g": walk.grad, "m": walk.m, "v": walk.v, "m̂": walk.m_hat, "v̂": walk.v_hat, "step": moves}
    scale = np.nanmax(np.abs(walk.grad))
    wide = {name: WING / scale * (np.sqrt(row) if name in ("v", "v̂") else row) for name, row in rows.items()}
    wide["step"] = WING * ONE * moves / rule.lr

    def view(figure):
        look, plain, memory = style.look(rule), style.look("SGD"), style.look("Momentum")
        valley = style.panel(figure, 40, 12, 372, 236)
        sheet = style.panel(figure, 0, 218, 0, 0, xlim=(0, style.WIDTH), ylim=(202, 0))
        draw_contours(valley, problem, np.array([[-2.4, -0.95], [1.2, 1.2]]))
        marks, words, rulers, figures, bars = draw_sheet(sheet)
        curves, dots = draw_lengths(figure, steps)
        (path,) = valley.plot([], [], color=look.color, marker=".", markersize=5, linewidth=1.2, zorder=5)
        (here,) = valley.plot([], [], "o", color=style.PAPER, markeredgecolor=style.INK, markersize=6.5, zorder=8)
        arrows = []
        for i, (name, kind, width) in enumerate((("−g", plain, 5), ("−m̂", memory, 3.6), ("step", look, 2.6))):
            arrows.append(arrow(valley, kind.color, width))
            x, y = 0.85, 0.92 - 0.12 * i
            sample: dict[str, Any] = {"linewidth": width * style.PX, "solid_capstyle": "butt", "transform": valley.transAxes}
            valley.plot([x - 0.1, x - 0.02], [y, y], color=kind.color, zorder=4, **sample)
            valley.annotate(name, (x, y), xycoords="axes fraction", va="center", color=kind.ink, path_effects=HALO)

        def update(t, line):
            for i, name in enumerate(NAMES):
                ink = style.INK if i == line - 1 else style.QUIET
                marks[i].set_visible(i == line - 1)
                words[i].set_color(ink)
                for j in (0, 1):
                    figures[i][j].set(text=typeset(number(rows[name][t, j])), color=ink)
                    bars[i][j].set_width(wide[name][t, j])
            for j in (0, 1):
                curves[j].set_data(walk.t[1 : t + 1], moves[1 : t + 1, j] / rule.lr)
                dots[j].set_data([t], [moves[t, j] / rule.lr])
            path.set_data(*walk.theta[: t + 1].T)
            here.set_data(*walk.theta[t - 1 : t].T)
            for hand, towards, reach in zip(arrows, (-walk.grad[t], -walk.m_hat[t], moves[t]), (0.8, 0.68, 0.56)):
                hand.set_offsets(walk.theta[t - 1])
                hand.set_UVC(*(reach * towards / np.linalg.norm(towards)))
            return f"Step {t}, {told(walk, t, NAMES[line - 1])}"

        flat = [artist for row in (*figures, *bars) for artist in row]
        return [*marks, *words, *flat, *rulers, *curves, *dots, *arrows, path, here], update

    return Explorer(
        view,
        height=420,
        t=Control(range(1, steps + 1), 1, "step t", play=True),
        line=Control(range(1, 7), 6, "line"),
    )


def draw_sheet(sheet: Axes) -> tuple[list, list, list, list, list]:
    """The table of numbers: the mark behind each row, its equation, rulers, and per row the numbers and bars to be set."""
    sheet.axis("off")
    look, heights = style.look("Adam"), [TOP + ROW * i for i in range(len(LINES))]
    sheet.text(16, 14, "all bars in one scale, of v its root; the last row in lr", va="center", color=style.QUIET)
    for (_, zero), name in zip(COLUMNS, ("θ₁", "θ₂")):
        sheet.text(zero, 14, name, ha="center", va="center", color=style.INK)
    pen: dict[str, Any] = {"color": style.HAIR, "linewidth": 0.8, "zorder": 4}
    marks, rulers = [], []
    for y in heights:
        tint = style.mixed(look.color, style.PAPER, 0.82)
        marks.append(Rectangle((12, y - 13), style.WIDTH - 24, 26, facecolor=tint, edgecolor=look.color, linewidth=1))
        sheet.add_patch(marks[-1])
    for _, zero in COLUMNS:
        rulers += sheet.plot([zero, zero], [heights[0] - 12, heights[-1] + 12], **pen)
        for one in (zero - WING * ONE, zero + WING * ONE):
            rulers += sheet.plot([one, one], [heights[-1] - 11, heights[-1] + 11], **pen)
    words = [sheet.text(24, y, text, va="center") for y, text in zip(heights, LINES.values())]
    figures = [[sheet.text(end, y, "", ha="right", va="center") for end, _ in COLUMNS] for y in heights]
    blue, colors = style.look("Momentum").color, {"g": style.look("SGD").color, "step": look.color}
    bars = []
    for y, name in zip(heights, LINES):
        color = colors.get(name, style.look("RMSProp").color if name[0] == "v" else blue)
        bars.append([Rectangle((zero, y - 6), 0, 12, color=color) for _, zero in COLUMNS])
        for bar in bars[-1]:
            sheet.add_patch(bar)
    return marks, words, rulers, figures, bars


def draw_lengths(figure: Figure, steps: int) -> tuple[list, list]:
    """The chart of the moves in units of lr: a curve and a dot for each coordinate."""
    look = style.look("Adam")
    ax = style.panel(figure, 398, 34, 20, 254, xlim=(0, steps), ylim=(-1.45, 1.45), yticks=[-1, 0, 1], xlabel="step t")
    style.head(ax, "move / lr")
    for level in (-1, 0, 1):
        ax.axhline(level, color=style.HAIR, linewidth=0.8)
    for text, y in (("θ₁", 1.28), ("θ₂", -1.28)):
        ax.annotate(text, (2, y), va="center", color=look.ink, path_effects=HALO)
    curves = [ax.plot([], [], color=look.color, linestyle=dash, zorder=4)[0] for dash in ("-", (0, (2.5, 1.2)))]
    pen: dict[str, Any] = {"markeredgecolor": look.color, "markeredgewidth": 1.8, "markersize": 7, "zorder": 6}
    dots = [ax.plot([], [], mark, color=fill, **pen)[0] for mark, fill in (("o", look.color), ("D", style.PAPER))]
    return curves, dots


def arrow(ax: Axes, color: str, width: float) -> Quiver:
    """An arrow that can be moved; `width` in CSS pixels."""
    unit: dict[str, Any] = {"units": "dots", "angles": "xy", "scale_units": "xy", "scale": 1, "minlength": 0, "zorder": 7}
    head: dict[str, Any] = {"headwidth": 3.4, "headlength": 4, "headaxislength": 3.6}
    return ax.quiver([0], [0], [1], [1], color=color, width=width * style.PIXEL_RATIO, **unit, **head)


def told(walk: Trajectory, t: int, name: str) -> str:
    """The line of the algorithm with its numbers put in, for both coordinates."""
    rule = walk.optimizer
    assert isinstance(rule, Adam)
    b1, b2 = float(rule.beta1), float(rule.beta2)
    new, old = ([getattr(walk, key)[k] for key in ("grad", "m", "v", "m_hat", "v_hat")] for k in (t, t - 1))

    def both(text) -> str:
        return " and ".join(f"{text(j)} along {coordinate}" for j, coordinate in enumerate(("θ₁", "θ₂"))) + "."

    def n(x: float) -> str:
        return number(x) if x >= 0 else f"({number(x)})"

    (g, m, v, m_hat, v_hat), (_, m_old, v_old, _, _) = new, old
    if name == "g":
        at = ", ".join(number(x) for x in walk.theta[t - 1])
        return f"the gradient at ({at}): " + both(lambda j: f"{number(g[j])}")
    if name == "m":
        return "m = " + both(lambda j: f"{b1:g} × {n(m_old[j])} + {1 - b1:g} × {n(g[j])} = {number(m[j])}")
    if name == "v":
        return "v = " + both(lambda j: f"{b2:g} × {n(v_old[j])} + {1 - b2:g} × {n(g[j])}² = {number(v[j])}")
    if name == "m̂":
        return "m̂ = " + both(lambda j: f"{number(m[j])} / {number(float(1 - power(b1, t)))} = {number(m_hat[j])}")
    if name == "v̂":
        return "v̂ = " + both(lambda j: f"{number(v[j])} / {number(float(1 - power(b2, t)))} = {number(v_hat[j])}")
    ratio = m_hat / (np.sqrt(v_hat) + rule.eps)
    return "the move: " + both(lambda j: f"minus lr × {n(m_hat[j])} / {number(np.sqrt(v_hat[j]))} = {number(-ratio[j])} lr")


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
            return (
                f"β₁ = {number(beta1)}, β₂ = {number(beta2)}, after a long silence each gradient is {number(growth)} times "
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
