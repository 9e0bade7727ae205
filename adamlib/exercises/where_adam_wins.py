"""Exercises of notebook 06: find where Adam wins."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _rare_and_frequent(losses, tokens, counts, limit):
    rare = losses[counts[tokens] < limit].mean()
    others = losses[counts[tokens] >= limit].mean()
    return rare, others


def _by_number(losses, tokens, counts, limit):
    rare = tokens < limit
    return losses[rare].mean(), losses[~rare].mean()


def _turned(losses, tokens, counts, limit):
    return _rare_and_frequent(losses, tokens, counts, limit)[::-1]


def _rarest_too(losses, tokens, counts, limit):
    rare = counts[tokens] <= limit
    return losses[rare].mean(), losses[~rare].mean()


def _shared_out(losses, tokens, counts, limit):
    rare = counts[tokens] < limit
    return (losses * rare).mean(), (losses * ~rare).mean()


_LOSSES = np.array([4.0, 1.0, 2.0, 0.5, 3.0, 0.25])

EXERCISES = {
    "06a": Exercise(
        answer=np.array([50, 1]),
        right="Under Adam both first steps are lr: 0.02 of the gradient is divided by 0.02 of the size.",
        slips=(
            (np.array([1, 50]), "you have them the wrong way round"),
            (np.array([50, 50]), "Adam divides by the gradient's own size, which holds the share as well"),
            (np.array([1, 1]), "under gradient descent the step is lr times the gradient, and that holds the share"),
            (np.array([1 / 50, 1]), "that is the rare word's step beside the frequent one's"),
            (np.array([50, np.sqrt(50)]), "v holds the square of the share, and its root the share itself"),
        ),
    ),
    "06b": Exercise(
        answer=0.999,
        right="Its memory is 1,000 batches now, and as many tokens as before.",
        slips=(
            (0.9, "that looks back over 10 batches: fewer tokens, not as many"),
            (0.99, "that is still 100 batches, and each has a tenth of the tokens"),
            (0.9999, "that looks back over 10,000 batches, a hundred times as many"),
            (1000.0, "that is the memory in batches; which β₂ has it"),
        ),
        rtol=2e-4,
    ),
    "06c": Exercise(
        answer=_rare_and_frequent,
        right="Print both now and then: where the first stays behind, rare words are waiting.",
        slips=(
            (_by_number, "you compare the tokens' numbers with the limit; compare how often they occur"),
            (_turned, "the rare ones come first"),
            (_rarest_too, "rare is below the limit, not at it"),
            (_shared_out, "you divide by the number of all tokens; each group has its own"),
        ),
        inputs=(
            (_LOSSES, np.array([3, 0, 1, 0, 2, 1]), np.array([4, 3, 1, 2]), 3),
            (_LOSSES, np.array([0, 1, 2, 3, 1, 2]), np.array([1, 5, 2, 2]), 2),
        ),
    ),
}
