"""Where a name is looked up: cells of a notebook."""

import json

import pytest

import adamlib as al
from adamlib.verify.command import load, named_by
from adamlib.verify.sources import Unusable

CELLS = [
    ("markdown", "# Not code: step = 3"),
    ("code", "%matplotlib inline\n!ls\nimport math as maths\nrate = 0.5"),
    ("code", "%%bash\nstep = nothing"),
    ("code", "def step(theta, grad, state):\n    unknown = 1\n    return theta - rate * grad, state"),
    ("code", "if maths.pi > 3:\n    rate, (other, *more) = 0.1, (1, 2)"),
    ("code", "class Rules:\n    def best(theta, grad, state):\n        return theta - 0.2 * grad, state"),
    ("code", "rate = nowhere_defined"),
]


@pytest.fixture
def notebook(tmp_path):
    """A function that makes a notebook of cells, and returns its path."""

    def make(cells):
        parts = [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in cells]
        path = tmp_path / "mine.ipynb"
        path.write_text(json.dumps({"cells": parts}), encoding="utf-8")
        return path

    return make


def test_a_name_in_a_notebook(notebook):
    path = notebook(CELLS)
    step, _ = load(f"{path}:step", {})
    assert al.verify(step, like=al.SGD(lr=0.5)).ok  # the cells after it were not run
    assert al.verify(load(f"{path}:Rules.best", {})[0], like=al.SGD(lr=0.2)).ok
    assert named_by(f"{path}:maths.pi")[0] > 3
    assert named_by(f"{path}:other")[0] == 1
    for name, said in {
        "unknown": "no cell of .* defines unknown",
        "best": "no cell of .* defines best",
        "Rules.worst": "has no Rules.worst",
        "rate": "cannot be imported: NameError: name 'nowhere_defined'",
    }.items():
        with pytest.raises(Unusable, match=said):
            load(f"{path}:{name}", {})


def test_a_name_is_what_the_last_cell_makes_it(notebook):
    path = notebook([("code", "rate = 1"), ("code", "rate += 1"), ("code", "for rate in (3, 4): pass"), ("code", "1 / 0")])
    assert named_by(f"{path}:rate")[0] == 4


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([("code", "step = 1"), ("code", "def step(")], r"cannot be imported: SyntaxError: .*cell 2"),
        ([("code", "raise SystemExit(1)\nstep = 1")], r"leaves by sys.exit\(1\)"),
    ],
)
def test_a_notebook_that_cannot_be_used(notebook, cells, said):
    with pytest.raises(Unusable, match=said):
        load(f"{notebook(cells)}:step", {})


def test_what_is_no_notebook(tmp_path):
    path = tmp_path / "mine.ipynb"
    with pytest.raises(Unusable, match="there is no file"):
        load(f"{path}:step", {})
    for text in ("", "{}", "not json"):
        path.write_text(text)
        with pytest.raises(Unusable, match="cannot be imported"):
            load(f"{path}:step", {})
