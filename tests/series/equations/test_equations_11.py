"""Equations of lesson 11, each by another derivation."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.after_adam import length_needed

RULES = [al.Adam(lr=0.1), al.Lion(lr=0.1), al.ADOPT(lr=0.1), al.Adafactor(blocks=[(2, 2)]), al.Muon(lr=0.1, blocks=[(2, 2)])]


@pytest.mark.parametrize("rule", RULES, ids=[type(rule).__name__ for rule in RULES])
def test_11_1(rule):
    """Every rule moves by lr times its direction over its ruler, from the positions of a walk and what it recorded."""
    walk = al.run(rule, al.quadratic([1, 2, 5, 9]), [1.0, -2.0, 0.5, 3.0], steps=12)
    steps = rule.lr * walk.m_hat[1:] / (np.sqrt(walk.v_hat[1:]) + rule.eps)
    np.testing.assert_allclose(np.diff(walk.theta, axis=0), -steps, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [(4096, 4096), (3, 5), (1000, 10)])
def test_11_2(shape):
    """Bytes of the arrays: two as large as the matrix, or the means along either axis."""
    g = np.zeros(shape, np.float32)
    rows, columns = shape
    assert 2 * g.nbytes == 2 * 4 * rows * columns
    assert g[:, 0].nbytes + g[0].nbytes == 4 * (rows + columns)


@pytest.mark.parametrize("power", [0.5, 1.0, 2.5])
def test_11_3(power):
    """Losses c n^-power: a rule with a smaller c is faster by the root, whatever the target; twice the steps, half the speed."""
    lengths = np.array([75.0, 150, 300, 600])
    slow, quick = 8 * lengths**-power, 6 * lengths**-power
    for target in (slow[2], 0.9 * slow[2]):
        found = length_needed(lengths, slow, target) / length_needed(lengths, quick, target)
        assert found == pytest.approx((8 / 6) ** (1 / power))
    assert 300 / length_needed(lengths, slow, slow[2]) == pytest.approx(1)
    assert 300 / length_needed(2 * lengths, slow, slow[2]) == pytest.approx(0.5)
    assert length_needed(lengths, slow, 0.0) == np.inf
