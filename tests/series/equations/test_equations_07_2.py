"""Every numbered equation of room 07.2, each held against another derivation: test_7_2_1 is equation (7.2.1)."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.parametrize("alpha", [0.1, 2.0, 30.0])
def test_7_2_1(alpha):
    """Scores, input by input, agree; the second derivatives of first and second layer change by alpha^-2 and alpha^2."""
    net = al.network(al.digits(40), hidden=3, activation="relu")
    theta = net.start + 0.1
    first, second = 65 * 3, 3 * 10
    other = theta * np.repeat([alpha, 1 / alpha, 1.0], [first, second, 10])
    for measure in (net.loss, net.test_loss, net.test_accuracy):
        assert measure(other) == pytest.approx(float(measure(theta)), rel=1e-12)
    bend = [[curvature(net, w, u) for u in (np.eye(net.dim)[20], np.eye(net.dim)[first + 4])] for w in (theta, other)]
    assert bend[1][0] / bend[0][0] == pytest.approx(alpha**-2, rel=1e-3)
    assert bend[1][1] / bend[0][1] == pytest.approx(alpha**2, rel=1e-3)
    assert al.sharpness(net, theta * np.repeat([100, 0.01, 1.0], [first, second, 10]))[0] > 100 * al.sharpness(net, theta)[0]


def curvature(net, theta, u) -> float:
    """The second derivative along u."""
    h = 1e-6 * np.linalg.norm(theta * u)
    return float((net.grad(theta + h * u) - net.grad(theta - h * u)) @ u / (2 * h))
