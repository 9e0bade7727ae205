"""The numbered equations of room 06.2, each held against another derivation: test_6_2_1 is equation (6.2.1)."""

import numpy as np
import pytest

from adamlib.problems import language
from adamlib.problems.bigram import softmax
from adamlib.problems.data import surprisal


def slopes(function, x, h=1e-6):
    """The derivative of a function of an array by each entry, by central differences."""
    ways = np.eye(x.size).reshape(-1, *x.shape)
    return np.array([(function(x + h * way) - function(x - h * way)) / (2 * h) for way in ways]).reshape(x.shape)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def test_6_2_1():
    """Two shares of a word differ as their matches do; none goes to a later word; with one-hot values the shares come out."""
    query, key = drawn(2, 5, 9), drawn(2, 5, 9, seed=1)
    shares = language.attention(query, key)
    np.testing.assert_allclose(shares.sum(axis=-1), 1, rtol=1e-12)
    assert not np.triu(shares, 1).any()
    for t in range(5):
        for i in range(t):
            match = ((key[:, i] - key[:, t]) * query[:, t]).sum(axis=-1) / 3  # d = 9
            np.testing.assert_allclose(np.log(shares[:, t, i] / shares[:, t, t]), match, rtol=1e-9)
    w = language.as_matrices(drawn(2 * 4 * 5 + 5 * 5 + 4 * 25), 4, 5, 5)
    n = np.eye(5)[None]
    gathered, (query, key, value, _) = language.attend(w, n)
    np.testing.assert_allclose(value[0], w.value)
    np.testing.assert_allclose(gathered, np.einsum("bts,bsd->btd", language.attention(n @ w.query, n @ w.key), w.value[None]))


def test_6_2_2():
    """The slope of the mean of -log p by every score, measured; and `backward` begins with it."""
    scores, right = drawn(6, 4), np.array([0, 3, 1, 1, 2, 0])
    error = softmax(scores)
    error[np.arange(6), right] -= 1
    np.testing.assert_allclose(slopes(lambda s: surprisal(s, right).mean(), scores), error / 6, atol=1e-9)
    w = language.as_matrices(drawn(2 * 4 * 3 + 6 * 3 + 4 * 9), 4, 6, 3)
    line = np.array([[1, 2, 0, 3, 3, 1]])

    def loss(out):
        return surprisal(language.forward(w._replace(out=out), line)[0], right[None]).mean()

    np.testing.assert_allclose(language.backward(w, line, right[None]).out, slopes(loss, w.out), atol=1e-8)


@pytest.mark.parametrize("size", [1, 30])
def test_6_2_3(size):
    """Behind the norm, measured; and no error is left along h, whose length does not count."""
    h, e = size * drawn(3, 5), drawn(3, 5, seed=1)
    n, root = language.unit_rows(h)
    back = language.unit_rows_back(n, root, e)
    np.testing.assert_allclose(slopes(lambda x: (e * language.unit_rows(x)[0]).sum(), h, 1e-5 * size), back, atol=1e-8)
    np.testing.assert_allclose((back * h).sum(axis=-1), 0, atol=1e-5)


def test_6_2_4():
    """Behind a softmax, measured; what is added to all errors falls out."""
    s, e = drawn(7), drawn(7, seed=1)
    a = softmax(s)
    behind = a * (e - (a * e).sum())
    np.testing.assert_allclose(slopes(lambda x: (e * softmax(x)).sum(), s), behind, atol=1e-9)
    np.testing.assert_allclose(a * (e + 5 - (a * (e + 5)).sum()), behind, atol=1e-12)
