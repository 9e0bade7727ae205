"""Every numbered equation of lesson 07, each held against another derivation: test_7_1 is equation (7.1)."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.generalization_gap import end_along_signs, one_example

EXAMPLES = [((4.0, 3.0), 25.0), ((3.0, 1.0), 10.0), ((-2.0, 5.0, 0.5), 4.0), ((1.0, -1e-3), -2.0)]


def fitting(x, y) -> al.Problem:
    """Half the squared error on one example."""
    x = np.array(x)
    return al.Problem("fit", lambda w: (w @ x - y) ** 2 / 2, lambda w, t=1: (w @ x - y)[..., None] * x, start=0 * x)


@pytest.mark.parametrize(("x", "y"), EXAMPLES)
def test_7_1(x, y):
    """The nearest fit by the pseudoinverse; of all multiples of the signs the one that fits. Both where walks end."""
    near = np.linalg.pinv([x])[:, 0] * y
    along = np.sign(x) * y / np.dot(np.sign(x), x)
    lr = 0.5 / np.dot(x, x)
    assert al.final(al.SGD(lr=lr), fitting(x, y), steps=200).theta == pytest.approx(near, rel=1e-9)
    assert al.final(al.Momentum(lr=lr, beta=0.5), fitting(x, y), steps=200).theta == pytest.approx(near, rel=1e-9)
    for rule in (al.Adam(lr=0.1, eps=0), al.AdaGrad(lr=1.0, eps=0)):
        assert al.final(rule, fitting(x, y), steps=600).theta == pytest.approx(along, rel=5e-3), rule
    assert abs(near - along).max() > 0.01


@pytest.mark.parametrize("x", [x for x, _ in EXAMPLES])
def test_7_1_is_shortest_and_smallest(x):
    """Of 100,000 other points that fit, none is shorter than the first, none has a smaller largest weight than the second."""
    x = np.array(x)
    near, along = x / (x @ x), np.sign(x) / abs(x).sum()
    others = np.random.default_rng(0).standard_normal((100_000, len(x)))
    others += np.outer(1 - others @ x, x) / (x @ x)
    assert (np.linalg.norm(others, axis=1) >= np.linalg.norm(near) * (1 - 1e-12)).all()
    assert (abs(others).max(axis=1) >= abs(along).max() * (1 - 1e-12)).all()


@pytest.mark.parametrize("angle", [0, 20, 35, 40, 82, 90])
def test_7_1_in_turned_axes(angle):
    """The chart of the explorer: Adam on the turned example, by `rotated`, seen from the old axes."""
    turned = al.rotated(one_example(4.0, 3.0), -float(angle))
    end = al.final(al.Adam(lr=0.1), turned, steps=600).theta
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    assert [c * end[0] - s * end[1], s * end[0] + c * end[1]] == pytest.approx(end_along_signs(angle), abs=1e-3)
