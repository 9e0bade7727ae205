"""Many seeds in one picture: the median, and a band that holds most of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from adamlib import style, validate
from adamlib.numerals import amount, number
from adamlib.plots import labels as place
from adamlib.plots.arguments import drawing, numbers
from adamlib.plots.lines import draw_lines, end_labels, shown
from adamlib.plots.picture import Picture, finished
from adamlib.plots.runs import Curve, looks_of


@drawing
def bands(
    x: Any,
    curves: Any,
    quantiles: Any = (0.1, 0.9),
    xlabel: str = "step",
    ylabel: str = "loss",
    logx: bool = False,
    logy: bool = True,
    sentence: str | None = None,
    title: str | None = None,
) -> Picture:
    """The median over seeds, and the band that holds most of them.

    x : (T,), or None for 0, 1, 2, ...
    curves : dict from label to (S, T), one row for each seed
    quantiles : the lower and the upper edge of the band
    """
    x, spread = spread_of(x, curves, quantiles)
    fig = style.figure(350 + (26 if title else 0))
    ax = style.panel(fig, 58, 60 if title else 34, place.room(list(spread)), 46)
    draw_bands(ax, x, curves, quantiles, xlabel, logx, logy)
    style.head(ax, style.axis_name(ylabel, logy), title)
    return finished(fig, title, sentence, bands_sentence(x, curves, spread, quantiles, xlabel, ylabel))


@drawing
def draw_bands(
    ax: Axes, x: Any, curves: Any, quantiles: Any = (0.1, 0.9), xlabel: str = "step", logx: bool = False, logy: bool = True
) -> list[Artist]:
    """Draw `bands` on given axes. Returns the artists that move: a band for each label, then the lines and labels."""
    x, spread = spread_of(x, curves, quantiles)
    looks = looks_of(list(spread))
    lines = [Curve(name, x, rows[1], look) for (name, rows), look in zip(spread.items(), looks)]
    fills: list[Artist] = []
    for (low, _, high), look in zip(spread.values(), looks):
        low, high = shown(low, logy), shown(high, logy)
        fills.append(ax.fill_between(x, low, high, color=look.color, alpha=0.2, linewidth=0, zorder=1))
    edges = [Curve("", x, rows[i], look) for rows, look in zip(spread.values(), looks) for i in (0, 2)]
    artists = draw_lines(ax, lines, lines + edges, (), xlabel, logx, logy)
    return fills + artists + end_labels(ax, lines, logy, {})


def spread_of(x: Any, curves: Any, quantiles: tuple[float, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """x (T,), and for each label the lower edge, the median and the upper edge, (3, T). A lost seed counts as infinite."""
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError("curves is not allowed: curves must be a dict from label to an array (S, T)")
    out = {}
    for name, rows in curves.items():
        rows = numbers(f"curves[{name!r}]", rows, 2)
        x = np.arange(rows.shape[-1], dtype=float) if x is None else rising_places("x", x)
        if rows.ndim != 2 or not rows.size or rows.shape[1:] != x.shape:
            raise ValueError(f"curves[{name!r}] of shape {rows.shape} is not allowed: it must be (S, T), T the length of x")
        with np.errstate(all="ignore"):
            rows = np.where(np.isnan(rows), np.inf, rows)
            out[str(name)] = np.quantile(rows, [quantiles[0], 0.5, quantiles[1]], axis=0)
    return x, out


def rising_places(name: str, value: Any) -> np.ndarray:
    """Where a curve stands, (T,): finite numbers that do not fall."""
    x = numbers(name, value)
    if not np.isfinite(x).all() or (np.diff(x) < 0).any():
        validate.refuse_as(ValueError, name, f"of shape {x.shape}", "be finite numbers that do not fall")
    return x


def bands_sentence(x: Any, curves: Any, spread: Any, quantiles: Any, xlabel: str, ylabel: str) -> str:
    seeds = sorted({len(rows) for rows in curves.values()})
    count = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    last = ", ".join(
        f"{name} {amount(rows[1, -1])} ({amount(rows[0, -1])} to {amount(rows[2, -1])})" for name, rows in spread.items()
    )
    share = number(100 * (quantiles[1] - quantiles[0]))
    return f"The median {ylabel} of {count} seeds at {xlabel} {number(x[-1], 6)}, and the range of the middle {share} %: {last}."
