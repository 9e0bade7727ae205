"""A walk in float16 or bfloat16: each step is compared alone, from where the walk is, with room for what was rounded on the way.

In so few digits two sound walks soon are far apart, while a single step is told to a few units in the last place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.optimizers.base import State
from adamlib.precision import rounded
from adamlib.probe import START, Departure, gradients
from adamlib.verify.compare import Comparison, Feed, walked
from adamlib.verify.diagnose.suspects import Suspect
from adamlib.verify.low_precision.beside import COMPUTED, LOW_FORMATS, ROUNDED, SHOWN_STATE, Beside, Digits
from adamlib.verify.walk import Walk

SMALLEST_START = -12  # a power of 2
FEWEST_TOLD = 24  # numbers of a walk whose steps are longer than what they are told to
FEWEST_FED = 200  # the same, where gradients are said to be others


@dataclass(frozen=True)
class StepByStep(Comparison):
    """A walk in low precision and the rule it should be.

    trusts_memory : whether what explains it must explain m and v too
    explaining : what was found out so far: the ways that explain the walk, for a suspect and some feeds
    """

    trusts_memory: bool = False
    explaining: dict[Any, list[tuple[str, int]]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def digits(self) -> Digits:
        return LOW_FORMATS[self.dtype]

    @property
    def is_coarse(self) -> bool:
        return False  # m and v are looked at with each step

    @property
    def shows_memory(self) -> bool:
        return bool(self.walk.states[0].keys() - {"theta"})

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways in which m and v may be kept."""
        return (*((SHOWN_STATE,) if self.shows_memory else ()), COMPUTED, ROUNDED)

    def departure(self, expected: Any = None, memory: bool = False, kind: Any = None) -> Departure | None:
        return self.departure_from(self.like)

    def follows(self, rule: Optimizer) -> bool:
        return self.departure_from(rule) is None

    def departure_from(self, rule: Optimizer, feed: Feed | None = None) -> Departure | None:
        """Where the walk departs from a rule, however it keeps m and v: as they are shown, in many digits, or in few."""
        found = self.beside(rule, (feed,), self.ways).departures()
        return found[0] if all(found) else None

    def remarks_on(self, rule: Optimizer) -> tuple[str, ...]:
        return ()

    def explained_by(self, suspect: Suspect) -> bool:
        """Whether the walk is that of a suspect, whose steps are seen, with m and v as they are shown, or else as they may be."""
        return bool(self.feeds_that_explain(suspect, (suspect.feed,)))

    def feeds_that_explain(self, suspect: Suspect, feeds: tuple[Feed | None, ...]) -> list[int]:
        """With which feeds a suspect explains the walk; None is the gradients as they are."""
        asked = (repr(suspect.base), suspect.slip, suspect.conventions, feeds)
        if asked not in self.explaining:
            self.explaining[asked] = self.ways_that_explain(suspect.rule, feeds)
        ways = (SHOWN_STATE,) if self.trusts_memory else (COMPUTED, ROUNDED)
        return sorted({feed for way, feed in self.explaining[asked] if way in ways})

    def ways_that_explain(self, rule: Optimizer, feeds: tuple[Feed | None, ...]) -> list[tuple[str, int]]:
        """The ways to remember m and v, each with the feed, by which the walk is that of a rule."""
        rows = list(product(self.ways, range(len(feeds))))
        beside = self.beside(rule, feeds, self.ways)
        beside.departures()
        told = beside.rows_told(FEWEST_TOLD if feeds == (None,) else FEWEST_FED)
        return [rows[row] for row in told]

    def is_lost(self) -> bool:
        """Whether too few steps of the rule are longer than what they are told to."""
        thetas = [self.digits.rounded(state.theta) for state in self.own_states(self.like)]
        own = Walk([{"theta": theta} for theta in thetas], dtype=self.dtype, start=self.walk.start)
        beside = replace(self, walk=own).beside(self.like, (None,), (COMPUTED,))
        beside.departures()
        return not beside.rows_told(FEWEST_TOLD).size

    @property
    def is_told(self) -> bool:
        """Whether all that the rule remembers is shown, so that a step that departs is one."""
        first, shown = next(self.own_states(self.like)), self.walk.states[0]
        return all(name in shown or not np.any(value) for name, value in (("m", first.m), ("v", first.v)))

    def own_states(self, rule: Optimizer) -> Iterator[State]:
        return walked(rule, gradients_in(self.dtype), self.walk.start)

    def beside(self, rule: Optimizer, feeds: Sequence[Feed | None], ways: Sequence[str]) -> Beside:
        """A rule beside the walk, fed and remembering in some ways."""
        g = gradients_in(self.dtype)
        return Beside(rule, self.walk, self.digits, np.stack([feed(g) if feed else g for feed in feeds], axis=1), ways)


@cache
def gradients_in(dtype: str) -> np.ndarray:
    """The gradients of the probe in few digits."""
    return rounded(gradients(), dtype)


def lost_on_the_way(walk: Walk) -> float:
    """The share of all numbers of a walk that a step left as they were, although their gradient was not 0."""
    thetas = np.array([walk.start, *(state["theta"] for state in walk.states)])
    asked = gradients()[: len(walk.states)] != 0
    return float((np.diff(thetas, axis=0) == 0)[asked].mean())


def small_start(rule: Any) -> np.ndarray:
    """A start as small as the steps of a rule are, where they are seen in few digits, and no smaller than float16 holds."""
    is_small = np.ndim(rule.lr) == 0 and 0 < rule.lr < 1
    return START * 2.0 ** max(np.round(np.log2(rule.lr)), SMALLEST_START) if is_small else START
