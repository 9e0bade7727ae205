"""A small language model: a transformer with one head that guesses the next word, with its gradient by hand; and texts for it."""

from bisect import bisect
from typing import Any, NamedTuple

import numpy as np

from adamlib import validate
from adamlib.problems.bigram import softmax
from adamlib.problems.data import one_hot, rows, surprisal
from adamlib.problems.problem import Problem

MOST_WORDS = 2**16  # different ones
MEASURED_AT_ONCE = 256  # lines; more are measured one part after the other, to save memory


def draw_text(pairs: Any, length: int, seed: int = 0) -> np.ndarray:
    """A text drawn from pairs of words: each word by how often it followed the one before, and by nothing else.

    pairs : (V, V), how often word j follows word i: counts or shares, as `word_pairs` and `zipf_pairs` give them
    length : how many words to draw
    seed : of the draws

    Returns the words as whole numbers, (length,). The first is drawn by how often it was followed. Raises ValueError for
    a word that no word follows. Source: Shannon 1948, section 3, who writes such texts.
    """
    table = validate.array("pairs", pairs, "a table of counts, at least 0")
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.size:
        validate.refuse_as(ValueError, "pairs", f"of shape {table.shape}", "be of shape (V, V)")
    if not (np.isfinite(table) & (table >= 0)).all() or not table.any(axis=1).all():
        validate.refuse(ValueError, "pairs", pairs, "finite counts, at least 0, and in no row all 0")
    length, seed = validate.count("length", length), validate.count("seed", seed, least=0)
    summed = (table / table.max()).cumsum(axis=1)
    by_word, of_words = summed.tolist(), summed[:, -1].cumsum().tolist()
    text: list[int] = []
    for draw in np.random.default_rng(seed).random(length).tolist():
        row = by_word[text[-1]] if text else of_words
        text.append(bisect(row, draw * row[-1]))
    return np.array(text)


class Matrices(NamedTuple):
    """What a transformer learns, or the gradient by it: V words, lines of L words, a width of d numbers.

    word : (V, d), what stands for a word
    place : (L, d), what is added at a place of the line
    query, key, value, back : (d, d), the four matrices of the head
    out : (d, V), which makes the scores of the next word
    """

    word: np.ndarray
    place: np.ndarray
    query: np.ndarray
    key: np.ndarray
    value: np.ndarray
    back: np.ndarray
    out: np.ndarray


def shapes(words: int, context: int, width: int) -> list[tuple[int, int]]:
    """The shapes of the weights."""
    return [(words, width), (context, width), *[(width, width)] * 4, (width, words)]


def as_matrices(theta: np.ndarray, words: int, context: int, width: int) -> Matrices:
    """The flat vector (D,) as weights: views, no copies."""
    sizes = shapes(words, context, width)
    parts = np.split(theta, np.cumsum([n * m for n, m in sizes]))
    return Matrices(*(part.reshape(size) for part, size in zip(parts, sizes)))


def unit_rows(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each row divided by its root mean square, and that root."""
    root = np.sqrt((h * h).mean(axis=-1, keepdims=True) + 1e-6)
    return h / root, root


def attention(query: np.ndarray, key: np.ndarray) -> np.ndarray:
    """How much each word heeds itself and each word before it: shares that sum to 1, (B, L, L)."""
    match = query @ key.swapaxes(1, 2) / query.shape[-1] ** 0.5
    later = np.triu(np.full(match.shape[1:], -np.inf, match.dtype), 1)
    return softmax(match + later)


def attend(w: Matrices, n: np.ndarray) -> tuple[Any, ...]:
    """What each word gathers from the words that it heeds, (B, L, d), then all that the way back needs."""
    query, key, value = n @ w.query, n @ w.key, n @ w.value
    heed = attention(query, key)
    return heed @ value, (query, key, value, heed)


def forward(w: Matrices, lines: np.ndarray) -> tuple[Any, ...]:
    """The scores of every next word (B, L, V) for lines of words (B, L), then all that the way back needs."""
    h = w.word[lines] + w.place
    n, root = unit_rows(h)
    gathered, kept = attend(w, n)
    end, end_root = unit_rows(h + gathered @ w.back)
    return end @ w.out, n, root, gathered, kept, end, end_root


def backward(w: Matrices, lines: np.ndarray, following: np.ndarray) -> Matrices:
    """The gradient of the mean of -log p(next word), by backpropagation: `forward` read from its end."""
    scores, n, root, gathered, kept, end, end_root = forward(w, lines)
    error = (softmax(scores) - one_hot(following, scores.shape[-1])) / lines.size
    by_out, error = matrix_back(end, w.out, error)
    error = unit_rows_back(end, end_root, error)
    by_back, by_gathered = matrix_back(gathered, w.back, error)
    by_query, by_key, by_value, by_n = attend_back(w, n, kept, by_gathered)
    error = error + unit_rows_back(n, root, by_n)
    by_word = np.zeros_like(w.word)
    np.add.at(by_word, lines, error)
    return Matrices(by_word, error.sum(axis=0), by_query, by_key, by_value, by_back, by_out)


def matrix_back(inputs: np.ndarray, matrix: np.ndarray, error: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Behind `inputs @ matrix`: the gradient by the matrix, and the error of the inputs."""
    return np.tensordot(inputs, error, axes=([0, 1], [0, 1])), error @ matrix.T


def unit_rows_back(n: np.ndarray, root: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Behind `unit_rows`: the error of its rows, across them, since their length does not count."""
    return (error - n * (n * error).mean(axis=-1, keepdims=True)) / root


def attend_back(w: Matrices, n: np.ndarray, kept: tuple[Any, ...], error: np.ndarray) -> tuple[Any, ...]:
    """Behind `attend`: the gradients by query, key and value, then the error of its inputs."""
    query, key, value, heed = kept
    by_heed = error @ value.swapaxes(1, 2)
    by_match = heed * (by_heed - (heed * by_heed).sum(axis=-1, keepdims=True)) / n.shape[-1] ** 0.5
    by_query, one = matrix_back(n, w.query, by_match @ key)
    by_key, two = matrix_back(n, w.key, by_match.swapaxes(1, 2) @ query)
    by_value, three = matrix_back(n, w.value, heed.swapaxes(1, 2) @ error)
    return by_query, by_key, by_value, one + two + three


def transformer(text: Any, width: int = 16, context: int = 16, batch: int | None = None, seed: int = 0) -> Problem:
    """A transformer with one head, which guesses each next word of a text from the words before it in its line.

        h = word + place,  n = unit_rows(h)
        loss = the mean of -log softmax(unit_rows(h + attention(n) back) out) at the next word,  in nats

    text : (N,), the words as whole numbers from 0; it is cut into lines, each with the word that follows it
    width : d, how many numbers stand for a word
    context : L, how many words a line has
    batch : how many lines each gradient sees; None for all of them. Those of step t come from seed and t alone
    seed : of the start and of the batches

    Returns a Problem with D = 2 V d + L d + 4 d^2 for V words, laid out as `adamlib.problems.language.Matrices`. `loss` is over
    all lines, whatever the batch. Several points at once are taken one after the other.
    Convention: the norm is the root mean square, without a gain; no layer is tied to another. Weights start as N(0, 1 / d), and
    those of out as 0, so that all words are equally likely at first.
    Source: Vaswani et al. 2017, section 3; the norm before the head, as in Xiong et al. 2020, is that of Zhang & Sennrich 2019.
    """
    width, seed = validate.count("width", width), validate.count("seed", seed, least=0)
    lines = lines_of(text, validate.count("context", context))
    batch = validate.optional(validate.count_up_to, "batch", batch, len(lines), "the number of lines")
    sizes = int(lines.max()) + 1, context, width
    dim = sum(n * m for n, m in shapes(*sizes))

    def loss(theta: Any) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        found = [mean_surprisal(as_matrices(one, *sizes), lines) for one in theta.reshape(-1, dim)]
        return np.reshape(found, theta.shape[:-1]).astype(theta.dtype)

    def grad(theta: Any, t: int = 1) -> np.ndarray:
        theta = validate.point("theta", theta, dim)
        some = lines if batch is None else lines[rows(seed, t, len(lines), batch)]
        found = [as_vector(backward(as_matrices(one, *sizes), some[:, :-1], some[:, 1:])) for one in theta.reshape(-1, dim)]
        return np.reshape(found, theta.shape)

    start = np.random.default_rng(seed).standard_normal(dim) / np.sqrt(width)
    as_matrices(start, *sizes).out[...] = 0
    return Problem(f"transformer of {dim} weights", loss, grad, start, blocks=tuple(shapes(*sizes)))


def lines_of(text: Any, context: int) -> np.ndarray:
    """A text as lines of so many words, each with the word that follows, (lines, context + 1)."""
    words = validate.whole("text", text, "whole numbers, at least 0, one for each word")
    if words.ndim != 1 or len(words) <= context:
        validate.refuse_as(ValueError, "text", f"of shape {words.shape}", f"be of shape (N,), with more than {context} words")
    if words.max() >= MOST_WORDS:
        validate.refuse(ValueError, "text", text, f"of words below {MOST_WORDS}")
    text = words.astype(np.int64)
    return np.lib.stride_tricks.sliding_window_view(text, context + 1)[::context]


def mean_surprisal(w: Matrices, lines: np.ndarray) -> float:
    """The loss over all lines, some of them at a time."""
    parts = np.array_split(lines, -(-len(lines) // MEASURED_AT_ONCE))
    return sum(surprisal(forward(w, part[:, :-1])[0], part[:, 1:]).sum() for part in parts) / lines[:, 1:].size


def as_vector(gradient: Matrices) -> np.ndarray:
    """Matrices as the flat vector (D,)."""
    return np.concatenate([part.ravel() for part in gradient])
