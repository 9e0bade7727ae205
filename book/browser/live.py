"""Explorers that compute in the page: which they are, and what the page needs for them."""

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from adamlib import explore
from adamlib.explore import Explorer
from adamlib.explore.renderer import Renderer
from book.browser import bundle

START_HINT = "Drag the ring, or click beside it, to start elsewhere."
BESIDE_FROM = 9  # controls from which they stand beside their picture
MAP_HINT = "Drag the ring, or click beside it, to choose another setting."


@dataclass(frozen=True)
class Recipe:
    """How an explorer of the library is made: by a call as a cell writes it."""

    name: str
    call: str

    @property
    def is_plain(self) -> bool:
        return self.call == f"explore.{self.name}()"

    def make(self) -> Explorer:
        """The explorer itself."""
        made = eval(self.call, {"explore": explore})
        if not isinstance(made, Explorer):
            raise TypeError(f"{self.call} is no explorer")
        return made


@dataclass(frozen=True)
class LiveView:
    """A view on the site, and the place of its controls where it begins."""

    name: str
    explorer: Explorer
    start: dict[str, Any]

    @classmethod
    @cache
    def of(cls, recipe: Recipe) -> "LiveView":
        explorer = recipe.make()
        usual = explorer.values if recipe.is_plain else getattr(explore, recipe.name)().values
        return cls(recipe.name, explorer, {key: value for key, value in explorer.values.items() if value != usual[key]})

    @property
    def stage(self) -> Renderer:
        return self.explorer.stage

    def figure(self, anchor: str, still: str, sentence: str, root: str) -> str:
        """The figure: question, a still until the script takes over, sentence, and the script of its view.

        still, sentence : the HTML of the stored picture, and what it says
        root : the way from the page to the folder of the site
        """
        scene, escape = self.stage.scene, html.escape
        kind = "picture live many" if len(scene.controls) >= BESIDE_FROM else "picture live"
        hint = f'<p class="hint">{self.hint}</p>' if scene.drag else ""
        moved = f' data-start="{escape(json.dumps(self.start))}"' if self.start else ""
        return "\n".join(
            [
                f'<figure class="{kind}" id="{anchor}" data-view="{self.name}"{moved}>',
                f'<p class="question">{escape(scene.question)}</p>' if scene.question else "",
                f'<div class="card drawn"><div class="still">{still}</div><div class="stage"></div></div>',
                '<div class="knobs" role="group" aria-label="Controls of the figure" hidden></div>',
                f"<figcaption>{escape(sentence)}</figcaption>{hint}",
                f'<p class="note">{escape(self.promise)}</p>',
                '<noscript><p class="note">With JavaScript switched on, this figure has controls that move it.</p></noscript>',
                f'<script src="{root}_static/views/{self.name}.js" defer></script>',
                "</figure>\n",
            ]
        )

    @property
    def hint(self) -> str:
        """What a finger can do in the picture."""
        scene = self.stage.scene
        return START_HINT if any(panel.plane for panel in scene.panels if panel.name in scene.drag[:1]) else MAP_HINT

    @property
    def promise(self) -> str:
        """What the page may promise about the numbers."""
        if bundle.same_bits(self.name, self.stage.view):
            return "Computed in this page by the rules of the notebook, to the last bit."
        return "Computed in this page by the rules of the notebook; exp, sin and cos are the browser’s own."


def put_views(recipes: Iterable[Recipe], out: Path) -> None:
    """Write the scripts of all views, and what they share, below the folder of the site."""
    folder = out / "_static" / "views"
    folder.mkdir(parents=True, exist_ok=True)
    for moving in map(LiveView.of, recipes):
        (folder / f"{moving.name}.js").write_text(bundle.view_script(moving.name, moving.stage.view), encoding="utf-8")
    (out / "_static" / "live.js").write_text(bundle.page_script(), encoding="utf-8")
    (out / "_static" / "live.css").write_text(bundle.style_sheet(), encoding="utf-8")
