"""Every problem: its gradient is the derivative of its loss, its minimum is one, its noise a function of seed and step."""

import inspect
import platform
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from adamlib import problems
from helpers.cases import FEW_DIGITS, FEW_TUMOURS, FEW_WORDS, PROBLEMS, RANDOM, SMOOTH, UNSEEN_PAIRS, every_problem, every_smooth
from helpers.places import random_points, slope_by_differences


def test_every_factory_is_in_the_table():
    factories = {name for name in problems.__all__ if inspect.isfunction(getattr(problems, name))}
    known = {key.split()[0] for key in PROBLEMS}
    assert factories - known == {"digits", "breast_cancer", "draw_text", "losses_by_word", "word_pairs", "zipf_pairs"}


# Gradients


@every_smooth
def test_gradient_is_the_derivative(problem):
    exact = problem.formula is not None
    for theta in random_points(problem, (4,)):
        wanted = slope_by_differences(problem, theta)
        off = (1e-13 if exact else 1e-7) * np.abs(wanted).max()
        assert_allclose(problem.grad(theta), wanted, rtol=1e-11 if exact else 1e-6, atol=off)


@every_problem
def test_the_first_step_is_meant_where_none_is_said(problem):
    assert inspect.signature(problem.grad).parameters["t"].default == 1


@every_smooth
def test_a_batch_of_points_is_each_point(problem):
    theta = random_points(problem, (2, 3))
    loss, grad = problem.loss(theta), problem.grad(theta)
    assert loss.shape == (2, 3)
    assert grad.shape == theta.shape
    for index in np.ndindex(2, 3):
        assert_allclose(loss[index], problem.loss(theta[index]), rtol=1e-12)
        assert_allclose(grad[index], problem.grad(theta[index]), rtol=1e-12, atol=1e-12)


@every_problem
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient_keeps_the_dtype(problem, dtype):
    theta = random_points(problem).astype(dtype)
    g = problem.grad(theta, 1)
    assert g.dtype == dtype
    assert g.shape == theta.shape
    assert_allclose(g, problem.grad(theta.astype(np.float64), 1), rtol=1e-3, atol=1e-3 * np.abs(g).max())


@every_problem
def test_gradient_and_loss_leave_theta_alone(problem):
    theta = random_points(problem)
    theta.setflags(write=False)
    assert_array_equal(problem.grad(theta, 3), problem.grad(theta, 3))
    assert_array_equal(problem.loss(theta), problem.loss(theta))
    assert_array_equal(problem.grad(theta.tolist(), 3), problem.grad(theta, 3))


@pytest.mark.parametrize("name", [name for name in RANDOM if "reddi" not in name])
def test_random_gradients_average_to_the_gradient(name):
    """Within five standard errors in every coordinate, over 800 steps."""
    full = {
        "noisy": al.himmelblau(),
        "logistic batches": al.logistic(FEW_DIGITS),
        "network batches": al.network(FEW_TUMOURS, hidden=2),
        "network of squares batches": al.network(FEW_TUMOURS, hidden=2, loss="squares"),
        "normalised batches": al.normalised(FEW_TUMOURS, hidden=2),
        "bigram batches": al.bigram(UNSEEN_PAIRS),
        "transformer batches": al.transformer(FEW_WORDS, width=3, context=3),
        "scale_free": al.scaled(al.quadratic([1.0] * 4), 1e-300),
    }
    theta = random_points(full[name])
    drawn = np.array([RANDOM[name].grad(theta, t) for t in range(1, 801)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - full[name].grad(theta)) <= 5 * error + 1e-12).all()
    assert drawn.std(axis=0).max() > 0


# Minima


@pytest.mark.parametrize("name", [name for name, problem in SMOOTH.items() if problem.minimum is not None])
def test_minimum_is_flat_and_lowest(name):
    problem = SMOOTH[name]
    for minimum in np.atleast_2d(problem.minimum):
        assert_allclose(problem.grad(minimum), 0, atol=1e-10 * max(1, np.abs(problem.grad(problem.start)).max()))
        near = minimum + np.random.default_rng(0).normal(0, 0.1, (50, problem.dim))
        assert (problem.loss(near) > problem.loss(minimum)).all()


DEEPEST = {
    "bowl": 0.0,
    "quadratic": 0.0,
    "rosenbrock": 0.0,
    "beale": 0.0,
    "himmelblau": 0.0,
    "saddle": -0.25,
    "rastrigin": 0.0,
    "styblinski_tang": -78.33233140754285,
    "plateau": 0.0,
    "lessard": 0.0,
    "bigram": 0.0,
    "rotated": 0.0,
    "scaled": 0.0,
}


@pytest.mark.parametrize("name", DEEPEST)
def test_minimum_has_the_loss_it_should(name):
    assert_allclose(SMOOTH[name].loss(SMOOTH[name].minimum), DEEPEST[name], rtol=1e-12, atol=1e-12)


KNOWN = [
    (al.bowl(10), (-2, 1), 7.0),
    (al.rosenbrock(), (-1.5, 2), 2.5**2 + 100 * 0.25**2),
    (al.beale(), (0, 0), 1.5**2 + 2.25**2 + 2.625**2),
    (al.himmelblau(), (0, 0), 170.0),
    (al.saddle(), (0, 0), 0.0),
    (al.rastrigin(), (0.5, 0.5), 40.5),
    (al.styblinski_tang(), (1, 1), -10.0),
    (al.plateau(), (1, 1), 1 - np.exp(-1)),
    (al.lessard(), (3,), 12.5 * 9 - 72 + 36),
]


@pytest.mark.parametrize(("problem", "theta", "loss"), KNOWN, ids=[problem.name for problem, *_ in KNOWN])
def test_heights_by_hand(problem, theta, loss):
    assert_allclose(problem.loss(theta), loss, rtol=1e-12, atol=1e-12)


def test_rosenbrock_is_as_ill_conditioned_as_it_says():
    h = np.array([al.rosenbrock().grad(np.ones(2) + 1e-6 * axis) for axis in np.eye(2)]) / 1e-6
    low, high = np.linalg.eigvalsh((h + h.T) / 2)
    assert high / low == pytest.approx(2508, rel=1e-3)


@every_problem
def test_start_is_where_it_can_be(problem):
    assert np.isfinite(problem.loss(problem.start)).all()
    assert problem.start.dtype == np.float64
    assert repr(problem) == f"<Problem {problem.name}, {problem.dim} parameters>"
    if problem.window is not None:
        low, high = np.transpose(problem.window)
        assert (low <= problem.start).all()
        assert (problem.start <= high).all()


# Randomness is a function of seed and step


@pytest.mark.parametrize("name", [name for name in RANDOM if name not in ("reddi", "reddi_online")])
def test_noise_is_a_function_of_seed_and_step(name):
    problem = RANDOM[name]
    theta = random_points(problem)
    forwards = [problem.grad(theta, t) for t in range(1, 200)]
    backwards = [problem.grad(theta, t) for t in range(199, 0, -1)]
    assert_array_equal(forwards, backwards[::-1])
    assert len({g.tobytes() for g in forwards}) > 1


MANY = {
    "noisy": lambda seed: al.noisy(al.beale(), sigma=[0.5, 2.0], seed=seed),
    "logistic": lambda seed: al.logistic(FEW_DIGITS, batch=5, seed=seed),
    "network": lambda seed: al.network(FEW_DIGITS, hidden=3, batch=5, seed=seed),
    "normalised": lambda seed: al.normalised(FEW_DIGITS, hidden=3, batch=5, seed=seed),
    "scale_free": lambda seed: al.scale_free(dim=3, seed=seed),
    "bigram": lambda seed: al.bigram(UNSEEN_PAIRS, batch=3, seed=seed),
    "reddi_stochastic": lambda seed: al.reddi_stochastic(seed=seed),
}


@pytest.mark.parametrize("make", MANY.values(), ids=MANY)
def test_several_seeds_at_once_are_each_seed(make):
    seeds = [3, 0, 7]
    together = make(seeds)
    start = np.broadcast_to(together.start, (3, together.dim))
    path = al.run(al.Adam(lr=0.01), together, start, steps=8)
    for i, seed in enumerate(seeds):
        alone = make(seed)
        assert_allclose(start[i], alone.start.reshape(-1, alone.dim)[0], rtol=1e-12)
        assert_allclose(path.theta[:, i], al.run(al.Adam(lr=0.01), alone, start[i], steps=8).theta, rtol=1e-12, atol=1e-12)
    drawn = np.array([together.grad(start, t) for t in range(1, 200)])
    assert (drawn[:, 0] != drawn[:, 1]).any()


def test_a_loss_that_is_lost_gives_no_warning():
    for theta in ([1e200, 1.0], [np.inf, 1.0], [np.nan, 1.0]):
        for problem in (al.rosenbrock(), al.ridge(al.bowl(), 1.0), al.scaled(al.bowl(), 2.0), al.rotated(al.bowl(), 30)):
            assert not np.isfinite(problem.loss(theta)) or problem.loss(theta) > 1e300
            problem.grad(theta)


TWENTY_STEPS_TWICE = """
import resource
import numpy as np

def pages():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        arrays = [np.ones(2**17) for _ in range(4)]
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

before = pages()
import adamlib
print(before, pages())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_the_next_step_has_the_memory_of_this_one():
    """Four arrays of 256 pages each: asked for in each step before, and at most once after."""
    told = subprocess.run([sys.executable, "-c", TWENTY_STEPS_TWICE], capture_output=True, text=True, check=True).stdout
    before, after = map(int, told.split())
    assert after < 2 * 1024 < 10 * 1024 < before
