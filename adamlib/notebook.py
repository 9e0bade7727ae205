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


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Shown:
    """A table whose cells are already text, so that no digit depends on the platform.

    header : the names of the columns
    rows : one tuple of texts for each row

    Raises ValueError for a row whose length is not that of the header, TypeError for a cell that is not text.
    """
    if not isinstance(header, (tuple, list)) or not header or not all(isinstance(cell, str) for cell in header):
        raise TypeError(f"header = {header!r} is not allowed: header must be a tuple of texts")
    try:
        rows = [tuple(row) for row in rows]
    except TypeError:
        raise TypeError(f"rows = {rows!r} is not allowed: rows must be one tuple of texts for each row") from None
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"row = {row} is not allowed: a row must have {len(header)} cells, as the header has")
        for cell in row:
            if not isinstance(cell, str):
                raise TypeError(f"cell = {cell!r} is not allowed: a cell must be text, formatted to the digits that are known")
    lines = [tuple(header), *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    plain = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
    ruled = [lines[0], ("---",) * len(header), *rows]
    return Shown(plain, "\n".join("| " + " | ".join(map(_as_text, line)) + " |" for line in ruled))


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
            f"thing = {thing!r} is not allowed: thing must be a function, a method or a class of Python code"
        ) from None
    if inspect.getdoc(thing) and '"""' in code:
        start = code.index('"""')
        code = code[:start].rstrip() + code[code.index('"""', start + 3) + 3 :]
    code = code.strip()
    fence = "```" + "`" * max((len(run) for run in re.findall("`{3,}", code)), default=0)
    return Shown(code, f"{fence}python\n{code}\n{fence}")
