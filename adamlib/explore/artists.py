"""How each kind of mark becomes an artist of Matplotlib, and how the artist is set. Marks count in CSS pixels."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation

from adamlib import style
from adamlib.explore.scene import Arrow, Band, Bar, Dot, Guide, Image, Line, Mark, Relief, Word
from adamlib.plots.labels import HALO
from adamlib.plots.picture import typeset
from adamlib.plots.plane import draw_contours

GREYS = {"ink": style.INK, "quiet": style.QUIET, "hair": style.HAIR, "ghost": style.GHOST, "paper": style.PAPER}
DASHES = (0, (3, 1.5))


def color_of(pen: str, text: bool = False) -> str:
    """The colour of a pen, dark enough for a text where it is one."""
    if pen in GREYS:
        return GREYS[pen]
    return style.look(pen).ink if text else style.look(pen).color


def ground_key(mark: Mark) -> tuple[Any, ...]:
    if isinstance(mark, Image):
        return "image", id(mark.rows), *mark[2:-1], *mark.levels
    assert isinstance(mark, Relief)
    formula = mark.problem.formula
    known = id(mark.problem) if formula is None else (formula.height, tuple(formula.parameters.items()))
    return "relief", mark.panel, known


def looks_key(mark: Any) -> tuple[Any, ...]:
    """What an artist is made for; the rest can be set."""
    return type(mark), mark.panel, *(getattr(mark, name) for name in SAME_LOOKS[type(mark)])


SAME_LOOKS: dict[type, tuple[str, ...]] = {
    Line: ("pen", "width", "dashed", "dots", "unit"),
    Dot: ("pen", "kind", "size"),
    Word: ("pen", "anchor", "unit"),
    Bar: ("pen", "pale"),
    Band: ("pen",),
    Guide: ("pen", "width", "upright", "dashed"),
    Arrow: ("pen", "width"),
}


def draw_ground(ax: Axes, mark: Any) -> None:
    """A relief or a map, under everything."""
    if isinstance(mark, Relief):
        draw_contours(ax, mark.problem, np.array([ax.get_xlim(), ax.get_ylim()]).T, named=False)
        return
    values = np.asarray(mark.rows, float)
    colors = (LogNorm if mark.log else Normalize)(mark.low, mark.high, clip=True)
    ax.set_facecolor(style.DIVERGED)
    whole: dict[str, Any] = {"transform": ax.transAxes, "extent": (0, 1, 0, 1), "origin": "lower", "zorder": 0.5}
    limits = ax.get_xlim(), ax.get_ylim()
    shown = np.where(np.isfinite(values), np.maximum(values, 1e-300) if mark.log else values, np.nan)
    ax.imshow(shown, style.MAP, colors, aspect="auto", interpolation="nearest", **whole)
    if len(mark.levels):
        across, up = ((np.arange(n) + 0.5) / n for n in values.shape[::-1])
        ax.contour(across, up, shown, list(mark.levels), colors=style.PAPER, linewidths=1, zorder=2, transform=ax.transAxes)
    ax.set(xlim=limits[0], ylim=limits[1])


def make_line(ax: Axes, mark: Line) -> Artist:
    dash: Any = style.look(mark.pen).dash if mark.dashed and mark.pen not in GREYS else DASHES if mark.dashed else "-"
    dots: dict[str, Any] = {"marker": "o", "markersize": mark.dots * style.PX, "markeredgewidth": 0} if mark.dots else {}
    place = ax.transAxes if mark.unit == "share" else ax.transData
    return Line2D(
        [], [], color=color_of(mark.pen), linewidth=mark.width * style.PX, linestyle=dash, transform=place, zorder=5, **dots
    )


def set_line(artist: Line2D, mark: Line) -> None:
    x, y = np.asarray(mark.xs, float), np.asarray(mark.ys, float)
    with np.errstate(all="ignore"):
        far = ~((np.abs(x) < 1e6) & (np.abs(y) < 1e6))
    artist.set_data(np.where(far, np.nan, x), np.where(far, np.nan, y))


DOTS: dict[str, Callable[[Dot], dict[str, Any]]] = {
    "filled": lambda dot: {"marker": "o", "color": color_of(dot.pen), "markeredgecolor": style.PAPER},
    "hollow": lambda dot: {"marker": "o", "color": style.PAPER, "markeredgecolor": color_of(dot.pen), "markeredgewidth": 1.6},
    "ring": lambda dot: {"marker": "o", "color": "none", "markeredgecolor": color_of(dot.pen), "markeredgewidth": 2.2},
    "star": lambda dot: {"marker": "*", "color": color_of(dot.pen), "markeredgecolor": style.PAPER},
}


def make_dot(ax: Axes, mark: Dot) -> Artist:
    looks = DOTS[mark.kind](mark)
    if mark.kind == "filled" and mark.pen not in GREYS:
        looks["marker"] = style.look(mark.pen).marker
    artist = Line2D([], [], linestyle="", markersize=mark.size * style.PX, transform=ax.transData, zorder=6, **looks)
    if mark.kind == "ring":
        artist.set_path_effects([withStroke(linewidth=4.5, foreground=style.PAPER)])
    artist.clipped = False  # type: ignore[attr-defined]
    return artist


def set_dot(artist: Line2D, mark: Dot) -> None:
    artist.set_data([mark.x], [mark.y])


ANCHORS = {"left": "left", "middle": "center", "right": "right"}


def make_word(ax: Axes, mark: Word) -> Artist:
    frame = "axes fraction" if mark.unit == "share" else "data"
    options: dict[str, Any] = {"ha": ANCHORS[mark.anchor], "va": "center", "annotation_clip": False}
    if ax.axison:  # on the empty paper of a bare panel a word needs no halo, and is drawn three times as fast
        options["path_effects"] = HALO
    artist = Annotation("", (0, 0), (0, 0), frame, "offset points", color=color_of(mark.pen, text=True), zorder=7, **options)
    artist.set_parse_math(False)
    return artist


def set_word(artist: Annotation, mark: Word) -> None:
    artist.xy = mark.x, mark.y
    artist.set_position((mark.dx * style.PX, mark.dy * style.PX))
    artist.set_text(typeset(mark.text))


def make_bar(ax: Axes, mark: Bar) -> Artist:
    color = color_of(mark.pen)
    looks: dict[str, Any] = (
        {"facecolor": style.mixed(color, style.PAPER, 0.82), "edgecolor": color} if mark.pale else {"facecolor": color}
    )
    return Rectangle((0, 0), 0, 0, linewidth=1 if mark.pale else 0, transform=ax.transData, **looks)


def set_bar(artist: Rectangle, mark: Bar) -> None:
    artist.set_bounds(mark.x0, mark.y0, mark.x1 - mark.x0, mark.y1 - mark.y0)


def make_band(ax: Axes, mark: Band) -> Artist:
    pale = style.mixed(color_of(mark.pen), style.PAPER, 0.75)
    return Rectangle((0, 0), 0, 1, facecolor=pale, linewidth=0, transform=ax.get_xaxis_transform(), zorder=0.4)


def set_band(artist: Rectangle, mark: Band) -> None:
    artist.set_bounds(mark.low, 0, mark.high - mark.low, 1)


def make_guide(ax: Axes, mark: Guide) -> Artist:
    place = ax.get_xaxis_transform() if mark.upright else ax.get_yaxis_transform()
    looks: dict[str, Any] = {"linewidth": mark.width * style.PX, "linestyle": DASHES if mark.dashed else "-"}
    return Line2D([], [], color=color_of(mark.pen), transform=place, zorder=2, **looks)


def set_guide(artist: Line2D, mark: Guide) -> None:
    along, at = [0, 1], [mark.at, mark.at]
    artist.set_data(*((at, along) if mark.upright else (along, at)))


def make_arrow(ax: Axes, mark: Arrow) -> Artist:
    points = mark.width * style.PX
    looks: dict[str, Any] = {"arrowstyle": f"-|>,head_length={2.2 * points},head_width={1.2 * points}", "mutation_scale": 1}
    ends: dict[str, Any] = {"shrinkA": 0, "shrinkB": 0, "capstyle": "butt", "joinstyle": "miter"}
    return FancyArrowPatch(
        (0, 0), (1, 1), color=color_of(mark.pen), linewidth=points, transform=ax.transData, zorder=6, **looks, **ends
    )


def set_arrow(artist: FancyArrowPatch, mark: Arrow) -> None:
    artist.set_positions((mark.x, mark.y), (mark.x + mark.dx, mark.y + mark.dy))


def artist_for(ax: Axes, mark: Mark) -> Artist:
    """An artist for a mark and for all that look like it."""
    return MAKERS[type(mark)](ax, mark)


def set_artist(artist: Artist, mark: Mark) -> None:
    """Set an artist to a mark."""
    SETTERS[type(mark)](artist, mark)


MAKERS: dict[type, Callable[..., Any]] = {
    Line: make_line, Dot: make_dot, Word: make_word, Bar: make_bar, Band: make_band, Guide: make_guide, Arrow: make_arrow,
}  # fmt: skip
SETTERS: dict[type, Callable[..., Any]] = {
    Line: set_line, Dot: set_dot, Word: set_word, Bar: set_bar, Band: set_band, Guide: set_guide, Arrow: set_arrow,
}  # fmt: skip
