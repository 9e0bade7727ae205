"""The page of questions: two sentences each, with a link that leads somewhere, or a source where nothing is measured."""

import re

import pytest

from adamlib.museum import TRAPS
from helpers import notebooks

PAGE = notebooks.ROOT / "book" / "pages" / "questions.md"
QUESTIONS = dict(re.findall(r"^## (.+)\n\n((?:(?!^## ).*\n?)*)", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
LINK = re.compile(r"\]\(\.\./\.\./notebooks/([^)#]+)(?:#([^)]+))?\)")
TRAP = re.compile(r"`al\.museum\.TRAPS\[\"([^\"]+)\"\]`")
every_question = pytest.mark.parametrize("question", QUESTIONS)


def parts(question: str) -> tuple[str, str]:
    """The answer, and where it is shown."""
    answer, shown = QUESTIONS[question].strip().split("\n\n")
    return answer.replace("\n", " "), shown


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!]) ", re.sub(r"`[^`]*`", "code", text))


def numbers_shown(shown: str) -> set[float]:
    """The numbers of all that is linked: the notebooks' texts and outputs, and what the traps cost."""
    found = {round(loop(), 1) for name in TRAP.findall(shown) for loop in (TRAPS[name].loop, TRAPS[name].mended)}
    for path, _ in LINK.findall(shown):
        linked = notebooks.read(notebooks.FOLDER / path)
        texts = [*(cell.source for cell in linked.markdown), *map(notebooks.visible_text, linked.code)]
        found |= {number.value for text in texts for number in notebooks.written_numbers(text)}
    return found


def test_there_are_fourteen():
    assert len(QUESTIONS) == 14
    assert all(question.endswith("?") for question in QUESTIONS)


@every_question
def test_an_answer_has_two_sentences(question):
    answer, shown = parts(question)
    assert len(sentences(answer)) == 2
    assert shown.startswith(("*Shown in* ", "*Shown by* ", "*Not measured here.* Read ["))


@every_question
def test_what_shows_it_is_there(question):
    _, shown = parts(question)
    assert "](https://" in shown if shown.startswith("*Not") else LINK.search(shown) or TRAP.search(shown)
    for path, anchor in LINK.findall(shown):
        assert notebooks.leads_somewhere(notebooks.FOLDER, path, anchor)
    assert set(TRAP.findall(shown)) <= set(TRAPS)


@every_question
def test_a_number_stands_where_the_link_leads(question):
    answer, shown = parts(question)
    if not shown.startswith("*Not"):
        assert {number.value for number in notebooks.measured_numbers(answer)} <= numbers_shown(shown)


def test_an_answer_that_is_too_long_and_a_dead_link_are_noticed():
    assert len(sentences("One. Two `a. b`. Three.")) == 3
    assert LINK.findall("[x](../../notebooks/00_y.ipynb#Z)") == [("00_y.ipynb", "Z")]
