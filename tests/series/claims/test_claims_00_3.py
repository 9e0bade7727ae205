"""Room 00.3: what it showed, walked again in plain numbers."""

import pytest


def end_of(lr, largest=float("inf")):
    """Where forty steps on the two wells end that start at (1.6, 1.2), each slope cut to `largest`."""
    x, y = 1.6, 1.2
    for _ in range(40):
        slopes = [max(-largest, min(largest, slope)) for slope in (x * (x * x - 1), 2 * y)]
        x, y = x - lr * slopes[0], y - lr * slopes[1]
    return x, y


@pytest.mark.claim("00.3#1")
@pytest.mark.parametrize(("lr", "well"), [(0.1, 1), (0.2, 1), (0.3, 1), (0.5, 1), (0.7, -1), (0.9, -1)])
def test_00_3_the_rate_decides_where(lr, well):
    """All six are safe: near a well both curvatures are 2, and the limit is 2/2 = 1."""
    assert end_of(lr) == pytest.approx((well, 0), abs=1e-3)


@pytest.mark.claim("00.3#2")
def test_00_3_clipped_to_one_it_stays():
    assert end_of(0.9, largest=1) == pytest.approx((1, 0), abs=1e-3)
    assert end_of(0.9, largest=2) != pytest.approx((1, 0), abs=1e-3)
