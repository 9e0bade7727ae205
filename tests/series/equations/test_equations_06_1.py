"""The equation of room 06.1, held against counting."""

from collections import Counter
from fractions import Fraction

import numpy as np


def test_6_1_1():
    """In fractions: either way the weights sum to 1; the second gives every class that occurs the same share."""
    classes = np.random.default_rng(3).choice(6, 40, p=[0.5, 0.2, 0.1, 0.1, 0.1, 0]).tolist()
    counts = Counter(classes)
    plain = [Fraction(1, len(classes)) for _ in classes]
    equal = [Fraction(1, len(counts) * counts[c]) for c in classes]
    for weights, wanted in ((plain, lambda c: Fraction(counts[c], 40)), (equal, lambda c: Fraction(1, 5))):
        assert sum(weights) == 1
        assert {c: sum(w for w, d in zip(weights, classes) if d == c) for c in counts} == {c: wanted(c) for c in counts}
