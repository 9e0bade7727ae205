"""Labels that stand on their curves and not on each other."""

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import AbstractPathEffect, withStroke
from matplotlib.text import Annotation

from adamlib import style
from adamlib.plots.picture import extent

SIZE = 14
LEADER: dict[str, Any] = {"arrowstyle": "-", "linewidth": 0.8, "shrinkA": 1, "shrinkB": 3, "relpos": (0, 0.5)}
HALO: list[AbstractPathEffect] = [withStroke(linewidth=3, foreground=style.PAPER)]


def room(texts: list[str], size: float = SIZE) -> float:
    """The width in CSS pixels that labels need to the right of their axes."""
    return 26 + max((extent(text, size)[0] for text in texts), default=0)


CurveEnd = tuple[float, float, str, str]  # x, y, text, colour


def at_early_ends(ax: Axes, ends: list[CurveEnd], size: float = SIZE) -> tuple[list[Annotation], list[CurveEnd]]:
    """Labels right beside the ends of curves that end early, where there is room, and the ends that are left for `at_ends`."""
    scale = 100 / ax.figure.dpi
    frame = np.array([[ax.bbox.x0, ax.bbox.y0], [ax.bbox.x1, ax.bbox.y1]]) * scale
    taken = [points_in_frame(line.get_transform().transform(line.get_xydata()) * scale, frame) for line in ax.lines]
    labels: list[Annotation] = []
    left: list[CurveEnd] = []
    for end in ends:
        x, y, text, color = end
        box = np.array([extent(text, size)[0], 1.2 * size])
        low = ax.transData.transform((x, y)) * scale + np.array([8, -0.6 * size])
        inside = (low > frame[0]).all() and (low + box < frame[1]).all()
        if inside and not any(((low < points) & (points < low + box)).all(axis=1).any() for points in taken):
            taken.append(low + box * [[share, 0.5] for share in np.linspace(0, 1, 20)])
            here: dict[str, Any] = {"color": color, "size": size * style.PX, "va": "center", "parse_math": False}
            labels.append(ax.annotate(text, (x, y), (8 * style.PX, 0), textcoords="offset points", **here))
        else:
            left.append(end)
    return labels, left


def at_ends(ax: Axes, ends: list[CurveEnd], size: float = SIZE) -> list[Annotation]:
    """Labels to the right of the axes, each beside the end of its curve, none on another."""
    heights = ax.bbox.height * 72 / ax.figure.dpi / style.PX
    right = ax.bbox.x1
    wanted = []
    for x, y, _, _ in ends:
        with np.errstate(all="ignore"):
            at = ax.transData.transform((x, y))[1]
        wanted.append(float(np.clip(np.nan_to_num((at - ax.bbox.y0) / ax.bbox.height), 0, 1)) * heights)
    placed = spread_apart(np.array(wanted), 1.25 * size, -0.3 * size, heights + 0.3 * size)
    out = []
    for (x, _, text, color), y0, y1 in zip(ends, wanted, placed):
        ratio = 100 / ax.figure.dpi
        start = (min(ax.transData.transform((x, 1))[0], right) - ax.bbox.x0) / ax.bbox.width
        gap = (right - ax.bbox.x0) * ratio * (1 - start) + 12
        moved = abs(y1 - y0) > 3 or gap > 16
        out.append(
            ax.annotate(
                text,
                (start, y0 / heights),
                (gap * style.PX, (y1 - y0) * style.PX),
                "axes fraction",
                "offset points",
                color=color,
                size=size * style.PX,
                va="center",
                annotation_clip=False,
                parse_math=False,
                arrowprops={**LEADER, "color": style.GHOST} if moved else None,
            )
        )
    return out


def spread_apart(wanted: np.ndarray, gap: float, low: float, high: float) -> np.ndarray:
    """The positions nearest to those wanted (least squares) that keep their order, a gap, and the bounds."""
    order = np.argsort(wanted, kind="stable")
    steps = np.arange(len(wanted)) * min(gap, (high - low) / max(len(wanted) - 1, 1))
    blocks: list[list[float]] = []
    for value in wanted[order] - steps:
        blocks.append([value, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [[(a * n + b * m) / (n + m), n + m]]
    level = np.repeat([b[0] for b in blocks], [int(b[1]) for b in blocks]) if blocks else np.array([])
    out = np.empty(len(wanted))
    out[order] = np.clip(level, low, high - steps[-1] if len(steps) else high) + steps
    return out


def on_paths(ax: Axes, paths: list[np.ndarray], texts: list[str], colors: list[str], avoid: np.ndarray) -> list[Annotation]:
    """One label beside each path (T, 2): near its end, off all paths, off each other, inside the axes."""
    scale = 100 / ax.figure.dpi
    frame = np.array([[ax.bbox.x0, ax.bbox.y0], [ax.bbox.x1, ax.bbox.y1]]) * scale
    dense = [points_in_frame(ax.transData.transform(path) * scale, frame) for path in paths]
    marks = ax.transData.transform(avoid) * scale if len(avoid) else np.empty((0, 2))
    taken: list[np.ndarray] = []
    out = []
    for i, (text, color) in enumerate(zip(texts, colors)):
        others = np.vstack([np.empty((0, 2)), *dense[:i], *dense[i + 1 :]])
        corner, size = best_place(dense[i], others, marks, np.array([extent(text, SIZE)[0] + 2, SIZE]), frame, taken)
        taken.append(np.array([corner, corner + size]))
        x, y = (corner + size / 2 - frame[0]) / (frame[1] - frame[0])
        out.append(
            ax.annotate(text, (x, y), xycoords="axes fraction", ha="center", va="center", color=color, size=SIZE * style.PX)
        )
        out[-1].set_parse_math(False)
        out[-1].set_path_effects(HALO)
        out[-1].set_zorder(9)
    return out


def points_in_frame(path: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Points every few pixels along the part of a path that lies inside the frame."""
    path = path[np.isfinite(path).all(axis=1)]
    parts = [path[:1]]
    for a, b in pairwise(path):
        n = int(min(np.ceil(np.linalg.norm(b - a) / 4), 400))
        parts.append(a + (b - a) * np.linspace(0, 1, n + 1)[1:, None])
    points = np.vstack(parts)
    points = points[((points >= frame[0]) & (points <= frame[1])).all(axis=1)]
    return points[:: len(points) // 5000 + 1]


def best_place(own: Any, others: Any, marks: Any, size: Any, frame: Any, taken: Any) -> tuple[np.ndarray, np.ndarray]:
    """The lower left corner of the label among places around the path, the least crowded and closest to its end."""
    if not len(own):
        own = frame.mean(axis=0)[None]
    spots = np.unique(np.linspace(0, len(own) - 1, 40).astype(int))
    angle = np.arange(12) * np.pi / 6
    reach = size / 2 + 7
    around = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    discs = (marks[:, None] + 9 * around).reshape(-1, 2)
    around = around / np.abs(around).max(axis=1, keepdims=True) * reach
    centres = (own[spots][:, None] + around).reshape(-1, 2)
    late = np.repeat(1 - spots / max(len(own) - 1, 1), len(around))
    others = np.unique(np.round(others / 4) * 4, axis=0)
    crowd = np.vstack([np.unique(np.round(own / 4) * 4, axis=0), others])

    def inside(points: Any, grow: Any) -> Any:
        box = size / 2 + grow
        return (np.abs(points[None] - centres[:, None]) < box).all(axis=2).sum(axis=1)

    cost = 3.0 * (inside(crowd, 2) + 10 * inside(discs, 2)) + 6.0 * late
    if len(others):
        anchor = np.sqrt(((own[spots][:, None] - others) ** 2).sum(axis=2)).min(axis=1)
        nearest = np.sqrt(((centres[:, None] - others) ** 2).sum(axis=2)).min(axis=1)
        cost += 25 * np.exp(-np.repeat(anchor, len(around)) / 12) + 12 * np.exp(-nearest / 20)
    lower, upper = centres - size / 2, centres + size / 2
    cost += 1e3 * ((lower < frame[0] + 4) | (upper > frame[1] - 4)).any(axis=1)
    for box in taken:
        cost += 1e4 * ((lower < box[1] + 2) & (upper > box[0] - 2)).all(axis=1)
    return lower[cost.argmin()], size
