"""Figures of the site: stills with their sentence, and explorers that move without a kernel."""

import hashlib
import html
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from adamlib import style
from adamlib.plots import picture

ROOT_MARK = "@root@"  # stands for the way from a page to the folder of the site


@dataclass(frozen=True)
class Still:
    """A stored picture without the sentence that stands in its last rows: the page sets it as text."""

    png: bytes
    sentence: str
    name: str
    size: tuple[int, int]

    @classmethod
    @cache
    def of(cls, png: bytes, sentence: str) -> "Still":
        png = without_caption(png, sentence)
        return cls(png, picture.typeset(sentence), name_by_content(png, "png"), image_size(png))

    def html(self, anchor: str) -> str:
        card = f'<div class="{card_kind(self.png)}">{self.image}</div>\n<figcaption>{html.escape(self.sentence)}</figcaption>'
        return f'<figure class="picture" id="{anchor}">\n{card}\n</figure>\n'

    @property
    def image(self) -> str:
        """The picture alone."""
        words, (wide, high) = html.escape(self.sentence), self.size
        return (
            f'<img src="{ROOT_MARK}pictures/{self.name}" alt="{words}" width="{wide // 2}" height="{high // 2}" '
            f'style="aspect-ratio: {wide} / {high}" loading="lazy" decoding="async">'
        )


def name_by_content(content: bytes, ending: str) -> str:
    """A name for a file that changes with what is in it."""
    return f"{hashlib.sha256(content).hexdigest()[:12]}.{ending}"


def image_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    return Image.open(io.BytesIO(content)).size


MAP_COLORS = style.MAP(np.linspace(0, 1, 64))[:, :3]
MAP_SHARE = 0.02  # of the pixels, from which a picture holds a map


@cache
def card_kind(png: bytes) -> str:
    """The class of the card of a picture: drawings are turned round in the dark, maps are not, since there bright means fast."""
    small = Image.open(io.BytesIO(png)).convert("RGB").resize((140, 70), Image.Resampling.NEAREST)
    counted = small.getcolors(small.width * small.height)
    counts, colors = (np.array(part) for part in zip(*counted))
    near = np.abs(colors[:, None] / 255 - MAP_COLORS).max(axis=2).min(axis=1) < 0.03
    return "card" if counts[near].sum() / counts.sum() > MAP_SHARE else "card inked"


def without_caption(png: bytes, sentence: str) -> bytes:
    """The picture above its sentence; the picture as it is where its last rows are something else."""
    image = Image.open(io.BytesIO(png))
    strip = picture.caption(sentence, image.width // 2)
    high = len(strip)
    if image.width != strip.shape[1] or image.height <= high:
        return png
    rows = np.asarray(image.convert("RGB"), int)[-high:]
    if np.abs(rows - strip).mean() > 2:
        return png
    cut = image.crop((0, 0, image.width, image.height - high))
    out = io.BytesIO()
    cut.save(out, "PNG", optimize=True)
    return out.getvalue()


def thumbnail(png: bytes, wide: int = 480) -> bytes:
    """A small copy of a picture, for a list of them."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    small = image.resize((wide, round(wide * image.height / image.width)), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=82, method=6)
    return out.getvalue()


def last_picture(film: Path) -> bytes:
    """What an animation ends with, for those who do not start it."""
    with Image.open(film) as image:
        image.seek(image.n_frames - 1)
        out = io.BytesIO()
        image.convert("RGB").save(out, "WEBP", quality=85, method=6)
    return out.getvalue()


def put_file(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
