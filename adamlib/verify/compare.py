"""A walk beside the rule it should be: where it departs, what it follows, and what cannot be told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer, State
from adamlib.precision import DIGITS
from adamlib.probe import HALF_INSIDE, PRECISIONS, SINGLE_INSIDE, START, Departure, Measure, Precision, gradients
from adamlib.verify.walk import Walk

FEW = 60  # steps that show a drift
SOONEST = 4  # steps in which a rule has not multiplied the last digits to what can be seen
STILL_HEARD = 0.9  # of the length of a step, one step later
AS_SOON = 1.2  # times the steps of another
SYMMETRIC = (0, 1, 2, 3)  # coordinates whose gradients have either sign as often
ONE_SIDED = 0.4  # a share of steps away from half of them


class MeasureOfSteps(Measure):
    """Compares each step alone: theta may be off by a share of it, or of steps just before."""

    def room_for_theta(self, want: np.ndarray) -> np.ndarray:
        self.scale["theta"] = np.maximum(np.abs(want - self.before["got"]), STILL_HEARD * self.scale["theta"])
        return self.precision.share * self.scale["theta"] + self.precision.rounding * np.abs(want)


@dataclass(frozen=True)
class Comparison:
    """A walk, the rule it should be, and the dtype in whose precision they are compared.

    roughly, half : leave room for something in single precision, or in bfloat16, on the way to a step, in a theta that has
        all its digits
    """

    walk: Walk
    like: Optimizer
    dtype: str
    roughly: bool = False
    half: bool = False

    @property
    def precision(self) -> Precision:
        if self.half:
            return HALF_INSIDE
        return SINGLE_INSIDE if self.roughly else PRECISIONS.get(self.dtype, PRECISIONS["float64"])

    @property
    def last_digits(self) -> float:
        """The share of a step that rounding takes in many steps, where it is computed."""
        inside = "bfloat16" if self.half else "float32" if self.roughly else self.dtype
        return 64 * 2.0 ** (1 - DIGITS.get(inside, DIGITS["float64"]))

    @property
    def rounding_of_a_step(self) -> float:
        """The share of theta that rounding takes in one step, from where the walk is."""
        return self.precision.rounding / 8 if self.is_coarse else 4 * self.precision.rounding

    def departure(
        self, expected: Iterator[dict[str, Any]] | None = None, memory: bool = False, kind: type[Measure] = Measure
    ) -> Departure | None:
        """Where the walk first departs from expected states, those of the rule if None: in theta, or with `memory` in m or v."""
        measure, pairs = kind(self.precision), list[tuple[np.ndarray, np.ndarray]]()
        for got, want in zip(self.walk.states, expected or states(self.like)):
            found = measure.depart(got if memory else {"theta": got["theta"]}, want)
            if found:
                return found
            pairs += [(got["theta"], want["theta"])] if self.roughly and got["theta"] is not None else []
        return drift_between(pairs) if self.roughly and len(pairs) > FEW else None

    def follows(self, rule: Optimizer) -> bool:
        """Whether the walk is that of a rule, as far as theta tells."""
        return self.agrees(rule)

    def remembers(self, rule: Optimizer) -> bool:
        """Whether m and v are those of a rule as well, where the walk shows them; its units are not asked for."""
        return replace(self, walk=in_units_of(rule, self.walk)).agrees(rule, memory=True)

    def agrees(self, rule: Optimizer, feed: "Feed | None" = None, memory: bool = False) -> bool:
        """Whether the walk is that of a rule on what `feed` makes of the gradients: in theta, or with `memory` in m and v too."""
        away = self.departure(states(rule, feed), memory)
        return away is None or self.is_rounding_fed_back(away, rule, feed, memory)

    def remarks_on(self, rule: Optimizer) -> tuple[str, ...]:
        """What is to be said of a rule that the walk follows."""
        away = self.departure(states(rule))
        return (f"it multiplies rounding, so from step {away.step} on each step is compared alone",) if away else ()

    def is_rounding_fed_back(self, away: Departure, rule: Optimizer, feed: "Feed | None" = None, memory: bool = False) -> bool:
        """Whether a departure is rounding that the rule multiplies step by step, as where a penalty puts theta into the gradient.

        Then the rule itself departs about as soon where the start and the steps differ in the last digits, while each step of the
        walk alone, from where it is, agrees.
        """
        if away.step < SOONEST or self.departure(states(rule, feed, beside=self.walk), memory, MeasureOfSteps):
            return False
        nudged = states(rule, feed, start=START + self.precision.rounding / 2 * np.abs(START), longer=self.last_digits)
        own = replace(self, walk=Walk(list(nudged))).departure(states(rule, feed), memory)
        return own is not None and own.step <= AS_SOON * away.step

    @property
    def is_coarse(self) -> bool:
        """Whether theta hides a wrong v, so that what is kept of m and v has to agree too."""
        return self.precision != PRECISIONS["float64"]

    def is_lost(self) -> bool:
        """Whether the walk of the rule cannot be told from standing still: its steps are lost in the rounding of theta."""
        still = replace(self, walk=Walk([{"theta": START}] * len(gradients())))
        return still.departure() is None

    def strays(self) -> bool:
        """Whether the rule goes elsewhere in this dtype: without eps it does, where v is so small that it loses its digits."""
        if self.dtype not in ("float32", "float16"):
            return False
        return not replace(self, walk=Walk(list(states(self.like, dtype=self.dtype)))).follows(self.like)


Feed = Callable[[np.ndarray], np.ndarray]


def states(
    rule: Optimizer, feed: Feed | None = None, dtype: str = "float64", start: np.ndarray = START, **more: Any
) -> Iterator[dict[str, Any]]:
    """The states of a rule along the probe, or along what `feed` makes of its gradients: theta, and m and v where it has them."""
    fed = feed(gradients()) if feed else gradients()
    for state in walked(rule, fed.astype(dtype), start.astype(dtype), **more):
        yield {"theta": state.theta, **{name: x for name, x in (("m", state.m), ("v", state.v)) if np.any(x)}}


def walked(
    rule: Optimizer, fed: np.ndarray, start: np.ndarray = START, longer: float = 0.0, beside: Walk | None = None
) -> Iterator[State]:
    """The state of a rule after each of some gradients.

    longer : the share by which each step is lengthened
    beside : a walk whose theta the rule takes for its own before each step
    """
    state = rule.init(start)
    for t, g in enumerate(fed):
        with np.errstate(all="ignore"):
            before, state = state.theta, rule.rule(state, g)
            if longer:
                state = state._replace(theta=state.theta + longer * (state.theta - before))
        yield state
        if beside is not None and beside.states[t]["theta"] is not None:
            state = state._replace(theta=beside.states[t]["theta"])


def rows_of_state(state: State, rows: np.ndarray) -> State:
    """Some rows of a state that has many."""
    return State(state.t, *(x[rows] if np.ndim(x) == 2 and len(x) > 1 else x for x in state[1:]))


def thetas_of(comparison: Comparison) -> list[np.ndarray]:
    """The start and every theta of the walk, up to the first that was not recorded."""
    found = [START]
    for state in comparison.walk.states:
        if state["theta"] is None:
            break
        found.append(state["theta"])
    return found


def drift_between(pairs: list[tuple[np.ndarray, np.ndarray]]) -> Departure | None:
    """Where a walk leaves another to one side all the time, whichever way the gradients point, as rounding never does."""
    off = np.array([got - want for got, want in pairs])[:, SYMMETRIC]
    to_one_side = np.mean(np.diff(off, axis=0) > 0, axis=0)
    i = SYMMETRIC[0]
    goes = np.all(np.abs(to_one_side - 0.5) > ONE_SIDED)
    return Departure("theta", 1, i, float(pairs[0][0][i] - START[i]), float(pairs[0][1][i] - START[i])) if goes else None


def in_units_of(rule: Optimizer, walk: Walk) -> Walk:
    """The walk with its m and v in the units of the rule, by their first values: some keep sums without 1 - beta."""
    units = {}
    for name, want in next(states(rule)).items():
        got = walk.states[0].get(name)
        if name != "theta" and got is not None and np.all(np.isfinite(got)) and np.any(got):
            units[name] = np.abs(want).sum() / np.abs(got).sum()
    return replace(
        walk, states=[{name: x * units[name] if name in units else x for name, x in state.items()} for state in walk.states]
    )
