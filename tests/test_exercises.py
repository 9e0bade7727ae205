"""Exercises: every folded solution is right, every known slip earns its hint, every committed cell is unanswered."""

import numpy as np
import pytest

import nbs
from adamlib.exercises import EXERCISES, Exercise, check, verdict

IN_NOTEBOOKS = {exercise.name: exercise for path in nbs.paths() for exercise in nbs.read(path).exercises}
SLIPS = [(name, slip, hint) for name, exercise in EXERCISES.items() for slip, hint in exercise.slips]

NUMBER = Exercise(answer=np.float64(0.25), right="A quarter.", slips=((0.5, "that is its root"),))
ARRAY = Exercise(answer=np.array([1.0, 2.0]), right="Both.")
FUNCTION = Exercise(answer=lambda x: x**2, right="A square.", slips=((lambda x: 2 * x, "doubled"),), inputs=((3.0,), (-1.0,)))


@pytest.mark.parametrize("name", EXERCISES)
def test_the_folded_solution_is_right(name):
    solution = IN_NOTEBOOKS[name].solution
    assert solution, f"{name} has no ```python block in <details><summary>Solution</summary>"
    space: dict = {}
    exec(nbs.IMPORTS, space)
    exec(solution, space)
    assert verdict(EXERCISES[name], space["answer"]) == f"right. {EXERCISES[name].right}"


@pytest.mark.parametrize(("name", "slip", "hint"), SLIPS, ids=[f"{name}: {hint}" for name, _, hint in SLIPS])
def test_a_slip_earns_its_hint(name, slip, hint):
    assert verdict(EXERCISES[name], slip) == f"close: {hint}"


@pytest.mark.parametrize("name", IN_NOTEBOOKS)
def test_the_committed_cell_is_unanswered(name):
    assert IN_NOTEBOOKS[name].code == f'answer = ...\ncheck("{name}", answer)'
    assert IN_NOTEBOOKS[name].printed == f"{name}: not answered yet\n"


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_tells_the_consequence(name):
    said = [EXERCISES[name].right, *(hint for _, hint in EXERCISES[name].slips)]
    assert all(said)
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("exercise", "answer", "said"),
    [
        (NUMBER, ..., "not answered yet"),
        (NUMBER, 0.25, "right. A quarter."),
        (NUMBER, np.float32(0.2500001), "right. A quarter."),
        (NUMBER, 0.5, "close: that is its root"),
        (NUMBER, 0.3, "not yet: expected another number"),
        (NUMBER, "a quarter", "not yet: expected another number"),
        (NUMBER, None, "not yet: expected another number"),
        (NUMBER, [0.25, 0.25], "not yet: expected another number"),
        (ARRAY, [1, 2], "right. Both."),
        (ARRAY, [2, 1], "not yet: expected an array of shape (2,) with other values"),
        (FUNCTION, lambda x: x * x, "right. A square."),
        (FUNCTION, lambda x: x + x, "close: doubled"),
        (FUNCTION, 9.0, "not yet: expected a function of 1 arguments with other values; compare yours with the equation"),
        (FUNCTION, lambda: 9.0, "not yet: your answer raised TypeError"),
        (FUNCTION, lambda x: 1 / 0, "not yet: your answer raised ZeroDivisionError: division by zero"),
    ],
)
def test_verdict(exercise, answer, said):
    assert verdict(exercise, answer).startswith(said)


def test_check_prints_name_and_verdict(monkeypatch, capsys):
    monkeypatch.setitem(EXERCISES, "99a", NUMBER)
    check("99a")
    check("99a", 0.25)
    assert capsys.readouterr().out == "99a: not answered yet\n99a: right. A quarter.\n"


def test_an_unknown_name_is_an_error(monkeypatch):
    monkeypatch.setitem(EXERCISES, "99a", NUMBER)
    with pytest.raises(ValueError, match=r"name = '99z' is not allowed: name must be one of .*'99a'"):
        check("99z", 1.0)
