"""A walk in float16 or bfloat16: each step is compared alone, from where the walk is, with room for what was rounded on the way.

In so few digits two sound walks soon are far apart, while a single step is told to a few units in the last place.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.optimizers.base import State
from adamlib.probe import START, Departure, gradients
from adamlib.verify.changes import to_bfloat16, to_float16, with_values
from adamlib.verify.compare import Comparison, Feed
from adamlib.verify.conventions import decays, has_eps
from adamlib.verify.diagnose.suspects import Suspect
from adamlib.verify.walk import Walk

ROUNDINGS = 6  # on the way to a step, each of half a unit in the last place at most
DRIFT = 30  # roundings that a memory which is not shown may be apart from one that is rounded after each step
SMALLEST_START = -12  # a power of 2
CORNERS = np.array(list(product((-1.0, 0.0, 1.0), repeat=3)))[:, :, None]  # of the memories m and v, and of the gradient


class Digits(NamedTuple):
    """Half a unit in the last place as a share, the smallest number, the largest, and how numbers are rounded to it."""

    share: float
    smallest: float
    largest: float
    rounded: Callable[[Any], np.ndarray]


LOW_FORMATS = {
    "float16": Digits(2.0**-11, 2.0**-24, 65504.0, to_float16),
    "bfloat16": Digits(2.0**-8, 2.0**-133, 3.39e38, to_bfloat16),
}
FEWEST_TOLD = 24  # numbers of a walk whose steps are longer than what they are told to
FEWEST_FED = 200  # the same, where gradients are said to be others


def last_place(x: np.ndarray, digits: Digits) -> np.ndarray:
    """The distance to the next number."""
    with np.errstate(all="ignore"):
        return np.maximum(2 * digits.share * 2.0 ** np.floor(np.log2(np.abs(x))), digits.smallest)


@dataclass(frozen=True)
class StepByStep(Comparison):
    """A walk in low precision and the rule it should be.

    trusts_memory : whether what explains it must explain m and v too
    """

    trusts_memory: bool = False

    @property
    def digits(self) -> Digits:
        return LOW_FORMATS[self.dtype]

    @property
    def is_coarse(self) -> bool:
        return False  # m and v are looked at with each step

    def departure(self, expected: Any = None, memory: bool = False) -> Departure | None:
        return self.beside(self.like)

    def follows(self, rule: Optimizer) -> bool:
        return self.beside(rule) is None

    def explained_by(self, suspect: Suspect) -> bool:
        """Whether the walk is that of a suspect, whose steps are seen, with m and v as they are shown, or else as they may be."""
        memories = (self.shown,) if self.trusts_memory else (self.exact, self.few)
        found = (self.walked_beside(suspect.rule, suspect.feed, memory) for memory in memories)
        fewest = FEWEST_FED if suspect.fed else FEWEST_TOLD
        return any(away is None and told >= fewest for away, told in found)

    def is_lost(self) -> bool:
        """Whether too few steps of the rule are longer than what they are told to."""
        thetas = [state.theta for state in self.own_states(self.like, None)]
        own = Walk([{"theta": self.digits.rounded(theta)} for theta in thetas], dtype=self.dtype, start=self.walk.start)
        return StepByStep(own, self.like, self.dtype).walked_beside(self.like, None, self.exact)[1] < FEWEST_TOLD

    @property
    def is_told(self) -> bool:
        """Whether all that the rule remembers is shown, so that a step that departs is one."""
        first, shown = next(self.own_states(self.like, None)), self.walk.states[0]
        return all(name in shown or not np.any(value) for name, value in (("m", first.m), ("v", first.v)))

    def own_states(self, rule: Optimizer, feed: Feed | None) -> Iterator[State]:
        state = rule.init(self.walk.start)
        for g in self.fed(feed):
            with np.errstate(all="ignore"):
                state = rule.rule(state, g)
            yield state

    def fed(self, feed: Feed | None) -> np.ndarray:
        """The gradients as they reach the rule."""
        g = self.digits.rounded(gradients())
        return feed(g) if feed else g

    def beside(self, rule: Optimizer, feed: Feed | None = None) -> Departure | None:
        """Where the walk departs from a rule, however it keeps m and v: as they are shown, in many digits, or in few."""
        found = []
        for memory in (self.shown, self.exact, self.few):
            found.append(self.walked_beside(rule, feed, memory)[0])
            if found[-1] is None:
                return None
        return found[0] if self.walk.states[0].keys() - {"theta"} else found[1]

    def shown(self, new: State, got: dict[str, Any]) -> tuple[State, float]:
        return new._replace(**{name: x for name, x in got.items() if name != "theta"}), 0.0

    def exact(self, new: State, got: dict[str, Any]) -> tuple[State, float]:
        return new, 0.0

    def few(self, new: State, got: dict[str, Any]) -> tuple[State, float]:
        return new._replace(m=self.digits.rounded(new.m), v=self.digits.rounded(new.v)), DRIFT * self.digits.share

    def walked_beside(self, rule: Optimizer, feed: Feed | None, memory: Callable[..., Any]) -> tuple[Departure | None, int]:
        """Where a step of the walk departs from that of a rule which is put where the walk was, and how many numbers told."""
        told = 0
        old, drift, lost = rule.init(self.walk.start), 0.0, np.zeros(self.walk.start.shape, bool)
        for t, (got, g) in enumerate(zip(self.walk.states, self.fed(feed)), 1):
            with np.errstate(all="ignore"):
                new = rule.rule(old, g)
                lost = lost | ((g * g > self.digits.largest) & (new.v != 0))
                seen = {name: got[name] for name in ("m", "v") if name in got} if memory == self.shown else {}
                for name, value in seen.items():
                    away = self.memory_departure(name, t, value, getattr(old, name), getattr(new, name), g, lost)
                    if away:
                        return away, told
                room = self.room_for(rule, old, new, g, got["theta"], drift)
                away = self.step_departure(t, old, new, got["theta"], room, lost)
                told += int(np.sum((room < np.abs(new.theta - old.theta) / 2) & ~lost))
            if away:
                return away, told
            old, drift = memory(new, {**got})
            old = old._replace(theta=got["theta"])
        return None, told

    def memory_departure(
        self, name: str, t: int, got: np.ndarray, before: np.ndarray, want: np.ndarray, g: np.ndarray, lost: np.ndarray
    ) -> Departure | None:
        """m and v are told to a few units in the last place of what went into them."""
        new = np.abs(g) if name == "m" else g * g
        room = (
            ROUNDINGS * self.digits.share * np.maximum.reduce([np.abs(before), np.abs(want), np.minimum(new, np.abs(want) + new)])
        )
        return self.departure_where(name, t, got, want, room + 3 * self.digits.smallest, lost)

    def room_for(self, rule: Optimizer, old: State, new: State, g: np.ndarray, got: np.ndarray, drift: float) -> np.ndarray:
        """How far a step may be from the rule's."""
        tiny = sum(np.where(x != 0, self.digits.smallest / np.abs(x), 0.0) for x in (new.m, new.v))
        share = ROUNDINGS * self.digits.share + drift + np.where(tiny > 0.5, np.inf, tiny)
        places = 2.2 if decays(rule) else 1.1  # of theta; the factor of a decay is rounded, and what it makes
        ends = np.maximum(np.abs(old.theta), np.abs(got))
        spread = np.ptp(self.corners(rule, old, g), axis=0)
        return share * np.abs(new.theta - old.theta) + spread + places * last_place(ends, self.digits)

    def step_departure(
        self, t: int, old: State, new: State, got: np.ndarray, room: np.ndarray, lost: np.ndarray
    ) -> Departure | None:
        away = self.departure_where("theta", t, got, new.theta, room, lost)
        i = away.coordinate if away else 0
        return away and away._replace(got=away.got - old.theta[i], expected=away.expected - old.theta[i])

    def corners(self, rule: Optimizer, old: State, g: np.ndarray) -> np.ndarray:
        """Theta after the step where m, v and the gradient are half a unit more or less, and eps is rounded or is not."""
        share, small = self.digits.share, self.digits.smallest
        m, v, fed = (x * (1 + share * CORNERS[:, i]) + small * CORNERS[:, i] for i, x in enumerate((old.m, old.v, g)))
        v = np.maximum(v, 0.0)
        kinds = [rule]
        if has_eps(rule):
            kinds.append(with_values(rule, eps=float(self.digits.rounded(rule.eps))))
        return np.concatenate([one.rule(old._replace(m=m, v=v), fed).theta + 0 * m for one in kinds])

    def departure_where(
        self, name: str, t: int, got: np.ndarray, want: np.ndarray, room: np.ndarray, lost: np.ndarray
    ) -> Departure | None:
        off = np.abs(got - want)
        bad = (~np.isfinite(got) & np.isfinite(want)) | (np.isfinite(got) & (off > room))
        where = np.flatnonzero(bad & ~lost)
        return Departure(name, t, int(where[0]), float(got[where[0]]), float(want[where[0]])) if where.size else None


def lost_on_the_way(walk: Walk) -> float:
    """The share of all numbers of a walk that a step left as they were, although their gradient was not 0."""
    thetas = np.array([walk.start, *(state["theta"] for state in walk.states)])
    asked = gradients()[: len(walk.states)] != 0
    return float((np.diff(thetas, axis=0) == 0)[asked].mean())


def small_start(rule: Any) -> np.ndarray:
    """A start as small as the steps of a rule are, where they are seen in few digits, and no smaller than float16 holds."""
    is_small = np.ndim(rule.lr) == 0 and 0 < rule.lr < 1
    return START * 2.0 ** max(np.round(np.log2(rule.lr)), SMALLEST_START) if is_small else START
