"""Exercises of notebook 05: race fairly."""

import numpy as np

from adamlib.exercises.exercise import Exercise


def _stay(loss, below):
    above = np.flatnonzero(~(loss < below))
    stay = above[-1] + 1 if len(above) else 0
    return stay if stay < len(loss) else np.nan


def _touch(loss, below):
    low = loss < below
    return int(low.argmax()) if low.any() else np.nan


def _last_above(loss, below):
    return np.maximum(_stay(loss, below) - 1, 0)


def _last_above_even_at_the_end(loss, below):
    above = np.flatnonzero(~(loss < below))
    return above[-1] if len(above) else 0


def _never_never(loss, below):
    above = np.flatnonzero(~(loss < below))
    return above[-1] + 1 if len(above) else 0


def _nan_is_below(loss, below):
    return _stay(np.nan_to_num(loss, nan=-np.inf), below)


EXERCISES = {
    "05a": Exercise(
        answer=0.05 * 1002 / 38,
        right="Near a minimum every gradient goes to 0, so a ruler that forgets must fall below 1.32 one day.",
        slips=(
            (0.05 * 1002 / 2, "2 is the limit of gradient descent; Adam's is on the right of (5.3)"),
            (0.05 * 1002 / 3.8, "2 (1 + β) is the limit of momentum as a sum; Adam's memory is an average, divide by 1 - β₁"),
            (38 / (0.05 * 1002), "upside down: the ruler stands under lr times curvature"),
            ((0.05 * 1002 / 38) ** 2, "that is v, and the question asks for its root"),
        ),
    ),
    "05b": Exercise(
        answer=_stay,
        right="With the same two lines a race is judged by its end, not by a lucky fly-by.",
        slips=(
            (_touch, "that is touch: a later step above does not count there, but it does here"),
            (_last_above, "that is the last step above; the walk stays from the next one on"),
            (
                _last_above_even_at_the_end,
                "that is the last step above, even where it is the very last; the walk stays from the next",
            ),
            (_never_never, "if the last loss is above, or nan, the answer is nan"),
            (lambda loss, below: _stay(loss, np.nextafter(below, np.inf)), "a loss equal to `below` is not yet below it"),
            (_nan_is_below, "nan is neither above nor below; ask for every loss that is not below"),
        ),
        inputs=(
            (np.array([3.0, 0.5, 2.0, 0.5, 0.4]), 1.0),
            (np.array([3.0, 0.5, 2.0]), 1.0),
            (np.array([0.5, 0.4]), 1.0),
            (np.array([3.0, 0.5, np.nan]), 1.0),
            (np.array([4.0, 3.0, 1.0, 0.5]), 1.0),
        ),
    ),
    "05c": Exercise(
        answer=(0.1, 0.3),
        right="For these 40 walkers the rate that falls may start higher: it travels first and settles later.",
        slips=(
            ((0.3, 0.1), "the other way round: the falling rate may start higher"),
            ((1.0, 1.0), "that is the best falling rate without noise; wrap the surface in al.noisy"),
        ),
    ),
}
