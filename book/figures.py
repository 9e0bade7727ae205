"""Figures of the site: stills with their sentence, and explorers that move without a kernel."""

import hashlib
import html
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from adamlib.plots import picture
from book.frames import Frames, Knob, Plan

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
        size = Image.open(io.BytesIO(png)).size
        return cls(png, picture.typeset(sentence), hashlib.sha256(png).hexdigest()[:12] + ".png", size)

    def html(self, anchor: str) -> str:
        card = f'<div class="card">{self.image}</div>\n<figcaption>{html.escape(self.sentence)}</figcaption>'
        return f'<figure class="picture" id="{anchor}">\n{card}\n</figure>\n'

    @property
    def image(self) -> str:
        """The picture alone."""
        words, (wide, high) = html.escape(self.sentence), self.size
        return (
            f'<img src="{ROOT_MARK}pictures/{self.name}" alt="{words}" width="{wide // 2}" height="{high // 2}" '
            f'style="aspect-ratio: {wide} / {high}" loading="lazy" decoding="async">'
        )


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


def words(value: Any) -> str:
    """A value as a reader reads it."""
    return picture.typeset(picture.number(value, 5)) if isinstance(value, float) else str(value)


def explorer_html(frames: Frames, anchor: str) -> str:
    """An explorer: its controls, its picture at the start, its sentence, and what the script needs to move it."""
    plan, first = frames.plan, frames.plan.first
    names = [name for name, values in plan.offered.items() if len(values) > 1]
    controls = "\n".join(_control(anchor, name, plan.facts.knobs[name], plan.offered[name]) for name in names)
    wide, high = plan.facts.size
    grounds, sheets = sorted(set(frames.grounds)), sorted(set(frames.sheets))
    data = {
        "folder": f"{ROOT_MARK}frames/{plan.recipe.name}/",
        "grounds": grounds,
        "sheets": sheets,
        "frames": [[grounds.index(g), sheets.index(s)] for g, s in zip(frames.grounds, frames.sheets)],
        "sentences": frames.sentences,
    }
    said = html.escape(frames.sentences[first])
    stored = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    picture_of = f'width="{wide // 2}" height="{high // 2}" decoding="sync" loading="lazy"'
    return "\n".join(
        [
            f'<figure class="picture explorer" id="{anchor}" data-explorer="{plan.recipe.name}" data-frame="{first}">',
            f'<div class="knobs" role="group" aria-label="Controls of the figure" hidden>\n{controls}',
            '<button type="button" class="reset">Reset</button>\n</div>',
            f'<div class="card stage" style="aspect-ratio: {wide} / {high}">',
            f'<img class="ground" src="{data["folder"]}{frames.grounds[first]}" alt="" {picture_of}>',
            f'<img class="sheet" src="{data["folder"]}{frames.sheets[first]}" alt="{said}" {picture_of}>',
            "</div>",
            f'<figcaption aria-live="polite">{said}</figcaption>',
            *([f'<p class="note">{note}</p>'] if (note := positions_left_out(plan)) else []),
            '<noscript><p class="note">With JavaScript switched on, this figure has controls that move it.</p></noscript>',
            f'<script type="application/json">{stored}</script>',
            "</figure>\n",
        ]
    )


def positions_left_out(plan: Plan) -> str:
    """What a notebook offers more than this page."""
    here, total = len(plan.positions), plan.facts.total
    if here == total:
        return ""
    fixed = [plan.facts.knobs[name].label for name, values in plan.offered.items() if len(values) == 1]
    more = f", and sliders for {picture.listed(fixed)}" if fixed else ""
    return html.escape(f"This page holds {here:,} of the figure’s {total:,} positions. In a notebook it has them all{more}.")


def _control(anchor: str, name: str, knob: Knob, values: tuple) -> str:
    where = values.index(knob.start)
    key, label = f"{anchor}-{name}", html.escape(knob.label)
    common = f'id="{key}" data-name="{name}" data-size="{len(values)}" data-start="{where}" autocomplete="off"'
    if all(isinstance(value, bool) for value in values):
        on = " checked" if knob.start == values[1] else ""
        return f'<div class="control switch"><input type="checkbox" {common}{on}><label for="{key}">{label}</label></div>'
    texts = [words(value) for value in values]
    if isinstance(values[0], str):
        options = "".join(f"<option{' selected' if i == where else ''}>{html.escape(t)}</option>" for i, t in enumerate(texts))
        return f'<div class="control"><label for="{key}">{label}</label><select {common}>{options}</select></div>'
    stored = html.escape(json.dumps(texts, ensure_ascii=False))
    play = f'<button type="button" class="play" data-for="{key}" aria-label="Play {label}" aria-pressed="false">▶</button>'
    head = f'<label for="{key}">{label}</label>{play if knob.play else ""}'
    ends = f'min="0" max="{len(values) - 1}" step="1" value="{where}"'
    return (
        f'<div class="control">{head}<input type="range" {common} {ends} '
        f'aria-valuetext="{html.escape(texts[where])}" data-texts="{stored}">'
        f'<span class="value" aria-hidden="true">{html.escape(texts[where])}</span></div>'
    )


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


def put(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
