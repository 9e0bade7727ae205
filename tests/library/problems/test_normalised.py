"""Networks whose units have length one."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from helpers.cases import FEW_DIGITS
from helpers.places import random_points


def test_a_normalised_network_is_the_network_at_units_of_length_one():
    """By hand for one unit after another: its weights and its bias divided by their common length."""
    problem, plain = al.normalised(FEW_DIGITS, hidden=3, seed=1), al.network(FEW_DIGITS, hidden=3, seed=1)
    assert_array_equal(problem.start, plain.start)
    theta = random_points(problem)
    by_hand = theta.copy()
    for first, inputs, outputs in ((0, 64, 3), (65 * 3, 3, 10)):
        for unit in range(outputs):
            places = first + unit + outputs * np.arange(inputs + 1)  # the bias stands after the weights
            by_hand[places] /= np.linalg.norm(theta[places])
    for measure in ("loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert_allclose(getattr(problem, measure)(theta), getattr(plain, measure)(by_hand), rtol=1e-12)


def test_a_lost_normalised_network_gives_no_warning():
    problem = al.normalised(FEW_DIGITS, hidden=3)
    for theta in (np.zeros(problem.dim), np.full(problem.dim, 1e300), np.full(problem.dim, np.inf)):
        assert np.isnan(problem.loss(theta)) | np.isfinite(problem.loss(theta))
        assert problem.grad(theta).shape == theta.shape
