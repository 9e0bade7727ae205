"""One problem made into another: with noise, a penalty, turned, or measured in other units."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from adamlib import validate
from adamlib.problems.draws import draws_of_step
from adamlib.problems.problem import Problem

MEASURES = ("loss", "test_loss", "train_accuracy", "test_accuracy")


def per_coordinate(problem: Problem, name: str, value: ArrayLike, low: float = 0.0) -> float | np.ndarray:
    """A number for a problem, or an array that broadcasts against its theta and keeps the last axis."""
    validate.instance("problem", problem, Problem, "a Problem")
    kept = validate.hyper(name, value, low=low)
    if np.ndim(kept) and np.shape(kept)[-1] not in (1, problem.dim):
        allowed = f"one number, or one for each of {problem.dim} coordinates"
        validate.refuse_as(ValueError, name, f"of shape {np.shape(kept)}", f"be {allowed}")
    return kept


def spread(problem: Problem, *shapes: tuple[int, ...]) -> np.ndarray:
    """The problem's start, once for each setting of an array of such shapes: runs need no start of their own."""
    return np.broadcast_to(problem.start, np.broadcast_shapes(problem.start.shape, *shapes))


def noisy(problem: Problem, sigma: ArrayLike = 1.0, seed: ArrayLike = 0) -> Problem:
    """The same loss, its gradient seen through noise: what "stochastic" means.

        g_t = gradient + sigma N(0, 1)

    problem : any
    sigma : standard deviation, at least 0; broadcasts against theta
    seed : a whole number, or an array of shape S of them for as many runs of shape (*S, D)

    Returns a Problem whose start is repeated for every seed and sigma, so that a run needs none of its own. The noise of
    step t comes from the seed and t alone: every run of a sweep meets the same noise, whatever the order of calls. Raises
    ValueError for a sigma that does not fit theta. Source: Robbins & Monro 1951.
    """
    sigma = per_coordinate(problem, "sigma", sigma)
    seeds = validate.seeds("seed", seed)

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        clean = problem.grad(theta, t)
        noise = sigma * draws_of_step(seeds, t, lambda rng: rng.standard_normal(problem.dim))
        return clean + noise.astype(clean.dtype)

    start = spread(problem, np.shape(sigma), (*seeds.shape, 1))
    return replace(problem, name=f"noisy {problem.name}", grad=grad, start=start)


def ridge(problem: Problem, strength: ArrayLike) -> Problem:
    """The same problem with an L2 penalty in its loss, and so in its gradient.

        f(theta) + strength |theta|^2 / 2

    problem : any
    strength : wd of the penalty, at least 0; broadcasts against theta

    Returns a Problem without a known minimum. Raises ValueError for a strength that does not fit theta.
    Convention: the penalty has the factor 1/2, so its gradient is strength theta. Source: Hoerl & Kennard 1970.
    """
    strength = per_coordinate(problem, "strength", strength)

    def loss(theta: ArrayLike) -> np.ndarray:
        theta = np.asarray(theta)
        return problem.loss(theta) + 0.5 * (strength * theta * theta).sum(axis=-1)

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        gradient = problem.grad(theta, t)
        return (gradient + strength * np.asarray(theta)).astype(gradient.dtype)

    start = spread(problem, np.shape(strength))
    return replace(problem, name=f"{problem.name} with penalty", loss=loss, grad=grad, start=start, minimum=None)


def rotated(problem: Problem, by: ArrayLike) -> Problem:
    """The same problem turned about the origin, with its start, its minimum and its window.

        f'(theta) = f(R^T theta)

    problem : any
    by : degrees counter-clockwise for two coordinates, or an orthogonal matrix R of shape (D, D)

    Returns a Problem. A gradient's components change, its length does not: plain gradient descent cannot tell, Adam can.
    Raises ValueError for a number of degrees with D other than 2, or a matrix that is not orthogonal.
    """
    validate.instance("problem", problem, Problem, "a Problem")
    turn = _rotation(by, problem.dim)

    def turned_back(measure: Callable[..., Any] | None) -> Callable[..., Any] | None:
        return None if measure is None else lambda theta: measure(validate.point("theta", theta, problem.dim) @ turn)

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, problem.dim)
        matrix = turn.astype(theta.dtype)
        return problem.grad(theta @ matrix, t) @ matrix.T

    measures: dict[str, Any] = {name: turned_back(getattr(problem, name)) for name in MEASURES}
    return replace(
        problem,
        name=f"rotated {problem.name}",
        grad=grad,
        **measures,
        start=problem.start @ turn.T,
        minimum=None if problem.minimum is None else problem.minimum @ turn.T,
        window=_turned_window(problem.window, turn),
        project=_turned_projection(problem.project, turn),
    )


def _rotation(by: ArrayLike, dim: int) -> np.ndarray:
    values = validate.array("by", by).astype(np.float64, copy=False)
    if values.ndim == 0:
        if dim != 2 or not np.isfinite(values):
            degrees = "a finite number of degrees, or " if dim == 2 else ""
            validate.refuse(ValueError, "by", by, f"{degrees}an orthogonal matrix of shape ({dim}, {dim})")
        c, s = np.cos(np.radians(values)), np.sin(np.radians(values))
        values = np.array([[c, -s], [s, c]])
    if values.shape != (dim, dim) or not np.allclose(values @ values.T, np.eye(dim), rtol=0, atol=1e-10):
        validate.refuse_as(ValueError, "by", f"of shape {values.shape}", f"be an orthogonal matrix of shape ({dim}, {dim})")
    return values


def _turned_projection(project: Callable[..., Any] | None, turn: np.ndarray) -> Callable[..., Any] | None:
    return None if project is None else lambda theta: project(theta @ turn) @ turn.T


def _turned_window(window: Any, turn: np.ndarray) -> Any:
    if window is None:
        return None
    corners = np.array([(x, y) for x in window[0] for y in window[1]]) @ turn.T
    return tuple(zip(corners.min(axis=0).tolist(), corners.max(axis=0).tolist()))


def scaled(problem: Problem, factor: ArrayLike) -> Problem:
    """The same problem measured in other units of loss: its gradient is multiplied by `factor`.

        f'(theta) = factor f(theta),  g' = factor g

    problem : any
    factor : above 0. One number scales loss and gradient. A list (D,) scales each component of the gradient and
        leaves the loss: the "diagonal rescaling of the gradients" of Kingma & Ba 2015, abstract

    Returns a Problem. Raises ValueError for a factor that is not above 0 or does not fit theta.
    """
    factor = per_coordinate(problem, "factor", factor, low=np.nextafter(0, 1))

    def loss(theta: ArrayLike) -> np.ndarray:
        return factor * problem.loss(theta) if isinstance(factor, float) else problem.loss(theta)

    def grad(theta: ArrayLike, t: int = 1) -> np.ndarray:
        gradient = problem.grad(theta, t)
        return (factor * gradient).astype(gradient.dtype)

    return replace(problem, name=f"scaled {problem.name}", loss=loss, grad=grad, start=spread(problem, np.shape(factor)))


def shifted(problem: Problem, by: float) -> Problem:
    """The same surface with its minimum at (by, by)."""
    return replace(
        problem,
        loss=lambda theta: problem.loss(np.asarray(theta) - by),
        grad=lambda theta, t=1: problem.grad(np.asarray(theta) - by, t),
        start=problem.start + by,
        minimum=np.full(problem.dim, by),
    )


@cache
def quarter_turn(dim: int, seed: int) -> np.ndarray:
    """A random matrix A that turns every direction by 90 degrees: A^2 = -I. cos(a) I + sin(a) A turns every one by a.

    dim : even
    """
    q, r = np.linalg.qr(np.random.default_rng(seed).standard_normal((dim, dim)))
    pairs = (q * np.sign(np.diag(r))).T.reshape(dim // 2, 2, dim)
    first, second = pairs[:, 0], pairs[:, 1]
    return second.T @ first - first.T @ second
