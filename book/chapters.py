"""The notebooks as the site needs them: figures for stored pictures, links that lead somewhere, no line of navigation."""

import ast
import base64
import copy
import html
import os
import re
import symtable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from adamlib.explore import READY_MADE
from book.figures import ROOT_MARK, Still, live
from book.frames import Frames, Recipe
from book.mathml import TAG, anchor

REPOSITORY = os.environ.get("BOOK_REPOSITORY", "").rstrip("/")  # its address, where the site is published
CALL = re.compile(r"^explore\.(\w+)\(.*\)$", re.DOTALL)
PROTECTED = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|<[^>]+>|!?\[[^\]]*\]\([^)]*\)", re.DOTALL)
MENTION = re.compile(r"(?<![\w)])\((\d\d?\.\d+(?:\.\d+)?)\)")
FILM = re.compile(r"!\[([^\]]*)\]\((pictures/\w+)\.gif\)")
MADE = {make.__name__ for make in READY_MADE}


@dataclass
class Figure:
    """A figure of a notebook, for the lists of figures."""

    page: str
    anchor: str
    sentence: str
    explorer: str | None = None
    png: bytes = b""


@dataclass
class Chapter:
    """A notebook of the series."""

    path: Path
    raw: NotebookNode = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Chapter":
        return cls(path, nbformat.read(path, as_version=4))

    @property
    def page(self) -> str:
        return f"notebooks/{self.path.stem}"

    @property
    def title(self) -> str:
        return self.raw.cells[0].source.split("\n")[0].removeprefix("# ").strip()

    @property
    def number(self) -> str:
        return self.path.name[:2]

    @cached_property
    def equations(self) -> dict[str, str]:
        """Numbered formulas: number to LaTeX."""
        blocks = [
            b for cell in self.raw.cells if cell.cell_type == "markdown" for b in re.findall(r"\$\$(.*?)\$\$", cell.source, re.S)
        ]
        return {tag: block for block in blocks for tag in TAG.findall(block)}

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """The cells that end in an explorer: id to recipe."""
        found, earlier = {}, []
        for cell in self.raw.cells:
            if cell.cell_type != "code":
                continue
            last = cell.source.strip().split("\n")[-1]
            if (match := CALL.match(last)) and "image/png" in _data(cell):
                name = match[1] if match[1] in MADE else f"cell-{cell.id}"
                found[cell.id] = Recipe(name, needed(earlier, cell.source))
            earlier.append(cell.source)
        return found

    @cached_property
    def figures(self) -> list[Figure]:
        found = []
        for cell in self.raw.cells:
            data = _data(cell)
            if "image/png" in data:
                recipe = self.recipes.get(cell.id)
                png = base64.b64decode(data["image/png"])
                still = Still.of(png, data["text/plain"])
                found.append(Figure(self.page, f"fig-{cell.id}", still.sentence, recipe and recipe.name, still.png))
        return found

    def staged(self, frames: dict[str, Frames], chapters: list["Chapter"], pictures: dict[str, bytes]) -> NotebookNode:
        """The notebook with figures in place of pictures. Files that it needs are put into `pictures`."""
        where = {tag: chapter for chapter in chapters for tag in chapter.equations}
        raw = copy.deepcopy(self.raw)
        for cell in raw.cells:
            if cell.cell_type == "markdown":
                cell.source = self._linked(cell.source, where)
            elif "image/png" in (data := _data(cell)):
                recipe = self.recipes.get(cell.id)
                if recipe and recipe.name in frames:
                    shown = live(frames[recipe.name], f"fig-{cell.id}")
                else:
                    still = Still.of(base64.b64decode(data["image/png"]), data["text/plain"])
                    pictures[still.name] = still.png
                    shown = still.html(f"fig-{cell.id}")
                cell.outputs[0].data = {"text/html": shown}
                cell.outputs[0].metadata = {}
            elif "text/markdown" in data and "`" not in data["text/markdown"]:
                data["text/markdown"] = self._linked(data["text/markdown"], where)
        first = raw.cells[0]
        first.source = f"{first.source.split(chr(10))[0]}\n\n{self._where()}"
        return raw

    def _where(self) -> str:
        """Where the notebook itself is: to download, to change, to run."""
        here = f"notebooks/{self.path.name}"
        ways = [f'<a href="{ROOT_MARK}{here}" download>Download the notebook</a>']
        ways.append(f'<a href="{ROOT_MARK}slides/{self.path.stem}.html">Slides</a>')
        if REPOSITORY:
            binder = REPOSITORY.replace("https://github.com/", "https://mybinder.org/v2/gh/")
            ways += [f'<a href="{REPOSITORY}/edit/main/{here}">Edit it</a>', f'<a href="{binder}/main?labpath={here}">Run it</a>']
        return f'<p class="where">{" · ".join(ways)}</p>'

    def _linked(self, text: str, where: dict[str, "Chapter"]) -> str:
        """Mentions of equations become links to them."""

        def link(mention: re.Match) -> str:
            chapter = where.get(mention[1])
            page = "" if chapter is self else f"{chapter.path.stem}.html" if chapter else None
            return mention[0] if page is None else f'<a href="{page}#{anchor(mention[1])}">({mention[1]})</a>'

        kept: list[str] = []
        masked = PROTECTED.sub(lambda part: kept.append(part[0]) or f"\0{len(kept) - 1}\0", text)
        masked = MENTION.sub(link, masked)
        kept = [FILM.sub(film, part) for part in kept]
        return re.sub("\0(\\d+)\0", lambda part: kept[int(part[1])], masked)


def film(image: re.Match) -> str:
    """An animation of the notebooks: as a film, which the reader starts and stops, and which weighs a tenth."""
    words, name = html.escape(image[1]), f"{ROOT_MARK}notebooks/{image[2]}"
    return (
        f'<figure class="picture"><div class="card"><video controls loop muted playsinline preload="none" poster="{name}.webp" '
        f'aria-label="{words}"><source src="{name}.mp4" type="video/mp4">'
        f'<a href="{name}.gif">{words}</a></video></div><figcaption>{words}</figcaption></figure>'
    )


def _data(cell: NotebookNode) -> dict:
    outputs = cell.get("outputs") or [{}]
    return outputs[0].get("data", {})


def needed(earlier: list[str], cell: str) -> str:
    """The statements of a notebook that a cell needs, in order, and then the cell: it can be run alone."""
    statements = [node for source in earlier for node in ast.parse(source).body]
    last = ast.parse(cell).body
    wanted, kept = set().union(*(_names(node)[0] for node in last)), []
    for node in reversed(statements):
        read, written = _names(node)
        if written & wanted:
            kept.append(node)
            wanted |= read
    return "\n".join(ast.unparse(node) for node in [*reversed(kept), *last])


def _names(node: ast.stmt) -> tuple[set[str], set[str]]:
    """The names that a statement takes from outside, and those that it makes."""
    top = symtable.symtable(ast.unparse(node), "cell", "exec")
    read, written, tables = set(), {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}, [top]
    while tables:
        table = tables.pop()
        read |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (table is top or s.is_global())}
        tables += table.get_children()
    return read, written
