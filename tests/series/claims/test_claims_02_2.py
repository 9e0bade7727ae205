"""Room 02.2, what a rotation costs: each sentence of "What we showed", measured again."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore import rms_scaling


@pytest.mark.parametrize("condition", [10.0, 100.0, 1000.0])
def test_02_2_from_which_angle_a_ruler_is_no_help(condition):
    """AdaGrad, by hand: no more steps than gradient descent at 25 degrees, more at 30."""

    def needs(step, theta, most):
        (c, s), last = theta, 0
        for t in range(1, most + 1):
            theta = theta - step(theta)
            last = t if np.hypot(*theta) > 1e-3 * np.hypot(c, s) else last
        return last + 1

    start, descent = al.bowl(condition).start, 2 / (1 + condition)
    steps = {"descent": needs(lambda x: descent * np.array([1, condition]) * x, start, int(5 * condition))}
    for degrees in (25, 30):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[c, s], [-s, c]])
        hessian = turn.T @ np.diag([1, condition]) @ turn
        counted = []
        for lr in rms_scaling.STRIDES:
            v = np.zeros(2)

            def step(theta, v=v, lr=lr, hessian=hessian):
                v += (hessian @ theta) ** 2
                return lr * (hessian @ theta) / np.sqrt(v)

            counted.append(needs(step, turn.T @ start, int(6 * condition) + 60))
        steps[degrees] = min(counted)
    assert steps[25] <= steps["descent"] < steps[30]


@pytest.mark.claim("02.2#3")
def test_02_2_twenty_coordinates():
    """20 coordinates, condition 1000, a rotation made of reflections: AdaGrad's few steps become thousands."""
    curvatures, rng = np.geomspace(1, 1000, 20), np.random.default_rng(4)
    turn = np.eye(20)
    for u in rng.standard_normal((20, 20)):
        turn = turn @ (np.eye(20) - 2 * np.outer(u, u) / (u @ u))
    start = rng.standard_normal(20)

    def steps(rule, matrix):
        path = al.run(rule, al.rotated(al.quadratic(curvatures), matrix), matrix @ start, steps=4000).theta
        return int((np.linalg.norm(path, axis=-1) > 1e-3 * np.linalg.norm(start)).sum(axis=0).min())

    rates = np.array([0.5, 1.0, 2.0])[:, None]
    assert steps(al.AdaGrad(lr=rates, eps=0.0), np.eye(20)) < 12
    assert 2000 < steps(al.AdaGrad(lr=rates, eps=0.0), turn) < 4000
    plain = [steps(al.SGD(lr=2 / 1001), matrix) for matrix in (np.eye(20), turn)]
    assert plain[0] == pytest.approx(plain[1], abs=1)
    r = (np.sqrt(1000) - 1) / (np.sqrt(1000) + 1)
    heavy = [steps(al.Momentum(lr=(1 + r) ** 2 / 1000, beta=r**2), matrix) for matrix in (np.eye(20), turn)]
    assert heavy[0] == pytest.approx(heavy[1], abs=1)


@pytest.mark.claim("02.2#1")
@pytest.mark.parametrize(
    ("start", "ahead", "behind", "again"), [((-2, 1), 25, 30, 70), ((-0.5, 1.5), 35, 40, 65), ((-2, 0.2), 20, 25, 70)]
)
def test_02_2_the_start_decides_the_angle(start, ahead, behind, again):
    """AdaGrad in the coordinates of the valley: its rulers are turned instead. Other rates than the room's; 346 steps to beat.
    Towards 90 degrees it is ahead again."""
    rates = np.geomspace(0.15, 7, 50)

    def needs(degrees):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turn = np.array([[c, -s], [s, c]])
        x, v = np.tile(start, (50, 1)).astype(float), np.zeros((50, 2))
        last = np.zeros(50)
        for t in range(700):
            g = (x * [1, 100]) @ turn.T
            v += g**2
            x = x - rates[:, None] * (g / np.sqrt(v)) @ turn
            last[np.hypot(*x.T) > 1e-3 * np.hypot(*start)] = t + 2
        return last.min()

    assert needs(0) < 10
    assert needs(ahead) <= 346 < needs(behind)
    assert needs(again) <= 346 < needs(60)
    plain = np.array(start, float) * np.array([1 - 2 / 101, 1 - 200 / 101]) ** np.arange(700)[:, None]
    assert (np.hypot(*plain.T) > 1e-3 * np.hypot(*start)).sum() == pytest.approx(346, abs=1)
