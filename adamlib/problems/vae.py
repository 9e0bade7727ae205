"""A variational autoencoder on images: squeeze an image into a few noisy numbers, and draw it again from them."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.problems.data import Split, blocks_of, layers, parameters_in, require_one_split
from adamlib.problems.draws import generator
from adamlib.problems.problem import Problem


def vae(split: Split, hidden: int = 32, latent: int = 8, batch: int | None = None, seed: int = 0) -> Problem:
    """A variational autoencoder with one hidden layer on either side, softplus units and Bernoulli pixels.

        mu, s = encoder(x),  z = mu + exp(s / 2) noise,  y = decoder(z)
        loss = -log p(x given y) + KL(N(mu, e^s), N(0, 1)),  in nats, the mean over the images

    split : images of F pixels from 0 to 1, one split; the labels are not used
    hidden, latent : how many hidden units on either side, and how many numbers z for an image
    batch : how many images each gradient sees, with new noise in every step; None for all images and the noise of the loss
    seed : of the start, the batches and the noise. Those of step t come from seed and t alone

    Returns a Problem. `loss` is over all training images, `test_loss` over the others, with one fixed draw of noise each.
    Weights start as N(0, 1 / fan-in), biases as 0.
    Source: Kingma & Welling 2014; the experiment of Kingma & Ba 2015, section 6.4, in small.
    """
    require_one_split(split)
    pixels, n = split.x_train.shape[1], len(split.x_train)
    hidden, latent = validate.count("hidden", hidden), validate.count("latent", latent)
    seed = validate.count("seed", seed, least=0)
    batch = validate.optional(validate.count_up_to, "batch", batch, n, "the number of images")
    encoder, decoder = (pixels, hidden, 2 * latent), (latent, hidden, pixels)
    border, blocks = parameters_in(encoder), blocks_of(encoder) + blocks_of(decoder)
    dim = border + parameters_in(decoder)

    def parts(theta: np.ndarray) -> list[Any]:
        return layers(theta[..., :border], encoder) + layers(theta[..., border:], decoder)

    def still(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return images, np.random.default_rng((seed, 0)).standard_normal((len(images), latent))

    def measure(images: np.ndarray) -> Callable[..., Any]:
        x, noise = still(images)
        return lambda theta: forward(parts(validate.point("theta", theta, dim)), x, noise)[0]

    def examples(t: int) -> tuple[np.ndarray, np.ndarray]:
        if batch is None:
            return still(split.x_train)
        rng = generator(seed, t)
        return split.x_train[rng.choice(n, batch, replace=False)], rng.standard_normal((batch, latent))

    def grad(theta: Any, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        x, noise = (array.astype(theta.dtype, copy=False) for array in examples(t))
        out = np.empty_like(theta)
        backward(parts(theta), parts(out), x, noise)
        return out

    start, rng = np.zeros(dim), np.random.default_rng(seed)
    for weights, _ in parts(start):
        weights[...] = rng.standard_normal(weights.shape) / np.sqrt(len(weights))
    return Problem(
        f"{split.name} autoencoder", measure(split.x_train), grad, start, test_loss=measure(split.x_test), blocks=blocks
    )


def softplus(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log(1 + e^a) and its slope 1 / (1 + e^-a), safe for large |a|."""
    small = np.exp(-np.abs(a))
    return np.maximum(a, 0) + np.log1p(small), np.where(a >= 0, 1, small) / (1 + small)


def forward(pairs: list[Any], x: np.ndarray, noise: np.ndarray) -> tuple[Any, ...]:
    """The mean loss (...), then all that the way back needs: units, their slopes, code, pixels."""
    (w1, b1), (w2, b2), (w3, b3), (w4, b4) = pairs
    h, dh = softplus(x @ w1 + b1)
    mu, s = np.split(h @ w2 + b2, 2, axis=-1)
    shake = np.exp(s / 2) * noise
    k, dk = softplus((mu + shake) @ w3 + b3)
    y = k @ w4 + b4
    top, p = softplus(y)
    nats = (top - x * y).sum(axis=-1) + 0.5 * (mu * mu + np.exp(s) - 1 - s).sum(axis=-1)
    return nats.mean(axis=-1), h, dh, mu, s, shake, k, dk, p


def backward(pairs: list[Any], into: list[Any], x: np.ndarray, noise: np.ndarray) -> None:
    """The gradient of the mean loss by backpropagation, one batched matmul per layer, written into pairs of the same shapes."""
    _, h, dh, mu, s, shake, k, dk, p = forward(pairs, x, noise)
    n = x.shape[-2]
    error = _layer(into[3], k, (p - x) / n) @ pairs[3][0].swapaxes(-1, -2) * dk
    error = _layer(into[2], mu + shake, error) @ pairs[2][0].swapaxes(-1, -2)
    code = error + mu / n, 0.5 * (error * shake + (np.exp(s) - 1) / n)
    error = _layer(into[1], h, np.concatenate(code, axis=-1)) @ pairs[1][0].swapaxes(-1, -2) * dh
    _layer(into[0], x, error)


def _layer(pair: tuple[Any, ...], inputs: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The gradient of one layer, from its inputs and the error behind it. Hands the error back."""
    weights, biases = pair
    weights[...] = inputs.swapaxes(-1, -2) @ error
    biases[...] = error.sum(axis=-2, keepdims=True)
    return error
