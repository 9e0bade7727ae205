"""Two painters, one description: every view hands the same marks and the same sentence to both, wherever its sliders stand."""

import importlib.util
import json
import math
import random
import re
from typing import Any

import pytest

from adamlib.explore.control import Control
from adamlib.explore.scene import Dot, Panel, Scene, View
from book.browser.bundle import engine_script, same_bits, view_script
from helpers import notebooks, scripts
from helpers.views import DRAGGED, EXPLORERS_IN_ORDER, PLAYED, explorer_of
from helpers.whole import WHOLE

SETTINGS, OF_MAPS = (400, 60) if WHOLE else (9, 3)
ALIKE = 1e-9  # relative: logarithms and exponentials may differ in their last bits
PLAIN = """(settings) => settings.map((values) => {
    const plain = (x) => typeof x === 'number' && !Number.isFinite(x) ? String(x)
        : Array.isArray(x) ? x.map(plain) : x && x.slope ? x.key : x;
    const [marks, sentence] = adam.views[NAME].update(values);
    return [marks.map((mark) => [mark.constructor.name, ...Object.values(mark).map(plain)]), sentence];
})"""


@pytest.fixture(scope="module", params=scripts.RUNNERS)
def ask(request):
    views = "".join(view_script(name, explorer_of(name).stage.view) for name in EXPLORERS_IN_ORDER)
    with scripts.running_script(request.param, f"{engine_script()}\n{views}") as asks:
        yield asks


def drawn_value(rng: random.Random, control: Control) -> Any:
    """A stop, or a value between two stops where a page offers it."""
    values = control.values
    if not control.between or isinstance(values[0], (bool, str)) or rng.random() < 0.3:
        return rng.choice(values)
    i = rng.randrange(len(values) - 1)
    if all(isinstance(value, int) for value in values):
        return rng.randint(values[i], values[i + 1])
    return float(f"{rng.uniform(values[i], values[i + 1]):.6g}")


def drawn_settings(name: str) -> list[dict[str, Any]]:
    rng, made = random.Random(name), explorer_of(name)
    count = OF_MAPS if "map_of" in view_script(name, made.stage.view) else SETTINGS
    some = [{key: drawn_value(rng, control) for key, control in made.controls.items()} for _ in range(count)]
    return [made.values, *some]


def plain(thing: Any) -> Any:
    """A mark's field as JavaScript hands it over."""
    if isinstance(thing, float) and not math.isfinite(thing):
        return {"inf": "Infinity", "-inf": "-Infinity"}.get(str(thing), "NaN")
    if isinstance(thing, (list, tuple)):
        return [plain(part) for part in thing]
    if getattr(thing, "formula", None) is not None:
        return json.dumps([thing.name, thing.formula.parameters], separators=(",", ":"))
    return thing


def difference(here: Any, there: Any, at: str = "") -> str:
    """Where two display lists differ first, or nothing."""
    if isinstance(here, list) and isinstance(there, list):
        if len(here) != len(there):
            return f"{at}: {len(here)} here, {len(there)} there"
        return next((found for i, pair in enumerate(zip(here, there)) if (found := difference(*pair, f"{at}[{i}]"))), "")
    if isinstance(here, str) and here.startswith("["):
        here, there = json.loads(here), json.loads(there)
    numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (here, there))
    same = math.isclose(here, there, rel_tol=ALIKE, abs_tol=1e-300) if numbers else here == there
    return "" if same else f"{at}: {here!r} here, {there!r} there"


@pytest.mark.parametrize("name", EXPLORERS_IN_ORDER)
def test_both_painters_are_told_the_same(ask, name):
    settings = drawn_settings(name)
    for first in range(0, len(settings), 10):
        some = settings[first : first + 10]
        for values, (marks, sentence) in zip(some, ask(PLAIN.replace("NAME", json.dumps(name)), some)):
            here, said = explorer_of(name).stage.view.marks(**values)
            assert sentence == said, values
            listed = [[type(mark).__name__, *(plain(part) for part in mark)] for mark in here]
            assert not difference(listed, marks), values


def test_the_view_of_the_contributors_is_short_and_moves_in_both(ask, tmp_path):
    text = (notebooks.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code.strip().split("\n")) < 40
    (tmp_path / "valleys_of_contributors.py").write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("valleys_of_contributors", tmp_path / "valleys_of_contributors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.valleys(lr=0.02)
    ask(f"() => {{ {view_script('valleys', made.stage.view)} }}", None)
    settings = [made.values, {"lr": 0.013, "x": -3.2, "y": 1.7}, {"lr": 0.02, "x": 4.0, "y": 4.0}]
    for values, (_, said) in zip(settings, ask(PLAIN.replace("NAME", '"valleys"'), settings)):
        assert said == made.stage.view.marks(**values)[1]


def test_bits_are_promised_where_no_browser_decides():
    def scene():
        return Scene([Panel("fall", (0, 1), (0, 1))], {"k": Control([1.0, 2.0])})

    def update(k):
        return [Dot("fall", k, math.exp(-k))], "It falls."

    assert not same_bits("fall", View(scene, update))
    assert same_bits("race", explorer_of("race").stage.view)  # a logarithm places its words, and nothing else
    assert same_bits("rotation", explorer_of("rotation").stage.view)  # cosines and sines are tables


@pytest.mark.parametrize("name", EXPLORERS_IN_ORDER)
def test_a_view_is_asked_for_its_panels_by_name(name):
    scene = explorer_of(name).stage.scene
    panels = [panel.name for panel in scene.panels]
    marks, _ = explorer_of(name).stage.view.marks(**explorer_of(name).values)
    assert len(set(panels)) == len(panels)
    assert {mark.panel for mark in (*scene.fixed, *marks)} <= set(panels)
    assert scene.question.endswith("?")
    assert bool(scene.drag) == (name in DRAGGED)
    assert any(control.play for control in scene.controls.values()) == (name in PLAYED)
