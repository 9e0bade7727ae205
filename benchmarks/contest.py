"""Contestants at the same work, side by side: first their results are compared, then they are timed in turns."""

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from benchmarks import limit

SHORTEST_TIMING = 0.01  # seconds that one timing lasts at least, of as many calls as it takes
REST = 0.005  # seconds between two timings, for the threads of the one to fall asleep
LEAST_ROUNDS, MOST_ROUNDS = 3, 61  # rounds
QUARTILES = (0.25, 0.5, 0.75)

Times = dict[tuple[int, str], np.ndarray]  # the seconds of each round, by size and contestant


class Contestant(NamedTuple):
    """One way to do a work.

    name : what the tables call it
    make : size -> a call that does the work and returns its result, or None where there is none to compare
    needs : the packages without which it stays away, or "cc" for a C compiler
    most : the largest size it is asked for
    """

    name: str
    make: Callable[[int], Callable[[], Any]]
    needs: tuple[str, ...] = ()
    most: float = np.inf

    @property
    def missing(self) -> str:
        """The first thing it needs that is not here, or nothing."""
        return next((need for need in self.needs if not (limit.compiler() if need == "cc" else find_spec(need))), "")


class Inside(NamedTuple):
    """What a call returns that keeps the time itself: its result, and the seconds that count."""

    result: np.ndarray | None
    seconds: float


class Ratio(NamedTuple):
    """The goal that one contestant is so many times as fast as another, or takes at most so many times its seconds.

    why : what keeps it from its goal, where something does
    """

    size: int
    ours: str
    theirs: str
    faster: float | None = None
    slower: float | None = None
    why: str = ""

    def __str__(self) -> str:
        return (
            f"at most {self.slower:g} times {self.theirs}" if self.slower else f"{self.faster:g} times faster than {self.theirs}"
        )

    def judge(self, times: Times) -> tuple[np.ndarray, bool]:
        """Quartiles of the ratios of all rounds, and whether the goal is met."""
        ratios = times[self.size, self.ours] / times[self.size, self.theirs]
        if self.slower:
            return (measured := np.quantile(ratios, QUARTILES)), bool(measured[1] <= self.slower)
        return (measured := np.quantile(1 / ratios, QUARTILES)), bool(measured[1] >= self.faster)


class Beyond(NamedTuple):
    """The goal that one contestant takes at most so many milliseconds more than another."""

    size: int
    ours: str
    theirs: str
    most: float
    why: str = ""

    def __str__(self) -> str:
        return f"at most {self.most:g} ms more than {self.theirs}"

    def judge(self, times: Times) -> tuple[np.ndarray, bool]:
        """Quartiles of the differences of all rounds, in milliseconds, and whether the goal is met."""
        measured = np.quantile(1000 * (times[self.size, self.ours] - times[self.size, self.theirs]), QUARTILES)
        return measured, bool(measured[1] <= self.most)


class Growth(NamedTuple):
    """The goal that cost grows in proportion to size, from where the fixed cost, that of the smallest size, is paid.

    It is paid where a size costs twice as much as the smallest: among smaller ones a slope would be that of noise. So the
    sizes must lie far apart, and every cost is the median of its rounds.
    """

    ours: str
    sizes: tuple[int, ...]
    why: str = ""

    def __str__(self) -> str:
        return "slope of cost over size between 0.95 and 1.05, from the size where the fixed cost is paid"

    def paid_from(self, times: Times) -> int | None:
        """The smallest size where the fixed cost is paid, if there is one."""
        _, paid = self._costs(times)
        return int(np.array(self.sizes)[paid].min()) if paid.any() else None

    def _costs(self, times: Times) -> tuple[np.ndarray, np.ndarray]:
        cost = np.array([np.median(times[size, self.ours]) for size in self.sizes])
        return cost, cost >= 2 * cost[0]

    def judge(self, times: Times) -> tuple[np.ndarray, bool]:
        """The slope of log(cost beyond the fixed one) over log(size), and whether the goal is met."""
        sizes, (cost, paid) = np.array(self.sizes), self._costs(times)
        if paid.sum() < 2:
            return np.array([0.0]), False  # the fixed cost is all there is
        slope = np.polyfit(np.log(sizes[paid] - sizes[0]), np.log(cost[paid] - cost[0]), 1)[:1]
        return slope, bool(0.95 <= slope[0] <= 1.05)


class Falling(NamedTuple):
    """The goal that each one costs less, the more there are."""

    ours: str
    sizes: tuple[int, ...]
    why: str = ""

    def __str__(self) -> str:
        return "cost of each falls from size to size"

    def judge(self, times: Times) -> tuple[np.ndarray, bool]:
        """The cost of each among the most, relative to that among the fewest, and whether the goal is met."""
        each = np.array([np.median(times[size, self.ours]) / size for size in self.sizes])
        return each[-1:] / each[0], bool((np.diff(each) < 0).all())


class Work(NamedTuple):
    """What is to be done, at which sizes, by whom.

    title, axis, unit : what tables and picture say: the name of a size, and what a cost is the cost of
    units : size -> how many of them there are
    close : how far two results may differ, relative to their size or to 1
    """

    title: str
    axis: str
    unit: str
    units: Callable[[int], int]
    sizes: tuple[int, ...]
    contestants: tuple[Contestant, ...]
    goals: tuple[Ratio | Beyond | Growth | Falling, ...]
    close: float


class Ready(NamedTuple):
    """A contestant that has done the work once: its call, the seconds until its first result, those of a second call."""

    call: Callable[[], Any]
    first: float
    again: float


def rehearse(work: Work, size: int) -> dict[str, Ready]:
    """Let every contestant that is here do the work once, and compare.

    Raises AssertionError where a result differs from the first one.
    """
    ready: dict[str, Ready] = {}
    expected = None
    for contestant in work.contestants:
        if contestant.missing or size > contestant.most:
            continue
        begin = time.perf_counter()
        call = contestant.make(size)
        answer = call()
        first = time.perf_counter() - begin
        result = answer.result if isinstance(answer, Inside) else answer
        if result is not None:
            expected = np.array(result) if expected is None else expected
            note = f"{work.title}, size {size}: {contestant.name}"
            np.testing.assert_allclose(result, expected, rtol=work.close, atol=work.close, err_msg=note)
        ready[contestant.name] = Ready(call, first, seconds_per_call(call, 1))
    return ready


def seconds_per_call(call: Callable[[], Any], calls: int) -> float:
    """What one of so many calls takes."""
    inside = 0.0
    begin = time.perf_counter()
    for _ in range(calls):
        answer = call()
        inside += answer.seconds if isinstance(answer, Inside) else 0.0
    return (inside or time.perf_counter() - begin) / calls


def time_contestants(work: Work, size: int, budget: float) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """Every contestant in turn, in another order each round, for about `budget` seconds, rehearsal included.

    A round that would end later is not begun, once there are three. Returns the seconds of each round, and those spent
    once, before the first result.
    """
    begin = time.perf_counter()
    ready = rehearse(work, size)
    calls = {name: max(1, round(SHORTEST_TIMING / one.again)) for name, one in ready.items()}
    times: dict[str, list[float]] = {name: [] for name in ready}
    shuffle = np.random.default_rng(0).permutation
    a_round = sum(one.again * calls[name] + REST for name, one in ready.items())
    for done in range(MOST_ROUNDS):
        if done >= LEAST_ROUNDS and time.perf_counter() + a_round > begin + budget:
            break
        for name in map(str, shuffle(list(ready))):
            time.sleep(REST)
            times[name].append(seconds_per_call(ready[name].call, calls[name]))
    return {name: np.array(all_) for name, all_ in times.items()}, {
        n: max(0.0, one.first - one.again) for n, one in ready.items()
    }
