"""A figure whose still parts are drawn once, and whose moving parts are drawn over them as often as they move."""

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from adamlib import style


class Layers:
    """A figure and its moving artists, in the order in which they are drawn."""

    @style.styled
    def __init__(self, figure: Figure, moving: Sequence[Artist]):
        self.figure, self.moving = figure, moving
        self.canvas = FigureCanvasAgg(figure)
        for artist in moving:
            artist.set_animated(True)
        self.canvas.draw()
        self.background = self.canvas.copy_from_bbox(figure.bbox)

    def draw(self) -> np.ndarray:
        """The pixels (high, wide, 4) as the artists stand now. They are overwritten by the next call."""
        self.canvas.restore_region(self.background)
        for artist in self.moving:
            self.figure.draw_artist(artist)
        return np.asarray(self.canvas.buffer_rgba())
