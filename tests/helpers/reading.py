"""The notebooks of the series as the rules of reading look at them: whole, by section, in turns."""

from collections.abc import Callable, Iterator
from functools import cache

from helpers import notebooks
from helpers.notebooks import Notebook

ReadingRule = Callable[[Notebook], Iterator[str]]


@cache
def whole_series() -> dict[str, Notebook]:
    """Every notebook of the series by its name, in order."""
    return {notebook.name: notebook for notebook in map(notebooks.read, notebooks.files())}


def markdown_sections(notebook: Notebook) -> dict[str, str]:
    """The Markdown under each heading of the second level, by its title; "" is what comes before the first."""
    found, title = {"": ""}, ""
    for line in "\n\n".join(cell.source for cell in notebook.markdown).split("\n"):
        if line.startswith("## "):
            title = line.removeprefix("## ").strip()
        found[title] = found.get(title, "") + line + "\n"
    return found


def turns(notebook: Notebook) -> Iterator[tuple[str, list]]:
    """The cells in turns: the kind, "markdown" or "code", and its neighbouring cells."""
    turn: list = []
    for cell in notebook.raw.cells:
        if turn and cell.cell_type != turn[0].cell_type:
            yield turn[0].cell_type, turn
            turn = []
        turn.append(cell)
    if turn:
        yield turn[0].cell_type, turn
