"""A quantity over two hyperparameters, as a map."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from adamlib import style, validate
from adamlib.numerals import number
from adamlib.plots.arguments import drawing, numbers
from adamlib.plots.picture import Picture, finished, render, typeset


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
    label : what the quantity is called
    logx, logy, logv : logarithmic axes, logarithmic colours
    mark : a point (x, y) to point at
    levels : values at which to draw labelled contours
    best : "lowest" or "highest", the cell that the sentence names
    """
    values, x, y = grid_values(values, x, y)
    validate.choice("best", best, ("lowest", "highest"))
    fig = style.figure(410 + (26 if title else 0))
    ax = style.panel(fig, 62, 60 if title else 34, 96, 48)
    draw_heatmap(ax, values, x, y, xlabel, logx=logx, logy=logy, mark=mark, levels=levels, logv=logv)
    style.head(ax, style.axis_name(ylabel, logy), title)
    width = style.width_now()
    bar = fig.add_axes((1 - 78 / width, ax.get_position().y0, 11 / width, ax.get_position().height))
    fig.colorbar(ScalarMappable(norm_of(values, logv), style.MAP), cax=bar)
    bar.annotate(
        label,
        (1, 1),
        (58 * style.PX, 9 * style.PX),
        "axes fraction",
        "offset points",
        color=style.QUIET,
        ha="right",
        parse_math=False,
    )
    for spine in bar.spines.values():
        spine.set_visible(False)
    return finished(fig, title, sentence, heatmap_sentence(values, x, y, xlabel, ylabel, label, mark, best))


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
    norm: Any = None,
) -> list[Artist]:
    """Draw `heatmap` on given axes. Returns the artists that move: the mark, where there is one.

    norm : the scale of the colours, where it is shared with other maps; these leave no room for the word "diverged"
    """
    values, x, y = grid_values(values, x, y)
    good, alone = np.isfinite(values), norm is None
    norm = norm_of(values, logv) if alone else norm
    ax.set_facecolor(style.DIVERGED)
    ax.set(xscale="log" if logx else "linear", yscale="log" if logy else "linear", xlabel=style.axis_name(xlabel, logx))
    ax.pcolormesh(edges(x, logx), edges(y, logy), np.ma.array(values, mask=~good), norm=norm, cmap=style.MAP, zorder=0)
    if alone and not good.all():
        say_diverged(ax, good, x, y)
    if levels is not None and inside(levels, values[good]):
        lines = ax.contour(
            x, y, np.where(good, values, np.nan), inside(levels, values[good]), colors=style.PAPER, linewidths=1, zorder=2
        )
        spots = [spot for level in lines.allsegs if (spot := flattest(ax, level)) is not None]
        for text in ax.clabel(lines, fmt=number, fontsize=12 * style.PX, manual=spots):
            text.set_path_effects([withStroke(linewidth=2, foreground="#00000066")])
    artists: list[Artist] = []
    if mark is not None:
        options: dict[str, Any] = {"markersize": 11, "markeredgewidth": 2.2, "zorder": 4, "clip_on": False}
        ring = [withStroke(linewidth=4.5, foreground=style.PAPER)]
        artists += ax.plot(*mark, "o", color="none", markeredgecolor=style.INK, path_effects=ring, **options)
    return artists


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


@drawing
def heatmaps(
    maps: Any, xlabel: str, ylabel: str, label: str, lines: Any = None, span: float | None = None, sentence: str | None = None
) -> Picture:
    """Maps side by side in one scale of colours, both axes logarithmic.

    maps : dict from title to (values, x, y), each as in `heatmap`
    label : what the quantity is called
    lines : dict from title to (x, y), a line to draw on that map; None for none
    span : values more than this above the lowest have the last colour; None shows all
    """
    parts = {str(name): grid_values(*triple(f"maps[{name!r}]", part)) for name, part in maps.items()}
    drawn = {str(name): line for name, line in (lines or {}).items()}
    if strangers := sorted(drawn.keys() - parts.keys()):
        validate.refuse_as(ValueError, "lines", f"of {', '.join(map(repr, strangers))}", "be for titles of maps")
    flat = np.concatenate([values[np.isfinite(values)] for values, _, _ in parts.values()])
    norm = norm_of(flat if span is None or not flat.size else flat.min() + np.array([0, span]), False)
    fig = style.figure(340)
    left, gap, bar = 44, 46, 62
    wide = (style.WIDTH - left - bar - gap * (len(parts) - 1)) / len(parts)
    for i, (name, (values, x, y)) in enumerate(parts.items()):
        at = left + i * (wide + gap)
        ax = style.panel(fig, at, 60, style.WIDTH - at - wide, 46)
        draw_heatmap(ax, values, x, y, xlabel, logx=True, logy=True, norm=norm)
        for axis, ends in ((ax.xaxis, x), (ax.yaxis, y)):
            narrow = ends[-1] < 15 * ends[0]
            axis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,), numticks=4))
            axis.set_minor_locator(NullLocator())
            if narrow:
                axis.set_major_formatter(FuncFormatter(lambda value, _: typeset(number(value))))
        if name in drawn:
            ring = [withStroke(linewidth=4, foreground=style.PAPER)]
            ax.plot(*drawn[name], color=style.INK, marker="o", markersize=4, linewidth=1.6, path_effects=ring, zorder=5)
        style.head(ax, ylabel, name)
    scale = fig.add_axes((1 - 50 / style.WIDTH, ax.get_position().y0, 11 / style.WIDTH, ax.get_position().height))
    fig.colorbar(ScalarMappable(norm, style.MAP), cax=scale, extend="neither" if span is None else "max", extendfrac=0.03)
    scale.annotate(
        label,
        (1, 1),
        (36 * style.PX, 9 * style.PX),
        "axes fraction",
        "offset points",
        color=style.QUIET,
        ha="right",
        parse_math=False,
    )
    for spine in scale.spines.values():
        spine.set_visible(False)
    return render(fig, sentence or heatmaps_sentence(parts, xlabel, ylabel, label))


def triple(name: str, part: Any) -> tuple[Any, ...]:
    if not isinstance(part, (tuple, list)) or len(part) != 3:
        raise TypeError(f"{name} is not allowed: {name} must be (values, x, y)")
    return tuple(part)


def heatmaps_sentence(parts: dict[str, Any], xlabel: str, ylabel: str, label: str) -> str:
    told = []
    for name, (values, x, y) in parts.items():
        if not np.isfinite(values).any():
            told.append(f"all diverged for {name}")
            continue
        i, j = np.unravel_index(np.nanargmin(np.where(np.isfinite(values), values, np.nan)), values.shape)
        lost = int((~np.isfinite(values)).sum())
        where = f"{number(values[i, j])} for {name}, at {xlabel} = {number(x[j])} and {ylabel} = {number(y[i])}"
        told.append(where + (f" ({lost} of {values.size} diverged)" if lost else ""))
    return f"The lowest {label}: {'; '.join(told)}."
