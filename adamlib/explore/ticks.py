"""A few round numbers on an axis, the same for both painters."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from adamlib.explore.scene import Panel
from adamlib.numerals import number
from adamlib.plots.picture import extent, typeset

Tick = tuple[float, str]


def ticks_of(panel: Panel) -> tuple[list[Tick], list[Tick]]:
    """Where the numbers of the x axis and of the y axis stand, and what they say."""
    if panel.bare:
        return [], []
    x = _numbered(panel.xticks, panel.xlim, panel.xlog)
    return x, _numbered(panel.yticks, panel.ylim, panel.ylog)


def room_for(ticks: list[Tick]) -> float:
    """The room that the numbers of a y axis need, in CSS pixels."""
    return 18 + max((extent(text, 13)[0] for _, text in ticks), default=0.0)


def _numbered(wanted: Sequence[Any] | None, limits: tuple[float, float], log: bool) -> list[Tick]:
    if wanted is None:
        wanted = _decades(limits) if log else _round_numbers(limits)
    return [(float(one[0]), str(one[1])) if isinstance(one, tuple) else (float(one), _said(one, log)) for one in wanted]


def _round_numbers(limits: tuple[float, float]) -> list[float]:
    found = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(*limits)
    return [float(x) + 0.0 for x in found if limits[0] <= x <= limits[1]]


def _decades(limits: tuple[float, float], most: int = 5) -> list[float]:
    low, high = np.ceil(np.log10(limits[0]) - 1e-9), np.floor(np.log10(limits[1]) + 1e-9)
    step = max(1, int(np.ceil((high - low) / most)))
    return [float(10.0**k) for k in np.arange(high, low - 1, -step)[::-1]]


def _said(value: float, log: bool) -> str:
    text = number(value)
    if log and ("e" in text or value >= 1e4) and 10.0 ** round(np.log10(value)) == value:
        return typeset(f"1e{round(np.log10(value)):+03d}").removeprefix("1\u00a0×\u00a0")
    return typeset(text)
