"""Labels say what sets runs apart, and cover neither each other nor the end of a path."""

import itertools

import numpy as np
import pytest
from matplotlib.text import Text

import adamlib as al
from adamlib import plots
from adamlib.plots import labels as place
from adamlib.plots.runs import members
from helpers.pictures import BOWL, empty_axes, sweep_of_momentum, three_runs


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        (lambda: al.run(al.SGD(), BOWL, steps=1), ["SGD"]),
        (sweep_of_momentum, ["β = 0", "β = 0.5", "β = 0.9"]),
        (lambda: {"mine": sweep_of_momentum()}, ["mine, β = 0", "mine, β = 0.5", "mine, β = 0.9"]),
        (lambda: {"a": three_runs()[0], "b": three_runs()[1]}, ["a", "b"]),
        (lambda: [al.run(al.SGD(lr), BOWL, steps=1) for lr in (0.1, 0.2)], ["lr = 0.1", "lr = 0.2"]),
        (lambda: [three_runs(1)[0], three_runs(1)[0]], ["run 1", "run 2"]),
        (
            lambda: [three_runs(1)[0], al.run(al.Adam(0.1), BOWL, steps=1), al.run(al.Adam(0.2), BOWL, steps=1)],
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


@pytest.mark.parametrize("wanted", [[0, 0, 0], [10, 12, 90, 91, 92], [100, 100, 100, 0], [50]])
def test_labels_are_moved_apart_and_no_further(wanted):
    placed = place.spread_apart(np.array(wanted, float), 15, -5, 105)
    gaps = np.diff(np.sort(placed))
    assert (gaps >= 15 - 1e-9).all()
    assert placed.min() >= -5 - 1e-9
    assert placed.max() <= 105 + 1e-9
    assert (np.argsort(placed, kind="stable") == np.argsort(wanted, kind="stable")).all()
    if len(wanted) == 1:
        assert placed[0] == wanted[0]


@pytest.mark.parametrize("n", [2, 5, 9])
def test_labels_at_ends_do_not_overlap(n):
    ax = empty_axes()
    moving = plots.draw_curves(ax, {f"curve {i}": [1.0, 0.5 + 0.001 * i] for i in range(n)})
    assert_apart(ax, moving[n:])


def test_a_curve_that_ends_early_has_its_label_at_its_end():
    """Beside its end, without a hairline that could be taken for a curve, unless another curve passes there."""
    early, late = ([1.0, 2.0], [2.0, 1.0]), ([1.0, 9.0], [3.0, 3.0])
    lines = plots.lines.as_curves({"early": early, "late": late})
    crossed = plots.lines.as_curves({"early": early, "late": ([1.0, 9.0], [1.0, 1.0])})
    for some, within in ((lines, True), (crossed, False)):
        ax = empty_axes()
        plots.lines.draw_lines(ax, some, some, (), "step", False, False)
        made = plots.lines.end_labels(ax, some, False, {}, still=True)
        assert_apart(ax, made)
        first = made[0]
        assert first.get_text() == "early"
        assert (first.arrow_patch is None) == within
        box = Text.get_window_extent(first)
        assert (box.x1 < ax.bbox.x1) == within
        if within:
            x, y = ax.transData.transform((2.0, 1.0))
            assert 0 < box.x0 - x < 20
            assert box.y0 < y < box.y1


@pytest.mark.parametrize("problem", [al.rosenbrock(), al.himmelblau(), BOWL])
def test_labels_on_paths_do_not_overlap(problem):
    rules = (al.SGD(0.001), al.Momentum(0.001), al.Nesterov(0.001), al.AdaGrad(0.5), al.RMSProp(0.05), al.Adam(0.1))
    ax = empty_axes()
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


def test_no_label_covers_the_end_of_a_path():
    ax = empty_axes()
    moving = plots.draw_paths(ax, three_runs())
    ax.figure.canvas.draw()
    boxes = [part.get_window_extent() for part in moving if isinstance(part, Text)]
    for run in three_runs():
        x, y = ax.transData.transform(run.theta[-1])
        assert not any(box.x0 < x < box.x1 and box.y0 < y < box.y1 for box in boxes)
