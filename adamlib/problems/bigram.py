"""Next-word prediction at its smallest: a row of scores for each word, which says what may follow it."""

import os.path
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from adamlib import validate
from adamlib.problems.draws import draws_of_step
from adamlib.problems.problem import Problem

COUNTED_FILE = os.path.join(os.path.dirname(__file__), "word_pairs.json")  # made by tools/count_words.py


class WordPairs(NamedTuple):
    """How often a word follows another in a text.

    words : (V,), the most frequent first
    counts : (V, V), counts[x, y] for word y right after word x
    """

    words: tuple[str, ...]
    counts: np.ndarray


@cache
def _counted() -> tuple[tuple[str, ...], np.ndarray]:
    """All words and counts of the file, read once."""
    import json

    with open(COUNTED_FILE, encoding="utf-8") as file:
        table = json.load(file)
    counts = np.zeros((len(table["words"]),) * 2)
    for row, pairs in zip(counts, table["followers"]):
        row[pairs[::2]] = pairs[1::2]
    return tuple(table["words"]), counts


def word_pairs(words: int = 256) -> WordPairs:
    """The words of Python's own documentation, and how often one follows another.

    words : how many, V, the most frequent ones, at most 512. Pairs with any other word are left out

    Returns WordPairs(words, counts). The text is that of `pydoc_data.topics` in CPython 3.11.7, which every installation
    of Python holds (`help("topics")`): 64,285 words in lower case, 3,118 of them different.
    Source: Python Software Foundation, the Python Language Reference, PSF licence; counted by tools/count_words.py.

    >>> names, counts = word_pairs()
    >>> names[:6], int(counts[names.index("of"), names.index("the")])
    (('the', 'a', 'is', 'of', 'in', 'to'), 474)
    """
    names, counts = _counted()
    words = validate.count_up_to("words", words, len(names), "the number of words that were counted")
    return WordPairs(names[:words], counts[:words, :words].copy())


def zipf_pairs(words: int = 100, exponent: float = 1.0, followers: float = 1.0) -> np.ndarray:
    """The shares of all pairs of words in a language that obeys Zipf's law exactly.

        share of (x, y) = pi_x q_k,    pi_x ~ 1 / x^exponent,    q_k ~ 1 / k^followers

    The word of rank x has the share pi_x, and the word that follows it in k-th place the share q_k of its pairs. Each word
    ranks those after it in an order of its own: y has place k = (y - x) mod V + 1.

    words : how many, V
    exponent : of the words' shares, at least 0: 0 makes all words equally frequent, 1 is Zipf's law
    followers : the same of the words that follow one

    Returns shares (V, V) that sum to 1, for `bigram`. Source: Kunstner & Bach 2025 (arXiv 2505.19227), assumption 2.3.
    """
    ranks = np.arange(1.0, validate.count("words", words, least=2) + 1)
    shares = ranks ** -validate.one_number("exponent", exponent)
    after = ranks ** -validate.one_number("followers", followers)
    places = (np.arange(words) - np.arange(words)[:, None]) % words
    pairs = shares[:, None] * after[places]
    return pairs / pairs.sum()


def bigram(pairs: Any, batch: int | None = None, seed: Any = 0) -> Problem:
    """Softmax regression from a word to the next: one row of scores W_x for each word x, no weight shared.

        p_x = softmax(W_x)
        loss = sum over x of pi_x KL(q_x, p_x),    gradient of row x = pi_x (p_x - q_x)

    The loss is the mean of -log of the right word's probability, in nats, less the smallest possible: 0 is the best.

    pairs : (K, V), how often word y follows word x: counts or shares, as `word_pairs` and `zipf_pairs` give them.
        pi_x is the share of row x, q_x the shares within it
    batch : how many pairs each gradient sees, drawn at random; None for all. Those of step t come from seed and t alone
    seed : of the batches; a list of S seeds makes a start of shape (S, D), S runs at once

    Returns a Problem with D = K V weights, row after row, that starts at 0. `loss` is over all pairs, whatever the batch.
    Its minimum log q is given where no pair has the count 0. Source: Kunstner & Bach 2025 (arXiv 2505.19227), section 2.
    """
    shares = _shares(pairs)
    rows, dim = len(shares), shares.size
    seeds = validate.seeds("seed", seed)
    batch = validate.optional(validate.count, "batch", batch)
    several = () if batch is None else seeds.shape
    cumulated = np.cumsum(shares.ravel())

    def drawn(t: int) -> np.ndarray:
        """The shares of the pairs in each seed's batch, seed after seed, (S K, V)."""
        found = draws_of_step(seeds.ravel(), t, lambda rng: rng.random(batch))
        at = np.searchsorted(cumulated[:-1], found * cumulated[-1], side="right")
        at += dim * np.arange(seeds.size)[:, None]
        return np.bincount(at.ravel(), minlength=dim * seeds.size).reshape(-1, shares.shape[1]) / batch

    def grad(theta: Any, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        seen = shares if batch is None else drawn(t)
        whole = np.broadcast_to(theta, np.broadcast_shapes(theta.shape, (*several, dim)))
        tables = whole.reshape(*whole.shape[: whole.ndim - 1 - len(several)], *seen.shape)
        return table_gradient(tables, seen).reshape(whole.shape)

    def loss(theta: Any) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        tables = theta.reshape(*theta.shape[:-1], rows, -1)
        return row_excess(tables, shares) @ shares.sum(axis=1).astype(theta.dtype)

    minimum = np.log(shares / shares.sum(axis=1, keepdims=True)).ravel() if shares.min() > 0 else None
    return Problem(
        f"bigram of {rows} words", loss, grad, start=np.zeros((*several, dim)), minimum=minimum, blocks=(shares.shape,)
    )


def losses_by_word(theta: Any, pairs: Any) -> np.ndarray:
    """The loss of a `bigram` after each word, in nats, less the smallest possible: KL(q_x, p_x) for every row x.

    theta : (..., K V), the weights of the bigram, row after row
    pairs : (K, V), the table that it was made of

    Returns (..., K): for each word how badly the next one is predicted; 0 for a word that never comes. Its mean, each word
    with its share of the pairs, is the bigram's loss.

    >>> losses_by_word([0.0, 0.0, 0.0, 0.0], [[1, 1], [3, 0]]).round(4).tolist()
    [0.0, 0.6931]
    """
    shares = _shares(pairs)
    theta = validate.point("theta", theta, shares.size)
    with np.errstate(all="ignore"):
        return row_excess(theta.reshape(*theta.shape[:-1], *shares.shape), shares)


def _shares(pairs: Any) -> np.ndarray:
    """A table of counts as shares that sum to 1."""
    table = validate.array("pairs", pairs, "a table of counts, at least 0").astype(np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or not table.shape[0]:
        validate.refuse_as(ValueError, "pairs", f"of shape {table.shape}", "have a row for each word, with two counts or more")
    with np.errstate(all="ignore"):
        total = table.sum()
    if not (np.isfinite(table) & (table >= 0)).all() or not 0 < total < np.inf:
        validate.refuse(ValueError, "pairs", pairs, "finite counts, at least 0 and not all 0")
    return table / total


def softmax(tables: np.ndarray) -> np.ndarray:
    """The probabilities (..., V) that scores (..., V) stand for; the largest score is taken off first, so that none overflows."""
    powers = np.exp(tables - tables.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def table_gradient(tables: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The gradient (..., K, V) at scores (..., K, V), where shares (K, V) have pairs; 0 in the other rows."""
    of_row = shares.sum(axis=1, keepdims=True)
    seen = np.flatnonzero(of_row)
    out = np.zeros_like(tables)
    out[..., seen, :] = of_row[seen] * softmax(tables[..., seen, :]) - shares[seen]
    return out


def row_excess(tables: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """KL(q_x, p_x) of every row x of scores (..., K, V), in nats, (..., K): its loss, less the smallest possible.

    shares : (K, V), counts or shares of the pairs; a row without any has no excess
    """
    of_row = shares.sum(axis=1, keepdims=True)
    after = (shares / np.where(of_row > 0, of_row, 1)).astype(tables.dtype)
    lowest = (after * np.log(np.where(after > 0, after, 1))).sum(axis=-1)
    top = tables.max(axis=-1, keepdims=True)
    normalisers = (top + np.log(np.exp(tables - top).sum(axis=-1, keepdims=True))) * (of_row > 0)
    return lowest + normalisers[..., 0] - (after * tables).sum(axis=-1)
