"""Ways into the site and out of it: heads, signposts, copies that run elsewhere, the archive, answers; nothing is built."""

import json
import re
import zipfile

import nbformat
import numpy as np
import pytest

pytest.importorskip("helpers.book_packages", reason="install the group `book` to run these tests")

from adamlib.exercises import EXERCISES
from book import answers, doors, heads, moved, sheets
from helpers import notebooks
from helpers.sites import CHAPTERS, Reader

PAGE = (
    '<head><meta name="viewport" content="a"><title>03 Walk &#8212; The Adam optimizer</title></head><article><pre>x</pre>'
    "<p>Short.</p><p>Two &lt;walkers&gt; start in the <em>same</em> valley, and one of them is first.</p></article>"
)


def test_a_head_says_what_the_page_is():
    made = heads.with_head(PAGE, "notebooks/03.html")
    assert "<title>03 Walk – The Adam optimizer</title>" in made
    said = "Two &lt;walkers&gt; start in the same valley, and one of them is first."
    assert f'<meta name="description" content="{said}">' in made
    assert f'<meta property="og:description" content="{said}">' in made
    assert made.count("viewport") == 1
    assert "canonical" not in made
    assert "og:image" not in made


def test_an_address_stands_in_the_head_where_one_is_given(monkeypatch, tmp_path):
    monkeypatch.setattr(heads, "ADDRESS", "https://here.test/adam")
    assert '<link rel="canonical" href="https://here.test/adam/notebooks/03.html">' in heads.with_head(PAGE, "notebooks/03.html")
    assert '<base href="https://here.test/adam/">' in heads.with_head(PAGE, "404.html")
    for name in ("index.html", "404.html"):
        (tmp_path / name).write_text("")
    heads.write_sitemap(tmp_path)
    assert re.findall("<loc>(.*?)</loc>", (tmp_path / "sitemap.xml").read_text()) == ["https://here.test/adam/index.html"]


def test_without_an_address_there_is_no_sitemap(tmp_path):
    heads.write_sitemap(tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_long_description_ends_at_a_word():
    said = heads.description_of("<article><p>" + "word " * 100 + "</p></article>")
    assert len(said) <= heads.LONGEST_DESCRIPTION + 2
    assert said.endswith("word …")


def test_a_sheet_keeps_what_a_page_can_use():
    sheet = ".a .b, .c {x: 1} @media print {.c {y: 2} p:not(.c) {z: 3}} .c {u: 4} @font-face {src: url(f)} :root {--v: 1}"
    sheet += " @font-face {src: url(../vendor/fontawesome/webfonts/solid.woff2)}"
    made = sheets.reduced_sheet(sheet, {"a", "b"})
    assert re.sub(r"\s", "", made) == ".a.b{x:1}@mediaprint{p:not(.c){z:3}}@font-face{src:url(f)}:root{--v:1}"


def test_old_names_lead_to_pages_and_equations_of_today(tmp_path):
    moved.put_signposts(CHAPTERS, tmp_path)
    numbers = {number for chapter in CHAPTERS for number in chapter.equations}
    assert set(moved.RENAMED["equations"].values()) <= numbers
    assert set(moved.RENAMED["pages"].values()) <= {chapter.entry.path.stem for chapter in CHAPTERS}
    text = (tmp_path / "notebooks" / "06_generalization_gap.html").read_text()
    assert Reader(text).links == ["07_generalization_gap.html"]
    assert json.loads(re.search(r"const equations = (.*);", text)[1])["eq-6-2"] == (
        "../notebooks/deeper/07_1_minority.html#eq-7-1-1"
    )
    assert '(0.5) is <a href="@root@notebooks/deeper/00_1_units.html#eq-0-1-3">(0.1.3)</a>' in moved.renumbered_list(CHAPTERS)


def test_no_address_is_invented(monkeypatch, tmp_path):
    monkeypatch.setattr(doors, "REPOSITORY", "")
    entries = [chapter.entry for chapter in CHAPTERS]
    assert doors.ways_to_run(entries[0]) == []
    doors.put_colab_copies(entries, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_copy_for_colab_installs_first_and_leads_back(monkeypatch, tmp_path):
    monkeypatch.setattr(doors, "REPOSITORY", "https://github.com/some/where")
    monkeypatch.setattr(doors, "BRANCH", "site")
    room = next(chapter.entry for chapter in CHAPTERS if chapter.entry.kind == "room")
    doors.put_colab_copies([room], tmp_path)
    made = nbformat.read(tmp_path / "colab" / room.path.name, as_version=4)
    nbformat.validate(made)
    assert made.cells[1].source.split("\n")[1] == (
        '%pip install --quiet "adam-explained[fast] @ git+https://github.com/some/where"'
    )
    links = [link for cell in made.cells if cell.cell_type == "markdown" for link in re.findall(r"\]\(([^)]+)\)", cell.source)]
    assert "https://github.com/some/where/blob/main/notebooks/00_gradient_descent.ipynb" in links
    assert [link for link in links if not link.startswith(("https:", "#", "http:"))] == []
    assert [re.search('href="(https://[^/]+)', way)[1] for way in doors.ways_to_run(room)] == [
        "https://mybinder.org", "https://colab.research.google.com", "https://github.com",
    ]  # fmt: skip


def test_the_archive_is_the_project_and_always_the_same(tmp_path):
    for place in ("one", "two"):
        doors.put_archive(notebooks.ROOT / "tools", tmp_path / place)
    first, second = (tmp_path / place / doors.ARCHIVE for place in ("one", "two"))
    if not first.exists():
        pytest.skip("the project lies in no repository here")
    assert first.read_bytes() == second.read_bytes()
    assert "adam-explained/regenerate.py" in zipfile.ZipFile(first).namelist()
    assert "MB) and unpack it" in doors.how_to_get(tmp_path / "one")


def asking_cells() -> list[str]:
    return [cell.source for chapter in CHAPTERS for cell in chapter.raw.cells if answers.form_of(cell.source)]


def test_every_exercise_that_wants_numbers_is_answered_on_its_page():
    names = {re.search(r'check\("(\w+)"', source)[1] for source in asking_cells()}
    assert names == {name for name, exercise in EXERCISES.items() if not exercise.inputs}


@pytest.mark.parametrize("name", [name for name, exercise in EXERCISES.items() if not exercise.inputs])
def test_a_page_judges_as_the_notebook_does(name):
    """The right numbers and every slip lie in their own room, and in no other that comes before."""
    exercise = EXERCISES[name]
    judged = answers.judged_answers(exercise)
    for answer, told in [(exercise.answer, exercise.right), *exercise.slips]:
        numbers = np.ravel(np.asarray(answer, float))
        near = [
            known["says"] for known in judged
            if len(known["numbers"]) == len(numbers) and all(abs(numbers - known["numbers"]) <= known["room"])
        ]  # fmt: skip
        assert told in near[0]
