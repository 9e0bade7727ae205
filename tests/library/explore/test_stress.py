"""Explorers under stress: random moves, drags, a shared problem, errors, a reader's own broken surface, memory, hostile names.

`make fuzz` makes as many moves as it is told; here they are few.
"""

import asyncio
import gc
import html
import textwrap
import time
import tracemalloc
from html.parser import HTMLParser

import ipywidgets as widgets
import numpy as np
import pytest

import adamlib as al
from adamlib import explore, plots
from adamlib.explore import Control, Explorer, explorer
from adamlib.explore.scene import Line, Panel, Relief, Scene, View, Word
from adamlib.notebook import table
from adamlib.plots.picture import typeset
from helpers import bad_values, notebooks
from helpers.whole import WHOLE, sample


def of_the_docstring() -> Explorer:
    """The view of a reader's own that the docstring shows."""
    code = textwrap.dedent(Explorer.__doc__.partition("in one cell:\n")[2]).strip()
    before, _, last = code.rpartition("\n")
    space: dict = {"np": np, **{one.__name__: one for one in (Explorer, Line, Panel, Scene, View)}}
    exec(before, space)
    return eval(last, space)


MAKERS = {make.__name__: make for make in (*explore.READY_MADE, of_the_docstring)}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "$\\frac{$",
    "a\nb | c",
    "]](javascript:x)",
    "\x00",
    "&lt;",
    "`" * 5,
]
SECONDS = 60.0 if WHOLE else 0.3  # for the moves of one explorer
GROWTH = 250_000  # bytes that ten thousand moves may leave behind, eight frames: caches of Matplotlib fill up, slower and slower


def move(made: Explorer, rng: np.random.Generator) -> None:
    """One control, any of them, to any of its positions."""
    name = rng.choice(list(made.controls))
    values = made.controls[name].values
    made._inputs[name].value = values[rng.integers(len(values))]


def fresh(made: Explorer) -> tuple[bytes, str]:
    """What the present setting shows when it is drawn anew."""
    pixels, sentence = made.stage.draw(**made.values)
    return explorer.jpeg(pixels), typeset(sentence)


def wave(ks=(1, 2, 4, 5, 6, 7), shifts=(0.0, 1.0, 2.0, 3.0)) -> View:
    """A curve that k and a shift move; three is too many."""

    def update(k, shift):
        if k == 3:
            raise ValueError("three is <too> many")
        x = np.linspace(0, 6, 50)
        return [Line("wave", x, np.sin(k * x + shift))], f"{k} waves, {shift} to the left."

    return View(lambda: Scene([Panel("wave", (0, 6), (-1, 1))], {"k": ks, "shift": shifts}), update)


@pytest.mark.parametrize("name", sample(list(MAKERS), every=3))
def test_random_moves_leave_no_stale_picture(name):
    made, rng = MAKERS[name](), np.random.default_rng(0)
    end = time.monotonic() + SECONDS
    for i in range(bad_values.count_examples(8, 0.1)):
        move(made, rng)
        if time.monotonic() > end:
            break
        assert made._error.value == ""
        assert made._picture.tooltip in html.unescape(made._sentence.value)
        if i % 4 == 3:
            frame, sentence = fresh(made)
            assert made._picture.tooltip == sentence
            assert made._picture.value == frame
    print(f"{name}: {i + 1} moves")
    other = MAKERS[name]()
    assert other.frame(**made.values) == made.frame(**made.values), "the way to a setting does not matter"


def test_no_other_notebook_builds_an_explorer():
    read = [notebooks.read(path) for path in notebooks.files()]
    built = [notebook.number for notebook in read if any("Explorer(" in cell.source for cell in notebook.code)]
    assert built == ["00.3"]


def test_a_rapid_drag_ends_where_the_mouse_ends():
    async def drag() -> Explorer:
        made, rng = Explorer(wave()), np.random.default_rng(1)
        for i in range(200):
            move(made, rng)
            if i % 20 == 0:
                await asyncio.sleep(explorer.BREATH / 2)  # while neighbours are made ready
        await asyncio.sleep(explorer.PAUSE + 0.5)
        return made

    made = asyncio.run(drag())
    assert (made._picture.value, made._picture.tooltip) == fresh(made)
    assert made._error.value == ""


def test_two_explorers_that_share_a_problem_do_not_disturb_each_other():
    problem = al.noisy(al.bowl(), seed=1)

    def scene():
        return Scene([Panel("loss", (0, 10), (0, 3))], {"lr": [0.01, 0.05, 0.1], "steps": [5, 10]})

    def update(lr, steps):
        walk = al.run(al.SGD(lr=lr), problem, steps=steps)
        return [Line("loss", walk.t, walk.loss)], f"{walk.loss[-1]:.6g}."

    one, other = (Explorer(View(scene, update)) for _ in range(2))
    rng = np.random.default_rng(2)
    for _ in range(30):
        before = other._picture.value
        move(one, rng)
        assert other._picture.value == before
        move(other, rng)
    assert one._picture.tooltip == fresh(one)[1]
    assert other.frame(lr=0.05) == one.frame(lr=0.05)


def test_a_callback_that_raises_keeps_the_last_good_picture_and_recovers():
    made, rng = Explorer(wave((1, 2, 3, 4), (0.0, 1.0))), np.random.default_rng(3)
    good = made._picture.value
    for _ in range(100):
        move(made, rng)
        if made.values["k"] == 3:
            assert "ValueError: three is &lt;too&gt; many" in made._error.value
            assert made._picture.value == good
        else:
            assert made._error.value == ""
            assert (made._picture.value, made._picture.tooltip) == fresh(made)
            good = made._picture.value


BROKEN = {
    "raises": lambda x, y, a: 1 // int(a > 1) * x,
    "is nan": lambda x, y, a: x * (1.0 if a > 1 else np.nan),
    "is infinite": lambda x, y, a: x / (a - 1.0),
    "is too large": lambda x, y, a: x * (1.0 if a > 1 else 1e308) * 10,
    "is flat": lambda x, y, a: x * (a - 1.0),
    "is one number": lambda x, y, a: 3.0 if a == 1 else x * x,
    "has another shape": lambda x, y, a: np.zeros(7) if a == 1 else x * y,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_surface_of_the_readers_own(name):
    """The setting a = 1 is broken, a = 2 and 3 are not: an error under the sliders or a picture, and both go away."""

    def scene():
        return Scene([Panel("hills", (-2, 2), (-2, 2), plane=True)], {"a": Control([1, 2, 3], 2), "k": [1, 2]})

    def update(a, k):
        problem = al.surface("mine", BROKEN[name], lambda x, y, a: (0.1 * x, 0.1 * y), (1.0, 1.0), a=float(a))
        walk = al.run(al.SGD(lr=0.1), problem, steps=3)
        return [Relief("hills", problem), Line("hills", *walk.theta.T)], f"a = {a}, k = {k}."

    made = Explorer(View(scene, update))
    good = made._picture.value
    made._inputs["a"].value = 1
    if made._error.value:
        assert made._picture.value == good
        assert len(made._error.value) < 600
    else:
        assert made._picture.tooltip == typeset("a = 1, k = 1.")
    made._inputs["a"].value = 2
    assert made._error.value == ""
    assert made._picture.value == good
    made._inputs["a"].value = 3
    assert made._picture.tooltip == typeset("a = 3, k = 1.")


def kept_besides(made: Explorer) -> int:
    """The bytes in use, without the frames that are kept ready, whose sizes differ."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0] - made._bytes


def test_memory_stays_flat(monkeypatch):
    made, rng = Explorer(wave()), np.random.default_rng(4)
    monkeypatch.setattr(explorer, "FRAMES_KEPT", 3 * len(made._picture.value))  # so that almost every move draws
    moves = bad_values.count_examples(150, 1.0)
    tracemalloc.start()
    try:
        for _ in range(60):
            move(made, rng)
        before = kept_besides(made)
        for _ in range(moves):
            move(made, rng)
        after = kept_besides(made)
    finally:
        tracemalloc.stop()
    print(f"{moves} moves, {after - before} bytes")
    assert after - before < GROWTH


# Names that would like to be HTML


class Tags(HTMLParser):
    """The tags in a piece of HTML."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append(tag)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text(name):
    def update(choice):
        if choice == "raise":
            raise ValueError(name)
        return [Word("words", 0, 0, name)], f"{name}."

    controls = {"choice": Control([name, "other", "raise"], label=name)}
    made = Explorer(View(lambda: Scene([Panel("words", (0, 1), (0, 1))], controls, question=name), update))
    assert "text/html" not in made._repr_mimebundle_()[0]
    made._inputs["choice"].value = "other"
    assert Tags(made._sentence.value).found == ["p"]
    made._inputs["choice"].value = "raise"
    assert Tags(made._error.value).found == ["p"]
    shown = [widget for widget in made._inputs.values() if isinstance(widget, widgets.DOMWidget)]
    assert all(widget.description_allow_html is False for widget in shown)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_can_be_drawn(name):
    mine = al.surface(name, lambda x, y: x * x + y * y, lambda x, y: (2 * x, 2 * y), (1, 1))
    walk = al.run(al.SGD(lr=0.1), mine, steps=3)
    for picture in (
        plots.paths([walk, walk], labels=[name, "b"], title=name),
        plots.curves({name: walk, "b": walk}, x=name, y=name),
    ):
        assert set(picture._repr_mimebundle_()[0]) == {"text/plain", "image/png"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_cell_of_a_table_is_text(name):
    lines = table(("a", "b"), [(name, "1")])._repr_markdown_().splitlines()
    assert len(lines) == 3
    assert Tags(lines[2]).found == []
