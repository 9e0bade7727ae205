"""The series: which notebooks there are, in which order, what they are called, and what is wrong with a folder of them."""

import json

import pytest

from adamlib import series
from helpers import notebooks

WHOLE = [
    "index.ipynb",
    "00_walk.ipynb",
    "deeper/00_1_units.ipynb",
    "deeper/00_2_noise.ipynb",
    "01_memory.ipynb",
    "deeper/01_1_roots.ipynb",
]


@pytest.fixture
def folder(tmp_path):
    """An index, two lessons and three rooms."""
    (tmp_path / "deeper").mkdir()
    for name in reversed(WHOLE):
        add(tmp_path, name)
    return tmp_path


def add(folder, name):
    """A notebook of one cell."""
    source = [f"# {name} Title\n", "\n", "text"]
    (folder / name).write_text(json.dumps({"cells": [{"cell_type": "markdown", "source": source}]}), encoding="utf-8")


def test_the_order_is_index_lesson_rooms(folder):
    entries = series.read_series(folder)
    assert [entry.name for entry in entries] == WHOLE
    assert [entry.number for entry in entries] == ["index", "00", "00.1", "00.2", "01", "01.1"]
    assert [entry.kind for entry in entries] == ["index", "lesson", "room", "room", "lesson", "room"]
    assert [entry.lesson for entry in entries] == ["", "00", "00", "00", "01", "01"]
    assert [entry.equation for entry in entries] == ["", "0", "0.1", "0.2", "1", "1.1"]
    assert all((entry.path.parent / entry.up / entry.name).resolve() == entry.path for entry in entries)


def test_an_equation_of_a_late_lesson_has_two_digits(tmp_path):
    assert series.entry(tmp_path, "10_practice.ipynb").equation == "10"
    assert series.entry(tmp_path, "deeper/11_3_races.ipynb").equation == "11.3"


def test_a_title_is_the_first_line(folder):
    assert series.entry(folder, "01_memory.ipynb").title == "01_memory.ipynb Title"


def test_select(folder):
    entries = series.read_series(folder)
    assert series.select(entries, []) == entries
    assert [entry.number for entry in series.select(entries, ["01", "00.2"])] == ["00.2", "01"]
    assert [entry.kind for entry in series.select(entries, ["index"])] == ["index"]
    with pytest.raises(ValueError, match=r"NB=07 is not allowed: NB must be one of index, 00, 00\.1, 00\.2, 01, 01\.1$"):
        series.select(entries, ["00", "07"])


def test_nothing_is_wrong(folder):
    assert series.complaints(folder, announced=()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Untitled.ipynb", "Untitled.ipynb: a notebook is index.ipynb, NN_idea.ipynb or deeper/NN_k_idea.ipynb"),
        ("01_2_rooms.ipynb", "01_2_rooms.ipynb: a notebook is"),
        ("deeper/01_rooms.ipynb", "deeper/01_rooms.ipynb: a notebook is"),
        ("01_again.ipynb", "01: two notebooks have this number"),
        ("deeper/01_1_again.ipynb", "01.1: two notebooks have this number"),
        ("deeper/02_1_early.ipynb", "deeper/02_1_early.ipynb: a room of lesson 02, which does not exist"),
        ("deeper/01_3_far.ipynb", "deeper/01_3_far.ipynb: room 01.2 does not exist"),
        ("03_far.ipynb", "02: a gap, and not announced"),
    ],
)
def test_what_is_wrong_is_said(folder, name, said):
    add(folder, name)
    found = series.complaints(folder, announced=())
    assert len(found) == 1
    assert found[0].startswith(said)


def test_an_announced_lesson_is_no_gap_until_it_exists(folder):
    add(folder, "03_far.ipynb")
    assert series.complaints(folder, announced=("02",)) == []
    assert series.complaints(folder, announced=("02", "09")) == []
    add(folder, "02_here.ipynb")
    assert series.complaints(folder, announced=("02",)) == ["02: is announced and exists: it leaves ANNOUNCED"]


def test_an_empty_folder_holds_nothing(tmp_path):
    assert series.read_series(tmp_path) == series.complaints(tmp_path) == []


def test_the_series_lies_beside_the_library():
    assert series.folder() == notebooks.FOLDER


def test_an_installation_without_notebooks_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(series, "PACKAGED", tmp_path / "none")
    monkeypatch.setattr(series, "BESIDE", tmp_path)
    with pytest.raises(LookupError, match="the notebooks are not here"):
        series.folder()
    add(tmp_path, "00_walk.ipynb")
    assert series.folder() == tmp_path


def test_what_is_announced_is_a_number_of_a_lesson():
    assert [number for number in series.ANNOUNCED if not (len(number) == 2 and number.isdigit())] == []
