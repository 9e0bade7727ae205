"""Frames: the positions that the site stores, drawn, packed and remembered; no browser is needed."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("helpers.book_packages", reason="install the group `book` to run these tests")

import adamlib
from adamlib.plots import picture
from book import frames as framing
from book.content import Content
from book.frames import Recipe, chosen, thinned
from helpers.sites import seen_frame

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


@pytest.fixture
def plan(tmp_path):
    return framing.plan(Recipe("wave", WAVE), tmp_path)


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
        seen = seen_frame(frames.folder, frames.grounds[place], frames.sheets[place])
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
    monkeypatch.setattr(framing, "draw_group", None)  # drawing again would fail
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
