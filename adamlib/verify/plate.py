"""The probe for a rule that asks for a matrix: its eight numbers as one of 4 x 2."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import PLATE
from adamlib.verify.adapters.base import Trouble, Walker, WalkerMaker


class PlateWalker(Walker):
    """A walker that is given the eight numbers as a matrix of 4 x 2."""

    def __init__(self, walker: Walker):
        self.walker = walker

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        theta, arrays = self.walker(g.reshape(PLATE[0]))
        if np.shape(theta) != PLATE[0]:
            raise Trouble(f"returns theta of shape {np.shape(theta)} where {PLATE[0]} is expected")
        return np.reshape(theta, g.shape), {name: np.reshape(x, g.shape) for name, x in arrays.items() if np.size(x) == g.size}

    @property
    def remarks(self) -> Iterable[str]:  # type: ignore[override]
        return ["a matrix of 4 x 2 was walked, as its rule asks for one", *self.walker.remarks]

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        return self.walker.state_names()  # type: ignore[attr-defined]


def on_the_probe(make: WalkerMaker, rule: Optimizer) -> WalkerMaker:
    """What makes the walkers for a rule: where it asks for a matrix, the start is one, and so are all gradients."""
    return make if rule.elementwise else lambda start: PlateWalker(make(start.reshape(PLATE[0])))


def with_probe_blocks(rule: Optimizer) -> Optimizer:
    """The rule as it walks the probe: one that asks for a matrix has the eight numbers as one, whatever blocks it had."""
    return rule if rule.elementwise else replace(rule, blocks=PLATE)  # type: ignore[call-arg]
