"""Every numbered equation of room 11.1, each held against another derivation: test_11_1_2 is equation (11.1.2)."""

from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_allclose

import adamlib as al
from helpers.places import random_rotation

A, B, C = Fraction("3.4445"), Fraction("-4.7750"), Fraction("2.0315")


def test_11_1_1():
    """Entry by entry in exact fractions, for a matrix of whole numbers over 7."""
    X = [[Fraction(i - 2 * j, 7) for j in range(3)] for i in range(2)]
    gram = [[sum(a * b for a, b in zip(r, q)) for q in X] for r in X]
    square = [[sum(gram[i][k] * gram[k][j] for k in range(2)) for j in range(2)] for i in range(2)]
    inner = [[B * gram[i][j] + C * square[i][j] for j in range(2)] for i in range(2)]
    new = [[A * X[i][j] + sum(inner[i][k] * X[k][j] for k in range(2)) for j in range(3)] for i in range(2)]
    assert_allclose(al.newton_schulz(np.array(X, float), 1), np.array(new, float), rtol=1e-12)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
def test_11_1_2(shape):
    """A matrix built from directions and singular values that we choose: the directions stay."""
    s = np.linspace(0.05, 0.9, min(shape))
    U, V = random_rotation(shape[0], 1)[:, : len(s)], random_rotation(shape[1], 2)[:, : len(s)]
    made = al.newton_schulz(U * s @ V.T, 1)
    assert_allclose(U.T @ made @ V, np.diag([float(A * x + B * x**3 + C * x**5) for x in map(Fraction, s)]), atol=1e-13)


def test_11_1_3():
    """By the corners of each ball: no step in it does more, and the one that is named is in it and does so much."""
    G = np.random.default_rng(4).standard_normal((5, 3))
    U, S, V = np.linalg.svd(G, full_matrices=False)
    assert (G * G / np.linalg.norm(G)).sum() == pytest.approx(np.linalg.norm(G))
    assert (G * np.sign(G)).sum() == pytest.approx(np.abs(G).sum())
    assert (G * (U @ V)).sum() == pytest.approx(S.sum())
    assert np.linalg.norm(U @ V, 2) == pytest.approx(1)
    for seed in range(200):  # the corners of the third ball are the matrices with all singular values 1
        corner = random_rotation(5, seed)[:, :3] @ random_rotation(3, seed + 1)
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], G.shape)
        assert (G * corner).sum() <= S.sum()
        assert (G * signs).sum() <= np.abs(G).sum()


def test_11_1_4():
    """Fourth roots by two square roots of Denman and Beavers, without eigenvalues; one step of the room's loop by hand."""

    def root(X):
        Y, Z = X, np.eye(len(X))
        for _ in range(40):
            Y, Z = (Y + np.linalg.inv(Z)) / 2, (Z + np.linalg.inv(Y)) / 2
        return Y

    G = np.random.default_rng(7).standard_normal((4, 4))
    U, _, V = np.linalg.svd(G)
    step = np.linalg.inv(root(root(G @ G.T))) @ G @ np.linalg.inv(root(root(G.T @ G)))
    assert_allclose(step, U @ V, atol=1e-8)
