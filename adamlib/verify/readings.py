"""A rule as sets of conventions read it: as written, then by one of them, then by two."""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from adamlib.optimizers import Optimizer
from adamlib.verify.conventions import GROUPS, Convention
from adamlib.verify.rules import allows


class Reading(NamedTuple):
    """A rule as some set of conventions reads it."""

    rule: Optimizer
    conventions: tuple[Convention, ...]

    @property
    def name(self) -> str:
        return ", ".join(convention.name for convention in self.conventions)


def number_of(chosen: tuple[Convention | None, ...]) -> int:
    return sum(one is not None for one in chosen)


READING_ORDER = sorted(product(*((None, *group) for group in GROUPS)), key=number_of)


def readings(rule: Optimizer, most: int = len(GROUPS)) -> Iterator[Reading]:
    """The rule itself, then with one convention, then with two, and so on, with `most` of them in the end."""
    for chosen in READING_ORDER:
        if number_of(chosen) > most:
            break
        now, kept = rule, []
        for convention in filter(None, chosen):
            if not (allows(now, convention.name) and convention.matters(now)):
                break
            now = convention.make(now)
            kept.append(convention)
        else:
            yield Reading(now, tuple(kept))
