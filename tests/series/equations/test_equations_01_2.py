"""The numbered equation of room 01.2, held against another derivation."""

import numpy as np
import pytest


@pytest.mark.parametrize("lr", [0.1, 1.0, 1.9, 5.0])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_1_2_1(lr, beta):
    """The covariance P of two neighbouring positions does not change in a step: P = M P M' + Q, solved as a linear system."""
    a = lr * (1 - beta)
    step = np.array([[1 + beta - a, -beta], [1, 0]])
    push = np.array([[a**2, 0], [0, 0]])
    limit = 2 * (1 + beta) / (1 - beta)
    if lr < limit:
        covariance = np.linalg.solve(np.eye(4) - np.kron(step, step), push.ravel())
        assert covariance[0] == pytest.approx(lr / (2 - lr * (1 - beta) / (1 + beta)))
    else:
        assert np.abs(np.linalg.eigvals(step)).max() > 1
