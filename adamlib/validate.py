"""Clear errors: each names the field, the value it got and what is allowed."""

from typing import Any, NoReturn

import numpy as np

ANY = "a number or an array of numbers"


def _refuse(error: type[Exception], name: str, value: Any, allowed: str) -> NoReturn:
    text = repr(value)
    shown = text if len(text) <= 80 else text[:77] + "..."
    raise error(f"{name} = {shown} is not allowed: {name} must be {allowed}")


def array(name: str, value: Any, allowed: str = ANY) -> np.ndarray:
    """`value` as an array of real floats: float16, float32 and float64 stay, integers become float64."""
    try:
        out = np.asarray(value)
    except ValueError:
        _refuse(ValueError, name, value, allowed)
    if np.ma.isMaskedArray(value) or out.dtype.kind not in "fiu":
        _refuse(TypeError, name, value, allowed)
    return out if out.dtype.kind == "f" else out.astype(np.float64)


def hyper(name: str, value: Any, low: float = 0.0, high: float = np.inf, closed: bool = False) -> float | np.ndarray:
    """A hyperparameter in [low, high), or in [low, high] if closed.

    Returns a Python float where it is one number, else a read-only float64 array. A Python float never widens
    a float32 or float16 array; a NumPy scalar would.
    """
    top = f"{'at most' if closed else 'below'} {high:g}"
    allowed = f"finite and at least {low:g}" if high == np.inf else f"at least {low:g} and {top}"
    numbers = np.array(array(name, value, f"a number or an array of numbers, {allowed}"), dtype=np.float64)
    if not (np.isfinite(numbers) & (numbers >= low) & (numbers <= high if closed else numbers < high)).all():
        _refuse(ValueError, name, value, allowed)
    if numbers.size == 0:
        _refuse(ValueError, name, value, "at least one number")
    if numbers.ndim == 0:
        return float(numbers)
    numbers.setflags(write=False)
    return numbers


def number(name: str, value: Any, low: float = 0.0, high: float = np.inf) -> float:
    """One number in [low, high)."""
    out = hyper(name, value, low, high)
    if not isinstance(out, float):
        _refuse(ValueError, name, value, "one number")
    return out


def seeds(name: str, value: Any) -> np.ndarray:
    """A whole number, at least 0, or an array of them."""
    out = np.asarray(value)
    if out.dtype.kind not in "iu" or out.size == 0:
        _refuse(TypeError, name, value, "a whole number, at least 0, or a list of them")
    if (out < 0).any():
        _refuse(ValueError, name, value, "a whole number, at least 0, or a list of them")
    return out


def count(name: str, value: Any, least: int = 1) -> int:
    """A whole number, at least `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        _refuse(TypeError, name, value, f"a whole number, at least {least}")
    if value < least:
        _refuse(ValueError, name, value, f"a whole number, at least {least}")
    return int(value)


def choice(name: str, value: Any, allowed: tuple) -> None:
    """One of a few words."""
    if not isinstance(value, str) or value not in allowed:
        _refuse(ValueError, name, value, "one of " + ", ".join(map(repr, allowed)))


def flag(name: str, value: Any) -> None:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        _refuse(TypeError, name, value, "True or False")


def point(name: str, value: Any, dim: int) -> np.ndarray:
    """Points whose last axis holds `dim` coordinates: shape (..., dim)."""
    out = array(name, value)
    if out.ndim == 0 or out.shape[-1] != dim:
        _refuse(ValueError, f"{name} of shape {out.shape}", value, f"of shape (..., {dim})")
    return out


def function(name: str, value: Any) -> None:
    """Something that can be called."""
    if not callable(value):
        _refuse(TypeError, name, value, "a function")
