"""What the site is made of: chapters, formulas, docstrings, slides and weights; nothing is built."""

import html
import io
import re

import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

pytest.importorskip("helpers.book_packages", reason="install the group `book` to run these tests")

import adamlib
from adamlib import style
from adamlib.explore import READY_MADE
from book import finish, mathml, pages, reference, teaching
from book.chapters import Chapter
from book.content import Content
from book.figures import ROOT_MARK, Still, card_kind
from book.lecture import Lecture, split_code, split_table
from book.slides import write_slides
from helpers import notebooks
from helpers.sites import CHAPTERS, Reader


def test_every_explorer_of_the_notebooks_is_found():
    makers = "|".join(make.__name__ for make in READY_MADE)
    cells = [cell for chapter in CHAPTERS for cell in chapter.raw.cells]
    calls = [cell.id for cell in cells if re.search(rf"^explore\.(?:{makers})\(", cell.source, re.MULTILINE)]
    assert calls == [cell for chapter in CHAPTERS for cell in chapter.recipes]


def test_the_sentence_is_cut_from_a_picture_and_nothing_else():
    made = adamlib.explore.damping().picture()
    still = Still.of(made.png, made.sentence)
    whole = np.asarray(Image.open(io.BytesIO(made.png)).convert("RGB"))
    cut = np.asarray(Image.open(io.BytesIO(still.png)).convert("RGB"))
    assert len(cut) == 660 < len(whole)
    assert np.array_equal(cut, whole[:660])
    assert Still.of(made.png, "Another sentence altogether.").png == made.png


def png_of(pixels: np.ndarray) -> bytes:
    made = io.BytesIO()
    Image.fromarray((255 * pixels).astype(np.uint8)).save(made, "PNG")
    return made.getvalue()


def test_drawings_are_turned_round_in_the_dark_and_maps_are_not():
    paper, share = np.ones((140, 280, 3)), np.linspace(0, 1, 40)
    drawing, mapped = paper.copy(), paper.copy()
    drawing[20:120, 20:120] = to_rgb(style.LOOKS["Adam"].color)
    mapped[20:120, 20:60] = style.MAP(share)[:, :3]
    assert card_kind(png_of(drawing)) == "card inked"
    assert card_kind(png_of(mapped)) == "card"


def test_mentions_of_equations_become_links():
    first, second, *_ = (chapter for chapter in CHAPTERS if chapter.entry.kind == "lesson")
    where = {"1.3": second, "0.2": first}
    linked = second._linked("See (1.3), (0.2), (77.7), `(1.3)` and $f(1.3)$.", where)
    assert '<a href="#eq-1-3">(1.3)</a>' in linked
    assert f'<a href="{ROOT_MARK}notebooks/00_gradient_descent.html#eq-0-2">(0.2)</a>' in linked
    assert "(77.7), `(1.3)` and $f(1.3)$." in linked


@pytest.fixture
def small_series(tmp_path):
    """An index, a lesson and its room, with links between them."""
    texts = {
        "index.ipynb": "# Adam in ten minutes\n\n[Start](00_walk.ipynb#See-it), by (0.1).",
        "00_walk.ipynb": "# 00 Walk\n\n[A room](deeper/00_1_why.ipynb) and [terms](GLOSSARY.md). $$x = 1 \\tag{0.1}$$",
        "deeper/00_1_why.ipynb": "# 00.1 Why?\n\n[Back](../00_walk.ipynb) after (0.1) and (0.1.1). $$y = 2 \\tag{0.1.1}$$",
    }
    (tmp_path / "deeper").mkdir()
    for name, text in texts.items():
        first, _, rest = text.partition("\n\n")
        cells = [nbformat.v4.new_markdown_cell(part, id=f"c{place}") for place, part in enumerate((first, rest))]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / name)
    return Content.read(tmp_path)


def test_the_index_and_the_rooms_have_pages(small_series):
    pages_of = [chapter.page for chapter in small_series.chapters]
    assert pages_of == ["notebooks/index", "notebooks/00_walk", "notebooks/deeper/00_1_why"]
    index, lesson, room = (chapter.staged(small_series.chapters, {}).cells[1].source for chapter in small_series.chapters)
    assert f'<a href="{ROOT_MARK}notebooks/00_walk.html#eq-0-1">(0.1)</a>' in index
    assert "(deeper/00_1_why.ipynb)" in lesson
    assert f'<a href="{ROOT_MARK}notebooks/00_walk.html#eq-0-1">(0.1)</a>' in room
    assert '<a href="#eq-0-1-1">(0.1.1)</a>' in room
    listed = pages.equation_list(small_series)
    assert "## 00.1 Why?" in listed
    assert "## Adam in ten minutes" not in listed


def test_rooms_hang_below_their_lesson(small_series):
    lesson, room = (next(c for c in small_series.chapters if c.entry.kind == kind) for kind in ("lesson", "room"))
    assert lesson.rooms(small_series.chapters) == [room]
    assert "deeper/00_1_why" in lesson.staged(small_series.chapters, {}).cells[-1].source
    assert room.rooms(small_series.chapters) == []


def test_the_slides_of_a_room_lead_back_to_its_lesson(small_series, tmp_path):
    (tmp_path / "slides").mkdir()
    written = [write_slides(chapter, tmp_path).read_text(encoding="utf-8") for chapter in small_series.chapters]
    own = [f"../{chapter.page}.html" for chapter in small_series.chapters]
    found = [Reader(text).links for text in written]
    links = [[link for link in some if link.startswith("../notebooks") and link != page] for some, page in zip(found, own)]
    assert links[0][0] == "../notebooks/00_walk.html#See-it"
    assert links[1][:2] == ["../notebooks/deeper/00_1_why.html", "../notebooks/GLOSSARY.html"]
    assert links[2][0] == "../notebooks/00_walk.html"


def test_a_lesson_is_taught_in_45_minutes_against_one_misconception():
    taught = [chapter for chapter in CHAPTERS if chapter.entry.kind != "room"]
    assert set(teaching.BELIEFS) == {chapter.entry.number for chapter in taught}
    for chapter in taught:
        begins = [minute for minute, _ in teaching.plan_of(chapter)]
        assert begins[0] == 0
        assert begins == sorted(set(begins))
        assert begins[-1] < teaching.MINUTES
        said = teaching.notes_html(chapter)
        assert all(
            html.escape(belief) in said
            for belief in (teaching.BELIEFS[chapter.entry.number][when] for when in ("before", "after"))
        )
    assert teaching.notes_html(next(chapter for chapter in CHAPTERS if chapter.entry.kind == "room")) == ""


@pytest.fixture(scope="module")
def lecture():
    return Lecture.of(next(chapter for chapter in CHAPTERS if chapter.entry.number == "03"), {})


def test_slides_begin_with_the_question_and_say_the_box(tmp_path):
    (tmp_path / "slides").mkdir()
    lesson = next(chapter for chapter in CHAPTERS if chapter.entry.number == "03")
    first, notes = write_slides(lesson, tmp_path).read_text(encoding="utf-8").partition("</section>")[0].split("<aside")
    assert "Why is the step too long?" in first
    assert "In one minute." not in first
    assert "In one minute." in notes
    assert "Many believe: “Without the correction" in notes


def test_a_slide_shows_one_thing_and_says_the_rest(lecture):
    for stack in lecture.stacks:
        shown = stack[0].shown
        assert sum(shown.count(thing) for thing in ("<figure", 'class="sentence"', 'class="formulas"', "<table")) <= 1
        assert "<details" not in shown
    said = " ".join(part for stack in lecture.stacks for part in stack[0].said)
    assert "After seven, because then the zero has less than half" in said


def test_every_prediction_names_the_misconception_of_a_wrong_vote(monkeypatch):
    monkeypatch.setattr(Chapter, "shown", lambda chapter, cell, pictures: "")  # no figure is drawn: none is looked at
    for chapter in (chapter for chapter in CHAPTERS if chapter.entry.kind != "room"):
        made = Lecture.of(chapter, {})
        assert made.predictions == len(teaching.BELIEFS[chapter.entry.number].get("wrong", [])), chapter.title
        asked = [stack[0] for stack in made.stacks if "<strong>Predict" in stack[0].shown]
        assert all("A wrong vote believes" in slide.html for slide in asked)


def test_a_long_table_becomes_several_with_one_head():
    rows = [f"| {k} |" for k in range(7)]
    assert split_table("\n".join(["| a |", "| --- |", *rows])) == [
        "\n".join(["| a |", "| --- |", *rows[:5]]),
        "\n".join(["| a |", "| --- |", *rows[5:]]),
    ]


def test_long_code_is_cut_at_empty_lines():
    blocks = ["\n".join(f"{name} = {k}" for k in range(8)) for name in "abc"]
    assert split_code("\n\n".join(blocks)) == ["\n\n".join(blocks[:2]), blocks[2]]
    assert split_code(blocks[0]) == blocks[:1]


def test_every_formula_is_understood():
    texts = [cell.source for chapter in CHAPTERS for cell in chapter.raw.cells if cell.cell_type == "markdown"]
    formulas = [formula for text in texts for formula in notebooks.MATHS.findall(notebooks.FENCED.sub("", text))]
    assert len(formulas) > 100
    for formula in formulas:
        assert mathml.block(formula.strip("$")).count("<math") == len(mathml.parts(formula))


def test_formulas_in_one_line_can_stand_one_under_the_other():
    assert mathml.parts(r"$$a = 1, \qquad b = \frac{1}{2}, \qquad\qquad c$$") == ["a = 1, ", r"b = \frac{1}{2}, ", "c"]


def test_a_hat_is_an_accent_and_no_caret():
    made = mathml.inline(r"\hat m_t")
    assert "&#x002C6;" in made
    assert "&#x0005E;" not in made


def test_a_command_that_is_not_understood_is_noticed():
    with pytest.raises(ValueError, match="not understood"):
        mathml.inline(r"\unknowncommand{x}")


def test_a_docstring_of_this_library_is_read_well():
    made = "\n".join(reference.docstring_as_rst(["Walk.", "", "    x = *y*", "", "lr, beta : the |rate|", "", ">>> walk()", "1"]))
    assert "::\n\n    x = *y*" in made
    assert "``lr``, ``beta``\n    the \\|rate\\|" in made
    assert ">>> walk()\n1" in made


def test_every_public_name_says_what_it_is():
    silent = []
    for name in (name for names in pages.REFERENCE.values() for name in names):
        module = __import__(f"adamlib.{name}", fromlist=["x"])
        names = pages.public_names(module)
        silent += [f"{name}.{public}" for public in names if not (getattr(module, public).__doc__ or "").strip()]
    assert silent == []


def test_weights_complain_above_their_budget():
    at = {"a.html": 10}
    assert finish.Weights(at, at, at, 10).complaints() == []
    heavy = finish.Weights({"a.html": 700_001}, {"a.html": 1_500_001}, at, 60_000_001).complaints()
    assert [line.split(":")[0] for line in heavy] == ["a.html", "a.html", "the site"]


def test_a_page_weighs_what_it_loads(tmp_path):
    (tmp_path / "a.webp").write_bytes(b"x" * 100)
    (tmp_path / "b.webp").write_bytes(b"x" * 1000)
    page = '<img alt="" src="a.webp"><img alt="" src="b.webp" loading="lazy">'
    (tmp_path / "p.html").write_text(page)
    weights = finish.weigh(tmp_path)
    assert weights.first == {"p.html": len(page) + 100}
    assert weights.whole == {"p.html": len(page) + 1100}
    assert weights.site == len(page) + 1100
