"""Every problem: its gradient is the derivative of its loss, its minimum is one, its noise a function of seed and step."""

import inspect
from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from adamlib import problems
from helpers.cases import FEW_DIGITS, FEW_TUMOURS, PROBLEMS, RANDOM, SMOOTH, every_problem, every_smooth


def points(problem, shape=(), seed=0):
    """Random points about the start, (*shape, D)."""
    start = problem.start.reshape(-1, problem.dim)[0]
    return start + np.random.default_rng(seed).normal(0, 0.7, (*shape, problem.dim))


def slope(problem, theta):
    """The derivative of the loss by each coordinate: a complex step where the loss takes one, else central differences."""
    axes = np.eye(problem.dim)
    if problem.formula is not None:
        return problem.loss(theta + 1e-30j * axes).imag / 1e-30
    h = 1e-5
    return (problem.loss(theta + h * axes) - problem.loss(theta - h * axes)) / (2 * h)


def test_every_factory_is_in_the_table():
    factories = {name for name in problems.__all__ if inspect.isfunction(getattr(problems, name))}
    known = {key.split()[0] for key in PROBLEMS}
    assert factories - known == {"digits", "breast_cancer"}


# Gradients


@every_smooth
def test_gradient_is_the_derivative(problem):
    exact = problem.formula is not None
    for theta in points(problem, (4,)):
        wanted = slope(problem, theta)
        off = (1e-13 if exact else 1e-7) * np.abs(wanted).max()
        assert_allclose(problem.grad(theta), wanted, rtol=1e-11 if exact else 1e-6, atol=off)


@every_problem
def test_the_first_step_is_meant_where_none_is_said(problem):
    assert inspect.signature(problem.grad).parameters["t"].default == 1


@every_smooth
def test_a_batch_of_points_is_each_point(problem):
    theta = points(problem, (2, 3))
    loss, grad = problem.loss(theta), problem.grad(theta)
    assert loss.shape == (2, 3)
    assert grad.shape == theta.shape
    for index in np.ndindex(2, 3):
        assert_allclose(loss[index], problem.loss(theta[index]), rtol=1e-12)
        assert_allclose(grad[index], problem.grad(theta[index]), rtol=1e-12, atol=1e-12)


@every_problem
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gradient_keeps_the_dtype(problem, dtype):
    theta = points(problem).astype(dtype)
    g = problem.grad(theta, 1)
    assert g.dtype == dtype
    assert g.shape == theta.shape
    assert_allclose(g, problem.grad(theta.astype(np.float64), 1), rtol=1e-3, atol=1e-3 * np.abs(g).max())


@every_problem
def test_gradient_and_loss_leave_theta_alone(problem):
    theta = points(problem)
    theta.setflags(write=False)
    assert_array_equal(problem.grad(theta, 3), problem.grad(theta, 3))
    assert_array_equal(problem.loss(theta), problem.loss(theta))
    assert_array_equal(problem.grad(theta.tolist(), 3), problem.grad(theta, 3))


@pytest.mark.parametrize("name", [name for name in RANDOM if "reddi" not in name])
def test_random_gradients_average_to_the_gradient(name):
    """Within five standard errors in every coordinate, over 800 steps."""
    full = {
        "noisy": al.himmelblau(),
        "logistic batches": al.logistic(FEW_DIGITS),
        "network batches": al.network(FEW_TUMOURS, hidden=2),
        "network of squares batches": al.network(FEW_TUMOURS, hidden=2, loss="squares"),
        "normalised batches": al.normalised(FEW_TUMOURS, hidden=2),
        "scale_free": al.scaled(al.quadratic([1.0] * 4), 1e-300),
    }
    theta = points(full[name])
    drawn = np.array([RANDOM[name].grad(theta, t) for t in range(1, 801)])
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    assert (np.abs(drawn.mean(axis=0) - full[name].grad(theta)) <= 5 * error + 1e-12).all()
    assert drawn.std(axis=0).max() > 0


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


# Minima


@pytest.mark.parametrize("name", [name for name, problem in SMOOTH.items() if problem.minimum is not None])
def test_minimum_is_flat_and_lowest(name):
    problem = SMOOTH[name]
    for minimum in np.atleast_2d(problem.minimum):
        assert_allclose(problem.grad(minimum), 0, atol=1e-10 * max(1, np.abs(problem.grad(problem.start)).max()))
        near = minimum + np.random.default_rng(0).normal(0, 0.1, (50, problem.dim))
        assert (problem.loss(near) > problem.loss(minimum)).all()


DEEPEST = {
    "bowl": 0.0,
    "quadratic": 0.0,
    "rosenbrock": 0.0,
    "beale": 0.0,
    "himmelblau": 0.0,
    "saddle": -0.25,
    "rastrigin": 0.0,
    "styblinski_tang": -78.33233140754285,
    "plateau": 0.0,
    "lessard": 0.0,
    "rotated": 0.0,
    "scaled": 0.0,
}


@pytest.mark.parametrize("name", DEEPEST)
def test_minimum_has_the_loss_it_should(name):
    assert_allclose(SMOOTH[name].loss(SMOOTH[name].minimum), DEEPEST[name], rtol=1e-12, atol=1e-12)


KNOWN = [
    (al.bowl(10), (-2, 1), 7.0),
    (al.rosenbrock(), (-1.5, 2), 2.5**2 + 100 * 0.25**2),
    (al.beale(), (0, 0), 1.5**2 + 2.25**2 + 2.625**2),
    (al.himmelblau(), (0, 0), 170.0),
    (al.saddle(), (0, 0), 0.0),
    (al.rastrigin(), (0.5, 0.5), 40.5),
    (al.styblinski_tang(), (1, 1), -10.0),
    (al.plateau(), (1, 1), 1 - np.exp(-1)),
    (al.lessard(), (3,), 12.5 * 9 - 72 + 36),
]


@pytest.mark.parametrize(("problem", "theta", "loss"), KNOWN, ids=[problem.name for problem, *_ in KNOWN])
def test_heights_by_hand(problem, theta, loss):
    assert_allclose(problem.loss(theta), loss, rtol=1e-12, atol=1e-12)


def test_rosenbrock_is_as_ill_conditioned_as_it_says():
    h = np.array([al.rosenbrock().grad(np.ones(2) + 1e-6 * axis) for axis in np.eye(2)]) / 1e-6
    low, high = np.linalg.eigvalsh((h + h.T) / 2)
    assert high / low == pytest.approx(2508, rel=1e-3)


def test_lessard_stays_convex_and_smooth():
    x = np.linspace(-3, 4, 2001)[:, None]
    g = al.lessard().grad(x)[:, 0]
    rise = np.diff(g) / np.diff(x[:, 0])
    assert rise.min() >= 1 - 1e-9
    assert rise.max() <= 25 + 1e-9


@every_problem
def test_start_is_where_it_can_be(problem):
    assert np.isfinite(problem.loss(problem.start)).all()
    assert problem.start.dtype == np.float64
    assert repr(problem) == f"<Problem {problem.name}, {problem.dim} parameters>"
    if problem.window is not None:
        low, high = np.transpose(problem.window)
        assert (low <= problem.start).all()
        assert (problem.start <= high).all()


# Randomness is a function of seed and step


@pytest.mark.parametrize("name", [name for name in RANDOM if name not in ("reddi", "reddi_online")])
def test_noise_is_a_function_of_seed_and_step(name):
    problem = RANDOM[name]
    theta = points(problem)
    forwards = [problem.grad(theta, t) for t in range(1, 200)]
    backwards = [problem.grad(theta, t) for t in range(199, 0, -1)]
    assert_array_equal(forwards, backwards[::-1])
    assert len({g.tobytes() for g in forwards}) > 1


MANY = {
    "noisy": lambda seed: al.noisy(al.beale(), sigma=[0.5, 2.0], seed=seed),
    "logistic": lambda seed: al.logistic(FEW_DIGITS, batch=5, seed=seed),
    "network": lambda seed: al.network(FEW_DIGITS, hidden=3, batch=5, seed=seed),
    "normalised": lambda seed: al.normalised(FEW_DIGITS, hidden=3, batch=5, seed=seed),
    "scale_free": lambda seed: al.scale_free(dim=3, seed=seed),
    "reddi_stochastic": lambda seed: al.reddi_stochastic(seed=seed),
}


@pytest.mark.parametrize("make", MANY.values(), ids=MANY)
def test_several_seeds_at_once_are_each_seed(make):
    seeds = [3, 0, 7]
    together = make(seeds)
    start = np.broadcast_to(together.start, (3, together.dim))
    path = al.run(al.Adam(lr=0.01), together, start, steps=8)
    for i, seed in enumerate(seeds):
        alone = make(seed)
        assert_allclose(start[i], alone.start.reshape(-1, alone.dim)[0], rtol=1e-12)
        assert_allclose(path.theta[:, i], al.run(al.Adam(lr=0.01), alone, start[i], steps=8).theta, rtol=1e-12, atol=1e-12)
    drawn = np.array([together.grad(start, t) for t in range(1, 200)])
    assert (drawn[:, 0] != drawn[:, 1]).any()


# Transforms


def test_rotation_turns_everything():
    theta, turned = points(al.rosenbrock(), (5,)), al.rotated(al.rosenbrock(), 90)
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
    theta = points(al.beale())
    scaled = al.scaled(al.beale(), [10.0, 0.1])
    assert scaled.loss(theta) == al.beale().loss(theta)
    assert_allclose(scaled.grad(theta), [10.0, 0.1] * al.beale().grad(theta))


def test_noise_has_the_deviation_it_should():
    noisy = al.noisy(al.plateau(), sigma=[0.5, 3.0], seed=4)
    drawn = np.array([noisy.grad([0.0, 0.0], t) for t in range(1, 2001)])
    assert_allclose(drawn.std(axis=0), [0.5, 3.0], rtol=0.05)
    assert noisy.loss([1.0, 1.0]) == al.plateau().loss([1.0, 1.0])


# Data


def test_splits_are_disjoint_and_complete():
    for split, size in ((al.digits(train=1000, seed=3), 1797), (al.breast_cancer("raw", train=400, seed=3), 569)):
        rows = np.vstack([split.x_train, split.x_test])
        assert len(rows) == size
        assert len(split.y_train) + len(split.y_test) == size
        assert_array_equal(
            np.sort(rows.sum(axis=1)),
            np.sort(np.vstack([_whole(split.name).x_train, _whole(split.name).x_test]).sum(axis=1)),
        )
    assert al.digits().classes == 10
    assert al.breast_cancer().classes == 2
    assert (al.digits(seed=0).y_train != al.digits(seed=1).y_train).any()


def _whole(name):
    return al.digits(train=1) if name == "digits" else al.breast_cancer("raw", train=1)


def test_several_splits_at_once_are_each_their_own():
    for make in (partial(al.digits, train=30), partial(al.breast_cancer, train=30), partial(al.breast_cancer, "raw", train=30)):
        many = make(seed=[4, 2])
        for k, seed in enumerate((4, 2)):
            for field in ("x_train", "y_train", "x_test", "y_test"):
                assert_array_equal(getattr(many, field)[k], getattr(make(seed=seed), field))
        assert many.classes == make(seed=0).classes


@pytest.mark.parametrize("batch", [None, 8])
@pytest.mark.parametrize("seed", [7, [7, 9]])
def test_a_classifier_on_several_splits_is_one_on_each(batch, seed):
    """Start, gradient, batches and measures, with one seed for all networks or one for each, and a sweep before."""
    many = al.network(al.digits(30, seed=[4, 2]), hidden=3, batch=batch, seed=seed)
    assert many.start.shape == (2, many.dim)
    theta = points(many, (3, 2))
    for k, split in enumerate((4, 2)):
        one = al.network(al.digits(30, seed=split), hidden=3, batch=batch, seed=seed if isinstance(seed, int) else seed[k])
        assert_array_equal(many.start[k], one.start)
        for t in (1, 2):
            assert_allclose(many.grad(theta, t)[:, k], one.grad(theta[:, k], t), rtol=1e-12, atol=1e-15)
        for measure in ("loss", "test_loss", "train_accuracy", "test_accuracy"):
            assert_allclose(getattr(many, measure)(theta)[:, k], getattr(one, measure)(theta[:, k]), rtol=1e-12)


def test_several_splits_need_one_seed_each():
    with pytest.raises(ValueError, match=r"seed of shape \(3,\) is not allowed: seed must be one number, or one for each of 2"):
        al.network(al.digits(30, seed=[4, 2]), seed=[0, 1, 2])
    assert al.logistic(al.digits(30, seed=[4, 2])).start.shape == (2, 650)


def test_units_of_the_tumours():
    raw, centred, standardised = (al.breast_cancer(units) for units in ("raw", "centred", "standardised"))
    assert_allclose(centred.x_train.mean(axis=0), 0, atol=1e-10)
    assert_allclose(standardised.x_train.mean(axis=0), 0, atol=1e-10)
    assert_allclose(standardised.x_train.std(axis=0), 1)
    assert_allclose(centred.x_train, raw.x_train - raw.x_train.mean(axis=0))
    assert raw.x_train.std(axis=0).max() / raw.x_train.std(axis=0).min() > 1e5


def test_an_untrained_classifier_guesses():
    assert_allclose(al.logistic(FEW_DIGITS).loss(al.logistic(FEW_DIGITS).start), np.log(10))
    assert_allclose(al.logistic(FEW_TUMOURS).test_loss(al.logistic(FEW_TUMOURS).start), np.log(2))


def test_squares_are_half_the_squared_distance_from_the_labels():
    """All weights and biases 0 but those of the scores: every example scores b, and by hand half of |b - e_y|^2."""
    problem, b = al.network(FEW_TUMOURS, hidden=2, loss="squares"), np.array([0.75, -0.5])
    theta = np.concatenate([np.zeros(problem.dim - 2), b])
    zero, one = 0.5 * (0.25**2 + 0.5**2), 0.5 * (0.75**2 + 1.5**2)
    for loss, y in ((problem.loss, FEW_TUMOURS.y_train), (problem.test_loss, FEW_TUMOURS.y_test)):
        assert_allclose(loss(theta), np.where(y == 0, zero, one).mean())
    assert_array_equal(problem.start, al.network(FEW_TUMOURS, hidden=2).start)


def test_cross_entropy_survives_large_scores():
    problem = al.logistic(FEW_DIGITS)
    theta = 1e4 * points(problem)
    assert np.isfinite(problem.loss(theta))
    assert np.isfinite(problem.grad(theta)).all()


@pytest.mark.parametrize(
    "problem",
    [al.logistic(FEW_DIGITS), al.network(FEW_DIGITS, hidden=16), al.network(FEW_DIGITS, hidden=16, loss="squares")],
    ids=["logistic", "network", "squares"],
)
def test_classifiers_learn(problem):
    path = al.run(al.Adam(lr=0.05), problem, steps=100, every=100)
    assert path.loss[-1] < 0.1
    assert problem.train_accuracy(path.theta[-1]) == 1.0
    assert problem.test_accuracy(path.theta[-1]) > 0.6
    assert problem.test_loss(path.theta[-1]) < problem.test_loss(path.theta[0])


@pytest.mark.parametrize(("activation", "gain"), [("tanh", 1.0), ("relu", 2.0)])
def test_networks_start_as_wide_as_they_should(activation, gain):
    start = al.network(al.digits(train=10), hidden=400, activation=activation).start
    weights, biases = start[: 64 * 400], start[64 * 400 : 65 * 400]
    assert_allclose(weights.std(), np.sqrt(gain / 64), rtol=0.02)
    assert not biases.any()


def test_an_autoencoder_sees_new_images_and_new_noise_in_every_step():
    """Batches of step t come from seed and t alone, and their gradients average to that of the loss over fresh noise."""
    one, full = al.vae(FEW_DIGITS, hidden=3, latent=2, batch=8, seed=1), al.vae(FEW_DIGITS, hidden=3, latent=2)
    theta = points(full)
    drawn = np.array([one.grad(theta, t) for t in range(1, 801)])
    assert_array_equal(drawn[6], one.grad(theta, 7))
    assert len({g.tobytes() for g in drawn}) == 800
    exact = np.mean([al.vae(FEW_DIGITS, hidden=3, latent=2, seed=seed).grad(theta) for seed in range(100)], axis=0)
    error = drawn.std(axis=0) * np.sqrt(1 / 800 + 8 / (40 * 100))
    assert (np.abs(drawn.mean(axis=0) - exact) <= 5 * error + 1e-12).all()


def test_the_parts_of_an_autoencoders_loss():
    """All weights 0: a code N(0, 1), which costs nothing, and a fair coin for every pixel. Then the code's own cost."""
    problem = al.vae(FEW_DIGITS, hidden=3, latent=2)
    theta = np.zeros(problem.dim)
    assert_allclose(problem.loss(theta), 64 * np.log(2))
    codes = 64 * 3 + 3 + 3 * 4  # where the biases of mu and s begin
    theta[codes : codes + 4] = 1.5, 0.0, 0.0, -1.0
    assert_allclose(problem.loss(theta), 64 * np.log(2) + 0.5 * (1.5**2 + np.exp(-1) - 1 + 1))


def test_an_autoencoder_learns():
    problem = al.vae(FEW_DIGITS, batch=20)
    end = al.final(al.Adam(lr=0.01), problem, steps=150).theta
    mean = np.clip(FEW_DIGITS.x_train.mean(axis=0), 1e-12, 1 - 1e-12)
    ignorant = -(mean * np.log(mean) + (1 - mean) * np.log(1 - mean)).sum()
    assert problem.loss(end) < ignorant
    assert problem.test_loss(end) < problem.test_loss(problem.start)


# Counterexamples


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


# Directions


def test_a_normalised_network_is_the_network_at_units_of_length_one():
    """By hand for one unit after another: its weights and its bias divided by their common length."""
    problem, plain = al.normalised(FEW_DIGITS, hidden=3, seed=1), al.network(FEW_DIGITS, hidden=3, seed=1)
    assert_array_equal(problem.start, plain.start)
    theta = points(problem)
    by_hand = theta.copy()
    for first, inputs, outputs in ((0, 64, 3), (65 * 3, 3, 10)):
        for unit in range(outputs):
            places = first + unit + outputs * np.arange(inputs + 1)  # the bias stands after the weights
            by_hand[places] /= np.linalg.norm(theta[places])
    for measure in ("loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert_allclose(getattr(problem, measure)(theta), getattr(plain, measure)(by_hand), rtol=1e-12)


def test_a_lost_normalised_network_gives_no_warning():
    problem = al.normalised(FEW_DIGITS, hidden=3)
    for theta in (np.zeros(problem.dim), np.full(problem.dim, 1e300), np.full(problem.dim, np.inf)):
        assert np.isnan(problem.loss(theta)) | np.isfinite(problem.loss(theta))
        assert problem.grad(theta).shape == theta.shape


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


def test_a_loss_that_is_lost_gives_no_warning():
    for theta in ([1e200, 1.0], [np.inf, 1.0], [np.nan, 1.0]):
        for problem in (al.rosenbrock(), al.ridge(al.bowl(), 1.0), al.scaled(al.bowl(), 2.0), al.rotated(al.bowl(), 30)):
            assert not np.isfinite(problem.loss(theta)) or problem.loss(theta) > 1e300
            problem.grad(theta)
