"""What a notebook needs besides the mathematics: quoted source and tables."""

import inspect
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.numerals import figures


@dataclass(frozen=True)
class Shown:
    """Text that a notebook shows formatted and a terminal shows plain."""

    plain: str
    markdown: str

    def __repr__(self) -> str:
        return self.plain

    def _repr_markdown_(self) -> str:
        return self.markdown


def table(columns: Any, rows: Any = None, formats: Mapping[str, str] | None = None, never: str = "never") -> Shown:
    """A table from its columns, whose numbers it formats: `table({"lr": rates, "steps": steps})`.

    columns : dict from a column's name to its values: numbers, texts, truths, or None
    formats : for some of the columns how their numbers are written, as ".2f", ".1%" or ",.0f"; None for none
    never : what stands for None, which is what `settled` returns where it did not happen
    rows : a table whose cells are already text: columns is then one text, "lr | steps", or a tuple of texts, and so is
        every row

    Whole numbers stay whole, with a comma for every thousand. A number of at most six digits stands as it was typed, any
    other with three. Raises ValueError or TypeError for columns of several lengths, and for what is neither number nor text.

    >>> print(table({"β": [0.5, 0.999], "steps": [23, 1583]}))
    β      steps
    0.5    23
    0.999  1,583
    """
    if isinstance(columns, Mapping):
        if rows is not None:
            raise TypeError("rows is not allowed: rows must be None where columns is a dict, which holds all cells")
        return ruled(*cells_of(columns, {} if formats is None else formats, never))
    if rows is None or formats is not None:
        validate.refuse(TypeError, "columns", columns, "a dict from name to a list of values")
    return ruled(*cell_texts(columns, rows))


def cells_of(columns: Mapping[Any, Any], formats: Mapping[Any, Any], never: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The names and the rows of columns of values, as text."""
    names = tuple(columns)
    if not names or not all(isinstance(name, str) for name in names):
        validate.refuse(TypeError, "columns", list(names), "a dict from name, a text, to values")
    if not isinstance(formats, Mapping) or not set(formats) <= set(names):
        validate.refuse(ValueError, "formats", formats, "a dict from some of the columns to a text")
    if not isinstance(never, str):
        validate.refuse(TypeError, "never", never, "a text")
    written = [[_written(name, value, formats.get(name), never) for value in _values(name, columns[name])] for name in names]
    if len({len(column) for column in written}) != 1:
        lengths = ", ".join(f"{name}: {len(column)}" for name, column in zip(names, written))
        validate.refuse_as(ValueError, "columns", f"of lengths {lengths}", "be of one length")
    return names, list(zip(*written))


def _values(name: str, column: Any) -> list[Any]:
    if isinstance(column, (str, bytes, Mapping, set)) or not hasattr(column, "__iter__"):
        raise TypeError(f"columns[{name!r}] = {column!r:.200} is not allowed: a column must be a list of values")
    return list(column)


def _written(name: str, value: Any, form: str | None, never: str) -> str:
    """One value as text."""
    if value is None or isinstance(value, str):
        return never if value is None else value
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    value = validate.array(f"columns[{name!r}]", value, "a list of numbers or texts")
    if value.ndim:
        raise ValueError(f"columns[{name!r}] with axes {value.shape} is not allowed: a column must hold single numbers or texts")
    if form is None:
        return figures(float(value))
    try:
        return format(float(value), form)
    except (ValueError, TypeError):
        raise ValueError(
            f"formats[{name!r}] = {form!r:.200} is not allowed: a format must be a text like '.2f' or '.1%'"
        ) from None


def cell_texts(header: Any, rows: Any) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The names and the rows of a table whose cells are already text."""
    names: tuple[Any, ...] = (
        _cells(header) if isinstance(header, (str, tuple)) else tuple(header) if isinstance(header, list) else ()
    )
    if not any(names) or not all(isinstance(name, str) for name in names):
        validate.refuse(TypeError, "columns", header, 'a tuple of texts, or one text, "lr | steps"')
    try:
        split = None if isinstance(rows, str) else [_cells(row) for row in rows]
    except TypeError:
        split = None
    if split is None:
        validate.refuse(TypeError, "rows", rows, "one text or tuple of texts for each row")
    for row in split:
        if len(row) != len(names):
            raise ValueError(f"row = {row} is not allowed: a row must have {len(names)} cells, as the header has")
        for cell in row:
            if not isinstance(cell, str):
                raise TypeError(f"cell = {cell!r:.200} is not allowed: a cell must be text, with the digits that are known")
    return names, split


def ruled(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> Shown:
    """A table with a rule under its names."""
    lines = [names, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(names))]
    plain = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
    marked = [names, ("---",) * len(names), *rows]
    return Shown(plain, "\n".join("| " + " | ".join(map(_as_text, line)) + " |" for line in marked))


def _cells(row: str | Sequence[str]) -> tuple[str, ...]:
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
        validate.refuse(TypeError, "thing", thing, "a function, a method or a class of Python code")
    if inspect.getdoc(thing) and '"""' in code:
        start = code.index('"""')
        code = code[:start].rstrip() + code[code.index('"""', start + 3) + 3 :]
    code = code.strip()
    fence = "```" + "`" * max((len(run) for run in re.findall("`{3,}", code)), default=0)
    return Shown(code, f"{fence}python\n{code}\n{fence}")
