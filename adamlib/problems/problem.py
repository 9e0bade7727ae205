"""What is minimised: one shape for surfaces, real data and counterexamples."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

from adamlib import validate

FUNCTIONS = ("loss", "grad", "project", "test_loss", "train_accuracy", "test_accuracy")


def keep_freed_memory() -> None:
    """Let the next step have the memory of this one. Else arrays of a megabyte are returned and cleared anew, step after step.

    The C library of Linux keeps up to twice the largest block that was ever freed, if that had less than 32 MB; this one is
    never written to, so it costs nothing. Elsewhere nothing changes. Source: mallopt(3), M_MMAP_THRESHOLD.
    """
    np.empty(2**25 - 2**14, np.uint8)


keep_freed_memory()


def window_of(value: Any) -> tuple[Any, ...] | None:
    """((x0, x1), (y0, y1)) as Python numbers, or None. Raises ValueError or TypeError for anything else."""
    if value is None:
        return None
    box = validate.array("window", value)
    if box.shape != (2, 2) or not (np.isfinite(box).all() and (box[:, 0] < box[:, 1]).all()):
        validate.refuse(ValueError, "window", value, "((x0, x1), (y0, y1)), each rising")
    return tuple(map(tuple, box.tolist()))


def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function without NumPy's warnings: a loss that is inf or nan is a result."""
    if hasattr(function, "quiet"):
        return function

    @wraps(function)
    def without_warnings(*arguments: Any, **words: Any) -> Any:
        with np.errstate(all="ignore"):
            return function(*arguments, **words)

    without_warnings.quiet = True  # type: ignore[attr-defined]
    return without_warnings


class Formula(NamedTuple):
    """A surface as plain functions of coordinates, which run on arrays and on numbers and can be compiled.

    height : (x, y, **parameters) -> loss
    slope : (x, y, **parameters) -> (dloss/dx, dloss/dy)
    parameters : numbers, by name, in the order of the functions' arguments
    """

    height: Callable[..., Any]
    slope: Callable[..., Any]
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
    blocks : the shapes of the matrices and vectors that theta is made of, in their order; None where it is only a vector.
        Rules that know the shape of a matrix take them from here
    """

    name: str
    loss: Callable[..., np.ndarray]
    grad: Callable[..., np.ndarray]
    start: np.ndarray
    minimum: np.ndarray | None = None
    window: tuple[Any, ...] | None = None
    project: Callable[[np.ndarray], np.ndarray] | None = None
    test_loss: Callable[[np.ndarray], np.ndarray] | None = None
    train_accuracy: Callable[[np.ndarray], np.ndarray] | None = None
    test_accuracy: Callable[[np.ndarray], np.ndarray] | None = None
    blocks: tuple[tuple[int, ...], ...] | None = None

    def __post_init__(self) -> None:
        validate.text("name", self.name)
        for name in FUNCTIONS:
            function = getattr(self, name)
            if function is not None or name in ("loss", "grad"):
                validate.function(name, function)
                object.__setattr__(self, name, quiet(function))
        start = validate.array("start", self.start)
        if not start.ndim or not start.size:
            validate.refuse_as(ValueError, "start", f"of shape {start.shape}", "be of shape (..., D)")
        object.__setattr__(self, "start", start)
        object.__setattr__(self, "minimum", validate.optional(validate.point, "minimum", self.minimum, self.dim))
        object.__setattr__(self, "window", window_of(self.window))
        object.__setattr__(self, "blocks", validate.optional(validate.shapes_of_blocks, "blocks", self.blocks))
        validate.blocks_within("blocks", self.blocks, self.dim)

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
