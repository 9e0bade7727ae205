"""The positions of one slider, switch or choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.numerals import number


@dataclass(frozen=True)
class Control:
    """The positions of one slider, switch or choice.

    values : the exact values, in order; two booleans make a switch, texts make a choice
    start : the value it starts at, and returns to on reset; None for the first
    label : what stands beside it; None for its name
    play : whether it has play and pause buttons; the arrow keys step
    between : whether a slider on a page of the site may stand between two values; whole numbers stay whole
    """

    values: Sequence[Any]
    start: Any = None
    label: str | None = None
    play: bool = False
    between: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _positions(self.values))
        validate.optional(validate.text, "label", self.label)
        validate.flag("play", self.play)
        validate.flag("between", self.between)
        object.__setattr__(self, "start", self.values[0] if self.start is None else as_python(self.start))
        if not among(self.start, self.values):
            validate.refuse(ValueError, "start", self.start, f"one of {self.values}")


def as_python(value: Any) -> Any:
    """A NumPy number as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _positions(values: Any) -> tuple[Any, ...]:
    """The positions of a control: numbers, texts or booleans, at least two, all different."""
    try:
        found = tuple(as_python(value) for value in values)
    except TypeError:
        found = ()
    same_kind = any(all(isinstance(value, kind) for value in found) for kind in (bool, str, (int, float)))
    if len(found) < 2 or not same_kind or len(set(found)) < len(found) or not all(value == value for value in found):
        validate.refuse(ValueError, "values", values, "at least two numbers, two texts or two booleans, all different")
    return found


def among(value: Any, values: Sequence[Any]) -> bool:
    """Whether it is one of the values; what is no plain value is none."""
    return isinstance(value, (bool, str, int, float)) and value in values


def value_text(value: Any) -> str:
    """A value as it stands beside its slider."""
    return number(value, 5) if isinstance(value, float) else str(value)
