"""Exercises: every folded solution is right, every slip earns its hint, every committed cell is unanswered."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from adamlib.exercises import EXERCISES, Exercise, check, verdict
from helpers import notebooks, wrong_answers

IN_NOTEBOOKS = {exercise.name: exercise for path in notebooks.paths() for exercise in notebooks.read(path).exercises}
SLIPS = [(name, begins, slip) for name, known in wrong_answers.SLIPS.items() for begins, slip in known.items()]

NUMBER = Exercise(answer=np.float64(0.25), right="A quarter.", slips=((0.5, "that is its root"),))
COUNT = Exercise(answer=5000, right="Five thousand.", slips=((4999, "one more"),))
NOTHING = Exercise(answer=0.0, right="Nothing.")
ONES = Exercise(answer=np.ones(2), right="Both.")
ARRAY = Exercise(answer=np.array([1.0, 2.0]), right="Both.")
FUNCTION = Exercise(answer=lambda x: x**2, right="A square.", slips=((lambda x: 2 * x, "doubled"),), inputs=((3.0,), (-1.0,)))


# Numbers in the sentences, worked out where the folded solution has run.
NUMBERS = [
    ("00a", "could have borne {:.0f}", "2 / 1"),
    ("01a", "√β = {:.1f} of the error", "np.sqrt(answer)"),
    ("01a", "with the same lr leaves {:.2f}", "1 - 0.01 * 4"),
    ("02a", "no step exceeds lr / √(1 − β₂) = {:.0f} lr", "1 / np.sqrt(1 - 0.99)"),
    ("02b", "keeps the divisor above {:.0f}e-4", "np.sqrt(1e-7) / 1e-4"),
    ("03a", "v starts {:,.0f} times too small", "1 / (1 - 0.9996)"),
    ("03c", "the next step is {:.2f} lr", "c[t == 1001].item()"),
    ("05a", "must fall below {:.2f}", "answer"),
    ("09a", "the time to 1/e = {:.2f}", "(1 - 1e-5) ** 1e5"),
    ("10c", "The largest gradient is then {:.1f}", "answer * g.max()"),
    ("10c", "room up to a factor of {:,.0f} before it reaches 256", "factors[factors * g.max() < 256][-1]"),
]


def said(name, answer):
    """The verdict, which must not hang on the tolerance where the answer is computed and not measured."""
    exercise = EXERCISES[name]
    strict = exercise if exercise.rtol > 1e-3 else replace(exercise, rtol=1e-9)
    assert verdict(exercise, answer) == verdict(strict, answer)
    return verdict(exercise, answer)


@pytest.mark.parametrize("name", EXERCISES)
def test_every_slip_is_told_in_the_table(name):
    hints = [hint for _, hint in EXERCISES[name].slips]
    assert len(hints) == len(wrong_answers.SLIPS[name])
    for begins in wrong_answers.SLIPS[name]:
        assert len([hint for hint in hints if hint.startswith(begins)]) == 1, begins


@pytest.mark.parametrize(("name", "begins", "slip"), SLIPS, ids=[f"{name}: {begins}" for name, begins, _ in SLIPS])
def test_a_slip_earns_its_hint(name, begins, slip):
    hint = next(hint for _, hint in EXERCISES[name].slips if hint.startswith(begins))
    assert said(name, wrong_answers.made(name, slip)) == f"close: {hint}"


@pytest.mark.parametrize("name", EXERCISES)
def test_the_folded_solution_is_right(name):
    solution = IN_NOTEBOOKS[name].solution
    assert solution, f"{name} has no ```python block in <details><summary>Solution</summary>"
    assert said(name, wrong_answers.solved(solution)["answer"]) == f"right. {EXERCISES[name].right}"


@pytest.mark.parametrize("name", IN_NOTEBOOKS)
def test_the_committed_cell_is_unanswered(name):
    assert IN_NOTEBOOKS[name].code == f'answer = ...\ncheck("{name}", answer)'
    assert IN_NOTEBOOKS[name].printed == f"{name}: not answered yet\n"


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_tells_the_consequence(name):
    told = [EXERCISES[name].right, *(hint for _, hint in EXERCISES[name].slips)]
    assert all(told)
    assert len(set(told)) == len(told)


@pytest.mark.parametrize(("name", "sentence", "number"), NUMBERS, ids=[f"{name}: {sentence}" for name, sentence, _ in NUMBERS])
def test_a_sentence_tells_the_right_number(name, sentence, number):
    told = [EXERCISES[name].right, *(hint for _, hint in EXERCISES[name].slips)]
    assert any(sentence.format(wrong_answers.made(name, number)) in text for text in told)


def test_06b_asks_only_where_the_lemma_holds():
    for x, y in EXERCISES["07b"].inputs:
        reached = x @ np.sign(x.T @ y)
        np.testing.assert_allclose(reached / y, (reached / y)[0])


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
        (NUMBER, 0.2502, "right. A quarter."),
        (NUMBER, 0.2504, "not yet: expected another number"),
        (NUMBER, True, "not yet: expected another number"),
        (COUNT, 5000.000001, "right. Five thousand."),
        (COUNT, 4999.0, "close: one more"),
        (COUNT, 5001, "not yet: expected another number"),
        (NOTHING, 5e-7, "right. Nothing."),
        (NOTHING, 5e-6, "not yet: expected another number"),
        (ONES, 1.0, "not yet: expected an array of shape (2,) with other values"),
        (ARRAY, [1, 2], "right. Both."),
        (ARRAY, np.array([1.0, 2.0]), "right. Both."),
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


def test_an_exercise_stays_as_it_is():
    with pytest.raises(FrozenInstanceError):
        NUMBER.answer = 0.3


def test_check_prints_name_and_verdict(monkeypatch, capsys):
    monkeypatch.setitem(EXERCISES, "99a", NUMBER)
    check("99a")
    check("99a", 0.25)
    assert capsys.readouterr().out == "99a: not answered yet\n99a: right. A quarter.\n"


def test_an_unknown_name_is_an_error(monkeypatch):
    monkeypatch.setitem(EXERCISES, "99a", NUMBER)
    with pytest.raises(ValueError, match=r"name = '99z' is not allowed: name must be one of .*'99a'"):
        check("99z", 1.0)
