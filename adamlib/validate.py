"""Clear errors: each names the field, the value it got and what is allowed."""

from collections.abc import Callable
from functools import wraps
from inspect import signature
from math import prod
from typing import Any, NoReturn

import numpy as np

ANY = "a number or an array of numbers"
KEPT_DTYPES = (np.dtype(np.float64), np.dtype(np.float32), np.dtype(np.float16))
LARGEST_COUNT = 10**9  # no count is larger: a slip, or an array that no machine holds


def refuse(error: type[Exception], name: str, value: Any, allowed: str) -> NoReturn:
    """Raise the error of every refusal: the field, the value and what is allowed."""
    text = hex(value) if isinstance(value, int) and value.bit_length() > 256 else repr(value)
    shown = text if len(text) <= 80 else text[:77] + "..."
    refuse_as(error, name, f"= {shown}", f"be {allowed}")


def refuse_as(error: type[Exception], name: str, said: str, must: str) -> NoReturn:
    """The same where something else is said of the value: `refuse_as(ValueError, "x", "of shape (3,)", "have two axes")`."""
    raise error(f"{name} {said} is not allowed: {name} must {must}")


def _is_masked(value: Any) -> bool:
    """Whether numbers are hidden in it. NumPy loads masked arrays only when they are asked for: so do we."""
    return isinstance(value, np.ndarray) and type(value) is not np.ndarray and np.ma.isMaskedArray(value)


def array(name: str, value: Any, allowed: str = ANY, kinds: str = "fiu") -> np.ndarray:
    """`value` as an array of real floats: float16, float32 and float64 stay, integers and others become float64.

    kinds : of NumPy's dtypes, those allowed; "fiuc" lets complex numbers pass as they are
    """
    try:
        out = np.asarray(float(value) if type(value) is int else value)
    except (ValueError, OverflowError):
        refuse(ValueError, name, value, allowed)
    if _is_masked(value) or out.dtype.kind not in kinds:
        refuse(TypeError, name, value, allowed)
    return out if out.dtype in KEPT_DTYPES or out.dtype.kind == "c" else out.astype(np.float64)


def hyper(name: str, value: Any, low: float = 0.0, high: float = np.inf, closed: bool = False) -> float | np.ndarray:
    """A hyperparameter in [low, high), or in [low, high] if closed.

    Returns a Python float where it is one number, else a read-only float64 array. A Python float never widens
    a float32 or float16 array; a NumPy scalar would.
    """
    top = f"{'at most' if closed else 'below'} {high:g}"
    allowed = f"finite and at least {low:g}" if high == np.inf else f"at least {low:g} and {top}"
    numbers = np.array(array(name, value, f"a number or an array of numbers, {allowed}"), dtype=np.float64)
    if not (np.isfinite(numbers) & (numbers >= low) & (numbers <= high if closed else numbers < high)).all():
        refuse(ValueError, name, value, allowed)
    if numbers.size == 0:
        refuse(ValueError, name, value, "at least one number")
    if numbers.ndim == 0:
        return float(numbers)
    numbers.setflags(write=False)
    return numbers


def one_number(name: str, value: Any, low: float = 0.0, high: float = np.inf) -> float:
    """One number in [low, high)."""
    out = hyper(name, value, low, high)
    if not isinstance(out, float):
        refuse(ValueError, name, value, "one number")
    return out


def real(name: str, value: Any) -> float:
    """One number, inf and nan among them."""
    out = array(name, value, "one number")
    if out.ndim:
        refuse(ValueError, name, value, "one number")
    return float(out)


def seeds(name: str, value: Any) -> np.ndarray:
    """A whole number, at least 0, or an array of them."""
    return whole(name, value, "a whole number, at least 0, or a list of them")


def whole(name: str, value: Any, allowed: str) -> np.ndarray:
    """Whole numbers, at least 0."""
    try:
        out = np.asarray(value)
    except (ValueError, OverflowError):
        refuse(ValueError, name, value, allowed)
    if _is_masked(value) or out.dtype.kind not in "iu" or out.size == 0:
        refuse(TypeError, name, value, allowed)
    if (out < 0).any():
        refuse(ValueError, name, value, allowed)
    return out


def count(name: str, value: Any, least: int = 1) -> int:
    """A whole number, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        refuse(TypeError, name, value, f"a whole number, at least {least}")
    if value < least:
        refuse(ValueError, name, value, f"a whole number, at least {least}")
    if value > LARGEST_COUNT:
        refuse(ValueError, name, value, f"at most {LARGEST_COUNT}")
    return int(value)


def count_up_to(name: str, value: Any, most: int, what: str) -> int:
    """A whole number from 1 to `most`, which is what it says, as "the number of examples"."""
    if count(name, value) > most:
        refuse(ValueError, name, value, f"at most {most}, {what}")
    return int(value)


def choice(name: str, value: Any, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    if not isinstance(value, str) or value not in allowed:
        refuse(ValueError, name, value, "one of " + ", ".join(map(repr, allowed)))
    return value


def flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        refuse(TypeError, name, value, "True or False")
    return bool(value)


def point(name: str, value: Any, dim: int, kinds: str = "fiu") -> np.ndarray:
    """Points whose last axis holds `dim` coordinates: shape (..., dim)."""
    out = array(name, value, kinds=kinds)
    if out.ndim == 0 or out.shape[-1] != dim:
        refuse_as(ValueError, name, f"of shape {out.shape}", f"be of shape (..., {dim})")
    return out


def shapes_of_blocks(name: str, value: Any) -> tuple[tuple[int, ...], ...]:
    """The shapes of matrices and vectors, in the order in which they make up a vector; a number is the length of a vector."""
    allowed = "shapes of matrices and vectors, as [(64, 32), (32,)]"
    if not isinstance(value, (list, tuple)):
        refuse(TypeError, name, value, allowed)
    shapes = [tuple(one) if isinstance(one, (list, tuple)) else (one,) for one in value]
    if not all(len(shape) in (1, 2) for shape in shapes):
        refuse(ValueError, name, value, allowed)
    return tuple(tuple(count(f"a side in {name}", side) for side in shape) for shape in shapes)


def blocks_within(name: str, shapes: Any, dim: int) -> None:
    """Refuse blocks of more than dim numbers."""
    if (size := sum(map(prod, shapes or ()))) > dim:
        refuse_as(ValueError, name, f"of {size} numbers", f"have at most the {dim} of theta")


def function(name: str, value: Any) -> None:
    """Something that can be called."""
    if not callable(value):
        refuse(TypeError, name, value, "a function")


def text(name: str, value: Any) -> str:
    """A text."""
    if not isinstance(value, str):
        refuse(TypeError, name, value, "a text")
    return value


def instance(name: str, value: Any, kind: type | tuple[type, ...], allowed: str) -> None:
    """Something of one kind."""
    if not isinstance(value, kind):
        refuse(TypeError, name, value, allowed)


def optional(check: Callable[..., Any], name: str, value: Any, *more: Any) -> Any:
    """None, or what `check` lets pass."""
    return None if value is None else check(name, value, *more)


# What the arguments of a formula must be.

Check = Callable[[str, Any], Any]


def requires(**checks: Check) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: the arguments that are named pass their check before the formula sees them."""

    def decorate(formula: Callable[..., Any]) -> Callable[..., Any]:
        arguments = signature(formula)

        @wraps(formula)
        def checked(*values: Any, **words: Any) -> Any:
            bound = arguments.bind(*values, **words)
            for name in bound.arguments:
                bound.arguments[name] = checks[name](name, bound.arguments[name])
            return formula(**bound.arguments)

        return checked

    return decorate


def below_one(name: str, value: Any) -> float | np.ndarray:
    """Numbers in [0, 1)."""
    return hyper(name, value, high=1.0)


def at_least_zero(name: str, value: Any) -> float | np.ndarray:
    """Numbers, at least 0."""
    return hyper(name, value)


def above_zero(name: str, value: Any) -> float | np.ndarray:
    """Numbers above 0."""
    return hyper(name, value, low=np.nextafter(0, 1))


def finite(name: str, value: Any) -> float | np.ndarray:
    """Finite numbers."""
    return hyper(name, value, low=-np.finfo(float).max)


def for_one(check: Check) -> Check:
    """The same check for one number, where a formula chooses between two branches."""

    def single(name: str, value: Any) -> float:
        return one_number(name, check(name, value), low=-np.finfo(float).max)

    return single
