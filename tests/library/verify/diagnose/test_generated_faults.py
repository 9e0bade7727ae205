"""One fault in a plain rule, at settings and beside a convention that are drawn: it is named, and no other is.

`make test` tries some seeds, `nox -s whole` hundreds.
"""

import numpy as np
import pytest

import adamlib as al
from helpers.faulty import any_faulty
from helpers.whole import sample


@pytest.mark.parametrize("seed", sample(range(400), every=40))
def test_the_fault_is_named(seed):
    faulty = any_faulty(seed)
    sentence = al.verify(faulty.step, like=faulty.like).sentence
    assert any(words in sentence for words in faulty.words), (faulty, sentence)


@pytest.mark.parametrize("seed", sample(range(400), 20, every=80))
def test_in_single_precision_it_is_named_or_nothing_is_claimed(seed):
    faulty = any_faulty(seed)

    def step(theta, grad, state):
        theta, state = faulty.step(theta, grad, state)
        return theta.astype(np.float32), state

    verdict = al.verify(step, like=faulty.like)
    said = [*faulty.words, "no fault that we know", "cannot be told apart"]
    assert verdict.status == 2 or verdict.ok or any(words in verdict.sentence for words in said), (faulty, verdict)
