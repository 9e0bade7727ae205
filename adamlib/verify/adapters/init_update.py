"""An object with init(theta) and update(grad, state, theta), whatever library it is of."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Walker, named_arrays


class InitUpdateWalker(Walker):
    """The update is added to theta. `own`, `precise` and `compiled` are for arrays that are not NumPy's."""

    def __init__(self, transform: Any):
        with self.precise():
            self.theta = self.own(START)
            self.state = transform.init(self.theta)
            self.update = self.compiled(transform.update)

    def __call__(self, g):
        with self.precise():
            change, self.state = self.update(self.own(g), self.state, self.theta)
            self.theta = self.theta + change
            return np.array(self.theta), named_arrays(self.state)

    def own(self, x: np.ndarray) -> Any:
        return np.array(x)

    def precise(self) -> AbstractContextManager:
        return nullcontext()

    def compiled(self, update: Any) -> Any:
        return update


class InitUpdateAdapter(Adapter):
    """Says nothing of itself."""

    def recognises(self, thing):
        return has_init_and_update(thing)

    def walker_maker(self, thing, like):
        return lambda: InitUpdateWalker(thing)


def has_init_and_update(thing: Any) -> bool:
    return callable(getattr(thing, "init", None)) and callable(getattr(thing, "update", None))
