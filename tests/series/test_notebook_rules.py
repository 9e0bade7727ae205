"""The form of a notebook. Each rule is a function that yields its complaints; the last tests break each rule on purpose.

They hold for every notebook of whatever kind, for the file as well as for the text. How a notebook reads stands in test_limits,
test_form, test_order, test_notions and test_hidden.
"""

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from adamlib import series
from adamlib.exercises import EXERCISES
from helpers import models, notebooks, reading, torch_blocks, worked
from helpers.notebooks import Notebook

FORBIDDEN_CODE = {
    "NBVAL_": r"NBVAL_",
    "plt.": r"\bplt\.",
    "widgets": r"widgets",
    "a magic": r"^\s*%",
    "a shell command": r"^\s*!",
    "an install": r"pip install",
    "import *": r"import \*",
    "warnings": r"\bwarnings\b",
    "a download": r"\b(urllib|requests)\b",
    "open(": r"\bopen\(",
    "code in a text": r"\b(exec|eval|compile)\(",
}
FORBIDDEN_PROSE = {
    "simply": r"\bsimply\b",
    "obviously": r"\bobviously\b",
    "magic": r"\bmagic",
    "an exclamation mark": r"!",
}
PICTURE, PLAIN = "image/png", "text/plain"
MIMES = {PICTURE, PLAIN, "text/markdown", "text/latex"}
PICTURE_BYTES, NOTEBOOK_BYTES = 300_000, 1_500_000

PATHS = {notebook.name: path for path in notebooks.files() if (notebook := notebooks.read(path))}
NOTEBOOKS = reading.whole_series()
Rule = Callable[[Notebook], Iterator[str]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    RULES.append(function)
    return function


def equation_tests() -> set[str]:
    """The numbers that have a test: test_3_1 stands for equation 3.1, test_1_2_3 for equation 1.2.3."""
    files = sorted((notebooks.ROOT / "tests" / "series" / "equations").glob("test_*.py"))
    names = [name for path in files for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)]
    return {match[1].replace("_", ".") for name in names if (match := re.match(r"test_(\d+_\d+(?:_\d+)?)(?:_|$)", name))}


def all_tags() -> set[str]:
    return {tag for notebook in NOTEBOOKS.values() for tag in notebook.tags}


def texts(notebook: Notebook) -> Iterator[tuple[str, str]]:
    """Every stored text a reader sees, with the id of its cell; quoted source code left out."""
    for cell, output in notebook.outputs:
        shown = [output.text] if "text" in output else [output.data.get(mime, "") for mime in ("text/markdown", PLAIN)]
        if not shown[0].startswith("```"):
            yield from ((cell.id, text) for text in shown)


def lessons(notebook: Notebook) -> Iterator[tuple[int, str, str]]:
    """The place, the id and the Markdown of each cell, without the exercises and the references."""
    section = ""
    for place, cell in enumerate(notebook.raw.cells):
        if cell.cell_type == "markdown":
            for part in re.split(r"^(?=## )", cell.source, flags=re.MULTILINE):
                section = part.splitlines()[0].removeprefix("## ") if part.startswith("## ") else section
                if section not in ("Your turn", "References"):
                    yield place, cell.id, part


@rule
def name(notebook: Notebook) -> Iterator[str]:
    if series.entry(notebooks.FOLDER, notebook.name) is None:
        yield f"{notebook.name}: a name is index.ipynb, NN_idea.ipynb or deeper/NN_k_idea.ipynb"


@rule
def executed(notebook: Notebook) -> Iterator[str]:
    counts = [cell.execution_count for cell in notebook.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"every cell is executed once, top to bottom; found {counts}"
    for cell, output in notebook.outputs:
        if output.output_type == "error" or output.get("name") == "stderr":
            yield f"{cell.id}: stored an error"


@rule
def sizes(notebook: Notebook) -> Iterator[str]:
    if len(stored(notebook)) > NOTEBOOK_BYTES:
        yield f"a notebook has at most {NOTEBOOK_BYTES} bytes; found {len(stored(notebook))}"


@rule
def code_words(notebook: Notebook) -> Iterator[str]:
    for cell in notebook.code:
        for shown, pattern in FORBIDDEN_CODE.items():
            if re.search(pattern, cell.source, re.MULTILINE):
                yield f"{cell.id}: {shown} has no place in a notebook"


@rule
def prose_words(notebook: Notebook) -> Iterator[str]:
    for shown, pattern in FORBIDDEN_PROSE.items():
        for match in re.finditer(pattern, notebook.prose, re.IGNORECASE):
            yield f"{shown} in '{notebook.prose[max(0, match.start() - 30) : match.end() + 10].strip()}'"


@rule
def links(notebook: Notebook) -> Iterator[str]:
    for target in notebooks.broken_links(notebook.text, notebook.entry.path.parent):
        yield f"the link to {target} leads nowhere"


@rule
def digits(notebook: Notebook) -> Iterator[str]:
    for cell, text in texts(notebook):
        if found := re.search(r"\bnp\.(float|int|bool)\w*\(", text):
            yield f"{cell}: shows a bare NumPy scalar, {found[0]}...)"
        for number in re.findall(r"(?<![\w.])\d+\.\d+(?![\w.]*\.\d)", re.sub(r"\]\([^)]*\)", "]", text)):
            if len(number.replace(".", "").lstrip("0")) > 5:
                yield f"{cell}: {number} has more than five significant digits"


@rule
def numbers(notebook: Notebook) -> Iterator[str]:
    """A number in a sentence was computed in a cell beside it, is worked by hand in view, or is held to be true elsewhere.

    Elsewhere: in the test of a claim, in the record of a block of PyTorch, in a table of settings with its source.
    """
    claimed = [number.value for path in claim_files(notebook) for number in in_code(path)] + torch_blocks.recorded_numbers(
        notebook.name
    )
    cells = notebook.raw.cells
    for place, cell, text in lessons(notebook):
        beside = [notebooks.visible_text(other) for other in cells[max(0, place - 2) : place + 3] if other.cell_type == "code"]
        known = claimed + [number.value for said in beside for number in notebooks.written_numbers(said)]
        known += worked.by_hand(text) + worked.given_numbers(text) + worked.settings_numbers(text)
        for number in notebooks.measured_numbers(text):
            if number.value not in range(11) and not any(number.rounds(value) for value in known):
                yield f"{cell}: no cell beside it and no test of a claim has the number {number.digits}"


def claim_files(notebook: Notebook) -> list[Path]:
    """Where the claims of a notebook are tested: test_claims_01.py, and test_claims_01_2.py for a room."""
    number = notebook.number.replace(".", "_")
    return sorted((notebooks.ROOT / "tests" / "series" / "claims").glob(f"test*_{number}.py"))


def in_code(path: Path) -> list[notebooks.WrittenNumber]:
    return notebooks.written_numbers(re.sub(r"(?<=\d)_(?=\d)", "", path.read_text(encoding="utf-8")))


@rule
def equations(notebook: Notebook) -> Iterator[str]:
    wanted = [f"{notebook.entry.equation}.{k}" for k in range(1, len(notebook.tags) + 1)]
    if notebook.tags != wanted or not (wanted or notebook.entry.kind != "lesson"):
        yield f"equations are numbered {notebook.entry.equation}.1, .2, ... in order; found {notebook.tags}"
    for tag in notebook.tags:
        if tag not in equation_tests():
            yield f"equation ({tag}) has no test_{tag.replace('.', '_')} in tests/series/equations"
    for cell in notebook.code:
        for tag in re.findall(r"#.*?\((\d+\.\d+(?:\.\d+)?)\)", cell.source):
            if tag not in all_tags() | set(notebook.tags):
                yield f"{cell.id}: there is no equation ({tag})"


@rule
def exercises(notebook: Notebook) -> Iterator[str]:
    names = [exercise.name for exercise in notebook.exercises]
    registered = sorted(name for name in EXERCISES if name.startswith(notebook.number)) if notebook.entry.kind == "lesson" else []
    if names != registered:
        yield f"the exercises are those of adamlib.exercises, in order: {registered}; found {names}"


@rule
def pictures(notebook: Notebook) -> Iterator[str]:
    for cell, output in notebook.outputs:
        data = output.get("data", {})
        if strangers := sorted(set(data) - MIMES):
            yield f"{cell.id}: stores {', '.join(strangers)}"
        if PICTURE not in data:
            continue
        png = base64.b64decode(data[PICTURE])
        if len(png) > PICTURE_BYTES:
            yield f"{cell.id}: a picture has at most {PICTURE_BYTES} bytes; found {len(png)}"
        if b"tEXt" in png:
            yield f"{cell.id}: a picture stores no text of its own, versions change"


@rule
def file(notebook: Notebook) -> Iterator[str]:
    if (notebook.raw.nbformat, notebook.raw.nbformat_minor) != (4, 5):
        yield "the format is nbformat 4.5"
    if sorted(notebook.raw.metadata) != ["kernelspec", "language_info"] or notebook.raw.metadata.language_info != {
        "name": "python"
    }:
        yield "the metadata holds the kernel and the language, no version, no widget state"
    ids = [cell.id for cell in notebook.raw.cells]
    if len(set(ids)) != len(ids):
        yield "cell ids are unique"
    if kept := [cell.id for cell in notebook.raw.cells if cell.metadata]:
        yield f"cells have no metadata; found some in {kept}"


def stored(notebook: Notebook) -> str:
    """The file as `make notebooks` writes it."""
    return nbformat.writes(notebook.raw).rstrip("\n") + "\n"


CHECKS = [(name, check) for name in NOTEBOOKS for check in RULES]


@pytest.mark.parametrize(("name", "check"), CHECKS, ids=[f"{name}-{check.__name__}" for name, check in CHECKS])
def test_rule(name, check):
    assert list(check(NOTEBOOKS[name])) == []


@pytest.mark.parametrize("name", PATHS)
def test_the_file_is_as_make_notebooks_writes_it(name):
    assert PATHS[name].read_bytes().decode() == stored(NOTEBOOKS[name])


def test_there_are_no_gaps_but_those_announced():
    assert series.complaints(notebooks.FOLDER) == []


def test_every_exercise_belongs_to_a_notebook():
    assert {name[:2] for name in EXERCISES} <= {notebook.number for notebook in NOTEBOOKS.values()}


def test_every_equation_test_belongs_to_an_equation():
    assert equation_tests() <= all_tags()


# A rule that cannot fail is no rule. Each row breaks one thing in a notebook that keeps them all.


def model() -> Notebook:
    """A lesson with no complaint but that its one equation has no test."""
    exercise = "### 50{0} Find it\n\n<details><summary>Solution</summary>\n\n```python\nanswer = 1\n```\n\n</details>"
    cells: list[models.Cell] = ["# 50 Build a model\n\n[index](../README.md) | [glossary](GLOSSARY.md)", (notebooks.IMPORTS,)]
    for section in ("See it", "Turn it into code", "Push it"):
        cells += [f"## {section}\n\nA thought of six short words.", ('table(("claim",), [])',)]
    cells[2] = f"{cells[2]}\n\n$$x = y \\tag{{50.1}}$$"
    for k in "abc":
        cells += [exercise.format(k), (f'answer = ...\ncheck("50{k}", answer)',)]
    return models.make_notebook("50_model.ipynb", cells)


def _code(notebook: Notebook, source: str) -> None:
    notebook.code[3]["source"] = source


def _markdown(notebook: Notebook, text: str) -> None:
    notebook.markdown[3]["source"] += "\n\n" + text


def _output(notebook: Notebook, **data) -> None:
    notebook.code[3]["outputs"] = [
        nbformat.v4.new_output("display_data", {mime.replace("__", "/"): v for mime, v in data.items()})
    ]


def _printed(notebook: Notebook, text: str, stream: str = "stdout") -> None:
    notebook.code[3]["outputs"] = [nbformat.v4.new_output("stream", name=stream, text=text)]


BREAKS: list[tuple[Rule, str, Callable[[Notebook], object]]] = [
    (name, "a name is", lambda n: object.__setattr__(n, "name", "0_Model.ipynb")),
    (executed, "every cell is executed once", lambda n: n.code[3].update(execution_count=None)),
    (executed, "stored an error", lambda n: _printed(n, "oh", "stderr")),
    (sizes, "1500000 bytes", lambda n: _printed(n, "x" * 1_500_000)),
    *[
        (code_words, shown, lambda n, line=line: _code(n, line))
        for shown, line in [
            ("NBVAL_", "# NBVAL_SKIP"),
            ("plt.", "plt.plot([1])"),
            ("widgets", "x = ipywidgets"),
            ("a magic", "%matplotlib inline"),
            ("a shell command", "!ls"),
            ("an install", "# pip install adamlib"),
            ("import *", "from math import *"),
            ("warnings", "warnings.simplefilter('ignore')"),
            ("a download", "urllib.request"),
            ("open(", "open('x')"),
            ("code in a text", "exec('x = 1')"),
        ]
    ],
    *[
        (prose_words, shown, lambda n, word=word: _markdown(n, word))
        for shown, word in [
            ("simply", "Simply so."),
            ("obviously", "It is obviously so."),
            ("magic", "Magical."),
            ("an exclamation mark", "Look!"),
        ]
    ],
    (links, "leads nowhere", lambda n: _markdown(n, "[there](nowhere.md)")),
    (links, "leads nowhere", lambda n: _markdown(n, "[there](00_gradient_descent.ipynb#No-such-heading)")),
    (digits, "bare NumPy scalar", lambda n: _output(n, text__plain="np.float64(0.5)")),
    (digits, "more than five", lambda n: _printed(n, "loss 0.0123456 at the end")),
    (digits, "more than five", lambda n: _output(n, text__plain="[10.00001]")),
    (numbers, "has the number 1,234.5", lambda n: _markdown(n, "It takes 1,234.5 steps.")),
    (equations, "are numbered", lambda n: _markdown(n, r"$$x = y \tag{7.1}$$")),
    (equations, "has no test_7_77", lambda n: _markdown(n, r"$$x = y \tag{7.77}$$")),
    (equations, "there is no equation (9.99)", lambda n: _code(n, "x = 1  # (9.99)")),
    (exercises, "the exercises are those", lambda n: _code(n, 'answer = ...\ncheck("50z", answer)')),
    (pictures, "stores text/html", lambda n: _output(n, text__html="<b>x</b>", text__plain="x")),
    (pictures, "300000 bytes", lambda n: _output(n, image__png="A" * 400_004, text__plain="A picture.")),
    (
        pictures,
        "no text of its own",
        lambda n: _output(n, image__png=base64.b64encode(b"tEXtSoftware").decode(), text__plain="A."),
    ),
    (file, "nbformat 4.5", lambda n: n.raw.update(nbformat_minor=4)),
    (file, "no widget state", lambda n: n.raw.metadata.update(widgets={})),
    (file, "unique", lambda n: n.raw.cells[1].update(id=n.raw.cells[0].id)),
    (file, "no metadata", lambda n: n.code[0].metadata.update(tags=["hide"])),
]


@pytest.fixture
def alone(monkeypatch):
    """No other notebook, and three exercises for the model."""
    monkeypatch.setattr(f"{__name__}.NOTEBOOKS", {})
    monkeypatch.setattr(f"{__name__}.EXERCISES", dict.fromkeys(["50a", "50b", "50c"]))


@pytest.mark.usefixtures("alone")
def test_the_model_keeps_every_rule():
    complaints = [said for check in RULES for said in check(model())]
    assert complaints == ["equation (50.1) has no test_50_1 in tests/series/equations"]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("check", "complaint", "break_it"), BREAKS, ids=[f"{row[0].__name__}: {row[1]}" for row in BREAKS])
def test_a_broken_notebook_is_noticed(check, complaint, break_it):
    notebook = model()
    break_it(notebook)
    # Some of what a reader reads is computed once and kept: look at the notebook afresh.
    assert any(complaint in said for said in check(Notebook(notebook.name, notebook.raw)))


@pytest.mark.usefixtures("alone")
def test_a_room_keeps_every_rule():
    lesson = model()
    source = lesson.raw.cells[2].source.replace("50.1", "50.2.1")
    cells = [{**cell, "source": source if place == 2 else cell.source} for place, cell in enumerate(lesson.raw.cells)]
    room = Notebook("deeper/50_2_model.ipynb", nbformat.from_dict({**lesson.raw, "cells": cells[:8]}))
    complaints = [said for check in RULES for said in check(room)]
    assert complaints == [
        "the link to ../README.md leads nowhere",
        "the link to GLOSSARY.md leads nowhere",
        "equation (50.2.1) has no test_50_2_1 in tests/series/equations",
    ]
    wrong = Notebook("deeper/50_2_model.ipynb", lesson.raw)
    assert any("are numbered 50.2.1, .2, ... in order; found ['50.1']" in said for said in equations(wrong))


def test_every_rule_is_broken_once():
    assert {check for check, *_ in BREAKS} == set(RULES)
