"""A walk beside the rule it should be: where it departs, what it follows, and what cannot be told."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer, State
from adamlib.probe import HALF_INSIDE, PRECISIONS, SINGLE_INSIDE, START, Departure, Measure, Precision, gradients
from adamlib.verify.walk import Walk

FEW = 60  # steps that show a drift
SYMMETRIC = (0, 1, 2, 3)  # coordinates whose gradients have either sign as often
ONE_SIDED = 0.4  # a share of steps away from half of them


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
    def rounding_of_a_step(self) -> float:
        """The share of theta that rounding takes in one step, from where the walk is."""
        return self.precision.rounding / 8 if self.is_coarse else 4 * self.precision.rounding

    def departure(self, expected: Iterator[dict[str, Any]] | None = None, memory: bool = False) -> Departure | None:
        """Where the walk first departs from expected states, those of the rule if None: in theta, or with `memory` in m or v."""
        measure, pairs = Measure(self.precision), list[tuple[np.ndarray, np.ndarray]]()
        for got, want in zip(self.walk.states, expected or states(self.like)):
            found = measure.depart(got if memory else {"theta": got["theta"]}, want)
            if found:
                return found
            pairs += [(got["theta"], want["theta"])] if self.roughly and got["theta"] is not None else []
        return drift_between(pairs) if self.roughly and len(pairs) > FEW else None

    def follows(self, rule: Optimizer) -> bool:
        """Whether the walk is that of a rule, as far as theta tells."""
        return self.departure(states(rule)) is None

    def remembers(self, rule: Optimizer) -> bool:
        """Whether m and v are those of a rule as well, where the walk shows them; its units are not asked for."""
        return replace(self, walk=in_units_of(rule, self.walk)).departure(states(rule), memory=True) is None

    @property
    def is_coarse(self) -> bool:
        """Whether theta hides a wrong v, so that what is kept of m and v has to agree too."""
        return self.precision != PRECISIONS["float64"]

    def is_lost(self) -> bool:
        """Whether the walk of the rule cannot be told from standing still: its steps are lost in the rounding of theta."""
        still = replace(self, walk=Walk([{"theta": START}] * len(gradients())))
        return still.follows(self.like)

    def strays(self) -> bool:
        """Whether the rule goes elsewhere in this dtype: without eps it does, where v is so small that it loses its digits."""
        if self.dtype not in ("float32", "float16"):
            return False
        return not replace(self, walk=Walk(list(states(self.like, dtype=self.dtype)))).follows(self.like)


Feed = Callable[[np.ndarray], np.ndarray]


def states(rule: Optimizer, feed: Feed | None = None, dtype: str = "float64") -> Iterator[dict[str, Any]]:
    """The states of a rule along the probe, or along what `feed` makes of its gradients: theta, and m and v where it has them."""
    fed = feed(gradients()) if feed else gradients()
    for state in walked(rule, fed.astype(dtype), START.astype(dtype)):
        yield {"theta": state.theta, **{name: x for name, x in (("m", state.m), ("v", state.v)) if np.any(x)}}


def walked(rule: Optimizer, fed: np.ndarray, start: np.ndarray = START) -> Iterator[State]:
    """The state of a rule after each of some gradients."""
    state = rule.init(start)
    for g in fed:
        with np.errstate(all="ignore"):
            state = rule.rule(state, g)
        yield state


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
