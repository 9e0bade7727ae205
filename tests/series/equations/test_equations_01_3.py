"""The numbered equation of room 01.3, held against another derivation."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def test_1_3_1():
    """Lessard's slope in exact fractions, off the flat piece; and the three points go round in the library's rule."""
    p, q, r = (Fraction(n, 1225) for n in (-2208, 2592, 792))
    for before, now, after in ((r, p, q), (p, q, r), (q, r, p)):
        slope = 25 * now if now < 1 else 25 * now - 24
        by_the_rule = now + Fraction(4, 9) * (now - before) - Fraction(1, 9) * slope
        assert by_the_rule == after == -Fraction(4, 3) * now - Fraction(4, 9) * before + Fraction(8, 3) * (now >= 2)
    rule, problem = al.Momentum(lr=1 / 9, beta=4 / 9), al.lessard()
    state = rule.init(np.array([float(p)]))._replace(m=np.array([float(r - p) * 9]))
    for wanted in (q, r, p, q):
        state = rule.step(state, problem.grad(state.theta))
        assert state.theta[0] == pytest.approx(float(wanted), rel=1e-9)


def test_1_3_1_dies_without_the_push():
    """Both eigenvalues are -2/3."""
    assert np.linalg.eigvals([[-4 / 3, -4 / 9], [1, 0]]) == pytest.approx([-2 / 3, -2 / 3], abs=1e-6)
