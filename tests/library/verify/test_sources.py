"""Where a name is looked up: cells of a notebook."""

import json
import sys

import pytest

import adamlib as al
from adamlib.verify import sources
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


def test_a_slip_in_the_name_of_a_module_is_no_missing_library(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(sources.importlib, "import_module", missing)
    for loaded, said in ((None, "it needs torch to be installed"), (sys, "ModuleNotFoundError: No module named 'torch.optm'")):
        monkeypatch.setitem(sys.modules, "torch", loaded)
        with pytest.raises(sources.Unusable, match=said):
            sources.module_at("torch.optm", "Adam")


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"cells": 3}'])
def test_what_is_no_notebook_is_said_to_be_none(tmp_path, text):
    path = tmp_path / "mine.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(sources.Unusable, match="is no notebook"):
        sources.module_at(str(path), "step")
