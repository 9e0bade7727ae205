"""One colour, dash and marker per optimizer; one figure style. The only place where a picture's looks are decided."""

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb
from matplotlib.figure import Figure

from adamlib import validate

WIDTH = 700  # CSS pixels
PIXEL_RATIO = 2  # pixels of a picture in a CSS pixel
LOW = 250  # CSS pixels: a narrow figure is no lower for that
_width: ContextVar[int] = ContextVar("width", default=WIDTH)
PX = 0.72  # points in a CSS pixel

INK, QUIET, HAIR, GHOST, PAPER = "#222222", "#5f5f5f", "#9a9a9a", "#c2c2c2", "#ffffff"
DIVERGED = "#dcdcdc"
TERRAIN = LinearSegmentedColormap.from_list("terrain", ["#b9c9da", "#dde6ef", "#f8fafc"])
CONTOUR = "#9fb1c4"
SHEET = LinearSegmentedColormap.from_list("sheet", ["#6f8fb0", "#afc3d6", "#dfe7ef"])
MAP = matplotlib.colormaps["viridis"].reversed()

RC = {
    "font.family": "DejaVu Sans",
    "font.size": 14 * PX,
    "text.color": INK,
    "text.parse_math": True,
    "figure.facecolor": PAPER,
    "axes.facecolor": PAPER,
    "axes.edgecolor": HAIR,
    "axes.linewidth": 0.8,
    "axes.labelcolor": QUIET,
    "axes.labelsize": 14 * PX,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "axes.axisbelow": True,
    "xtick.color": HAIR,
    "ytick.color": HAIR,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "xtick.labelsize": 13 * PX,
    "ytick.labelsize": 13 * PX,
    "xtick.major.size": 3.5,
    "ytick.major.size": 3.5,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 2.0,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "lines.dash_capstyle": "butt",
    "lines.dash_joinstyle": "round",
}
styled = matplotlib.style.context(RC, after_reset=True)  # as a decorator: the reader's own settings stay as they were


class Look(NamedTuple):
    """How one curve is drawn."""

    color: str
    dash: str | tuple[Any, ...]
    marker: str

    @property
    def line(self) -> dict[str, Any]:
        """Keyword arguments for a line."""
        return {"color": self.color, "linestyle": self.dash}

    @property
    def ink(self) -> str:
        """The colour, darkened until text in it can be read on white (contrast 4.5)."""
        return darkened(self.color)


GREEN, BLUE, SKY, ORANGE, PURPLE, RED = "#009e73", "#0072b2", "#56b4e9", "#e69f00", "#cc79a7", "#d55e00"  # Okabe & Ito 2008
LOOKS = {
    "SGD": Look(GREEN, (0, (5, 1.3)), "s"),
    "Momentum": Look(BLUE, (0, (7, 1.5, 1.5, 1.5)), "D"),
    "Nesterov": Look(SKY, (0, (2.5, 1.2)), "P"),
    "AdaGrad": Look(ORANGE, (0, (4, 1.2, 1, 1.2, 1, 1.2)), "^"),
    "RMSProp": Look(PURPLE, (0, (9, 1.6)), "v"),
    "Adam": Look(RED, "-", "o"),
    "NAdam": Look("#767676", (0, (3, 1.2, 1, 1.2)), ">"),
    "AMSGrad": Look("#4d4d4d", (0, (7, 1.4, 3, 1.4)), "h"),
    "AdamW": Look("#000000", (0, (1.4, 1.1)), "X"),
}
# The palette is used up: rules that share no picture share a look.
LOOKS |= {
    "AdaMax": LOOKS["NAdam"],
    "RAdam": LOOKS["RMSProp"],
    "ADOPT": LOOKS["AdaGrad"],
    "Adadelta": LOOKS["Momentum"],
    "Lion": LOOKS["Nesterov"],
    "Muon": LOOKS["RMSProp"],
    "Adafactor": LOOKS["AMSGrad"],
}
SPOKEN = {"gradient descent": "SGD", "momentum": "Momentum"}  # what a sentence calls them
NEUTRALS = [  # for what is no optimizer; colours that no rule wears
    Look(INK, "-", "."),
    Look("#332288", (0, (6, 1.4)), "*"),
    Look("#855c47", (0, (2, 1)), "p"),
    Look("#477085", (0, (8, 1.6, 2, 1.6)), "<"),
    Look("#8585e0", (0, (5, 1.2, 1, 1.2)), "d"),
    Look("#423324", (0, (3.5, 1.3)), "H"),
]


def look(optimizer: Any) -> Look:
    """Colour, dash and marker of an optimizer, of its class or of its name; a neutral one for a rule that has none.

    Raises ValueError for a name that is no rule's.
    """
    if isinstance(optimizer, str):
        return LOOKS[validate.choice("optimizer", optimizer, tuple(LOOKS))]
    return LOOKS.get(getattr(optimizer, "__name__", type(optimizer).__name__), NEUTRALS[0])


def looks(names: Iterable[str]) -> dict[str, Look]:
    """A look for each name in one picture: a rule's own where it is free, else a neutral one."""
    given: dict[str, Look] = {}
    free = itertools.cycle(NEUTRALS)
    for name in names:
        if name not in given:
            own = LOOKS.get(SPOKEN.get(name, name))
            given[name] = next(free) if own is None or own in given.values() else own
    return given


def shades(color: str, n: int) -> list[str]:
    """n shades of one colour, light to dark: a sweep of one optimizer."""
    ramp = LinearSegmentedColormap.from_list("shades", [mixed(color, PAPER, 0.45), color, mixed(color, "#000000", 0.35)])
    ends = (0.0, 1.0) if n > 2 else (0.15, 0.75)
    return [to_hex(ramp(at)) for at in np.linspace(*ends, n)] if n > 1 else [color]


def mixed(color: str, other: str, share: float) -> str:
    """`color` with a share of the other one."""
    r, g, b = ((1 - share) * a + share * b for a, b in zip(to_rgb(color), to_rgb(other)))
    return to_hex((r, g, b))


def luminance(color: str) -> float:
    """Relative luminance: 0 for black, 1 for white. Source: WCAG 2.2, definition of relative luminance."""
    c = np.array(to_rgb(color))
    return float(np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722])


def darkened(color: str, contrast: float = 4.5) -> str:
    """The nearest darker colour that has this contrast with white."""
    for share in np.linspace(0, 1, 41):
        dark = mixed(color, "#000000", share)
        if 1.05 / (luminance(dark) + 0.05) >= contrast:
            return dark
    return "#000000"


def width_now() -> int:
    """CSS pixels of a figure that is not told how wide it is: WIDTH, or less inside `narrowed`."""
    return _width.get()


@contextmanager
def narrowed(width: int) -> Iterator[None]:
    """Figures drawn in here are this wide, and not much higher."""
    token = _width.set(width)
    try:
        yield
    finally:
        _width.reset(token)


def figure(height: float, width: float | None = None) -> Figure:
    """An empty figure with a canvas of its own; sizes in CSS pixels. `subplots` leaves room for a label under the axes."""
    if width is None:
        width = width_now()
        height = height if width == WIDTH else min(height, max(LOW, width))
    fig = Figure(figsize=(width / 100, height / 100), dpi=100 * PIXEL_RATIO)
    fig.subplots_adjust(bottom=min(48 / height, 0.3))
    FigureCanvasAgg(fig)
    return fig


def panel(fig: Figure, left: float, top: float, right: float, bottom: float, **options: Any) -> Axes:
    """Axes whose distances from the figure's edges are given in CSS pixels."""
    w, h = 100 * fig.get_size_inches()
    ax = fig.add_axes((left / w, bottom / h, (w - left - right) / w, (h - top - bottom) / h), **options)
    ax.xaxis.label.set_parse_math(False)  # what a reader writes is shown as it is
    return ax


def titled_panel(height: float, left: float, right: float, bottom: float, title: str | None) -> tuple[Figure, Axes]:
    """A figure and its one panel, with room above it for the y label, and for a title where there is one."""
    fig = figure(height + (26 if title else 0))
    return fig, panel(fig, left, 60 if title else 34, right, bottom)


def axis_name(text: str, log: bool) -> str:
    """What an axis says: a logarithmic one says so."""
    return f"{text} (log)" if log and text else text


def head(ax: Axes, ylabel: str | None = None, title: str | None = None, up: float = 0) -> None:
    """The y label stands upright over its axis, the title above it: nobody has to tilt their head.

    up : CSS pixels to leave free above the axes
    """
    if ylabel:
        at = (0, (9 + up) * PX)
        ax.annotate(ylabel, (0, 1), at, "axes fraction", "offset points", color=QUIET, annotation_clip=False, parse_math=False)
    if title:
        at = (0, ((32 if ylabel else 12) + up) * PX)
        ax.annotate(
            title,
            (0, 1),
            at,
            "axes fraction",
            "offset points",
            size=16 * PX,
            weight="bold",
            annotation_clip=False,
            parse_math=False,
        )
