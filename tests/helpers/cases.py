"""The tables every test walks through: a new optimizer or problem joins all of them by one row."""

from math import exp, pi, sqrt
from typing import NamedTuple

import numpy as np
import pytest

import adamlib as al


class Case(NamedTuple):
    """An optimizer, a problem, and the steps in which its loss falls below a thousandth of the loss at the start."""

    optimizer: al.Optimizer
    problem: al.Problem
    steps: int


CASES = {
    "SGD": Case(al.SGD(lr=0.1), al.bowl(10), 30),
    "Momentum": Case(al.Momentum(lr=0.02, beta=0.9), al.bowl(10), 40),
    "Momentum averaged": Case(al.Momentum(lr=0.2, beta=0.9, dampening=0.9), al.bowl(10), 40),
    "Nesterov": Case(al.Nesterov(lr=0.02, beta=0.8), al.bowl(10), 25),
    "AdaGrad": Case(al.AdaGrad(lr=1.0), al.bowl(10), 10),
    "RMSProp": Case(al.RMSProp(lr=0.02), al.bowl(10), 70),
    "Adam": Case(al.Adam(lr=0.2, beta2=0.99), al.bowl(10), 35),
    "Adam uncorrected": Case(al.Adam(lr=0.1, beta2=0.99, bias_correction=False), al.bowl(10), 40),
    "NAdam": Case(al.NAdam(lr=0.2, beta2=0.99), al.bowl(10), 35),
    "NAdam uncorrected": Case(al.NAdam(lr=0.1, beta2=0.99, bias_correction=False), al.bowl(10), 35),
    "AMSGrad torch": Case(al.AMSGrad(lr=0.2), al.bowl(10), 35),
    "AMSGrad optax": Case(al.AMSGrad(lr=0.2, convention="optax"), al.bowl(10), 50),
    "AMSGrad paper": Case(al.AMSGrad(lr=0.2, convention="paper"), al.bowl(10), 40),
    "AdamW": Case(al.AdamW(lr=0.2, beta2=0.99, weight_decay=0.1), al.bowl(10), 35),
    "AdaMax": Case(al.AdaMax(lr=0.2), al.bowl(10), 46),
    "RAdam torch": Case(al.RAdam(lr=0.2, beta2=0.9), al.bowl(10), 43),
    "RAdam optax": Case(al.RAdam(lr=0.2, beta2=0.9, eps=1e-3, convention="optax"), al.bowl(10), 43),
    "ADOPT": Case(al.ADOPT(lr=0.2, beta2=0.99), al.bowl(10), 55),
    "Adadelta": Case(al.Adadelta(lr=1.0, eps=1e-2), al.bowl(10), 15),
    "Lion": Case(al.Lion(lr=0.02, weight_decay=0.1), al.bowl(10), 185),
    "Muon": Case(al.Muon(lr=0.1, beta2=0.99, scale="columns"), al.quadratic([[1.0, 10.0], [3.0, 30.0], [2.0, 20.0]]), 115),
    "Muon optax": Case(al.Muon(lr=0.2, beta2=0.99, convention="optax"), al.bowl(10), 35),
    "Adafactor": Case(al.Adafactor(lr=0.2), al.quadratic([[1.0, 10.0], [3.0, 30.0], [2.0, 20.0]]), 45),
    "Adafactor optax": Case(al.Adafactor(lr=0.2, eps1=1e-30, convention="optax"), al.bowl(10), 100),
}
OPTIMIZERS = {name: case.optimizer for name, case in CASES.items()}
ELEMENTWISE = {name: rule for name, rule in OPTIMIZERS.items() if rule.elementwise}
WITHOUT_PEERS: dict[type[al.Optimizer], str] = {}  # what no other library has, and why


class Surface(NamedTuple):
    """A surface of two coordinates, with numbers about it that do not come from the library.

    start : height and slope at the start, worked out by hand
    minima : how many there are
    terms : a polynomial multiplied out, the factor of x^i y^j under (i, j); None for what is no polynomial
    """

    problem: al.Problem
    start: tuple[float, tuple[float, float]]
    minima: int = 1
    terms: dict[tuple[int, int], float] | None = None


WELL, SINE = exp(-6.5), sqrt(10 + 2 * sqrt(5)) / 4  # the sine of 72 degrees, by Euclid's pentagon
SURFACES = {
    "bowl": Surface(al.bowl(), (7, (-2, 10)), terms={(2, 0): 0.5, (0, 2): 5}),
    "rosenbrock": Surface(
        al.rosenbrock(),
        (12.5, (-155, -50)),
        terms={(4, 0): 100, (2, 1): -200, (0, 2): 100, (2, 0): 1, (1, 0): -2, (0, 0): 1},
    ),
    "beale": Surface(
        al.beale(),
        (41.25, (34.5, 92.5)),
        terms={
            **{(2, 6): 1, (2, 4): 1, (2, 3): -2, (2, 2): -1, (2, 1): -2, (2, 0): 3},
            **{(1, 3): 5.25, (1, 2): 4.5, (1, 1): 3, (1, 0): -12.75, (0, 0): 14.203125},
        },
    ),
    "himmelblau": Surface(
        al.himmelblau(),
        (180, (-12, 0)),
        minima=4,
        terms={
            **{(4, 0): 1, (0, 4): 1, (2, 1): 2, (1, 2): 2, (2, 0): -21, (0, 2): -13},
            **{(1, 0): -14, (0, 1): -22, (0, 0): 170},
        },
    ),
    "saddle": Surface(
        al.saddle(),
        (1 - 0.5e-8 + 0.25e-16, (2, -1e-4 + 1e-12)),
        minima=2,
        terms={(2, 0): 1, (0, 4): 0.25, (0, 2): -0.5},
    ),
    "rastrigin": Surface(al.rastrigin(), (33.18 + 5 * sqrt(5), (-6.6 - 20 * pi * SINE, 5.4 - 20 * pi * SINE))),
    "styblinski_tang": Surface(
        al.styblinski_tang(),
        (9.28125, (-5.25, 66.5)),
        terms={(4, 0): 0.5, (2, 0): -8, (1, 0): 2.5, (0, 4): 0.5, (0, 2): -8, (0, 1): 2.5},
    ),
    "plateau": Surface(al.plateau(), (1 - WELL, (-3 * WELL, 2 * WELL))),
}

UNSEEN_PAIRS = np.array([[3.0, 0, 1, 0], [0, 0, 2, 2], [0, 0, 0, 0]])  # a pair that never occurs, and a word
FEW_DIGITS = al.digits(train=40)
FEW_WORDS = [2, 0, 1, 3, 0, 1, 2, 0, 3, 3, 0, 1, 2]
FEW_TUMOURS = al.breast_cancer(train=60)
TURN_3D = np.array([[2.0, -1.0, 2.0], [2.0, 2.0, -1.0], [-1.0, 2.0, 2.0]]) / 3

# Those whose gradient is that of the loss, whatever t.
SMOOTH = {
    **{name: row.problem for name, row in SURFACES.items()},
    "steep bowl": al.bowl(25.0),
    "quadratic": al.quadratic([1.0, 10.0, 1000.0]),
    "ramp": al.ramp([2.0, -0.5]),
    "surface": al.surface("cup", lambda x, y, a: a * x * x * y, lambda x, y, a: (2 * a * x * y, a * x * x), (1, 1), a=3.0),
    "lessard": al.lessard(),
    "wilson": al.wilson(n=6),
    "logistic": al.logistic(FEW_DIGITS),
    "logistic on two classes": al.logistic(FEW_TUMOURS),
    "network tanh": al.network(FEW_DIGITS, hidden=3),
    "network relu": al.network(FEW_DIGITS, hidden=4, activation="relu"),
    "normalised": al.normalised(FEW_DIGITS, hidden=3),
    "normalised relu": al.normalised(FEW_TUMOURS, hidden=4, activation="relu"),
    "vae": al.vae(FEW_DIGITS, hidden=3, latent=2),
    "network of squares": al.network(FEW_DIGITS, hidden=3, loss="squares"),
    "network of squares relu": al.network(FEW_TUMOURS, hidden=3, activation="relu", loss="squares"),
    "bigram": al.bigram(al.zipf_pairs(4, followers=0.5)),
    "bigram of few pairs": al.bigram(UNSEEN_PAIRS),
    "transformer": al.transformer(FEW_WORDS, width=3, context=4),
    "noisy without noise": al.noisy(al.beale(), sigma=0.0),
    "ridge": al.ridge(al.rosenbrock(), 0.7),
    "ridge per coordinate": al.ridge(al.himmelblau(), [0.5, 2.0]),
    "rotated": al.rotated(al.rosenbrock(), 30),
    "rotated in space": al.rotated(al.quadratic([1.0, 10.0, 100.0]), TURN_3D),
    "scaled": al.scaled(al.himmelblau(), 1024.0),
    "rotated ridge": al.rotated(al.ridge(al.beale(), 0.1), -75),
}

# Those whose gradient is that of the loss on average over t.
RANDOM = {
    "noisy": al.noisy(al.himmelblau(), sigma=2.0, seed=3),
    "logistic batches": al.logistic(FEW_DIGITS, batch=8, seed=1),
    "network batches": al.network(FEW_TUMOURS, hidden=2, batch=16, seed=2),
    "network of squares batches": al.network(FEW_TUMOURS, hidden=2, batch=16, seed=2, loss="squares"),
    "normalised batches": al.normalised(FEW_TUMOURS, hidden=2, batch=16, seed=2),
    "transformer batches": al.transformer(FEW_WORDS, width=3, context=3, batch=2, seed=4),
    "scale_free": al.scale_free(dim=4, seed=2),
    "bigram batches": al.bigram(UNSEEN_PAIRS, batch=3, seed=4),
    "reddi": al.reddi(C=4.0),
    "reddi_online": al.reddi_online(),
    "reddi_stochastic": al.reddi_stochastic(seed=5),
}
PROBLEMS = SMOOTH | RANDOM

DTYPES = (np.float16, np.float32, np.float64)

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
every_elementwise = pytest.mark.parametrize("optimizer", ELEMENTWISE.values(), ids=ELEMENTWISE)
every_smooth = pytest.mark.parametrize("problem", SMOOTH.values(), ids=SMOOTH)
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
every_dtype = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)


def states_along(optimizer: al.Optimizer, gradients, start) -> list[al.State]:
    """The states along given gradients, the start first."""
    states = [optimizer.init(start)]
    for g in gradients:
        states.append(optimizer.step(states[-1], g))
    return states


def as_sweep(optimizer: al.Optimizer) -> al.Optimizer:
    """Every hyperparameter on a sweep axis of its own, at two values each."""
    values = optimizer.hyperparameters()
    return type(optimizer)(**optimizer.words(), **al.grid(**{name: [x, 0.5 * x + 0.01] for name, x in values.items()}))


def every_rule(kind: type[al.Optimizer] = al.Optimizer) -> set[type[al.Optimizer]]:
    """The optimizers of the library, found by what they inherit."""
    below = {rule for child in kind.__subclasses__() for rule in (child, *every_rule(child))}
    return {rule for rule in below if getattr(al, rule.__name__, None) is rule}  # not what a test or a convention derived
