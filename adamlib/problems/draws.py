"""Randomness as a function of the seed and the step alone: every run of a sweep meets the same, whatever the order of calls."""

from collections.abc import Callable
from typing import Any

import numpy as np


def draws_of_step(seeds: np.ndarray, t: int, draw: Callable[["np.random.Generator"], Any]) -> np.ndarray:
    """What `draw` makes of the generator of each seed in step t, (*S, n) for seeds of shape S: n numbers for each.

    >>> first, second, other = draws_of_step(np.array([3, 3, 4]), 7, lambda rng: rng.random(2)).tolist()
    >>> first == second, first == other
    (True, False)
    """
    found = [draw(generator(seed, t)) for seed in seeds.ravel().tolist()]
    return np.reshape(found, (*seeds.shape, -1))


def generator(seed: int, t: int) -> "np.random.Generator":
    """default_rng((seed, t)), sooner where both are short: words of 32 bits need not be taken apart.

    >>> generator(3, 7).random() == np.random.default_rng((3, 7)).random()
    True
    """
    short = type(t) is int and 0 <= t < 2**32 > seed
    return np.random.default_rng(np.array((seed, t), np.uint32) if short else (seed, t))
