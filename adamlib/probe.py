"""The gradients that every optimizer under test is fed, and how two walks along them are compared.

The gradients do not depend on theta: two rules that differ in the last bit stay together, however long they walk.
"""

import math
import random
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import numpy as np

STEPS = 400
START = np.array([0.5, -1.0, 1.5, -2.0, 2.5, -3.0, 3.5, -4.0])
PLATE = ((4, 2),)  # the blocks for a rule that asks for a matrix: the eight numbers, row after row
SIDE = 64  # of a matrix: from 4096 numbers on some keep their memory in fewer bits
SCALES = np.array([1e-6, 1e-3, 1.0, 1e3, 1.0, 1.0, 0.01, 1.0])
LARGE = 1e30
ORDER = ("m", "v", "v_max", "theta")  # in which a step computes them


class Departure(NamedTuple):
    """Where a walk first leaves another: what departs, at which step and coordinate, and the two values.

    For theta the values are its changes in that step.
    """

    quantity: str
    step: int
    coordinate: int
    got: float
    expected: float

    @property
    def values(self) -> str:
        got, expected = apart(self.got, self.expected)
        moves = "moves by " if self.quantity == "theta" else ""
        flat = ", whose gradient is 0" if gradients()[self.step - 1, self.coordinate] == 0 else ""
        return f"{moves}{got} where {expected} is expected, coordinate {self.coordinate}{flat}"

    def __str__(self) -> str:
        return f"departs first in {self.quantity}, at step {self.step}: {self.values}"


class Precision(NamedTuple):
    """How far two walks may be apart: a share of the way walked, and of theta itself for its rounding."""

    share: float
    rounding: float


PRECISIONS = {
    "float64": Precision(1e-9, 4e-15),
    "float32": Precision(3e-4, 2e-6),
    "float16": Precision(0.2, 2e-2),
    "bfloat16": Precision(0.5, 0.16),
}
SINGLE_INSIDE = Precision(1e-4, 4e-15)  # theta has all its digits, and something on the way to a step had those of float32

HALF_INSIDE = Precision(2e-2, 4e-15)  # the same of bfloat16: twice what PyTorch's Muon is off


@cache
def gradients(seed: int = 0) -> np.ndarray:
    """Shape (STEPS, 8), read-only: eight coordinates, each with something that tells two rules apart.

    0 to 3 : scales from 1e-6 to 1e3
    4 : zero for the first twelve steps
    5 : zero from step 51 to step 250
    6 : a burst, ten thousand times as large, at step 10 and every ninetieth after it
    7 : always positive

    `Random.random` is the one generator whose sequence Python promises to keep.
    """
    draw = random.Random(seed).random
    g = np.array([[2 * draw() - 1 for _ in SCALES] for _ in range(STEPS)]) * SCALES
    g[:12, 4] = 0.0
    g[50:250, 5] = 0.0
    g[9::90, 6] *= 1e4
    g[:, 7] = 1.0 + 0.5 * g[:, 7]
    g.setflags(write=False)
    return g


def as_matrix(x: np.ndarray) -> np.ndarray:
    """A vector of eight, or one for each step, as a square matrix: each row is the vector, over and over, a place further."""
    rows = np.stack([np.roll(x, i, axis=-1) for i in range(SIDE)], axis=-2)
    return np.concatenate([rows] * (SIDE // START.size), axis=-1)


def across(g: np.ndarray) -> np.ndarray:
    """Gradients of which each second one, the first too, is at right angles to the start, as where only directions matter."""
    turned = g.copy()
    turned[::2] -= np.outer(g[::2] @ START / (START @ START), START)
    return turned


MATRIX = as_matrix(START)


class Measure:
    """Compares one walk with another step by step: a state holds arrays by name, theta at least."""

    def __init__(self, precision: Precision = PRECISIONS["float64"]):
        self.precision, self.step = precision, 0
        self.before = {"got": START, "expected": START}
        self.scale: dict[str, np.ndarray] = {"theta": np.zeros_like(START)}
        self.lost = np.zeros(START.shape, bool)  # coordinates where something went beyond what every dtype can hold
        self.unseen: list[tuple[np.ndarray, np.ndarray]] = []  # values not looked at for that yet, got and expected

    def depart(self, got: dict[str, Any], expected: dict[str, Any]) -> Departure | None:
        """What departs at this step, if anything. What `got` does not hold is not compared."""
        self.step += 1
        with np.errstate(all="ignore"):
            found = [self._one(name, got.get(name), expected[name]) for name in ORDER if name in expected]
        return next(filter(None, found), None)

    def _one(self, name: str, got: Any, expected: Any) -> Departure | None:
        want = as_vector(expected)
        have = want if got is None else as_vector(got)
        self.unseen.append((have, want))
        if got is None and name != "theta":
            return None
        room, before = self._room(name, want), self.before
        if name == "theta":
            self.before = {"got": have, "expected": want}
        if (np.abs(have - want) <= room).all():
            return None
        excess = self._excess(have, want, room)
        i = int((excess >= excess.max() / 2).argmax())  # of those far off the first, whatever the last bits
        if excess[i] <= 1:
            return None
        shift = {side: before[side][i] if name == "theta" else 0.0 for side in before}
        return Departure(name, self.step, i, float(have[i] - shift["got"]), float(want[i] - shift["expected"]))

    def _excess(self, have: np.ndarray, want: np.ndarray, room: np.ndarray) -> np.ndarray:
        """How many times as far apart as there is room; 0 where both are the same, or something was lost on the way."""
        excess = np.abs(have - want) / room
        is_same = self._look_for_lost() | (have == want) | (np.isnan(have) & np.isnan(want))
        return np.where(is_same, 0.0, np.where(np.isnan(excess), np.inf, excess))

    def _look_for_lost(self) -> np.ndarray:
        have, want = np.array(self.unseen).swapaxes(0, 1)
        self.lost = self.lost | np.any((np.abs(want) > LARGE) & ~(np.abs(have) < LARGE / 2), axis=0)
        self.unseen.clear()
        return self.lost

    def _room(self, name: str, want: np.ndarray) -> np.ndarray:
        """How far apart is still the same: a share of the way so far, or of the largest value so far."""
        if name != "theta":
            self.scale[name] = np.fmax(self.scale.get(name, 0.0), np.abs(want))
            return self.precision.share * self.scale[name]
        return self.room_for_theta(want)

    def room_for_theta(self, want: np.ndarray) -> np.ndarray:
        """A share of the way so far, and the rounding of as many steps."""
        self.scale["theta"] = self.scale["theta"] + np.abs(want - self.before["expected"])
        rounding = self.precision.rounding * math.sqrt(self.step) * np.maximum(np.abs(START), np.abs(want))
        return self.precision.share * self.scale["theta"] + rounding


def as_vector(x: Any) -> np.ndarray:
    """Eight floats, of which one number makes all."""
    array = np.asarray(x, float)
    return array if array.shape == START.shape else np.broadcast_to(array, START.shape)


def first_departure(
    got: Iterator[dict[str, Any]], expected: Iterator[dict[str, Any]], precision: Precision = PRECISIONS["float64"]
) -> Departure | None:
    """The first departure of one walk from another, or None."""
    measure = Measure(precision)
    return next(filter(None, (measure.depart(a, b) for a, b in zip(got, expected))), None)


def apart(a: float, b: float) -> tuple[str, str]:
    """Two numbers with four digits, or with as many as it takes to tell them apart."""
    for digits in (4, 6, 9, 12):
        texts = f"{a:.{digits}g}", f"{b:.{digits}g}"
        if texts[0] != texts[1]:
            break
    return texts
