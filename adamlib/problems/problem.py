"""What is minimised: one shape for surfaces, real data and counterexamples."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


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
    formula : the same loss and gradient as two functions of plain coordinates, with their parameters, or None
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
    formula: tuple | None = None

    @property
    def dim(self) -> int:
        """D, the number of parameters."""
        return self.start.shape[-1]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}, {self.dim} parameters>"
