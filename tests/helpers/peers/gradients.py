"""The gradients that every library is fed: a pure function of a seed, the same on every machine and in every version."""

import random

import numpy as np

STEPS = 400
SCALES = 10.0 ** np.array([-6, -3, 0, 3, 6, 0, -1, 0])
START = np.array([1.0, -2.0, 3.0, -4.0, 5.0, -6.0, 7.0, -8.0])


def gradients(seed: int = 0) -> np.ndarray:
    """Shape (STEPS, 8), float64: eight coordinates, each difficult in its own way.

    0 to 4 : scales from 1e-6 to 1e6, about one gradient in ten exactly zero
    5 : zero for the first thirty steps
    6 : zero from step 121 to step 280
    7 : a burst of a million every seventieth step

    `Random.random` is the one generator whose sequence Python promises to keep.
    """
    draw = random.Random(seed).random
    uniform = np.array([[draw() for _ in SCALES] for _ in range(STEPS)])
    g = (2 * uniform - 1) * SCALES
    g[:, :5][np.abs(uniform[:, :5] - 0.5) < 0.05] = 0.0
    g[:30, 5] = 0.0
    g[120:280, 6] = 0.0
    g[69::70, 7] *= 1e6
    return g
