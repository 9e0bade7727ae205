"""Pictures. Each function draws and returns a `Picture`; its `draw_` twin draws on given axes."""

from adamlib.plots.bars import bars, draw_bars
from adamlib.plots.lines import curves, draw_curves, draw_steps, steps
from adamlib.plots.lines import draw_losses as draw_losses  # the former names, for one release
from adamlib.plots.lines import losses as losses
from adamlib.plots.maps import draw_heatmap, heatmap
from adamlib.plots.picture import Picture, beside, number, render
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
