"""Number formats with few digits. NumPy has float16; bfloat16 is made here by rounding float32."""

from typing import Any

import numpy as np

from adamlib import validate

DIGITS = {"float64": 53, "float32": 24, "float16": 11, "bfloat16": 8}  # significant bits of a normal number


def bfloat16(x: Any) -> np.ndarray:
    """The nearest number that bfloat16 can hold, for each x: the range of float32 with 8 significant bits, ties to even.

        x rounded to 2^(e - 7) k for a whole number k, where 2^e <= |x| < 2^(e + 1)

    x : any shape; made float32 first

    Returns float32 of the same shape, its last 16 bits zero. Numbers beyond the range become infinite; nan stays nan.
    Raises TypeError or ValueError where x is not numbers.
    Source: IEEE 754-2019, section 4.3.1, roundTiesToEven, applied to the upper half of a float32.

    >>> bfloat16([1.0, 1.001, 1.005, 0.999])
    array([1.       , 1.       , 1.0078125, 1.       ], dtype=float32)
    """
    with np.errstate(over="ignore"):
        x = validate.array("x", x).astype(np.float32)
    bits = np.atleast_1d(x).view(np.uint32)
    even = bits + np.uint32(0x7FFF) + (bits >> np.uint32(16) & np.uint32(1))
    rounded = (even & np.uint32(0xFFFF0000)).view(np.float32).reshape(x.shape)
    return np.where(np.isnan(x), x, rounded)


def rounded(x: Any, dtype: str) -> np.ndarray:
    """The nearest numbers that a format holds, in float64.

    x, dtype : any shape; "float32", "float16" or "bfloat16"

    Returns float64 of the same shape; numbers beyond the range become infinite.

    >>> rounded([1.0001, 70000.0], "float16")
    array([ 1., inf])
    """
    with np.errstate(over="ignore"):
        return (bfloat16(x) if dtype == "bfloat16" else np.asarray(x).astype(dtype)).astype(float)
