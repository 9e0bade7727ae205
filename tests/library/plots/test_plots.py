"""Pictures hold the data they were given, say what is in them, and can be looked at."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

import adamlib as al
from adamlib import plots, style
from adamlib.plots.runs import members
from helpers.pictures import BOWL, cup, empty_axes, lost_run, sweep_of_momentum, three_runs, two_curves

EVERY = {
    "paths of a race": lambda: plots.paths(three_runs()),
    "paths of a sweep": lambda: plots.paths(sweep_of_momentum(), title="A sweep"),
    "paths that diverge": lambda: plots.paths([lost_run(), al.run(al.Adam(0.1), al.rosenbrock(), steps=30)]),
    "one path as an array": lambda: plots.paths(np.array([[1.0, 1.0], [0.5, np.nan], [0, np.inf]]), problem=BOWL),
    "losses of a race": lambda: plots.curves(three_runs(), target=0.1, title="A race"),
    "losses that diverge": lambda: plots.curves(lost_run(), logx=True),
    "losses as arrays": lambda: plots.curves({"a": [3.0, 2.0, 1.0], "b": ([0, 2], [1.0, 0.0])}, logy=False),
    "losses that are zero": lambda: plots.curves({"a": [0.0, 0.0], "b": [1.0, 0.0]}, logx=True),
    "losses that are lost": lambda: plots.curves({"a": [np.nan, np.nan]}),
    "a long walk that explodes": lambda: plots.paths(al.run(al.SGD(0.21), BOWL, steps=5000)),
    "heat map": lambda: plots.heatmap(*cup(), "lr", "β", "loss", mark=(0.5, 1), levels=[0.1, 0.5]),
    "heat map with lost cells": lambda: plots.heatmap(
        np.array([[1, np.inf], [np.nan, 10.0]]), [1, 10], [0.1, 1], "lr", "β", "loss", logx=True, logy=True, logv=True
    ),
    "steps": lambda: plots.steps(three_runs()),
    "steps that diverge": lambda: plots.steps(lost_run()),
    "bars": lambda: plots.bars(0.1 * 0.9 ** np.arange(30), xlabel="age", mark=3),
    "labelled bars": lambda: plots.bars({"m": [0.1, -0.2], "v": [0.01, np.nan]}, labels=["θ₁", "θ₂"]),
    "surface": lambda: plots.surface(three_runs(), title="A race"),
    "surface with a lost run": lambda: plots.surface([lost_run()]),
}


@pytest.mark.parametrize("name", EVERY)
def test_a_picture_can_be_looked_at(name):
    made = EVERY[name]()
    image = Image.open(io.BytesIO(made.png))
    assert (image.format, image.mode) == ("PNG", "P")
    assert image.width == 1400
    assert abs(image.height - 2 * made.height) <= 1  # Matplotlib before 3.10 cuts half a pixel
    assert len(made.png) < 125_000
    assert not image.info
    assert len(image.getcolors()) > 20
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert made.sentence.endswith(".")
    assert "nan" not in made.sentence
    assert "inf " not in made.sentence


@pytest.mark.parametrize("name", ["paths of a race", "heat map", "bars"])
def test_the_same_picture_has_the_same_bytes(name):
    assert EVERY[name]().png == EVERY[name]().png


def test_a_sentence_of_ones_own_replaces_the_default():
    values, x, y = cup()
    said = "Mine."
    for made in (
        plots.paths(three_runs(), sentence=said),
        plots.curves(three_runs(), sentence=said),
        plots.heatmap(values, x, y, "x", "y", "z", sentence=said),
        plots.steps(three_runs(), sentence=said),
        plots.bars([1, 2], sentence=said),
        plots.surface(three_runs(), sentence=said),
    ):
        assert made.sentence == said


def test_a_sweep_is_drawn_in_shades_and_a_race_in_the_optimizers_looks():
    assert [run.look for run in members(three_runs())] == [style.look(name) for name in ("SGD", "Momentum", "Adam")]
    assert [run.look.color for run in members(sweep_of_momentum())] == style.shades(style.look("Momentum").color, 3)


def test_losses_hold_the_curves():
    runs = three_runs()
    moving = plots.draw_curves(empty_axes(), runs)
    for run, line in zip(runs, moving):
        assert np.array_equal(line.get_data(), (run.t, run.loss))
    assert [text.get_text() for text in moving[3:]] == ["SGD", "Momentum", "Adam"]


def test_what_a_logarithm_cannot_show_is_a_gap():
    (line, _) = plots.draw_curves(empty_axes(), {"a": [1.0, 0.0, -1.0, np.inf, 2.0]})
    assert np.array_equal(line.get_ydata(), [1, np.nan, np.nan, np.nan, 2], equal_nan=True)


def test_the_sentence_of_losses():
    assert plots.curves({"a": [3.0, 2.0], "b": [1.0, np.nan]}).sentence == ("Loss at step 1: 2 (a); b diverged at step 1.")
    assert plots.curves({"a": [np.nan, np.inf]}).sentence == "a diverged at step 0."
    many = {f"run {i}": [1.0, i] for i in range(1, 21)}
    assert plots.curves(many).sentence == "Loss at step 1: from 1 (run 1) to 20 (run 20)."
    curves = {"a": [3, 0.5, 2, 0.5, 0.1], "b": [1, 1, 1, 1, 1.0], "c": [0.1] * 5}
    assert plots.curves(curves, target=0.5).sentence == "Loss below 0.5 for good: a from step 3, b never, c from step 0."


@pytest.mark.parametrize(
    ("axes", "said"),
    [
        ({"x": "β₂", "y": "C"}, "C at β₂ = 1: 2 (a)."),
        ({"x": "x", "y": "a"}, "a at x = 1: 2."),
        ({"x": "rank", "y": "steps to touch"}, "Steps to touch at rank 1: 2 (a)."),
        ({"x": "words", "y": "steps", "target": 3}, "Steps below 3 for good: a from words = 0."),
    ],
)
def test_the_sentence_of_other_axes(axes, said):
    assert plots.curves({"a": [1.0, 2.0]}, **axes).sentence == said


def test_a_rule_wears_its_colour_under_the_name_that_people_say():
    spoken, named = style.looks(["gradient descent", "momentum"]), style.looks(["SGD", "Momentum"])
    assert list(spoken.values()) == list(named.values())


def test_what_rounding_decides_is_not_spelt_out():
    assert ": below 1e-15 (a)" in plots.curves({"a": [1.0, 3e-31]}).sentence


def test_an_exploding_curve_does_not_flatten_the_others():
    ax = empty_axes()
    plots.draw_curves(ax, {"tame": [1.0, 0.5], "wild": [1.0, 1e200]})
    assert ax.get_ylim()[1] < 1e5


def test_steps_are_measured_in_learning_rates():
    run = al.run(al.Adam(0.25, eps=0), BOWL, steps=20)
    line, *_ = plots.draw_steps(empty_axes(), run)
    assert line.get_ydata()[0] == pytest.approx(np.sqrt(2))
    assert np.array_equal(line.get_xdata(), run.t[1:])
    assert "Adam 1.41 at first" in plots.steps(run).sentence
    assert "diverged at step" in plots.steps(lost_run()).sentence


def test_bars_hold_the_values():
    values = [0.5, 0.25, 0.125]
    assert [bar.get_height() for bar in plots.draw_bars(empty_axes(), values)] == values
    assert plots.bars(values, labels=["a", "b", "c"]).sentence == "0.5 (a), 0.25 (b), 0.125 (c)."
    assert plots.bars(values, xlabel="age").sentence == "3 bars, 0.875 in all, the largest 0.5 (age = 0)."


@pytest.mark.parametrize(
    ("labels", "worn"),
    [
        (["SGD", "Adam", "AdamW"], ["SGD", "Adam", "AdamW"]),
        (["gradient descent", "momentum", "Adam"], ["SGD", "Momentum", "Adam"]),
        (["SGD", "Adam", "Adam, 8 bit"], ["Adam"] * 3),
        (None, ["Adam"] * 3),
    ],
)
def test_bars_of_rules_wear_their_rules_colours(labels, worn):
    bars = plots.draw_bars(empty_axes(), [1.0, 2.0, 3.0], labels=labels)
    assert [to_hex(bar.get_facecolor()) for bar in bars] == [style.look(name).color for name in worn]
    marked = plots.draw_bars(empty_axes(), [1.0, 2.0, 3.0], labels=labels, mark=1)
    assert [to_hex(bar.get_facecolor()) == style.look(name).color for bar, name in zip(marked, worn)] == [False, True, False]


@pytest.mark.parametrize(
    ("last", "said"), [(3e-31, "below 1e-6"), (2e-7, "below 1e-6"), (2e-5, "2e-05"), (-3e-9, "-3e-09"), (0.0, "below 1e-6")]
)
def test_an_end_that_hangs_on_rounding_is_not_spelt_out(last, said):
    assert repr(plots.curves({"a": [1.0, last]}, title="A")) == f"A. Loss at step 1: {said} (a)."


def test_a_small_curve_keeps_its_end():
    """What is small all along hangs on nothing: 3e-7 beside 1e-6 is spelt out."""
    assert ": 3e-07 (a)" in repr(plots.curves({"a": [1e-6, 3e-7]}, title="A"))


@pytest.mark.parametrize("draw", [plots.curves, plots.steps, plots.paths])
def test_one_curve_is_strong_and_the_others_are_ghosts(draw, monkeypatch):
    kept = []
    monkeypatch.setattr(plots.lines, "draw_lines", lambda ax, lines, *rest: kept.extend(lines) or [])
    monkeypatch.setattr(plots.plane, "draw_path", lambda ax, run, path: kept.append(run) or [])
    runs = dict(zip(("a", "b", "c"), three_runs()))
    draw(runs, strong="b")
    assert [one.look.color == style.GHOST for one in kept] == [True, False, True]
    assert {one.look.dash for one in kept} == {"-"}
    assert kept[1].look.color == style.look("Momentum").color
    with pytest.raises(ValueError, match="strong = 'd' is not allowed: strong must be one of the labels a, b, c"):
        draw(runs, strong="d")


def test_a_logarithmic_axis_says_so():
    ax = empty_axes()
    plots.draw_curves(ax, two_curves(), x="day", logx=True)
    assert ax.get_xlabel() == "day (log)"
    plots.draw_curves(ax, two_curves(), x="day")
    assert ax.get_xlabel() == "day"


@pytest.mark.parametrize(("low", "high"), [(1, 1.5), (1, 3), (2, 50), (0.9, 11), (0.4, 300), (1e-9, 10)])
def test_a_logarithmic_axis_has_at_least_three_ticks(low, high):
    ax = empty_axes()
    plots.draw_curves(ax, {"a": [low, high], "b": [high, low]})
    ax.figure.canvas.draw()
    bottom, top = ax.get_ylim()
    seen = [text.get_text() for text, at in zip(ax.get_yticklabels(), ax.get_yticks()) if bottom <= at <= top]
    assert 3 <= len([text for text in seen if text]) <= 8


def test_steps_of_one_length_have_no_longest_by_rounding():
    """Adam's corrected steps down a straight slope are lr, some of them a bit of the last place longer."""
    hats, bare = (al.run(al.Adam(lr=0.1, bias_correction=on), al.ramp(), steps=100) for on in (True, False))
    assert "1 at first, the longest" in plots.steps([hats]).sentence
    assert "at most 6.57 (step 12)" in plots.steps([bare]).sentence


def drawn_curves(monkeypatch, **arguments):
    """What `curves` draws: the names at the right, and how many dots there are; and the sentence."""
    kept, finish = [], plots.lines.finish_picture
    with monkeypatch.context() as patch:
        patch.setattr(plots.lines, "finish_picture", lambda fig, *rest: kept.append(fig) or finish(fig, *rest))
        sentence = plots.curves(**arguments).sentence
    (ax,) = kept[0].axes
    names = [text.get_text() for text in ax.texts][:-1]  # the last one is the head
    return names, sum(len(line.get_xdata()) for line in ax.lines if line.get_marker() == "o"), sentence


@pytest.mark.parametrize("strong", ["a", "b"])
def test_a_strong_curve_stays_strong_where_another_lies_on_it(strong):
    alike = plots.runs.curves_of({"a": np.ones(3), "b": np.ones(3)}, None, None)
    (one,) = plots.runs.merge_curves(plots.runs.with_emphasis(alike, strong))
    assert one.look.color != style.GHOST


def test_curves_that_lie_on_each_other_are_one_with_two_names(monkeypatch):
    fall = np.array([4.0, 2.0, 1.0])
    runs = {"a": fall, "b": 2 * fall, "c": fall * (1 + 1e-9), "lost": fall * np.nan}
    names, _, sentence = drawn_curves(monkeypatch, runs=runs)
    assert names == ["a = c", "b", "lost"]
    assert sentence == "Loss at step 2: 1 (a), 2 (b), 1 (c); lost diverged at step 0."


@pytest.mark.parametrize(("n", "dots"), [(3, 5), (8, 10), (9, 0)])
def test_where_curves_have_few_points_each_shows(n, dots, monkeypatch):
    assert drawn_curves(monkeypatch, runs={"a": np.ones(n), "b": np.arange(1.0, 3.0)})[1] == dots


def test_a_level_to_compare_with_is_in_sight_and_no_target(monkeypatch):
    runs = {"a": np.array([4.0, 2.0, 1.0])}
    names, _, sentence = drawn_curves(monkeypatch, runs=runs, level={"too high": 100.0})
    assert names == ["a", "too high"]
    assert sentence == "Loss at step 2: 1 (a)."
