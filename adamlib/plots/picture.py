"""A picture and the sentence that says what is in it."""

import base64
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from PIL import Image

from adamlib import style, validate
from adamlib.plots.arguments import drawing

MARGIN = 16
GAP, MOST_BESIDE = 16, 4  # between small pictures in a row, and how many there may be


@dataclass(frozen=True)
class Picture:
    """A PNG, and one sentence with its numbers: the text that a page without images, or a test, reads instead.

    png : the encoded image
    width : CSS pixels; the image has twice as many
    sentence : stands under the picture, or is its title; a person reads it, and it is the alternative text
    again : draws it once more, which `beside` asks for in another width
    values : what was drawn, computed: the last value of every curve, the best cell of a map. It follows the sentence in
        the plain text, which tests compare
    """

    png: bytes
    sentence: str
    width: int = style.WIDTH
    values: str = ""
    again: Callable[[], "Picture"] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.png, bytes) or not self.png.startswith(b"\x89PNG"):
            validate.refuse(TypeError, "png", self.png, "the bytes of a PNG image")
        validate.text("sentence", self.sentence)
        validate.text("values", self.values)
        object.__setattr__(self, "width", validate.count("width", self.width))

    @property
    def height(self) -> int:
        """CSS pixels."""
        wide, high = Image.open(io.BytesIO(self.png)).size
        return round(high * self.width / wide)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"text/plain": repr(self), "image/png": base64.b64encode(self.png).decode()}
        return data, {"image/png": {"width": self.width, "height": self.height, "alt": self.sentence}}

    def __repr__(self) -> str:
        return f"{self.sentence} {self.values}".rstrip()


@drawing
def render(figure: Figure, sentence: str, width: int = style.WIDTH) -> Picture:
    """Draw a figure, put the sentence under it, and encode both.

    figure : any Matplotlib figure; it is drawn `width` CSS pixels wide and not changed otherwise
    sentence : plain text
    width : CSS pixels, from 50 to 5000

    Returns a Picture. Raises ValueError or TypeError that names the field, the value and what is allowed.
    """
    if not isinstance(sentence, str) or not sentence:
        validate.refuse(ValueError, "sentence", sentence, "text that says what is in the picture")
    validate.instance("figure", figure, Figure, "a Matplotlib figure")
    if not 50 <= validate.count("width", width) <= 5000:
        validate.refuse(ValueError, "width", width, "from 50 to 5000 CSS pixels")
    if width == style.WIDTH:
        width = style.width_now()
    wide = width * style.PIXEL_RATIO
    figure.set_dpi(wide / figure.get_size_inches()[0])
    return still(pixels(figure, wide), sentence, width)


def beside(*pictures: Picture, sentence: str | None = None) -> Picture:
    """Small pictures in a row, each drawn anew in its share of the width: up to four of them.

    pictures : as the functions of this package return them
    sentence : stands under the row; None for none

    Returns a Picture, whose plain text holds what each of them says. Raises ValueError for other numbers of pictures, TypeError
    for what is no picture.
    """
    for picture in pictures:
        validate.instance("pictures", picture, Picture, "pictures, as plots.curves returns them")
    if not 2 <= len(pictures) <= MOST_BESIDE:
        validate.refuse_as(ValueError, "pictures", f"of length {len(pictures)}", f"be from 2 to {MOST_BESIDE}")
    if sentence is not None and not validate.text("sentence", sentence):
        validate.refuse(ValueError, "sentence", sentence, "text, or None")
    with style.narrowed((style.WIDTH - GAP * (len(pictures) - 1)) // len(pictures)):
        parts = [picture.again() if picture.again else picture for picture in pictures]
    row = side_by_side([np.asarray(Image.open(io.BytesIO(part.png)).convert("RGB")) for part in parts])
    told = " ".join(map(repr, pictures))
    under = [caption(sentence, style.WIDTH)] if sentence else []
    return Picture(encode_png(np.vstack([row, *under])), sentence or told, values=told if sentence else "")


def side_by_side(images: list[np.ndarray]) -> np.ndarray:
    """Images (high, wide, 3) beside each other on paper, in the full width; their lower edges agree."""
    high = max(len(image) for image in images)
    row = np.full((high, style.WIDTH * style.PIXEL_RATIO, 3), 255, np.uint8)
    pitch = (style.WIDTH + GAP) * style.PIXEL_RATIO // len(images)
    for i, image in enumerate(images):
        shown = image[:, : row.shape[1] - i * pitch]
        row[high - len(shown) :, i * pitch : i * pitch + shown.shape[1]] = shown
    return row


def finish_picture(figure: Figure, title: str | None, sentence: str | None, computed: str) -> Picture:
    """A picture with the sentence that it was given under it, or else the one that was computed.

    Where a title says the message, the picture needs no sentence, and what was computed stands in its plain text only.
    """
    if not title:
        return render(figure, sentence or computed)
    words = title if title.endswith((".", "!", "?")) else f"{title}."
    if sentence:
        return replace(render(figure, sentence), sentence=f"{words} {sentence}", values=computed)
    width = style.width_now()
    return Picture(encode_png(pixels(figure, width * style.PIXEL_RATIO)), words, width, computed)


def still(drawn: np.ndarray, sentence: str, width: int = style.WIDTH) -> Picture:
    """Pixels (high, wide, 3 or 4) with their sentence under them, unless they are narrow: small pictures share a sentence."""
    if style.width_now() < style.WIDTH:
        return Picture(encode_png(drawn[..., :3]), sentence, width)
    return Picture(encode_png(np.vstack([drawn[..., :3], caption(sentence, width)])), sentence, width)


def pixels(figure: Figure, wide: int) -> np.ndarray:
    """The figure as an array (high, wide, 3)."""
    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    canvas.draw()
    drawn = np.asarray(canvas.buffer_rgba())
    alpha = drawn[..., 3:] / 255
    return np.round(255 + (drawn[..., :3] - 255.0) * alpha).astype(np.uint8)[:, :wide]


@drawing
def caption(sentence: str, width: int) -> np.ndarray:
    """The sentence, wrapped, as an array (high, wide, 3)."""
    lines = wrapped_lines(typeset(sentence), width - 2 * MARGIN, 14)
    height, leading = 20 * len(lines) + 18, 20
    figure = style.figure(height, width)
    for i, line in enumerate(lines):
        at = MARGIN / width, 1 - (4 + leading * (i + 0.5)) / height
        figure.text(*at, line, size=14 * style.PX, color=style.QUIET, va="center_baseline", parse_math=False)
    return pixels(figure, width * style.PIXEL_RATIO)


def join_parts(parts: list[str]) -> str:
    """`a, b, c`, or `a; b; c` where a part has commas of its own."""
    return ("; " if any(", " in part for part in parts) else ", ").join(parts)


def typeset(text: str) -> str:
    """The ASCII numbers of a sentence as a printer sets them: minus signs, powers of ten."""
    text = "".join(letter if letter.isprintable() or letter == "\u00a0" else " " for letter in text)
    raised = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
    text = re.sub(r"(?<=\d)e([+-])0*(\d+)", lambda e: " × 10" + (e[1].strip("+") + e[2]).translate(raised), text)
    return re.sub(r"(?<![\w)])-(?=\d)", "−", text).replace(" × ", "\u00a0×\u00a0").replace(" = ", "\u00a0=\u00a0")


@cache
def ruler() -> RendererAgg:
    return FigureCanvasAgg(Figure(figsize=(1, 1), dpi=100 * style.PIXEL_RATIO)).get_renderer()


def extent(text: str, px: float, **font: Any) -> tuple[float, float]:
    """Width and height of a text in CSS pixels."""
    properties = FontProperties(family=["DejaVu Sans"], size=px * style.PX, **font)
    wide, high, _ = ruler().get_text_width_height_descent(text, properties, ismath=False)
    return wide / style.PIXEL_RATIO, high / style.PIXEL_RATIO


@cache
def word_width(word: str, px: float) -> float:
    """CSS pixels."""
    return extent(word, px)[0]


def line_width(line: str, px: float) -> float:
    """The width of a text in CSS pixels: of its words, each of which is measured once, and of the spaces between them."""
    words, space = line.split(" "), word_width("n n", px) - 2 * word_width("n", px)
    return sum(word_width(word, px) for word in words) + (len(words) - 1) * space


def wrapped_lines(text: str, width: float, px: float) -> list[str]:
    """Lines no wider than `width`, broken at spaces."""
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and line_width(longer, px) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def encode_png(image: np.ndarray) -> bytes:
    """An 8-bit palette PNG without metadata: the same bytes for the same pixels."""
    codes, where, counts = np.unique(colors_to_codes(image), return_inverse=True, return_counts=True)
    colors = codes_to_colors(codes)
    chosen = palette(colors, counts)
    near = np.concatenate([nearest(part, chosen) for part in np.array_split(colors, len(colors) // 4096 + 1)])
    picture = Image.fromarray(near[where].reshape(image.shape[:2]))
    picture.putpalette(chosen.tobytes())
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def colors_to_codes(image: np.ndarray) -> np.ndarray:
    """Each colour (..., 3) as one whole number."""
    red, green, blue = np.moveaxis(image.astype(np.int64), -1, 0)
    return red << 16 | green << 8 | blue


def codes_to_colors(codes: np.ndarray) -> np.ndarray:
    """The colours (..., 3) of such numbers."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)


def palette(colors: np.ndarray, counts: np.ndarray, most: int = 256, exact: int = 96, rare: int = 24) -> np.ndarray:
    """At most `most` colours: the `exact` most frequent as they are, so that white and the curves stay; the rest by median cut.

    Each further colour counts with the root of its frequency: a thin curve matters more than its area says.
    The last `rare` places go, one by one, to what the palette still misses most among shades that fill 100 pixels together:
    the few bright cells of a map.
    """
    order = np.argsort(-counts, kind="stable")
    if len(order) <= most:
        return colors[order]
    rest = np.repeat(colors[order[exact:]], np.ceil(np.sqrt(counts[order[exact:]])).astype(int), axis=0)
    cut = Image.fromarray(rest[None]).quantize(most - exact - rare, method=Image.Quantize.MEDIANCUT).getpalette()
    chosen = np.vstack([colors[order[:exact]], np.reshape(np.array(cut, np.uint8), (-1, 3))[: most - exact - rare]])
    shades, first, of = np.unique(colors_to_codes(colors[order] >> 4), return_index=True, return_inverse=True)
    seen = colors[order][first[np.bincount(of, counts[order], len(shades)) >= 100]]
    for _ in range(rare if len(seen) else 0):
        missed = seen - chosen[nearest(seen, chosen)].astype(int)
        chosen = np.vstack([chosen, seen[(missed**2).sum(axis=1).argmax()]])
    return chosen


def nearest(colors: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The place in the palette of the colour nearest to each."""
    a, b = colors.astype(np.float32), chosen.astype(np.float32)
    return ((b * b).sum(axis=1) - 2 * a @ b.T).argmin(axis=1).astype(np.uint8)
