"""Exercises that are answered on the page, where the answer is a number or a few of them."""

import html
import json
import re
from typing import Any

import numpy as np

from adamlib.exercises import EXERCISES
from adamlib.exercises.exercise import Exercise, as_numbers

ASKED = re.compile(r'^answer = \.\.\.\ncheck\("(\w+)", answer\)$')
KEPT_DIGITS = 12


def form_of(source: str) -> str:
    """The form that takes the answer of an exercise and judges it, for the cell that asks; nothing for other cells."""
    asked = ASKED.match(source.strip())
    exercise = EXERCISES.get(asked[1]) if asked else None
    if not asked or exercise is None or exercise.inputs:
        return ""
    name, known = asked[1], html.escape(json.dumps(judged_answers(exercise), ensure_ascii=False))
    return (
        f'<form class="answer" data-exercise="{name}" data-judged="{known}">'
        f'<label for="answer-{name}">Your answer to {name}{hint_of(exercise)}</label> '
        f'<input id="answer-{name}" type="text" autocomplete="off" spellcheck="false"> <button type="submit">Check</button>'
        '<p role="status" class="verdict"></p></form>'
        "<noscript><p>With JavaScript switched on, you can check your answer here.</p></noscript>"
    )


def hint_of(exercise: Exercise) -> str:
    """How many numbers are wanted, where it is more than one."""
    wanted = as_numbers(exercise.answer)
    return "" if wanted is None or wanted.size == 1 else f", {wanted.size} numbers with commas between"


def judged_answers(exercise: Exercise) -> list[dict[str, Any]]:
    """Every answer that the exercise knows, the right ones first, with what is said of it."""
    right = [(exercise.answer, f"Right. {exercise.right}"), *((number, f"Right. {says}") for number, says in exercise.also)]
    slips = [(number, f"Close: {hint}.") for number, hint in exercise.slips]
    return [judged_answer(answer, says, exercise.rtol) for answer, says in [*right, *slips] if as_numbers(answer) is not None]


def judged_answer(answer: Any, says: str, rtol: float) -> dict[str, Any]:
    """One answer for the page: its numbers, and how far each may be off; a whole number is a count, and must be hit."""
    numbers = np.ravel(as_numbers(answer)).astype(float)
    counted = as_numbers(answer).dtype.kind in "biu"
    least = 1e-9 * np.abs(numbers).max(initial=0) or 1e-9
    room = [max(least, (1e-9 if counted else rtol) * abs(number)) for number in numbers]
    return {"numbers": [float(f"{x:.{KEPT_DIGITS}g}") for x in numbers], "room": [float(f"{x:.3g}") for x in room], "says": says}
