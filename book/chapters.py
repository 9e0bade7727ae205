"""The notebooks as the site needs them: figures for stored pictures, links that lead somewhere, no line of navigation."""

import base64
import copy
import html
import re
from dataclasses import dataclass, field
from functools import cached_property

import nbformat
from nbformat import NotebookNode

from adamlib.explore import READY_MADE
from adamlib.series import Entry
from book.answers import form_of
from book.browser.live import LiveView, Recipe
from book.doors import ways_to_run
from book.figures import ROOT_MARK, Still
from book.mathml import TAG, anchor

CALL = re.compile(r"^explore\.(\w+)\(.*\)$", re.DOTALL)
PROTECTED = re.compile(r"```.*?```|`[^`\n]*`|\$\$.*?\$\$|\$[^$\n]+\$|<[^>]+>|!?\[[^\]]*\]\([^)]*\)", re.DOTALL)
MENTION = re.compile(r"(?<![\w)])\((\d\d?\.\d+(?:\.\d+)?)\)")
FILM_LINK = re.compile(r"!\[([^\]]*)\]\((?:\.\./)?(pictures/\w+)\.gif\)")
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

    entry: Entry
    raw: NotebookNode = field(repr=False)

    @classmethod
    def read(cls, entry: Entry) -> "Chapter":
        return cls(entry, nbformat.read(entry.path, as_version=4))

    @property
    def page(self) -> str:
        """Where its page is on the site, without an ending."""
        return f"notebooks/{self.entry.name.removesuffix('.ipynb')}"

    @property
    def slides(self) -> str:
        """Where its slides are on the site."""
        return f"slides/{self.entry.path.stem}.html"

    @property
    def title(self) -> str:
        return self.raw.cells[0].source.split("\n")[0].removeprefix("# ").strip()

    @cached_property
    def equations(self) -> dict[str, str]:
        """Numbered formulas: number to LaTeX."""
        blocks = [
            b for cell in self.raw.cells if cell.cell_type == "markdown" for b in re.findall(r"\$\$(.*?)\$\$", cell.source, re.S)
        ]
        return {tag: block for block in blocks for tag in TAG.findall(block)}

    @cached_property
    def recipes(self) -> dict[str, Recipe]:
        """The cells that end in an explorer of the library: id to recipe. One that is built in its cell stays a still."""
        found = {}
        for cell in self.raw.cells:
            call = CALL.match(cell.source.strip().split("\n")[-1])
            if call and call[1] in MADE and "image/png" in stored_data(cell):
                found[cell.id] = Recipe(call[1], call[0])
        return found

    @cached_property
    def figures(self) -> list[Figure]:
        found = []
        for cell in self.raw.cells:
            data = stored_data(cell)
            if "image/png" in data:
                recipe = self.recipes.get(cell.id)
                png = base64.b64decode(data["image/png"])
                still = Still.of(png, data["text/plain"])
                found.append(Figure(self.page, f"fig-{cell.id}", still.sentence, recipe and recipe.name, still.png))
        return found

    def shown(self, cell: NotebookNode, pictures: dict[str, bytes]) -> str:
        """The figure of a cell: it moves, or is a still. The still is put into `pictures`."""
        recipe, anchored = self.recipes.get(cell.id), f"fig-{cell.id}"
        data = stored_data(cell)
        still = Still.of(base64.b64decode(data["image/png"]), data["text/plain"])
        pictures[still.name] = still.png
        if recipe is None:
            return still.html(anchored)
        return LiveView.of(recipe).figure(anchored, still.image, still.sentence, ROOT_MARK)

    def rooms(self, chapters: list["Chapter"]) -> list["Chapter"]:
        """The rooms of a lesson."""
        return [other for other in chapters if other.entry.number.startswith(f"{self.entry.number}.")]

    def staged(self, chapters: list["Chapter"], pictures: dict[str, bytes]) -> NotebookNode:
        """The notebook with figures in place of pictures. Files that it needs are put into `pictures`."""
        where = {tag: chapter for chapter in chapters for tag in chapter.equations}
        raw = copy.deepcopy(self.raw)
        for cell in raw.cells:
            if cell.cell_type == "markdown":
                cell.source = self._linked(cell.source, where)
            elif "image/png" in (data := stored_data(cell)):
                shown = told_output(cell)
                shown.data, shown.metadata = {"text/html": self.shown(cell, pictures)}, {}
            elif form := form_of(cell.source):
                cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": form})]
            elif "text/markdown" in data and "`" not in data["text/markdown"]:
                data["text/markdown"] = self._linked(data["text/markdown"], where)
        if rooms := self.rooms(chapters):
            tree = "```{toctree}\n:hidden:\n\n" + "\n".join(f"deeper/{room.entry.path.stem}" for room in rooms) + "\n```"
            raw.cells.append(nbformat.v4.new_markdown_cell(tree, id="rooms"))
        title, *rest = raw.cells[0].source.split("\n\n")
        raw.cells[0].source = "\n\n".join([title, self._where(), *rest[1:]])  # without its ways on: the page has its own
        return raw

    def _where(self) -> str:
        """Where the notebook itself is: to download, to change, to run."""
        here = f"notebooks/{self.entry.name}"
        ways = [f'<a href="{ROOT_MARK}{here}" download>Download the notebook</a>']
        ways.append(f'<a href="{ROOT_MARK}{self.slides}">Slides</a>')
        return f'<p class="where">{" · ".join([*ways, *ways_to_run(self.entry)])}</p>'

    def _linked(self, text: str, where: dict[str, "Chapter"]) -> str:
        """Mentions of equations become links to them."""

        def link(mention: re.Match) -> str:
            chapter = where.get(mention[1])
            page = "" if chapter is self else f"{ROOT_MARK}{chapter.page}.html" if chapter else None
            return mention[0] if page is None else f'<a href="{page}#{anchor(mention[1])}">({mention[1]})</a>'

        kept: list[str] = []
        masked = PROTECTED.sub(lambda part: kept.append(part[0]) or f"\0{len(kept) - 1}\0", text)
        masked = MENTION.sub(link, masked)
        kept = [FILM_LINK.sub(film_html, part) for part in kept]
        return re.sub("\0(\\d+)\0", lambda part: kept[int(part[1])], masked)


def film_html(image: re.Match) -> str:
    """An animation of the notebooks: as a film, which the reader starts and stops, and which weighs a tenth."""
    words, name = html.escape(image[1]), f"{ROOT_MARK}notebooks/{image[2]}"
    return (
        f'<figure class="picture"><div class="card inked">'
        f'<video controls loop muted playsinline preload="none" poster="{name}.webp" aria-label="{words}">'
        f'<source src="{name}.mp4" type="video/mp4"><a href="{name}.gif">{words}</a></video>'
        f"</div><figcaption>{words}</figcaption></figure>"
    )


def told_output(cell: NotebookNode) -> NotebookNode | dict:
    """The picture among the outputs of a cell, else the first of them."""
    outputs = cell.get("outputs") or [{}]
    return next((output for output in outputs if "image/png" in output.get("data", {})), outputs[0])


def stored_data(cell: NotebookNode) -> dict:
    return told_output(cell).get("data", {})
