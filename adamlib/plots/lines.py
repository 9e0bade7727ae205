"""Pictures of curves: a quantity over the steps, of one run or of many seeds."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from adamlib import style, validate
from adamlib.numerals import ROUNDING, amount, number
from adamlib.plots import labels as place
from adamlib.plots.arguments import drawing
from adamlib.plots.picture import Picture, finish_picture, join_parts, typeset
from adamlib.plots.runs import Curve, Run, curves_of, merge_curves, with_emphasis

DECADES = 16  # a logarithmic axis shows no more
MANY = 8  # more curves are summed up, and some of them labelled
FEW_POINTS = 8  # a curve of no more points shows each of them
COUNTED = ("step", "day", "period", "rank")  # axes whose name goes before a number


@drawing
def curves(
    runs: Any,
    labels: Any = None,
    target: float | None = None,
    x: str = "step",
    y: str = "loss",
    logx: bool = False,
    logy: bool = True,
    sentence: str | None = None,
    title: str | None = None,
    strong: str | None = None,
    level: dict[str, float] | None = None,
) -> Picture:
    """Curves over the steps: the loss of runs, or any other quantity that you give.

    runs : a trajectory, a sweep, a list or dict of them; or a dict from label to y (T,) or to a pair (x, y)
    labels : a text for each run; None for the optimizer's name and the settings that vary
    target : a level to reach, drawn as a hairline; the sentence says who got below it, when, and stayed
    x, y : what the axes say
    logx, logy : logarithmic axes
    title : says the message; then no sentence is needed, and the plain text holds the last value of every curve besides
    sentence : stands under the picture, and replaces the one made from the last values
    strong : the label of the curve that matters; the others turn grey
    level : dict from label to a height to compare with, a hairline

    Returns a Picture. Raises ValueError or TypeError that names the field, the value and what is allowed.
    """
    lines = with_emphasis(curves_of(runs, labels, loss_of), strong)
    drawn, levels = merge_curves(lines), levels_of(target) | (level or {})
    names = [*(line.label for line in drawn), *levels]
    fig, ax = style.titled_panel(350, 58, place.room(names), 46, title)
    draw_lines(ax, drawn, drawn, levels.values(), x, logx, logy)
    dot_few_points(ax, drawn)
    end_labels(ax, drawn, logy, levels, still=True)
    style.head(ax, style.axis_name(y, logy), title)
    return finish_picture(fig, title, sentence, curves_sentence(lines, target, x, y, bool(title)))


@drawing
def draw_curves(
    ax: Axes, runs: Any, labels: Any = None, target: float | None = None, x: str = "step", logx: bool = False, logy: bool = True
) -> list[Artist]:
    """Draw `curves` on given axes. Returns the artists that move: a line for each run, then the labels."""
    lines, levels = as_curves(runs, labels), levels_of(target)
    artists = draw_lines(ax, lines, lines, levels.values(), x, logx, logy)
    return artists + end_labels(ax, lines, logy, levels)


def levels_of(target: float | None) -> dict[str, float]:
    return {} if target is None else {f"target {number(target)}": target}


@drawing
def steps(
    runs: Any,
    labels: Any = None,
    logx: bool = False,
    logy: bool = True,
    sentence: str | None = None,
    title: str | None = None,
    strong: str | None = None,
) -> Picture:
    """The length of each step, |theta_t - theta_{t-1}|, in units of the learning rate.

    runs : a trajectory, a sweep, a list or dict of them, recorded at every step; or a dict from label to lengths / lr, (T,)
    sentence : replaces the one made from the first and the longest step
    labels, logx, logy, title, strong : as `curves`

    Returns a Picture. Raises as `curves`, and ValueError for runs that were not recorded at every step.
    """
    lines = with_emphasis(curves_of(runs, labels, step_of), strong)
    fig, ax = style.titled_panel(350, 58, place.room([line.label for line in lines]), 46, title)
    draw_steps(ax, lines, logx=logx, logy=logy)
    style.head(ax, style.axis_name("length of a step / lr", logy), title)
    return finish_picture(fig, title, sentence, steps_sentence(lines))


@drawing
def draw_steps(ax: Axes, runs: Any, labels: Any = None, logx: bool = False, logy: bool = True) -> list[Artist]:
    """Draw `steps` on given axes. Returns the artists that move: a line for each run, then the labels."""
    lines = as_curves(runs, labels, step_of)
    artists = draw_lines(ax, lines, lines, [1.0], "step", logx, logy)
    return artists + end_labels(ax, lines, logy, {"lr": 1.0})


def step_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    if run.trajectory is None:
        validate.refuse_as(TypeError, "runs", "of arrays", "be trajectories, whose learning rate is known")
    if (np.diff(run.t) != 1).any():
        raise ValueError("runs recorded with every above 1 is not allowed: the length of a step needs every step")
    with np.errstate(all="ignore"):
        return run.t[1:], np.linalg.norm(np.diff(run.theta, axis=0) / run.trajectory.optimizer.lr, axis=1)


def steps_sentence(lines: list[Curve]) -> str:
    return "Length of a step in units of lr: " + join_parts([lengths_in_words(line) for line in lines]) + "."


def lengths_in_words(line: Curve) -> str:
    """`Adam 1.41 at first, at most 2.1 (step 12), 0.3 at last`"""
    y = np.where(np.isfinite(line.y), line.y, -np.inf)
    lost = f", diverged at step {number(line.x[(~np.isfinite(line.y)).argmax()], 6)}"
    after = f", {amount(line.y[-1])} at last" if np.isfinite(line.y).all() else lost
    if not np.isfinite(y).any():
        return f"{line.label} diverged at once"
    top = int((y >= y.max() * (1 - 1e-9)).argmax())  # the first of those that differ by rounding
    longest = f"at most {amount(y[top])} (step {number(line.x[top], 6)})" if top else "the longest"
    return f"{line.label} {amount(line.y[0])} at first, {longest}{after}"


def draw_lines(
    ax: Axes, lines: list[Curve], seen: list[Curve], levels: Iterable[float], x: str, logx: bool, logy: bool
) -> list[Artist]:
    """The curves, and axes that hold all of `seen` and the levels."""
    ax.set(xscale="log" if logx else "linear", yscale="log" if logy else "linear", xlabel=style.axis_name(x, logx))
    still: dict[str, Any] = {"scalex": False, "scaley": False}
    artists: list[Artist] = []
    for line in lines:
        behind: dict[str, Any] = {"zorder": 1.5} if line.look.color == style.GHOST else {}
        artists += ax.plot(line.x, drawable_values(line.y, logy), **line.look.line, **still, **behind)
    set_limits(ax, seen, levels, logy, logx)
    few_ticks(ax)
    return artists


def dot_few_points(ax: Axes, lines: list[Curve]) -> None:
    """A dot on each point where every curve has few: what stands between them was not measured."""
    if max(len(line.x) for line in lines) > FEW_POINTS:
        return
    low, high = ax.get_ylim()
    for line in lines:
        seen = (low <= line.y) & (line.y <= high)
        ax.plot(line.x[seen], line.y[seen], "o", color=line.look.color, markersize=7 * style.PX, clip_on=False, zorder=4)


def end_labels(ax: Axes, lines: list[Curve], logy: bool, levels: dict[str, float], still: bool = False) -> list[Artist]:
    """A label at the end of each curve; a hairline for each level, with its name among them.

    still : nothing moves, so the label of a curve that ends early can stand within the axes
    """
    for y in levels.values():
        ax.axhline(y, color=style.HAIR, linewidth=0.8, zorder=1)
    some = lines if len(lines) <= MANY + 4 else [lines[i] for i in np.linspace(0, len(lines) - 1, MANY).round().astype(int)]
    ends = [(*last_point(line, logy), line.label, line.look.ink) for line in some]
    right = ax.get_xlim()[1]
    labels, ends = place.at_early_ends(ax, ends) if still else ([], ends)
    return [*labels, *place.at_ends(ax, ends + [(right, y, text, style.QUIET) for text, y in levels.items()])]


def few_ticks(ax: Axes) -> None:
    """Four or five ticks where Matplotlib would put ten; on a logarithmic axis at least three."""
    for axis in (ax.xaxis, ax.yaxis):
        room = (ax.bbox.width if axis is ax.xaxis else ax.bbox.height) * 100 / ax.figure.dpi  # a small picture has fewer
        if axis.get_scale() == "log":
            few_decades(axis, int(np.clip(room / 45, 3, 6)))
        else:
            axis.set_major_locator(MaxNLocator(int(np.clip(room / 36, 1, 5)), steps=[1, 2, 2.5, 5, 10]))


def few_decades(axis: Axis, most: int) -> None:
    """Powers of ten; where too few are in sight, 1, 2, 5 or whatever is round between them."""
    low, high = sorted(axis.get_view_interval())
    axis.set_minor_formatter(NullFormatter())
    candidates = [LogLocator(subs=subs, numticks=most) for subs in ((1,), (1, 2, 5))]
    counted = [sum(low <= tick <= high for tick in locator.tick_values(low, high)) for locator in candidates]
    narrow = high < 30 * low or counted[0] < 3
    enough = not narrow or counted[1] >= 3
    axis.set_major_locator(candidates[int(narrow)] if enough else MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    if narrow:
        axis.set_major_formatter(FuncFormatter(lambda value, _: typeset(number(value))))


def as_curves(runs: Any, labels: Any = None, of: Any = None) -> list[Curve]:
    made = isinstance(runs, list) and runs and all(isinstance(run, Curve) for run in runs)
    return runs if made else curves_of(runs, labels, of or loss_of)


def loss_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    return run.t, run.loss


def drawable_values(y: np.ndarray, logy: bool) -> np.ndarray:
    """What can be drawn: finite, and positive on a logarithmic axis; the rest is a gap."""
    y = np.asarray(y, float)
    return np.where(np.isfinite(y) & (y > 0 if logy else True), y, np.nan)


def last_point(line: Curve, logy: bool) -> tuple[float, float]:
    here = np.flatnonzero(np.isfinite(drawable_values(line.y, logy)))
    return (float(line.x[here[-1]]), float(line.y[here[-1]])) if len(here) else (float(line.x[0]), float("nan"))


def set_limits(ax: Axes, lines: list[Curve], levels: Iterable[float], logy: bool, logx: bool) -> None:
    """Limits that hold every curve, but do not follow one that explodes or one that is at zero."""
    xs = np.concatenate([line.x[line.x > 0] if logx else line.x for line in lines])
    first, last = (xs.min(), xs.max()) if len(xs) else (1.0, 1.0)
    ax.set_xlim(first, last if first < last else first + 1)
    drawn = [drawable_values(line.y, logy) for line in lines]
    values = np.concatenate([*drawn, list(levels)])
    values = values[np.isfinite(values)]
    if values.size and logy:
        start = max((y[np.isfinite(y)][0] for y in drawn if np.isfinite(y).any()), default=values.max())
        top = min(values.max(), 1e3 * start)
        low = max(values.min(), top * 10.0**-DECADES)
        ax.set_ylim(low / (top / low) ** 0.04 / 1.05, top * (top / low) ** 0.04 * 1.05)
    elif logy:
        ax.set_ylim(1, 10)
    elif values.size:
        pad = 0.05 * max(np.ptp(values), 1e-12 * abs(values).max(), 1e-300)
        ax.set_ylim(values.min() - pad, values.max() + pad)


def curves_sentence(lines: list[Curve], target: float | None, x: str, y: str, rounded: bool = False) -> str:
    """Who got below the target, or where every curve ends: `Loss at step 80: 0.0789 (lr = 0.02), 0.0335 (lr = 0.12).`

    rounded : an end that is nothing beside the height of its curve is not spelt out
    """
    name = y[0].upper() + y[1:] if y[1:2].isalpha() else y  # a symbol keeps its case
    if target is not None:
        since = [f"{line.label} {settled_in_words(line, target, x)}" for line in lines]
        return f"{name} below {number(target)} for good: {join_parts(since)}."
    last = {float(line.x[-1]) for line in lines}
    when = place_in_words(x, last.pop()) if len(last) == 1 else "the end"
    alive = [line for line in lines if np.isfinite(line.y[-1])]
    lost = [f"{line.label} diverged at {place_in_words(x, lost_at(line))}" for line in lines if not np.isfinite(line.y[-1])]
    if len(lost) > MANY:
        lost = [f"{len(lost)} of {len(lines)} diverged"]
    end = last_in_words if rounded else lambda line: amount(line.y[-1])
    ends = [f"{end(line)} ({line.label})" if line.label != y else end(line) for line in alive]
    if len(alive) > MANY:
        low, high = (pick(alive, key=lambda line: line.y[-1]) for pick in (min, max))
        ends = [f"from {end(low)} ({low.label}) to {end(high)} ({high.label})"]
    told = ([f"{name} at {when}: {join_parts(ends)}"] if ends else []) + ([join_parts(lost)] if lost else [])
    return "; ".join(told) + "."


def place_in_words(x: str, value: float) -> str:
    """A place on the axis: `step 80`, `β₂ = 0.99`."""
    return f"{x} {number(value, 6)}" if x in COUNTED else f"{x} = {number(value, 6)}"


def last_in_words(line: Curve) -> str:
    """The last value; `below 1e-6` where it is so small, beside the curve's largest as well, that rounding may decide it."""
    seen = np.abs(line.y[np.isfinite(line.y)]).max()
    return "below 1e-6" if 0 <= line.y[-1] < min(ROUNDING, ROUNDING * seen) else number(line.y[-1])


def lost_at(line: Curve) -> float:
    """Where the curve ended for good."""
    seen = np.isfinite(line.y)
    return float(line.x[len(seen) - seen[::-1].argmax() if seen.any() else 0])


def settled_in_words(line: Curve, target: float, x: str) -> str:
    above = ~(line.y <= target)
    if above[-1]:
        return "never"
    since = len(above) - above[::-1].argmax() if above.any() else 0
    return f"from {place_in_words(x, line.x[since])}"
