"""Pictures. Each function draws and returns a `Picture`; its `draw_` twin draws on given axes."""

from adamlib.later import importer
from adamlib.numerals import number
from adamlib.plots.bars import bars, draw_bars
from adamlib.plots.lines import curves, draw_curves, draw_steps, steps
from adamlib.plots.maps import draw_heatmap, heatmap
from adamlib.plots.picture import Picture, beside, render
from adamlib.plots.plane import draw_paths, paths
from adamlib.plots.surface import draw_surface, surface

__all__ = [
    "Picture",
    "bars",
    "beside",
    "curves",
    "draw_bars",
    "draw_curves",
    "draw_heatmap",
    "draw_paths",
    "draw_steps",
    "draw_surface",
    "heatmap",
    "number",
    "paths",
    "render",
    "steps",
    "surface",
]

__getattr__ = importer(__name__, {}, former={"losses": "curves", "draw_losses": "draw_curves"})
