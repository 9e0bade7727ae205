"""Numbers as text, the same on every platform."""

import math

import numpy as np

from adamlib import validate

ROUNDING = 1e-6  # a share of a curve's height: what is smaller may hang on rounding errors


def number(x: float | np.ndarray, digits: int = 3) -> str:
    """A number as plain text, the same on every platform: 0.0123, 1.23e-05, infinite, not a number.

    x : one number, inf and nan among them
    digits : how many significant ones, at least 1; trailing zeros are left out

    Returns a text. Raises TypeError or ValueError for what is not one number.

    >>> [number(x) for x in (0.012345, -0.0, 1234.5, 1.2e-7, float("inf"))]
    ['0.0123', '0', '1230', '1.2e-07', 'infinite']
    """
    x, digits = validate.real("x", x), validate.count("digits", digits)
    if math.isnan(x):
        return "not a number"
    if math.isinf(x):
        return "infinite" if x > 0 else "-infinite"
    text = f"{x:.{digits}g}"
    if "e" in text and 1 <= abs(x) < 1e6:
        text = f"{float(text):.0f}"
    return "0" if float(text) == 0 else text


def amount(x: float, digits: int = 3) -> str:
    """A loss as text: what rounding errors alone would decide is not spelt out."""
    return "below 1e-15" if 0 <= x < 1e-15 else number(x, digits)


def figures(x: float) -> str:
    """A number for a table: whole ones whole, what was typed as it was typed, what was computed with three digits.

    >>> [figures(x) for x in (1583, 0.9999, 1 / 3, 123456.7, 2e-5, float("inf"))]
    ['1,583', '0.9999', '0.333', '123,000', '2e-05', 'infinite']
    """
    x = validate.real("x", x)
    if not math.isfinite(x):
        return number(x)
    short = number(x, 6)
    text = short if float(short) == x else number(x)
    return f"{int(float(text)):,}" if float(text).is_integer() and abs(x) < 1e15 else text
