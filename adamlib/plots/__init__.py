"""Pictures. Each function draws and returns a `Picture`; its `draw_` twin draws on given axes."""

from adamlib.plots.charts import bars, draw_bars, draw_sensitivity, sensitivity
from adamlib.plots.curves import bands, draw_bands, draw_losses, draw_steps, losses, steps
from adamlib.plots.maps import draw_heatmap, heatmap, heatmaps
from adamlib.plots.picture import Picture, number, render
from adamlib.plots.plane import draw_paths, paths
from adamlib.plots.surface import draw_surface, surface

__all__ = [
    "Picture",
    "bands",
    "bars",
    "draw_bands",
    "draw_bars",
    "draw_heatmap",
    "draw_losses",
    "draw_paths",
    "draw_sensitivity",
    "draw_steps",
    "draw_surface",
    "heatmap",
    "heatmaps",
    "losses",
    "number",
    "paths",
    "render",
    "sensitivity",
    "steps",
    "surface",
]
