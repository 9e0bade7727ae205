"""The claims as records: each is found, a test that measures it is named, and what is named is there."""

import ast
import json
import re
from functools import cache

import pytest

pytest.importorskip("helpers.book_packages", reason="install the group `book` to run these tests")

from book import claims
from book.claims import Claim, SeriesTests
from helpers import notebooks
from helpers.sites import CHAPTERS

TESTS = SeriesTests()
CLAIMS = {claim.name: claim for claim in claims.every_claim(CHAPTERS)}
EQUATIONS_IN_WORDS = {"01.1#2", "02.2#2", "04.2#1", "09.2#2"}  # their equation's test is theirs


@cache
def code_by_test(path: str) -> dict[str, str]:
    """The functions of a file of tests, decorators included, by name."""
    code = (notebooks.ROOT / path).read_text(encoding="utf-8")
    nodes = [node for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)]
    first = {node.name: min(part.lineno for part in [node, *node.decorator_list]) for node in nodes}
    return {node.name: "\n".join(code.split("\n")[first[node.name] - 1 : node.end_lineno]) for node in nodes}


def lines_of(test: str) -> str:
    path, name = test.split("::")
    return code_by_test(path)[name]


def test_every_item_under_what_we_showed_is_a_claim():
    for path in notebooks.files():
        notebook = notebooks.read(path)
        section = re.findall(r"^## What we showed\n(.*?)(?=^## |\Z)", notebook.text, re.MULTILINE | re.DOTALL)
        items = re.findall(r"^\d+\. ", "".join(section), re.MULTILINE)
        assert len(items) == sum(name.split("#")[0] == notebook.number for name in CLAIMS)


def test_every_claim_is_measured_by_a_test_that_bears_its_name():
    """Or by that of its equation, where it is an equation in words."""
    marked = TESTS.by_claim
    bare = [name for name in CLAIMS if name not in marked]
    assert set(bare) <= EQUATIONS_IN_WORDS
    assert all("::" in CLAIMS[name].measured_by[0] for name in EQUATIONS_IN_WORDS)


def test_every_mark_names_a_claim():
    assert set(TESTS.by_claim) <= set(CLAIMS)


NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?")


def numbers_in(claim: Claim) -> set[float]:
    """The numbers that the tests of a claim write."""
    code = "\n".join(map(lines_of, claim.measured_by))
    return {float(digits) for digits in NUMBER.findall(re.sub(r"(?<=\d)[_,](?=\d{3})", "", code).replace("_", " "))}


def share_written(claims_beside_others: list[tuple[Claim, Claim]]) -> float:
    """Of the numbers of some claims, the share that stands in the tests of others."""
    pairs = [(number, numbers_in(other)) for claim, other in claims_beside_others for number in claim.numbers]
    return sum(abs(number) in written or number / 100 in written for number, written in pairs) / len(pairs)


def test_a_test_writes_the_numbers_of_its_claim():
    """Most of them, the tests of the next claim few: marks that are mixed up would be noticed."""
    marked = [claim for claim in CLAIMS.values() if claim.name in TESTS.by_claim]
    assert share_written(list(zip(marked, marked))) > 0.8
    assert share_written(list(zip(marked, marked[1:] + marked[:1]))) < 0.4


def test_equations_of_claims_are_there_and_tested():
    tags = {tag for chapter in CHAPTERS for tag in chapter.equations}
    named = {tag for claim in CLAIMS.values() for tag in claim.equations}
    assert named <= tags
    assert named <= set(TESTS.by_equation)


def test_a_record():
    claim = Claim(
        "05#2", "From 50 to 77 of 1,000, and −0.1 at 1e-3.", "(5.2); [room 05.1](deeper/x.ipynb)", "notebooks/05.ipynb", ("a::b",)
    )
    assert claim.record() == {
        "claim": "05#2",
        "sentence": claim.sentence,
        "numbers": [50, 77, 1000, -0.1, 1e-3],
        "equations": ["5.2"],
        "source": "(5.2); room 05.1",
        "notebook": "notebooks/05.ipynb#What-we-showed",
        "measured_by": ["a::b"],
    }


def test_the_file_holds_all_and_only_existing_tests():
    made = json.loads(claims.ledger_text(CHAPTERS))
    assert [record["claim"] for record in made["claims"]] == list(CLAIMS)
    assert all(lines_of(test) for test in {test for record in made["claims"] for test in record["measured_by"]})


def test_an_equation_of_a_paper_is_none_of_ours():
    assert Claim("01.3#1", "So.", "(1.3.1); Lessard 2016, (4.11)", "x", ()).equations == ["1.3.1"]


def test_marks_are_read():
    code = "@pytest.mark.claim('05#2', '05#3')\n@other\ndef test_a(): ...\n@pytest.mark.skip\ndef test_b(): ..."
    assert list(claims.marks_in(code)) == [("test_a", ["05#2", "05#3"])]


def test_links_lead_from_the_root():
    text = "See [x](deeper/1.ipynb#A) and [y](https://z)."
    assert claims.from_the_root(text, "notebooks/05") == "See [x](notebooks/deeper/1.ipynb#A) and [y](https://z)."
    assert claims.from_the_root("[x](../1.ipynb)", "notebooks/deeper/05_1") == "[x](notebooks/1.ipynb)"
