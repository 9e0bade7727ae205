"""Nothing is hidden in the library to please a meter: what exactly one lesson calls, its rooms included, belongs into its cell.

A problem, a rule and an explorer may serve one lesson; what is made for a reader's own work is listed here, with its reason.
"""

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterable

import pytest

import adamlib as al
from adamlib import exercises, explore, notebook, plots, settings
from helpers import models, reading
from helpers.notebooks import Notebook

FOR_READERS = {
    "verify": "asks which rule a reader's own optimizer follows",
    "settings_card": "tells where to start, by task, whoever trains something",
    "concordance": "tells how the libraries differ, to whoever moves between them",
    "warmup": "lets the rate of a reader's own run rise",
    "cosine": "lets the rate of a reader's own run fall",
    "inverse_root": "lets the rate of a reader's own run fall as proofs ask",
    "settled": "counts the steps of a reader's own loss curve",
    "play": "plays a reader's own game, millions of days of it",
    "drift": "says which way Adam walks in a reader's own game",
    "iterate": "hands every step to a loop of a reader's own",
    "sweep": "runs a reader's own large grid in blocks",
    "grid": "lays out a reader's own hyperparameters as a sweep",
    "arrival": "tells when a reader's own walks touch a loss and from when on they stay",
    "stability": "tells how near the edge of stability a reader's own walk is",
    "surface": "shows a reader's own two coordinates as a landscape",
    "source": "quotes any code",
    "bfloat16": "rounds a reader's own numbers to the short format of training",
    "newton_schulz": "evens out the singular values of a reader's own matrix",
    "bars": "draws any few numbers side by side",
    "heatmap": "draws a map over any two settings",
    "beside": "sets a reader's own pictures in a row",
}
HOMES = {"al": al, "explore": explore, "plots": plots}


def library_calls(notebook: Notebook) -> set[str]:
    """What a notebook calls of adamlib: "al.run", "plots.paths", and what it imports by name."""
    trees = [ast.parse(cell.source) for cell in notebook.code]
    imported = {
        alias.asname or alias.name: "explore." if (n.module or "").startswith("adamlib.explore") else ""
        for tree in trees
        for n in ast.walk(tree)
        if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("adamlib")
        for alias in n.names
    }
    found = set()
    for n in (n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call)):
        if isinstance(n.func, ast.Name) and n.func.id in imported:
            found.add(imported[n.func.id] + n.func.id)
        elif isinstance(n.func, ast.Attribute) and isinstance(n.func.value, ast.Name) and n.func.value.id in HOMES:
            found.add(f"{n.func.value.id}.{n.func.attr}")
    return found


def may_serve_one(name: str) -> bool:
    """A problem, a rule, an explorer, or listed."""
    home, _, called = name.rpartition(".")
    thing = (
        getattr(HOMES[home], called, None)
        if home
        else next((getattr(m, called) for m in (exercises, notebook) if hasattr(m, called)), None)
    )
    if called in FOR_READERS or home == "explore":
        return True
    if inspect.isclass(thing):
        return issubclass(thing, (al.Optimizer, al.Problem))
    return getattr(thing, "__module__", "").startswith("adamlib.problems")


def hidden(notebooks: Iterable[Notebook]) -> dict[str, str]:
    """The functions of adamlib that one lesson alone calls, rooms counted with their lesson, and which it is."""
    callers = defaultdict(set)
    for one in notebooks:
        for name in library_calls(one):
            callers[name].add(one.entry.lesson or "index")
    return {name: min(found) for name, found in sorted(callers.items()) if len(found) == 1 and not may_serve_one(name)}


def test_nothing_is_hidden_in_the_library():
    assert hidden(reading.whole_series().values()) == {}


@pytest.mark.parametrize("name", FOR_READERS)
def test_what_is_listed_exists(name):
    assert any(hasattr(home, name) for home in (al, plots, notebook, settings))


def calling(name: str, code: str) -> Notebook:
    return models.make_notebook(name, ["# A", ("import adamlib as al\nfrom adamlib.notebook import source",), (code,)])


@pytest.mark.parametrize(
    ("code", "others", "found"),
    [
        ("al.hessian(1)", {}, {"al.hessian": "50"}),
        ("plots.paths(1)", {}, {"plots.paths": "50"}),
        ("al.hessian(1)", {"51_b.ipynb": "al.hessian(1)"}, {}),
        ("al.hessian(1)", {"deeper/50_1_b.ipynb": "al.hessian(1)"}, {"al.hessian": "50"}),
        ("al.rosenbrock()", {}, {}),
        ("al.AdamW()", {}, {}),
        ("explore.anatomy()", {}, {}),
        ("from adamlib.explore.scene import Line\nLine(1)", {}, {}),
        ("al.verify(1)", {}, {}),
        ("source(1)", {}, {}),
        ("np.roots([1])", {}, {}),
    ],
)
def test_what_one_lesson_alone_calls_is_noticed(code, others, found):
    series = [calling("50_a.ipynb", code), *(calling(name, text) for name, text in others.items())]
    assert hidden(series) == found
