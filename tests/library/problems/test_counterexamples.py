"""Games and counterexamples: what they pay, whom they lead astray, and their data by hand."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from helpers.places import somewhere


@pytest.mark.parametrize(("problem", "period"), [(al.reddi(C=4.0), 3), (al.reddi_online(), 101)], ids=["reddi", "reddi_online"])
def test_games_average_to_their_loss_over_a_period(problem, period):
    drawn = [problem.grad([0.3], t).item() for t in range(1, period + 1)]
    assert_allclose(np.mean(drawn), problem.loss([1.0]), rtol=1e-12)
    assert drawn[0] > 0 > max(drawn[1:])
    assert problem.grad([0.3], period + 1).item() == drawn[0]


def test_the_lot_of_reddis_stochastic_game():
    problem = al.reddi_stochastic(seed=1)
    drawn = np.array([problem.grad([0.0], t).item() for t in range(1, 4001)])
    assert set(drawn) == {1010.0, -10.0}
    assert abs((drawn > 0).mean() - 0.01) < 4 * np.sqrt(0.01 * 0.99 / len(drawn))
    assert_allclose(problem.loss([1.0]), 0.01 * 1010 - 0.99 * 10)


def test_lessard_stays_convex_and_smooth():
    x = np.linspace(-3, 4, 2001)[:, None]
    g = al.lessard().grad(x)[:, 0]
    rise = np.diff(g) / np.diff(x[:, 0])
    assert rise.min() >= 1 - 1e-9
    assert rise.max() <= 25 + 1e-9


def test_adam_walks_reddis_game_the_wrong_way():
    """A constant rate will do: Adam ends at +1, the worst point; AMSGrad and plain descent at -1, the best."""
    C = 3.0
    memory = {"lr": 0.03, "beta1": 0.0, "beta2": 1 / (1 + C * C)}
    ends = {
        "Adam": al.Adam(**memory),
        "AMSGrad": al.AMSGrad(**memory),
        "SGD": al.SGD(lr=0.03),
        "AdaGrad": al.AdaGrad(lr=0.3),
    }
    ends = {name: al.run(rule, al.reddi(C), steps=900).theta[-30:].mean() for name, rule in ends.items()}
    assert ends["Adam"] > 0.95
    assert max(ends["AMSGrad"], ends["SGD"], ends["AdaGrad"]) < -0.9


def test_adam_walks_reddis_online_game_the_wrong_way():
    """In twenty periods: Adam most of the way to +1, AMSGrad a little of the way to -1."""

    def end(rule):
        return al.run(rule, al.reddi_online(), steps=20 * 101).theta[-101:].mean()

    assert end(al.Adam(lr=0.02, beta2=0.99)) > 0.5
    assert -0.2 < end(al.AMSGrad(lr=0.02, beta2=0.99)) < -0.05


@pytest.mark.parametrize("seed", [0, 1])
def test_wilsons_lemma(seed):
    """X sign(X'y) = 4y when sum(y) > 0."""
    x, y = wilson_data(al.wilson(n=40, seed=seed))
    assert y.sum() > 0
    assert_allclose(x @ np.sign(x.T @ y), 4 * y, atol=1e-9)


def wilson_data(problem):
    """X and y read off the gradient (X w - y) X / n, up to the sign of rows: the loss at 0 and along each axis."""
    n = (problem.dim - 3) // 5
    hessian = np.array([problem.grad(axis) - problem.grad(np.zeros(problem.dim)) for axis in np.eye(problem.dim)]) * n
    xty = -problem.grad(np.zeros(problem.dim)) * n
    first = 3 + 5 * np.arange(n)
    y = np.sign(xty[first])
    x = np.zeros((n, problem.dim))
    x[:, :3] = hessian[first, :3]
    for i, column in enumerate(first):
        x[i, column : column + 5] = hessian[column, column : column + 5]
    assert_allclose(x.T @ x, hessian, atol=1e-9)
    assert_allclose(x.T @ y, xty, atol=1e-9)
    return x, y


def test_on_wilsons_data_descent_learns_and_adam_does_not():
    problem = al.wilson(n=60, seed=0)
    descent = al.final(al.SGD(lr=0.1), problem, steps=1500).theta
    adam = al.final(al.Adam(lr=3e-3), problem, steps=1500).theta
    for theta in (descent, adam):
        assert problem.train_accuracy(theta) == 1.0
    assert problem.test_accuracy(descent) == 1.0
    always_right = np.zeros(problem.dim)
    always_right[1] = 1.0  # says +1 whatever comes
    assert problem.test_accuracy(adam) == problem.test_accuracy(always_right)
    assert 0.1 < 1 - problem.test_accuracy(adam) < 0.4
    assert problem.test_loss(adam) > problem.test_loss(descent)


def test_scale_free_noise_stands_at_right_angles_and_shrinks_with_length():
    problem = al.scale_free(dim=50, seed=6)
    theta = np.random.default_rng(0).standard_normal((3, 50))
    g = problem.grad(theta, 9)
    assert_allclose((g * theta).sum(axis=-1), 0, atol=1e-12)
    assert_allclose(problem.grad(4 * theta, 9), g / 4)
    assert_array_equal(problem.loss(theta), np.zeros(3))
    assert_allclose(np.linalg.norm(problem.start), 1)
    drawn = np.array([problem.grad(theta[0], t) for t in range(1, 2001)])
    assert_allclose((drawn**2).sum(axis=1).mean() * (theta[0] @ theta[0]), 49, rtol=0.03)  # one of 50 directions is left out


@pytest.mark.parametrize("shape", [(2,), (1, 2), (5, 2), (4, 3, 2)])
def test_scale_free_noise_has_no_height(shape):
    loss = al.scale_free(2).loss(np.ones(shape))
    assert loss.shape == shape[:-1]
    assert not loss.any()


def test_scale_free_noise_in_the_plane_is_a_turn():
    """At right angles to (x, y) there is one direction only, (-y, x)."""
    g = al.scale_free(2).grad([[3.0, 4.0], [0.0, 2.0]], 3)
    assert_allclose(g[0] @ [3.0, 4.0], 0, atol=1e-15)
    assert_allclose(g[1, 1], 0, atol=1e-15)
    assert (g != 0).sum() >= 3


GAMES = {"reddi": al.reddi(), "reddi_online": al.reddi_online(), "reddi_stochastic": al.reddi_stochastic()}


@pytest.mark.parametrize("problem", GAMES.values(), ids=GAMES)
def test_a_game_is_played_between_minus_one_and_one(problem):
    """Its best point is the best of all that are allowed, and it starts halfway."""
    allowed = np.linspace(-1, 1, 21)[:, None]
    assert_array_equal(problem.project(allowed), allowed)
    assert_array_equal(problem.project(np.array([[-7.0], [3.0]])), [[-1.0], [1.0]])
    assert_array_equal(allowed[problem.loss(allowed).argmin()], problem.minimum)
    assert_array_equal(problem.start, [0.0])


def test_reddis_game_loses_three_where_nothing_is_said():
    assert [al.reddi().grad([0.5], t).item() for t in (1, 2, 3, 4)] == [3.0, -1.0, -1.0, 3.0]


@pytest.mark.parametrize("start", [3.07, al.lessard().start.item(), 3.46])
def test_the_cycle_of_lessards_function(start):
    """The points of the cycle are 792, -2208 and 2592 parts of 1225 (found from its three linear equations)."""
    theta = al.run(al.Momentum(lr=1 / 9, beta=4 / 9), al.lessard(), [start], steps=300).theta[-3:, 0]
    assert_allclose(np.sort(1225 * theta), [-2208, 792, 2592])
    for x0, x1, x2 in ((792, -2208, 2592), (-2208, 2592, 792), (2592, 792, -2208)):
        slope = 25 * x1 if x1 < 1225 else 25 * x1 - 24 * 1225
        assert 9 * x2 == 13 * x1 - 4 * x0 - slope  # the heavy ball, in whole numbers


def test_reddis_game_may_lose_little_more_than_two():
    assert al.reddi(2.5).loss([1.0]) == 0.5 / 3
    with pytest.raises(ValueError, match=r"C = 2"):
        al.reddi(2)


@pytest.mark.parametrize("ends", [(-3, 1), (0.25, 0.5), (1, 2), (1.5, 1.75), (2, 2.5), (2.5, 4)])
def test_lessards_height_is_the_area_under_its_slope(ends):
    """Within a piece the slope is a straight line: its area is a trapezoid."""
    a, b = np.array(ends, float)[:, None]
    trapezoid = (b - a) / 2 * (al.lessard().grad(a) + al.lessard().grad(b))
    assert_allclose(al.lessard().loss(b) - al.lessard().loss(a), trapezoid[0], atol=1e-12)


def test_lessards_pieces_meet():
    edge = np.array([[1.0], [2.0]])
    for shift in (-1e-9, 0, 1e-9):
        assert_allclose(al.lessard().loss(edge + shift), [12.5, 38], atol=1e-6)
        assert_allclose(al.lessard().grad(edge + shift), [[25], [26]], atol=1e-6)


def test_wilsons_test_by_hand():
    """Only three weights count: x = y, 1, 1. A share p of the labels is +1."""
    problem = al.wilson(n=20)
    says = np.zeros((3, problem.dim))
    says[:, :3] = [[0, 1, 0], [0, 0, 2], [1, 0, 0]]  # always +1, always +1, the honest feature
    p = problem.test_accuracy(says)
    assert p[0] == p[1]
    assert p[2] == 1
    assert_allclose(1000 * p[0], round(1000 * p[0]), atol=1e-9)
    assert abs(p[0] - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 1000)
    theta = somewhere(problem)
    a, b, c = theta[:3]
    assert_allclose(problem.test_loss(theta), p[0] * (a + b + c - 1) ** 2 / 2 + (1 - p[0]) * (-a + b + c + 1) ** 2 / 2)
    many = np.stack([theta, -theta, 0 * theta]).reshape(3, 1, -1)
    assert problem.test_loss(many).shape == problem.test_accuracy(many).shape == (3, 1)
    assert_array_equal(problem.test_accuracy(many[2]), [0.0])  # a score of 0 is no label


def test_wilsons_training_by_hand():
    """Of one example: y = x_1, two ones, and a block of one or five ones."""
    for seed in range(6):
        problem = al.wilson(n=1, seed=seed)
        y = -problem.grad(np.zeros(8))[3]  # the first of its own block, which is on
        x = np.array([y, 1, 1, 1, *[1.0 if y < 0 else 0.0] * 4])
        theta = somewhere(problem)
        assert_allclose(problem.loss(theta), (x @ theta - y) ** 2 / 2)
        assert_allclose(problem.grad(theta), (x @ theta - y) * x)
        assert problem.train_accuracy(theta) == float((x @ theta) * y > 0)
        assert_array_equal(problem.train_accuracy(np.stack([x * y, -x * y, 0 * x])), [1, 0, 0])


def test_the_share_of_wilsons_labels():
    for share in (0.2, 0.75):
        problem = al.wilson(n=1, share=share, test=4000)
        always = np.array([0.0, 1, 0, 0, 0, 0, 0, 0])
        assert abs(problem.test_accuracy(always) - share) < 4 * np.sqrt(share * (1 - share) / 4000)
