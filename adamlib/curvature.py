"""How sharply a loss bends at a point: all its curvatures, or the largest, from gradients alone."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from adamlib import validate
from adamlib.problems.problem import Problem


def hessian(problem: Problem, theta: ArrayLike) -> np.ndarray:
    """The curvatures at a point: how the slope changes from there, by central differences of the gradient.

        H_ij = d^2 f / d theta_i d theta_j

    problem : whose loss; its gradient is that of step 1
    theta : (..., D)

    Returns (..., D, D), symmetric. The step of the differences is 1e-4, and 1e-4 of a coordinate larger than 1.

    >>> from adamlib import rosenbrock
    >>> hessian(rosenbrock(), [1.0, 1.0]).round(3)
    array([[ 802., -400.],
           [-400.,  200.]])
    """
    validate.instance("problem", problem, Problem, "a Problem")
    theta = validate.point("theta", theta, problem.dim)
    with np.errstate(all="ignore"):
        h = 1e-4 * np.maximum(1.0, np.abs(theta))[..., None]
        here, sides = theta[..., None, :], h * np.eye(problem.dim)
        rows = (problem.grad(here + sides) - problem.grad(here - sides)) / (2 * h)
    return (rows + np.swapaxes(rows, -1, -2)) / 2


def hessian_times(problem: Problem, theta: np.ndarray, u: np.ndarray, reach: float = 1e-4) -> np.ndarray:
    """The Hessian at theta times u, from the gradients on both sides of theta.

        (g(theta + small u) - g(theta - small u)) / (2 small)

    theta, u : (..., D), float64
    reach : how far the two points lie from theta
    """
    small = reach / np.linalg.norm(u, axis=-1, keepdims=True)
    return (problem.grad(theta + small * u) - problem.grad(theta - small * u)) / (2 * small)


def sharpness(problem: Problem, theta: Any, p: Any = 1.0, rounds: int = 40, u: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """The largest curvature of the loss: multiply a vector by the Hessian again and again until only one direction is left.

        lambda_max(P^-1/2 H P^-1/2)

    problem : whose loss
    theta : (..., D), one point or many
    p : the diagonal of P, above 0, broadcasts against theta; sqrt(v_hat) + eps for what Adam feels, 1 for the loss itself
    rounds : how many multiplications, at least 1
    u : (..., D), where to begin: what the last call returned saves rounds; None for one random vector

    Returns the eigenvalue, without its sign, (...), and its direction, (..., D); nan where theta is lost. The gradient is
    that of step 1: give a problem without batches. Precision: that of finite differences, some eight digits, once the
    rounds suffice. Raises ValueError for a p that is not above 0 or does not fit theta, and for rounds below 1.
    Source: LeCun, Simard & Pearlmutter 1993, who do both for the largest eigenvalue and its direction.

    >>> from adamlib import quadratic
    >>> value, direction = sharpness(quadratic([1, 5]), [2.0, 3.0])
    >>> float(value.round(6)), abs(direction).round(6).tolist()
    (5.0, [0.0, 1.0])
    """
    validate.instance("problem", problem, Problem, "a Problem")
    theta = validate.point("theta", theta, problem.dim).astype(np.float64)
    p = validate.hyper("p", p, low=np.nextafter(0, 1))
    if np.ndim(p) and np.shape(p)[-1] not in (1, problem.dim):
        validate.refuse_as(ValueError, "p", f"of shape {np.shape(p)}", f"be one number, or end in {problem.dim} of them")
    root = np.sqrt(p)
    u = np.random.default_rng(0).standard_normal(problem.dim) if u is None else validate.point("u", u, problem.dim)
    for _ in range(validate.count("rounds", rounds)):
        with np.errstate(all="ignore"):
            w = hessian_times(problem, theta, u / root) / root
            size = np.linalg.norm(w, axis=-1, keepdims=True)
            u = np.where(size > 0, w / size, u)
    return size[..., 0], u
