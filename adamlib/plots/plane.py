"""Pictures of a surface over two coordinates and of paths on it."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from adamlib import style, validate
from adamlib.numerals import amount, number
from adamlib.plots import labels as place
from adamlib.plots.arguments import HUGE, drawing
from adamlib.plots.picture import Picture, finish_picture, join_parts
from adamlib.plots.runs import Run, members, with_emphasis
from adamlib.problems.problem import Problem

FAR = 1  # a path is drawn until it is this many windows from the middle


@drawing
def paths(
    runs: Any,
    labels: Any = None,
    problem: Problem | None = None,
    window: Any = None,
    title: str | None = None,
    sentence: str | None = None,
    strong: str | None = None,
) -> Picture:
    """Paths over the contours of the loss: where each started, walked and ended.

    runs : a trajectory, a sweep, arrays (T, 2), or a list or dict of them
    labels : one text for each run; None takes the optimizer's name and the settings that vary
    problem : whose contours; None takes that of the runs
    window : ((x0, x1), (y0, y1)), shown exactly; None shows the problem's own, widened so that both axes have one scale
    sentence : replaces the one made from the losses
    title, strong : as `curves`

    Returns a Picture. Raises as `curves`, and ValueError for a problem that has not two parameters.
    """
    runs = with_emphasis(members(runs, labels, problem), strong)
    fig = style.figure(442 + (24 if title else 0))
    ax = style.panel(fig, 40, 38 if title else 14, 16, 32)
    draw_paths(ax, runs, problem=problem, window=window)
    style.head(ax, title=title)
    return finish_picture(fig, title, sentence, paths_sentence(runs, problem_of(runs, problem), limits(ax)))


@drawing
def draw_paths(ax: Axes, runs: Any, labels: Any = None, problem: Problem | None = None, window: Any = None) -> list[Artist]:
    """Draw `paths` on given axes. Returns the artists that move: a line and an end mark for each run, then the labels."""
    runs = as_runs(runs, labels, problem)
    problem = problem_of(runs, problem)
    draw_contours(ax, problem, seen_window(ax, runs, problem, window))
    drawn = [drawable_part(run.theta, limits(ax)) for run in runs]
    artists: list[Artist] = []
    for run, path in zip(runs, drawn):
        artists += draw_path(ax, run, path)
    starts = np.unique([run.theta[0] for run in runs], axis=0)
    ax.plot(*starts.T, "o", color=style.PAPER, markeredgecolor=style.INK, markeredgewidth=1.6, markersize=7, zorder=7)
    if problem.minimum is not None:
        best = np.atleast_2d(problem.minimum)
        ax.plot(*best.T, "*", color=style.INK, markeredgecolor=style.PAPER, markeredgewidth=1, markersize=15, zorder=4)
        starts = np.vstack([starts, best])
    ends = [path[-1:] for path in drawn if len(path)]
    if len(runs) > 1 or runs[0].trajectory is not None:
        words = [run.label + (", diverged" if run.diverged is not None else "") for run in runs]
        artists += place.on_paths(ax, drawn, words, [run.look.ink for run in runs], np.vstack([starts, *ends]))
    return artists


def draw_path(ax: Axes, run: Run, path: np.ndarray) -> list[Artist]:
    """One line, a dot at each step where they are few, a mark at the end."""
    few = len(path) <= 61
    dots: dict[str, Any] = {"marker": ".", "markersize": 5, "markeredgewidth": 0} if few else {}
    (line,) = ax.plot(*path.T, **run.look.line, **dots, zorder=5, linewidth=1.6 if few else 2)
    end = path[-1:] if len(path) == len(run.theta) and np.isfinite(path).all() else np.full((1, 2), np.nan)
    (mark,) = ax.plot(
        *end.T, run.look.marker, color=run.look.color, markeredgecolor=style.PAPER, markeredgewidth=1, markersize=8.5, zorder=8
    )
    return [line, mark]


def as_runs(runs: Any, labels: Any = None, problem: Any = None) -> list[Run]:
    made = isinstance(runs, list) and all(isinstance(run, Run) for run in runs)
    return runs if made and runs else members(runs, labels, problem)


def problem_of(runs: list[Run], problem: Problem | None) -> Problem:
    """The problem given, or that of the first trajectory."""
    found = problem or next(run.trajectory.problem for run in runs if run.trajectory is not None)
    if found.dim != 2:
        validate.refuse_as(ValueError, "problem", f"with {found.dim} parameters", "have 2 to be drawn as a map")
    return found


def limits(ax: Axes) -> np.ndarray:
    """The corners ((x0, y0), (x1, y1)) of what the axes show."""
    return np.array([ax.get_xlim(), ax.get_ylim()]).T


def seen_window(ax: Axes, runs: list[Run], problem: Problem, window: Any) -> np.ndarray:
    """The window as corners; where it was not given, widened to the shape of the axes."""
    if window is not None:
        return np.array(window, float).T
    if problem.window is not None:
        box = np.array(problem.window, float).T
    else:
        points = np.vstack([run.theta[np.isfinite(run.theta).all(axis=1)] for run in runs])
        box = np.array([points.min(axis=0), points.max(axis=0)])
        box += np.array([[-0.1], [0.1]]) * np.maximum(np.ptp(box, axis=0), 1e-9)
    size = np.ptp(box, axis=0)
    shape = np.array([ax.bbox.width, ax.bbox.height])
    wide = shape * (size / shape).max()
    return box + np.array([[-0.5], [0.5]]) * (wide - size) if (wide < 2 * size).all() else box


def drawable_part(path: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The path until it is lost or far away; its last stretch is shortened so that it can be drawn."""
    centre, span = window.mean(axis=0), np.ptp(window, axis=0)
    with np.errstate(all="ignore"):
        far = ~(np.abs(path - centre) < FAR * span).all(axis=1)
    if not far.any() or not (gone := int(far.argmax())):
        return path[: len(path) if not far.any() else 0]
    here, there = path[gone - 1], path[gone]
    if not np.isfinite(there).all():
        return path[:gone]
    stride = there / 2 - here / 2
    share = min(1.0, 10 * float((span / np.maximum(np.abs(stride), 1e-300)).min()))
    return np.vstack([path[:gone], here + 2 * share * stride])


def draw_contours(ax: Axes, problem: Problem, window: np.ndarray, n: int = 241, named: bool = True) -> None:
    """The loss as bands of equal ratio where it spans decades, of equal height where it does not; darker is lower."""
    (x0, y0), (x1, y1) = window
    x, y, z = relief(problem, window, n)
    steps = contour_heights(z)
    ax.contourf(x, y, z, steps, colors=style.TERRAIN(np.linspace(0, 1, len(steps) + 1)), extend="both", zorder=0)
    ax.contour(x, y, z, steps, colors=style.CONTOUR, linewidths=0.5, zorder=1)
    ax.set(xlim=(x0, x1), ylim=(y0, y1))
    if not named:
        return
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    name_coordinates(ax)


def name_coordinates(ax: Axes) -> None:
    """θ₁ and θ₂ in the corners of a plane."""
    corner: dict[str, Any] = {
        "xycoords": "axes fraction",
        "textcoords": "offset points",
        "color": style.QUIET,
        "path_effects": place.HALO,
    }
    ax.annotate("θ₁", (1, 0), (-8 * style.PX, 9 * style.PX), ha="right", **corner)
    ax.annotate("θ₂", (0, 1), (9 * style.PX, -8 * style.PX), va="top", **corner)


def relief(problem: Problem, window: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x (n,), y (n,), and the height of the loss over its lowest point in sight, (n, n)."""
    x, y = (np.linspace(a, b, n) for a, b in window.T)
    with np.errstate(all="ignore"):
        z = np.asarray(problem.loss(np.stack(np.meshgrid(x, y), axis=-1)), float)
    if not np.isfinite(z).any():
        raise ValueError(f"problem = {problem.name!r} is not allowed: its loss must be a number somewhere in the window")
    z = np.where(np.abs(z) < HUGE, z, np.nan)
    floor = np.nanmin(z) if problem.minimum is None else min(np.nanmin(z), np.min(problem.loss(problem.minimum)))
    return x, y, z - floor


def contour_heights(z: np.ndarray, n: int = 13) -> np.ndarray:
    """Where the contours lie."""
    seen = z[np.isfinite(z)]
    if seen.min() == seen.max():
        return seen.min() + np.array([-0.5, 0.5])
    low, q05, q95, top = np.quantile(seen, [0.002, 0.05, 0.95, 1])
    if q95 > 10 * q05:
        return np.geomspace(max(low, 1e-5 * top), top, n + 1)[:-1]
    return np.linspace(seen.min(), top, n // 2 + 2)[1:-1]


def paths_sentence(runs: list[Run], problem: Problem, window: np.ndarray) -> str:
    """Who is where after how many steps."""
    last = {int(run.t[-1]) for run in runs}
    when = f"After {max(last)} step{'s' * (last != {1})}" if len(last) == 1 else "At the end"
    where = problem.name if problem.name[0].isupper() else f"the {problem.name}"
    who, names = common_and_names(runs)
    tell = summary if len(runs) > 8 else fates
    return f"{when}{who} on {where}: {tell(runs, names, window)}."


def common_and_names(runs: list[Run]) -> tuple[str, list[str]]:
    """What all runs share, ` of Momentum (lr 0.02)`, and what each is called, `Adam (lr 0.1)`."""
    rates = [rate_of(run) for run in runs]
    kinds = {type(run.trajectory.optimizer).__name__ if run.trajectory is not None else "" for run in runs}
    kind = kinds.pop() if len(kinds) == 1 else ""
    names = [run.label for run in runs]
    if kind and len(runs) > 1 and not any(kind in name for name in names):
        return f" of {kind}{rates[0] if len(set(rates)) == 1 else ''}", names
    return "", [name if "lr = " in name else name + rate for name, rate in zip(names, rates)]


def rate_of(run: Run) -> str:
    lr = run.trajectory.optimizer.lr if run.trajectory is not None else None
    return f" (lr {number(lr)})" if isinstance(lr, float) else ""


def fates(runs: list[Run], names: list[str], window: np.ndarray) -> str:
    """Each run's last loss; whether it left the picture or diverged, and when."""
    parts, verb = [], "is at loss"
    for run, name in zip(runs, names):
        gone = left_at(run, window)
        if run.diverged is not None:
            parts.append(f"{name} diverged at step {run.diverged}")
        elif gone is not None:
            parts.append(f"{name} left the picture at step {gone} and is at loss {amount(run.loss[-1])}")
        else:
            parts.append(f"{name} {verb} {amount(run.loss[-1])}")
            verb = "at"
    return join_parts(parts)


def summary(runs: list[Run], names: list[str], window: np.ndarray) -> str:
    """The best and the worst of many runs."""
    alive = [(run.loss[-1], name) for run, name in zip(runs, names) if run.diverged is None]
    lost = f"{len(runs) - len(alive)} of {len(runs)} runs diverged"
    if not alive:
        return lost
    (best, winner), (worst, loser) = min(alive), max(alive)
    text = f"the lowest loss of {len(runs)} runs is {amount(best)} ({winner}), the highest {amount(worst)} ({loser})"
    return text if len(alive) == len(runs) else f"{text}; {lost}"


def left_at(run: Run, window: np.ndarray) -> int | None:
    """The step at which a run left the window for good, or None."""
    out = ~((run.theta >= window[0]) & (run.theta <= window[1])).all(axis=1)
    return int(run.t[len(out) - out[::-1].argmin() if not out.all() else 0]) if out[-1] else None
