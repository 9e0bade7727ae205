"""Which notebooks stand under the rules of reading, and which still under those of the first version."""

from collections.abc import Callable, Iterator
from functools import cache

from helpers import notebooks
from helpers.notebooks import Notebook

# The first version. Whoever writes one anew takes it off; nothing is put on. It is empty in the end, and goes.
OLD: set[str] = set()

ReadingRule = Callable[[Notebook], Iterator[str]]


@cache
def whole_series() -> dict[str, Notebook]:
    """Every notebook of the series by its name, in order."""
    return {notebook.name: notebook for notebook in map(notebooks.read, notebooks.files())}


def anew() -> dict[str, Notebook]:
    """Those written anew."""
    return {name: notebook for name, notebook in whole_series().items() if name not in OLD}


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
