"""The numbered equations of room 06.3, each held against another derivation: test_6_3_1 is equation (6.3.1)."""

import numpy as np
import pytest

import adamlib as al

WORDS = 24


@pytest.mark.parametrize("exponent", [0.5, 1.0])
@pytest.mark.parametrize("rule", [al.SGD, lambda lr: al.Momentum(lr=lr, beta=0.9)], ids=["SGD", "Momentum"])
def test_6_3_1(rule, exponent):
    """The whole table of words, walked at once, against its rows, each walked alone at the rate of its share."""
    pairs = al.zipf_pairs(WORDS, exponent)
    share = pairs.sum(axis=1)
    whole = al.run(rule(20.0), al.bigram(pairs), steps=60, every=20).loss
    row = al.bigram(1 / np.arange(1, WORDS + 1)[None])
    rows = al.run(rule(20.0 * share[:, None]), row, steps=60, every=20).loss
    np.testing.assert_allclose(whole, rows @ share, rtol=1e-9)


@pytest.mark.parametrize(("batch", "beta2", "pairs"), [(512, 0.95, 10_240), (8, 0.95, 160), (64, 0.99, 6_400)])
def test_6_3_2(batch, beta2, pairs):
    """As many pairs as would weigh together what they do, if all had the weight of the newest; their mean age is as long."""
    weights = (1 - beta2) * beta2 ** np.arange(5000)
    assert batch * weights.sum() / weights[0] == pytest.approx(pairs)
    assert batch * (1 + (weights * np.arange(5000)).sum()) == pytest.approx(pairs)
