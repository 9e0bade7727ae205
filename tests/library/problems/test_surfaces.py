"""Surfaces against numbers from elsewhere: polynomials multiplied out, heights and slopes by hand, published domains."""

from fractions import Fraction
from inspect import signature
from itertools import product
from math import pi

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from adamlib import problems
from helpers.cases import SURFACES

every_surface = pytest.mark.parametrize("name", SURFACES)
POLYNOMIALS = [name for name, row in SURFACES.items() if row.terms]


def height(terms, x, y):
    return sum(Fraction(factor) * x**i * y**j for (i, j), factor in terms.items())


def derivative(terms, axis):
    """Every x^i becomes i x^(i-1): the rule of school, on exact fractions."""
    lower = ((1, 0), (0, 1))[axis]
    return {(i - lower[0], j - lower[1]): (i, j)[axis] * factor for (i, j), factor in terms.items() if (i, j)[axis]}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_polynomials_multiplied_out(name):
    """On halves nothing is rounded: floats equal exact fractions to the last bit."""
    problem, terms = SURFACES[name].problem, SURFACES[name].terms
    for x, y in product([Fraction(n, 2) for n in range(-5, 6)], repeat=2):
        theta = [float(x), float(y)]
        assert problem.loss(theta) == height(terms, x, y)
        assert problem.grad(theta).tolist() == [height(derivative(terms, axis), x, y) for axis in (0, 1)]


@every_surface
def test_height_and_slope_at_the_start(name):
    problem, (height, slope) = SURFACES[name].problem, SURFACES[name].start
    assert_allclose(problem.loss(problem.start), height, rtol=1e-14)
    assert_allclose(problem.grad(problem.start), slope, rtol=1e-12)


def test_the_dents_of_the_egg_box():
    """At quarters every cosine is 0 and every sine 1 or -1; at sixths the cosine is 1/2."""
    egg = al.rastrigin()
    assert_allclose(egg.loss([[0.25, 0.75], [1 / 6, 1 / 6]]), [20 + 0.0625 + 0.5625, 10 + 2 / 36])
    assert_allclose(egg.grad([0.25, 0.75]), [0.5 + 20 * pi, 1.5 - 20 * pi])


# Windows

DOMAINS = {"rastrigin": 5.12, "himmelblau": 5.0, "styblinski_tang": 5.0}  # as collections of test functions print them


@pytest.mark.parametrize("name", DOMAINS)
def test_windows_are_the_published_domains(name):
    assert_array_equal(SURFACES[name].problem.window, [(-DOMAINS[name], DOMAINS[name])] * 2)


@pytest.mark.parametrize("name", ["bowl", "saddle", "plateau", "rastrigin"])
def test_a_surface_that_is_its_own_mirror_image_has_such_a_window(name):
    problem = SURFACES[name].problem
    theta = np.random.default_rng(0).normal(size=(5, 2))
    for mirror in ([-1, 1], [1, -1]):
        assert_allclose(problem.loss(theta * mirror), problem.loss(theta), rtol=1e-14)
    low, high = np.transpose(problem.window)
    assert_array_equal(low, -high)


def test_the_window_of_a_surface_of_ones_own_is_a_square_about_the_origin():
    low, high = np.transpose(al.surface("flat", lambda x, y: 0 * x, lambda x, y: (0, 0), (0, 0)).window)
    assert_array_equal(low, -high)
    assert high[0] == high[1]


def test_rosenbrocks_window_is_a_square_about_the_mouth_of_its_valley():
    """The valley y = x^2 is its own mirror image, and the minimum at y = 1 stands halfway up."""
    (left, right), (bottom, top) = al.rosenbrock().window
    assert -left == right
    assert (bottom + top) / 2 == al.rosenbrock().minimum[1]
    assert top - bottom == right - left


def test_beales_window_ends_where_its_published_domain_does():
    (_, right), (bottom, top) = al.beale().window
    assert right == 4.5
    assert bottom == -top


# Minima


@every_surface
def test_every_minimum_is_found_again_by_newtons_method(name):
    """From a little beside it; the Hessian by differences of the slope."""
    problem = SURFACES[name].problem
    for minimum in np.atleast_2d(problem.minimum):
        theta = np.add(minimum, [0.01, -0.02])
        for _ in range(8):
            rise = np.array([problem.grad(theta + 1e-6 * e) - problem.grad(theta - 1e-6 * e) for e in np.eye(2)]) / 2e-6
            theta = theta - np.linalg.solve(rise, problem.grad(theta))
        assert_allclose(theta, minimum, atol=1e-12)
    assert len({tuple(point) for point in np.atleast_2d(problem.minimum).tolist()}) == np.atleast_2d(problem.minimum).shape[0]


def test_how_many_minima():
    found = {name: np.atleast_2d(row.problem.minimum).shape[0] for name, row in SURFACES.items()}
    assert found == {name: row.minima for name, row in SURFACES.items()}


def test_no_surface_is_without_independent_numbers():
    """Whatever the module of surfaces makes without an argument, and has a lowest place, has its row."""
    makers = [getattr(problems, name) for name in problems.__all__]
    makers = [make for make in makers if getattr(make, "__module__", "") == "adamlib.problems.surfaces"]
    plain = [make for make in makers if all(p.default is not p.empty for p in signature(make).parameters.values())]
    assert {make.__name__ for make in plain if make().minimum is not None} == set(SURFACES)


# What a surface refuses, and what a picture needs


@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 2), (5, 2), (4, 3, 2)])
def test_a_height_has_the_shape_of_the_places(shape):
    constant = al.surface("flat", lambda x, y: 7.0, lambda x, y: (0, 0), (0, 0))
    assert np.shape(constant.loss(np.ones(shape))) == shape[:-1]
    assert np.all(constant.loss(np.ones(shape)) == 7)
    if len(shape) > 1:
        assert al.bowl().loss(np.ones(shape)).flags.writeable


def test_a_height_of_another_shape_is_an_error():
    wrong = al.surface("wrong", lambda x, y: np.zeros(5), lambda x, y: (0, 0), (0, 0))
    with pytest.raises(ValueError, match="could not be broadcast"):
        wrong.loss(np.ones((3, 2)))


@pytest.mark.parametrize("returned", [(1.0,), (1.0, 2.0, 3.0), np.ones(2), 1.0], ids=repr)
def test_a_slope_is_a_pair(returned):
    with pytest.raises(ValueError, match=r"slope that returns .* is not allowed: slope must return the pair"):
        al.surface("wrong", lambda x, y: x, lambda x, y: returned, (0, 0)).grad([1.0, 1.0])


def test_the_roundest_bowl():
    assert_array_equal([al.bowl(kappa).grad([0.0, 1.0])[1] for kappa in (1, 1.5)], [1, 1.5])
    with pytest.raises(ValueError, match=r"condition = 0\.99"):
        al.bowl(0.99)


@every_surface
def test_a_picture_shows_start_and_minima_inside_its_frame(name):
    low, high = np.transpose(SURFACES[name].problem.window)
    places = [SURFACES[name].problem.start]
    if SURFACES[name].problem.minimum is not None:
        places += [*np.atleast_2d(SURFACES[name].problem.minimum)]
    for place in places:
        assert ((low < place) & (place < high)).all()


# A problem

WINDOWS = {
    "three sides": [(0, 1), (0, 1), (0, 1)],
    "one side": [(0, 1)],
    "no end": [(0, np.inf), (0, 1)],
    "backwards": [(1, 0), (0, 1)],
    "no width": [(0, 1), (2, 2)],
}


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_windows_that_show_nothing(window):
    with pytest.raises(ValueError, match=r"window = .* is not allowed: window must be"):
        al.surface("wrong", lambda x, y: x, lambda x, y: (1, 0), (0, 0), window=window)


@pytest.mark.parametrize("start", [3.0, [], np.zeros((2, 0))], ids=repr)
def test_a_start_has_coordinates(start):
    with pytest.raises(ValueError, match=r"start of shape .* is not allowed"):
        al.Problem("wrong", np.sum, np.ones_like, start)


@pytest.mark.parametrize(("name", "value"), [("loss", None), ("grad", None), ("test_loss", 3), ("project", "x")])
def test_a_problem_is_made_of_functions(name, value):
    parts = {"loss": np.sum, "grad": np.ones_like, name: value}
    with pytest.raises(TypeError, match=f"{name} = .* is not allowed"):
        al.Problem("wrong", start=np.zeros(2), **parts)


def test_a_problem_stays_as_it_was_made_and_is_itself_alone():
    bowl = al.bowl()
    with pytest.raises(AttributeError):
        bowl.name = "other"
    assert bowl != al.bowl()
    assert {bowl: "by identity"}[bowl]


def test_a_ramp_hands_out_the_slopes_that_it_was_given():
    """A number, one for each coordinate, one for each run, and a function of the step."""
    assert al.ramp().grad([7.0], 3).tolist() == [1.0]
    assert al.ramp(2.0, dim=3).grad(np.zeros((4, 3))).tolist() == [[2.0] * 3] * 4
    path = al.run(al.SGD(lr=0.5), al.ramp([1.0, -4.0]), steps=2)
    assert path.theta.tolist() == [[0, 0], [-0.5, 2], [-1, 4]]
    assert path.loss.tolist() == [0, -8.5, -17]
    many = al.run(al.SGD(lr=1.0), al.ramp([[1.0], [2.0]], dim=3), steps=1)
    assert many.theta[1].tolist() == [[-1] * 3, [-2] * 3]
    wake = al.run(al.SGD(lr=1.0), al.ramp(lambda t: 5.0 if t == 2 else 0.0), steps=3)
    assert wake.theta[:, 0].tolist() == [0, 0, -5, -5]
    assert al.ramp(0.0, dim=2).loss([3.0, 4.0]) == 0
    assert al.ramp(0.5).grad(np.float32([1.0])).dtype == np.float32


def test_a_start_follows_a_grid_by_itself():
    """Settings of a problem and of a rule make a map of runs, each as its own run; nobody reshapes."""
    bowl, strengths, rates = al.bowl(), np.array([0.1, 1.0, 3.0]), [0.01, 0.1]
    for many, one in (
        (al.ridge(bowl, strengths[:, None, None]), lambda i: al.ridge(bowl, strengths[i])),
        (al.noisy(bowl, sigma=strengths[:, None, None]), lambda i: al.noisy(bowl, sigma=strengths[i])),
        (al.noisy(bowl, seed=np.arange(3)[:, None]), lambda i: al.noisy(bowl, seed=i)),
    ):
        walks = al.run(al.SGD(**al.grid(lr=rates)), many, steps=9)
        assert walks.loss.shape == (10, 3, 2)
        for i, j in np.ndindex(3, 2):
            np.testing.assert_array_equal(walks.theta[:, i, j], al.run(al.SGD(lr=rates[j]), one(i), steps=9).theta)
    seeds = al.run(al.Adam(lr=0.1), al.noisy(al.ramp(dim=4), seed=range(5)), steps=3)
    assert seeds.theta.shape == (4, 5, 4)


@pytest.mark.parametrize(
    ("slope", "dim", "words"),
    [
        (np.nan, 1, "slope = nan is not allowed"),
        ([1.0, 2.0], 3, "slope = .* is not allowed: slope must be finite"),
        ([], 1, r"slope = \[\] is not allowed"),
        (1.0, 0, "dim = 0 is not allowed"),
        (lambda t: np.inf, 1, "slope = inf is not allowed"),
    ],
)
def test_what_is_no_ramp(slope, dim, words):
    with pytest.raises(ValueError, match=words):
        al.ramp(slope, dim).grad(np.zeros(dim))
