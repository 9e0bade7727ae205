"""Rounding to bfloat16, held against a second derivation: the nearest of the neighbours, found by their bits."""

import numpy as np
import pytest

import adamlib as al
from adamlib.precision import DIGITS


def all_of_them() -> np.ndarray:
    """Every finite number of the format, rising."""
    bits = np.arange(2**16, dtype=np.uint32) << np.uint32(16)
    numbers = bits.view(np.float32)
    return np.unique(numbers[np.isfinite(numbers)])


def test_what_it_holds_stays():
    held = all_of_them()
    assert len(held) == 2 * 255 * 128 - 1  # signs, exponents, fractions, and one zero
    assert np.array_equal(al.bfloat16(held), held)


def test_the_rest_goes_to_the_nearest():
    rng = np.random.default_rng(0)
    held = all_of_them().astype(float)
    x = (rng.standard_normal(20_000) * 10.0 ** rng.uniform(-38, 38, 20_000)).astype(np.float32)
    above = held.searchsorted(x.astype(float))
    below, above = held[above - 1], held[above]
    nearest = np.where(x.astype(float) - below < above - x.astype(float), below, above)
    tie = x.astype(float) - below == above - x.astype(float)
    assert np.array_equal(al.bfloat16(x)[~tie].astype(float), nearest[~tie])


def test_ties_go_to_the_even_one():
    assert al.bfloat16([1 + 2**-8, 1 + 3 * 2**-8]).tolist() == [1.0, 1 + 2**-6]


def test_infinite_and_nan():
    with np.errstate(all="raise"):
        out = al.bfloat16([np.inf, -np.inf, np.finfo(np.float32).max, np.nan, 0.0, -0.0])
    assert out[:3].tolist() == [np.inf, -np.inf, np.inf]
    assert np.isnan(out[3])
    assert np.signbit(out[4:]).tolist() == [False, True]


@pytest.mark.parametrize("bits", [0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF])
def test_every_nan_stays_one(bits):
    """Also those whose low bits would carry into the sign."""
    strange = np.array(bits, np.uint32).view(np.float32)
    with np.errstate(all="raise"):
        assert np.isnan(al.bfloat16(strange))
        assert np.isnan(al.bfloat16(strange[None])).all()


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_shape_and_dtype(shape):
    out = al.bfloat16(np.full(shape, 1.001))
    assert (out.shape, out.dtype) == (shape, np.float32)
    assert (out == 1).all()


def test_a_view_that_is_not_contiguous():
    x = np.arange(12, dtype=np.float32).reshape(3, 4)[:, ::2] + 0.001
    assert np.array_equal(al.bfloat16(x), al.bfloat16(x.copy()))


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16])
def test_digits(kind):
    """The gap above 1 is 2^(1 - digits)."""
    assert np.nextafter(kind(1), kind(2)) - kind(1) == 2.0 ** (1 - DIGITS[kind.__name__])


def test_digits_of_bfloat16():
    held = all_of_them()
    assert held[held.searchsorted(1) + 1] - 1 == 2.0 ** (1 - DIGITS["bfloat16"])
