"""Pictures hold the data they were given, say what is in them, and can be looked at."""

import base64
import io
import itertools

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

import adamlib as al
from adamlib import plots, style
from adamlib.plots import labels as place
from adamlib.plots import picture
from adamlib.plots.runs import members
from adamlib.plots.surface import Landscape

BOWL = al.bowl()


def race(steps=30):
    return [al.run(rule, BOWL, steps=steps) for rule in (al.SGD(0.1), al.Momentum(0.05), al.Adam(0.2))]


def sweep():
    return al.run(al.Momentum(0.02, **al.grid(beta=[0, 0.5, 0.9])), BOWL, steps=30)


def lost():
    """Diverges to inf and then nan."""
    return al.run(al.SGD(0.01), al.rosenbrock(), steps=30)


def cup(n=12):
    x, y = np.linspace(0, 1, n), np.linspace(0, 2, n + 1)
    return (x - 0.5) ** 2 + (y[:, None] - 1) ** 2, x, y


def three_cups():
    values, x, y = cup()
    return {name: (values + lift, x + 0.01, y + 0.1) for name, lift in (("a", 0.0), ("b", 0.1), ("c", np.inf))}


def touch_and_settle():
    return [0.001, 0.01, 0.1, 1.0], {
        "SGD": ([900, 90, np.nan, np.nan], [900, 95, np.nan, np.nan]),
        "Adam": ([2000, 400, 50, 20], [2000, 410, 80, np.nan]),
    }


EVERY = {
    "paths of a race": lambda: plots.paths(race()),
    "paths of a sweep": lambda: plots.paths(sweep(), title="A sweep"),
    "paths that diverge": lambda: plots.paths([lost(), al.run(al.Adam(0.1), al.rosenbrock(), steps=30)]),
    "one path as an array": lambda: plots.paths(np.array([[1.0, 1.0], [0.5, np.nan], [0, np.inf]]), problem=BOWL),
    "losses of a race": lambda: plots.curves(race(), target=0.1, title="A race"),
    "losses that diverge": lambda: plots.curves(lost(), logx=True),
    "losses as arrays": lambda: plots.curves({"a": [3.0, 2.0, 1.0], "b": ([0, 2], [1.0, 0.0])}, logy=False),
    "losses that are zero": lambda: plots.curves({"a": [0.0, 0.0], "b": [1.0, 0.0]}, logx=True),
    "losses that are lost": lambda: plots.curves({"a": [np.nan, np.nan]}),
    "a long walk that explodes": lambda: plots.paths(al.run(al.SGD(0.21), BOWL, steps=5000)),
    "heat map": lambda: plots.heatmap(*cup(), "lr", "β", "loss", mark=(0.5, 1), levels=[0.1, 0.5]),
    "heat map with lost cells": lambda: plots.heatmap(
        np.array([[1, np.inf], [np.nan, 10.0]]), [1, 10], [0.1, 1], "lr", "β", "loss", logx=True, logy=True, logv=True
    ),
    "heat maps": lambda: plots.heatmaps(three_cups(), "lr", "λ", "loss", lines={"b": ([0.1, 1], [1, 2])}, span=0.5),
    "steps": lambda: plots.steps(race()),
    "steps that diverge": lambda: plots.steps(lost()),
    "bars": lambda: plots.bars(0.1 * 0.9 ** np.arange(30), xlabel="age", mark=3),
    "labelled bars": lambda: plots.bars({"m": [0.1, -0.2], "v": [0.01, np.nan]}, labels=["θ₁", "θ₂"]),
    "sensitivity": lambda: plots.sensitivity(*touch_and_settle()),
    "surface": lambda: plots.surface(race(), title="A race"),
    "surface with a lost run": lambda: plots.surface([lost()]),
    "bands": lambda: plots.bands(None, {"SGD": np.exp(-np.arange(20) + np.random.default_rng(0).normal(size=(5, 20)))}),
    "bands with a lost seed": lambda: plots.bands([1, 2, 3], {"Adam": [[1, 2, np.nan], [1, 1, np.inf], [2, 2, 2]]}),
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
    seen = np.asarray(image.convert("RGB")).reshape(-1, 3)
    assert len(np.unique(seen, axis=0)) > 20
    assert (seen[0] == 255).all()
    assert made.sentence.endswith(".")
    assert "nan" not in made.sentence
    assert "inf " not in made.sentence


@pytest.mark.parametrize("name", ["paths of a race", "heat map", "bars"])
def test_the_same_picture_has_the_same_bytes(name):
    assert EVERY[name]().png == EVERY[name]().png


def test_a_picture_hands_out_its_sentence_and_its_size():
    made = plots.bars([1, 2])
    data, about = made._repr_mimebundle_()
    assert repr(made) == data["text/plain"] == about["image/png"]["alt"] == made.sentence
    assert base64.b64decode(data["image/png"]) == made.png
    assert (about["image/png"]["width"], about["image/png"]["height"]) == (700, made.height)


def test_a_figure_of_ones_own_becomes_a_picture():
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([1, 2])
    made = plots.render(figure, "A line from 1 to 2.", width=400)
    assert Image.open(io.BytesIO(made.png)).width == 800
    assert made.sentence == "A line from 1 to 2."
    with pytest.raises(ValueError, match="sentence = '' is not allowed"):
        plots.render(figure, "")


def test_a_sentence_of_ones_own_replaces_the_default():
    values, x, y = cup()
    said = "Mine."
    rates, curves = touch_and_settle()
    for made in (
        plots.paths(race(), sentence=said),
        plots.curves(race(), sentence=said),
        plots.heatmap(values, x, y, "x", "y", "z", sentence=said),
        plots.steps(race(), sentence=said),
        plots.bars([1, 2], sentence=said),
        plots.sensitivity(rates, curves, sentence=said),
        plots.surface(race(), sentence=said),
        plots.bands(None, {"a": [[1, 2]]}, sentence=said),
    ):
        assert made.sentence == said


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.012345, "0.0123"),
        (-1.5, "-1.5"),
        (1.0, "1"),
        (999.9, "1000"),
        (12345, "12300"),
        (1.2345e-5, "1.23e-05"),
        (2.5e7, "2.5e+07"),
        (-1e300, "-1e+300"),
        (np.float32(0.1), "0.1"),
        (np.inf, "infinite"),
        (-np.inf, "-infinite"),
        (np.nan, "not a number"),
    ],
)
def test_numbers_as_text(x, text):
    assert plots.number(x) == text
    assert text.isascii()


def test_numbers_are_set_as_a_printer_would():
    assert picture.typeset("from -1.2e-05 to 3e+07, x-1") == "from −1.2\u00a0×\u00a010⁻⁵ to 3\u00a0×\u00a010⁷, x-1"


def test_paths_hold_the_points():
    runs = race()
    ax = axes()
    moving = plots.draw_paths(ax, runs, window=BOWL.window)
    lines = moving[0:6:2]
    for run, line, mark in zip(runs, lines, moving[1:6:2]):
        assert np.array_equal(np.stack(line.get_data(), axis=1), run.theta)
        assert np.array_equal(np.ravel(mark.get_data()), run.theta[-1])
    assert (ax.get_xlim(), ax.get_ylim()) == BOWL.window
    assert [text.get_text() for text in moving[6:]] == ["SGD", "Momentum", "Adam"]


def test_a_window_that_was_not_given_is_widened_to_one_scale():
    ax = axes()
    plots.draw_paths(ax, race())
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    assert (x1 - x0) / ax.bbox.width == pytest.approx((y1 - y0) / ax.bbox.height)
    assert x0 <= -2.5
    assert x1 >= 2.5
    assert y0 <= -1.5
    assert y1 >= 1.5


def test_the_sentence_of_paths_has_the_losses():
    runs = race(steps=30)
    sgd, momentum, adam = (plots.number(run.loss[-1]) for run in runs)
    assert plots.paths(runs).sentence == (
        f"After 30 steps on the bowl: SGD (lr 0.1) is at loss {sgd}, Momentum (lr 0.05) at {momentum}, Adam (lr 0.2) at {adam}."
    )


def test_the_sentence_of_a_sweep_says_once_what_is_shared():
    text = plots.paths(sweep()).sentence
    assert text.startswith("After 30 steps of Momentum (lr 0.02) on the bowl: β = 0 is at loss ")


def test_divergence_is_said_and_not_drawn():
    run = lost()
    made = plots.paths([run, al.run(al.Adam(0.1), al.rosenbrock(), steps=30)])
    first = members(run)[0].diverged
    assert f"SGD (lr 0.01) diverged at step {first}, Adam (lr 0.1) is at loss" in made.sentence
    ax = axes()
    line, mark, label = plots.draw_paths(ax, run)
    assert np.isfinite(line.get_data()).all()
    assert np.isnan(mark.get_data()).all()
    assert label.get_text() == "SGD, diverged"


def test_leaving_the_picture_is_said():
    run = al.run(al.SGD(0.22), BOWL, steps=40)
    outside = ~((abs(run.theta[:, 0]) <= 2.5) & (abs(run.theta[:, 1]) <= 1.5))
    step = run.t[np.flatnonzero(~outside)[-1] + 1]
    made = plots.paths(run, window=BOWL.window)
    assert f"left the picture at step {step} and is at loss {plots.number(run.loss[-1])}." in made.sentence


def test_many_runs_are_summed_up():
    many = al.run(al.SGD(**al.grid(lr=np.geomspace(0.001, 0.15, 12))), BOWL, steps=50)
    best = many.loss[-1].argmin()
    rate = plots.number(many.optimizer.lr.ravel()[best], 4)
    assert f"the lowest loss of 12 runs is {plots.number(many.loss[-1].min())} (lr = {rate})" in plots.paths(many).sentence


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        (lambda: al.run(al.SGD(), BOWL, steps=1), ["SGD"]),
        (sweep, ["β = 0", "β = 0.5", "β = 0.9"]),
        (lambda: {"mine": sweep()}, ["mine, β = 0", "mine, β = 0.5", "mine, β = 0.9"]),
        (lambda: {"a": race()[0], "b": race()[1]}, ["a", "b"]),
        (lambda: [al.run(al.SGD(lr), BOWL, steps=1) for lr in (0.1, 0.2)], ["lr = 0.1", "lr = 0.2"]),
        (lambda: [race(1)[0], race(1)[0]], ["run 1", "run 2"]),
        (
            lambda: [race(1)[0], al.run(al.Adam(0.1), BOWL, steps=1), al.run(al.Adam(0.2), BOWL, steps=1)],
            ["SGD", "Adam lr = 0.1", "Adam lr = 0.2"],
        ),
        (
            lambda: [al.run(al.Adam(bias_correction=flag), BOWL, steps=1) for flag in (True, False)],
            ["corrected", "not corrected"],
        ),
        (
            lambda: al.run(al.Adam(**al.grid(beta1=[0.5, 0.9], beta2=[0.9])), BOWL, steps=1),
            ["β₁ = 0.5", "β₁ = 0.9"],
        ),
        (lambda: al.run(al.SGD(), BOWL, start=[[1.0, 2.0], [3.0, 4.0]], steps=1), ["from (1, 2)", "from (3, 4)"]),
        (lambda: [al.run(al.SGD(), p, steps=1) for p in (BOWL, al.saddle())], ["bowl", "saddle"]),
    ],
)
def test_labels_say_what_sets_runs_apart(runs, names):
    assert [run.label for run in members(runs())] == names


def test_a_sweep_is_drawn_in_shades_and_a_race_in_the_optimizers_looks():
    assert [run.look for run in members(race())] == [style.look(name) for name in ("SGD", "Momentum", "Adam")]
    assert [run.look.color for run in members(sweep())] == style.shades(style.look("Momentum").color, 3)


def test_losses_hold_the_curves():
    runs = race()
    moving = plots.draw_curves(axes(), runs)
    for run, line in zip(runs, moving):
        assert np.array_equal(line.get_data(), (run.t, run.loss))
    assert [text.get_text() for text in moving[3:]] == ["SGD", "Momentum", "Adam"]


def test_what_a_logarithm_cannot_show_is_a_gap():
    (line, _) = plots.draw_curves(axes(), {"a": [1.0, 0.0, -1.0, np.inf, 2.0]})
    assert np.array_equal(line.get_ydata(), [1, np.nan, np.nan, np.nan, 2], equal_nan=True)


def test_the_sentence_of_losses():
    assert plots.curves({"a": [3.0, 2.0], "b": [1.0, np.nan]}).sentence == (
        "At step 1 the loss is 2 for a; b diverged at step 1."
    )
    assert plots.curves({"a": [np.nan, np.inf]}).sentence == "a diverged at step 0."
    many = {f"run {i}": [1.0, i] for i in range(1, 21)}
    assert plots.curves(many).sentence == "At step 1 the loss is between 1 (run 1) and 20 (run 20)."
    curves = {"a": [3, 0.5, 2, 0.5, 0.1], "b": [1, 1, 1, 1, 1.0], "c": [0.1] * 5}
    assert plots.curves(curves, target=0.5).sentence == "Below loss 0.5 for good: a from step 3, b never, c from step 0."


def test_what_rounding_decides_is_not_spelt_out():
    assert "is below 1e-15 for a" in plots.curves({"a": [1.0, 3e-31]}).sentence


def test_an_exploding_curve_does_not_flatten_the_others():
    ax = axes()
    plots.draw_curves(ax, {"tame": [1.0, 0.5], "wild": [1.0, 1e200]})
    assert ax.get_ylim()[1] < 1e5


def test_heat_map_holds_the_values_and_names_the_best():
    values, x, y = cup(11)
    values[0, 0] = np.inf
    ax = axes()
    (mark,) = plots.draw_heatmap(ax, values, x, y, "lr", mark=(0.2, 1.4))
    drawn = ax.collections[0].get_array()
    assert np.array_equal(drawn.compressed(), values[np.isfinite(values)])
    assert drawn.mask.sum() == 1
    assert np.array_equal(np.ravel(mark.get_data()), [0.2, 1.4])
    assert "diverged" in [text.get_text() for text in ax.texts]
    said = plots.heatmap(values, x, y, "lr", "β", "loss").sentence
    i, j = np.unravel_index(np.argmin(values), values.shape)
    best = f"{plots.number(values[i, j])}, at lr = {plots.number(x[j])} and β = {plots.number(y[i])}"
    assert said == f"The lowest loss is {best}; 1 of 132 settings diverged."
    assert "highest" in plots.heatmap(values, x, y, "lr", "β", "share", best="highest").sentence
    values[:] = np.nan
    assert plots.heatmap(values, x, y, "lr", "β", "loss").sentence == "All 132 settings diverged."


def test_heat_maps_share_their_colours_and_name_each_best():
    maps = three_cups()
    maps["b"][0][0, 0] = np.nan
    said = plots.heatmaps(maps, "lr", "λ", "loss").sentence
    best, low = np.min(maps["a"][0]), np.nanmin(maps["b"][0])
    assert said == (
        f"The lowest loss: {plots.number(best)} for a, at lr = 0.465 and λ = 1.1; "
        f"{plots.number(low)} for b, at lr = 0.465 and λ = 1.1 (1 of 156 diverged); all diverged for c."
    )
    assert plots.heatmaps(maps, "lr", "λ", "loss", sentence="Three maps.").sentence == "Three maps."


def test_cells_meet_halfway_on_a_logarithmic_axis():
    from adamlib.plots.maps import edges

    assert edges(np.array([1.0, 100.0]), log=True) == pytest.approx([0.1, 10, 1000])
    assert edges(np.array([1.0, 3.0]), log=False) == pytest.approx([0, 2, 4])


def test_steps_are_measured_in_learning_rates():
    run = al.run(al.Adam(0.25, eps=0), BOWL, steps=20)
    line, *_ = plots.draw_steps(axes(), run)
    assert line.get_ydata()[0] == pytest.approx(np.sqrt(2))
    assert np.array_equal(line.get_xdata(), run.t[1:])
    assert "Adam 1.41 at first" in plots.steps(run).sentence
    assert "diverged at step" in plots.steps(lost()).sentence


def test_bars_hold_the_values():
    values = [0.5, 0.25, 0.125]
    assert [bar.get_height() for bar in plots.draw_bars(axes(), values)] == values
    assert plots.bars(values, labels=["a", "b", "c"]).sentence == "0.5 (a), 0.25 (b), 0.125 (c)."
    assert plots.bars(values, xlabel="age").sentence == "3 bars, 0.875 in all, the largest 0.5 (age = 0)."


def test_sensitivity_keeps_touching_and_settling_apart():
    rates, curves = touch_and_settle()
    moving = plots.draw_sensitivity(axes(), rates, curves)
    for (touch, settle), (hollow, filled, never) in zip(curves.values(), triples(moving)):
        assert np.array_equal(hollow.get_ydata(), touch, equal_nan=True)
        assert np.array_equal(filled.get_ydata(), settle, equal_nan=True)
        assert np.array_equal(never.get_xdata(), np.array(rates)[np.isnan(settle)])
    assert plots.sensitivity(rates, curves).sentence == (
        "Fewest steps to stay: SGD 95 at lr 0.01, Adam 80 at lr 0.1. To touch: SGD 90 at lr 0.01, Adam 20 at lr 1."
    )


def test_a_marked_rate_has_its_ring_on_the_curve_or_among_the_crosses():
    ax = axes()
    rates, curves = touch_and_settle()
    before = len(ax.lines)
    plots.draw_sensitivity(ax, rates, curves, mark={"SGD": 0.01, "Adam": 0.09})
    rings = [line for line in ax.lines[before:] if line.get_marker() == "o" and line.get_markersize() == 12]
    assert [float(ring.get_ydata()[0]) for ring in rings] == [95, 95, 80, 80]
    assert [float(ring.get_xdata()[0]) for ring in rings] == [0.01, 0.01, 0.1, 0.1]
    ax = axes()
    plots.draw_sensitivity(ax, [1, 2], {"lost": ([np.nan, 5], [np.nan, np.nan])}, mark={"lost": 1})
    ring = next(line for line in ax.lines if line.get_markersize() == 12)
    assert ring.get_ydata()[0] > 1
    assert ring.get_transform() == ax.get_xaxis_transform()


def triples(items):
    return [items[i : i + 3] for i in range(0, len(items), 3)]


def test_bands_hold_median_and_quantiles():
    rows = np.arange(1.0, 12.0)[:, None] * np.array([1.0, 2.0])
    fill, line, _ = plots.draw_bands(axes(), [0, 1], {"Adam": rows})
    assert np.array_equal(line.get_ydata(), np.median(rows, axis=0))
    edge = fill.get_paths()[0].vertices[:, 1]
    assert np.allclose([edge.min(), edge.max()], [2, 20])
    assert plots.bands([0, 1], {"Adam": rows}).sentence == (
        "The median loss of 11 seeds at step 1, and the range of the middle 80 %: Adam 12 (4 to 20)."
    )


def test_the_path_lies_on_the_surface_and_hides_behind_it():
    ridge = al.surface("ridge", lambda x, y: 10 * np.exp(-9 * y * y), lambda x, y: (0 * x, 0 * y), (0, 1))
    window = np.array([[-1.0, -1.0], [1.0, 1.0]])
    land = Landscape(ridge, window, (20, -90))
    front, behind = land.on(np.array([[0.0, -0.6]])), land.on(np.array([[0.0, 0.5]]))
    assert not land.hidden(front).any()
    assert land.hidden(behind).all()
    walk = land.walk(np.array([[-1.0, -1.0], [1.0, 1.0]]))
    assert np.allclose(walk[:, 2], land.height(walk[:, :2]), atol=0.005)
    assert walk[:, 2].max() > 0.95
    assert np.isnan(land.on(np.array([[2.0, 0.0]]))).any()


def test_surface_holds_the_points():
    figure = style.figure(300)
    ax = figure.add_subplot(projection="3d")
    run = race(steps=5)[0]
    whole, _, mark = plots.draw_surface(ax, run)
    u = (run.theta - [-2.5, -1.5]) / [5, 3]
    x, y, _ = whole.get_data_3d()
    assert np.allclose(np.stack([x, y], axis=1)[::12], u)
    assert np.allclose(np.ravel(mark.get_data_3d())[:2], u[-1])


@pytest.mark.parametrize("wanted", [[0, 0, 0], [10, 12, 90, 91, 92], [100, 100, 100, 0], [50]])
def test_labels_are_moved_apart_and_no_further(wanted):
    placed = place.separated(np.array(wanted, float), 15, -5, 105)
    gaps = np.diff(np.sort(placed))
    assert (gaps >= 15 - 1e-9).all()
    assert placed.min() >= -5 - 1e-9
    assert placed.max() <= 105 + 1e-9
    assert (np.argsort(placed, kind="stable") == np.argsort(wanted, kind="stable")).all()
    if len(wanted) == 1:
        assert placed[0] == wanted[0]


@pytest.mark.parametrize("n", [2, 5, 9])
def test_labels_at_ends_do_not_overlap(n):
    ax = axes()
    moving = plots.draw_curves(ax, {f"curve {i}": [1.0, 0.5 + 0.001 * i] for i in range(n)})
    assert_apart(ax, moving[n:])


@pytest.mark.parametrize("problem", [al.rosenbrock(), al.himmelblau(), BOWL])
def test_labels_on_paths_do_not_overlap(problem):
    rules = (al.SGD(0.001), al.Momentum(0.001), al.Nesterov(0.001), al.AdaGrad(0.5), al.RMSProp(0.05), al.Adam(0.1))
    ax = axes()
    moving = plots.draw_paths(ax, [al.run(rule, problem, steps=60) for rule in rules])
    texts = moving[2 * len(rules) :]
    assert_apart(ax, texts)
    for text in texts:
        box = text.get_window_extent()
        assert ax.bbox.x0 <= box.x0
        assert ax.bbox.x1 >= box.x1
        assert ax.bbox.y0 <= box.y0
        assert ax.bbox.y1 >= box.y1


def assert_apart(ax, texts):
    ax.figure.canvas.draw()
    boxes = [Text.get_window_extent(text) for text in texts]  # without the hairline to the curve
    for a, b in itertools.combinations(boxes, 2):
        assert not a.overlaps(b)


def axes():
    return style.panel(style.figure(420), 60, 40, 110, 40)


def test_flat_colours_survive_the_palette():
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    image[:20], image[20:30] = 255, (213, 94, 0)
    back = np.asarray(Image.open(io.BytesIO(picture.encoded(image))).convert("RGB"))
    assert np.array_equal(back[:30], image[:30])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.paths([]), r"runs = \[\] is not allowed"),
        (lambda: plots.paths(3), "runs of type int is not allowed"),
        (lambda: plots.paths(np.zeros((3, 2))), "problem = None is not allowed"),
        (lambda: plots.paths([np.zeros((3, 4))], problem=BOWL), r"runs of shape \(3, 4\) is not allowed"),
        (lambda: plots.paths(race(), labels=["a"]), "labels of length 1 is not allowed"),
        (lambda: plots.paths({"a": race()[0]}, labels=["b"]), "labels is not allowed"),
        (lambda: plots.paths(race(), window=((1, 0), (0, 1))), "window = .* is not allowed"),
        (lambda: plots.paths(al.run(al.SGD(), al.quadratic([1.0, 2, 3]))), "problem with 3 parameters is not allowed"),
        (lambda: plots.curves([[1, 2]]), "runs of arrays is not allowed"),
        (lambda: plots.curves({"a": [[1.0, 2.0]]}), r"runs\['a'\] of shape \(1, 2\)"),
        (lambda: plots.steps(al.run(al.SGD(), BOWL, every=5)), "every above 1 is not allowed"),
        (lambda: plots.heatmap(np.zeros((2, 3)), [1, 2], [1, 2, 3], "x", "y", "z"), r"values of shape \(2, 3\) is not allowed"),
        (lambda: plots.heatmap(np.zeros((2, 2)), [2, 1], [1, 2], "x", "y", "z"), r"x of shape \(2,\) is not allowed"),
        (lambda: plots.heatmaps({"a": (np.zeros((2, 3)), [1, 2], [1, 2])}, "x", "y", "z"), r"values of shape \(2, 3\)"),
        (lambda: plots.heatmaps(three_cups(), "x", "y", "z", lines={"b": 1}), r"lines\['b'\] of shape \(\) is not allowed"),
        (lambda: plots.heatmaps(three_cups(), "x", "y", "z", lines={"b": [[1, 2]] * 3}), r"lines\['b'\] of length 3"),
        (lambda: plots.heatmaps(three_cups(), "x", "y", "z", lines={"B": [[1, 2]] * 2}), "lines of 'B' is not allowed: .*maps"),
        (lambda: plots.heatmap(np.zeros((2, 2)), [1, 2], [1, 2], "x", "y", "z", best="min"), "best = 'min' is not allowed"),
        (lambda: plots.bars([]), r"values of shape \(0,\) is not allowed"),
        (lambda: plots.bars([1, 2], labels=["a"]), "labels = .* is not allowed"),
        (lambda: plots.bars([1, 2], x=[1]), r"x of shape \(1,\) is not allowed"),
        (lambda: plots.sensitivity([1, 0.5], {}), r"rates of shape \(2,\) is not allowed"),
        (lambda: plots.sensitivity([1, 2], {}), "curves is not allowed"),
        (lambda: plots.sensitivity([1, 2], {"a": ([1], [2])}), r"curves\['a'\] is not allowed"),
        (lambda: plots.bands(None, [1, 2]), "curves is not allowed"),
        (lambda: plots.bands([1, 2], {"a": [[1.0]]}), r"curves\['a'\] of shape \(1, 1\) is not allowed"),
        (lambda: plots.bands(None, {"a": [[1.0]]}, quantiles=(0.9, 0.1)), "quantiles = .* is not allowed"),
    ],
)
def test_what_cannot_be_drawn_is_named(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def two_curves():
    return {"agree": [0.0, 5.0, 9.8765], "alternate": [0.0, 1.0, -0.52632]}


def test_a_title_says_the_message_and_the_plain_text_holds_what_was_drawn():
    """The last value of every curve, three digits; no caption under the picture; another curve is another text."""
    plain = plots.curves(two_curves(), y="memory", logy=False)
    titled = plots.curves(two_curves(), y="memory", logy=False, title="What agrees adds up")
    assert titled.sentence == "What agrees adds up."
    text = titled._repr_mimebundle_()[0]["text/plain"]
    assert text == "What agrees adds up. At step 2 the memory is 9.88 for agree, -0.526 for alternate."
    assert titled._repr_mimebundle_()[1]["image/png"]["alt"] == "What agrees adds up."
    assert titled.height == plots.render(style.figure(376), "A.").height - picture.caption("A.", 700).shape[0] // 2
    assert repr(plain) == plain.sentence
    other = plots.curves({**two_curves(), "agree": [0.0, 5.0, 9.5]}, y="memory", logy=False, title="What agrees adds up")
    assert repr(other) != repr(titled)


def test_a_title_and_a_sentence_stand_before_what_was_drawn():
    walks = plots.paths(race(), title="The memory carries the walk", sentence="Thirty steps each.")
    assert walks.sentence == "The memory carries the walk. Thirty steps each."
    assert repr(walks).startswith("The memory carries the walk. Thirty steps each. After 30 steps on the bowl: SGD (lr 0.1)")
    values, x, y = cup()
    best = plots.heatmap(values, x, y, "lr", "β", "loss", title="One corner is good")
    assert repr(best).startswith("One corner is good. The lowest loss is ")


@pytest.mark.parametrize(
    ("last", "said"), [(3e-31, "below 1e-6"), (2e-7, "below 1e-6"), (2e-5, "2e-05"), (-3e-9, "-3e-09"), (0.0, "below 1e-6")]
)
def test_an_end_that_hangs_on_rounding_is_not_spelt_out(last, said):
    assert repr(plots.curves({"a": [1.0, last]}, title="A")) == f"A. At step 1 the loss is {said} for a."


def test_a_small_curve_keeps_its_end():
    """What is small all along hangs on nothing: 3e-7 beside 1e-6 is spelt out."""
    assert "is 3e-07 for a" in repr(plots.curves({"a": [1e-6, 3e-7]}, title="A"))


@pytest.mark.parametrize("draw", [plots.curves, plots.steps, plots.paths])
def test_one_curve_is_strong_and_the_others_are_ghosts(draw, monkeypatch):
    kept = []
    monkeypatch.setattr(plots.lines, "draw_lines", lambda ax, lines, *rest: kept.extend(lines) or [])
    monkeypatch.setattr(plots.plane, "draw_path", lambda ax, run, path: kept.append(run) or [])
    runs = dict(zip(("a", "b", "c"), race()))
    draw(runs, strong="b")
    assert [one.look.color == style.GHOST for one in kept] == [True, False, True]
    assert {one.look.dash for one in kept} == {"-"}
    assert kept[1].look.color == style.look("Momentum").color
    with pytest.raises(ValueError, match="strong = 'd' is not allowed: strong must be one of the labels a, b, c"):
        draw(runs, strong="d")


def test_the_former_names_warn_and_draw_the_same():
    with pytest.warns(DeprecationWarning, match=r"plots\.losses is now plots\.curves"):
        old = plots.losses(two_curves(), logy=False)
    assert old == plots.curves(two_curves(), logy=False)
    with pytest.warns(DeprecationWarning, match=r"plots\.draw_losses is now plots\.draw_curves"):
        assert len(plots.draw_losses(axes(), two_curves())) == 4


def test_a_logarithmic_axis_says_so():
    ax = axes()
    plots.draw_curves(ax, two_curves(), x="day", logx=True)
    assert ax.get_xlabel() == "day (log)"
    plots.draw_curves(ax, two_curves(), x="day")
    assert ax.get_xlabel() == "day"


@pytest.mark.parametrize(("low", "high"), [(1, 1.5), (1, 3), (2, 50), (0.9, 11), (0.4, 300), (1e-9, 10)])
def test_a_logarithmic_axis_has_at_least_three_ticks(low, high):
    ax = axes()
    plots.draw_curves(ax, {"a": [low, high], "b": [high, low]})
    ax.figure.canvas.draw()
    bottom, top = ax.get_ylim()
    seen = [text.get_text() for text, at in zip(ax.get_yticklabels(), ax.get_yticks()) if bottom <= at <= top]
    assert 3 <= len([text for text in seen if text]) <= 8


def test_no_label_covers_the_end_of_a_path():
    ax = axes()
    moving = plots.draw_paths(ax, race())
    ax.figure.canvas.draw()
    boxes = [part.get_window_extent() for part in moving if isinstance(part, Text)]
    for run in race():
        x, y = ax.transData.transform(run.theta[-1])
        assert not any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for box in boxes)


def test_small_pictures_stand_beside_each_other():
    """Each drawn anew in its third, without a caption of its own; the plain text says what all of them hold."""
    parts = [plots.curves(two_curves(), title="One"), plots.paths(race(), title="Two"), plots.curves(race())]
    row = plots.beside(*parts, sentence="Three limits.")
    assert row.sentence == "Three limits."
    assert repr(row) == "Three limits. " + " ".join(map(repr, parts))
    assert row.width == style.WIDTH
    image = np.asarray(Image.open(io.BytesIO(row.png)).convert("RGB"))
    assert image.shape[1] == style.WIDTH * 2
    for third in np.array_split(image[: image.shape[0] // 2], 3, axis=1):
        assert (third < 128).any()
    assert row.height < parts[0].height
    assert plots.beside(*parts[:2]).sentence == " ".join(map(repr, parts[:2]))
    again = plots.curves(two_curves(), title="One")
    assert again == parts[0]  # nothing stays narrow


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_row_holds_two_to_four_pictures(n):
    with pytest.raises(ValueError, match=f"pictures of length {n} is not allowed: pictures must be from 2 to 4"):
        plots.beside(*[plots.curves(two_curves())] * n)


def test_a_row_is_made_of_pictures():
    with pytest.raises(TypeError, match="pictures = 3 is not allowed"):
        plots.beside(3, 4)
    with pytest.raises(ValueError, match="sentence = '' is not allowed"):
        plots.beside(*[plots.curves(two_curves())] * 2, sentence="")


@pytest.mark.parametrize("values", [np.ones((2, 3)), np.full((2, 3), np.nan)])
def test_a_map_may_be_small(values):
    small = plots.heatmap(values, [1.0, 2.0, 3.0], [1.0, 2.0], "x", "y", "z", title="A map")
    assert repr(plots.beside(small, small)).startswith("A map. ")
