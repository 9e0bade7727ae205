"""Runs: what is recorded, that it is what the loop computes, sweeps, divergence."""

import doctest
import importlib
import pkgutil
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from helpers.cases import OPTIMIZERS, PROBLEMS, every_optimizer, every_problem

NAMES = ("theta", "grad", "m", "v", "m_hat", "v_hat")


def assert_same(one, other):
    for name in (*NAMES, "t", "loss"):
        assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


@every_optimizer
def test_row_t_is_what_step_t_computed(optimizer):
    problem = al.bowl()
    path = al.run(optimizer, problem, steps=30)
    assert path.t.tolist() == list(range(31))
    assert_array_equal(path.theta[0], problem.start)
    assert np.isnan([path.grad[0], path.m_hat[0], path.v_hat[0]]).all()
    assert not np.any([path.m[0], path.v[0]])
    assert_array_equal(path.grad[1:], problem.grad(path.theta[:-1]))
    assert_array_equal(path.loss, problem.loss(path.theta))
    state = optimizer.init(problem.start)
    for t in range(1, 31):
        state = optimizer.step(state, problem.grad(state.theta, t))
        for name in NAMES:
            assert_array_equal(getattr(path, name)[t], getattr(state, name), err_msg=name)
    eps = getattr(optimizer, "eps", 0.0)
    assert_allclose(path.rate[1:], optimizer.lr / (np.sqrt(path.v_hat[1:]) + eps), rtol=1e-15)


@every_problem
def test_the_loop_the_run_and_the_last_state_agree(problem):
    optimizer = al.Adam(lr=0.01)
    states = list(islice(al.iterate(optimizer, problem), 8))
    path, last = al.run(optimizer, problem, steps=7), al.final(optimizer, problem, steps=7)
    assert [state.t for state in states] == path.t.tolist()
    for name in NAMES:
        assert_array_equal([getattr(state, name) for state in states], getattr(path, name))
        assert_array_equal(getattr(last, name), getattr(path, name)[-1])
    assert last.t == 7
    assert_same(al.run(optimizer, problem, steps=7), path)


def test_the_gradient_is_asked_for_the_step_to_come():
    asked = []

    def grad(theta, t=1):
        asked.append(t)
        return np.zeros_like(theta)

    al.run(al.SGD(), replace(al.bowl(), grad=grad), steps=4)
    assert asked == [1, 2, 3, 4]


def test_iterate_starts_afresh_each_time():
    problem, optimizer = al.bowl(), al.Adam()
    assert next(al.iterate(optimizer, problem)).t == 0
    first, second = al.iterate(optimizer, problem), al.iterate(optimizer, problem)
    [next(first) for _ in range(5)]
    assert next(second).t == 0
    assert next(first).t == 5


@pytest.mark.parametrize(
    ("steps", "every", "rows"),
    [(10, 1, list(range(11))), (10, 3, [0, 3, 6, 9, 10]), (10, 5, [0, 5, 10]), (3, 100, [0, 3]), (1, 1, [0, 1])],
)
def test_every_keeps_the_start_and_the_last(steps, every, rows):
    full = al.run(al.Adam(lr=0.1), al.rosenbrock(), steps=steps)
    thin = al.run(al.Adam(lr=0.1), al.rosenbrock(), steps=steps, every=every)
    assert thin.t.tolist() == rows
    for name in (*NAMES, "loss"):
        assert_array_equal(getattr(thin, name), getattr(full, name)[rows])


def test_shapes_are_time_sweep_coordinate():
    rule = al.Adam(**al.grid(lr=[0.1, 0.2, 0.3], beta1=[0.5, 0.9]))
    path = al.run(rule, al.bowl(), steps=5)
    assert path.theta.shape == path.rate.shape == (6, 3, 2, 2)
    assert path.loss.shape == (6, 3, 2)
    assert path.pick(2, 0).optimizer == al.Adam(lr=0.3, beta1=0.5)
    assert path.pick(-1, -2).optimizer == al.Adam(lr=0.3, beta1=0.5)
    assert_same(path.pick(1, 1), al.run(al.Adam(lr=0.2, beta1=0.9), al.bowl(), steps=5))


def test_a_sweep_over_starts():
    starts = np.random.default_rng(0).normal(size=(3, 4, 2))
    path = al.run(al.NAdam(lr=0.1), al.himmelblau(), starts, steps=9)
    for index in np.ndindex(3, 4):
        assert_same(path.pick(*index), al.run(al.NAdam(lr=0.1), al.himmelblau(), starts[index], steps=9))


def test_a_sweep_over_starts_and_hyperparameters():
    starts = np.random.default_rng(1).normal(size=(3, 1, 2))
    rule = al.Momentum(lr=0.01, beta=np.array([[0.0], [0.5], [0.9], [0.95]]))
    path = al.run(rule, al.rosenbrock(), starts, steps=9)
    assert path.loss.shape == (10, 3, 4)
    for i, j in np.ndindex(3, 4):
        alone = replace(rule, beta=float(rule.beta[j, 0]))
        assert path.pick(i, j).optimizer == alone
        assert_same(path.pick(i, j), al.run(alone, al.rosenbrock(), starts[i, 0], steps=9))


def test_pick_keeps_one_value_for_each_coordinate():
    rule = al.SGD(lr=np.array([[0.1, 0.01], [0.2, 0.02]]))
    path = al.run(rule, al.bowl(), steps=3)
    assert path.pick(1).optimizer.lr.tolist() == [0.2, 0.02]
    assert_same(path.pick(1), al.run(al.SGD(lr=[0.2, 0.02]), al.bowl(), steps=3))


def test_pick_of_no_sweep_is_the_run():
    path = al.run(al.Adam(), al.bowl(), steps=3)
    assert_same(path.pick(), path)
    assert path.pick().optimizer == path.optimizer


def test_grid_is_every_combination():
    grid = al.grid(lr=[0.1, 0.2], eps=1e-4, beta1=np.array([0.0, 0.5, 0.9]))
    assert grid["eps"] == 1e-4
    assert isinstance(grid["eps"], float)
    assert np.broadcast(*(x for x in grid.values())).shape == (2, 3, 1)
    assert grid["lr"][1].item() == 0.2
    assert grid["beta1"][0, 2].item() == 0.9
    assert al.grid() == {}


def test_projection():
    path = al.run(al.SGD(lr=0.7), al.reddi(), steps=30)
    assert np.abs(path.theta).max() == 1.0
    free = al.run(al.SGD(lr=0.7), replace(al.reddi(), project=None), steps=30)
    assert np.abs(free.theta).max() > 1.0


# Divergence is a result


@every_optimizer
def test_divergence_stays_in_the_arrays(optimizer):
    """lr = 1e200 throws out every rule whose step has no limit; no warning, which would be an error here, and no exception."""
    path = al.run(replace(optimizer, lr=1e200), al.rosenbrock(), steps=20)
    assert path.theta.shape == path.rate.shape == (21, 2)
    lost = np.flatnonzero(~np.isfinite(path.theta).all(axis=1))
    assert path.diverged == (lost[0] if lost.size else None)


def test_every_step_along_the_gradient_can_diverge():
    for optimizer in (al.SGD(), al.Momentum(), al.Adam(), al.AdamW(), al.Adadelta()):
        assert al.run(replace(optimizer, lr=1e200), al.rosenbrock(), steps=20).diverged is not None


def test_diverged_names_the_first_lost_step():
    path = al.run(al.SGD(lr=10.0), al.rosenbrock(), steps=50)
    lost = ~np.isfinite(path.theta).all(axis=1)
    assert path.diverged == np.flatnonzero(lost)[0] > 1
    assert al.run(al.SGD(lr=10.0), al.rosenbrock(), steps=50, every=20).diverged == 20
    assert al.run(al.SGD(lr=1e-3), al.rosenbrock(), steps=50).diverged is None
    both = al.run(al.SGD(**al.grid(lr=[1e-3, 10.0])), al.rosenbrock(), steps=50)
    assert both.diverged == path.diverged
    assert both.pick(0).diverged is None


def test_a_diverged_member_leaves_the_others_alone():
    both = al.run(al.Momentum(**al.grid(lr=[1e-3, 1e3])), al.rosenbrock(), steps=40)
    assert_same(both.pick(0), al.run(al.Momentum(lr=1e-3), al.rosenbrock(), steps=40))


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_run_keeps_the_dtype(dtype):
    path = al.run(al.Adam(lr=0.1, eps=1e-4), al.bowl(), np.ones(2, dtype), steps=5)
    assert {getattr(path, name).dtype for name in (*NAMES, "loss", "rate")} == {np.dtype(dtype)}


# Cells run in any order


@pytest.mark.parametrize("name", ["bowl", "noisy", "network batches", "reddi_stochastic"])
def test_runs_do_not_know_of_each_other(name):
    problem = PROBLEMS[name]
    first = {key: al.run(rule, problem, steps=4) for key, rule in OPTIMIZERS.items()}
    second = {key: al.run(OPTIMIZERS[key], problem, steps=4) for key in reversed(OPTIMIZERS)}
    for key in OPTIMIZERS:
        assert_same(first[key], second[key])


def test_the_start_is_not_changed():
    start = np.ones(2)
    al.run(al.SGD(lr=0.1), al.bowl(), start, steps=3)
    assert start.tolist() == [1.0, 1.0]
    start.setflags(write=False)
    assert al.run(al.SGD(lr=0.1), al.bowl(), start, steps=3).theta[0].tolist() == [1.0, 1.0]


def test_a_trajectory_prints_in_one_line():
    path = al.run(al.SGD(lr=0.5), al.bowl(), steps=3)
    assert repr(path) == "<Trajectory SGD(lr=0.5) on bowl, 3 steps, sweep ()>"


# Examples in docstrings


def modules(package):
    yield package.__name__
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        yield from modules(importlib.import_module(module.name)) if module.ispkg else [module.name]


@pytest.mark.parametrize("name", list(modules(al)))
def test_examples_in_docstrings(name):
    if name == "adamlib.engine.loops":
        pytest.importorskip("numba")
    assert doctest.testmod(importlib.import_module(name)).failed == 0
