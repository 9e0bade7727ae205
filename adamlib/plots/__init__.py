"""Pictures. Each function draws and returns a `Picture`; its `draw_` twin draws on given axes."""

from adamlib.plots.bands import bands, draw_bands
from adamlib.plots.charts import bars, draw_bars, draw_sensitivity, sensitivity
from adamlib.plots.lines import curves, draw_curves, draw_steps, steps
from adamlib.plots.lines import draw_losses as draw_losses  # the former names, for one release
from adamlib.plots.lines import losses as losses
from adamlib.plots.maps import draw_heatmap, heatmap, heatmaps
from adamlib.plots.picture import Picture, beside, number, render
from adamlib.plots.plane import draw_paths, paths
from adamlib.plots.surface import draw_surface, surface

__all__ = [
    "Picture",
    "bands",
    "bars",
    "beside",
    "curves",
    "draw_bands",
    "draw_bars",
    "draw_curves",
    "draw_heatmap",
    "draw_paths",
    "draw_sensitivity",
    "draw_steps",
    "draw_surface",
    "heatmap",
    "heatmaps",
    "number",
    "paths",
    "render",
    "sensitivity",
    "steps",
    "surface",
]
