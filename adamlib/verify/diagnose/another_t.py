"""Another t than the number of the step, in the correction: which, is read off the first steps of a walk."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer, State
from adamlib.probe import START, gradients
from adamlib.verify.changes import ManyT, with_t
from adamlib.verify.compare import Comparison, states, thetas_of
from adamlib.verify.conventions import corrects
from adamlib.verify.diagnose.betas import READ
from adamlib.verify.readings import Reading, readings

FASTEST = 400


def another_t(comparison: Comparison) -> str | None:
    """The correction takes another t than the number of the step: which, is read off the first steps."""
    like = comparison.like
    if not corrects(like):
        return None
    for reading in readings(like, 1):
        read = t_read(comparison, reading) if corrects(reading.rule) else []
        found = [says for says, t_of in guesses_of_t(read) if follows_with_t(comparison, reading, t_of)]
        found = found or [
            says for says, t_of in later_guesses(comparison, reading, read) if follows_with_t(comparison, reading, t_of)
        ]
        if len(found) == 1:  # of several none is said: so few digits do not tell
            return f"t is not the number of the step: {found[0]}{reading.clause}"
    return None


def read_with_t(like: Optimizer, reading: Reading, t_of: Callable[[int], Any]) -> Optimizer:
    """A rule that corrects with another t, read by conventions."""
    rule = with_t(like, t_of)
    for convention in reading.conventions:
        rule = convention.make(rule)
    return rule


def follows_with_t(comparison: Comparison, reading: Reading, t_of: Callable[[int], Any]) -> bool:
    return comparison.follows(read_with_t(comparison.like, reading, t_of))


def later_guesses(comparison: Comparison, reading: Reading, read: list[set[int]]) -> Iterator[tuple[str, Callable[[int], int]]]:
    """What t may be where the first steps do not show it: it stops later, or stays where it is for longer, up to a departure."""
    for first in sorted(set.intersection(*read)) if len(read) > 1 else ():
        away = comparison.departure(states(read_with_t(comparison.like, reading, lambda t, first=first: first)))  # type: ignore[misc]
        if away and away.step > 2:
            every = away.step - 1
            yield f"it advances once in {every} steps", lambda t, e=every, f=first: (t - 1) // e + f  # type: ignore[misc]
    away = comparison.departure(states(reading.rule))
    if away and away.step > 2:
        yield f"it stops at {away.step - 1}", lambda t, top=away.step - 1: min(t, top)  # type: ignore[misc]


def t_read(comparison: Comparison, reading: Reading) -> list[set[int]]:
    """All t that explain a step, for each of the first; empty where one has none, or the first has too many."""
    thetas, found = thetas_of(comparison)[: READ + 1], list[set[int]]()
    every_t = np.arange(1, FASTEST)[:, None].view(ManyT)
    rule = read_with_t(comparison.like, reading, lambda t: every_t)
    state = rule.init(START)
    for before, after, g in zip(thetas, thetas[1:], gradients()):
        with np.errstate(all="ignore"):
            state = rule.rule(state._replace(theta=before), g)
        fits = same_change(comparison, np.asarray(state.theta) - before, after - before)
        if not 0 < fits.sum() <= READ:
            break
        found.append(set(every_t[fits, 0].tolist()))
        state = State(state.t, *(x[-1] if np.ndim(x) > 1 else x for x in state[1:]))
    return found


def same_change(comparison: Comparison, want: np.ndarray, got: np.ndarray) -> np.ndarray:
    """Which of many changes, one a row, are that of a walk."""
    room = max(comparison.precision.share, 1e-8) * np.abs(want) + comparison.rounding_of_a_step * np.abs(START)
    return np.broadcast_to(np.all(np.abs(want - got) <= room, axis=-1), FASTEST - 1)


def guesses_of_t(read: list[set[int]]) -> Iterator[tuple[str, Callable[[int], int]]]:
    """What t may be as a function of the step: all that is simple, and explains each of the first steps."""
    for first in sorted(read[0]) if len(read) > 1 else ():
        for says, t_of in courses_from(first, read):
            if all(t_of(t) in fits for t, fits in enumerate(read, 1)):
                yield says, t_of


def courses_from(first: int, read: list[set[int]]) -> Iterator[tuple[str, Callable[[int], int]]]:
    """Simple functions of the step that begin with a number."""
    yield f"it stays at {first}", lambda t: first
    if first > 1:
        yield f"it is {first - 1} ahead, {first} at the first step", lambda t: t + first - 1
    for pace in sorted(second - first for second in read[1] if second > first + 1):
        yield f"it goes {pace} at a time, from {first}", lambda t, pace=pace: first + pace * (t - 1)  # type: ignore[misc]
    for every in range(2, READ):
        for late in range(every):
            yield f"it advances once in {every} steps", lambda t, e=every, o=late: (t + o - 1) // e + first  # type: ignore[misc]
    for top in range(first + 1, first + len(read) - 1):
        yield f"it stops at {top}", lambda t, top=top: min(t + first - 1, top)  # type: ignore[misc]
