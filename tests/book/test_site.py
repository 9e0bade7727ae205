"""The site: its frames, its pages as files, and what a reader sees and moves in Chromium with the network cut off.

It is built once, with few frames; frames of former runs are remembered in book/_build. Skipped where the packages of the
group `book` are missing; the tests in Chromium are skipped where there is none, too. Screenshots go to the folder named
by ADAMLIB_SCREENSHOTS, if it is set.
"""

import functools
import http.server
import io
import json
import os
import re
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import nbformat
import numpy as np
import pytest
from PIL import Image

import adamlib
from helpers import notebooks

pytest.importorskip("myst_nb", reason="install the group `book` to run these tests")
pytest.importorskip("sphinx_book_theme", reason="install the group `book` to run these tests")
pytest.importorskip("latex2mathml", reason="install the group `book` to run these tests")
pytest.importorskip("ziamath", reason="install the group `book` to run these tests")
pytest.importorskip("sphinx_revealjs", reason="install the group `book` to run these tests")
pytest.importorskip("nbconvert", reason="install the group `book` to run these tests")

from adamlib import series
from adamlib.explore import READY_MADE
from adamlib.plots import picture
from book import finish, mathml, pages, reference
from book import frames as framing
from book.browser.live import DESCRIBED
from book.chapters import Chapter
from book.content import Content
from book.figures import ROOT_MARK, Still, words
from book.frames import Recipe, chosen, thinned
from book.slides import write_slides

try:
    from playwright.sync_api import sync_playwright

    from helpers.browsing import browser_path, launch_chromium

    BROWSER = browser_path()
except ImportError:
    BROWSER = None
in_chromium = pytest.mark.skipif(BROWSER is None, reason="no Playwright or no Chromium: install them to run these tests")

WAVE = """\
import numpy as np
from adamlib.explore import Explorer
def view(figure, tall):
    ax = figure.subplots()
    ax.set(xlim=(0, 6), ylim=(-2, 2))
    x = np.linspace(0, 6, 100)
    line, = ax.plot([], [])
    def update(k):
        line.set_data(x, tall * np.sin(k * x))
        return f'A wave of height {tall} with k = {k}.'
    return ([line], update)
Explorer(view, k=[1, 2, 3, 4], tall=[0.5, 1.0])"""
CHAPTERS = [Chapter.read(entry) for entry in series.read_series(notebooks.FOLDER)]


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The folder of the site, built with few frames."""
    to = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "book.build", "--to", str(to), "--frames", "few", "--workers", "1"]
    cache = ["--cache", str(notebooks.ROOT / "book" / "_build" / "cache" / "few")]
    done = subprocess.run([*command, *cache], cwd=notebooks.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return to / "html"


# Frames, without a browser.


@pytest.fixture
def plan(tmp_path):
    return framing.plan(Recipe("wave", WAVE), tmp_path)


def laid(folder: Path, ground: str, sheet: str) -> np.ndarray:
    """What a reader sees: the sheet upon the ground."""
    lower, upper = (Image.open(folder / name).convert("RGBA") for name in (ground, sheet))
    return np.asarray(Image.alpha_composite(lower, upper).convert("RGB"), int)


def test_a_plan_offers_every_combination(plan):
    assert plan.offered == {"k": (1, 2, 3, 4), "tall": (0.5, 1.0)}
    assert len(plan.positions) == plan.facts.total == 8
    assert plan.positions[plan.first] == {"k": 1, "tall": 0.5}
    assert plan.groups == [[0, 2, 4, 6], [1, 3, 5, 7]], "one ground for each value of the control that redraws"


def test_frames_are_the_pictures_of_the_explorer(plan, tmp_path):
    (frames,) = framing.build([plan], tmp_path, workers=1, bar=False)
    made = framing.make(plan.recipe)
    for place, setting in enumerate(plan.positions):
        drawn, sentence = made.stage.draw(**setting)
        seen = laid(frames.folder, frames.grounds[place], frames.sheets[place])
        assert np.abs(seen - drawn[..., :3].astype(int)).mean() < 0.2
        assert frames.sentences[place] == picture.typeset(sentence)
    assert len(set(frames.sheets)) == 8
    assert len(set(frames.grounds)) <= 2


def test_frames_are_the_same_bytes_in_any_process(plan, tmp_path):
    stored = []
    for workers in (1, 2):
        (frames,) = framing.build([plan], tmp_path / str(workers), workers=workers, bar=False)
        stored.append({path.name: path.read_bytes() for path in frames.files})
    assert stored[0] == stored[1]


def test_frames_are_remembered_until_something_changes(plan, tmp_path, monkeypatch):
    assert framing.load_frames(plan, tmp_path) is None
    (frames,) = framing.build([plan], tmp_path, workers=1, bar=False)
    monkeypatch.setattr(framing, "render", None)  # drawing again would fail
    assert list(framing.build([plan], tmp_path, workers=1, bar=False)) == [frames]
    monkeypatch.setattr(framing, "sources", lambda code: "changed")
    assert framing.load_frames(plan, tmp_path) is None


def test_the_key_knows_the_code_the_library_and_the_positions(plan, monkeypatch):
    fewer = framing.Plan(plan.recipe, plan.facts, {**plan.offered, "k": (1, 2)})
    other = framing.Plan(Recipe("wave", WAVE.replace("sin", "cos")), plan.facts, plan.offered)
    keys = {plan.key(), fewer.key(), other.key()}
    monkeypatch.setattr(framing, "drawn_with", lambda: "another Matplotlib")
    assert len({*keys, plan.key()}) == 4


def test_an_explorer_of_another_module_changes_no_key():
    momentum, adam = (Path(adamlib.__file__).parent / "explore" / f"{name}.py" for name in ("momentum", "adam"))
    code = "from adamlib import explore\nexplore.momentum_map()"
    assert not framing._is_other_explorer(momentum, code)
    assert framing._is_other_explorer(adam, code)


@pytest.mark.parametrize("most", [1, 2, 7, 30, 1000])
def test_thinned_keeps_below_the_limit(most):
    kept = thinned({"a": 11, "b": 4, "c": 9}, most)
    assert np.prod(list(kept.values())) <= most or most < 1
    assert most < 11 * 4 * 9 or kept == {"a": 11, "b": 4, "c": 9}


@pytest.mark.parametrize("start", range(10))
@pytest.mark.parametrize("count", range(1, 11))
def test_chosen_keeps_the_start_and_the_ends(start, count):
    kept = chosen(range(10), start, count)
    assert start in kept
    assert list(kept) == sorted(set(kept))
    assert count < 3 or {0, 9} <= set(kept)
    assert count - 1 <= len(kept) <= max(count, 3)


def test_offered_names_controls_that_exist():
    recipes = Content.read().recipes
    for name, wishes in framing.OFFERED.items():
        controls = framing.make(recipes[name]).controls
        for control, wish in wishes.items():
            values = controls[control].values
            assert 1 <= wish <= len(values) if isinstance(wish, int) else {controls[control].start} <= set(wish) <= set(values)


# Notebooks, formulas, docstrings.


def test_every_explorer_of_the_notebooks_is_found():
    makers = "|".join(make.__name__ for make in READY_MADE)
    cells = [cell for chapter in CHAPTERS for cell in chapter.raw.cells]
    calls = [cell.id for cell in cells if re.search(rf"^explore\.(?:{makers})\(", cell.source, re.MULTILINE)]
    assert calls == [cell for chapter in CHAPTERS for cell in chapter.recipes]


def test_the_sentence_is_cut_from_a_picture_and_nothing_else():
    made = adamlib.explore.three_cycle().picture()
    still = Still.of(made.png, made.sentence)
    whole = np.asarray(Image.open(io.BytesIO(made.png)).convert("RGB"))
    cut = np.asarray(Image.open(io.BytesIO(still.png)).convert("RGB"))
    assert len(cut) == 700 < len(whole)
    assert np.array_equal(cut, whole[:700])
    assert Still.of(made.png, "Another sentence altogether.").png == made.png


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
    index, lesson, room = (chapter.staged({}, small_series.chapters, {}).cells[1].source for chapter in small_series.chapters)
    assert f'<a href="{ROOT_MARK}notebooks/00_walk.html#eq-0-1">(0.1)</a>' in index
    assert "(deeper/00_1_why.ipynb)" in lesson
    assert f'<a href="{ROOT_MARK}notebooks/00_walk.html#eq-0-1">(0.1)</a>' in room
    assert '<a href="#eq-0-1-1">(0.1.1)</a>' in room
    listed = pages.equation_list(small_series)
    assert "## 00.1 Why?" in listed
    assert "## Adam in ten minutes" not in listed


def test_the_slides_of_a_room_lead_back_to_its_lesson(small_series, tmp_path):
    (tmp_path / "slides").mkdir()
    written = [write_slides(chapter, {}, tmp_path).read_text(encoding="utf-8") for chapter in small_series.chapters]
    links = [[link for link in Reader(text).links if link.startswith("../notebooks")] for text in written]
    assert links[0][0] == "../notebooks/00_walk.html#See-it"
    assert links[1][:2] == ["../notebooks/deeper/00_1_why.html", "../notebooks/GLOSSARY.html"]
    assert links[2][0] == "../notebooks/00_walk.html"


def test_every_formula_is_understood():
    texts = [cell.source for chapter in CHAPTERS for cell in chapter.raw.cells if cell.cell_type == "markdown"]
    formulas = [formula for text in texts for formula in notebooks.MATHS.findall(notebooks.FENCED.sub("", text))]
    assert len(formulas) > 300
    for formula in formulas:
        assert mathml.block(formula.strip("$")).count("<math") == 1


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
    heavy = finish.Weights({"a.html": 1_000_001}, {"a.html": 4_000_001}, at, 60_000_001).complaints()
    assert [line.split(":")[0] for line in heavy] == ["a.html", "a.html", "the site"]


def test_a_page_weighs_what_it_loads(tmp_path):
    (tmp_path / "a.webp").write_bytes(b"x" * 100)
    (tmp_path / "b.webp").write_bytes(b"x" * 1000)
    data = json.dumps({"folder": "", "grounds": ["a.webp"], "sheets": ["b.webp"]})
    page = f'<img alt="" src="a.webp"><script type="application/json">{data}</script>'
    (tmp_path / "p.html").write_text(page)
    weights = finish.weigh(tmp_path)
    assert weights.first == {"p.html": len(page) + 100}
    assert weights.whole == {"p.html": len(page) + 1100}
    assert weights.site == len(page) + 1100


# The pages as files.


class Reader(HTMLParser):
    """Collects the links and the anchors of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.links += [named[key] for key in ("href", "src", "poster") if named.get(key)]
        self.anchors += [named["id"]] if named.get("id") else []


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


def test_links_and_anchors_resolve(book, readers):
    broken = []
    for page, reader in readers.items():
        for link in reader.links:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = unquote(urlsplit(urljoin(f"/{page}", link)).path).lstrip("/") or page
            if not (book / target).is_file() or (
                parts.fragment and target in readers and parts.fragment not in [*readers[target].anchors, "main-content", "/"]
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
        assert article.count("<math") == len(notebooks.MATHS.findall(re.sub(r"`[^`\n]*`", "", prose)))


def test_the_reference_holds_every_public_name(readers):
    anchors = {anchor for page, reader in readers.items() if page.startswith("reference/") for anchor in reader.anchors}
    for name in (name for names in pages.REFERENCE.values() for name in names):
        module = __import__(f"adamlib.{name}", fromlist=["x"])
        assert {f"adamlib.{name}.{public}" for public in pages.public_names(module)} <= anchors


def test_the_slides_show_the_figures_first(book):
    for chapter in CHAPTERS:
        text = (book / chapter.slides).read_text(encoding="utf-8")
        stacks = re.split(r"<section>\s*<section tabindex", text)[1:]
        shown = [re.search(r'<figure[^>]*id="([^"]+)"', stack.split("</section>")[0]) for stack in stacks]
        assert [figure[1] for figure in shown if figure] == pictured(chapter)


def test_stored_frames_are_those_of_the_explorers(book):
    """Every figure that moves: at the last value of each control, the stored frame is the picture of the explorer."""
    for chapter in CHAPTERS:
        text = (book / f"{chapter.page}.html").read_text(encoding="utf-8")
        for recipe in (one for one in chapter.recipes.values() if one.name not in DESCRIBED):
            figure = re.search(rf'<figure[^>]*data-explorer="{recipe.name}".*?</figure>', text, re.DOTALL)[0]
            data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', figure, re.DOTALL)[1])
            place = int(re.search(r'data-frame="(\d+)"', figure)[1])
            drawn = framing.make(recipe).picture()
            ground, sheet = data["frames"][place]
            seen = laid(
                (book / chapter.page).parent,
                *(data["folder"] + name for name in (data["grounds"][ground], data["sheets"][sheet])),
            )
            whole = np.asarray(Image.open(io.BytesIO(drawn.png)).convert("RGB"), int)
            assert np.abs(seen - whole[: len(seen)]).mean() < 0.5, recipe.name
            assert data["sentences"][place] == picture.typeset(drawn.sentence)


# What a reader sees and moves.


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
@pytest.mark.parametrize("name", PAGES)
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
@pytest.mark.parametrize("name", SLIDES)
def test_slides_are_sound(opened, axe, name):
    page = opened(name)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate(axe)
    page.wait_for_selector(".reveal.ready")
    page.keyboard.press("ArrowRight")
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
@pytest.mark.parametrize("name", ["index.html", "gallery.html", *SERIES])
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
                    seen = laid((book / name).parent / folder, *files)
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
@pytest.mark.parametrize("name", ["index.html", SERIES[1]])
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
    page = opened(SERIES[1])
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
