"""The autoencoder, again one number at a time, and the parts of its loss."""

from math import exp, log, log1p

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from helpers.cases import FEW_DIGITS
from helpers.places import PIXELS, dense_layer, random_points, somewhere, unpack


def test_an_autoencoder_sees_new_images_and_new_noise_in_every_step():
    """Batches of step t come from seed and t alone, and their gradients average to that of the loss over fresh noise."""
    one, full = al.vae(FEW_DIGITS, hidden=3, latent=2, batch=8, seed=1), al.vae(FEW_DIGITS, hidden=3, latent=2)
    theta = random_points(full)
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


def test_an_autoencoder_one_number_at_a_time():
    """Its fixed noise is drawn for step 0, which no gradient has."""
    problem = al.vae(PIXELS, hidden=3, latent=2, seed=5)
    theta = somewhere(problem)
    numbers = iter(theta.tolist())
    (w1, w2), (w3, w4) = unpack(numbers, 64, 3, 4), unpack(numbers, 2, 3, 64)
    assert not list(numbers)
    for images, loss in ((PIXELS.x_train, problem.loss), (PIXELS.x_test, problem.test_loss)):
        noise, nats = np.random.default_rng((5, 0)).standard_normal((len(images), 2)), 0.0
        for x, shake in zip(images.tolist(), noise.tolist()):
            *mu, s, s2 = dense_layer([log1p(exp(a)) for a in dense_layer(x, *w1)], *w2)
            z = [m + exp(v / 2) * e for m, v, e in zip(mu, (s, s2), shake)]
            y = dense_layer([log1p(exp(a)) for a in dense_layer(z, *w3)], *w4)
            chances = [1 / (1 + exp(-a)) for a in y]
            nats -= sum(one * log(p) + (1 - one) * log(1 - p) for one, p in zip(x, chances))
            nats += sum(m * m + exp(v) - 1 - v for m, v in zip(mu, (s, s2))) / 2
        assert_allclose(loss(theta), nats / len(images), rtol=1e-12)
