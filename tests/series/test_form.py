"""The form of a lesson, a room and the index. Each rule is a function that yields its complaints; the table at the
end breaks each on purpose."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest

from helpers import models, notebooks, reading, torch_blocks
from helpers.notebooks import Notebook
from helpers.reading import ReadingRule

SECTIONS = [
    "See it",
    "Why it happens",
    "Turn it into code",
    "Where it stops working",
    "In your own code",
    "Your turn",
    "What we showed",
    "References",
]
LAST = {"lesson": SECTIONS, "card": ["Your turn", "What we showed", "References"], "room": SECTIONS[-2:], "index": SECTIONS[-1:]}
TASKS = ("Predict", "Compute", "Code")
PICTURE, PLAIN = "image/png", "text/plain"
RULES: list[ReadingRule] = []


def rule(function: ReadingRule) -> ReadingRule:
    RULES.append(function)
    return function


def is_lesson(notebook: Notebook) -> bool:
    return notebook.kind in ("lesson", "card")


def opening_cell(notebook: Notebook) -> str:
    return notebook.raw.cells[0].source


def box(notebook: Notebook) -> str:
    """The quoted lines of the first cell."""
    return "\n".join(line for line in opening_cell(notebook).splitlines() if line.startswith(">"))


def prose_lines(text: str) -> list[str]:
    """Lines that are no item of a list, no table and no heading."""
    return [line for line in text.splitlines() if not re.match(r"\s*(?:[-*|#]|\d+\.) ?", line)]


@rule
def title(notebook: Notebook) -> Iterator[str]:
    forms = {"lesson": r"# NN [A-Z]\w+ .+", "card": r"# NN [A-Z]\w+ .+", "room": r"# NN .+\?", "index": r"# [A-Z].+"}
    form = forms[notebook.kind].replace("NN", re.escape(notebook.number))
    if not re.fullmatch(form, opening_cell(notebook).partition("\n")[0]):
        yield f"the title is '# {notebook.number} Verb ...' in a lesson, and in a room '# {notebook.number} Question?'"


@rule
def navigation(notebook: Notebook) -> Iterator[str]:
    """A lesson leads to its neighbours, the index and the glossary; a room to its lesson, the index and the glossary."""
    lessons = [name for name, other in reading.whole_series().items() if other.entry.kind == "lesson"]
    before = [name for name in lessons if name < notebook.name][-1:]
    after = [name for name in lessons if name > notebook.name][:1]
    home = [name for name in lessons if name.startswith(notebook.entry.lesson)][:1]
    wanted = {
        "index": [],
        "room": [f"../{name}" for name in [*home, "index.ipynb", "GLOSSARY.md"]],
    }.get(notebook.kind, [*before, "index.ipynb", *after, "GLOSSARY.md"])
    line = (opening_cell(notebook).splitlines() + [""] * 3)[2]
    if wanted and [link for link in notebooks.links(line) if link] != wanted:
        yield f"the line below the title leads to {wanted}, in this order; found {notebooks.links(line)}"


@rule
def minute(notebook: Notebook) -> Iterator[str]:
    said = box(notebook)
    if not re.match(r"> \*\*In one minute\.\*\* \*[^*]+\?\*", said):
        yield "the box begins with '> **In one minute.** *A question?*'"
    if is_lesson(notebook) and not re.search(r"`[^`]+`|\$[^$]+\$", said):
        yield "the box has one formula or one line of code"
    if is_lesson(notebook) and not re.search(r"\b[Ss]kip this\b", said):
        yield "the box says when a reader may skip this"
    if notebook.kind != "index" and not re.search(r"\bYou need\b", opening_cell(notebook)):
        yield "the first cell says what 'You need'"


@rule
def imports(notebook: Notebook) -> Iterator[str]:
    """What is imported stands in the first code cell, alone, and is NumPy or adamlib."""
    for place, cell in enumerate(notebook.code):
        found = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, (ast.Import, ast.ImportFrom))]
        if place and found:
            yield f"{cell.id}: imports stand in the import cell"
        if not place and len(found) != len(ast.parse(cell.source).body):
            yield "the first code cell imports, and does nothing else"
        names = {name for n in found for name in ([n.module] if isinstance(n, ast.ImportFrom) else [a.name for a in n.names])}
        if strangers := sorted(name for name in names if name.partition(".")[0] not in ("numpy", "adamlib")):
            yield f"{cell.id}: {', '.join(strangers)} is neither NumPy nor adamlib"


@rule
def headings(notebook: Notebook) -> Iterator[str]:
    levels = [level for level, _ in notebook.headings]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "there is one title, and it comes first"
    if any(deeper > level + 1 for level, deeper in pairwise(levels)):
        yield "a heading jumps a level"
    found = [name for level, name in notebook.headings if level == 2]
    wanted = LAST[notebook.kind]
    if notebook.kind == "lesson" and found != wanted:
        yield f"the sections are {wanted}; found {found}"
    if notebook.kind != "lesson" and found[-len(wanted) :] != wanted:
        yield f"the last sections are {wanted}; found {found}"
    if set(found) & set(TASKS) or any(found.count(name) > 1 for name in found):
        yield "a section comes once"


@rule
def picture_first(notebook: Notebook) -> Iterator[str]:
    """A picture before the first formula, the box aside."""
    if notebook.kind not in ("lesson", "room"):
        return
    for cell in notebook.raw.cells[1:]:
        if cell.cell_type == "code" and any(PICTURE in output.get("data", {}) for output in cell.outputs):
            return
        if cell.cell_type == "markdown" and "$$" in cell.source:
            yield f"{cell.id}: a formula stands before the first picture"
            return


@rule
def own_function(notebook: Notebook) -> Iterator[str]:
    """Under "Turn it into code": the reader's own function of three to eight lines, then the library's by `source`."""
    if notebook.kind != "lesson":
        return
    found, section = [], ""
    for cell in notebook.raw.cells:
        if cell.cell_type == "markdown":
            section = ([section, *re.findall(r"^## (.+)$", cell.source, re.MULTILINE)])[-1]
        elif section == "Turn it into code":
            found.append(cell.source)
    functions = [n for code in found for n in ast.walk(ast.parse(code)) if isinstance(n, ast.FunctionDef)]
    if not any(3 <= n.end_lineno - n.lineno + 1 <= 8 for n in functions):
        yield "'Turn it into code' holds the reader's own function, of three to eight lines"
    if not any("source(" in code for code in found):
        yield "'Turn it into code' shows that the library has the same: source(...)"


@rule
def pytorch(notebook: Notebook) -> Iterator[str]:
    if not is_lesson(notebook):
        return
    blocks = list(torch_blocks.torch_blocks_of(notebook))
    if notebook.kind == "lesson" and "import torch" not in reading.markdown_sections(notebook).get("In your own code", ""):
        yield "'In your own code' holds a block of PyTorch"
    most = 20 if notebook.kind == "card" else 15  # a loop to copy stands there with its data and its model
    for block in blocks:
        lines = [line for line in block.code.splitlines() if line.strip()]
        if not 5 <= len(lines) <= most:
            yield f"{block.name}: a block of PyTorch has 5 to {most} lines; found {len(lines)}"


@rule
def exercises(notebook: Notebook) -> Iterator[str]:
    """Three in a lesson: one to predict, one to compute by hand, one to code with a scaffold. None elsewhere."""
    found = [exercise.name for exercise in notebook.exercises]
    wanted = [f"{notebook.number}{letter}" for letter in "abc"] if is_lesson(notebook) else []
    if found != wanted:
        yield f"the exercises are {wanted}, each with its check; found {found}"
    titles = [name for level, name in notebook.headings if level == 3 and re.match(r"\d\d[a-z]\b", name)]
    if [name.split()[:2] for name in titles] != [[name, task] for name, task in zip(wanted, TASKS)]:
        yield f"their headings are {[f'### {name} {task} ...' for name, task in zip(wanted, TASKS)]}; found {titles}"
    if is_lesson(notebook) and (notebook.exercises[-1:] and "def answer(" not in notebook.exercises[-1].code):
        yield "the exercise to code has a scaffold: def answer(...) with dots where a line is missing"
    if any(exercise.solution is None for exercise in notebook.exercises):
        yield "a solution is folded right before its cell"


@rule
def claims(notebook: Notebook) -> Iterator[str]:
    """Sentences in Markdown, each with its number and, in italics, its source; as many tests hold them."""
    if notebook.kind == "index":
        return
    said = re.findall(r"^\d+\. (.+)$", reading.markdown_sections(notebook).get("What we showed", ""), re.MULTILINE)
    for claim in said:
        if not re.search(r"\*[^*]+\*\.?$", claim):
            yield f"'{claim[:40]}...' ends with its source in italics"
        if is_lesson(notebook) and not re.search(r"\d", claim.rpartition(" *")[0]):
            yield f"'{claim[:40]}...' has no number"
    if len(said) > (tests := claim_tests(notebook)):
        yield f"{len(said)} claims, and {tests} tests in tests/series/claims"


def claim_tests(notebook: Notebook) -> int:
    folder = notebooks.ROOT / "tests" / "series" / "claims"
    files = folder.glob(f"test*_{notebook.number.replace('.', '_')}.py")
    return sum(len(re.findall(r"^def test_", path.read_text(encoding="utf-8"), re.MULTILINE)) for path in files)


@rule
def references(notebook: Notebook) -> Iterator[str]:
    for line in reading.markdown_sections(notebook).get("References", "").splitlines()[1:]:
        if line and not (line.startswith("- ") and re.search(r"\b(?:1[89]|20)\d\d\b", line) and len(line.split()) <= 45):
            yield f"a reference is one line, '- Name (year), title. Why to read it.'; found '{line[:60]}'"


@rule
def rooms(notebook: Notebook) -> Iterator[str]:
    """A lesson links to each of its rooms in the sentence that leaves something out; no list repeats them."""
    if not is_lesson(notebook):
        return
    told = notebooks.links("\n".join(prose_lines(notebook.text)))
    for name, room in reading.whole_series().items():
        if room.entry.kind == "room" and room.entry.lesson == notebook.entry.lesson and name not in told:
            yield f"no sentence links to {name}"
    for line in notebook.text.splitlines():
        if re.match(r"\s*[-*] \[[^\]]*\]\(deeper/", line):
            yield f"a room is linked to in a sentence, not in a list: '{line[:60]}'"


@rule
def tags(notebook: Notebook) -> Iterator[str]:
    if notebook.kind == "lesson" and len(notebook.tags) > 4:
        yield f"a lesson has at most four numbered equations; found {len(notebook.tags)}"


@rule
def markup(notebook: Notebook) -> Iterator[str]:
    """What a reader sees is Markdown: no HTML but folds, no raw cells, no attachments."""
    for cell in notebook.raw.cells:
        if cell.cell_type == "raw" or cell.get("attachments"):
            yield f"{cell.id}: a cell is Markdown or code, and carries no file"
    for tag in re.findall(r"</?([A-Za-z]\w*)[^<>]*>", re.sub(r"`[^`]*`|<https?:[^>]*>", "", notebook.text)):
        if tag not in ("details", "summary"):
            yield f"<{tag}> is no fold"
    if "<!--" in notebook.text:
        yield "a comment that nobody sees"


@rule
def pictures(notebook: Notebook) -> Iterator[str]:
    """A picture is told by its alternative text, and what is compared goes on with numbers that were computed."""
    for cell, output in notebook.outputs:
        data = output.get("data", {})
        if PICTURE not in data:
            continue
        plain, alt = data.get(PLAIN, ""), output.metadata.get(PICTURE, {}).get("alt", "")
        if not re.match(r"[^<\s].*", alt, re.DOTALL):
            yield f"{cell.id}: a picture carries a sentence; found '{alt}'"
        typed = " ".join(
            n.value for n in ast.walk(ast.parse(cell.source)) if isinstance(n, ast.Constant) and isinstance(n.value, str)
        )
        if not re.search(r"\d", computed(plain, alt, typed)):
            yield f"{cell.id}: text/plain holds no computed value that another curve would change; found '{plain}'"


def computed(plain: str, alt: str, typed: str) -> str:
    """What of the compared text is not typed in the cell: after the alternative text, or all of an explorer's sentence."""
    rest = plain.removeprefix(alt)
    return rest if rest.strip() else "" if plain.strip(" .") in typed else re.sub(r"\s+", " ", plain)


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.__name__)
@pytest.mark.parametrize("notebook", reading.whole_series().values(), ids=list(reading.whole_series()))
def test_form(notebook, check):
    assert list(check(notebook)) == []


@pytest.fixture
def alone(monkeypatch):
    """The models are the whole series, and their claims are tested."""
    made = [models.model_notebook(kind) for kind in ("index", "lesson", "room")]
    names = ["49_before.ipynb", "51_after.ipynb"]
    series = {notebook.name: notebook for notebook in [*made, *(models.make_notebook(name, ["# 49 B"]) for name in names)]}
    monkeypatch.setattr(reading, "whole_series", lambda: dict(sorted(series.items())))
    monkeypatch.setattr(f"{__name__}.claim_tests", lambda notebook: 3)


BREAKS = [
    (title, "lesson", ("# 50 Build a model", "# Build a model")),
    (title, "room", ("# 50.1 Does it leave a hollow?", "# 50.1 Hollows")),
    (navigation, "lesson", ("49_before.ipynb", "48_before.ipynb")),
    (navigation, "lesson", (" | [Index](index.ipynb)", "")),
    (navigation, "room", ("../50_model.ipynb", "50_model.ipynb")),
    (minute, "lesson", ("**In one minute.**", "**Soon.**")),
    (minute, "lesson", ("*Why build a model?*", "A model.")),
    (minute, "lesson", ("`x = 2 * y`", "x")),
    (minute, "lesson", ("Skip this lesson", "Read this lesson")),
    (minute, "lesson", ("You need lesson 49.", "")),
    (minute, "room", ("You need", "It takes")),
    (imports, "lesson", ("twice = 2 * 21", "import math")),
    (imports, "lesson", ("import numpy as np", "import os")),
    (imports, "lesson", ("import numpy as np", "import numpy as np\nx = 1")),
    (headings, "lesson", ("## Why it happens", "## Why")),
    (headings, "lesson", ("## In your own code", "### In your own code")),
    (headings, "lesson", ("### 50a Predict", "##### 50a Predict")),
    (headings, "lesson", ("## See it", "# See it")),
    (headings, "room", ("## What we showed", "## Shown")),
    (headings, "index", ("## References", "## Further")),
    (picture_first, "lesson", ("The next cell walks down a bowl with SGD.", "$$x = y$$")),
    (picture_first, "room", ("The next cell walks down a bowl with SGD.", "$$x = y$$")),
    (own_function, "lesson", ("def double(y):\n    x = 2 * y  # (50.1)\n    return x", "double = abs")),
    (own_function, "lesson", ("def double(y):\n    x = 2 * y  # (50.1)\n    return x", "def double(y): return 2 * y")),
    (own_function, "lesson", ("source(al.SGD)", "double(1)")),
    (pytorch, "lesson", ("import torch", "import numpy")),
    (pytorch, "lesson", ("y = 2 * y / 2\n", "")),
    (pytorch, "lesson", ("y = 2 * y / 2\n", "y = 2 * y / 2\n" * 12)),
    (exercises, "lesson", ('check("50c", answer)', "")),
    (exercises, "lesson", ("### 50b Compute by hand", "### 50b Guess")),
    (exercises, "lesson", ("def answer(x):\n    y = ...\n    return y\n\n\n", "answer = ...\n")),
    (exercises, "lesson", ("<summary>Solution</summary>", "<summary>Answer</summary>")),
    (exercises, "room", ("plots.paths(", 'check("50a", ...)\nplots.paths(')),
    (claims, "lesson", (" *The second cell.*", "")),
    (claims, "lesson", ("A walk arrives in 8 steps.", "A walk arrives.")),
    (claims, "lesson", ("3. A model keeps", "3. So. *(50.1)*\n4. A model keeps")),
    (claims, "room", (" *(50.1.1)*", "")),
    (references, "lesson", ("- Somebody (1964)", "- Somebody")),
    (references, "lesson", ("- Somebody (1964)", "Somebody (1964)")),
    (references, "lesson", ("Read it for its figures.", "Read it. " * 30)),
    (rooms, "lesson", (" It does not work [in a hollow](deeper/50_1_hollows.ipynb).", "")),
    (rooms, "lesson", ("It does not work [in a hollow]", "\n\n- [In a hollow]")),
    (tags, "lesson", ("\\tag{50.1}", "".join(f"\\tag{{50.{k}}}" for k in range(1, 6)))),
    (markup, "lesson", ("It agrees.", "<div>It agrees.</div>")),
    (markup, "lesson", ("It agrees.", "It agrees. <!-- so -->")),
]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("kind", ["lesson", "room", "index"])
def test_the_model_keeps_every_rule(kind):
    assert [said for check in RULES for said in check(models.model_notebook(kind))] == []


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("check", "kind", "change"), BREAKS, ids=[f"{row[0].__name__}-{n}" for n, row in enumerate(BREAKS)])
def test_a_broken_form_is_noticed(check, kind, change):
    assert list(check(models.broken_model(kind, change)))


def test_a_raw_cell_is_noticed():
    notebook = models.model_notebook("lesson")
    notebook.raw.cells[3].cell_type = "raw"
    assert list(markup(notebook))


def test_a_picture_without_numbers_is_noticed():
    """A typed caption, and a caption that is typed with a number in it; an explorer's own sentence is computed."""
    for plain, alt, typed, fails in [
        ("It arrives. Last: 0.125.", "It arrives.", "It arrives.", False),
        ("It arrives.", "It arrives.", "It arrives.", True),
        ("It arrives in 8 steps.", "It arrives in 8 steps.", "It arrives in 8 steps.", True),
        ("After 8 steps the loss is 0.1.", "After 8 steps the loss is 0.1.", "", False),
        ("It arrives. Last.", "It arrives.", "", True),
    ]:
        assert bool(re.search(r"\d", computed(plain, alt, typed))) is not fails
    notebook = models.model_notebook("lesson")
    for _, output in notebook.outputs:
        if PICTURE in output.get("data", {}):
            output.data[PLAIN] = output.metadata[PICTURE]["alt"] = "It arrives."
    assert len(list(pictures(notebook))) == 3


def test_every_rule_is_broken_once():
    assert {check for check, *_ in BREAKS} | {pictures} == set(RULES)
