"""A rule as sets of conventions read it: as written, then by one of them, then by two."""

from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import NamedTuple

from adamlib.optimizers import Optimizer
from adamlib.verify.conventions import GROUPS, Convention
from adamlib.verify.rules import allowed_for


class Reading(NamedTuple):
    """A rule as some set of conventions reads it."""

    rule: Optimizer
    conventions: tuple[Convention, ...]

    @property
    def name(self) -> str:
        return ", ".join(convention.name for convention in self.conventions)

    @property
    def clause(self) -> str:
        """The conventions as the last clause of a sentence; nothing where there are none."""
        return f"; with {self.name}" if self.conventions else ""


def number_of(chosen: tuple[Convention | None, ...]) -> int:
    return sum(one is not None for one in chosen)


@cache
def combinations(allowed: frozenset[str]) -> list[tuple[Convention, ...]]:
    """One of each group at most, of those that are allowed: none, then each alone, then two, and so on."""
    groups = ((None, *(one for one in group if one.name in allowed)) for group in GROUPS)
    return [tuple(filter(None, chosen)) for chosen in sorted(product(*groups), key=number_of)]


def readings(rule: Optimizer, most: int = len(GROUPS)) -> Iterator[Reading]:
    """The rule itself, then with one convention, then with two, and so on, with `most` of them in the end."""
    made: dict[tuple[Convention, ...], Optimizer] = {(): rule}
    for chosen in combinations(allowed_for(rule)):
        if len(chosen) > most:
            break
        before = made.get(chosen[:-1])  # where one of these makes no difference, there is none
        if chosen and before is not None and chosen[-1].matters(before):
            made[chosen] = chosen[-1].make(before)
        if chosen in made:
            yield Reading(made[chosen], chosen)
