"""A rule put, before each step, where a walk in float16 or bfloat16 was: whether the steps of the walk are its own."""

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer, State
from adamlib.precision import rounded
from adamlib.probe import Departure
from adamlib.verify.changes import with_values
from adamlib.verify.compare import rows_of_state
from adamlib.verify.conventions import decays, has_eps
from adamlib.verify.walk import Walk

ROUNDINGS = 6  # on the way to a step, each of half a unit in the last place at most
DRIFT = 30  # roundings that a memory which is not shown may be apart from one that is rounded after each step
ULPS_OF_THETA, ULPS_OF_DECAY = 1.1, 2.2  # of theta, for its own rounding; the factor of a decay is rounded, and what it makes
CORNERS = np.array(list(product((-1.0, 0.0, 1.0), repeat=3)))[:, :, None, None]  # of m, v and the gradient
SHOWN_STATE, COMPUTED, ROUNDED = "shown", "computed", "rounded"  # what of m and v a rule remembers


class Digits(NamedTuple):
    """The name of a format, half a unit in its last place as a share, its smallest number and its largest."""

    dtype: str
    share: float
    smallest: float
    largest: float

    def rounded(self, x: Any) -> np.ndarray:
        return rounded(x, self.dtype)


LOW_FORMATS = {
    "float16": Digits("float16", 2.0**-11, 2.0**-24, 65504.0),
    "bfloat16": Digits("bfloat16", 2.0**-8, 2.0**-133, 3.39e38),
}


def last_place(x: np.ndarray, digits: Digits) -> np.ndarray:
    """The distance to the next number."""
    with np.errstate(all="ignore"):
        return np.maximum(2 * digits.share * 2.0 ** np.floor(np.log2(np.abs(x))), digits.smallest)


class OneStep(NamedTuple):
    """A step of a walk, and those of a rule from the same theta, one a row.

    t, rows : which step, and which rows are left
    g, got : the gradients, and the state of the walk after it
    old, new : the states of the rule before and after it
    is_lost : where something went beyond what the format can hold
    """

    t: int
    rows: np.ndarray
    g: np.ndarray
    got: dict[str, Any]
    old: State
    new: State
    is_lost: np.ndarray

    @property
    def length(self) -> np.ndarray:
        return np.abs(self.new.theta - self.old.theta)

    def only(self, few: np.ndarray) -> "OneStep":
        """The step of a few of its rows."""
        old, new = (rows_of_state(state, few) for state in (self.old, self.new))
        return self._replace(rows=self.rows[few], g=self.g[few], old=old, new=new, is_lost=self.is_lost[few])


class Beside:
    """A rule beside a walk in low precision, one row for each way to remember m and v, and for each feed.

    fed : gradients as they may reach the rule, (steps, feeds, coordinates)
    ways : of SHOWN_STATE (which must be those of the rule too), COMPUTED and ROUNDED
    """

    def __init__(self, rule: Optimizer, walk: Walk, digits: Digits, fed: np.ndarray, ways: Sequence[str]):
        self.rule, self.walk, self.digits = rule, walk, digits
        self.fed, self.feeds = np.tile(fed, (1, len(ways), 1)), fed.shape[1]
        self.is_shown, self.is_rounded = (np.repeat([one == way for one in ways], self.feeds) for way in (SHOWN_STATE, ROUNDED))
        self.names = [name for name in ("m", "v") if name in walk.states[0] and self.is_shown.any()]
        self.places = ULPS_OF_DECAY if decays(rule) else ULPS_OF_THETA
        self.steps: list[OneStep] = []  # each with the rows that are left after it

    def departures(self) -> list[Departure | None]:
        """Where a step of the walk departs from that of the rule, one a row; a row that departs is left there."""
        found: list[Departure | None] = [None] * self.fed.shape[1]
        with np.errstate(all="ignore"):
            step: OneStep | None = self.first_step()
            while step is not None:
                for name in (*self.names, "theta"):
                    is_off = self.is_off(step, name)
                    if is_off.any():
                        rows = is_off.any(axis=-1)
                        for i in np.flatnonzero(rows).tolist():
                            found[step.rows[i]] = departure_at(step, name, i, int(is_off[i].argmax()))
                        step = step.only(np.flatnonzero(~rows))
                self.steps.append(step)
                step = self.step_after(step) if step.rows.size and step.t < len(self.walk.states) else None
        return found

    def rows_told(self, fewest: int) -> np.ndarray:
        """The rows that do not depart, and of which so many numbers are steps that are longer than what they are told to."""
        rows = self.steps[-1].rows
        told = np.zeros(len(rows), int)
        with np.errstate(all="ignore"):
            for step in self.steps if rows.size else ():
                told += self.numbers_told(step.only(np.searchsorted(step.rows, rows)))
                if told.min() >= fewest:
                    break
        return rows[told >= fewest]

    def numbers_told(self, step: OneStep) -> np.ndarray:
        is_told = (self.room(step) < step.length / 2) & ~step.is_lost
        if is_told.any():  # then it is worth while to see how much more room there is
            is_told &= self.room(step, self.spread(step)) < step.length / 2
        return np.sum(is_told, axis=-1)

    def first_step(self) -> OneStep:
        rows = np.arange(self.fed.shape[1])
        return self.step_from(self.rule.init(self.walk.start), 1, rows, np.zeros((len(rows), self.walk.start.size), bool))

    def step_from(self, old: State, t: int, rows: np.ndarray, is_lost: np.ndarray) -> OneStep:
        g = self.fed[t - 1, rows]
        new = self.rule.rule(old, g)
        is_lost = is_lost | ((g * g > self.digits.largest) & (new.v != 0))
        return OneStep(t, rows, g, self.walk.states[t - 1], old, new, is_lost)

    def step_after(self, step: OneStep) -> OneStep:
        is_rounded, is_shown = (which[step.rows][:, None] for which in (self.is_rounded, self.is_shown))
        memory: dict[str, Any] = {"m": step.new.m, "v": step.new.v}
        if is_rounded.any():
            memory = {name: np.where(is_rounded, self.digits.rounded(x), x) for name, x in memory.items()}
        if is_shown.any():
            memory = {name: np.where(is_shown, step.got.get(name, x), x) for name, x in memory.items()}
        old = step.new._replace(theta=step.got["theta"], **memory)
        return self.step_from(old, step.t + 1, step.rows, step.is_lost)

    def is_off(self, step: OneStep, name: str) -> np.ndarray:
        """Where the walk is further from the rule than there is room."""
        if name != "theta":
            is_shown = self.is_shown[step.rows][:, None]
            return is_beyond(step, name, self.room_of_memory(step, name)) & is_shown if is_shown.any() else is_shown
        if step.t > 1:
            return self.is_theta_off(step)
        _, first, of_feed = np.unique(step.rows % self.feeds, return_index=True, return_inverse=True)
        return self.is_theta_off(step.only(first))[of_feed]  # nothing is remembered yet, so that all ways are one

    def is_theta_off(self, step: OneStep) -> np.ndarray:
        is_off = is_beyond(step, "theta", self.room(step))
        if is_off.any():  # then it is worth while to see how much more room there is
            some = np.flatnonzero(is_off.any(axis=-1))
            few = step.only(some)
            is_off[some] = is_beyond(few, "theta", self.room(few, self.spread(few)))
        return is_off

    def room_of_memory(self, step: OneStep, name: str) -> np.ndarray:
        """m and v are told to a few units in the last place of what went into them."""
        before, want = np.abs(getattr(step.old, name)), np.abs(getattr(step.new, name))
        fresh = np.abs(step.g) if name == "m" else step.g * step.g
        size = np.maximum(np.maximum(before, want), np.minimum(fresh, want + fresh))
        return ROUNDINGS * self.digits.share * size + 3 * self.digits.smallest

    def room(self, step: OneStep, spread: Any = 0.0) -> np.ndarray:
        """How far a step may be from the rule's."""
        tiny = sum(np.where(x != 0, self.digits.smallest / np.abs(x), 0.0) for x in (step.new.m, step.new.v))
        drift = DRIFT * self.digits.share * (self.is_rounded[step.rows][:, None] & (step.t > 1))
        share = ROUNDINGS * self.digits.share + drift + np.where(tiny > 0.5, np.inf, tiny)
        ends = np.maximum(np.abs(step.old.theta), np.abs(step.got["theta"]))
        return share * step.length + spread + self.places * last_place(ends, self.digits)

    def spread(self, step: OneStep) -> np.ndarray:
        """How far apart steps are where m, v and the gradient are half a unit more or less, and eps is rounded or is not."""
        share, small = self.digits.share, self.digits.smallest
        parts = (step.old.m, step.old.v, step.g)
        m, v, g = (x * (1 + share * CORNERS[:, i]) + small * CORNERS[:, i] for i, x in enumerate(parts))
        old = step.old._replace(m=m, v=np.maximum(v, 0.0))
        rules = [self.rule]
        if has_eps(self.rule):
            rules.append(with_values(self.rule, eps=float(self.digits.rounded(self.rule.eps))))
        return np.ptp(np.concatenate([one.rule(old, g).theta + 0 * m for one in rules]), axis=0)


def is_beyond(step: OneStep, name: str, room: np.ndarray) -> np.ndarray:
    """Where something in the walk is further from that of the rule than there is room, row by row."""
    got, want = step.got[name], getattr(step.new, name)
    is_off = np.where(np.isfinite(got), np.abs(got - want) > room, np.isfinite(want))
    return np.broadcast_to(is_off & ~step.is_lost, step.is_lost.shape).copy()


def departure_at(step: OneStep, name: str, row: int, i: int) -> Departure:
    """The departure of a row at a coordinate; that of theta is told by its change."""
    want = np.broadcast_to(getattr(step.new, name), step.is_lost.shape)[row, i]
    start = step.old.theta[i] if name == "theta" else 0.0
    return Departure(name, step.t, i, float(step.got[name][i] - start), float(want - start))
