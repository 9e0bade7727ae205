"""A figure whose still parts are drawn once, and whose moving parts are drawn for every setting of the controls."""

import inspect
import io
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from PIL import Image

from adamlib import style
from adamlib.plots.scene import Layers

JPEG = {"quality": 88}


class Stage:
    """Draws one view at any setting. Knows nothing of widgets, nor of Adam.

    view : figure, **still -> (moving artists, update). It draws the still parts and returns the artists that will
        move, in the order in which they are drawn, and a function update(**moving) -> sentence that moves them.
        A control named among the arguments of `view` is still: changing it draws the figure anew.
    height, width : of the figure, in CSS pixels
    """

    def __init__(self, view: Callable[..., Any], height: float, width: float = style.WIDTH):
        self._size = height, width
        self._view = view
        self.still = tuple(inspect.signature(view).parameters)[1:]
        self._scenes: dict[tuple[Any, ...], _Scene] = {}

    def draw(self, **values: Any) -> tuple[np.ndarray, str]:
        """The pixels (height, width, 4) and the sentence of one setting. The pixels are overwritten by the next call."""
        still = {name: values[name] for name in self.still}
        moving = {name: value for name, value in values.items() if name not in still}
        return self._scene(still).draw(moving)

    def axes(self, **values: Any) -> Any:
        """The first axes of the figure at this setting, to turn a click into coordinates."""
        return self._scene({name: values[name] for name in self.still}).scene.figure.axes[0]

    def _scene(self, still: dict[str, Any]) -> "_Scene":
        key = tuple(still.values())
        if key not in self._scenes:
            self._scenes[key] = _Scene(self._view, self._size, still)
        return self._scenes[key]


class _Scene:
    @style.styled
    def __init__(self, view: Callable[..., Any], size: tuple[float, float], still: dict[str, Any]):
        figure = style.figure(*size)
        artists, self.update = artists_and_update(view(figure, **still))
        self.scene = Layers(figure, artists)

    def draw(self, moving: dict[str, Any]) -> tuple[np.ndarray, str]:
        sentence = self.update(**moving)
        if not isinstance(sentence, str):
            raise TypeError(f"update that returns {sentence!r:.80} is not allowed: update must return a sentence")
        return self.scene.draw(), sentence


def artists_and_update(returned: Any) -> tuple[list[Artist], Callable[..., Any]]:
    """What a view returns, or TypeError with what it should."""
    if isinstance(returned, tuple) and len(returned) == 2:
        artists, update = returned
        if isinstance(artists, (list, tuple)) and all(isinstance(one, Artist) for one in artists) and callable(update):
            return list(artists), update
    allowed = "view must return (artists, update), a list of what moves and a function that moves it and returns a sentence"
    raise TypeError(f"view that returns {returned!r:.80} is not allowed: {allowed}")


def jpeg(pixels: np.ndarray) -> bytes:
    """Pixels as a JPEG: of all encoders the one that keeps up with a drag."""
    height, width, _ = pixels.shape
    image = Image.frombuffer("RGBX", (width, height), pixels, "raw", "RGBX", 0, 1)
    out = io.BytesIO()
    image.save(out, "JPEG", **JPEG)
    return out.getvalue()
