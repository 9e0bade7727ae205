"""The loss as a landscape, with the paths on it and the map beside it."""

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import LightSource
from mpl_toolkits.mplot3d import Axes3D

from adamlib import style
from adamlib.plots.arguments import drawing
from adamlib.plots.picture import Picture, finish_picture
from adamlib.plots.plane import (
    as_runs,
    contour_heights,
    draw_paths,
    drawable_part,
    limits,
    paths_sentence,
    problem_of,
    relief,
    seen_window,
)
from adamlib.plots.runs import members
from adamlib.problems.problem import Problem

TALL = 0.62  # the height of the landscape, its sides being 1
LIFT = 0.004
VIEWPOINT = (48.0, -72.0)
BETWEEN = 12  # points of a path for each of its steps, so that it never cuts through a hill


@drawing
def surface(
    runs: Any,
    labels: Any = None,
    problem: Problem | None = None,
    window: Any = None,
    view: Any = VIEWPOINT,
    title: str | None = None,
    sentence: str | None = None,
) -> Picture:
    """The loss as a landscape with the paths on it, solid where they are seen and pale behind a hill; the map beside it.

    runs, labels, problem, window, title, sentence : as `paths`
    view : degrees above the horizon, and around

    Returns a Picture. Raises as `paths`.
    """
    runs = members(runs, labels, problem)
    top = 24 if title else 0
    fig = style.figure(330 + top)
    land = fig.add_axes((0, 0, 396 / 700, 330 / (330 + top)), projection="3d")
    plan = style.panel(fig, 432, 24 + top, 16, 40)
    problem = problem_of(runs, problem)
    box = seen_window(plan, runs, problem, problem.window if window is None else window)
    draw_surface(land, runs, problem=problem, window=box.T, view=view)
    draw_paths(plan, runs, problem=problem, window=box.T)
    if title:
        fig.text(16 / 700, 1 - 14 / (330 + top), title, size=16 * style.PX, weight="bold", va="center", parse_math=False)
    return finish_picture(fig, title, sentence, paths_sentence(runs, problem, limits(plan)))


@drawing
def draw_surface(
    ax: Axes3D, runs: Any, labels: Any = None, problem: Problem | None = None, window: Any = None, view: Any = VIEWPOINT
) -> list[Artist]:
    """Draw the landscape of `surface` on given 3-D axes. Returns the artists that move: for each run the whole path
    pale, its visible part, and its end mark."""
    runs = as_runs(runs, labels, problem)
    problem = problem_of(runs, problem)
    land = Landscape(problem, seen_window(ax, runs, problem, problem.window if window is None else window), view)
    ax.set_proj_type("ortho")
    ax.view_init(*view)
    ax.set_box_aspect((1, 1, TALL), zoom=1.08)
    ax.computed_zorder = False
    ax.set(xlim=(0, 1), ylim=(0, 1), zlim=(0, 1))
    ax.set_axis_off()
    u, heights = land.sheet(130)
    sheet = ax.plot_surface(
        *np.meshgrid(u, u), heights, color="w", rcount=130, ccount=130, linewidth=0, antialiased=False, shade=False
    )
    sheet.set_facecolor(land.paint(heights)[:-1, :-1].reshape(-1, 3))  # as an array: colours one by one take half a second
    ax.plot([0, 1, 1, 0, 0], [0, 0, 1, 1, 0], 0, color=style.HAIR, linewidth=0.8, zorder=0)
    ax.text(0.5, -0.1, 0, "θ₁", color=style.QUIET, ha="center")
    ax.text(1.1, 0.5, 0, "θ₂", color=style.QUIET, ha="center")
    artists: list[Any] = []
    for run in runs:
        walk = land.walk(drawable_part(run.theta, land.window))
        clear = np.where(land.hidden(walk)[:, None], np.nan, walk)
        pale = style.mixed(run.look.color, style.PAPER, 0.45)
        artists += ax.plot(*walk.T, color=pale, linewidth=1, zorder=5)
        artists += ax.plot(*clear.T, color=run.look.color, linewidth=2, zorder=6)
        mark: dict[str, Any] = {"color": run.look.color, "markeredgecolor": style.PAPER, "markeredgewidth": 1, "markersize": 8}
        artists += ax.plot(*land.on(run.theta[-1:]).T, run.look.marker, **mark, zorder=8)
    start: dict[str, Any] = {"color": style.PAPER, "markeredgecolor": style.INK, "markeredgewidth": 1.5, "markersize": 6.5}
    ax.plot(*land.on(np.unique([run.theta[0] for run in runs], axis=0)).T, "o", **start, zorder=7)
    if problem.minimum is not None:
        star: dict[str, Any] = {"color": style.INK, "markeredgecolor": style.PAPER, "markeredgewidth": 1, "markersize": 13}
        ax.plot(*land.on(np.atleast_2d(problem.minimum)).T, "*", **star, zorder=4)
    for artist in (*ax.lines, *ax.collections):
        artist.set_clip_on(False)
    return artists


class Landscape:
    """The loss over a window in a box of sides 1; its height logarithmic where the contours are."""

    def __init__(self, problem: Problem, window: np.ndarray, view: tuple[float, float]):
        self.problem, self.window = problem, window
        _, _, z = relief(problem, window, 241)
        self.steps = contour_heights(z)
        self.floor = float(np.nanmin(problem.loss(self.points(241)) - z))
        self.log = not np.allclose(np.diff(self.steps), np.diff(self.steps)[0])
        self.unit = np.quantile(z[np.isfinite(z)], 0.15)
        self.low, self.high = float(self.squash(np.nanmin(z))), float(self.squash(z[np.isfinite(z)].max()))
        self.high = self.high if self.high > self.low else self.low + 1.0  # a plain
        elevation, around = np.radians(view)
        flat = np.cos(elevation)
        self.towards = np.array([flat * np.cos(around), flat * np.sin(around), np.sin(elevation) / TALL])

    def points(self, n: int) -> np.ndarray:
        """A grid of n x n points, (n, n, 2)."""
        return np.stack(np.meshgrid(*(np.linspace(a, b, n) for a, b in self.window.T)), axis=-1)

    def squash(self, z: Any) -> np.ndarray:
        """log(1 + z / unit) where the loss spans decades: steep walls become slopes, the valley keeps its round floor."""
        return np.log1p(np.maximum(z, 0) / self.unit) if self.log else np.asarray(z)

    def height(self, uv: np.ndarray) -> np.ndarray:
        """The height at (..., 2) in the box."""
        theta = self.window[0] + uv * np.ptp(self.window, axis=0)
        with np.errstate(all="ignore"):
            return (self.squash(self.problem.loss(theta) - self.floor) - self.low) / (self.high - self.low)

    def sheet(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        u = np.linspace(0, 1, n)
        return u, self.height(np.stack(np.meshgrid(u, u), axis=-1))

    def paint(self, heights: np.ndarray) -> np.ndarray:
        """The bands of the map, with light from the upper left."""
        borders = (self.squash(self.steps) - self.low) / (self.high - self.low)
        colors = style.SHEET(np.digitize(heights, borders) / len(borders))[..., :3]
        light = LightSource(azdeg=300, altdeg=50)
        pitch = 1 / (len(heights) - 1)
        return light.shade_rgb(colors, TALL * heights, fraction=1.1, blend_mode="soft", vert_exag=1, dx=pitch, dy=pitch)

    def on(self, theta: np.ndarray) -> np.ndarray:
        """Points (T, 2) put on the landscape, (T, 3); nan outside the window."""
        with np.errstate(all="ignore"):
            uv = (theta - self.window[0]) / np.ptp(self.window, axis=0)
            uv = np.where(((uv >= 0) & (uv <= 1)).all(axis=-1, keepdims=True), uv, np.nan)
        return np.concatenate([uv, self.height(uv)[..., None] + LIFT], axis=-1)

    def walk(self, path: np.ndarray) -> np.ndarray:
        """A path put on the landscape, with `BETWEEN` points for each step."""
        between = np.linspace(0, 1, BETWEEN, endpoint=False)[:, None]
        if len(path) < 2:
            return self.on(path)
        fine = (path[:-1, None] * (1 - between) + path[1:, None] * between).reshape(-1, 2)
        return self.on(np.vstack([fine, path[-1:]]))

    def hidden(self, walk: np.ndarray) -> np.ndarray:
        """Which points lie behind a hill: the line towards the eye runs through the landscape."""
        s = np.linspace(0.01, 1.5, 150)[:, None, None]
        ray = walk + s * self.towards
        inside = ((ray[..., :2] >= 0) & (ray[..., :2] <= 1)).all(axis=-1)
        return (inside & (self.height(np.clip(ray[..., :2], 0, 1)) > ray[..., 2] + 0.005)).any(axis=0)
