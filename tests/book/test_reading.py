"""What a reader of the site sees and moves, in Chromium with the network cut off; skipped where there is none.

Screenshots go to the folder named by ADAMLIB_SCREENSHOTS, if it is set.
"""

import functools
import http.server
import os
import threading
from pathlib import Path

import pytest

pytest.importorskip("helpers.book_packages", reason="install the group `book` to run these tests")

from book import pages
from helpers import notebooks
from helpers.sites import CHAPTERS, address_of
from helpers.whole import sample

try:
    from helpers.browsing import browser_path

    BROWSER = browser_path()
except ImportError:
    BROWSER = None
in_chromium = pytest.mark.skipif(BROWSER is None, reason="no Playwright or no Chromium: install them to run these tests")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address(book):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(book)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def opened(page_pool, address):
    """Opens a page with the network cut off; nothing may go wrong in it."""

    def go(name: str, **options):
        page = page_pool.take(390, 844, **options)
        page.route(lambda url: not url.startswith((address, "data:")), refuse)
        page.goto(address + name)
        return page

    def refuse(route):
        page_pool.wrong.append(f"asked for {route.request.url}")
        route.abort()

    yield go
    assert page_pool.take_back() == []


SERIES = [f"{chapter.page}.html" for chapter in CHAPTERS]
LISTS = ["index.html", "playground.html", "gallery.html", "equations.html", "figures.html", "genindex.html", "py-modindex.html"]
LISTS += ["search.html"]
LIBRARY = ["reference/index.html", *(f"reference/{name}.html" for names in pages.REFERENCE.values() for name in names)]
SLIDES = [chapter.slides for chapter in CHAPTERS]
TEXTS = [f"notebooks/{path.stem}.html" for path in sorted(notebooks.FOLDER.glob("*.md"))]
AXE = """async (left) => {
    const found = await axe.run(left.length ? {exclude: left} : document, {resultTypes: ['violations'], preload: false});
    return found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
        .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' | ')); }"""
TOO_LARGE = """() => [...document.querySelectorAll('.slides section:not(.stack)')].filter((slide) => {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v);
    return !slide.querySelector('figure.live') && slide.scrollHeight > slide.clientHeight + 1;
}).map((slide) => slide.innerText.slice(0, 60))"""  # slides that would scroll
LEFT_OUT = [".highlight span", "math"]  # thousands of them, alike in all notebooks: looked at in the first two


@pytest.fixture(scope="module")
def axe() -> str:
    package = pytest.importorskip("axe_playwright_python", reason="no axe: install the extra `browser`")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


PAGES = [*LISTS, *SERIES, *TEXTS, *LIBRARY]


@in_chromium
@pytest.mark.parametrize("name", sample(PAGES, every=11))
def test_a_page_is_sound_at_every_width_light_and_dark(opened, axe, name):
    """No complaint, nothing wider than the screen, nothing from elsewhere, nothing that axe calls serious.

    All pages share their colours: axe looks at one in the light, at the next in the dark, and at some of the reference.
    """
    schemes = ("dark", "light") if PAGES.index(name) % 2 else ("light", "dark")
    page = opened(name, color_scheme=schemes[0])
    if name not in LIBRARY[4:]:
        page.evaluate(axe)
        assert page.evaluate(AXE, LEFT_OUT if name in SERIES[2:] else []) == []
    for width in (390, 768, 1400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"at {width}"
        keep(page, f"{name}_{width}_{schemes[0]}")
    page.emulate_media(color_scheme=schemes[1])
    page.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=schemes[1])


@in_chromium
@pytest.mark.parametrize("name", sample(SLIDES, 3, every=15))
def test_slides_are_sound(opened, axe, name):
    page = opened(name)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate(axe)
    page.wait_for_selector(".reveal.ready")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[...document.querySelectorAll('figure.live')].filter(figure => !figure.explorer).length") == 0
    assert page.evaluate(TOO_LARGE) == []
    assert page.evaluate(AXE, []) == []


def keep(page, name: str) -> None:
    if folder := os.environ.get("ADAMLIB_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name.replace('/', '_')}.png", full_page=True)


@in_chromium
@pytest.mark.parametrize("name", ["index.html", address_of("01")])
def test_without_script_stills_and_sentences_remain(opened, name):
    page = opened(name, java_script_enabled=False)
    figures = page.query_selector_all("figure.live")
    assert figures
    for figure in figures:
        assert not figure.query_selector(".knobs").is_visible()
        assert figure.query_selector(".still img").is_visible()
        assert figure.query_selector("figcaption").inner_text() == figure.query_selector(".still img").get_attribute("alt")
    assert page.locator("math").count() > 0 or name == "index.html"


@in_chromium
def test_formulas_have_a_size_and_their_font(opened):
    page = opened(address_of("01.1"))
    sizes = page.evaluate("[...document.querySelectorAll('article math')].map(m => m.getBoundingClientRect().width)")
    assert len(sizes) > 20
    assert min(sizes) > 3
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px Formulas')")


@in_chromium
def test_search_finds_a_word_and_quotes_the_article(opened):
    page = opened("search.html?q=critical")
    page.wait_for_selector("#search-results li a")
    page.wait_for_selector("#search-results .context")
    assert "Dark" not in page.locator("#search-results").inner_text()  # a word of the menus


@in_chromium
def test_an_exercise_is_answered_on_its_page(opened):
    page = opened(address_of("03"))
    for typed, said in (
        ("", "Not answered yet."),
        ("six", "Not a number"),
        ("4", "Not yet."),
        ("6", "Close: "),
        ("10/2", "Right. "),
    ):
        page.fill("#answer-03b", typed)
        page.click("form[data-exercise='03b'] button")
        assert page.locator("form[data-exercise='03b'] .verdict").inner_text().startswith(said)


@in_chromium
def test_one_switch_hides_the_code_of_all_pages(opened):
    page = opened(address_of("03"))
    cells = page.locator("div.cell_input")
    assert cells.first.is_visible()
    page.click("text=Hide the code")
    assert not cells.first.is_visible()
    other = opened(address_of("00"))
    assert not other.locator("div.cell_input").first.is_visible()
    other.click("text=Show the code")
    assert other.locator("div.cell_input").first.is_visible()


@in_chromium
def test_a_link_on_the_page_sets_the_playground(opened):
    page = opened("playground.html#fig-playground?surface=saddle&x=1&y=0")
    page.wait_for_selector("figure.alive")
    page.wait_for_function(
        "document.querySelector('#fig-playground figcaption').textContent.startsWith('saddle, from (1, 0), after')"
    )
    top = "[...document.querySelectorAll('#fig-playground > :is(.card, .knobs)')].map(part => part.getBoundingClientRect().top)"
    picture, knobs = page.evaluate(top)
    assert picture < knobs
    page.set_viewport_size({"width": 1400, "height": 900})
    picture, knobs = page.evaluate(top)
    assert picture == knobs
    page.click("text=Adam and Lion among four wells")
    page.wait_for_function(
        "document.querySelector('#fig-playground figcaption').textContent.startsWith('Styblinski-Tang, from (1, 1)')"
    )
