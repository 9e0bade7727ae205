"""The largest curvature, held against whole Hessians and LAPACK."""

import numpy as np
import pytest

import adamlib as al

NET = al.network(al.digits(40, seed=range(2)), hidden=3, loss="squares", seed=range(2))


def hessian(problem, theta):
    """Column by column, from the gradients on both sides of theta."""
    nudge = 1e-5 * np.eye(problem.dim)
    columns = [(problem.grad(theta + d) - problem.grad(theta - d)) / 2e-5 for d in nudge]
    return np.stack(columns, axis=-1)


def test_a_bowl_has_its_steepest_curvature_everywhere():
    curvatures = np.array([0.5, 3.0, 8.0])
    for theta in np.random.default_rng(0).normal(0, 5, (4, 3)):
        value, direction = al.sharpness(al.quadratic(curvatures), theta)
        assert value == pytest.approx(8, rel=1e-6)
        assert np.abs(direction) == pytest.approx([0, 0, 1], abs=1e-6)


def test_many_networks_at_once_against_lapack():
    """Two networks on two splits, with and without P: the largest eigenvalue in size, and its direction."""
    theta = NET.start
    full = hessian(NET, theta)
    for p in (1.0, np.random.default_rng(1).uniform(0.5, 2, NET.dim)):
        root = np.sqrt(p) * np.ones(NET.dim)
        value, direction = al.sharpness(NET, theta, p=p, rounds=400)
        assert value.shape == (2,)
        assert direction.shape == theta.shape
        for k in range(2):
            values, vectors = np.linalg.eigh((full[k] + full[k].T) / 2 / np.outer(root, root))
            largest = np.abs(values).argmax()
            assert value[k] == pytest.approx(abs(values[largest]), rel=1e-3)
            assert abs(vectors[:, largest] @ direction[k]) == pytest.approx(1, abs=1e-2)


def test_a_call_goes_on_where_the_last_one_stopped():
    once, _ = al.sharpness(NET, NET.start, rounds=12)
    _, u = al.sharpness(NET, NET.start, rounds=8)
    again, _ = al.sharpness(NET, NET.start, rounds=4, u=u)
    np.testing.assert_allclose(again, once, rtol=1e-9)


def test_float32_weights_are_measured_in_float64():
    value, _ = al.sharpness(NET, NET.start.astype(np.float32), rounds=100)
    np.testing.assert_allclose(value, al.sharpness(NET, NET.start, rounds=100)[0], rtol=1e-4)


def test_flat_ground_has_no_curvature():
    plain = al.ramp(dim=4)
    assert al.sharpness(plain, plain.start)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"theta": np.zeros(3)}, "theta of shape"),
        ({"p": 0.0}, "p = "),
        ({"rounds": 0}, "rounds = 0"),
        ({"u": np.ones(5)}, "u of shape"),
    ],
)
def test_bad_arguments_are_named(arguments, field):
    with pytest.raises(ValueError, match=field):
        al.sharpness(**{"problem": al.bowl(), "theta": np.ones(2), **arguments})
