"""Points, slopes and small data that tests of several problems share."""

from itertools import islice, pairwise

import numpy as np

import adamlib as al


def random_points(problem, shape=(), seed=0):
    """Random points about the start, (*shape, D)."""
    start = problem.start.reshape(-1, problem.dim)[0]
    return start + np.random.default_rng(seed).normal(0, 0.7, (*shape, problem.dim))


def random_starts(seed, count):
    """Starts on the hills of Rosenbrock, (count, 2)."""
    return np.random.default_rng(seed).uniform((-2, -1), (2, 3), (count, 2))


def random_rotation(n, seed):
    """An orthogonal matrix, (n, n)."""
    return np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]


def slope_by_differences(problem, theta):
    """The derivative of the loss by each coordinate: a complex step where the loss takes one, else central differences."""
    axes = np.eye(problem.dim)
    if problem.formula is not None:
        return problem.loss(theta + 1e-30j * axes).imag / 1e-30
    h = 1e-5
    return (problem.loss(theta + h * axes) - problem.loss(theta - h * axes)) / (2 * h)


PIXELS = al.digits(train=4)
PIXELS = al.Split("pixels", PIXELS.x_train, PIXELS.y_train, PIXELS.x_test[:3], PIXELS.y_test[:3])


def somewhere(problem, seed=0):
    return np.random.default_rng(seed).normal(0, 0.5, problem.dim)


# The models again, one number at a time


def unpack(numbers, *sizes):
    """Weights and biases read one after another: w[i][j] leads from i to j."""
    for n, m in pairwise(sizes):
        yield [list(islice(numbers, m)) for _ in range(n)], list(islice(numbers, m))


def dense_layer(values, weights, biases):
    return [b + sum(v * row[j] for v, row in zip(values, weights)) for j, b in enumerate(biases)]
