"""A classifier on directions: every class brings its weights to length 1, then a trained gain and a bias."""

import numpy as np

import adamlib as al


def classifier_with_gains(split: al.Split, batch: int | None = None, seed: int = 0) -> al.Problem:
    """score = gain (w . x) / |w| + bias, in each of the classes: D = F classes + 2 classes, in this order."""
    plain = al.logistic(split, batch, seed)
    features, classes = split.x_train.shape[1], split.classes
    count = features * classes

    def parts(theta):
        weights = theta[..., :count].reshape(*theta.shape[:-1], features, classes)
        lengths = np.sqrt((weights**2).sum(axis=-2, keepdims=True))
        return weights / lengths, lengths, theta[..., None, count : count + classes], theta[..., count + classes :]

    def flat(weights, *rest):
        return np.concatenate([weights.reshape(*weights.shape[:-2], count), *rest], axis=-1)

    def plainly(theta):
        units, _, gains, biases = parts(theta)
        return flat(gains * units, biases)

    def grad(theta, t=1):
        units, lengths, gains, _ = parts(theta)
        slope = plain.grad(plainly(theta), t)
        of_weights = slope[..., :count].reshape(units.shape)
        along = (of_weights * units).sum(axis=-2, keepdims=True)
        return flat(gains / lengths * (of_weights - along * units), along[..., 0, :], slope[..., count:])

    start = np.random.default_rng(seed).standard_normal(count) / np.sqrt(features)
    return al.Problem(
        "classes with gains",
        loss=lambda theta: plain.loss(plainly(theta)),
        grad=grad,
        start=np.concatenate([start, np.ones(classes), np.zeros(classes)]),
        test_accuracy=lambda theta: plain.test_accuracy(plainly(theta)),
    )


def loss_where_decay_falls(split: al.Split, seed: int, steps: int = 1000, wd: float = 1.0) -> np.ndarray:
    """The training loss at the end of AdamW with wd on nothing, on the weights alone, on the gains alone."""
    problem, classes = classifier_with_gains(split, 50, seed), split.classes
    place = np.arange(problem.dim)
    end = problem.dim - 2 * classes
    masks = np.array([0 * place, place < end, (place >= end) & (place < end + classes)])
    start = np.broadcast_to(problem.start, masks.shape)
    theta = al.final(al.AdamW(0.01, weight_decay=wd * masks), problem, start, steps, al.linear(steps)).theta
    return problem.loss(theta)
