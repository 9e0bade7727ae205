"""Real data that scikit-learn ships, and the models we train on it. Parameters are one flat vector."""

import os.path
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.problems.draws import generator
from adamlib.problems.problem import Problem

SHAPES = "x must have shape (..., N, F) and y shape (..., N), with one F for all"
KEPT_NEAR = 2**16  # numbers that a group of networks computes in a layer, so that they stay in the processor's second cache


@dataclass(frozen=True, eq=False)
class Split:
    """Examples to learn from and examples to be tested on.

    x_train (N, F), y_train (N,), x_test (M, F), y_test (M,); labels are whole numbers from 0. Leading axes hold
    several splits at once.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def __post_init__(self) -> None:
        validate.text("name", self.name)
        for part in ("train", "test"):
            x = validate.array(f"x_{part}", getattr(self, f"x_{part}"), "numbers of shape (..., N, F)")
            y = validate.whole(f"y_{part}", getattr(self, f"y_{part}"), "whole numbers from 0, one for each example")
            if x.ndim < 2 or x.shape[:-1] != y.shape or not x.size or x.shape[-1] != np.shape(self.x_train)[-1]:
                raise ValueError(f"x_{part} of shape {x.shape} and y_{part} of shape {y.shape} is not allowed: {SHAPES}")
            object.__setattr__(self, f"x_{part}", x)
            object.__setattr__(self, f"y_{part}", y)

    @property
    def classes(self) -> int:
        """How many labels there are."""
        return int(max(self.y_train.max(), self.y_test.max())) + 1


def require_one_split(split: Split) -> None:
    """Refuse anything but a single split."""
    validate.instance("split", split, Split, "a Split, as digits() makes it")
    if split.x_train.ndim > 2:
        validate.refuse_as(ValueError, "split", f"of shape {split.x_train.shape}", "be one split, x of shape (N, F)")


def _shipped(file: str, head: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Features and labels from a file of scikit-learn, which takes a second to import, and milliseconds to be read from."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("scikit-learn, which ships the data, is not installed", name="sklearn")
    table = np.loadtxt(os.path.join(os.path.dirname(package.origin), "datasets", "data", file), delimiter=",", skiprows=head)
    return table[:, :-1], table[:, -1].astype(int)


def _split(name: str, x: np.ndarray, y: np.ndarray, train: int, seed: Any) -> Split:
    if validate.count("train", train) >= len(y):
        validate.refuse(ValueError, "train", train, f"below {len(y)}, the number of examples")
    seeds = validate.seeds("seed", seed)
    orders = [np.random.default_rng(int(one)).permutation(len(y)) for one in seeds.ravel()]
    order = np.reshape(orders, (*seeds.shape, len(y)))
    first, rest = order[..., :train], order[..., train:]
    return Split(name, x[first], y[first], x[rest], y[rest])


def digits(train: int = 1000, seed: Any = 0) -> Split:
    """1,797 handwritten digits of 8 x 8 pixels from 0 to 1, ten classes, shuffled and split.

    train : how many examples to learn from; the rest are for the test
    seed : of the shuffle; a list of S seeds makes S splits at once, each as its own seed makes it

    Returns a Split. Raises ValueError where no example would be left for the test. Source: Alpaydin & Kaynak 1998, UCI
    repository; shipped with scikit-learn.
    """
    x, y = _shipped("digits.csv.gz")
    return _split("digits", x / 16, y, train, seed)


def breast_cancer(units: str = "standardised", train: int = 400, seed: Any = 0) -> Split:
    """569 tumours measured in 30 ways, two classes, shuffled and split.

    units : "standardised" (mean 0, standard deviation 1), "centred" (mean 0, the original units), or "raw"
    train : how many examples to learn from; the rest are for the test
    seed : of the shuffle; a list of S seeds makes S splits at once

    Returns a Split. Raises ValueError for other units, and where no example would be left for the test. In the original
    units the features' standard deviations span five decades.
    Source: Street, Wolberg & Mangasarian 1993, UCI repository; shipped with scikit-learn.
    """
    validate.choice("units", units, ("standardised", "centred", "raw"))
    x, y = _shipped("breast_cancer.csv", head=1)
    split = _split("breast cancer", x, y, train, seed)
    mean = 0.0 if units == "raw" else split.x_train.mean(axis=-2, keepdims=True)
    spread = split.x_train.std(axis=-2, keepdims=True)
    scale = np.where(spread > 0, spread, 1.0) if units == "standardised" else 1.0
    return Split(split.name, (split.x_train - mean) / scale, split.y_train, (split.x_test - mean) / scale, split.y_test)


def logistic(split: Split, batch: int | None = None, seed: Any = 0) -> Problem:
    """Logistic regression: one score per class, the mean of -log of the right class's probability.

        loss = the mean of -log softmax(x W + b) at the right class,  in nats

    split, batch, seed : as `network`

    Returns a Problem with D = F classes + classes that starts at zero. Raises as `network`.
    Source: Bishop 2006, section 4.3.4.
    """
    validate.instance("split", split, Split, "a Split, as digits() makes it")
    return _classifier(f"logistic regression on {split.name}", split, (), "tanh", batch, seed)


def network(
    split: Split, hidden: int = 32, activation: str = "tanh", batch: int | None = None, seed: Any = 0, loss: str = "cross-entropy"
) -> Problem:
    """A network with one hidden layer, and the mean of -log of the right class's probability, or of squares.

        scores = activation(x W1 + b1) W2 + b2,  loss = the mean of -log softmax(scores) at the right class,  in nats

    split : the data; S splits at once make a start of shape (S, D), one network for each
    hidden : how many hidden units H
    activation : "tanh" or "relu"
    batch : how many examples each gradient sees; None for all of them. Those of step t come from seed and t alone
    seed : of the start and of the batches; a list of S seeds makes a start of shape (S, D), S networks at once
    loss : "cross-entropy", or "squares": half the squared distance of the scores from 1 for the right class, 0 for the others

    Returns a Problem with D = F H + H + H classes + classes: weights and biases, layer after layer. `loss` is over
    all training examples, whatever the batch. Raises ValueError for a batch of more examples than there are, and, where there
    are several splits, for another number of seeds.
    Convention: weights start as N(0, 2 / fan-in) for relu and N(0, 1 / fan-in) for tanh, biases as 0.
    Source: He et al. 2015, equation (10); LeCun et al. 1998, section 4.6.
    """
    validate.choice("activation", activation, ("tanh", "relu"))
    validate.choice("loss", loss, tuple(LOSSES))
    validate.instance("split", split, Split, "a Split, as digits() makes it")
    return _classifier(f"{split.name} network", split, (validate.count("hidden", hidden),), activation, batch, seed, loss)


def _classifier(
    name: str, split: Split, hidden: tuple[Any, ...], activation: str, batch: int | None, seed: Any, loss: str = "cross-entropy"
) -> Problem:
    *several, count, features = split.x_train.shape
    sizes = (features, *hidden, split.classes)
    dim = parameters_in(sizes)
    seeds = validate.seeds("seed", seed)
    batch = validate.optional(validate.count_up_to, "batch", batch, count, "the number of examples")
    if several and seeds.shape not in ((), (*several,)):
        allowed = f"one number, or one for each of {' x '.join(map(str, several))} splits"
        validate.refuse_as(ValueError, "seed", f"of shape {seeds.shape}", f"be {allowed}")

    table, labels = split.x_train.reshape(-1, features), split.y_train.ravel()  # of all splits, one below the other
    first_rows = count * np.arange(prod(several)).reshape(*several, 1)

    def measure(function: Any, *known: Any) -> Callable[..., Any]:
        def of_some(theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
            return function(scores(layers(theta, sizes), x, activation), y)

        return lambda theta: by_groups(of_some, validate.point("theta", theta, dim), *known, width=max(sizes))

    of_all = partial(gradient, sizes=sizes, activation=activation, loss=loss)

    def of_rows(theta: np.ndarray, at: np.ndarray) -> np.ndarray:
        return of_all(theta, table.take(at, axis=0), labels.take(at))

    def grad(theta: Any, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        if batch is None:
            return by_groups(of_all, theta, split.x_train, split.y_train, width=max(sizes))
        drawn = np.reshape([rows(one, t, count, batch) for one in seeds.ravel().tolist()], (*seeds.shape, batch))
        return by_groups(of_rows, theta, first_rows + drawn, width=max(sizes))

    return Problem(
        name,
        loss=measure(LOSSES[loss], split.x_train, split.y_train),
        grad=grad,
        start=np.broadcast_to(_starts(seeds, sizes, activation), (*(several or seeds.shape), dim)),
        test_loss=measure(LOSSES[loss], split.x_test, split.y_test),
        train_accuracy=measure(accuracy, split.x_train, split.y_train),
        test_accuracy=measure(accuracy, split.x_test, split.y_test),
        blocks=blocks_of(sizes),
    )


def by_groups(function: Callable[..., Any], theta: np.ndarray, *known: np.ndarray, width: int) -> np.ndarray:
    """function(theta, *known) of many networks, a group after the other, so that all that is computed stays in the cache.

    theta : (..., S, D)
    known : (..., S, N, ...), each network's own, or (N, ...), the same for all; the last one has no axis after N
    width : of the widest layer
    """
    *others, networks = theta.shape[:-1] or (1,)
    *own, count = known[-1].shape
    size = max(1, KEPT_NEAR // max(1, prod(others) * count * width))
    if networks <= size:
        return function(theta, *known)
    for first in range(0, networks, size):
        at = slice(first, first + size)
        some = (one[along(len(own) - 1, at)] for one in known) if own and own[-1] > 1 else known
        part = function(theta[..., at, :], *some)
        if first == 0:
            out = np.empty_like(part, shape=(*theta.shape[:-1], *part.shape[theta.ndim - 1 :]))
        out[along(theta.ndim - 2, at)] = part
    return out


def along(axis: int, at: slice) -> tuple[slice, ...]:
    """The index of a part along one axis."""
    return (*(slice(None),) * axis, at)


def parameters_in(sizes: tuple[Any, ...]) -> int:
    """How many weights and biases there are."""
    return sum((n + 1) * m for n, m in pairwise(sizes))


def blocks_of(sizes: tuple[Any, ...]) -> tuple[tuple[int, ...], ...]:
    """The shapes of weights and biases, layer after layer."""
    return tuple(shape for n, m in pairwise(sizes) for shape in ((n, m), (m,)))


def rows(seed: int, t: int, examples: int, batch: int) -> np.ndarray:
    """Which of the examples make the batch of step t, (batch,), all different."""
    return generator(seed, t).choice(examples, batch, replace=False)


def _starts(seeds: np.ndarray, sizes: tuple[Any, ...], activation: str) -> np.ndarray:
    gain = {"relu": 2.0, "tanh": 1.0}[activation]
    starts = []
    for seed in seeds.ravel():
        rng = np.random.default_rng(int(seed))
        spread = [np.sqrt(gain / n) if len(sizes) > 2 else 0.0 for n in sizes]
        parts = [(s * rng.standard_normal(n * m), np.zeros(m)) for s, n, m in zip(spread, sizes, sizes[1:])]
        starts.append(np.concatenate([array for pair in parts for array in pair]))
    return np.reshape(starts, (*seeds.shape, -1))


def layers(theta: np.ndarray, sizes: tuple[Any, ...]) -> list[tuple[np.ndarray, np.ndarray]]:
    """The flat vector (..., D) as weights (..., n, m) and biases (..., 1, m), layer after layer: views, no copies."""
    pairs, at = [], 0
    for n, m in pairwise(sizes):
        weights = theta[..., at : at + n * m].reshape(*theta.shape[:-1], n, m)
        biases = theta[..., None, at + n * m : at + (n + 1) * m]
        pairs.append((weights, biases))
        at += (n + 1) * m
    return pairs


def activities(pairs: list[Any], x: np.ndarray, activation: str) -> list[np.ndarray]:
    """What every layer hands on for every example, (..., N, m): x first, last the score of every class."""
    found = [x]
    for i, (weights, biases) in enumerate(pairs, 1):
        z = found[-1] @ weights
        z += biases
        found.append(_activate(z, activation) if i < len(pairs) else z)
    return found


def scores(pairs: list[Any], x: np.ndarray, activation: str) -> np.ndarray:
    """The score of every class for every example, (..., N, classes)."""
    return activities(pairs, x, activation)[-1]


def _activate(z: np.ndarray, activation: str) -> np.ndarray:
    return np.tanh(z, out=z) if activation == "tanh" else np.maximum(z, 0, out=z)


def log_softmax(s: np.ndarray) -> np.ndarray:
    """The logarithm of each class's probability, safe for large scores."""
    by_class = np.ascontiguousarray(s.swapaxes(-1, -2))  # NumPy finds the greatest of a few long rows sooner than of many short
    s = s - by_class.max(axis=-2)[..., None]
    return s - np.log(np.exp(s).sum(axis=-1, keepdims=True))


def surprisal(s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """-log p(right class) of every example, in nats, (..., N)."""
    right = np.take_along_axis(log_softmax(s), np.broadcast_to(y, s.shape[:-1])[..., None], axis=-1)
    return -right[..., 0]


def cross_entropy(s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The mean surprisal over the examples, (...)."""
    return surprisal(s, y).mean(axis=-1)


def squares(s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The mean over the examples of half the squared distance between scores and labels as zeros and a one, (...)."""
    return 0.5 * np.square(s - one_hot(y, s.shape[-1])).sum(axis=-1).mean(axis=-1)


LOSSES = {"cross-entropy": cross_entropy, "squares": squares}


def one_hot(y: np.ndarray, classes: int) -> np.ndarray:
    """1 at the right class, 0 elsewhere, (..., classes)."""
    return y[..., None] == np.arange(classes)


def accuracy(s: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The share of the examples whose highest score is that of the right class, (...)."""
    return (s.argmax(axis=-1) == y).mean(axis=-1)


def gradient(theta: np.ndarray, x: np.ndarray, y: np.ndarray, sizes: tuple[Any, ...], activation: str, loss: str) -> np.ndarray:
    """The gradient of the mean loss by backpropagation, one batched matmul per layer, (..., D)."""
    pairs = layers(theta, sizes)
    *inputs, error = activities(pairs, x.astype(theta.dtype, copy=False), activation)
    if loss == "cross-entropy":
        error = np.exp(log_softmax(error))
    error -= one_hot(y, sizes[-1])
    error /= x.shape[-2]
    out = np.empty_like(theta)
    for (weights, _), (into_w, into_b), a in zip(pairs[::-1], layers(out, sizes)[::-1], inputs[::-1]):
        np.matmul(a.swapaxes(-1, -2), error, out=into_w)
        np.sum(error, axis=-2, keepdims=True, out=into_b)
        if a is not inputs[0]:
            error = error @ weights.swapaxes(-1, -2)
            error *= 1 - a * a if activation == "tanh" else a > 0
    return out
