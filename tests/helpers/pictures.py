"""Runs, maps and axes that tests of several pictures share."""

import numpy as np

import adamlib as al
from adamlib import style

BOWL = al.bowl()


def three_runs(steps=30):
    return [al.run(rule, BOWL, steps=steps) for rule in (al.SGD(0.1), al.Momentum(0.05), al.Adam(0.2))]


def sweep_of_momentum():
    return al.run(al.Momentum(0.02, **al.grid(beta=[0, 0.5, 0.9])), BOWL, steps=30)


def lost_run():
    """Diverges to inf and then nan."""
    return al.run(al.SGD(0.01), al.rosenbrock(), steps=30)


def cup(n=12):
    x, y = np.linspace(0, 1, n), np.linspace(0, 2, n + 1)
    return (x - 0.5) ** 2 + (y[:, None] - 1) ** 2, x, y


def empty_axes():
    return style.panel(style.figure(420), 60, 40, 110, 40)


def two_curves():
    return {"agree": [0.0, 5.0, 9.8765], "alternate": [0.0, 1.0, -0.52632]}
