"""Surfaces over two coordinates: each a pair of plain functions, the height and its slope.

The functions use products and NumPy's elementary functions only, so they take numbers and arrays alike.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.problems.problem import Formula, Problem

__all__ = [
    "beale",
    "bowl",
    "himmelblau",
    "plateau",
    "quadratic",
    "ramp",
    "rastrigin",
    "rosenbrock",
    "saddle",
    "styblinski_tang",
    "surface",
]


def surface(
    name: str, height: Callable[..., Any], slope: Callable[..., Any], start, minimum=None, window=((-3, 3), (-3, 3)), **parameters
) -> Problem:
    """A problem from two functions of coordinates: make your own in one line.

    name : what a picture calls it
    height : (x, y, **parameters) -> loss
    slope : (x, y, **parameters) -> (dloss/dx, dloss/dy)
    start, minimum : points (2,); several minima as (K, 2)
    window : ((x0, x1), (y0, y1)) that a picture shows
    parameters : numbers that both functions receive by name

    Returns a Problem with D = 2. Raises TypeError or ValueError for what is no function or no point; a slope that returns no
    pair is refused when the gradient is asked for.

    >>> cup = surface("cup", lambda x, y: x * x + y * y, lambda x, y: (2 * x, 2 * y), start=(1, 1))
    >>> cup.grad([3.0, 4.0])
    array([6., 8.])
    """

    def loss(theta) -> np.ndarray:
        theta = validate.point("theta", theta, 2, kinds="fiuc")
        heights = height(theta[..., 0], theta[..., 1], **parameters)
        return heights if np.shape(heights) == theta.shape[:-1] else np.broadcast_to(heights, theta.shape[:-1])

    def grad(theta, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, 2)
        out, both = np.empty_like(theta), slope(theta[..., 0], theta[..., 1], **parameters)
        if not isinstance(both, (tuple, list)) or len(both) != 2:
            validate.refuse_as(ValueError, "slope", f"that returns {both!r:.80}", "return the pair (dloss/dx, dloss/dy)")
        out[..., 0], out[..., 1] = both
        return out

    validate.function("height", height)
    validate.function("slope", slope)
    start = validate.point("start", start, 2)
    grad.formula = Formula(height, slope, parameters)  # type: ignore[attr-defined]
    return Problem(name, loss, grad, start, minimum, window)


def bowl_height(x, y, condition):
    return 0.5 * (x * x + condition * y * y)


def bowl_slope(x, y, condition):
    return x, condition * y


def bowl(condition: float = 10.0) -> Problem:
    """A valley: flat along x, `condition` times as steep along y.

        f(x, y) = (x^2 + condition y^2) / 2

    condition : the condition number kappa, at least 1

    Returns a Problem with D = 2 and the minimum 0 at (0, 0). Raises ValueError for a condition below 1.
    """
    kappa = validate.one_number("condition", condition, low=1.0)
    return surface("bowl", bowl_height, bowl_slope, (-2.0, 1.0), (0, 0), ((-2.5, 2.5), (-1.5, 1.5)), condition=kappa)


def quadratic(curvatures) -> Problem:
    """A bowl in as many coordinates as you like, each with its own curvature.

        f(theta) = sum_i curvatures_i theta_i^2 / 2

    curvatures : (D,), each above 0; or (n, p) for a matrix of coordinates, row after row, which is then the problem's one block

    Returns a Problem that starts at (1, ..., 1), with the minimum 0 at the origin. Raises ValueError for a curvature that
    is not positive.
    """
    table = validate.array("curvatures", curvatures)
    if table.ndim not in (1, 2) or table.size == 0 or not (np.isfinite(table) & (table > 0)).all():
        validate.refuse(ValueError, "curvatures", curvatures, "a list of numbers above 0")
    c = table.ravel()

    def loss(theta) -> np.ndarray:
        theta = validate.point("theta", theta, c.size)
        return 0.5 * (c * theta * theta).sum(axis=-1)

    def grad(theta, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, c.size)
        return c.astype(theta.dtype) * theta

    return Problem("quadratic", loss, grad, np.ones(c.size), np.zeros(c.size), blocks=(table.shape,))


def ramp(slope=1.0, dim: int | None = None) -> Problem:
    """A straight slope, which has no bottom: every step meets the gradient that you say, wherever it stands.

        f(theta) = sum_i slope_i theta_i

    slope : a finite number; an array (..., dim) of them, leading axes for as many runs; or a function of t, the number of
        the step from 1, that returns one of these. 0 is flat ground. Where it changes with t, the loss is that of step 1
    dim : D, the number of coordinates; None for as many as the slope has, or one

    Returns a Problem that starts at zero. Raises ValueError for a slope that is not finite or does not fit dim.

    >>> from adamlib import SGD, run
    >>> float(run(SGD(lr=0.5), ramp(2.0), steps=3).theta[-1, 0])
    -3.0
    """
    if dim is None:
        shape = () if callable(slope) else validate.array("slope", slope).shape
        dim = max(shape[-1], 1) if shape else 1
    dim = validate.count("dim", dim)
    fixed = None if callable(slope) else slopes_of(slope, dim)

    def at(t: int) -> np.ndarray:
        return slopes_of(slope(t), dim) if fixed is None else fixed

    def loss(theta) -> np.ndarray:
        return (at(1) * validate.point("theta", theta, dim)).sum(axis=-1)

    def grad(theta, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        return np.broadcast_to(at(t), theta.shape).astype(theta.dtype)

    return Problem("ramp", loss, grad, np.zeros((dim,) if fixed is None else np.broadcast_shapes(fixed.shape, (dim,))))


def slopes_of(slope, dim: int) -> np.ndarray:
    """Finite numbers whose last axis is one for all coordinates, or one for each."""
    out = validate.array("slope", slope).astype(np.float64)
    if not np.isfinite(out).all() or not out.size or (out.ndim and out.shape[-1] not in (1, dim)):
        raise ValueError(
            f"slope = {slope!r:.200} is not allowed: slope must be finite, one number or one for each of {dim} coordinates"
        )
    return out


def rosenbrock_height(x, y):
    a, b = 1 - x, y - x * x
    return a * a + 100 * b * b


def rosenbrock_slope(x, y):
    a, b = 1 - x, y - x * x
    return -2 * a - 400 * x * b, 200 * b


def rosenbrock() -> Problem:
    """Rosenbrock's curved valley: easy to enter, slow to walk along.

        f(x, y) = (1 - x)^2 + 100 (y - x^2)^2

    Returns a Problem with D = 2 and the minimum 0 at (1, 1); the condition number is 2508 there. Source: Rosenbrock 1960.
    """
    return surface("Rosenbrock", rosenbrock_height, rosenbrock_slope, (-1.5, 2.0), (1, 1), ((-2.0, 2.0), (-1.0, 3.0)))


def beale_height(x, y):
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y
    return a * a + b * b + c * c


def beale_slope(x, y):
    a, b, c = 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y
    dx = 2 * (a * (y - 1) + b * (y * y - 1) + c * (y * y * y - 1))
    return dx, 2 * x * (a + 2 * b * y + 3 * c * y * y)


def beale() -> Problem:
    """Beale's plain with sharp edges.

        f(x, y) = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2

    Returns a Problem with D = 2 and the minimum 0 at (3, 0.5). Source: Beale 1958.
    """
    return surface("Beale", beale_height, beale_slope, (1.0, 1.5), (3, 0.5), ((-1.0, 4.5), (-2.0, 2.0)))


def himmelblau_height(x, y):
    a, b = x * x + y - 11, x + y * y - 7
    return a * a + b * b


def himmelblau_slope(x, y):
    a, b = x * x + y - 11, x + y * y - 7
    return 4 * x * a + 2 * b, 2 * a + 4 * y * b


def himmelblau() -> Problem:
    """Himmelblau's four equal minima: where you end depends on how you walk.

        f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2

    Returns a Problem with D = 2 and four minima of 0. Source: Himmelblau 1972.
    """
    minima = [
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    ]
    return surface("Himmelblau", himmelblau_height, himmelblau_slope, (0.0, -1.0), minima, ((-5.0, 5.0), (-5.0, 5.0)))


def saddle_height(x, y):
    return x * x + 0.25 * y * y * y * y - 0.5 * y * y


def saddle_slope(x, y):
    return 2 * x, y * y * y - y


def saddle() -> Problem:
    """A saddle at the origin with a minimum on either side: a start near the ridge leaves it slowly.

        f(x, y) = x^2 + y^4 / 4 - y^2 / 2

    Returns a Problem with D = 2 and minima of -1/4 at (0, 1) and (0, -1).
    """
    return surface("saddle", saddle_height, saddle_slope, (1.0, 1e-4), [(0, 1), (0, -1)], ((-1.5, 1.5), (-1.5, 1.5)))


def rastrigin_height(x, y):
    return 20 + x * x + y * y - 10 * (np.cos(2 * np.pi * x) + np.cos(2 * np.pi * y))


def rastrigin_slope(x, y):
    return 2 * x + 20 * np.pi * np.sin(2 * np.pi * x), 2 * y + 20 * np.pi * np.sin(2 * np.pi * y)


def rastrigin() -> Problem:
    """Rastrigin's egg box: a bowl with a dent at every whole number.

        f(x, y) = 20 + x^2 + y^2 - 10 (cos 2 pi x + cos 2 pi y)

    Returns a Problem with D = 2 and its deepest dent, 0, at (0, 0). Source: Rastrigin 1974.
    """
    return surface("Rastrigin", rastrigin_height, rastrigin_slope, (-3.3, 2.7), (0, 0), ((-5.12, 5.12), (-5.12, 5.12)))


def styblinski_tang_height(x, y):
    return 0.5 * (x * x * x * x - 16 * x * x + 5 * x + y * y * y * y - 16 * y * y + 5 * y)


def styblinski_tang_slope(x, y):
    return 2 * x * x * x - 16 * x + 2.5, 2 * y * y * y - 16 * y + 2.5


def styblinski_tang() -> Problem:
    """Four wells of different depth; only one is the deepest.

        f(x, y) = (x^4 - 16 x^2 + 5 x + y^4 - 16 y^2 + 5 y) / 2

    Returns a Problem with D = 2 and the minimum -78.332 at (-2.9035, -2.9035). Source: Styblinski & Tang 1990.
    """
    deepest = -2.903534027771177
    window = ((-5.0, 5.0), (-5.0, 5.0))
    return surface("Styblinski-Tang", styblinski_tang_height, styblinski_tang_slope, (0.5, 4.0), (deepest, deepest), window)


def plateau_height(x, y):
    return 1 - np.exp(-0.5 * (x * x + y * y))


def plateau_slope(x, y):
    well = np.exp(-0.5 * (x * x + y * y))
    return x * well, y * well


def plateau() -> Problem:
    """A well in a plain: far away there is almost no slope to follow.

        f(x, y) = 1 - exp(-(x^2 + y^2) / 2)

    Returns a Problem with D = 2 and the minimum 0 at (0, 0).
    """
    return surface("plateau", plateau_height, plateau_slope, (-3.0, 2.0), (0, 0), ((-4.0, 4.0), (-4.0, 4.0)))
