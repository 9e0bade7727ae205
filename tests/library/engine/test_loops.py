"""The powers of a share of the past, which the loops make beforehand, have the bits of `averages.power`."""

import numpy as np
import pytest

from adamlib.averages import power
from adamlib.engine import floats

pytest.importorskip("numba", reason="no Numba: install the extra `fast` to test the compiled engine")

from adamlib.engine import loops


def test_powers_have_the_same_bits():
    for beta in (0.0, 0.5, 0.9, 0.999, 0.99999):
        for first, count in ((0, 1), (0, 8), (64, 64), (4096, 512)):
            table = floats.powers(beta, first, count)
            assert table.tolist() == [power(beta, first + j) for j in range(count + 2)]


@pytest.mark.parametrize(("firsts", "rows"), [([0], 1), ([0], 100), ([0, 256, 512, 7 * 256, 0, 256], 256)])
def test_the_powers_of_many_lanes_have_the_same_bits(firsts, rows):
    betas = np.array([0.0, 0.5, 0.9, 0.75, 0.99999])
    powers = np.empty((rows + 1, len(betas)))
    for first in firsts:
        loops.fill_powers(betas.copy(), first, powers)
        assert powers.tolist() == [[power(beta, first + j) for beta in betas.tolist()] for j in range(rows + 1)]
