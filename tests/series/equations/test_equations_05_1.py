"""The equation of room 05.1, by a derivation that is not the room's own."""

from fractions import Fraction

import pytest

import adamlib as al


@pytest.mark.parametrize("T", [1, 4, 3000])
def test_5_1_1(T):
    """The schedule by adding up equal stairs: from 1 down to 1 / T, and the whole way is (T + 1) / 2."""
    rate, whole = Fraction(1), Fraction(0)
    for t in range(1, T + 1):
        assert al.linear(T)(t) == pytest.approx(float(rate), abs=1e-12)
        whole += rate
        rate -= Fraction(1, T)
    assert rate == 0
    assert whole == Fraction(T + 1, 2)
    assert al.linear(T)(T + 1) == 0
