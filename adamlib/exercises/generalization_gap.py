"""Exercises of lesson 07: ask what was learnt, not how fast."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _at_target(train, test, target):
    return test[np.argmax(np.asarray(train) <= target)]


def _below_target(train, test, target):
    return test[np.argmax(np.asarray(train) < target)]


def _nearest(train, test, target):
    return test[np.argmin(np.abs(np.asarray(train) - target))]


def _for_good(train, test, target):
    above = np.flatnonzero(np.asarray(train) > target)
    return test[above[-1] + 1]


EXERCISES = {
    "07a": Exercise(
        answer=0.5,
        right="It calls every new example +1. On new examples like the old ones it would look 90 % right.",
        slips=(
            (0.1, "that is the share of −1 in training; among the new ones it is larger"),
            (0.0, "so it is with gradient descent; Adam lets the common features outvote the honest one"),
            (0.9, "then it would call them all −1; the common features say what the majority was"),
            (50, "right in per cent; give a share, between 0 and 1"),
        ),
    ),
    "07b": Exercise(
        answer=(1.0, -2.5),
        right="The same training example, fitted exactly, and opposite answers to a new one. The data do not say who is right.",
        slips=(
            ((-2.5, 1.0), "you have them the wrong way round; gradient descent comes first"),
            ((1.0, -10.0), "the signs (1, 1) must be scaled until they fit the example: 10 / (3 + 1)"),
            ((10.0, -2.5), "x must be scaled until it fits the example: 10 / |x|², not 10"),
            ((1.0, -1.0), "Adam's weights are 10/4 in both coordinates, not 1"),
            ((1.0, 1.0), "Adam does not walk along x, but along its signs"),
        ),
    ),
    "07c": Exercise(
        answer=_at_target,
        right="A run that goes on longer gains nothing by it, so what is left is what was learnt.",
        slips=(
            (lambda train, test, target: test[-1], "that is the last step, where one run has trained longer than the other"),
            (lambda train, test, target: max(test), "that is the best step on the test images, chosen by looking at them"),
            (lambda train, test, target: test[np.argmin(train)], "that is the lowest training loss, which differs between runs"),
            (_nearest, "the nearest loss may lie above the target; take the first step at or below it"),
            (_below_target, "a loss that equals the target has reached it"),
            (_for_good, "the loss may rise again later; take the first step that has reached the target"),
            (lambda train, test, target: np.argmax(np.asarray(train) <= target), "that is the step; return its test accuracy"),
        ),
        inputs=(
            (np.array([2.3, 0.9, 0.21, 0.08, 0.15, 0.05, 0.02]), np.array([0.1, 0.6, 0.8, 0.82, 0.9, 0.85, 0.7]), 0.2),
            (np.array([1.0, 0.4, 0.1, 0.05, 0.3, 0.06]), np.array([0.5, 0.7, 0.75, 0.72, 0.78, 0.74]), 0.1),
        ),
    ),
}
