"""What a reader of the site sees and moves, in Chromium with the network cut off; skipped where there is none.

Screenshots go to the folder named by ADAMLIB_SCREENSHOTS, if it is set.
"""

import functools
import http.server
import io
import json
import os
import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("helpers.book_packages", reason="install the group `book` to run these tests")

from adamlib.explore import READY_MADE
from adamlib.plots import picture
from book import frames as framing
from book import pages
from book.browser.live import DESCRIBED
from book.content import Content
from book.figures import words
from helpers import notebooks
from helpers.sites import CHAPTERS, address_of, seen_frame
from helpers.whole import sample

try:
    from playwright.sync_api import sync_playwright

    from helpers.browsing import browser_path, launch_chromium

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


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright, launch_chromium(playwright) as started:
        yield started


@pytest.fixture(scope="module")
def contexts(browser):
    """Windows of a browser, by their options: those that are alike share what they have loaded."""
    made: dict[str, object] = {}
    yield lambda **options: made.get(repr(options)) or made.setdefault(repr(options), browser.new_context(**options))
    for context in made.values():
        context.close()


@pytest.fixture
def opened(contexts, address):
    """Opens a page with the network cut off; everything that goes wrong is put into `page.wrong`."""
    pages = []

    def go(name: str, **options):
        page = contexts(viewport={"width": 390, "height": 844}, **options).new_page()
        pages.append(page)
        page.wrong = []
        page.route(lambda url: not url.startswith((address, "data:")), lambda route: refuse(route, page))
        page.on("console", lambda said: said.type in ("error", "warning") and page.wrong.append(said.text))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("response", lambda response: response.status >= 400 and page.wrong.append(response.url))
        page.goto(address + name)
        return page

    def refuse(route, page):
        page.wrong.append(f"asked for {route.request.url}")
        route.abort()

    yield go
    for page in pages:
        page.close()


SERIES = [f"{chapter.page}.html" for chapter in CHAPTERS]
LISTS = ["index.html", "gallery.html", "equations.html", "figures.html", "genindex.html", "py-modindex.html", "search.html"]
LIBRARY = ["reference/index.html", *(f"reference/{name}.html" for names in pages.REFERENCE.values() for name in names)]
SLIDES = [chapter.slides for chapter in CHAPTERS]
TEXTS = [f"notebooks/{path.stem}.html" for path in sorted(notebooks.FOLDER.glob("*.md"))]
AXE = """async (left) => {
    const found = await axe.run(left.length ? {exclude: left} : document, {resultTypes: ['violations'], preload: false});
    return found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
        .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html.slice(0, 200)).join(' | ')); }"""
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
    assert page.wrong == []


@in_chromium
@pytest.mark.parametrize("name", sample(SLIDES, 3, every=15))
def test_slides_are_sound(opened, axe, name):
    page = opened(name)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate(axe)
    page.wait_for_selector(".reveal.ready")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[...document.querySelectorAll('figure.live')].filter(figure => !figure.explorer).length") == 0
    assert page.evaluate(AXE, []) == []
    assert page.wrong == []


def keep(page, name: str) -> None:
    if folder := os.environ.get("ADAMLIB_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name.replace('/', '_')}.png", full_page=True)


MOVE = """([id, to]) => { const input = document.getElementById(id);
    if (input.type === 'checkbox') input.checked = to === 1;
    else if (input.type === 'range') input.value = to;
    else input.selectedIndex = to;
    input.dispatchEvent(new Event('input', {bubbles: true})); }"""
SHOWN = """async (id) => { const figure = document.getElementById(id);
    const images = [...figure.querySelectorAll('.stage img')];
    await Promise.all(images.map(image => image.decode()));
    const files = images.map(image => image.currentSrc.split('/').pop());
    return [files, images[1].alt, figure.querySelector('figcaption').textContent]; }"""


def offered(figure) -> dict[str, list[str]]:
    """The controls of a figure with the texts of their positions."""
    found = {}
    for box in figure.query_selector_all("[data-size]"):
        texts = box.get_attribute("data-texts")
        options = [option.inner_text() for option in box.query_selector_all("option")]
        found[box.get_attribute("data-name")] = json.loads(texts) if texts else options or ["False", "True"]
    return found


@in_chromium
@pytest.mark.parametrize("name", ["index.html", *sample(["gallery.html", *SERIES], 1, every=6)])
def test_every_control_moves_its_picture_to_the_right_frame(opened, book, name):
    """Each position of each control, from the start: the sentence is the explorer's, and the pixels are its picture's."""
    page = opened(name)
    recipes = Content.read().recipes
    for figure in page.query_selector_all("figure.explorer"):
        key = figure.get_attribute("id")
        made = framing.make(recipes[figure.get_attribute("data-explorer")])
        folder = json.loads(figure.query_selector("script").inner_text())["folder"]
        figure.scroll_into_view_if_needed()
        texts_of = offered(figure)
        start = {control: texts.index(words_of(made, control)) for control, texts in texts_of.items()}
        for control, texts in texts_of.items():
            values = {
                words(value) if not isinstance(value, bool) else str(value): value for value in made.controls[control].values
            }
            for to, text in enumerate(texts):
                page.evaluate(MOVE, [f"{key}-{control}", to])
                drawn, sentence = made.stage.draw(**made._complete({control: values[text]}))
                drawn = drawn.astype(int)  # the explorer draws on while Playwright waits
                wanted = picture.typeset(sentence)
                place = frame({**start, control: to}, texts_of)
                page.wait_for_function("([id, place]) => document.getElementById(id).dataset.frame == place", arg=[key, place])
                files, alt, caption = page.evaluate(SHOWN, key)
                assert alt == caption == wanted
                if to == len(texts) - 1:
                    seen = seen_frame((book / name).parent / folder, *files)
                    assert np.abs(seen - drawn[..., :3]).mean() < 0.5, (key, control, text)
            page.evaluate(MOVE, [f"{key}-{control}", start[control]])
    assert page.wrong == []


def frame(at: dict[str, int], texts: dict[str, list[str]]) -> int:
    """The number of a frame: the last control moves fastest."""
    number = 0
    for control, place in at.items():
        number = number * len(texts[control]) + place
    return number


def words_of(made, control: str) -> str:
    start = made.controls[control].start
    return str(start) if isinstance(start, bool) else words(start)


class Framed(NamedTuple):
    """A figure of the series that moves through stored frames."""

    page: str
    anchor: str
    name: str
    slider: str

    @classmethod
    def first(cls) -> "Framed":
        for chapter in CHAPTERS:
            for cell, recipe in chapter.recipes.items():
                if recipe.name in MAKERS and recipe.name not in DESCRIBED:
                    controls = MAKERS[recipe.name]().controls
                    numbers = [name for name, control in controls.items() if isinstance(control.values[0], float)]
                    return cls(f"{chapter.page}.html", f"fig-{cell}", recipe.name, numbers[0])
        raise AssertionError("no figure has frames any more: the tests of frames can go, with book/frames.py")

    @property
    def caption(self) -> str:
        return f"document.querySelector('#{self.anchor} figcaption').textContent"


MAKERS = {make.__name__: make for make in READY_MADE}
FRAMED = Framed.first()


@in_chromium
def test_what_is_on_the_screen_is_the_frame(opened):
    page = opened(FRAMED.page)
    page.set_viewport_size({"width": 1400, "height": 1200})
    made = MAKERS[FRAMED.name]()
    page.evaluate(MOVE, [f"{FRAMED.anchor}-{FRAMED.slider}", 0])
    drawn, sentence = made.stage.draw(**made._complete({FRAMED.slider: made.controls[FRAMED.slider].values[0]}))
    drawn = drawn.copy()  # the explorer draws on while Playwright waits
    page.wait_for_function(f"text => {FRAMED.caption} === text", arg=picture.typeset(sentence))
    shot = Image.open(io.BytesIO(page.locator(f"#{FRAMED.anchor} .ground").screenshot())).convert("RGB")
    there = np.asarray(Image.fromarray(drawn[..., :3].copy()).resize(shot.size, Image.Resampling.BILINEAR), int)
    assert np.abs(np.asarray(shot, int) - there).mean() < 4


@in_chromium
def test_keys_move_a_slider_and_say_its_value(opened):
    page = opened(FRAMED.page)
    control = MAKERS[FRAMED.name]().controls[FRAMED.slider]
    box = page.locator(f"#{FRAMED.anchor}-{FRAMED.slider}")
    before = page.locator(f"#{FRAMED.anchor} figcaption").text_content()
    box.focus()
    assert box.get_attribute("aria-valuetext") == words(control.start)
    page.keyboard.press("End" if control.start == control.values[0] else "Home")
    page.wait_for_function(f"text => {FRAMED.caption} !== text", arg=before)
    assert box.get_attribute("aria-valuetext") == words(control.values[-1 if control.start == control.values[0] else 0])
    page.locator(f"#{FRAMED.anchor} .reset").click()
    page.wait_for_function(f"text => {FRAMED.caption} === text", arg=before)


@in_chromium
def test_a_finger_moves_a_slider_and_the_picture_never_blanks(opened):
    page = opened(FRAMED.page, has_touch=True, is_mobile=True)
    box = page.locator(f"#{FRAMED.anchor}-{FRAMED.slider}")
    box.scroll_into_view_if_needed()
    page.evaluate(
        """(anchor) => { window.blank = 0; const stage = document.querySelector(`#${anchor} .stage`);
        const look = () => { const images = [...stage.children];
            if (images.length !== 2 || images.some(image => !image.complete || !image.naturalWidth)) window.blank++;
            requestAnimationFrame(look); };
        setTimeout(look, 300); }""",
        FRAMED.anchor,
    )
    page.wait_for_timeout(350)
    at = box.bounding_box()
    for share in (0.1, 0.9, 0.5, 0.02):
        page.touchscreen.tap(at["x"] + share * at["width"], at["y"] + at["height"] / 2)
        page.wait_for_timeout(60)
    page.wait_for_function(f"document.getElementById('{FRAMED.anchor}-{FRAMED.slider}').value === '0'")
    made = MAKERS[FRAMED.name]()
    _, sentence = made.frame_with_sentence(**{FRAMED.slider: made.controls[FRAMED.slider].values[0]})
    page.wait_for_function(f"text => {FRAMED.caption} === text", arg=picture.typeset(sentence))
    assert page.evaluate("window.blank") == 0
    assert page.wrong == []


@in_chromium
@pytest.mark.parametrize("name", ["index.html", address_of("01")])
def test_without_script_stills_and_sentences_remain(opened, name):
    page = opened(name, java_script_enabled=False)
    for figure in page.query_selector_all("figure.explorer"):
        assert not figure.query_selector(".knobs").is_visible()
        assert figure.query_selector(".sheet").is_visible()
        assert figure.query_selector("figcaption").inner_text() == figure.query_selector(".sheet").get_attribute("alt")
    assert page.locator("math").count() > 0 or name == "index.html"
    assert page.wrong == []


@in_chromium
def test_formulas_have_a_size_and_their_font(opened):
    page = opened(address_of("01.1"))
    sizes = page.evaluate("[...document.querySelectorAll('article math')].map(m => m.getBoundingClientRect().width)")
    assert len(sizes) > 20
    assert min(sizes) > 3
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px Formulas')")


@in_chromium
def test_search_finds_a_word(opened):
    page = opened("search.html?q=critical")
    page.wait_for_selector("#search-results li a")
    assert page.wrong == []
