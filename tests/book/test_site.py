"""The site as files: links, anchors, formulas and figures. It is built once a run."""

import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest

pytest.importorskip("helpers.book_packages", reason="install the group `book` to run these tests")

from book import mathml, pages
from book.chapters import Chapter
from helpers import notebooks
from helpers.sites import CHAPTERS, Reader


def pictured(chapter: Chapter) -> list[str]:
    """The anchors of the figures of a notebook."""
    return [
        f"fig-{cell.id}"
        for cell in chapter.raw.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


@pytest.fixture(scope="session")
def readers(book) -> dict[str, Reader]:
    return {path.relative_to(book).as_posix(): Reader(path.read_text(encoding="utf-8")) for path in sorted(book.rglob("*.html"))}


def test_every_notebook_has_its_page_and_its_slides(readers):
    for chapter in CHAPTERS:
        assert {f"{chapter.page}.html", chapter.slides} <= set(readers)


def test_every_page_says_what_it_is(book, readers):
    for page in readers:
        head = (book / page).read_text(encoding="utf-8").partition("<body")[0]
        assert head.count("<title>") == 1, page
        if "location.replace" not in head:  # a signpost is left at once
            assert head.count('<meta name="description" content="') == head.count('<meta property="og:title"') == 1, page


def test_old_pages_lead_on(readers):
    assert readers["notebooks/09_in_practice.html"].links == ["10_in_practice.html"]


def test_links_and_anchors_resolve(book, readers):
    broken = []
    for page, reader in readers.items():
        for link in reader.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = unquote(urlsplit(urljoin(f"/{page}", link)).path).lstrip("/") or page
            anchor = parts.fragment.partition("?")[0]  # a setting of a figure may follow
            if not (book / target).is_file() or (
                anchor and target in readers and anchor not in [*readers[target].anchors, "main-content", "/"]
            ):
                broken.append((page, link))
    assert broken == []


def test_no_page_loads_from_elsewhere(book):
    for path in [*book.rglob("*.html"), *book.rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        loads = re.findall(r'<(?:script|img|iframe|source|video)[^>]*\b(?:src|poster)="(https?:)?//', text)
        loads += re.findall(r'<link[^>]*rel="(?:stylesheet|preload|icon)"[^>]*href="(?:https?:)?//', text)
        loads += re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^)]*", text)
        assert loads == [], path


def test_equations_have_their_anchor_and_figures_theirs(readers):
    for chapter in CHAPTERS:
        anchors = set(readers[f"{chapter.page}.html"].anchors)
        assert {mathml.anchor(tag) for tag in chapter.equations} <= anchors
        assert set(pictured(chapter)) <= anchors


def test_every_formula_is_on_its_page(book):
    for chapter in CHAPTERS:
        prose = "\n".join(notebooks.FENCED.sub("", cell.source) for cell in chapter.raw.cells if cell.cell_type == "markdown")
        text = (book / f"{chapter.page}.html").read_text(encoding="utf-8")
        article = text[text.index("<article") : text.index("</article>")]
        # A heading stands in the table of contents too.
        formulas = notebooks.MATHS.findall(re.sub(r"`[^`\n]*`", "", prose))
        assert article.count("<math") == sum(len(mathml.parts(formula)) for formula in formulas)


def test_the_reference_holds_every_public_name(readers):
    anchors = {anchor for page, reader in readers.items() if page.startswith("reference/") for anchor in reader.anchors}
    for name in (name for names in pages.REFERENCE.values() for name in names):
        module = __import__(f"adamlib.{name}", fromlist=["x"])
        assert {f"adamlib.{name}.{public}" for public in pages.public_names(module)} <= anchors


def test_every_figure_has_a_slide_in_the_order_of_its_notebook(book):
    for chapter in CHAPTERS:
        text = (book / chapter.slides).read_text(encoding="utf-8")
        assert re.findall(r'<figure[^>]*id="([^"]+)"', text) == pictured(chapter)
