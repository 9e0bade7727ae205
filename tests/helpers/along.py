"""What a rule does along given gradients, wherever it stands."""

import numpy as np

import adamlib as al
from helpers.cases import states_along


def theta_along(rule, gradients, start=None):
    """theta after each of the gradients (T, D), the start first, (T+1, D); from ones where no start is given."""
    start = np.ones(gradients.shape[1:]) if start is None else start
    return np.array([state.theta for state in states_along(rule, gradients, start)])


def states_of_one(rule, gradients):
    """The states after each of the gradients (T,) of one coordinate."""
    return states_along(rule, [[float(g)] for g in gradients], [0.0])[1:]


def sloped_by(gradients):
    """A problem whose gradient in step t is gradients[t - 1], wherever you stand."""
    return al.ramp(lambda t: gradients[t - 1])


def steps_along(rule, gradients):
    """The step that a rule takes on each of the gradients (T,) of one coordinate, downhill positive, (T,)."""
    return -np.diff(al.run(rule, sloped_by(gradients), steps=len(gradients)).theta[:, 0])
