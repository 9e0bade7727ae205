"""What a careless reader may hand to a function, and what may come back: a clear error, or what the same numbers give."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

NAN, INF = float("nan"), float("inf")
ODD_NUMBERS = [0, 1, -1, 2, 0.5, -0.5, 1e-300, 5e-324, 1e308, 10**30, -(10**30), NAN, INF, -INF, -0.0, True, 1j, np.float16(0.5)]
ODD_NUMBERS += [
    np.float32(0.1),
    np.int8(3),
    np.uint64(2**63),
    np.longdouble("0.1"),
    np.bool_(True),
    np.complex64(1),
    np.float64(2),
]
ODD_THINGS = [
    None,
    ...,
    "",
    "x",
    "0.1",
    "<script>alert(1)</script>",
    "$\\frac{",
    b"x",
    object(),
    {},
    {"a": 1},
    {1: [2.0]},
    set(),
    range(3),
]
ODD_THINGS += [[], [[]], [0.1, "x"], [[0.1], [0.1, 0.2]], (1, 2, 3), [None], [NAN, 1.0], np.datetime64("2020-01-01")]
ODD_THINGS += [
    np.ma.array([0.5, 0.25], mask=[True, False]),
    np.zeros(0),
    np.zeros((0, 2)),
    np.zeros((2, 0)),
    np.array(None),
    10**400,
]
ARRAY_DTYPES = ["f8", "f4", "f2", ">f8", "i8", "i1", "u1", "?", "c16", "O", "U2", "M8[D]", np.longdouble]


@st.composite
def any_arrays(draw) -> np.ndarray:
    """An array of any dtype and shape, in any layout, sometimes read-only, sometimes masked."""
    array = draw(
        hnp.arrays(draw(st.sampled_from(ARRAY_DTYPES)), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
    )
    layout = draw(st.sampled_from(["C", "F", "reversed", "read-only", "masked"]))
    if layout == "F":
        return np.asfortranarray(array)
    if layout == "reversed" and array.ndim:
        return array[::-1]
    if layout == "read-only":
        array.setflags(write=False)
    return np.ma.array(array, mask=False) if layout == "masked" else array


VALUES = st.one_of(
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from(ODD_THINGS),
    any_arrays(),
    st.floats(),
    st.integers(-3, 3),
    st.lists(st.floats(-1, 1), max_size=4),
)


def as_plain_numbers(value: Any) -> Any:
    """The same numbers as a plain Python number or an array of float64 or int64 with a layout of its own, where there are any."""
    if isinstance(value, (str, bytes, Mapping, bool, type(None))) or callable(value):
        return value
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return value
    if array.dtype.kind not in "iuf" or np.ma.isMaskedArray(value):
        return value
    if array.dtype.kind in "iu":
        return int(array) if array.ndim == 0 else array.astype(np.int64)
    return float(array) if array.ndim == 0 else np.array(array, np.float64, order="C")


def is_numeric(value: Any) -> bool:
    """Whether a value is real numbers, and nothing that only looks like them."""
    if type(value) is int:
        return True
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return False
    return array.dtype.kind in "iuf" and not np.ma.isMaskedArray(value)


def is_numeric_or_none(value: Any) -> bool:
    return value is None or is_numeric(value)


def is_complex_or_numeric(value: Any) -> bool:
    """Whether a value is numbers, real or complex: a surface takes complex steps."""
    return is_numeric(value) or (np.asarray(value).dtype.kind == "c" and not np.ma.isMaskedArray(value))


def outcome(call: Callable, field: str, value: Any, others: Sequence[str] = ()) -> Any:
    """What comes back, or the class of a clear error. AssertionError for an error that is not clear.

    others : further names that an error may speak of, where two arguments do not go together
    """
    kept = np.array(value, copy=True, subok=True) if isinstance(value, np.ndarray) else None
    try:
        result, said = call(value), None
    except (ValueError, TypeError, FileNotFoundError) as error:
        result, said = type(error), str(error)
    if said is not None:
        head, separator, allowed = said.partition(" is not allowed: ")
        assert separator, f"{result.__name__}: {said}"
        assert allowed
        assert any(name in head for name in (field, *others)), f"{field} is not named: {said}"
        assert len(said) < 1000, said
    if kept is not None:
        assert same_array(np.asarray(value), np.asarray(kept)), f"{field} was changed"
    return result


def same_array(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two arrays hold the same; of Python objects the very same, for some cannot be compared."""
    if one.dtype == object:
        return one.shape == other.shape and all(a is b for a, b in zip(one.flat, other.flat))
    return np.array_equal(one, other, equal_nan=one.dtype.kind in "fcmM")


def same_result(one: Any, other: Any) -> bool:
    """Whether two results say the same, to the precision of the lower dtype."""
    if isinstance(one, type) or isinstance(other, type):
        return one is other
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(same_result(one[key], other[key]) for key in one)
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same_result, one, other))
    if isinstance(one, (np.ndarray, float, int, np.generic)):
        a, b = np.asarray(one), np.asarray(other)
        if a.dtype.kind not in "iufb" or a.dtype.itemsize < 8 or b.dtype.itemsize < 8:
            return a.shape == b.shape  # less precise numbers overflow earlier: their shape is all that can be told
        return a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=1e-300, equal_nan=True)
    return repr(one).split(" at 0x")[0] == repr(other).split(" at 0x")[0]


def count_examples(here: int, share: float) -> int:
    """How many examples a test tries: `here`, or its share of those that ADAMLIB_EXAMPLES asks for in all."""
    wanted = os.environ.get("ADAMLIB_EXAMPLES")
    return max(here, round(share * int(wanted))) if wanted else here
