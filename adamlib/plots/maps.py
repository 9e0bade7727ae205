"""A quantity over two hyperparameters, as a map."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from adamlib import style, validate
from adamlib.numerals import number
from adamlib.plots.arguments import drawing, numbers
from adamlib.plots.picture import Picture, finish_picture


@drawing
def heatmap(
    values: Any,
    x: Any,
    y: Any,
    xlabel: str,
    ylabel: str,
    label: str,
    logx: bool = False,
    logy: bool = False,
    mark: Any = None,
    levels: Any = None,
    sentence: str | None = None,
    title: str | None = None,
    logv: bool = False,
    best: str = "lowest",
) -> Picture:
    """A map of a quantity over two hyperparameters.

    values : (len(y), len(x)); values[i, j] belongs to y[i] and x[j]. inf and nan are shown as "diverged"
    x, y : the grid, rising
    xlabel, ylabel, label : what the axes and the quantity are called
    logx, logy, logv : logarithmic axes, logarithmic colours
    mark : a point (x, y) to point at
    levels : values at which to draw labelled contours
    sentence, title : as `curves`
    best : "lowest" or "highest", the cell that the sentence names

    Returns a Picture. Raises ValueError or TypeError that names the field, the value and what is allowed.
    """
    values, x, y = grid_values(values, x, y)
    validate.choice("best", best, ("lowest", "highest"))
    fig, ax = style.titled_panel(410, 62, 96, 48, title)
    draw_heatmap(ax, values, x, y, xlabel, logx=logx, logy=logy, mark=mark, levels=levels, logv=logv)
    style.head(ax, style.axis_name(ylabel, logy), title)
    draw_scale(fig, ax, norm_of(values, logv), label)
    return finish_picture(fig, title, sentence, heatmap_sentence(values, x, y, xlabel, ylabel, label, mark, best))


def draw_scale(fig: Figure, ax: Axes, norm: Normalize, label: str) -> None:
    """The scale of the colours to the right of the map, with its label above."""
    width, place = style.width_now(), ax.get_position()
    bar = fig.add_axes((1 - 78 / width, place.y0, 11 / width, place.height))
    fig.colorbar(ScalarMappable(norm, style.MAP), cax=bar)
    bar.spines[:].set_visible(False)
    at = (58 * style.PX, 9 * style.PX)
    bar.annotate(label, (1, 1), at, "axes fraction", "offset points", color=style.QUIET, ha="right", parse_math=False)


@drawing
def draw_heatmap(
    ax: Axes,
    values: Any,
    x: Any,
    y: Any,
    xlabel: str,
    logx: bool = False,
    logy: bool = False,
    mark: Any = None,
    levels: Any = None,
    logv: bool = False,
) -> list[Artist]:
    """Draw `heatmap` on given axes. Returns the artists that move: the mark, where there is one."""
    values, x, y = grid_values(values, x, y)
    good = np.isfinite(values)
    ax.set_facecolor(style.DIVERGED)
    ax.set(xscale="log" if logx else "linear", yscale="log" if logy else "linear", xlabel=style.axis_name(xlabel, logx))
    cells = np.ma.array(values, mask=~good)
    ax.pcolormesh(edges(x, logx), edges(y, logy), cells, norm=norm_of(values, logv), cmap=style.MAP, zorder=0)
    if not good.all():
        say_diverged(ax, good, x, y)
    if heights := inside([] if levels is None else levels, values[good]):
        draw_levels(ax, x, y, np.where(good, values, np.nan), heights)
    artists: list[Artist] = []
    if mark is not None:
        options: dict[str, Any] = {"markersize": 11, "markeredgewidth": 2.2, "zorder": 4, "clip_on": False}
        ring = [withStroke(linewidth=4.5, foreground=style.PAPER)]
        artists += ax.plot(*mark, "o", color="none", markeredgecolor=style.INK, path_effects=ring, **options)
    return artists


def draw_levels(ax: Axes, x: np.ndarray, y: np.ndarray, values: np.ndarray, heights: list[float]) -> None:
    """Contours at these heights, each with its number where it can be read."""
    lines = ax.contour(x, y, values, heights, colors=style.PAPER, linewidths=1, zorder=2)
    spots = [spot for level in lines.allsegs if (spot := flattest(ax, level)) is not None]
    for text in ax.clabel(lines, fmt=number, fontsize=12 * style.PX, manual=spots):
        text.set_path_effects([withStroke(linewidth=2, foreground="#00000066")])


def inside(levels: Any, values: np.ndarray) -> list[float]:
    """The levels, rising, that lie among the values."""
    return sorted({float(level) for level in levels if values.size and values.min() < level < values.max()})


def grid_values(values: Any, x: Any, y: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, x, y = numbers("values", values, 2), numbers("x", x), numbers("y", y)
    for name, axis in (("x", x), ("y", y)):
        if len(axis) < 2 or not np.isfinite(axis).all() or not (np.diff(axis) > 0).all():
            validate.refuse_as(ValueError, name, f"of shape {axis.shape}", "be a rising list of at least two numbers")
    if values.shape != (len(y), len(x)):
        validate.refuse_as(ValueError, "values", f"of shape {values.shape}", f"have shape {(len(y), len(x))}, (y, x)")
    return values, x, y


def norm_of(values: np.ndarray, logv: bool) -> Normalize:
    seen = values[np.isfinite(values) & (values > 0 if logv else True)]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (1.0, 10.0)
    return LogNorm(low, high) if logv else Normalize(low, high)


def edges(centres: np.ndarray, log: bool) -> np.ndarray:
    """The borders of cells, halfway between their centres."""
    c = np.log(centres) if log else centres
    middle = (c[1:] + c[:-1]) / 2
    out = np.concatenate([[2 * c[0] - middle[0]], middle, [2 * c[-1] - middle[-1]]])
    return np.exp(out) if log else out


def say_diverged(ax: Axes, good: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """The word, in the middle of the widest run of lost cells."""
    lost = ~good
    room = np.zeros(lost.shape)
    for i, j in zip(*np.nonzero(lost)):
        left, right, down, up = lost[i, j::-1], lost[i, j:], lost[i::-1, j], lost[i:, j]
        reach = [len(run) if run.all() else run.argmin() for run in (left, right, down, up)]
        room[i, j] = min(reach[0], reach[1]) / lost.shape[1] * 3 + min(reach[2], reach[3]) / lost.shape[0]
    i, j = np.unravel_index(room.argmax(), room.shape)
    ax.annotate("diverged", (x[j], y[i]), ha="center", va="center", color=style.QUIET)


def flattest(ax: Axes, level: list[np.ndarray]) -> np.ndarray | None:
    """Where a number can be read on a contour: on its longest piece, where that runs level, away from its ends."""
    if not level:
        return None
    line = max((ax.transData.transform(piece) for piece in level if len(piece)), key=len, default=np.empty((0, 2)))
    if len(line) < 5:
        return None
    reach = max(len(line) // 12, 1)
    inner = np.arange(reach, len(line) - reach)
    across = line[inner + reach] - line[inner - reach]
    steep = np.abs(across[:, 1]) / np.maximum(np.linalg.norm(across, axis=1), 1e-9)
    off = np.abs(inner / (len(line) - 1) - 0.5)
    return ax.transData.inverted().transform(line[inner[(np.round(steep, 1) + 0.2 * off).argmin()]])


def heatmap_sentence(values: Any, x: Any, y: Any, xlabel: Any, ylabel: Any, label: Any, mark: Any, best: Any) -> str:
    good = np.isfinite(values)
    if not good.any():
        return f"All {values.size} settings diverged."
    pick = np.nanargmin if best == "lowest" else np.nanargmax
    i, j = np.unravel_index(pick(np.where(good, values, np.nan)), values.shape)
    text = f"The {best} {label} is {number(values[i, j])}, at {xlabel} = {number(x[j])} and {ylabel} = {number(y[i])}"
    if mark is not None:
        i, j = np.abs(y - mark[1]).argmin(), np.abs(x - mark[0]).argmin()
        value = number(values[i, j]) if good[i, j] else "lost: it diverged"
        text += f"; at the mark, {xlabel} = {number(mark[0])} and {ylabel} = {number(mark[1])}, it is {value}"
    lost = values.size - good.sum()
    return text + (f"; {lost} of {values.size} settings diverged." if lost else ".")
