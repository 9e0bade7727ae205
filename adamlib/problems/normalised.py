"""Problems that know only the direction of their weights: a network, and noise at right angles. Decay shrinks neither."""

from dataclasses import replace
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.problems.data import Split, layers, network, require_one_split
from adamlib.problems.draws import draws_of_step
from adamlib.problems.problem import Problem
from adamlib.problems.transforms import MEASURES


def normalised(split: Split, hidden: int = 32, activation: str = "tanh", batch: int | None = None, seed: Any = 0) -> Problem:
    """The network of `network`, where each unit first brings its weights and its bias to length 1.

        u = w / |w|,   gradient = (g - (g . u) u) / |w|,   g the gradient at u

    split, hidden, activation, batch, seed : as `network`

    Returns a Problem with the parameters of `network`. Raises ValueError for several splits at once. The length of w
    changes nothing in the loss, so the gradient stands at right angles to w, and is the smaller the longer w is: a long w
    turns slowly.

    Convention: no trained gain, so scores are small and the loss stays above that of `network`.
    Source: Salimans & Kingma 2016, section 2, with a gain of 1.
    """
    plain = network(split, hidden, activation, batch, seed)
    require_one_split(split)
    sizes = (split.x_train.shape[1], int(hidden), split.classes)

    def directions(theta: Any) -> tuple[np.ndarray, np.ndarray]:
        """Every unit at length 1, and its length beside each of its parameters, both (..., D)."""
        theta = validate.point("theta", theta, plain.dim)
        lengths = np.empty_like(theta)
        with np.errstate(all="ignore"):
            for (weights, biases), (beside_w, beside_b) in zip(layers(theta, sizes), layers(lengths, sizes)):
                beside_b[...] = np.sqrt(np.square(weights).sum(axis=-2, keepdims=True) + np.square(biases))
                beside_w[...] = beside_b
            return theta / lengths, lengths

    def grad(theta: Any, t: int = 1) -> np.ndarray:
        units, lengths = directions(theta)
        g = plain.grad(units, t)
        for (weights, biases), (into_w, into_b) in zip(layers(units, sizes), layers(g, sizes)):
            along = (into_w * weights).sum(axis=-2, keepdims=True) + into_b * biases
            into_w -= along * weights
            into_b -= along * biases
        return g / lengths

    def measured(measure: Any) -> Any:
        return lambda theta: measure(directions(theta)[0])

    measures = {name: measured(getattr(plain, name)) for name in MEASURES}
    return replace(plain, name=f"normalised {plain.name}", grad=grad, **measures)


def scale_free(dim: int = 200, seed: Any = 0) -> Problem:
    """A loss that is flat, seen through noise that only turns the weights: what training is to a normalised unit at the end.

        g_t = (n - (n . u) u) / |theta|,   u = theta / |theta|,  n = N(0, 1) in every coordinate

    dim : how many coordinates
    seed : a whole number, or an array of shape S of them for as many runs of shape (*S, D)

    Returns a Problem that starts with length 1, and whose loss is 0 everywhere. The noise of step t comes from the seed and t
    alone. Source: Kosson, Messmer & Jaggi 2024, whose random walk this is.
    """
    dim, seeds = validate.count("dim", dim, least=2), validate.seeds("seed", seed)

    def grad(theta: Any, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        noise = draws_of_step(seeds, t, lambda rng: rng.standard_normal(dim)).astype(theta.dtype)
        squared = np.square(theta).sum(axis=-1, keepdims=True)
        return (noise - (noise * theta).sum(axis=-1, keepdims=True) / squared * theta) / np.sqrt(squared)

    def loss(theta: Any) -> np.ndarray:
        return np.zeros(validate.point("theta", theta, dim).shape[:-1])

    return Problem("scale-free noise", loss, grad, start=np.full(dim, dim**-0.5))
