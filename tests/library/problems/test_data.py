"""Problems with data, again by slow loops over plain numbers, by closed forms and against the data as scikit-learn keeps them."""

from functools import partial
from itertools import islice, pairwise
from math import exp, log, log1p, tanh

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.datasets import load_breast_cancer, load_digits

import adamlib as al

FEW = al.breast_cancer(train=5)
FEW = al.Split("few", FEW.x_train, FEW.y_train, FEW.x_test[:7], FEW.y_test[:7])
PIXELS = al.digits(train=4)
PIXELS = al.Split("pixels", PIXELS.x_train, PIXELS.y_train, PIXELS.x_test[:3], PIXELS.y_test[:3])


def somewhere(problem, seed=0):
    return np.random.default_rng(seed).normal(0, 0.5, problem.dim)


# The models again, one number at a time


def unpacked(numbers, *sizes):
    """Weights and biases read one after another: w[i][j] leads from i to j."""
    for n, m in pairwise(sizes):
        yield [list(islice(numbers, m)) for _ in range(n)], list(islice(numbers, m))


def layer(values, weights, biases):
    return [b + sum(v * row[j] for v, row in zip(values, weights)) for j, b in enumerate(biases)]


def cross_entropy(scores, label):
    return log(sum(exp(s - scores[label]) for s in scores))


def squares(scores, label):
    return sum((s - (j == label)) ** 2 for j, s in enumerate(scores)) / 2


MODELS = {
    "logistic": (al.logistic, (), None, cross_entropy),
    "tanh": (partial(al.network, hidden=3), (3,), tanh, cross_entropy),
    "relu": (partial(al.network, hidden=4, activation="relu"), (4,), lambda z: max(z, 0.0), cross_entropy),
    "squares": (partial(al.network, hidden=2, loss="squares"), (2,), tanh, squares),
}


@pytest.mark.parametrize(("make", "hidden", "bend", "cost"), MODELS.values(), ids=MODELS)
@pytest.mark.parametrize("split", [FEW, PIXELS], ids=["tumours", "digits"])
def test_classifiers_one_number_at_a_time(make, hidden, bend, cost, split):
    problem = make(split)
    theta = somewhere(problem)
    numbers = iter(theta.tolist())
    *inner, last = unpacked(numbers, split.x_train.shape[1], *hidden, split.classes)
    assert not list(numbers)
    for part, loss, accuracy in (
        ("train", problem.loss, problem.train_accuracy),
        ("test", problem.test_loss, problem.test_accuracy),
    ):
        costs, right = [], []
        for x, y in zip(getattr(split, f"x_{part}").tolist(), getattr(split, f"y_{part}").tolist()):
            for weights, biases in inner:
                x = [bend(z) for z in layer(x, weights, biases)]
            scores = layer(x, *last)
            costs.append(cost(scores, y))
            right.append(max(scores) == scores[y])
        assert_allclose(loss(theta), sum(costs) / len(costs), rtol=1e-12)
        assert_allclose(accuracy(theta), sum(right) / len(right))


def test_an_autoencoder_one_number_at_a_time():
    """Its fixed noise is drawn for step 0, which no gradient has."""
    problem = al.vae(PIXELS, hidden=3, latent=2, seed=5)
    theta = somewhere(problem)
    numbers = iter(theta.tolist())
    (w1, w2), (w3, w4) = unpacked(numbers, 64, 3, 4), unpacked(numbers, 2, 3, 64)
    assert not list(numbers)
    for images, loss in ((PIXELS.x_train, problem.loss), (PIXELS.x_test, problem.test_loss)):
        noise, nats = np.random.default_rng((5, 0)).standard_normal((len(images), 2)), 0.0
        for x, shake in zip(images.tolist(), noise.tolist()):
            *mu, s, s2 = layer([log1p(exp(a)) for a in layer(x, *w1)], *w2)
            z = [m + exp(v / 2) * e for m, v, e in zip(mu, (s, s2), shake)]
            y = layer([log1p(exp(a)) for a in layer(z, *w3)], *w4)
            chances = [1 / (1 + exp(-a)) for a in y]
            nats -= sum(one * log(p) + (1 - one) * log(1 - p) for one, p in zip(x, chances))
            nats += sum(m * m + exp(v) - 1 - v for m, v in zip(mu, (s, s2))) / 2
        assert_allclose(loss(theta), nats / len(images), rtol=1e-12)


# Batches


@pytest.mark.parametrize("make", [al.logistic, al.network, al.normalised], ids=lambda make: make.__name__)
def test_a_batch_of_all_examples_has_each_once(make):
    full = make(FEW)
    theta = somewhere(full)
    for t in (1, 2, 3):
        assert_allclose(make(FEW, batch=5).grad(theta, t), full.grad(theta), rtol=1e-9, atol=1e-14)


def test_a_batch_of_all_images_has_each_once():
    """Where the code hardly shakes, the noise does not matter: s = -200 for every image."""
    full = al.vae(PIXELS, hidden=3, latent=2)
    theta = somewhere(full)
    codes = 65 * 3  # where the weights of mu and s begin
    theta[codes : codes + 12].reshape(3, 4)[:, 2:] = 0
    theta[codes + 14 : codes + 16] = -200
    for t in (1, 2, 3):
        assert_allclose(al.vae(PIXELS, hidden=3, latent=2, batch=4).grad(theta, t), full.grad(theta), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("batch", [None, 2])
@pytest.mark.parametrize("seed", [7, [[7, 8, 9], [4, 5, 6]]])
def test_splits_on_two_axes_are_each_their_own(batch, seed):
    seeds = [[1, 2, 3], [4, 5, 6]]
    many = al.network(al.digits(6, seed=seeds), hidden=2, batch=batch, seed=seed)
    theta = np.random.default_rng(0).normal(size=(2, 3, many.dim))
    assert many.start.shape == theta.shape
    for i, j in np.ndindex(2, 3):
        own = seed if isinstance(seed, int) else seed[i][j]
        one = al.network(al.digits(6, seed=seeds[i][j]), hidden=2, batch=batch, seed=own)
        assert_array_equal(many.start[i, j], one.start)
        assert_allclose(many.grad(theta, 3)[i, j], one.grad(theta[i, j], 3), rtol=1e-12, atol=1e-15)


# Data


def test_digits_are_those_of_scikit_learn():
    split, whole = al.digits(), load_digits()
    assert split.x_train.shape == (1000, 64)
    assert split.x_test.shape == (797, 64)
    x, y = np.vstack([split.x_train, split.x_test]) * 16, np.concatenate([split.y_train, split.y_test])
    assert sorted(map(tuple, np.column_stack([x, y]))) == sorted(map(tuple, np.column_stack([whole.data, whole.target])))


def test_raw_tumours_are_those_of_scikit_learn():
    split, whole = al.breast_cancer("raw"), load_breast_cancer()
    assert split.x_train.shape == (400, 30)
    assert split.x_test.shape == (169, 30)
    x, y = np.vstack([split.x_train, split.x_test]), np.concatenate([split.y_train, split.y_test])
    assert sorted(map(tuple, np.column_stack([x, y]))) == sorted(map(tuple, np.column_stack([whole.data, whole.target])))


@pytest.mark.parametrize("units", ["centred", "standardised"])
def test_the_test_is_measured_in_the_units_of_the_training(units):
    raw, split = al.breast_cancer("raw", train=50), al.breast_cancer(units, train=50)
    for k in range(30):
        slope, shift = np.polyfit(raw.x_train[:, k], split.x_train[:, k], 1)
        line = slope * raw.x_test[:, k] + shift
        assert_allclose(split.x_test[:, k], line, rtol=1e-6, atol=1e-6 * np.abs(line).max())


def test_a_feature_that_does_not_vary_keeps_its_unit():
    """One example to learn from: every feature is its own mean, and nothing is known of how it varies."""
    raw, split = al.breast_cancer("raw", train=1), al.breast_cancer(train=1)
    assert_array_equal(split.x_train, np.zeros((1, 30)))
    assert_array_equal(split.x_test, raw.x_test - raw.x_train)


def test_the_number_of_classes_is_one_more_than_the_highest_label():
    x = np.ones((3, 2))
    assert al.Split("labels", x, [0, 1, 4], x, [0, 0, 0]).classes == 5
    assert al.Split("labels", x, [0, 0, 0], x, [0, 6, 0]).classes == 7


SPLITS = {
    "x has no axis of features": ([1.0, 2.0], [0, 1]),
    "one example without its axis": ([1.0], 0),
    "one label too few": ([[1.0], [2.0]], [0]),
    "one label too many": ([[1.0], [2.0]], [0, 1, 1]),
    "labels on two axes": ([[1.0], [2.0]], [[0], [1]]),
    "labels on no axis": ([[1.0]], 0),
    "no examples": (np.ones((0, 1)), np.ones(1, int)),
    "no features": (np.ones((2, 0)), [0, 1]),
    "labels of another split": (np.ones((2, 3, 1)), np.ones((3, 3), int)),
}


@pytest.mark.parametrize(("x", "y"), SPLITS.values(), ids=SPLITS)
def test_splits_that_do_not_fit(x, y):
    good = [[1.0], [2.0]], [0, 1]
    for arguments, part in (((x, y, *good), "train"), ((*good, x, y), "test")):
        with pytest.raises(
            ValueError, match=rf"^x_{part} of shape .* and y_{part} of shape .* is not allowed: x must have shape"
        ):
            al.Split("wrong", *arguments)


@pytest.mark.parametrize("features", [1, 3])
def test_the_test_has_as_many_features_as_the_training(features):
    """Also where both have as many examples as features."""
    with pytest.raises(ValueError, match=r"x_test of shape"):
        al.Split("wrong", np.ones((features, 2)), [0] * features, np.ones((2, features)), [0, 1])
    split = al.Split("right", np.ones((features, 2)), [0] * features, np.ones((4, 2)), [0, 1, 0, 1])
    assert split.classes == 2


def test_a_split_stays_as_it_was_made():
    split = al.Split("kept", [[1], [2]], [0, 1], [[3]], [1])
    assert split.x_train.dtype == np.float64
    with pytest.raises(AttributeError):
        split.name = "other"
    assert split != al.Split("kept", [[1], [2]], [0, 1], [[3]], [1])  # arrays are not compared
    assert {split: "by identity"}[split]


@pytest.mark.parametrize("make", [al.normalised, al.vae], ids=lambda make: make.__name__)
def test_one_split_only(make):
    assert make(al.digits(6), hidden=2).dim
    for seed in ([0, 1], [[0, 1]]):
        with pytest.raises(ValueError, match=r"split of shape .* is not allowed: split must be one split"):
            make(al.digits(6, seed=seed), hidden=2)


# What stands in the signatures


def test_sizes_where_none_are_given():
    """By hand, with 64 pixels and 10 classes: (inputs + 1) outputs for every layer."""
    split = al.digits()
    assert al.logistic(split).dim == 65 * 10
    assert al.network(split).dim == al.normalised(split).dim == 65 * 32 + 33 * 10
    assert al.vae(split).dim == 65 * 32 + 33 * 2 * 8 + 9 * 32 + 33 * 64
    assert al.scale_free().dim == 200
    assert al.wilson().dim == 3 + 5 * 200


UNSEEDED = {
    "noisy": partial(al.noisy, al.bowl()),
    "logistic": partial(al.logistic, FEW, batch=2),
    "network": partial(al.network, FEW, batch=2),
    "normalised": partial(al.normalised, FEW, batch=2),
    "vae": partial(al.vae, PIXELS, batch=2),
    "scale_free": al.scale_free,
    "reddi_stochastic": al.reddi_stochastic,
    "wilson": al.wilson,
}


@pytest.mark.parametrize("make", UNSEEDED.values(), ids=UNSEEDED)
def test_the_seed_is_zero_where_none_is_given(make):
    unsaid, zero, one = make(), make(seed=0), make(seed=1)
    theta = somewhere(unsaid)
    assert_array_equal(unsaid.start, zero.start)
    drawn = [[problem.grad(theta, t) for t in range(1, 200)] for problem in (unsaid, zero, one)]
    assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


@pytest.mark.parametrize("make", [al.digits, al.breast_cancer], ids=lambda make: make.__name__)
def test_the_shuffle_is_that_of_seed_zero_where_none_is_given(make):
    assert_array_equal(make().y_train, make(seed=0).y_train)
    assert not np.array_equal(make().y_train, make(seed=1).y_train)


WINS = 25  # a seed whose first lot wins 1010, which one in a hundred does
FIRST = {
    **{name: make(seed=2) for name, make in UNSEEDED.items() if name not in ("wilson", "reddi_stochastic")},
    "reddi_stochastic": al.reddi_stochastic(seed=WINS),
    "reddi": al.reddi(),
    "reddi_online": al.reddi_online(),
    "noisy twice": al.noisy(al.noisy(al.bowl()), seed=3),
    "noise on a game": al.noisy(al.reddi(), sigma=0.0),
    "ridge": al.ridge(al.noisy(al.bowl()), 1.0),
    "rotated": al.rotated(al.noisy(al.bowl()), 30),
    "scaled": al.scaled(al.noisy(al.bowl()), 2.0),
}


@pytest.mark.parametrize("problem", FIRST.values(), ids=FIRST)
def test_a_gradient_without_a_step_is_that_of_the_first(problem):
    theta = somewhere(problem)
    assert_array_equal(problem.grad(theta), problem.grad(theta, 1))
    for t in (0, 2):
        assert (problem.grad(theta, t) != problem.grad(theta, 1)).any()


# Noise and transforms


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


# Games and counterexamples


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
