"""Bars, and the sensitivity to the learning rate."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from adamlib import style, validate
from adamlib.numerals import number
from adamlib.plots import labels as place
from adamlib.plots.arguments import drawing, numbers
from adamlib.plots.lines import few_ticks
from adamlib.plots.picture import Picture, finished, listed, typeset
from adamlib.plots.runs import looks_of

CROSS_ROW = 13  # CSS pixels for one line of crosses


@drawing
def bars(
    values: Any,
    labels: Any = None,
    x: Any = None,
    xlabel: str | None = None,
    ylabel: str = "weight",
    like: str = "Adam",
    mark: Any = None,
    sentence: str | None = None,
    title: str | None = None,
) -> Picture:
    """Bars from a common floor: the weights of an average, the moments of a step.

    values : (n,), or a dict from label to (n,) for bars side by side
    labels : a text under each bar; or x : a number (n,) for each, 0, 1, 2, ... where None
    like : the optimizer whose colour the bars have
    mark : the place of one bar that matters; the others turn pale
    """
    groups = grouped(values)
    fig = style.figure(300 + (26 if title else 0))
    ax = style.panel(fig, 58, 60 if title else 34, place.room(list(groups)) if len(groups) > 1 else 18, 46 if xlabel else 32)
    draw_bars(ax, values, labels, x, xlabel, like, mark)
    style.head(ax, ylabel, title)
    return finished(fig, title, sentence, bars_sentence(groups, labels, places(groups, labels, x), xlabel))


@drawing
def draw_bars(
    ax: Axes,
    values: Any,
    labels: Any = None,
    x: Any = None,
    xlabel: str | None = None,
    like: str = "Adam",
    mark: int | None = None,
) -> list[Artist]:
    """Draw `bars` on given axes. Returns the bars, label after label."""
    groups = grouped(values)
    at = places(groups, labels, x)
    n = len(at)
    pitch = float(np.diff(at).min()) if n > 1 else 1.0
    width = (0.72 if len(groups) == 1 else 0.8 / len(groups)) * pitch
    looks = [style.look(like)] if len(groups) == 1 else looks_of(list(groups))
    artists: list[Artist] = []
    for k, (row, look) in enumerate(zip(groups.values(), looks)):
        here = at + (k - (len(groups) - 1) / 2) * width
        colors = [look.color if mark is None or i == mark else style.mixed(look.color, style.PAPER, 0.6) for i in range(n)]
        drawn = ax.bar(here, np.where(np.isfinite(row), row, 0), width * (1 if len(groups) == 1 else 0.9), color=colors)
        artists += drawn.patches
        if n * len(groups) <= 12:
            for place_, value in zip(here, row):
                up = not value < 0
                offset = (0, 3 if up else -3)
                text = typeset(number(value)) if np.isfinite(value) else "diverged"
                spot = (place_, value if np.isfinite(value) else 0)
                ax.annotate(
                    text, spot, offset, textcoords="offset points", ha="center", va="bottom" if up else "top", color=look.ink
                )
    ax.axhline(0, color=style.HAIR, linewidth=0.8)
    ax.margins(x=0.02, y=0.1)
    ax.set_xlabel(xlabel or "")
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    if labels is not None:
        ax.set_xticks(at, labels, parse_math=False)
        ax.tick_params(axis="x", length=0)
    else:
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    if len(groups) > 1:
        ends = [(at[-1] + pitch / 2, row[-1], name, look.ink) for (name, row), look in zip(groups.items(), looks)]
        place.at_ends(ax, ends)
    return artists


def grouped(values: Any) -> dict[str, np.ndarray]:
    groups = (
        {str(k): numbers(f"values[{k!r}]", v) for k, v in values.items()}
        if isinstance(values, Mapping)
        else {"": numbers("values", values)}
    )
    shapes = {row.shape for row in groups.values()}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 1 or not shape[0]:
        raise ValueError("values is not allowed: values must be a list of numbers, or a dict of lists of one length")
    return groups


def places(groups: dict[str, np.ndarray], labels: Any, x: Any) -> np.ndarray:
    n = len(next(iter(groups.values())))
    if labels is not None and (isinstance(labels, str) or len(labels) != n):
        validate.refuse(ValueError, "labels", labels, f"one text for each of the {n} bars")
    at = np.arange(n, dtype=float) if x is None else numbers("x", x)
    if at.shape != (n,) or not (np.isfinite(at).all() and (np.diff(at) > 0).all()):
        validate.refuse_as(ValueError, "x", f"of shape {at.shape}", f"have shape ({n},), a rising number for each bar")
    return at


def bars_sentence(groups: dict[str, np.ndarray], labels: Any, at: np.ndarray, xlabel: str | None) -> str:
    if labels is not None and len(labels) <= 8:
        rows = [
            f"{name} " * bool(name) + ", ".join(f"{number(v)} ({t})" for v, t in zip(row, labels)) for name, row in groups.items()
        ]
        return "; ".join(rows).strip() + "."
    return "; ".join(f"{name}: " * bool(name) + totalled(row, labels, at, xlabel) for name, row in groups.items()) + "."


def totalled(row: np.ndarray, labels: Any, at: np.ndarray, xlabel: str | None) -> str:
    """`40 bars, 0.985 in all, the largest 0.1 (steps ago = 0)`"""
    largest = np.where(np.isfinite(row), row, -np.inf).argmax()
    where = labels[largest] if labels is not None else f"{xlabel or 'place'} = {number(at[largest], 6)}"
    return f"{len(row)} bars, {number(row.sum())} in all, the largest {number(row[largest])} ({where})"


@drawing
def sensitivity(
    rates: Any,
    curves: Any,
    xlabel: str = "lr",
    ylabel: str = "steps until below the tolerance",
    sentence: str | None = None,
    title: str | None = None,
    mark: Any = None,
) -> Picture:
    """Steps to a tolerance over the learning rate: to touch it (hollow), and to stay below it (filled).

    rates : (n,), rising
    curves : dict from label to (touch, settle), two arrays (n,); nan where a run never got there
    mark : dict from label to a rate to point at, or None
    """
    rates, pairs = rates_and_curves(rates, curves)
    up = CROSS_ROW * len(pairs) + 8
    fig = style.figure(390 + up + (26 if title else 0))
    ax = style.panel(fig, 58, up + (60 if title else 34), place.room(list(pairs)), 46)
    draw_sensitivity(ax, rates, curves, xlabel, mark)
    style.head(ax, f"{ylabel}: hollow to touch, filled to stay", title, up)
    return finished(fig, title, sentence, sensitivity_sentence(rates, pairs, xlabel))


@drawing
def draw_sensitivity(ax: Axes, rates: Any, curves: Any, xlabel: str = "lr", mark: dict[str, float] | None = None) -> list[Artist]:
    """Draw `sensitivity` on given axes. Returns for each label the touching and the settling line and the crosses."""
    rates, pairs = rates_and_curves(rates, curves)
    looks = looks_of(list(pairs))
    height = ax.bbox.height * 100 / ax.figure.dpi
    ax.set(xscale="log", yscale="log", xlabel=style.axis_name(xlabel, True))
    artists: list[Artist] = []
    for i, ((name, (touch, settle)), look) in enumerate(zip(pairs.items(), looks)):
        hollow: dict[str, Any] = {
            "markerfacecolor": style.PAPER,
            "markeredgecolor": look.color,
            "markeredgewidth": 1,
            "markersize": 5,
        }
        pale = style.mixed(look.color, style.PAPER, 0.45)
        artists += ax.plot(rates, touch, look.marker, color=pale, linestyle="-", linewidth=1, **hollow, zorder=3)
        filled: dict[str, Any] = {"markeredgecolor": style.PAPER, "markeredgewidth": 0.8, "markersize": 7}
        artists += ax.plot(rates, settle, look.marker, **look.line, **filled, zorder=4)
        never = rates[np.isnan(settle)]
        row = np.full(len(never), 1 + (CROSS_ROW * (len(pairs) - i - 0.3) + 4) / height)
        options: dict[str, Any] = {"color": look.color, "markersize": 4.5, "markeredgewidth": 1.2, "clip_on": False}
        artists += ax.plot(never, row, "x", transform=ax.get_xaxis_transform(), **options)
        if np.isnan(settle).all() and np.isnan(touch).all():
            ax.annotate(name, (1, row[0]), (6, 0), "axes fraction", "offset points", color=look.ink, va="center")
    if any(np.isnan(settle).any() for _, settle in pairs.values()):
        at = (0, 1 + (CROSS_ROW * (len(pairs) / 2 + 0.2) + 4) / height)
        ax.annotate("never", at, (-6, 0), "axes fraction", "offset points", color=style.QUIET, ha="right", va="center")
    seen = np.concatenate([part for both in pairs.values() for part in both])
    if np.isfinite(seen).any():
        ax.set_ylim(max(np.nanmin(seen), 1) / 1.5, np.nanmax(seen) * 1.5)
    ax.set_xlim(rates[0] / 1.1, rates[-1] * 1.1)
    few_ticks(ax)
    seen_names = [name for name, both in pairs.items() if np.isfinite(both).any()]
    drawn = [np.stack([rates, pairs[name][int(np.isfinite(pairs[name][1]).any())]], axis=1) for name in seen_names]
    crowd = np.vstack([np.stack([rates, part], axis=1) for both in pairs.values() for part in both])
    inks = [look.ink for name, look in zip(pairs, looks) if name in seen_names]
    place.on_paths(ax, drawn, seen_names, inks, crowd[np.isfinite(crowd).all(axis=1)])
    for name, rate in (mark or {}).items():
        if name not in pairs or not 0 < validate.real("mark", rate) < np.inf:
            validate.refuse_as(ValueError, "mark", f"= {mark!r:.200}", f"give a rate above 0 for some of {', '.join(pairs)}")
        ring(ax, *spot(list(pairs), name, rates, pairs[name], rate, height))
    return artists


def spot(
    names: list[str], name: str, rates: np.ndarray, pair: tuple[Any, ...], rate: float, height: float
) -> tuple[float, float, bool]:
    """Where a rate stands: on the settling curve, else on the touching one, else (True) in the row of crosses above."""
    i = int(np.abs(np.log(rates / rate)).argmin())
    known = [float(part[i]) for part in pair[::-1] if np.isfinite(part[i])]
    row = 1 + (CROSS_ROW * (len(names) - names.index(name) - 0.3) + 4) / height
    return float(rates[i]), known[0] if known else row, not known


def ring(ax: Axes, x: float, y: float, above: bool = False) -> list[Artist]:
    """A ring around one point; `above` the axes y is a share of their height."""
    options: dict[str, Any] = {"markerfacecolor": "none", "markersize": 12, "zorder": 8, "clip_on": False}
    if above:
        options["transform"] = ax.get_xaxis_transform()
    edges: list[dict[str, Any]] = [
        {"markeredgecolor": color, "markeredgewidth": wide} for color, wide in ((style.PAPER, 4.5), (style.INK, 2))
    ]
    return [ax.plot([x], [y], "o", **options, **edge)[0] for edge in edges]


def rates_and_curves(rates: Any, curves: Any) -> tuple[np.ndarray, dict[str, tuple[np.ndarray, np.ndarray]]]:
    rates = numbers("rates", rates)
    if (
        rates.ndim != 1
        or len(rates) < 2
        or not (rates > 0).all()
        or not np.isfinite(rates).all()
        or not (np.diff(rates) > 0).all()
    ):
        validate.refuse_as(ValueError, "rates", f"of shape {rates.shape}", "be a rising list of numbers above 0")
    if not isinstance(curves, Mapping) or not curves:
        raise TypeError("curves is not allowed: curves must be a dict from label to (touch, settle)")
    pairs = {}
    for name, both in curves.items():
        if not isinstance(both, (tuple, list)):
            raise TypeError(f"curves[{name!r}] is not allowed: it must be two arrays of shape {rates.shape}, touch and settle")
        parts = [numbers(f"curves[{name!r}]", part) for part in both]
        if len(parts) != 2 or any(part.shape != rates.shape for part in parts):
            raise ValueError(f"curves[{name!r}] is not allowed: it must be two arrays of shape {rates.shape}, touch and settle")
        touch, settle = (np.where(np.isfinite(part), part, np.nan) for part in parts)
        pairs[str(name)] = touch, settle
    return rates, pairs


def sensitivity_sentence(rates: np.ndarray, pairs: dict[str, Any], xlabel: str) -> str:
    def fewest(steps: np.ndarray) -> str:
        if np.isnan(steps).all():
            return "never"
        return f"{number(np.nanmin(steps), 6)} at {xlabel} {number(rates[np.nanargmin(steps)])}"

    touch = listed([f"{name} {fewest(both[0])}" for name, both in pairs.items()])
    stay = listed([f"{name} {fewest(both[1])}" for name, both in pairs.items()])
    return f"Fewest steps to stay: {stay}. To touch: {touch}."
