"""What a notebook needs besides the mathematics: quoted source and tables."""

import inspect
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shown:
    """Text that a notebook shows formatted and a terminal shows plain."""

    plain: str
    markdown: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_markdown_(self) -> str:
        return self.markdown


def table(header: str | tuple[str, ...], rows: Iterable[str | tuple[str, ...]]) -> Shown:
    """A table whose cells are already text, so that no digit depends on the platform.

    header : the names of the columns, as one text, "lr | steps", or as a tuple of texts
    rows : for each row one text with " | " between the cells, or a tuple of texts

    Raises ValueError for a row whose length is not that of the header, TypeError for a cell that is not text.
    """
    names = _cells(header) if isinstance(header, (str, tuple, list)) else ()
    if not any(names) or not all(isinstance(name, str) for name in names):
        raise TypeError(f'header = {header!r:.200} is not allowed: header must be a tuple of texts, or one text, "lr | steps"')
    try:
        split = None if isinstance(rows, str) else [_cells(row) for row in rows]
    except TypeError:
        split = None
    if split is None:
        raise TypeError(f"rows = {rows!r:.200} is not allowed: rows must be one text or tuple of texts for each row")
    for row in split:
        if len(row) != len(names):
            raise ValueError(f"row = {row} is not allowed: a row must have {len(names)} cells, as the header has")
        for cell in row:
            if not isinstance(cell, str):
                raise TypeError(f"cell = {cell!r:.200} is not allowed: a cell must be text, with the digits that are known")
    lines = [names, *split]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    plain = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
    ruled = [names, ("---",) * len(names), *split]
    return Shown(plain, "\n".join("| " + " | ".join(map(_as_text, line)) + " |" for line in ruled))


def _cells(row: str | tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part.strip() for part in row.split(" | ")) if isinstance(row, str) else tuple(row)


def _as_text(cell: str) -> str:
    """A cell in Markdown: it stays in its line and its column, and makes no HTML."""
    return re.sub(r"<(?=[a-zA-Z/!?])", "&lt;", " ".join(cell.splitlines()).replace("|", "\\|"))


def source(thing: Any) -> Shown:
    """The code that runs, as it stands in the library, without its docstring.

    thing : a function, a method or a class
    """
    try:
        code = textwrap.dedent(inspect.getsource(thing))
    except (TypeError, OSError):
        raise TypeError(
            f"thing = {thing!r:.200} is not allowed: thing must be a function, a method or a class of Python code"
        ) from None
    if inspect.getdoc(thing) and '"""' in code:
        start = code.index('"""')
        code = code[:start].rstrip() + code[code.index('"""', start + 3) + 3 :]
    code = code.strip()
    fence = "```" + "`" * max((len(run) for run in re.findall("`{3,}", code)), default=0)
    return Shown(code, f"{fence}python\n{code}\n{fence}")
