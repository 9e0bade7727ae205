"""A lesson uses no notion before the one cell that explains it. notions.toml names the cells.

The index explains in the line, which does not count, and is not looked at. A room may use what its lesson and those before
explain, what it explains itself, and what its first cell says it needs.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from helpers import models, reading
from helpers.notebooks import Notebook


@dataclass(frozen=True)
class Notion:
    """What it is called, and where it is explained: a lesson to come, a cell of a notebook, or nowhere."""

    name: str
    words: tuple[str, ...]
    explained: str

    @property
    def lesson(self) -> str:
        return self.explained[:2]

    @property
    def cell(self) -> tuple[str, str] | None:
        """The notebook and the id of its cell."""
        notebook, _, cell = self.explained.partition("#")
        return (notebook, cell) if cell else None

    def is_in(self, text: str) -> bool:
        return any(re.search(inflected(word), text, re.IGNORECASE) for word in self.words)


def inflected(word: str) -> str:
    """A pattern for a word in all its forms, or for a piece of a formula or of code as it stands."""
    if re.search(r"[\\.{]", word):
        return re.escape(word) + r"(?!\w)" * word[-1].isalnum()
    stem = re.sub(r"[- ]", "[- ]", word)
    if word.endswith("y"):
        return rf"(?<!\w){stem[:-1]}(?:y|ies|y['’]s)(?!\w)"
    return rf"(?<!\w){stem.removesuffix('e')}{'e?' * word.endswith('e')}(?:s|es|['’]s|d|ed|ing|ly)?(?!\w)"


def notions() -> list[Notion]:
    table = tomllib.loads(Path(__file__).with_name("notions.toml").read_text(encoding="utf-8"))
    return [Notion(name, tuple(row["words"]), row["explained"]) for name, row in table.items()]


def read_cells(notebook: Notebook) -> Iterator[tuple[str, str]]:
    """The ids and texts of what a reader reads, in order: no navigation line, import cell, references, or targets of links."""
    for cell in notebook.raw.cells:
        if cell.cell_type == "code" and cell.id == notebook.code[0].id:
            continue
        lines = cell.source.splitlines()
        text = "\n".join(lines[:1] + lines[3:]) if cell is notebook.raw.cells[0] else cell.source
        text = re.split(r"^## References", text, flags=re.MULTILINE)[0] if cell.cell_type == "markdown" else text
        yield cell.id, re.sub(r"\]\([^)]*\)", "]", text)


def too_early(notebook: Notebook, known: list[Notion]) -> Iterator[str]:
    """The notions that a notebook uses before they are explained."""
    needs = re.findall(r"[^.]*\bneed\b[^\n]*", notebook.raw.cells[0].source) if notebook.kind == "room" else []
    for notion in known:
        if notebook.kind == "room" and (
            notion.is_in(" ".join(needs)) or (len(notion.lesson) > 0 and notion.lesson <= notebook.entry.lesson)
        ):
            continue
        if notion.lesson and notion.lesson < notebook.entry.lesson:
            continue
        for cell, text in read_cells(notebook):
            if notion.cell == (notebook.name, cell):
                break
            if notion.is_in(text):
                where = f"explained in {notion.explained}" if notion.explained else "explained nowhere"
                yield f"{cell}: {notion.name}, {where}"
                break


def misplaced(known: list[Notion], series: dict[str, Notebook]) -> Iterator[str]:
    """What is wrong with the table itself."""
    for notion in known:
        lesson = next((n for n in series.values() if n.entry.kind == "lesson" and n.number == notion.lesson), None)
        if notion.cell is None:
            if lesson is not None:
                yield f"{notion.name}: lesson {notion.lesson} is written: name the cell that explains it"
            continue
        notebook, cell = notion.cell
        found = {c.id: c.source for c in series[notebook].markdown} if notebook in series else {}
        if cell not in found:
            yield f"{notion.name}: {notion.explained} is no cell of Markdown"
        elif not notion.is_in(found[cell]):
            yield f"{notion.name}: {notion.explained} does not speak of it"
        elif series[notebook].kind == "index":
            yield f"{notion.name}: the index explains in the line, which does not count"


@pytest.mark.parametrize("notebook", [n for n in reading.whole_series().values() if n.kind != "index"], ids=lambda n: n.name)
def test_no_notion_comes_too_early(notebook):
    assert list(too_early(notebook, notions())) == []


def test_the_table_names_cells_that_explain():
    assert list(misplaced(notions(), reading.whole_series())) == []


def test_the_table_holds_what_readers_stumbled_over():
    wanted = {"eigenvalue", "Hessian", "expectation", "variance", "norm", "batch", "epoch", "first moment", "second moment"}
    assert wanted | {"gradient", "learning rate", "overshoot", "condition number"} <= {notion.name for notion in notions()}


def test_a_word_is_found_in_all_its_forms():
    for word, text in [
        ("eigenvalue", "Eigenvalues"),
        ("batch", "three batches"),
        ("norm", "the norm's size"),
        ("overshoot", "it is overshooting"),
        ("learning rate", "a learning-rate of 1"),
        ("variance", "variances"),
        ("\\mathbb{E}", "$\\mathbb{E}[g]$"),
        ("np.var", "np.var(x)"),
        ("probability", "probabilities"),
    ]:
        assert re.search(inflected(word), text, re.IGNORECASE), word
    for word, text in [("norm", "normal"), ("norm", "normalised"), ("epoch", "epochal_name"), ("np.var", "np.variety")]:
        assert not re.search(inflected(word), text, re.IGNORECASE), word


# A notion is explained in the eighth cell of the model, "The number is 42."; it may not come before.
TWICE = Notion("spin", ("spin",), "50_model.ipynb#m7")


@pytest.mark.parametrize(
    ("kind", "notion", "change", "early"),
    [
        ("lesson", TWICE, ("The number is 42.", "The number is 42, its spin."), False),
        ("lesson", TWICE, ("The next cell walks", "It spins. The next cell walks"), True),
        ("lesson", TWICE, ("> In code it is", "> It spins. In code it is"), True),
        ("lesson", TWICE, ("bowl = al", "spins = 1\nbowl = al"), True),
        ("lesson", TWICE, ("[A method]", "[A method that spins]"), False),
        ("lesson", Notion("spin", ("spin",), "49"), ("The next cell walks", "It spins. The next cell walks"), False),
        ("lesson", Notion("spin", ("spin",), "51"), ("The next cell walks", "It spins. The next cell walks"), True),
        ("lesson", Notion("spin", ("spin",), ""), ("The next cell walks", "It spins. The next cell walks"), True),
        ("room", TWICE, ("The next cell walks", "It spins. The next cell walks"), False),
        ("room", Notion("spin", ("spin",), ""), ("The next cell walks", "It spins. The next cell walks"), True),
        ("room", Notion("eigenvalue", ("eigenvalue",), ""), ("The next cell walks", "An eigenvalue. The next cell walks"), False),
    ],
)
def test_a_notion_that_comes_too_early_is_noticed(kind, notion, change, early):
    assert bool(list(too_early(models.broken_model(kind, change), [notion]))) is early


@pytest.mark.parametrize(
    ("explained", "complaint"),
    [
        ("50", "name the cell"),
        ("50_model.ipynb#m99", "is no cell of Markdown"),
        ("50_model.ipynb#c1", "is no cell of Markdown"),
        ("50_model.ipynb#m5", "does not speak of it"),
        ("50_model.ipynb#m7", None),
        ("", None),
    ],
)
def test_a_table_that_is_wrong_is_noticed(explained, complaint):
    notebook = models.broken_model("lesson", ("The number is 42.", "The number is 42, its spin."))
    found = list(misplaced([Notion("spin", ("spin",), explained)], {notebook.name: notebook}))
    assert [said for said in found if complaint and complaint in said] == found
    assert bool(found) is bool(complaint)
