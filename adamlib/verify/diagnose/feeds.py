"""What becomes of gradients before a rule sees them: one row for each thing that goes wrong on the way."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from adamlib.precision import rounded

TIMES_AS_LARGE = (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 3, 5, 10, 100, 1000, 255, 65536)
LIMITS = tuple(a * 10.0**b for b in range(-3, 3) for a in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 7.5, 8, 9))


class Fed(NamedTuple):
    """Gradients that are not those of the probe.

    says : what is wrong, a clause
    feed : the gradients, (steps, coordinates), as they reach the rule
    factor : the number by which they are multiplied, which a rule without eps cannot tell from another rate; else None
    is_elementwise : whether each coordinate is treated alone, so that a matrix is as a vector
    """

    says: str
    feed: Callable[[np.ndarray], np.ndarray]
    factor: float | None = None
    is_elementwise: bool = True

    @property
    def is_scale(self) -> bool:
        return self.factor is not None


def lengths_of(g: np.ndarray) -> np.ndarray:
    return np.sqrt((g * g).sum(axis=-1, keepdims=True))


def multiplied_by(factor: float) -> Fed:
    return Fed(f"the gradient is {factor:.6g} times as large", lambda g: g * factor, factor)


def clipped_by_value(limit: Any) -> Fed:
    """limit : a number, or many at once, (rows, 1)"""
    says = f"each coordinate of the gradient is clipped to [-{limit_text(limit)}, {limit_text(limit)}]"
    return Fed(says, lambda g: np.clip(g, -limit, limit))


def clipped_by_length(limit: Any) -> Fed:
    """limit : a number, or many at once, (rows, 1)"""
    says = f"the gradient is clipped to the length {limit_text(limit)}"
    return Fed(says, lambda g: g * np.minimum(1, limit / lengths_of(g)), is_elementwise=False)


def shortened_by_torch(limit: float) -> Fed:
    says = f"the gradient is clipped to the length {limit_text(limit)}, as by PyTorch, which adds 1e-6 to its length"
    if limit == 1:
        says = "each gradient is divided by its length and 1e-6, or clipped so to the length 1, as by PyTorch"
    return Fed(says, lambda g: g * np.minimum(1, limit / (lengths_of(g) + 1e-6)), is_elementwise=False)


def cut_to(dtype: str) -> Fed:
    return Fed(f"the gradient is cut to {dtype}", lambda g: rounded(g, dtype))


def limit_text(limit: Any) -> str:
    return f"{limit:.6g}" if np.ndim(limit) == 0 else "one of many"


def a_step_late(g: np.ndarray) -> np.ndarray:
    return np.concatenate([np.zeros_like(g[:1]), g[:-1]])


FEEDS: tuple[Fed, ...] = (
    Fed("the gradient has the other sign: it walks uphill", lambda g: -g),
    Fed("the gradients are added up: none is forgotten before the next", lambda g: np.cumsum(g, axis=0)),
    Fed(
        "each gradient is divided by its length, or clipped to the length 1, which is the same here",
        lambda g: g / lengths_of(g),
        is_elementwise=False,
    ),
    Fed("each gradient comes a step too late", a_step_late),
    Fed("only the sign of the gradient is seen", np.sign),
    *(clipped_by_value(limit) for limit in LIMITS),
    *(clipped_by_length(limit) for limit in LIMITS),
    *(shortened_by_torch(limit) for limit in LIMITS),
    *(cut_to(dtype) for dtype in ("bfloat16", "float16")),
    *(multiplied_by(factor) for scale in TIMES_AS_LARGE for factor in (scale, 1 / scale)),
)
