"""What is done to a problem: noise, a penalty, a turn, another scale."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from helpers.places import random_points


def test_rotation_turns_everything():
    theta, turned = random_points(al.rosenbrock(), (5,)), al.rotated(al.rosenbrock(), 90)
    quarter = np.stack([-theta[:, 1], theta[:, 0]], axis=1)
    assert_allclose(turned.loss(quarter), al.rosenbrock().loss(theta), rtol=1e-9)
    g = al.rosenbrock().grad(theta)
    assert_allclose(turned.grad(quarter), np.stack([-g[:, 1], g[:, 0]], axis=1), rtol=1e-9, atol=1e-9)
    assert_allclose(turned.start, [-2.0, -1.5])
    assert_allclose(turned.minimum, [-1.0, 1.0])
    assert_allclose(turned.window, [(-3.0, 1.0), (-2.0, 2.0)])


def test_descent_cannot_tell_a_rotation_adam_can():
    def ends(optimizer):
        return [al.final(optimizer, al.rotated(al.bowl(100), angle), steps=50).theta @ _turn(angle) for angle in (0, 30)]

    assert_allclose(*ends(al.SGD(lr=0.01)), rtol=1e-9, atol=1e-15)
    straight, turned = ends(al.Adam(lr=0.1))
    assert np.abs(straight - turned).max() > 0.01


def _turn(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


def test_rotation_keeps_the_projection():
    game = al.Problem("strip", lambda x: x[..., 0], lambda x, t=1: np.ones_like(x), np.zeros(2), project=lambda x: x.clip(-1, 1))
    assert_allclose(al.rotated(game, 90).project(np.array([-5.0, 0.5])), [-1.0, 0.5], atol=1e-12)


def test_ridge_adds_half_lambda_theta_squared():
    theta = np.array([3.0, -4.0])
    penalised = al.ridge(al.plateau(), 0.2)
    assert_allclose(penalised.loss(theta) - al.plateau().loss(theta), 0.1 * 25)
    assert_allclose(penalised.grad(theta) - al.plateau().grad(theta), 0.2 * theta)


def test_scaling_by_component_leaves_the_loss():
    theta = random_points(al.beale())
    scaled = al.scaled(al.beale(), [10.0, 0.1])
    assert scaled.loss(theta) == al.beale().loss(theta)
    assert_allclose(scaled.grad(theta), [10.0, 0.1] * al.beale().grad(theta))


def test_noise_has_the_deviation_it_should():
    noisy = al.noisy(al.plateau(), sigma=[0.5, 3.0], seed=4)
    drawn = np.array([noisy.grad([0.0, 0.0], t) for t in range(1, 2001)])
    assert_allclose(drawn.std(axis=0), [0.5, 3.0], rtol=0.05)
    assert noisy.loss([1.0, 1.0]) == al.plateau().loss([1.0, 1.0])


# What mutants taught: signs and words that no other test looks at


def test_the_noise_of_a_step_is_added():
    clean, noise = al.bowl().grad([1.0, 2.0]), np.random.default_rng((3, 7)).standard_normal(2)
    assert np.array_equal(al.noisy(al.bowl(), sigma=0.5, seed=3).grad([1.0, 2.0], 7), clean + 0.5 * noise)


def test_degrees_are_offered_in_the_plane_only():
    with pytest.raises(ValueError, match="by must be a finite number of degrees, or an orthogonal matrix"):
        al.rotated(al.bowl(), np.nan)
    for curvatures in ([1.0], [1.0, 2.0, 3.0]):
        with pytest.raises(ValueError, match="by = 30 is not allowed: by must be an orthogonal matrix"):
            al.rotated(al.quadratic(curvatures), 30)


def test_noise_has_deviation_one_where_none_is_given():
    drawn = [al.noisy(al.plateau()).grad([0.0, 0.0], t) for t in range(1, 2001)]
    assert_allclose(np.std(drawn), 1, rtol=0.04)


def test_noise_of_another_width_for_every_run():
    """Widths (3, 1) broadcast against theta (3, 2): one, two and no times the same draw."""
    theta = np.ones((3, 2))
    noise = al.noisy(al.bowl(), sigma=[[1.0], [2.0], [0.0]]).grad(theta, 5) - al.bowl().grad(theta)
    assert_allclose(noise[1], 2 * noise[0])
    assert_array_equal(noise[2], [0.0, 0.0])
    assert noise[0].all()
