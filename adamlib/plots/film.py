"""What a film of a race shows: the landscape and the map, the numbers above them, the line of time below; and how it moves."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from mpl_toolkits.mplot3d import Axes3D

from adamlib import style
from adamlib.numerals import amount
from adamlib.plots.picture import extent, typeset
from adamlib.plots.plane import common_and_names, draw_paths
from adamlib.plots.runs import Run
from adamlib.plots.surface import BETWEEN, draw_surface
from adamlib.problems.problem import Problem

HEAD, PANELS, FOOT = 50, 322, 26  # CSS pixels: each row of numbers, the panels, the line of time

Move = Callable[[int], None]


def until(run: Run, step: int) -> Run:
    """What there is of a run after `step` steps."""
    n = max(int(np.searchsorted(run.t, step, side="right")), 1)
    return run._replace(t=run.t[:n], theta=run.theta[:n], loss=run.loss[:n])


def layout(n: int) -> tuple[Figure, Axes3D, Axes]:
    """The figure for n runs, two to a row of numbers, with its two panels: the landscape and the map."""
    top = HEAD * ((n + 1) // 2)
    high = top + PANELS + FOOT
    fig = style.figure(high)
    land = fig.add_axes((8 / 700, (FOOT - 14) / high, 376 / 700, 352 / high), projection="3d")
    return fig, land, style.panel(fig, 424, top + 12, 16, FOOT + 30)


def film_stage(runs: list[Run], problem: Problem, window: np.ndarray, view: tuple[Any, ...]) -> tuple[Figure, list[Artist], Move]:
    """The figure, what moves in it in the order in which it is drawn, and a function that moves it to a step."""
    fig, land, plan = layout(len(runs))
    on_land: list[Any] = draw_surface(land, runs, problem=problem, window=window.T, view=view)
    on_plan: list[Any] = draw_paths(plan, runs, problem=problem, window=window.T)
    names = on_plan[2 * len(runs) :]
    lines = sorted((line for ax in (land, plan) for line in ax.lines if line.zorder >= 4), key=lambda line: line.zorder)
    follow = [walker(*on_land[3 * i : 3 * i + 3], *on_plan[2 * i : 2 * i + 2]) for i in range(len(runs))]
    texts, tell = scoreboard(fig, runs, problem, window)
    last = max(int(run.t[-1]) for run in runs)
    bar, fill = timeline(fig, last)

    def move(step: int) -> None:
        for run, walk in zip(runs, follow):
            walk(len(until(run, step).t) - 1)
        for name in names:
            name.set_visible(step == last)
        tell(step)
        fill(step)

    return fig, [*lines, *names, *texts, bar], move


def walker(whole: Any, clear: Any, peak: Any, line: Any, dot: Any) -> Move:
    """Shows one run up to row k: two lines and a mark on the landscape, a line and a mark on the map."""
    path, seen, plan = (np.array(part) for part in (whole.get_data_3d(), clear.get_data_3d(), line.get_data()))

    def walk(k: int) -> None:
        fine = k * BETWEEN
        whole.set_data_3d(path[:, : fine + 1])
        clear.set_data_3d(seen[:, : fine + 1])
        line.set_data(plan[:, : k + 1])
        peak.set_data_3d(path[:, fine : fine + 1])
        dot.set_data(plan[:, k : k + 1])

    return walk


def scoreboard(fig: Figure, runs: list[Run], problem: Problem, window: np.ndarray) -> tuple[list[Text], Move]:
    """Above the panels the step, and the mark, the name and the loss of each run."""
    wide, high = 100 * fig.get_size_inches()

    def write(x: float, y: float, text: str, size: float, **font: Any) -> Text:
        at = x / wide, 1 - y / high
        return fig.text(*at, text, size=size * style.PX, va="center_baseline", parse_math=False, **font)

    write(16, 18, problem.name, 15, color=style.QUIET)
    count = write(16, 42, "", 22, weight="bold")
    fates = []
    for i, (run, name) in enumerate(zip(runs, common_and_names(runs)[1])):
        x, y = 176 + 264 * (i % 2), 18 + HEAD * (i // 2)
        mark: dict[str, Any] = {"color": run.look.color, "marker": run.look.marker, "markersize": 9}
        fig.add_artist(Line2D([x / wide], [1 - (y + 12) / high], **mark))
        shown = typeset(name)
        write(x + 16, y, shown, fitting_size(shown, 17), color=run.look.ink)
        fates.append(write(x + 16, y + 24, "", 19, color=run.look.ink, weight="bold"))

    def tell(step: int) -> None:
        count.set_text(f"step {step}")
        for run, text in zip(runs, fates):
            text.set_text(loss_in_words(until(run, step), step, window))
            text.set_fontsize(fitting_size(text.get_text(), 19, weight="bold") * style.PX)

    return [count, *fates], tell


def fitting_size(text: str, px: float, room: float = 228, **font: Any) -> float:
    """The size, at most `px`, at which a text is no wider than `room`."""
    return min(px, px * room / max(extent(text, px, **font)[0], 1))


def loss_in_words(run: Run, step: int, window: np.ndarray) -> str:
    """How a run stands: `loss 2.12`, and what has to be said besides."""
    if run.diverged is not None:
        return f"diverged at step {run.diverged}"
    inside = ((run.theta[-1] >= window[0]) & (run.theta[-1] <= window[1])).all()
    ended = f" at step {run.t[-1]}" if run.t[-1] < step else ""
    return typeset(f"loss {amount(run.loss[-1])}{'' if inside else ', outside'}{ended}")


def timeline(fig: Figure, last: int) -> tuple[Line2D, Move]:
    """A line along the foot, filled as far as the steps have gone: it shows where the film hurries."""
    wide, high = 100 * fig.get_size_inches()
    left, right, y = 16 / wide, 1 - 16 / wide, 12 / high
    fig.add_artist(Line2D([left, right], [y, y], color=style.GHOST))
    bar = Line2D([], [], color=style.INK)
    fig.add_artist(bar)
    return bar, lambda step: bar.set_data([left, left + (right - left) * step / last], [y, y])
