"""What a view is made of: panels with axes that stay, controls, and marks that say what is where. No pixel, no colour.

Two painters draw it: Matplotlib in a notebook (`adamlib.explore.renderer`), SVG on a page of the site. A pen is a name: that
of a rule, which brings its looks along, or one of "ink", "quiet", "hair", "ghost", "paper". Lengths are CSS pixels.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from adamlib import validate
from adamlib.explore.control import Control
from adamlib.problems.problem import Problem

Numbers = Sequence[float]


class Line(NamedTuple):
    """A curve through points; it breaks where a coordinate is no number. `unit` "share": shares of the panel."""

    panel: str
    xs: Numbers
    ys: Numbers
    pen: str = "ink"
    width: float = 2.2
    dashed: bool = False
    dots: float = 0.0
    unit: str = "data"


class Dot(NamedTuple):
    """A point: "filled" in the shape of its rule, "hollow", "ring" (on a map), or "star"."""

    panel: str
    x: float
    y: float
    pen: str = "ink"
    kind: str = "filled"
    size: float = 12.0


class Word(NamedTuple):
    """A text beside a point: `anchor` "left", "middle" or "right" stands at the point, moved by (dx, dy) to the right and up."""

    panel: str
    x: float
    y: float
    text: str
    pen: str = "ink"
    anchor: str = "left"
    dx: float = 0.0
    dy: float = 0.0
    unit: str = "data"


class Bar(NamedTuple):
    """A filled rectangle between two corners; `pale` is its colour as a ground for texts."""

    panel: str
    x0: float
    y0: float
    x1: float
    y1: float
    pen: str = "ink"
    pale: bool = False


class Band(NamedTuple):
    """A pale stripe over a whole panel, from one x to another."""

    panel: str
    low: float
    high: float
    pen: str = "hair"


class Guide(NamedTuple):
    """A straight line over a whole panel, at a height, or upright at an x."""

    panel: str
    at: float
    pen: str = "hair"
    width: float = 1.1
    upright: bool = False
    dashed: bool = False


class Arrow(NamedTuple):
    """An arrow from a point, by (dx, dy)."""

    panel: str
    x: float
    y: float
    dx: float
    dy: float
    pen: str = "ink"
    width: float = 3.0


class Image(NamedTuple):
    """A map: rows of numbers from the bottom, equal cells over the whole panel. Bright is low; what is no number has diverged."""

    panel: str
    rows: Sequence[Numbers]
    low: float
    high: float
    log: bool = False
    levels: Numbers = ()


class Relief(NamedTuple):
    """The height of a surface over the panel: bands of equal ratio where it spans decades; darker is lower."""

    panel: str
    problem: Problem


Mark = Line | Dot | Word | Bar | Band | Guide | Arrow | Image | Relief
MARKS = (Line, Dot, Word, Bar, Band, Guide, Arrow, Image, Relief)
GROUND = (Relief, Image)  # what lies under everything, and changes rarely


class Panel(NamedTuple):
    """Axes that never move.

    xlim, ylim : what they show
    share : of the width of its row; on a narrow page every panel has the whole width
    height : with its labels
    row : panels of one row stand side by side
    xlog, ylog : logarithmic axes
    xmemory, ymemory : axes of a β, even in the logarithm of 1 - β
    xticks, yticks : numbers, or (number, text) pairs; None for a few round ones
    xlabel, head : under the x axis; upright over the y axis
    left : room for the numbers of the y axis; None for as much as they need
    right : room for words at the ends of curves
    plane : whether it shows the two coordinates: θ₁ and θ₂ stand in its corners
    bare : whether it has no axes
    """

    name: str
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    share: float = 1.0
    height: float = 350.0
    row: int = 0
    xlog: bool = False
    ylog: bool = False
    xmemory: bool = False
    ymemory: bool = False
    xticks: Sequence[Any] | None = None
    yticks: Sequence[Any] | None = None
    xlabel: str = ""
    head: str = ""
    left: float | None = None
    right: float = 16.0
    plane: bool = False
    bare: bool = False


@dataclass(frozen=True)
class Scene:
    """What stays while a view moves.

    panels : in reading order
    controls : by name, as `update` takes them: a list of values, or a Control
    fixed : marks that never change
    drag : (panel, control of x, control of y): where a click or a finger sets two controls; () for nowhere
    question : what to try; it stands above the picture
    """

    panels: Sequence[Panel]
    controls: dict[str, Any]
    fixed: Sequence[Mark] = ()
    drag: tuple[str, ...] = ()
    question: str = ""

    def __post_init__(self) -> None:
        if not self.controls:
            validate.refuse_as(ValueError, "controls", f"= {self.controls!r}", "have at least one list of values")
        found = {name: c if isinstance(c, Control) else Control(c) for name, c in self.controls.items()}
        object.__setattr__(self, "controls", found)


@dataclass(frozen=True)
class View:
    """A figure that moves, described once in plain Python, for every painter.

    scene : () -> Scene
    update : (**controls) -> (marks, sentence), in the dialect that the site translates; with `prepare`, its answer comes first
    prepare : () -> tables as lists and dicts of numbers and texts: any Python, called once; None for none
    """

    scene: Callable[[], Scene]
    update: Callable[..., tuple[list[Mark], str]]
    prepare: Callable[[], Any] | None = None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("scene", "update"):
            validate.function(name, getattr(self, name))

    @property
    def tables(self) -> tuple[Any, ...]:
        """What `prepare` answers, in front of the controls; nothing where there is none."""
        if self.prepare is None:
            return ()
        if "tables" not in self._kept:
            self._kept["tables"] = self.prepare()
        return (self._kept["tables"],)

    def marks(self, **controls: Any) -> tuple[list[Mark], str]:
        """The display list and the sentence of one setting."""
        return self.update(*self.tables, **controls)
