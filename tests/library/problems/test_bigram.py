"""Pairs of words: the table against its text, the gradient again by slow loops, batches by counting."""

import platform
from itertools import pairwise
from math import exp, log
from pydoc_data.topics import topics
from string import ascii_lowercase

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from helpers.cases import UNSEEN_PAIRS
from helpers.places import random_points


def entropy(counts):
    """Of the next word, in nats, by plain sums."""
    total = sum(map(sum, counts))
    return -sum(n / total * log(n / sum(row)) for row in counts for n in row if n)


def test_the_table_is_that_of_the_text():
    """Numbers that were counted before, by another program."""
    names, counts = al.word_pairs()
    assert counts.sum() == 33_074
    assert (counts > 0).sum() == 7_249
    assert counts.max() == counts[names.index("of"), names.index("the")] == 474
    for words, wanted in ((128, 2.7791), (256, 3.0782), (500, 3.2279)):
        assert entropy(al.word_pairs(words).counts.tolist()) == pytest.approx(wanted, abs=5e-5)


@pytest.mark.skipif(platform.python_version() != "3.11.7", reason="the documentation of another Python is another text")
def test_the_text_counted_letter_by_letter():
    text = "".join(c if c in ascii_lowercase else " " for key in sorted(topics) for c in topics[key].lower() + " ").split()
    assert len(text) == 64_285
    assert len(set(text)) == 3_118
    names, counts = al.word_pairs(12)
    often = [text.count(name) for name in names]
    assert often == sorted(often, reverse=True)
    assert often[-1] >= max(text.count(name) for name in al.word_pairs(14).words[12:])
    following = list(pairwise(text))
    assert counts.tolist() == [[following.count((x, y)) for y in names] for x in names]


def test_fewer_words_are_the_most_frequent():
    names, counts = al.word_pairs(20)
    assert names == al.word_pairs().words[:20]
    assert_array_equal(counts, al.word_pairs().counts[:20, :20])
    counts[:] = 0
    assert al.word_pairs(20).counts.any()


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 2.0])
def test_the_shares_of_zipf(exponent):
    shares = al.zipf_pairs(5, exponent)
    assert shares.sum() == pytest.approx(1)
    of_word = shares.sum(axis=1)
    assert_allclose(of_word[0] / of_word, np.arange(1, 6) ** exponent)
    for x, row in enumerate(shares):
        after = np.roll(row, -x) / row.sum()
        assert_allclose(after[0] / after, np.arange(1, 6))
    assert_allclose(al.zipf_pairs(3, 0, followers=0), 1 / 9)


def by_hand(scores, counts):
    """Loss and gradient, one number at a time."""
    total, loss, slopes = sum(map(sum, counts)), -entropy(counts), []
    for row, times in zip(scores, counts):
        bottom = sum(exp(score) for score in row)
        chances = [exp(score) / bottom for score in row]
        loss -= sum(n / total * log(p) for n, p in zip(times, chances))
        slopes.append([(sum(times) * p - n) / total for n, p in zip(times, chances)])
    return loss, slopes


@pytest.mark.parametrize("counts", [UNSEEN_PAIRS.tolist(), [[5, 2], [1, 1]]])
def test_loss_and_gradient_by_hand(counts):
    problem = al.bigram(counts)
    theta = random_points(problem)
    loss, slopes = by_hand(theta.reshape(np.shape(counts)).tolist(), counts)
    assert problem.loss(theta) == pytest.approx(loss, rel=1e-12)
    assert_allclose(problem.grad(theta).reshape(np.shape(counts)), slopes, rtol=1e-12, atol=1e-15)


def test_the_best_scores_are_the_logarithms_of_the_shares():
    problem = al.bigram([[1, 3], [2, 2]])
    assert_allclose(np.exp(problem.minimum), [0.25, 0.75, 0.5, 0.5])
    assert al.bigram(UNSEEN_PAIRS).minimum is None


def test_scores_may_be_large():
    problem = al.bigram([[1, 3], [2, 2]])
    first, second = log(2) - entropy([[1, 3]]), 1000 - log(2)  # even odds, and a certainty that is wrong every second time
    assert problem.loss([1000.0, 1000.0, -1000.0, 1000.0]) == pytest.approx((first + second) / 2, rel=1e-12)
    assert_allclose(problem.grad([1000.0, 1000.0, -1000.0, 1000.0]), [1 / 8, -1 / 8, -1 / 4, 1 / 4])


def test_the_loss_is_the_mean_over_the_rows():
    problem = al.bigram(UNSEEN_PAIRS)
    theta = random_points(problem, (2,))
    rows = al.losses_by_word(theta, UNSEEN_PAIRS)
    assert_allclose(rows @ UNSEEN_PAIRS.sum(axis=1) / UNSEEN_PAIRS.sum(), problem.loss(theta), rtol=1e-12)
    assert (rows[:, 2] == 0).all()  # a word that never comes


def test_a_batch_is_so_many_pairs():
    """At the start every follower is equally likely, and the gradient tells what was drawn."""
    counts, batch = UNSEEN_PAIRS, 6
    problem = al.bigram(counts, batch=batch, seed=1)
    seen = np.zeros_like(counts)
    for t in range(1, 400):
        slopes = problem.grad(problem.start, t).reshape(counts.shape)
        assert_allclose(slopes.sum(axis=1), 0, atol=1e-15)
        rows = (-slopes).max(axis=1, keepdims=True) > 0
        drawn = rows * (slopes.max(axis=1, keepdims=True) - slopes) * batch  # the pair that is never drawn has the largest slope
        assert_allclose(drawn, drawn.round(), atol=1e-12)
        assert drawn.sum() == pytest.approx(batch)
        seen += drawn
    assert_allclose(seen / seen.sum(), counts / counts.sum(), atol=0.03)
    assert (seen[counts == 0] == 0).all()


def test_a_word_that_is_not_in_the_batch_has_no_gradient():
    problem = al.bigram(al.zipf_pairs(50), batch=4, seed=3)
    theta = random_points(problem)
    rows = problem.grad(theta, 7).reshape(50, 50).any(axis=1)
    assert 1 <= rows.sum() <= 4


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([1, 2], r"pairs of shape \(2,\) is not allowed"),
        ([[1], [2]], r"pairs of shape \(2, 1\) is not allowed"),
        ([[1, -2]], "finite counts, at least 0 and not all 0"),
        ([[0, 0]], "finite counts, at least 0 and not all 0"),
    ],
)
def test_what_is_no_table_is_refused(pairs, said):
    with pytest.raises(ValueError, match=said):
        al.bigram(pairs)


def test_more_words_than_were_counted_are_refused():
    with pytest.raises(ValueError, match="words = 513 is not allowed: words must be at most 512, the number of words"):
        al.word_pairs(513)
