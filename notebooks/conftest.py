"""How the tests run a notebook: without the reader's own IPython start-up files, in a kernel that is a fork where that can be.

A cell that fails says in the summary where it stands, and what it gave instead of what.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import zip_longest

from nbformat import NotebookNode
from nbval import plugin
from nbval.plugin import IPyNbCell, NbCellError

_profile = tempfile.TemporaryDirectory(prefix="ipython-")
os.environ["IPYTHONDIR"] = _profile.name
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # on a busy machine small products wait for their threads


if sys.platform == "linux" and find_spec("helpers"):  # not where the notebooks are tested without the tests
    from helpers.kernels import ForkedKernel

    plugin.RunningKernel = ForkedKernel


def _texts(output: NotebookNode) -> Iterator[str]:
    """What a cell gave, as far as it is compared."""
    data = output.get("data", {})
    yield output.get("text", "")
    yield from (data.get(mime, "") for mime in ("text/markdown", "text/latex", "text/plain"))


def _first_difference(stored: list[NotebookNode], now: list[NotebookNode]) -> str:
    """The first line in which the outputs of a cell differ."""
    before, after = ([line for out in outs for text in _texts(out) for line in text.splitlines()] for outs in (stored, now))
    pairs = ((a, b) for a, b in zip_longest(before, after) if a != b)
    was, is_now = next(pairs, ("the same text", "another kind of output"))
    return f"stored {was!r:.100}, now {is_now!r:.100}"


def _reason(item: IPyNbCell, error: NbCellError) -> str:
    if str(error) == "Cell outputs differ":
        return _first_difference(item.cell.outputs, item.test_outputs)
    told = re.sub(r"\x1b\[[\d;]*m", "", error.inner_traceback or "").split("\n")
    return next((line for line in reversed(told) if line.strip()), str(error))


_report = IPyNbCell.repr_failure


def _say_where_and_why(item: IPyNbCell, excinfo) -> str:
    """The report of nbval under one line for the summary."""
    if not isinstance(excinfo.value, NbCellError):
        return _report(item, excinfo)
    cells = item.parent.nb.cells
    where = f"cell {cells.index(item.cell) + 1} of {len(cells)} (id {item.cell.get('id')})"
    return f"{where}: {_reason(item, excinfo.value)}\n{_report(item, excinfo)}"


IPyNbCell.repr_failure = _say_where_and_why
