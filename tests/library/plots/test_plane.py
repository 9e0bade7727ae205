"""Paths in the plane: their points, their window, and what is said of runs that leave or diverge."""

import numpy as np
import pytest

import adamlib as al
from adamlib import plots
from adamlib.plots.runs import members
from helpers.pictures import BOWL, empty_axes, lost_run, sweep_of_momentum, three_runs


def test_paths_hold_the_points():
    runs = three_runs()
    ax = empty_axes()
    moving = plots.draw_paths(ax, runs, window=BOWL.window)
    lines = moving[0:6:2]
    for run, line, mark in zip(runs, lines, moving[1:6:2]):
        assert np.array_equal(np.stack(line.get_data(), axis=1), run.theta)
        assert np.array_equal(np.ravel(mark.get_data()), run.theta[-1])
    assert (ax.get_xlim(), ax.get_ylim()) == BOWL.window
    assert [text.get_text() for text in moving[6:]] == ["SGD", "Momentum", "Adam"]


def test_a_window_that_was_not_given_is_widened_to_one_scale():
    ax = empty_axes()
    plots.draw_paths(ax, three_runs())
    (x0, x1), (y0, y1) = ax.get_xlim(), ax.get_ylim()
    assert (x1 - x0) / ax.bbox.width == pytest.approx((y1 - y0) / ax.bbox.height)
    assert x0 <= -2.5
    assert x1 >= 2.5
    assert y0 <= -1.5
    assert y1 >= 1.5


def test_the_sentence_of_paths_has_the_losses():
    runs = three_runs(steps=30)
    sgd, momentum, adam = (plots.number(run.loss[-1]) for run in runs)
    assert plots.paths(runs).sentence == (
        f"After 30 steps on the bowl: SGD (lr 0.1) is at loss {sgd}, Momentum (lr 0.05) at {momentum}, Adam (lr 0.2) at {adam}."
    )


def test_the_sentence_of_a_sweep_says_once_what_is_shared():
    text = plots.paths(sweep_of_momentum()).sentence
    assert text.startswith("After 30 steps of Momentum (lr 0.02) on the bowl: β = 0 is at loss ")


def test_divergence_is_said_and_not_drawn():
    run = lost_run()
    made = plots.paths([run, al.run(al.Adam(0.1), al.rosenbrock(), steps=30)])
    first = members(run)[0].diverged
    assert f"SGD (lr 0.01) diverged at step {first}, Adam (lr 0.1) is at loss" in made.sentence
    ax = empty_axes()
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
