"""Problems with data, again by slow loops over plain numbers, by closed forms and against the data as scikit-learn keeps them."""

from functools import partial
from math import exp, log, tanh

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from adamlib.problems import data
from adamlib.problems.draws import generator
from helpers.cases import FEW_DIGITS, FEW_TUMOURS, FEW_WORDS
from helpers.places import PIXELS, dense_layer, random_points, somewhere, unpack


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
    theta = random_points(many, (3, 2))
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
    theta = 1e4 * random_points(problem)
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


FEW = al.breast_cancer(train=5)
FEW = al.Split("few", FEW.x_train, FEW.y_train, FEW.x_test[:7], FEW.y_test[:7])


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
    *inner, last = unpack(numbers, split.x_train.shape[1], *hidden, split.classes)
    assert not list(numbers)
    for part, loss, accuracy in (
        ("train", problem.loss, problem.train_accuracy),
        ("test", problem.test_loss, problem.test_accuracy),
    ):
        costs, right = [], []
        for x, y in zip(getattr(split, f"x_{part}").tolist(), getattr(split, f"y_{part}").tolist()):
            for weights, biases in inner:
                x = [bend(z) for z in dense_layer(x, weights, biases)]
            scores = dense_layer(x, *last)
            costs.append(cost(scores, y))
            right.append(max(scores) == scores[y])
        assert_allclose(loss(theta), sum(costs) / len(costs), rtol=1e-12)
        assert_allclose(accuracy(theta), sum(right) / len(right))


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


@pytest.mark.parametrize("t", [1, 2**32 - 1, 2**32])
@pytest.mark.parametrize("seed", [0, 2**32 - 1, 2**32, 2**64 - 1])
def test_a_generator_is_that_of_numpy_for_seed_and_step(seed, t):
    """Of one word of 32 bits or of two, each."""
    assert_array_equal(generator(seed, t).random(3), np.random.default_rng((seed, t)).random(3))


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


@pytest.mark.parametrize("kept", [1, 2 * 2 * 6 * 64], ids=["one by one", "two and one"])
@pytest.mark.parametrize("splits", [0, [1, 2, 3], [[1, 2, 3], [4, 5, 6]]], ids=["one split", "three splits", "two by three"])
@pytest.mark.parametrize("batch", [None, 4])
def test_networks_in_groups_are_those_of_all_at_once(splits, batch, kept, monkeypatch):
    seed = np.arange(3) if np.ndim(splits) == 0 else splits
    problem = al.network(al.digits(6, seed=splits), hidden=2, batch=batch, seed=seed)
    theta = np.random.default_rng(0).normal(size=np.broadcast_shapes(problem.start.shape, (2, 3, 1)))
    measures = problem.loss, problem.test_accuracy, problem.grad
    together = [measure(theta) for measure in measures]
    monkeypatch.setattr(data, "KEPT_NEAR", kept)
    for measure, expected in zip(measures, together):
        assert_array_equal(measure(theta), expected)


def test_digits_are_those_of_scikit_learn():
    from sklearn.datasets import load_digits

    split, whole = al.digits(), load_digits()
    assert split.x_train.shape == (1000, 64)
    assert split.x_test.shape == (797, 64)
    x, y = np.vstack([split.x_train, split.x_test]) * 16, np.concatenate([split.y_train, split.y_test])
    assert sorted(map(tuple, np.column_stack([x, y]))) == sorted(map(tuple, np.column_stack([whole.data, whole.target])))


def test_raw_tumours_are_those_of_scikit_learn():
    from sklearn.datasets import load_breast_cancer

    split, whole = al.breast_cancer("raw"), load_breast_cancer()
    assert split.x_train.shape == (400, 30)
    assert split.x_test.shape == (169, 30)
    x, y = np.vstack([split.x_train, split.x_test]), np.concatenate([split.y_train, split.y_test])
    assert sorted(map(tuple, np.column_stack([x, y]))) == sorted(map(tuple, np.column_stack([whole.data, whole.target])))


def test_data_that_are_not_there_are_told_by_name(monkeypatch):
    monkeypatch.setattr(data, "find_spec", lambda name: None)
    for make in (al.digits, al.breast_cancer):
        with pytest.raises(ModuleNotFoundError, match=r"^scikit-learn, which ships the data, is not installed$"):
            make()


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
    "transformer": partial(al.transformer, FEW_WORDS, context=3, batch=2),
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
