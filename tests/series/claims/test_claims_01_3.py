"""Where momentum circles for ever."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.claim("01.3#1", "01.3#2")
def test_01_3_the_circle():
    """Heavy ball at lr 1/9, beta 4/9 circles (-2208, 792, 2592) / 1225; half the rate, Nesterov and plain descent arrive."""
    problem, starts = al.lessard(), np.linspace(-4, 4, 801)[:, None]

    def lost(rule):
        return np.mean(np.abs(al.final(rule, problem, starts, steps=500).theta) > 1e-6)

    walk = al.run(al.Momentum(lr=1 / 9, beta=4 / 9), problem, steps=300).theta[-3:, 0]
    np.testing.assert_allclose(sorted(walk), np.array([-2208, 792, 2592]) / 1225, rtol=1e-9)
    assert sorted(walk) == pytest.approx([-1.8024, 0.6465, 2.1159], abs=5e-5)
    assert lost(al.Momentum(lr=1 / 9, beta=4 / 9)) == pytest.approx(0.12, abs=0.005)
    assert lost(al.Momentum(lr=0.99 / 9, beta=4 / 9)) == pytest.approx(0.145, abs=0.005)
    for share in (0.25, 0.5, 0.75, 0.9):
        assert lost(al.Momentum(lr=share / 9, beta=4 / 9)) == 0
    for rule in (al.Momentum(lr=1 / 18, beta=4 / 9), al.Nesterov(lr=1 / 25, beta=2 / 3), al.SGD(lr=1 / 13)):
        assert lost(rule) == 0


def test_01_3_lessards_function_is_convex_and_its_gradient_is_the_slope():
    """The integral of the printed gradient, smooth at both seams, curvature 1 or 25."""
    problem, x = al.lessard(), np.array([-3.0, 0.5, 1.5, 1.9, 2.5, 4.0])[:, None]
    h = 1e-6
    np.testing.assert_allclose((problem.loss(x + h) - problem.loss(x - h)) / (2 * h), problem.grad(x)[:, 0], rtol=1e-8)
    for seam in (1.0, 2.0):
        below, above = problem.loss(np.array([[seam - 1e-12], [seam]]))
        assert below == pytest.approx(above, abs=1e-9)
    curvature = np.diff(problem.grad(np.linspace(-4, 4, 801)[:, None])[:, 0]) / 0.01
    assert set(curvature.round(6)) == {1.0, 25.0}


@pytest.mark.claim("01.3#3")
@pytest.mark.parametrize("steps", [500, 1500])
def test_01_3_more_memory_helps_though_not_any_more(steps):
    """At lr 1/9 no start is lost with beta 0.4 and from 0.56 to 0.82; with 0.9 it is 18.4 %, with 0.3 nearly all."""
    starts = np.linspace(-4, 4, 801)[:, None]

    def lost(beta):
        rule = al.Momentum(lr=1 / 9, beta=beta)
        return np.mean(np.abs(al.final(rule, al.lessard(), starts, steps=steps).theta) > 1e-6)

    assert [lost(beta) for beta in (0.4, 0.56, 0.6, 0.7, 0.8, 0.82)] == [0] * 6
    assert lost(0.9) == pytest.approx(0.184, abs=0.005)
    assert lost(0.5) > 0.15
    assert lost(0.3) > 0.99


def test_01_3_some_starts_that_are_lost():
    """Of the quarters from -4 to 4 and four more: 3.1 to 3.4, 1, -3 and -3.25. From 3 it arrives."""
    starts = np.array(sorted([*np.arange(-4, 4.25, 0.25), 3.1, 3.2, 3.3, 3.4]))
    ends = al.final(al.Momentum(lr=1 / 9, beta=4 / 9), al.lessard(), starts[:, None], steps=300).theta[:, 0]
    assert starts[np.abs(ends) > 0.1] == pytest.approx([-3.25, -3, 1, 3.1, 3.2, 3.25, 3.3, 3.4])
