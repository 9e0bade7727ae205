"""What a reader sees and touches, in JupyterLab and Chromium: stills, sliders, keys, clicks, play, restart.

Skipped where no Chromium is found. Screenshots go to the folder named by ADAMLIB_SCREENSHOTS, if it is set.
"""

import io
import os
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from adamlib import explore, series
from adamlib.lab import STILL, WIDGET_VIEW
from adamlib.plots.picture import typeset

pytest.importorskip("playwright.sync_api", reason="no Playwright: install the group `browser` to run these tests")

from playwright.sync_api import Locator, Page, expect

from helpers import notebooks
from helpers.browsing import browser_path, run_all, serve_lab
from helpers.whole import sample

pytestmark = pytest.mark.skipif(browser_path() is None, reason="no Chromium: install the package chromium to run these tests")

ENTRIES = series.read_series(notebooks.FOLDER)
TWO = ["from adamlib import explore\nexplore.descent()", "explore.cold_start()"]
OPEN = """async (path) => {
    await jupyterapp.restored;
    await jupyterapp.commands.execute('docmanager:open', { path });
}"""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    for entry in ENTRIES:
        (folder / entry.name).parent.mkdir(exist_ok=True)
        shutil.copy(entry.path, folder / entry.name)
    cells = [nbformat.v4.new_code_cell(code) for code in TWO]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=KERNEL), folder / "two.ipynb")
    with serve_lab(folder) as at:
        yield at


@pytest.fixture(scope="module")
def page(browser, address):
    """A notebook with two explorers, run once."""
    opened = browser.new_page(viewport={"width": 1200, "height": 1500})
    opened.goto(f"{address}/doc/tree/two.ipynb?reset")
    run_all(opened)
    expect(opened.locator(".widget-image")).to_have_count(2, timeout=60000)
    return opened


@pytest.fixture(scope="module")
def opened(browser, address):
    """Opens notebooks one after another in a second JupyterLab, which no kernel has told anything: the panel in front."""
    lab = browser.new_page(viewport={"width": 1200, "height": 1000})
    lab.goto(f"{address}/lab?reset")
    lab.wait_for_function("window.jupyterapp")

    def go(name: str) -> Locator:
        lab.evaluate(OPEN, name)
        panel = lab.locator(".jp-NotebookPanel:visible")
        panel.locator(".jp-Cell").first.wait_for(timeout=60000)
        return panel

    return go


def slider(page: Page, label: str, nth: int = 0) -> Locator:
    row = page.locator(".widget-hslider", has=page.locator(f'.widget-label:text-is("{label}")')).nth(nth)
    return row.locator(".noUi-handle")


def wait_for(picture: Locator, sentence: str) -> None:
    expect(picture).to_have_attribute("title", typeset(sentence), timeout=10000)


def shown(picture: Locator) -> np.ndarray:
    """The pixels on the screen, without the frame around them."""
    picture.evaluate("image => image.decode()")
    drawn = Image.open(io.BytesIO(picture.screenshot())).convert("RGB")
    return np.asarray(drawn.resize((700, round(700 * drawn.height / drawn.width))), float)


def expected(made: explore.Explorer, **values) -> tuple[np.ndarray, str]:
    frame, sentence = made.frame_with_sentence(**values)
    image = Image.open(io.BytesIO(frame)).convert("RGB")
    return np.asarray(image.resize((700, image.height // 2)), float), sentence


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("ADAMLIB_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def far(a: np.ndarray, b: np.ndarray) -> float:
    height = min(len(a), len(b))
    return float(np.abs(a[:height] - b[:height]).mean())


def test_keys_move_the_picture_to_the_right_position(page):
    made, picture = explore.descent(), page.locator(".widget-image").nth(0)
    page.click("text=Reset >> nth=0")
    rates = made.controls["lr"].values
    start = rates.index(made.controls["lr"].start)
    slider(page, "learning rate").focus()
    for step in (1, 2, 3):
        page.keyboard.press("ArrowRight")
        pixels, sentence = expected(made, lr=rates[start + step])
        wait_for(picture, sentence)
        other, _ = expected(made, lr=rates[start + step - 3])
        assert far(shown(picture), pixels) < 3
        assert far(shown(picture), pixels) < far(shown(picture), other)
    keep(page, "keys")


def test_a_drag_ends_where_the_mouse_ends(page):
    made, picture = explore.descent(), page.locator(".widget-image").nth(0)
    handle = slider(page, "learning rate")
    box, track = handle.bounding_box(), handle.locator("xpath=ancestor::*[contains(@class, 'noUi-target')]").bounding_box()
    page.evaluate(
        """() => { window.blank = 0; const image = document.querySelector('.widget-image');
        const look = () => { if (image.complete && image.naturalWidth === 0) window.blank++; requestAnimationFrame(look); };
        look(); }"""
    )
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    for share in np.linspace(0, 1, 40):
        page.mouse.move(track["x"] + share * track["width"] + 2, box["y"] + box["height"] / 2)
        page.wait_for_timeout(10)
    page.mouse.up()
    pixels, sentence = expected(made, lr=made.controls["lr"].values[-1])
    wait_for(picture, sentence)
    assert far(shown(picture), pixels) < 3
    assert page.evaluate("window.blank") == 0
    keep(page, "drag")


def test_explorers_on_one_page_do_not_disturb_each_other(page):
    first, second = (page.locator(".widget-image").nth(i) for i in (0, 1))
    page.click("text=Reset >> nth=0")
    before = expected(explore.descent())[1]
    wait_for(first, before)
    page.click("text=Reset >> nth=1")
    slider(page, "β").focus()
    page.keyboard.press("ArrowRight")
    wait_for(second, expected(explore.cold_start(), beta=0.95)[1])
    assert first.get_attribute("title") == typeset(before)


def test_reset_goes_back(page):
    made, picture = explore.descent(), page.locator(".widget-image").nth(0)
    slider(page, "condition number").focus()
    page.keyboard.press("ArrowRight")
    wait_for(picture, expected(made, condition=20.0)[1])
    page.click("text=Reset >> nth=0")
    wait_for(picture, expected(made)[1])


def test_play_walks_through_the_steps(page):
    picture = page.locator(".widget-image").nth(1)
    page.click("text=Reset >> nth=1")
    wait_for(picture, expected(explore.cold_start())[1])
    page.locator(".widget-play button").first.click()
    expect(picture).to_have_attribute("title", re.compile("step (1[0-9]|2[0-9])"), timeout=15000)
    keep(page, "play")
    page.locator(".widget-play button").first.click()


def test_a_click_sets_the_start(page):
    made, picture = explore.descent(), page.locator(".widget-image").nth(0)
    page.click("text=Reset >> nth=0")
    wait_for(picture, expected(made)[1])
    start = {"x": 2.0, "y": 0.5}
    axes = made.stage.axes
    at = axes.transData.transform(list(start.values()))
    box = picture.bounding_box()
    width, height = axes.figure.bbox.size
    page.mouse.click(box["x"] + box["width"] * at[0] / width, box["y"] + box["height"] * (1 - at[1] / height))
    wait_for(picture, expected(made, **start)[1])
    keep(page, "click")


def test_sentence_stands_under_the_picture(page):
    picture = page.locator(".widget-image").nth(0)
    expect(page.locator("[role=status]").first).to_have_text(picture.get_attribute("title"))


def test_after_a_kernel_restart_run_all_brings_the_sliders_back(page):
    page.click('.lm-MenuBar-item:has-text("Kernel")')
    page.click('.lm-Menu-item:has-text("Restart Kernel and Clear")')
    page.click(".jp-Dialog button.jp-mod-warn")
    expect(page.locator(".widget-image")).to_have_count(0, timeout=30000)
    page.wait_for_timeout(500)
    run_all(page)
    expect(page.locator(".widget-image")).to_have_count(2, timeout=60000)
    slider(page, "learning rate").focus()
    page.keyboard.press("ArrowRight")
    wait_for(page.locator(".widget-image").nth(0), expected(explore.descent(), lr=0.15)[1])


def test_a_saved_notebook_reopens_with_its_stills(page, opened, address):
    """Tomorrow the kernel is gone: the pictures stand where the explorers stood."""
    page.keyboard.press("Escape")
    page.keyboard.press("Control+s")
    folder = page.request.get(f"{address}/api/contents/two.ipynb").json()
    for _ in range(50):
        folder = page.request.get(f"{address}/api/contents/two.ipynb").json()
        outputs = [output["data"] for cell in folder["content"]["cells"] for output in cell["outputs"]]
        if len(outputs) == 2:
            break
        page.wait_for_timeout(100)
    assert [(STILL in data, WIDGET_VIEW in data) for data in outputs] == [(True, False)] * 2
    for session in page.request.get(f"{address}/api/sessions").json():
        page.request.delete(f"{address}/api/sessions/{session['id']}")
    again = opened("two.ipynb")
    expect(again.locator(".jp-RenderedImage img")).to_have_count(2, timeout=60000)
    assert again.get_by_text("model not found").count() == 0
    keep(again.page, "reopened")


@pytest.mark.parametrize("entry", sample(ENTRIES, every=16), ids=lambda entry: entry.number)
def test_a_notebook_that_was_not_run_shows_its_stills(opened, entry):
    notebook = opened(entry.name)
    notebook.locator(".jp-Notebook").evaluate("e => e.scrollTo(0, 1e6)")
    expect(notebook.locator(".jp-RenderedImage img").last).to_have_js_property("naturalWidth", 1400, timeout=30000)
    keep(notebook.page, f"{entry.path.stem}_still")


def test_run_all_brings_the_first_notebook_to_its_end(opened):
    (first,) = series.select(ENTRIES, ["00"])
    cells = nbformat.read(first.path, as_version=4).cells
    notebook = opened(first.name)
    prompts = notebook.locator(".jp-CodeCell .jp-InputPrompt")
    run_all(notebook.page)
    expect(prompts.filter(has_text="[*]:")).not_to_have_count(0)
    expect(prompts.filter(has_text="[*]:")).to_have_count(0, timeout=120000)
    last = sum(cell.cell_type == "code" for cell in cells)
    expect(prompts.last).to_have_text(f"[{last}]:")
    complaints = [f'[data-mime-type="application/vnd.jupyter.{kind}"]' for kind in ("error", "stderr")]
    assert notebook.locator(", ".join(complaints)).count() == 0
    notebook.locator(".widget-image").first.wait_for(timeout=30000)
    keep(notebook.page, f"{first.path.stem}_run")
