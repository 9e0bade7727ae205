"""Heat maps hold their values and name the best."""

import numpy as np
import pytest

from adamlib import plots
from helpers.pictures import cup, empty_axes


def test_heat_map_holds_the_values_and_names_the_best():
    values, x, y = cup(11)
    values[0, 0] = np.inf
    ax = empty_axes()
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


def test_cells_meet_halfway_on_a_logarithmic_axis():
    from adamlib.plots.maps import edges

    assert edges(np.array([1.0, 100.0]), log=True) == pytest.approx([0.1, 10, 1000])
    assert edges(np.array([1.0, 3.0]), log=False) == pytest.approx([0, 2, 4])


@pytest.mark.parametrize("values", [np.ones((2, 3)), np.full((2, 3), np.nan)])
def test_a_map_may_be_small(values):
    small = plots.heatmap(values, [1.0, 2.0, 3.0], [1.0, 2.0], "x", "y", "z", title="A map")
    assert repr(plots.beside(small, small)).startswith("A map. ")
