"""Reads notebooks for the tests: their cells, prose, equations, links and exercises."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from adamlib import series

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "notebooks"

IMPORTS = """\
import numpy as np

import adamlib as al
from adamlib import explore, plots
from adamlib.exercises import check
from adamlib.notebook import source, table"""

FENCED = re.compile(r"```.*?```", re.DOTALL)
MATHS = re.compile(r"\$\$.*?\$\$|\$[^$]+\$", re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)")
DIGITS_AND_PER_CENT = re.compile(r"(?<![\w.\\{^])(\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?)(?!\w)( ?(?:%|per cent))?")
NAMES_NO_QUANTITY = re.compile(
    r"\$\$.*?\$\$|`[^`]*`|\]\([^)]*\)|<[^>]*>"  # formulas, code, links, HTML
    r"|\A# \d\d(?:\.\d)?"  # the title
    r"|\(\d\d?\.\d+(?:\.\d+)?\)|\b0\d[a-c]?\b|\b1\d[a-c]\b|\b(?:19|20)\d\d\b"  # equations, notebooks, years
    r"|\[(?:Lesson )?1\d(?:\.\d)?\b(?=[^\]]*\]\()|\b(?:[Ll]esson|[Rr]oom) 1\d(?:\.\d)?\b"  # lessons and rooms
    r"|\b(?:[Ss]ections?|[Vv]ersion|[Ll]ine|[Ii]ssue|pull requests?) \d[\d.]*(?: and \d+)?\b",
    re.DOTALL,
)
SOLUTION = re.compile(r"<details>\s*<summary>Solution</summary>.*?```python\n(.*?)```.*?</details>", re.DOTALL)


@dataclass(frozen=True)
class ExerciseCell:
    """An exercise as a notebook holds it: its name, the code of its cell, what it printed, its folded solution."""

    name: str
    code: str
    printed: str
    solution: str | None


@dataclass(frozen=True)
class WrittenNumber:
    """A number as it is written, and whether it counts hundredths."""

    digits: str
    percent: bool

    @property
    def value(self) -> float:
        return float(self.digits.replace(",", ""))

    def rounds(self, exact: float) -> bool:
        """Whether `exact` looks so with as many places as are written."""
        if "e" in self.digits:
            return exact == self.value
        places = len(self.digits.partition(".")[2])
        return self.value in {round(exact, places), round(100 * exact, places) if self.percent else None}


@dataclass(frozen=True, eq=False)
class Notebook:
    """A notebook file, parsed; its name is its path in the folder of the notebooks."""

    name: str
    raw: NotebookNode

    @property
    def entry(self) -> series.Entry:
        """Its place in the series. Raises ValueError where its name has none."""
        found = series.entry(FOLDER, self.name)
        if found is None:
            raise ValueError(f"{self.name} has no place in the series")
        return found

    @property
    def number(self) -> str:
        return self.entry.number

    @property
    def kind(self) -> str:
        """ "lesson", "room", "index", or "card": lesson 10 is a page to look things up in."""
        return "card" if self.name.startswith("10_") else self.entry.kind

    @property
    def code(self) -> list[NotebookNode]:
        return [cell for cell in self.raw.cells if cell.cell_type == "code"]

    @property
    def markdown(self) -> list[NotebookNode]:
        return [cell for cell in self.raw.cells if cell.cell_type == "markdown"]

    @property
    def outputs(self) -> list[tuple[NotebookNode, NotebookNode]]:
        """Pairs of a code cell and one of its outputs."""
        return [(cell, output) for cell in self.code for output in cell.outputs]

    @cached_property
    def text(self) -> str:
        """All Markdown, without fenced code."""
        return "\n\n".join(FENCED.sub("", cell.source) for cell in self.markdown)

    @cached_property
    def prose(self) -> str:
        """The words a reader reads: no code, no formulas, no link targets, no HTML."""
        text = MATHS.sub(" ", self.text)
        text = re.sub(r"`[^`]*`", " ", text)
        text = LINK.sub(r"\2", text)
        return re.sub(r"<[^>]+>|https?://\S+", " ", text)

    @property
    def words(self) -> int:
        return len(re.findall(r"[^\W\d_][\w'’-]*", self.prose))

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Pairs of level and title."""
        return [(len(marks), title.strip()) for marks, title in re.findall(r"^(#{1,6})\s+(.+)$", self.text, re.MULTILINE)]

    @property
    def title(self) -> str:
        return self.headings[0][1] if self.headings else ""

    @property
    def tags(self) -> list[str]:
        """The numbers of the equations, in order: "3.1", "3.2"."""
        return [tag for cell in self.markdown for tag in re.findall(r"\\tag\{([^}]*)\}", cell.source)]

    @property
    def exercises(self) -> list[ExerciseCell]:
        """Every cell that calls `check`, with the solution folded in the text right before it."""
        found, before = [], ""
        for cell in self.raw.cells:
            if cell.cell_type == "markdown":
                before = cell.source
            elif match := re.search(r'^check\("([^"]*)"', cell.source, re.MULTILINE):
                solution = SOLUTION.search(before)
                printed = "".join(output.get("text", "") for output in cell.outputs)
                found.append(ExerciseCell(match[1], cell.source, printed, solution and solution[1]))
                before = ""
        return found


def written_numbers(text: str) -> list[WrittenNumber]:
    """Every number that is written in digits."""
    return [WrittenNumber(digits, bool(percent)) for digits, percent in DIGITS_AND_PER_CENT.findall(text)]


def measured_numbers(text: str) -> list[WrittenNumber]:
    """The numbers that Markdown tells: not those that only name an equation, a year or a place."""
    powers = re.sub(r"10\^\{?(-?\d+)\}?", r"1e\1", FENCED.sub(" ", text).replace("{,}", ","))
    return written_numbers(NAMES_NO_QUANTITY.sub(" ", powers))


def visible_text(cell: NotebookNode) -> str:
    """What a reader reads of a code cell: its source and its outputs."""
    data = [output.get("data", {}) for output in cell.outputs]
    texts = [output.get("text", "") for output in cell.outputs]
    return "\n".join([cell.source, *texts, *(kept.get(mime, "") for kept in data for mime in ("text/plain", "text/markdown"))])


def read(path: Path) -> Notebook:
    name = f"deeper/{path.name}" if path.parent.name == "deeper" else path.name
    return Notebook(name, nbformat.read(path, as_version=4))


def files(*numbers: str) -> list[Path]:
    """The notebooks with these numbers, or every notebook of the series, in order."""
    return [entry.path for entry in series.select(series.read_series(FOLDER), numbers)]


def links(text: str) -> list[str]:
    """The targets of all links and pictures in Markdown."""
    return [target for _, _, target in LINK.findall(text)] + re.findall(r'(?:href|src)="([^"]+)"', text)


def broken_links(text: str, folder: Path) -> list[str]:
    """The relative links in `text` that lead nowhere from `folder`."""
    local = [target for target in links(text) if not re.match(r"[a-z]+:|#", target)]
    return [target for target in local if not leads_somewhere(folder, *target.split("#", 1))]


def leads_somewhere(folder: Path, file: str, heading: str = "") -> bool:
    """Whether a file is there, and in a notebook the heading too."""
    path = folder / file
    return path.exists() and (not heading or path.suffix != ".ipynb" or unquote(heading) in headings_of(path))


@cache
def headings_of(path: Path) -> set[str]:
    """The headings of a notebook as JupyterLab links to them."""
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {title.replace(" ", "-") for title in found}
