"""What the summary says of a cell that fails: where it stands, what it gave and what was stored, or its error."""

import os
import shutil
import subprocess
import sys

import nbformat

from helpers import notebooks

CELLS = {
    "a": ("x = 0.5\nprint('loss')\nprint(x)", "loss\n0.25\n"),
    "b": ("assert x == 2, f'x is {x}'", ""),
    "c": ("print('one')\nprint('two')", "one\n"),
}
SAID = [
    "cell 2 of 4 (id a): stored '0.25', now '0.5'",
    "cell 3 of 4 (id b): AssertionError: x is 0.5",
    "cell 4 of 4 (id c): stored None, now 'two'",
]


def executed_cell(name: str) -> nbformat.NotebookNode:
    code, printed = CELLS[name]
    outputs = [nbformat.v4.new_output("stream", name="stdout", text=printed)] if printed else []
    return nbformat.v4.new_code_cell(code, id=name, execution_count=1, outputs=outputs)


def test_the_summary_says_where_and_why(tmp_path):
    cells = [nbformat.v4.new_markdown_cell("# A notebook", id="title"), *map(executed_cell, CELLS)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "00_try.ipynb")
    shutil.copy(notebooks.FOLDER / "conftest.py", tmp_path)
    command = [sys.executable, "-m", "pytest", "-q", "--nbval", "--nbval-current-env", "00_try.ipynb"]
    wide = os.environ | {"COLUMNS": "200"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=wide)
    summary = done.stdout.partition("short test summary info")[2]
    assert [line.partition(" - ")[2] for line in summary.splitlines() if line.startswith("FAILED")] == SAID
