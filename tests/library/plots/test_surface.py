"""Paths on a surface lie on it and hide behind it."""

import numpy as np

import adamlib as al
from adamlib import plots, style
from adamlib.plots.surface import Landscape
from helpers.pictures import three_runs


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
    run = three_runs(steps=5)[0]
    whole, _, mark = plots.draw_surface(ax, run)
    u = (run.theta - [-2.5, -1.5]) / [5, 3]
    x, y, _ = whole.get_data_3d()
    assert np.allclose(np.stack([x, y], axis=1)[::12], u)
    assert np.allclose(np.ravel(mark.get_data_3d())[:2], u[-1])
