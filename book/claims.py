"""The claims of the series as records, for people and programs that quote: claims.json, and the page that lists them.

A claim is written once, under "What we showed"; the tests that measure it bear its name: `@pytest.mark.claim("05#2")`. Its
equations have tests of their own.
"""

import ast
import json
import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from adamlib import __version__
from book.chapters import Chapter
from book.content import ROOT

SECTION = re.compile(r"^## What we showed\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
ITEM = re.compile(r"^(\d+)\. (.+?) \*((?:\[[^\]]*\]\([^)]*\)|[^*])+)\*$", re.MULTILINE)
LINK_TO_PAGE = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
EQUATION = re.compile(r"(?<!\d{4}, )\((\d\d?\.\d+(?:\.\d+)?)\)")
TEST_OF_EQUATION = re.compile(r"^def test_(\d\d?(?:_\d+)+)\(", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])−?\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?![\w])")
TESTS = ROOT / "tests" / "series"


@dataclass(frozen=True)
class Claim:
    """A sentence that a notebook claims in the end.

    name : the number of the notebook and of the claim, "05#2" or "05.2#1"
    sentence, source : as they stand there; the source is equations, papers, or where it was measured
    notebook : its file, from the root of the project
    measured_by : the tests that measure it, and those of its equations
    """

    name: str
    sentence: str
    source: str
    notebook: str
    measured_by: tuple[str, ...]

    @property
    def equations(self) -> list[str]:
        """The numbers of the equations in its source."""
        return equations_in(self.source)

    @property
    def numbers(self) -> list[float]:
        """The numbers of the sentence, its spread among them, in order."""
        return [float(digits.replace(",", "").replace("−", "-")) for digits in NUMBER.findall(self.sentence)]

    def record(self) -> dict[str, object]:
        """What claims.json holds of it."""
        return {
            "claim": self.name,
            "sentence": LINK_TO_PAGE.sub(r"\1", self.sentence),
            "numbers": self.numbers,
            "equations": self.equations,
            "source": LINK_TO_PAGE.sub(r"\1", self.source),
            "notebook": f"{self.notebook}#What-we-showed",
            "measured_by": list(self.measured_by),
        }


@dataclass(frozen=True)
class SeriesTests:
    """The tests of claims and of equations, by the claims whose names they bear."""

    folder: Path = TESTS

    @cached_property
    def by_claim(self) -> dict[str, list[str]]:
        """The tests that measure a claim, by its name."""
        found = defaultdict(list)
        for path in sorted((self.folder / "claims").glob("test_claims_*.py")):
            for name, claims in marks_in(path.read_text(encoding="utf-8")):
                for claim in claims:
                    found[claim].append(f"tests/series/claims/{path.name}::{name}")
        return dict(found)

    @cached_property
    def by_equation(self) -> dict[str, str]:
        """The test of each equation, by its number: `test_5_2` is that of (5.2)."""
        files = sorted((self.folder / "equations").glob("test_equations_*.py"))
        found = [(path, name) for path in files for name in TEST_OF_EQUATION.findall(path.read_text(encoding="utf-8"))]
        return {name.replace("_", "."): f"tests/series/equations/{path.name}::test_{name}" for path, name in found}

    def of(self, name: str, source: str) -> tuple[str, ...]:
        """The tests that measure a claim, then those of the equations in its source."""
        return (*self.by_claim.get(name, []), *(self.by_equation[tag] for tag in equations_in(source) if tag in self.by_equation))


def equations_in(source: str) -> list[str]:
    return EQUATION.findall(source)


def marks_in(code: str) -> Iterator[tuple[str, list[str]]]:
    """The tests of a module that bear names of claims, and these names."""
    for node in ast.parse(code).body:
        if isinstance(node, ast.FunctionDef):
            calls = [mark for mark in node.decorator_list if isinstance(mark, ast.Call)]
            names = [
                ast.literal_eval(one) for call in calls if ast.unparse(call.func) == "pytest.mark.claim" for one in call.args
            ]
            if names:
                yield node.name, names


def claims_of(chapter: Chapter, tests: SeriesTests) -> Iterator[Claim]:
    """The claims of a notebook, in order."""
    text = "\n\n".join(cell.source for cell in chapter.raw.cells if cell.cell_type == "markdown")
    for section in SECTION.findall(text):
        for place, sentence, source in ITEM.findall(section):
            name = f"{chapter.entry.number}#{place}"
            yield Claim(name, sentence, source, f"notebooks/{chapter.entry.name}", tests.of(name, source))


def every_claim(chapters: Iterable[Chapter]) -> list[Claim]:
    tests = SeriesTests()
    return [claim for chapter in chapters for claim in claims_of(chapter, tests)]


def ledger_text(chapters: Iterable[Chapter]) -> str:
    """claims.json."""
    made = {"version": __version__, "claims": [claim.record() for claim in every_claim(chapters)]}
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def ledger_list(chapters: Iterable[Chapter]) -> str:
    """The claims as a page shows them, notebook by notebook."""
    tests, parts = SeriesTests(), []
    for chapter in chapters:
        rows = [from_the_root(f"- {claim.sentence} *{claim.source}*", chapter.page) for claim in claims_of(chapter, tests)]
        if rows:
            parts.append(f"## [{chapter.title}]({chapter.page}.ipynb#What-we-showed)\n\n" + "\n".join(rows))
    return "\n\n".join(parts)


def from_the_root(text: str, page: str) -> str:
    """A text of a page with its links as they are from the root of the site."""
    folder = posixpath.dirname(page)

    def moved(link: re.Match) -> str:
        kept = link[2] if "://" in link[2] else posixpath.normpath(posixpath.join(folder, link[2]))
        return f"[{link[1]}]({kept})"

    return LINK_TO_PAGE.sub(moved, text)
