"""GLOSSARY.md: the crosswalk is the library's own, and every term stands where its link leads."""

import re
from urllib.parse import unquote

import numpy as np
import pytest

import adamlib as al
from adamlib.verify import NOTATION
from helpers import notebooks

PAGE = (notebooks.FOLDER / "GLOSSARY.md").read_text(encoding="utf-8")
COLUMNS = {
    "Kingma & Ba": "paper",
    "Reddi et al.": "reddi",
    "d2l.ai": "d2l",
    "PyTorch": "torch",
    "Keras": "keras",
    "Optax": "optax",
    "adamlib": "adamlib",
}
TERMS = re.findall(r"^- \*\*(.+?)\*\*: (.+) \[(\d\d(?:\.\d)?)\]\(([^)#]+)#([^)]+)\)$", PAGE, re.MULTILINE)
SPELT = {"ε": "epsilon"}


def crosswalk(page: str) -> dict[str, dict[str, str]]:
    """The table of the page, in the form of NOTATION."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("|")]
    header, _, *body = rows
    assert header == ["quantity", *COLUMNS]
    return {row[0]: dict(zip(COLUMNS.values(), ("" if cell == "–" else cell.strip("`") for cell in row[1:]))) for row in body}


def sections(notebook: notebooks.Notebook) -> dict[str, str]:
    """The text under each heading of a notebook, by the heading's anchor."""
    found: dict[str, str] = {}
    for part in re.split(r"^#{1,6} ", "\n" + notebook.text, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        anchor = title.strip().replace(" ", "-")
        found[anchor] = found.get(anchor, "") + title + "\n" + text
    return found


NOTEBOOKS = {notebook.name: notebook for notebook in map(notebooks.read, notebooks.files())}
SECTIONS = {name: sections(notebook) for name, notebook in NOTEBOOKS.items()}


def test_the_table_is_the_crosswalk():
    assert crosswalk(PAGE) == NOTATION


def test_a_wrong_name_is_noticed():
    assert crosswalk(PAGE.replace("`exp_avg_sq`", "`exp_avg_square`")) != NOTATION


def test_there_are_as_many_as_a_reader_can_use():
    assert 40 <= len(TERMS) <= 90
    assert len(TERMS) == PAGE.count("\n- "), "a line is not of the form - **Term**: text [NN](file#section)"


def test_the_order_is_alphabetical():
    names = [SPELT.get(term, term).lower() for term, *_ in TERMS]
    assert names == sorted(set(names))


@pytest.mark.parametrize(("term", "text", "number", "file", "anchor"), TERMS, ids=[row[0] for row in TERMS])
def test_a_term_stands_where_its_link_leads(term, text, number, file, anchor):
    assert NOTEBOOKS[file].number == number
    assert unquote(anchor) in SECTIONS[file], f"{file} has no such section"
    assert re.search(rf"(?<!\w){re.escape(term)}", SECTIONS[file][unquote(anchor)], re.IGNORECASE), f"{term} is not said there"
    assert text.endswith(".")
    assert 1 <= len(re.findall(r"[.:](?=\s|$)", text)) <= 3
    assert len(text.split()) <= 32


def test_its_links_lead_somewhere():
    assert notebooks.broken_links(PAGE, notebooks.FOLDER) == []


@pytest.mark.parametrize("word", ["simply", "obviously", "magic", "!"])
def test_words_we_avoid(word):
    assert word not in PAGE.lower()


def test_its_numbers():
    """Every number of the page, found again: the digits and the ends of the formats, and an epsilon inside the root."""
    half, single = np.finfo(np.float16), np.finfo(np.float32)
    found = {
        "bfloat16": [16, 8],
        "float16": [half.nmant + 1, float(half.max), float(half.smallest_subnormal)],
        "float32": [single.nmant + 1],
        "Inside": [1e-8, np.sqrt(1e-8)],
    }
    told = {
        term: [number.value for number in notebooks.measured_numbers(text) if number.value not in (0, 1)]
        for term, text, *_ in TERMS
    }
    assert {term: numbers for term, numbers in told.items() if numbers} == {
        term: pytest.approx(numbers, rel=0.01) for term, numbers in found.items()
    }
    assert al.bfloat16(1 + 2.0**-7) > 1 == al.bfloat16(1 + 2.0**-9)
