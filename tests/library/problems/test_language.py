"""The transformer: by PyTorch, as recorded; one number at a time; and what it must not see. The text that is drawn."""

import json
from math import exp, log, sqrt
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import adamlib as al
from adamlib.problems import language
from helpers.places import random_points, somewhere

TORCH = json.loads(Path(__file__).with_name("torch_transformer.json").read_text(encoding="utf-8"))
TEXT = np.array(TORCH["text"])
SMALL = al.transformer(TEXT, width=TORCH["width"], context=TORCH["context"])
WEIGHTS = 7, TORCH["context"], TORCH["width"]


@pytest.mark.parametrize(
    ("name", "rule"), [("SGD", lambda w: al.Momentum(lr=w["lr"], beta=w["momentum"])), ("Adam", lambda w: al.Adam(lr=w["lr"]))]
)
def test_a_transformer_is_what_pytorch_makes_of_it(name, rule):
    """Loss, gradient, and a walk of ten steps; recorded by tools/record_torch_transformer.py."""
    walk = TORCH["walks"][name]
    assert_allclose(SMALL.grad(TORCH["start"]), walk["gradient"], rtol=1e-10, atol=1e-15)
    path = al.run(rule(walk), SMALL, start=TORCH["start"], steps=len(walk["losses"]))
    assert_allclose(path.loss[:-1], walk["losses"], rtol=1e-9)
    assert_allclose(path.theta[-1], walk["end"], rtol=1e-6, atol=1e-9)
    assert path.loss[-1] < path.loss[0] - 0.5


def test_a_transformer_one_number_at_a_time():
    """The loss of every next word by plain loops over plain numbers."""
    theta, (words, context, width) = somewhere(SMALL), WEIGHTS
    numbers, d = iter(theta.tolist()), range(width)
    word, place, query, key, value, back = (
        [[next(numbers) for _ in d] for _ in range(n)] for n in (words, context, width, width, width, width)
    )
    out = [[next(numbers) for _ in range(words)] for _ in d]
    assert not list(numbers)

    def unit(row):
        root = sqrt(sum(x * x for x in row) / width + 1e-6)
        return [x / root for x in row]

    def times(row, matrix):
        return [sum(x * line[j] for x, line in zip(row, matrix)) for j in range(len(matrix[0]))]

    nats = []
    for first in range(0, len(TEXT) - context, context):
        line = TEXT[first : first + context + 1].tolist()
        h = [[a + b for a, b in zip(word[line[t]], place[t])] for t in range(context)]
        q, k, v = ([times(unit(row), matrix) for row in h] for matrix in (query, key, value))
        for t in range(context):
            powers = [exp(sum(a * b for a, b in zip(q[t], k[s])) / sqrt(width)) for s in range(t + 1)]
            gathered = [sum(p * v[s][j] for s, p in enumerate(powers)) / sum(powers) for j in d]
            scores = times(unit([a + b for a, b in zip(h[t], times(gathered, back))]), out)
            nats.append(log(sum(map(exp, scores))) - scores[line[t + 1]])
    assert_allclose(SMALL.loss(theta), sum(nats) / len(nats), rtol=1e-12)


def test_no_word_sees_those_after_it():
    w = language.as_matrices(random_points(SMALL), *WEIGHTS)
    line = np.array([[0, 1, 2, 3, 4]])
    scores = language.forward(w, line)[0][0]
    for place in range(5):
        other = line.copy()
        other[0, place] = 6
        found = language.forward(w, other)[0][0]
        assert_array_equal(found[:place], scores[:place])
        assert (np.abs(found[place:] - scores[place:]).max(axis=1) > 1e-6).all()


def test_lines_hold_every_word_of_the_text_once():
    lines = language.lines_of(np.arange(23), 5)
    assert_array_equal(lines[:, :-1].ravel(), np.arange(20))
    assert_array_equal(lines[:, 1:].ravel(), np.arange(1, 21))


def test_the_loss_does_not_depend_on_the_parts_it_is_measured_in(monkeypatch):
    theta = random_points(SMALL, (3,))
    whole = SMALL.loss(theta)
    monkeypatch.setattr(language, "MEASURED_AT_ONCE", 3)
    assert_allclose(SMALL.loss(theta), whole, rtol=1e-14)


def test_batches_of_lines():
    """Those of step t come from seed and t alone; all lines in one batch are the gradient of the loss."""
    batches = al.transformer(TEXT, width=4, context=5, batch=3, seed=4)
    theta = random_points(SMALL)
    drawn = [batches.grad(theta, t) for t in range(1, 31)]
    assert_array_equal(drawn[6], batches.grad(theta, 7))
    assert len({g.tobytes() for g in drawn}) == 30
    assert_allclose(al.transformer(TEXT, width=4, context=5, batch=20).grad(theta, 3), SMALL.grad(theta), rtol=1e-12, atol=1e-16)


def test_how_a_transformer_starts_and_how_many_weights_it_has():
    """256 words of 100 numbers, lines of three; whatever stands in a line, all words are equally likely at first."""
    text = np.array([0, 1, 255, 3])
    wide = al.transformer(text, width=100, context=3)
    assert wide.dim == 2 * 256 * 100 + 3 * 100 + 4 * 100**2
    w = language.as_matrices(wide.start, 256, 3, 100)
    assert [part.std() for part in w[:6]] == pytest.approx([0.1] * 6, rel=0.12)
    assert wide.loss(wide.start) == pytest.approx(8 * log(2), rel=1e-15)
    assert (al.transformer(text, 4, 1, seed=1).start != al.transformer(text, 4, 1).start).any()


def test_a_drawn_text_has_the_pairs_it_is_drawn_from():
    """Zero means never; the other shares of each row within five standard deviations; the first word by its row."""
    pairs = np.array([[0, 3, 1], [2, 0, 0], [1, 1, 2]])
    text = al.draw_text(pairs, 30_000, seed=1)
    found = np.zeros((3, 3))
    np.add.at(found, (text[:-1], text[1:]), 1)
    assert (found[pairs == 0] == 0).all()
    of_row = found.sum(axis=1, keepdims=True)
    shares = pairs / pairs.sum(axis=1, keepdims=True)
    assert (np.abs(found / of_row - shares) < 5 * np.sqrt(shares * (1 - shares) / of_row) + 1e-12).all()
    firsts = np.bincount([al.draw_text(pairs, 1, seed=seed)[0] for seed in range(1000)]) / 1000
    assert_allclose(firsts, [0.4, 0.2, 0.4], atol=0.08)
    assert_array_equal(al.draw_text(pairs / 10, 50, seed=3), al.draw_text(pairs, 50, seed=3))


def test_a_word_that_no_word_follows_is_refused():
    with pytest.raises(ValueError, match=r"pairs = .* is not allowed: pairs must be finite counts"):
        al.draw_text([[1, 1], [0, 0]], 5)
