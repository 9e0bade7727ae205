"""Figures that move by themselves, as a reader meets them in Chromium: finger, keys, address, dark, print, no script, time."""

import itertools
import random
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="no Playwright: install the group `browser` to run these tests")

from playwright.sync_api import Page, expect

from adamlib.explore.control import value_text
from adamlib.plots.picture import typeset
from helpers.browsing import browser_path
from helpers.live_pages import Pages, sentence_at
from helpers.views import DRAGGED, EXPLORERS_IN_ORDER, PLAYED, explorer_of
from helpers.whole import sample

pytestmark = pytest.mark.skipif(browser_path() is None, reason="no Chromium: install the package chromium to run these tests")

PHONE: dict[str, Any] = {"width": 390, "has_touch": True, "is_mobile": True}
EXPLORER = "document.querySelector('figure.live').explorer"
SET = """(values) => { const one = EXPLORER; one.set(values); return new Promise((done) => {
    const asked = JSON.stringify(one.values), drawn = () => !one.waiting && one.figure.dataset.drawn === asked;
    const look = () => (drawn() ? done(true) : requestAnimationFrame(look));
    requestAnimationFrame(look); }); }""".replace("EXPLORER", EXPLORER)


@pytest.fixture
def pages(page_pool):
    yield Pages(page_pool)
    assert page_pool.take_back() == []


def values_of(page: Page) -> dict[str, Any]:
    """The values as the page has them, whole numbers as whole numbers."""
    return page.evaluate(f"() => ({{...{EXPLORER}.values}})")


def as_here(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The same in Python: JSON makes 1.0 a whole number."""
    real = {key: any(isinstance(one, float) for one in control.values) for key, control in explorer_of(name).controls.items()}
    return {key: float(value) if real[key] else value for key, value in values.items()}


def expect_sentence(page: Page, name: str) -> None:
    """The sentence under the picture is that of the notebook, whatever the setting."""
    page.wait_for_function(f"() => !{EXPLORER}.waiting")
    expect(page.locator("figcaption")).to_have_text(sentence_at(name, as_here(name, values_of(page))), timeout=20000)


def between(name: str, rng: random.Random) -> dict[str, Any]:
    """A setting between the stops wherever a slider offers it."""
    found = {}
    for key, control in explorer_of(name).controls.items():
        numbers, i = control.values, rng.randrange(len(control.values) - 1)
        if control.between and isinstance(numbers[0], float):
            found[key] = float(f"{rng.uniform(numbers[i], numbers[i + 1]):.6g}")
        else:
            found[key] = rng.choice(numbers)
    return found


@pytest.mark.parametrize("name", sample(EXPLORERS_IN_ORDER, 0, every=6))
def test_three_settings_between_the_stops(pages, name):
    page, rng = pages(name), random.Random(name)
    for _ in range(3):
        page.evaluate(SET, between(name, rng))
        expect_sentence(page, name)


@pytest.mark.parametrize("name", sample(EXPLORERS_IN_ORDER, 1, every=6))
def test_tab_and_arrows_reach_the_end_of_every_slider_which_speaks(pages, name):
    page = pages(name)
    for key, control in explorer_of(name).controls.items():
        for _ in range(20):
            if page.evaluate("document.activeElement.id") == f"fig-{name}-{key}":
                break
            page.keyboard.press("Tab")
        else:
            raise AssertionError(f"Tab does not reach {key}")
        assert page.locator(f'label[for="fig-{name}-{key}"]').text_content() == control.label
        if isinstance(control.values[0], bool):
            page.keyboard.press("Space")
            continue
        here = control.values.index(control.start)
        for _ in range(len(control.values) - 1 - here):
            page.keyboard.press("ArrowDown" if isinstance(control.values[0], str) else "ArrowRight")
        assert values_of(page)[key] == control.values[-1]
        if not isinstance(control.values[0], str):
            assert page.evaluate("document.activeElement.getAttribute('aria-valuetext')") == typeset(
                value_text(control.values[-1])
            )
    expect_sentence(page, name)


def middle_of_grip(page: Page) -> tuple[float, float]:
    box = page.locator(".grip").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag_by_finger(page: Page, start: tuple[float, float], by: tuple[float, float], steps: int = 8) -> None:
    """A real touch, which the page may scroll by or not."""
    client = page.context.new_cdp_session(page)
    points = [(start[0] + by[0] * k / steps, start[1] + by[1] * k / steps) for k in range(steps + 1)]
    for kind, at in [("touchStart", points[0]), *(("touchMove", at) for at in points[1:])]:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": at[0], "y": at[1]}]})
        page.wait_for_timeout(16)
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)


@pytest.mark.parametrize("name", sample(DRAGGED, 0))
def test_a_finger_drags_the_ring_and_the_page_stays(pages, name):
    page, (_, x, y) = pages(name, **PHONE), explorer_of(name).stage.scene.drag
    page.locator(".grip").scroll_into_view_if_needed()
    before, scrolled = values_of(page), page.evaluate("scrollY")
    drag_by_finger(page, middle_of_grip(page), (36, -32))
    after = values_of(page)
    assert after[x] > before[x]
    assert after[y] > before[y]
    assert page.evaluate("scrollY") == scrolled
    expect_sentence(page, name)


@pytest.mark.parametrize("name", DRAGGED[:2])
def test_a_finger_beside_the_ring_scrolls_the_page(pages, name):
    page = pages(name, **PHONE)
    page.locator(".pad").scroll_into_view_if_needed()
    box, before, scrolled = page.locator(".pad").bounding_box(), values_of(page), page.evaluate("scrollY")
    drag_by_finger(page, (box["x"] + box["width"] - 20, box["y"] + box["height"] - 20), (0, -150))
    assert page.evaluate("scrollY") > scrolled
    assert values_of(page) == before


@pytest.mark.parametrize("name", sample(DRAGGED, 1))
def test_a_tap_and_a_click_set_two_sliders(pages, name):
    _, x, y = explorer_of(name).stage.scene.drag
    for options in (PHONE, {}):
        page = pages(name, **options)
        page.locator(".pad").scroll_into_view_if_needed()
        box, before = page.locator(".pad").bounding_box(), values_of(page)
        at = box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"]
        (page.touchscreen.tap if options else page.mouse.click)(*at)
        expect_sentence(page, name)
        after = values_of(page)
        assert (after[x], after[y]) != (before[x], before[y])


@pytest.mark.parametrize("name", sample(EXPLORERS_IN_ORDER, 2, every=6))
def test_the_address_carries_a_setting(pages, name):
    page = pages(name)
    settings = (between(name, random.Random(seed)) for seed in itertools.count(7))
    wanted = next(values for values in settings if values != values_of(page))
    page.evaluate(SET, wanted)
    page.wait_for_function("location.hash.includes('?')")
    again = pages(name, page.evaluate("location.hash"))
    assert as_here(name, values_of(again)) == wanted
    expect_sentence(again, name)


@pytest.mark.parametrize("name", sample(EXPLORERS_IN_ORDER, 3, every=6))
def test_letters_can_be_read_and_nothing_is_wider_than_the_screen(pages, name):
    for width, options in ((390, PHONE), (768, {}), (1400, {})):
        page = pages(name, **{"width": width, **options})
        sizes = page.evaluate("[...document.querySelectorAll('.stage text')].map(t => parseFloat(getComputedStyle(t).fontSize))")
        assert min(sizes) >= 12
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        reach = page.evaluate(
            "() => { const stage = document.querySelector('.card').getBoundingClientRect();"
            "return [...document.querySelectorAll('.stage text')].map(t => t.getBoundingClientRect())"
            ".filter(box => box.left < stage.left || box.right > stage.right + 1).length; }"
        )
        assert reach == 0, f"{reach} texts are cut at {width}"


GROUND = """() => [...document.querySelectorAll('.stage canvas')].map((canvas) => {
    const corner = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    corner.drawImage(canvas, 0, 0, 1, 1, 0, 0, 1, 1);
    return [...corner.getImageData(0, 0, 1, 1).data]; })"""
PAPER = "() => getComputedStyle(document.querySelector('.card')).backgroundColor"


def brightness(color: str) -> float:
    return sum(int(part) for part in color[color.index("(") + 1 : -1].split(",")[:3]) / 3


@pytest.mark.parametrize("name", sample(EXPLORERS_IN_ORDER, 4, every=6))
def test_a_dark_page_has_dark_figures_and_paper_is_white(pages, name):
    page = pages(name)
    assert brightness(page.evaluate(PAPER)) > 240
    light = page.evaluate(GROUND)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_timeout(100)
    assert brightness(page.evaluate(PAPER)) < 60
    reliefs = [i for i, (lit, unlit) in enumerate(zip(light, page.evaluate(GROUND))) if lit != unlit]
    page.emulate_media(media="print")
    as_before = f"([light, reliefs]) => reliefs.every((i) => '' + ({GROUND})()[i] === '' + light[i])"
    page.wait_for_function(as_before, arg=[light, reliefs])
    assert brightness(page.evaluate(PAPER)) > 240
    assert not page.locator(".knobs").is_visible()
    assert page.locator(".stage svg").is_visible()


@pytest.mark.parametrize("name", sample(EXPLORERS_IN_ORDER, 5, every=6))
def test_without_script_a_still_and_its_sentence_remain(pages, name):
    page = pages(name, java_script_enabled=False)
    assert page.locator(".still img").is_visible()
    assert not page.locator(".knobs").is_visible()
    assert page.locator("figcaption").text_content() == page.locator(".still img").get_attribute("alt")


@pytest.mark.parametrize("name", sample(PLAYED, 2))
def test_play_walks_step_steps_and_both_stop(pages, name):
    (key,) = (key for key, control in explorer_of(name).controls.items() if control.play)
    page, control = pages(name), explorer_of(name).controls[key]
    page.evaluate(SET, {**values_of(page), key: control.values[0]})
    page.locator(".step").click()
    assert values_of(page)[key] == control.values[1]
    page.locator(".play").click()
    page.wait_for_function(f"() => {EXPLORER}.values.{key} === {control.values[-1]}", timeout=30000)
    expect(page.locator(".play")).to_have_attribute("aria-pressed", "false")
    expect_sentence(page, name)


MILLISECONDS = """([name, values]) => { const one = EXPLORER, times = [];
    for (const value of values) { Object.assign(one.values, {[name]: value}); const begun = performance.now();
        one.draw(false); one.figure.getBoundingClientRect(); times.push(performance.now() - begun); }
    cancelAnimationFrame(one.waiting); one.waiting = 0;
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]; }""".replace("EXPLORER", EXPLORER)


def fine_values(name: str, count: int = 30) -> tuple[str, list[float]]:
    """A control and values of it close together, as a drag passes through them."""
    controls = explorer_of(name).controls
    key = next((k for k, c in controls.items() if c.between and isinstance(c.values[0], float)), next(iter(controls)))
    values = controls[key].values
    if not controls[key].between or not isinstance(values[0], float):
        return key, list(values) * 2
    return key, [values[0] + (values[-1] - values[0]) * k / count for k in range(count)]


@pytest.mark.parametrize("name", sample(EXPLORERS_IN_ORDER, 6, every=6))
def test_a_move_is_computed_and_laid_out_within_a_frame(pages, name, record_property):
    """By the browser's own clock: the median of a drag's moves. 16 ms are asked of an idle machine; tests run on busy ones."""
    page = pages(name)
    key, values = fine_values(name)
    page.evaluate(MILLISECONDS, [key, values])
    median = page.evaluate(MILLISECONDS, [key, values])
    record_property("milliseconds", median)
    assert median < 3 * 16
