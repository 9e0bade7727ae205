"""Every numbered equation of lesson 06, each held against another derivation: test_6_2 is equation (6.2)."""

from fractions import Fraction
from math import exp, log

import numpy as np
import pytest

import adamlib as al

PAIRS = [[6, 2, 1], [1, 0, 2], [3, 3, 6]]


def mean_surprise(scores, text):
    """The mean of -log of the right word's probability, pair after pair."""
    return sum(log(sum(map(exp, scores[x]))) - scores[x][y] for x, y in text) / len(text)


def test_6_1():
    """The loss summed over a text, pair by pair; its gradient by differences; and the example by hand, in fractions."""
    text = [(x, y) for x, row in enumerate(PAIRS) for y, times in enumerate(row) for _ in range(times)]
    scores = np.random.default_rng(1).normal(size=(3, 3))
    problem = al.bigram(PAIRS)
    gaps = [mean_surprise(s, text) - problem.loss(s.ravel()) for s in (scores, 2 * scores, 0 * scores)]
    assert gaps == pytest.approx([gaps[0]] * 3, rel=1e-12)  # what was taken off does not depend on the scores
    for at in np.ndindex(3, 3):
        up, down = scores.copy(), scores.copy()
        up[at] += 1e-5
        down[at] -= 1e-5
        slope = (mean_surprise(up, text) - mean_surprise(down, text)) / 2e-5
        assert problem.grad(scores.ravel()).reshape(3, 3)[at] == pytest.approx(slope, rel=1e-6, abs=1e-9)
    slopes = al.bigram([[67.5, 22.5], [7.5, 2.5]]).grad(np.zeros(4))
    shares = Fraction(9, 10), Fraction(1, 10)
    assert slopes[::2].tolist() == pytest.approx([float(share * (Fraction(1, 2) - Fraction(3, 4))) for share in shares])


@pytest.mark.parametrize("share", [0.5, 0.01, 1e-6])
def test_6_2(share):
    """A word alone with its own loss, and the same word among others, at lr times its share and at lr."""
    alone, among = al.bigram([[3, 1, 2]]), al.bigram([[3 * share, share, 2 * share], [6 * (1 - share), 0, 0]])
    for rule, rate in ((al.SGD, share), (al.Adam, 1.0)):
        words = {} if rule is al.SGD else {"eps": 0.0}
        own = al.run(rule(lr=0.3 * rate, **words), alone, steps=20).theta
        shared = al.run(rule(lr=0.3, **words), among, steps=20).theta[:, :3]
        np.testing.assert_allclose(shared, own, rtol=1e-6, atol=1e-12)
    kept = al.run(al.Adam(lr=0.3, eps=1e-3), among, steps=20).theta[:, :3]
    assert share > 0.1 or not np.allclose(kept, own, rtol=0.01)  # a large eps lets the share back in
