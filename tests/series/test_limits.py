"""How much a notebook may ask of a reader: one limit, one short function. The figures are those of helpers.meter."""

from collections.abc import Iterator
from functools import cache

import pytest

from helpers import meter, models, reading
from helpers.notebooks import Notebook

# At most, in the order of the kinds; lesson 10 is a card, a page to look things up in. None: as many as it likes.
KINDS = ("lesson", "room", "index", "card")
MOST = {
    "words": (1450, 1600, 900, 1800),
    "long": (260, 300, 260, 400),
    "cells": (18, 22, 10, 18),
    "lines": (75, 130, 40, 75),
    "med": (4, 6, None, 4),
    "max": (10, 12, 10, 10),
    "nodes": (650, 1300, 650, 650),
    "per": (9, 11, 10.5, 9),
    "dense": (1, 3, 2, 1),
    "asserts": (0, 0, 0, 0),
    "keeping": (8, 12, 8, 8),
    "names": (25, 40, 25, 25),
    "rel": (8, 16, 8, 8),
    "inl": (14, 40, 14, 14),
    "tables": (3, 6, 3, 5),
    "pics": (6, 8, 8, 6),
    "claims": (4, 6, None, 4),
}
LEAST = {"wpc": (40, 26, 40, 40), "pics": (3, 1, None, None), "claims": (3, 1, None, 3)}
UNDER = {"keeping"}  # strictly below


@cache
def measured(notebook: Notebook) -> dict[str, float]:
    return meter.meter_row(notebook.raw)


def limit(table: dict, figure: str, notebook: Notebook) -> float | None:
    return table[figure][KINDS.index(notebook.kind)] if figure in table else None


def too_much(notebook: Notebook, figure: str) -> Iterator[str]:
    found, most = measured(notebook)[figure], limit(MOST, figure, notebook)
    if most is not None and (found >= most if figure in UNDER else found > most):
        yield f"{figure}: {found:g}, and {most:g} is the limit of a {notebook.kind}: leave something out"


def too_little(notebook: Notebook, figure: str) -> Iterator[str]:
    found, least = measured(notebook)[figure], limit(LEAST, figure, notebook)
    if least is not None and found < least:
        yield f"{figure}: {found:g}, and a {notebook.kind} has {least:g} at least"


@pytest.mark.parametrize("figure", MOST)
@pytest.mark.parametrize("notebook", reading.whole_series().values(), ids=list(reading.whole_series()))
def test_there_is_not_too_much(notebook, figure):
    assert list(too_much(notebook, figure)) == []


@pytest.mark.parametrize("figure", LEAST)
@pytest.mark.parametrize("notebook", reading.whole_series().values(), ids=list(reading.whole_series()))
def test_there_is_not_too_little(notebook, figure):
    assert list(too_little(notebook, figure)) == []


# What cannot be exceeded is no limit: each figure is driven over it, and below it, in a notebook that keeps all.

EXCESS: dict[str, models.Cell] = {
    "words": models.THOUGHT * 22,
    "long": models.THOUGHT * 5,
    "cells": ("double(2)",),
    "lines": ("f(1)\n" * 131,),
    "med": ("f(1)\n" * 8,),
    "max": ("f(1)\n" * 13,),
    "nodes": ("f(1, 2, 3, 4)\n" * 190,),
    "per": ("f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)\n" * 40,),
    "dense": ("f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25)\n" * 4,),
    "asserts": ("assert True",),
    "keeping": ('x = f"{1} steps"\n' * 30,),
    "names": ("\n".join(f"f{k}(1)" for k in range(41)),),
    "rel": "$$" + "x = y = " * 9 + "z$$",
    "inl": "$x$, " * 41,
    "tables": "| a |\n| --- |\n| 1 |\n\n" * 7,
    "pics": "![a](pictures/cover.png) " * 9,
    "claims": "## What we showed\n\n" + "1. So it is. *(50.1)*\n" * 7,
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_model_keeps_every_limit(kind):
    notebook = models.model_notebook(kind)
    found = [said for figure in MOST for said in too_much(notebook, figure)]
    assert found + [said for figure in LEAST for said in too_little(notebook, figure)] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("figure", MOST)
def test_too_much_is_noticed(kind, figure):
    place = 0 if figure == "claims" else -2
    notebook = models.with_cells(kind, place, *[EXCESS[figure]] * (23 if figure in ("cells", "med") else 1))
    assert list(too_much(notebook, figure)) or MOST[figure][KINDS.index(kind)] is None


@pytest.mark.parametrize("kind", KINDS)
def test_too_little_is_noticed(kind):
    code = models.with_cells(kind, 2, ("f('" + "x" * 9000 + "')",))
    bare = models.make_notebook(models.MODELS[kind][0], ["# 50 Build a model"])
    assert list(too_little(code, "wpc"))
    for figure in ("pics", "claims"):
        assert list(too_little(bare, figure)) or LEAST[figure][KINDS.index(kind)] is None


# The meter is not to be pleased by hiding. What is hidden counts all the same.

PROSE = "here stands a long tale that nobody should miss, for it is told and told again " * 8
LONG = len(meter.WORD.findall(PROSE))


@pytest.mark.parametrize(
    ("way", "cell"),
    [
        ("in Markdown", PROSE),
        ("in a fence", f"```text\n{PROSE}\n```"),
        ("in a fence of tildes", f"~~~\n{PROSE}\n~~~"),
        ("in the comments of a fence", f"```python\n# {PROSE}\n```"),
        ("in HTML", f"<div>{PROSE}</div>"),
        ("in a comment of HTML", f"<!-- {PROSE} -->"),
        ("in a formula", f"$$\\text{{{PROSE}}}$$"),
        ("in the title of a link", f'[x](http://example.org "{PROSE}")'),
        ("as the solution of no exercise", f"<details><summary>Solution</summary>\n\n{PROSE}\n\n</details>"),
        ("below an early list of references", f"## References\n\n{PROSE}\n\n## See it"),
        ("in a comment", (f"# {PROSE}\nf(1)",)),
        ("in a docstring", (f'def f():\n    """{PROSE}"""',)),
        ("in a text", (f'print("{PROSE}")',)),
        ("in parts of a text", ('print("' + '", "'.join(PROSE.split()) + '")',)),
        ("printed", ("f(1)", "print", PROSE)),
        ("shown", ("f(1)", "markdown", PROSE)),
        ("in a table that is shown", ("f(1)", "markdown", f"| a |\n| --- |\n| {PROSE} |")),
        ("below a picture", ("f(1)", "picture", PROSE)),
    ],
)
def test_prose_counts_wherever_it_stands(way, cell):
    before = measured(models.model_notebook("lesson"))["words"]
    assert measured(models.with_cells("lesson", 2, cell))["words"] > before + 0.6 * LONG


@pytest.mark.parametrize(
    ("figure", "cell"),
    [
        ("lines", ("f(1); f(2); f(3)",)),
        ("lines", "```python\nf(1)\nf(2)\nf(3)\n```"),
        ("nodes", "```python\nf(1, 2, 3)\n```"),
        ("tables", "<table><tr><td>1</td></tr></table>"),
        ("pics", '<img src="pictures/cover.png">'),
        ("rel", r"\begin{align} x = y \end{align}"),
        ("inl", r"\(x\)"),
        ("asserts", "```python\nassert True\n```"),
        ("keeping", ('x = "%d steps" % 3',)),
        ("keeping", ("rows.append(1)",)),
        ("keeping", ("some.append((1, 2))",)),
        ("dense", ("class A(" + "b, " * 26 + "c):\n    pass",)),
    ],
)
def test_a_figure_counts_whatever_it_is_called(figure, cell):
    before = measured(models.model_notebook("lesson"))[figure]
    assert measured(models.with_cells("lesson", 2, cell))[figure] > before


def test_a_cell_without_a_statement_parts_no_run():
    apart = [models.THOUGHT, ("f(1)",), models.THOUGHT]
    joined = [models.THOUGHT, ("# nothing",), models.THOUGHT]
    one, two = (measured(models.make_notebook("50_model.ipynb", cells))["long"] for cells in (apart, joined))
    assert two == 2 * one


def test_what_does_not_count():
    """References that end the notebook, solutions of exercises, quoted source, PyTorch, the few words of a picture."""
    before = measured(models.model_notebook("lesson"))
    fold = f"<details><summary>Solution</summary>\n\n{PROSE}\n\n</details>"
    quoted = ("source(f)", "markdown", f"```python\n# {PROSE}\n```")
    for notebook in (
        models.broken_model("lesson", ("Read it for its figures.", PROSE)),
        models.broken_model("lesson", ("What?", f"What?\n\n{fold}")),
        models.with_cells("lesson", 9, quoted),
        models.with_cells("lesson", 4, ("plots.paths(walk)", "picture", "Eight steps at the same rate, and it arrives.")),
        models.with_cells("lesson", 12, "```python\nimport torch\n\nprint(torch.ones(1))\n```"),
    ):
        assert measured(notebook)["words"] == before["words"]
    assert measured(models.with_cells("lesson", 12, "```python\nimport torch\n\nprint(1)\n```"))["nodes"] == before["nodes"]
