"""The order of a notebook: what is called is said before, a prediction comes before what answers it, a name means
one thing. Each rule is a function that yields its complaints; the table at the end breaks each on purpose."""

import ast
import builtins
import re
from collections.abc import Iterator

import numpy as np
import pytest

from helpers import models, reading
from helpers.notebooks import Notebook
from helpers.reading import ReadingRule

PREDICT = re.compile(r"^\*\*Predict\b", re.MULTILINE)
FOLDED_ANSWER = re.compile(r"\s*<details>\s*<summary>Answer</summary>")
ANY_ANSWER = re.compile(r"<summary>(?!Solution)")

# What shows by itself what it does: a picture, a table, quoted code, a verdict.
SHOWS = {"table", "source", "check", "print"}
# What a reader knows who knows Python and a little NumPy.
FAMILIAR = set(dir(builtins)) | {name for kind in (list, dict, str, set, np.ndarray) for name in dir(kind)}
FAMILIAR |= {
    "array",
    "arange",
    "linspace",
    "zeros",
    "ones",
    "full",
    "sqrt",
    "exp",
    "log",
    "log10",
    "sin",
    "cos",
    "sign",
    "maximum",
    "minimum",
    "allclose",
    "isclose",
    "where",
}
# Words that say a function besides its name.
SAID_BY = {
    "run": "run|walk|step|train",
    "final": "walk|step|end|train",
    "SGD": "SGD|gradient descent",
    "Momentum": "momentum|memory|heavy ball",
    "grad": "gradient|slope",
    "rosenbrock": "Rosenbrock",
    "quadratic": "parabola|quadratic|bowl|valley",
    "bowl": "bowl|valley",
    "ramp": "ramp|slope",
    "settled": "settle|stay",
}
RULES: list[ReadingRule] = []


def rule(function: ReadingRule) -> ReadingRule:
    RULES.append(function)
    return function


def called_names(code: str) -> dict[str, str]:
    """What a cell calls, by name: "al", "explore", "np" or "" for where it comes from."""
    calls = [n.func for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Call)]
    found = {f.id: "" for f in calls if isinstance(f, ast.Name)}
    return found | {f.attr: getattr(f.value, "id", "") for f in calls if isinstance(f, ast.Attribute)}


def defined_names(notebook: Notebook) -> set[str]:
    trees = [ast.parse(cell.source) for cell in notebook.code]
    return {n.name for tree in trees for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}


def is_said(name: str, home: str, text: str) -> bool:
    """Whether a text speaks of a function: by its name, an inflection of it, or a word that says the same; an explorer as one."""
    words = rf"{re.escape(name)}|{re.escape(name.replace('_', ' '))}"
    if name in SAID_BY:
        words += f"|{SAID_BY[name]}"
    if home == "explore":
        words += "|explorer|slider"
    return re.search(rf"(?<![A-Za-z])(?:{words})", text, re.IGNORECASE) is not None


def known_before(notebook: Notebook) -> set[str]:
    """What earlier lessons call; a room knows its lesson too, the index knows nothing."""
    lessons = [other for other in reading.whole_series().values() if other.entry.kind == "lesson"]
    mine = notebook.entry.lesson
    earlier = [other for other in lessons if other.number < mine or (notebook.kind == "room" and other.number == mine)]
    return {name for other in earlier for cell in other.code for name in called_names(cell.source)}


@rule
def said_before(notebook: Notebook) -> Iterator[str]:
    """What is called for the first time is said in the Markdown that opens its run of code cells."""
    known, text = FAMILIAR | SHOWS | known_before(notebook) | defined_names(notebook), ""
    for kind, cells in reading.turns(notebook):
        if kind == "markdown":
            text = "\n\n".join(cell.source for cell in cells)
            continue
        for cell in cells:
            for name, home in called_names(cell.source).items():
                if name not in known and home != "plots" and not is_said(name, home, text):
                    yield f"{cell.id}: calls {name}, and the Markdown before does not speak of it"
                known.add(name)


@rule
def predictions(notebook: Notebook) -> Iterator[str]:
    """A prediction ends its Markdown; the code cells that show it follow, and the next Markdown begins with the folded answer."""
    turns = list(reading.turns(notebook))
    for place, (kind, cells) in enumerate(turns):
        asking = [cell for cell in cells if kind == "markdown" and PREDICT.search(cell.source)]
        for cell in asking:
            if ANY_ANSWER.search(cell.source[PREDICT.search(cell.source).start() :]):
                yield f"{cell.id}: a prediction and its answer stand in one cell"
            if cell is not cells[-1] or place + 1 == len(turns):
                yield f"{cell.id}: a prediction is followed by the code that shows it"
            elif place + 2 == len(turns) or not FOLDED_ANSWER.match(turns[place + 2][1][0].source):
                yield f"{cell.id}: the Markdown after the code begins with the folded answer"
        for number, cell in enumerate(cells if kind == "markdown" else []):
            answers = len(ANY_ANSWER.findall(cell.source))
            before = turns[place - 2][1][-1].source if place >= 2 else ""
            if answers and not (number == 0 and FOLDED_ANSWER.match(cell.source) and answers == 1 and PREDICT.search(before)):
                yield f"{cell.id}: a folded answer opens the Markdown after the code that shows it, and a prediction asked for it"


@rule
def one_meaning(notebook: Notebook) -> Iterator[str]:
    """A name is bound to one thing: `answer`, variables of loops and names in functions aside; what goes on from itself may."""
    bound: dict[str, str] = {}
    for cell in notebook.code:
        for name, goes_on, lasts in bindings(ast.parse(cell.source).body):
            if name in bound and not goes_on and name not in ("answer", "_"):
                yield f"{cell.id}: binds {name} again, which {bound[name]} bound to something else"
            if lasts:
                bound.setdefault(name, cell.id)


def bindings(body: list[ast.stmt]) -> Iterator[tuple[str, bool, bool]]:
    """The names that statements bind, whether the new value comes from the old, and whether they last beyond a loop."""
    for statement in body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            yield statement.name, False, True
            continue
        yield from ((n.target.id, False, True) for n in ast.walk(statement) if isinstance(n, ast.NamedExpr))
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name, False, True) for alias in statement.names)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            used = {n.id for n in ast.walk(statement.value or statement.target) if isinstance(n, ast.Name)}
            names = [name for target in targets for name in stored_names(target)]
            yield from ((name, bool(used & set(names)), True) for name in names)
        elif isinstance(statement, (ast.For, ast.While, ast.If, ast.With)):
            loop = isinstance(statement, (ast.For, ast.While))
            yield from ((name, False, True) for item in getattr(statement, "items", []) for name in stored_names(item))
            within = {name: on for name, on, _ in bindings([*statement.body, *getattr(statement, "orelse", [])])}
            yield from ((name, on, not loop) for name, on in within.items())


def stored_names(tree: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]


@pytest.mark.parametrize("check", RULES, ids=lambda check: check.__name__)
@pytest.mark.parametrize("notebook", reading.whole_series().values(), ids=list(reading.whole_series()))
def test_order(notebook, check):
    assert list(check(notebook)) == []


@pytest.fixture
def alone(monkeypatch):
    monkeypatch.setattr(reading, "whole_series", lambda: {})


ANSWER = "<details><summary>Answer</summary>\n\nIt does.\n\n</details>"
BREAKS = [
    (said_before, ("The next cell walks down a bowl with SGD.", "See:")),
    (said_before, ("twice = 2 * 21", "twice = al.sharpness(bowl)")),
    (said_before, ("twice = 2 * 21", "twice = np.roots([1])")),
    (said_before, ("twice = 2 * 21", "explore.anatomy()")),
    (predictions, (ANSWER, "It does.")),
    (predictions, (ANSWER, f"So.\n\n{ANSWER}")),
    (predictions, ("**Predict.** Does it arrive?", f"**Predict.** Does it arrive?\n\n{ANSWER}")),
    (predictions, ("**Predict.** Does it arrive?", "Does it arrive?")),
    (predictions, ("It agrees.", f"It agrees.\n\n{ANSWER}")),
    (predictions, ("Fill it in.", "**Predict.** What?")),
    (one_meaning, ("twice = 2 * 21", "bowl = 2 * 21")),
    (one_meaning, ("twice = 2 * 21", "np = 2 * 21")),
    (one_meaning, ("twice = 2 * 21", "bowl, twice = 2, 21")),
    (one_meaning, ("twice = 2 * 21", "def walk(): ...")),
    (one_meaning, ("twice = 2 * 21", "if 1:\n    walk = 2")),
    (one_meaning, ("twice = 2 * 21", "print(walk := 2)")),
    (one_meaning, ("twice = 2 * 21", "for step in [1]:\n    walk = 2")),
]
KEEPS = [
    (said_before, ("twice = 2 * 21", "twice = al.bowl(2).loss(1)")),
    (one_meaning, ("twice = 2 * 21", "for step in [1]:\n    walk = walk\nfor step in [2]:\n    twice = 1")),
    (one_meaning, ("twice = 2 * 21", "walk = [walk, walk]")),
    (one_meaning, ("twice = 2 * 21", "def other(bowl):\n    walk = 2\n    return walk")),
    (one_meaning, ("twice = 2 * 21", "answer = 1\nanswer = 2\ntwice = [walk for bowl in [1]]")),
    (predictions, ("**Predict.**", "**Predict, then move.**")),
    (predictions, (ANSWER, f"{ANSWER}\n\nSo it is.\n\n{models.THOUGHT}")),
]


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("kind", ["lesson", "room", "index"])
@pytest.mark.parametrize("check", RULES, ids=lambda check: check.__name__)
def test_the_model_keeps_the_order(kind, check):
    assert list(check(models.model_notebook(kind))) == []


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("check", "change"), BREAKS, ids=[f"{row[0].__name__}-{n}" for n, row in enumerate(BREAKS)])
def test_another_order_is_noticed(check, change):
    assert list(check(models.broken_model("lesson", change)))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(("check", "change"), KEEPS, ids=[f"{row[0].__name__}-{n}" for n, row in enumerate(KEEPS)])
def test_what_is_allowed_is_no_complaint(check, change):
    said = "The number comes from al.bowl and its loss."
    changes = [change, ("$$x = y", f"{said}\n\n$$x = y")] if check is said_before else [change]
    assert list(check(models.broken_model("lesson", *changes))) == []


def test_a_cell_between_parts_a_prediction_from_what_shows_it():
    assert list(predictions(models.with_cells("lesson", 3, "More Markdown.")))


def test_what_an_earlier_lesson_called_is_known(monkeypatch):
    calls = models.make_notebook("49_before.ipynb", ["Walk down a bowl.", ("al.sharpness(1)",)])
    later = models.broken_model("lesson", ("twice = 2 * 21", "twice = al.sharpness(bowl)"))
    for series, complaints in [({}, 1), ({calls.name: calls}, 0)]:
        monkeypatch.setattr(reading, "whole_series", lambda series=series: series)
        assert len(list(said_before(later))) == complaints


def test_every_rule_is_broken_once():
    assert {check for check, *_ in BREAKS} == set(RULES)
