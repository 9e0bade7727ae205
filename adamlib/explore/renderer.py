"""Matplotlib draws a view: what stays is drawn once, what lies under everything when it changes, the rest at every move."""

import io
from collections import OrderedDict
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox, IdentityTransform
from PIL import Image

from adamlib import style, validate
from adamlib.explore.artists import artist_for, draw_ground, ground_key, looks_key, set_artist
from adamlib.explore.scene import GROUND, MARKS, Mark, Panel, Scene, View
from adamlib.explore.ticks import room_for, ticks_of
from adamlib.plots.plane import name_coordinates

BARE_TOP, LABELLED, PLAIN, BOTTOM = 14, 34, 26, 48  # room over axes without and with a head, under them without and with a label
GROUNDS_KEPT = 8


class Renderer:
    """Draws a view at any setting of its controls. Knows nothing of widgets.

    view : the description
    """

    @style.styled
    def __init__(self, view: View):
        self.view, self.scene = view, view.scene()
        validate.instance("what scene returns", self.scene, Scene, "a Scene")
        self.figure = style.figure(sum(row_heights(self.scene.panels).values()))
        self.panels = {panel.name: axes_of(self.figure, panel, self.scene.panels) for panel in self.scene.panels}
        self.canvas = FigureCanvasAgg(self.figure)
        self.height, self.width = round(self.figure.bbox.height), round(self.figure.bbox.width)
        self._still: Any = None
        self._grounds: OrderedDict[tuple[Any, ...], tuple[Any, Mark]] = OrderedDict()
        self._rectangles = {panel.name: rectangle_of(self.figure, panel, self.scene.panels) for panel in self.scene.panels}
        self._pool: dict[tuple[Any, ...], list[Artist]] = {}
        for mark in self.scene.fixed:
            if not isinstance(mark, GROUND):
                artist = artist_for(self.panels[mark.panel], mark)
                set_artist(artist, mark)
                self.panels[mark.panel].add_artist(artist)
                artist.set_clip_on(not reaches_over(artist))

    @style.styled
    def draw(self, **values: Any) -> tuple[np.ndarray, str]:
        """The pixels (height, width, 4) and the sentence of one setting. The pixels are overwritten by the next call."""
        marks, sentence = checked_marks(self.view.marks(**values), tuple(self.panels))
        self._lay([mark for mark in marks if isinstance(mark, GROUND)])
        used: dict[tuple[Any, ...], int] = {}
        for mark in marks:
            if not isinstance(mark, GROUND):
                self.panels[mark.panel].draw_artist(self._taken(mark, used))
        return np.asarray(self.canvas.buffer_rgba()), sentence

    @property
    def axes(self) -> Axes:
        """The axes into which a click sets two controls; the first ones where there are none."""
        return self.panels[self.scene.drag[0] if self.scene.drag else self.scene.panels[0].name]

    def _lay(self, marks: list[Mark]) -> None:
        """Put down what stays, and over it the panels whose relief or map is that of this setting."""
        if self._still is None:
            for mark in self.scene.fixed:
                if isinstance(mark, GROUND):
                    draw_ground(self.panels[mark.panel], mark)
            self.canvas.draw()
            self._still = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.restore_region(self._still)
        for mark in marks:
            self.canvas.restore_region(self._grounded(mark))

    def _grounded(self, mark: Mark) -> Any:
        """The pixels of a whole panel with this ground, drawn now if they are not among those kept."""
        key = (mark.panel, *ground_key(mark))
        if key in self._grounds:
            self._grounds.move_to_end(key)
            return self._grounds[key][0]
        ax, renderer = self.panels[mark.panel], self.canvas.get_renderer()
        before = {id(artist) for artist in ax.get_children()}
        draw_ground(ax, mark)
        place, patch = self._rectangles[mark.panel]
        patch.draw(renderer)
        ax.draw(renderer)
        for artist in ax.get_children():
            if id(artist) not in before:
                artist.remove()
        self._grounds[key] = self.canvas.copy_from_bbox(place), mark  # the mark, so that no id is used twice
        if len(self._grounds) > GROUNDS_KEPT:
            self._grounds.popitem(last=False)
        return self._grounds[key][0]

    def _taken(self, mark: Mark, used: dict[tuple[Any, ...], int]) -> Artist:
        """An artist for a mark: the one that drew its like at the last move, where there was one."""
        key = looks_key(mark)
        nth = used[key] = used.get(key, -1) + 1
        pool = self._pool.setdefault(key, [])
        if nth == len(pool):
            pool.append(artist_for(self.panels[mark.panel], mark))
            self._adopt(pool[-1], self.panels[mark.panel])
        set_artist(pool[nth], mark)
        return pool[nth]

    def _adopt(self, artist: Artist, ax: Axes) -> None:
        """Let an artist be drawn in these axes, without belonging to them: a full drawing of the figure leaves it out."""
        artist.set_figure(self.figure)
        artist.axes = ax
        if not artist.is_transform_set():
            artist.set_transform(ax.transData)
        if not reaches_over(artist):
            artist.set_clip_path(ax.patch)


def checked_marks(returned: Any, panels: tuple[str, ...]) -> tuple[list[Mark], str]:
    """What `update` returns, or TypeError or ValueError with what it should."""
    if not (isinstance(returned, tuple) and len(returned) == 2 and isinstance(returned[1], str)):
        validate.refuse_as(TypeError, "update", f"that returns {returned!r:.80}", "return (marks, sentence)")
    for mark in returned[0]:
        validate.instance("a mark", mark, MARKS, "one of " + ", ".join(kind.__name__ for kind in MARKS))
        validate.choice("the panel of a mark", mark.panel, panels)
    return returned


def jpeg(pixels: np.ndarray) -> bytes:
    """Pixels as a JPEG: of all encoders the one that keeps up with a drag."""
    height, width, _ = pixels.shape
    image = Image.frombuffer("RGBX", (width, height), pixels, "raw", "RGBX", 0, 1)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def reaches_over(artist: Artist) -> bool:
    """Whether an artist may reach over the edge of its axes: a word, or a dot."""
    return isinstance(artist, Annotation) or not getattr(artist, "clipped", True)


def row_heights(panels: Any) -> dict[int, float]:
    """The height of every row of panels, in CSS pixels."""
    rows: dict[int, float] = {}
    for panel in panels:
        rows[panel.row] = max(panel.height, rows.get(panel.row, 0.0))
    return dict(sorted(rows.items()))


def margins(panel: Panel) -> tuple[float, float, float, float]:
    """Room within a panel beside its axes: left, top, right, bottom."""
    if panel.bare:
        return 0, 0, 0, 0
    left = room_for(ticks_of(panel)[1]) if panel.left is None else panel.left
    return left, LABELLED if panel.head else BARE_TOP, panel.right, BOTTOM if panel.xlabel else PLAIN


def place_of(panel: Panel, panels: Any) -> tuple[float, float, float, float]:
    """Where a panel stands, in CSS pixels: left, top, width, height."""
    heights, beside = row_heights(panels), [other for other in panels if other.row == panel.row]
    whole = sum(other.share for other in beside)
    x = style.WIDTH * sum(other.share for other in beside[: beside.index(panel)]) / whole
    return x, sum(high for row, high in heights.items() if row < panel.row), style.WIDTH * panel.share / whole, panel.height


def rectangle_of(figure: Any, panel: Panel, panels: Any) -> tuple[Bbox, Rectangle]:
    """The pixels of a panel with its labels, and paper to cover them."""
    x, y, width, height = (round(style.PIXEL_RATIO * length) for length in place_of(panel, panels))
    at = x, round(figure.bbox.height) - y - height
    patch = Rectangle(at, width, height, facecolor=style.PAPER, linewidth=0)
    patch.set_figure(figure)
    patch.set_transform(IdentityTransform())
    return Bbox.from_bounds(*at, width, height), patch


def axes_of(figure: Any, panel: Panel, panels: Any) -> Axes:
    """The axes of a panel, in its place."""
    x, y, width, height = place_of(panel, panels)
    left, top, right, bottom = margins(panel)
    x1, y1 = style.WIDTH - x - width, sum(row_heights(panels).values()) - y - height
    scales: dict[str, Any] = {"xscale": "log" if panel.xlog else "linear", "yscale": "log" if panel.ylog else "linear"}
    place = x + left, y + top, x1 + right, y1 + bottom
    ax = style.panel(figure, *place, **scales, xlim=panel.xlim, ylim=panel.ylim, xlabel=panel.xlabel)
    for on, set_scale in ((panel.xmemory, ax.set_xscale), (panel.ymemory, ax.set_yscale)):
        if on:
            set_scale("function", functions=(lambda beta: -np.log10(1 - beta), lambda decades: 1 - 10.0**-decades))
    if panel.bare:
        ax.axis("off")
    for axis, ticks in zip((ax.xaxis, ax.yaxis), ticks_of(panel)):
        axis.set_ticks([value for value, _ in ticks], [text for _, text in ticks])
        axis.set_ticks([], minor=True)
    style.head(ax, panel.head)
    if panel.plane:
        name_coordinates(ax)
    return ax
