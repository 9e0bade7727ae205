"""Explorers without a browser: every position, every corner, errors, memory, and what a saved notebook keeps."""

import asyncio
import importlib
import io
import itertools

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image, ImageStat

from adamlib import explore
from adamlib.explore import Control, Explorer, explorer
from adamlib.explore.scene import Dot, Line, Panel, Scene, View
from adamlib.numerals import amount
from adamlib.plots.picture import typeset
from helpers.whole import sample

MAKERS = {make.__name__: make for make in explore.READY_MADE}


@pytest.fixture(scope="module", params=MAKERS)
def ready(request):
    return MAKERS[request.param]()


def settings(made: Explorer) -> list[dict]:
    """Positions of every control with the others at their start, and corners: a fifth, or all of them."""
    lines = [{name: value} for name, control in made.controls.items() for value in control.values]
    ends = [[(name, control.values[0]), (name, control.values[-1])] for name, control in made.controls.items()]
    corners = [dict(corner) for corner in itertools.product(*ends)]
    return sample(lines, every=5) + sample(corners[:: max(1, len(corners) // 101)], every=5)


def pixels(frame: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(frame)).convert("RGB"), int)


def wave(*ks) -> View:
    """A curve that k moves; three is too many."""

    def update(k):
        if k == 3:
            raise ValueError("three is <too> many")
        x = np.linspace(0, 6, 100)
        return [Line("wave", x, np.sin(k * x))], f"A wave with k = {k}."

    return View(lambda: Scene([Panel("wave", (0, 6), (-1, 1))], {"k": ks}), update)


def test_every_position_draws_and_says_something_and_moves_no_axis(ready):
    before, _ = ready.frame_with_sentence()
    size = Image.open(io.BytesIO(before)).size
    for values in settings(ready):
        frame, sentence = ready.frame_with_sentence(**values)
        assert sentence.endswith(".")
        assert "nan" not in sentence.split()
        assert "not a number" not in sentence
        seen = Image.open(io.BytesIO(frame)).convert("RGB")
        assert seen.size == size
        assert max(ImageStat.Stat(seen).stddev) > 5, "a blank picture"
        limits = [(ax.get_xlim(), ax.get_ylim()) for ax in ready.stage.figure.axes]
        assert limits == [(panel.xlim, panel.ylim) for panel in ready.stage.scene.panels]
    assert ready.frame_with_sentence()[0] == before


def drawn(made: Explorer, **values) -> np.ndarray:
    return made.stage.draw(**made._complete(values))[0].copy()


def test_every_control_changes_the_picture_and_back_it_is_the_first(ready):
    rest = {"second": "AdamW"} if "decay" in ready.controls else {}  # where two rules can be chosen, one that has every setting
    start = drawn(ready, **rest)
    for name, control in ready.controls.items():
        assert any(not np.array_equal(start, drawn(ready, **{**rest, name: value})) for value in control.values), name
    assert np.array_equal(start, drawn(ready, **rest))


@pytest.mark.parametrize(
    ("setting", "verdict"),
    [
        ({"lr": 0.2, "beta": 0.0}, "bounces for ever"),  # lr curvature = 2 (1 + beta)
        ({"lr": 0.3, "beta": 0.5}, "bounces for ever"),
        ({"lr": 0.23, "beta": 0.0}, "diverges, by a factor 1.3"),
        ({"lr": 0.15, "beta": 0.0}, "each step leaves 0.85"),
    ],
)
def test_the_momentum_map_says_what_the_walk_does(setting, verdict):
    assert verdict in explore.momentum_map().frame_with_sentence(**setting)[1]


@pytest.mark.parametrize("setting", [{}, {"beta": 0.9}, {"beta": 0.0}, {"beta": 0.5, "lr": 0.25}])
def test_memory_compares_with_a_walk_without_one(setting):
    """Each coordinate alone, as a sum of its last two positions."""
    made = explore.memory()
    lr, beta = ({**made.values, **setting}[name] for name in ("lr", "beta"))
    losses = []
    for kept in (beta, 0.0):
        before = now = np.array([-2.0, 1.0])
        for _ in range(40):
            before, now = now, now + kept * (now - before) - lr * np.array([1.0, 10.0]) * now
        losses.append(amount((now**2 @ [1.0, 10.0]) / 2))
    said = made.frame_with_sentence(**setting)[1]
    assert f"the walk is at loss {losses[0]}, with no memory it is at loss {losses[1]}" in said


def test_slider_moves_picture_sentence_and_alternative_text():
    made = Explorer(wave(1, 2, 4))
    made._inputs["k"].value = 4
    assert made._picture.value == made.frame_with_sentence(k=4)[0]
    assert made._picture.tooltip == typeset("A wave with k = 4.")
    assert typeset("A wave with k = 4.") in made._sentence.value
    made.reset()
    assert made.values == {"k": 1}
    assert typeset("A wave with k = 1.") in made._sentence.value


def test_an_error_is_shown_and_the_last_good_picture_stays():
    made = Explorer(wave(1, 2, 3))
    made._inputs["k"].value = 2
    good = made._picture.value
    made._inputs["k"].value = 3
    assert "ValueError: three is &lt;too&gt; many" in made._error.value
    assert made._picture.value == good
    made._inputs["k"].value = 1
    assert made._error.value == ""
    with pytest.raises(ValueError, match="three is"):
        made.frame(k=3)


def test_saved_notebook_keeps_the_picture_and_the_sentence():
    made = Explorer(wave(1, 2))
    data, metadata = made._repr_mimebundle_()
    assert data["text/plain"] == "A wave with k = 1." == repr(made)
    assert data["image/png"]
    assert "application/vnd.jupyter.widget-view+json" in data
    assert metadata["image/png"]["alt"] == "A wave with k = 1."
    assert pixels(made.frame()).shape[1] == 1400


def test_the_still_keeps_the_few_brightest_cells_of_a_map():
    made = explore.adam_map()
    frame, still = pixels(made.frame_with_sentence()[0]), pixels(made.picture().png)
    yellow = (frame[..., 0] > 230) & (frame[..., 2] < 60)  # the lowest losses; the path is orange
    assert yellow.sum() > 100
    assert np.abs(frame - still[: len(frame)])[yellow].max() < 30


def test_frame_is_the_same_bytes_each_time():
    assert Explorer(wave(1, 2)).frame(k=2) == Explorer(wave(1, 2)).frame(k=2)


def test_frames_kept_ready_are_bounded(monkeypatch):
    made = Explorer(wave(1, 2, 4, 5, 6))
    size = len(made.frame_with_sentence(k=1)[0])
    monkeypatch.setattr(explorer, "FRAMES_KEPT", 3 * size)
    for k in (2, 4, 5, 6):
        made.frame_with_sentence(k=k)
    assert made._bytes == sum(len(frame) for frame, _ in made._ready.values()) <= 3 * size
    assert (6,) in made._ready
    assert (1,) not in made._ready


def test_neighbours_are_drawn_while_the_kernel_rests():
    async def rest():
        made = Explorer(wave(1, 2, 4, 5, 6, 7, 8, 9))
        await asyncio.sleep(explorer.PAUSE + 0.6)
        return set(made._ready)

    assert {(1,), (2,), (4,), (5,)} <= asyncio.run(rest())


def test_an_error_among_the_neighbours_stays_quiet():
    async def rest():
        made = Explorer(wave(2, 3, 4))
        await asyncio.sleep(explorer.PAUSE + 0.6)
        return made._error.value

    assert asyncio.run(rest()) == ""


def test_kinds_of_controls():
    controls = {"on": [False, True], "which": ["a", "b"], "k": Control([1, 2, 3], 2, "count", play=True)}
    view = View(lambda: Scene([Panel("empty", (0, 1), (0, 1))], controls), lambda on, which, k: ([], f"{on} {which} {k}."))
    made = Explorer(view)
    kinds = {name: type(widget).__name__ for name, widget in made._inputs.items()}
    assert kinds == {"on": "Checkbox", "which": "Dropdown", "k": "SelectionSlider"}
    assert [widget.description for widget in made._inputs.values()] == ["on", "which", "count"]
    assert made.values == {"on": False, "which": "a", "k": 2}
    ((slider, play),) = [row.children for row in made.children if isinstance(row, widgets.HBox)]
    assert slider is made._inputs["k"], "the sliders of all rows begin at the same place"
    assert play.value == 1, "play starts where the slider does: the browser sets the slider to it"


def test_click_goes_to_the_nearest_position():
    panel, controls = Panel("plane", (0, 10), (0, 10), left=0, right=0), {"x": [0, 5, 10], "y": [0, 5, 10]}
    scene = Scene([panel], controls, drag=("plane", "x", "y"))
    made = Explorer(View(lambda: scene, lambda x, y: ([Dot("plane", x, y)], f"{x}, {y}.")))
    made._clicked(("x", "y"), {"relativeX": 340, "relativeY": 20, "boundingRectWidth": 700, "boundingRectHeight": 350})
    assert made.values == {"x": 5, "y": 10}


def test_a_click_beside_the_axes_changes_nothing():
    made = explore.descent()
    axes, before = made.stage.axes, made.values
    width, height = axes.figure.bbox.size
    size = {"boundingRectWidth": width, "boundingRectHeight": height}
    loss = made.stage.panels["loss"].bbox
    made._clicked(("x", "y"), {"relativeX": loss.x0 + 5, "relativeY": height - loss.y0 - 5, **size})
    assert made.values == before
    made._clicked(("x", "y"), {"relativeX": axes.bbox.x1 - 5, "relativeY": height - axes.bbox.y1 + 5, **size})
    assert (made.values["x"], made.values["y"]) == (2.0, 1.5)


def test_question_and_hint_stand_around_the_picture():
    pytest.importorskip("ipyevents", reason="no ipyevents: install the extra `lab`")
    made = explore.descent()
    texts = [child.value for child in made.children if isinstance(child, widgets.HTML)]
    assert made.question in texts[0]
    assert "start θ₁ and start θ₂" in texts[-1]


@pytest.mark.parametrize("returned", [None, 3, ([], None), [1, 2, 3], (["line"], "A line."), ([Dot("other", 0, 0)], "A dot.")])
def test_an_update_that_returns_something_else_is_told_what_to_return(returned):
    with pytest.raises((TypeError, ValueError), match=r"is not allowed: (update|a mark|the panel of a mark) must "):
        Explorer(View(wave(1, 2).scene, lambda k: returned))


@pytest.mark.parametrize(("controls", "field"), [({}, "controls"), ({"k": [1]}, "values"), ({"k": [1, 1]}, "values")])
def test_bad_controls_are_refused(controls, field):
    with pytest.raises(ValueError, match=field):
        Scene([Panel("wave", (0, 1), (0, 1))], controls)


def test_bad_settings_are_refused():
    made = Explorer(wave(1, 2))
    with pytest.raises(ValueError, match=r"k = 7 is not allowed: k must be one of \(1, 2\)"):
        made.frame(k=7)
    with pytest.raises(ValueError, match="speed is not allowed"):
        made.frame(speed=7)
    with pytest.raises(ValueError, match="start = 5"):
        Control([1, 2], 5)
    with pytest.raises(ValueError, match="k = 7 is not allowed"):
        Explorer(wave(1, 2), k=7)
    with pytest.raises(TypeError, match="a Scene"):
        Explorer(View(lambda: None, lambda k: ([], "Nothing.")))


def test_each_ready_made_explorer_is_exported():
    for make in explore.READY_MADE:
        assert make.__name__ in explore.__all__
        assert getattr(importlib.import_module("adamlib.explore"), make.__name__) is make
        assert make.__doc__
