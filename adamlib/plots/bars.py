"""Bars from a common floor."""

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
from adamlib.plots.picture import Picture, finish_picture, typeset
from adamlib.plots.runs import looks_of


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
    labels : a text under each bar; None for numbers
    x : (n,), rising, a number under each bar; None for 0, 1, 2, ...
    xlabel, ylabel : what the axes say
    like : the optimizer whose colour the bars have; where every label names a rule, each bar has its own rule's
    mark : the place of one bar that matters; the others turn pale
    sentence : stands under the picture, and replaces the one made from the values
    title : says the message

    Returns a Picture. Raises ValueError or TypeError that names the field, the value and what is allowed.
    """
    groups = bar_groups(values)
    right = place.room(list(groups)) if len(groups) > 1 else 18
    fig, ax = style.titled_panel(300, 58, right, 46 if xlabel else 32, title)
    draw_bars(ax, values, labels, x, xlabel, like, mark)
    style.head(ax, ylabel, title)
    return finish_picture(fig, title, sentence, bars_sentence(groups, labels, bar_places(groups, labels, x), xlabel))


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
    groups = bar_groups(values)
    at = bar_places(groups, labels, x)
    n, alone = len(at), len(groups) == 1
    pitch = float(np.diff(at).min()) if n > 1 else 1.0
    width = (0.72 if alone else 0.8 / len(groups)) * pitch
    looks = [bar_looks(labels, like, n)] if alone else [[look] * n for look in looks_of(list(groups))]
    artists: list[Artist] = []
    for k, (row, worn) in enumerate(zip(groups.values(), looks)):
        here = at + (k - (len(groups) - 1) / 2) * width
        colors = [bar_color(look, mark in (None, i)) for i, look in enumerate(worn)]
        artists += ax.bar(here, np.where(np.isfinite(row), row, 0), width * (1 if alone else 0.9), color=colors).patches
        if n * len(groups) <= 12:
            write_values(ax, here, row, worn)
    set_bar_axes(ax, at, labels, xlabel)
    if not alone:
        ends = [(at[-1] + pitch / 2, row[-1], name, worn[-1].ink) for (name, row), worn in zip(groups.items(), looks)]
        place.at_ends(ax, ends)
    return artists


def bar_looks(labels: Any, like: str, n: int) -> list[style.Look]:
    """Each bar's own rule's look where every label names one, else that of `like` for all."""
    names = [style.SPOKEN.get(str(name), str(name)) for name in ([] if labels is None else labels)]
    own = bool(names) and all(name in style.LOOKS for name in names)
    return [style.look(name) for name in names] if own else [style.look(like)] * n


def bar_color(look: style.Look, strong: bool) -> str:
    return look.color if strong else style.mixed(look.color, style.PAPER, 0.6)


def write_values(ax: Axes, at: np.ndarray, row: np.ndarray, looks: list[style.Look]) -> None:
    """The value of each bar at its end."""
    for x, value, look in zip(at, row, looks):
        side: dict[str, Any] = {"va": "bottom", "xytext": (0, 3)} if not value < 0 else {"va": "top", "xytext": (0, -3)}
        text, y = (typeset(number(value)), value) if np.isfinite(value) else ("diverged", 0)
        ax.annotate(text, (x, y), textcoords="offset points", ha="center", color=look.ink, **side)


def set_bar_axes(ax: Axes, at: np.ndarray, labels: Any, xlabel: str | None) -> None:
    """The floor, and what stands under it and beside."""
    ax.axhline(0, color=style.HAIR, linewidth=0.8)
    ax.margins(x=0.02, y=0.1)
    ax.set_xlabel(xlabel or "")
    ax.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    if labels is None:
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    else:
        ax.set_xticks(at, labels, parse_math=False)
        ax.tick_params(axis="x", length=0)


def bar_groups(values: Any) -> dict[str, np.ndarray]:
    """The rows of bars by their label; "" for a row alone."""
    if not isinstance(values, Mapping):
        return {"": numbers("values", values)}
    groups = {str(k): numbers(f"values[{k!r}]", v) for k, v in values.items()}
    if len({row.shape for row in groups.values()}) != 1:
        raise ValueError("values is not allowed: values must be a list of numbers, or a dict of lists of one length")
    return groups


def bar_places(groups: dict[str, np.ndarray], labels: Any, x: Any) -> np.ndarray:
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
    return "; ".join(f"{name}: " * bool(name) + total_in_words(row, labels, at, xlabel) for name, row in groups.items()) + "."


def total_in_words(row: np.ndarray, labels: Any, at: np.ndarray, xlabel: str | None) -> str:
    """`40 bars, 0.985 in all, the largest 0.1 (steps ago = 0)`"""
    largest = np.where(np.isfinite(row), row, -np.inf).argmax()
    where = labels[largest] if labels is not None else f"{xlabel or 'place'} = {number(at[largest], 6)}"
    return f"{len(row)} bars, {number(row.sum())} in all, the largest {number(row[largest])} ({where})"
