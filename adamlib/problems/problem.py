"""What is minimised: one shape for surfaces, real data and counterexamples."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Formula(NamedTuple):
    """A surface as plain functions of coordinates, which run on arrays and on numbers and can be compiled.

    height : (x, y, **parameters) -> loss
    slope : (x, y, **parameters) -> (dloss/dx, dloss/dy)
    parameters : numbers, by name, in the order of the functions' arguments
    """

    height: Callable
    slope: Callable
    parameters: dict[str, float]


@dataclass(frozen=True, eq=False)
class Problem:
    """A loss, its gradient, and where to start.

    name : what a picture calls it
    loss : theta (..., D) -> loss (...)
    grad : theta (..., D), t -> gradient (..., D). t is the number of the step, from 1; only noise, batches
        and games that change with time look at it
    start : (D,), the usual starting point
    minimum : (D,) or (K, D) where several are equally deep, or None where there is none
    window : ((x0, x1), (y0, y1)) that a picture shows, or None
    project : theta -> the nearest allowed theta, or None where everything is allowed
    test_loss, train_accuracy, test_accuracy : theta (..., D) -> (...), where there are data; else None
    """

    name: str
    loss: Callable[..., np.ndarray]
    grad: Callable[..., np.ndarray]
    start: np.ndarray
    minimum: np.ndarray | None = None
    window: tuple | None = None
    project: Callable[[np.ndarray], np.ndarray] | None = None
    test_loss: Callable[[np.ndarray], np.ndarray] | None = None
    train_accuracy: Callable[[np.ndarray], np.ndarray] | None = None
    test_accuracy: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def formula(self) -> Formula | None:
        """The formula that `grad` computes, for a surface; else None."""
        return getattr(self.grad, "formula", None)

    @property
    def dim(self) -> int:
        """D, the number of parameters."""
        return self.start.shape[-1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {self.dim} parameters>"
