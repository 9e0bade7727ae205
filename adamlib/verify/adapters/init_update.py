"""An object with init(theta) and update(grad, state, theta), whatever library it is of."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Trouble, Walker, WalkerMaker, array_of, instance_of, named_arrays


class InitUpdateWalker(Walker):
    """The update is added to theta. `own`, `precise` and `compiled` are for arrays that are not NumPy's."""

    def __init__(self, transform: Any, start: np.ndarray = START):
        with self.precise():
            self.theta = self.own(start)
            self.state = transform.init(self.theta)
            self.update = self.compiled(transform.update)

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        with self.precise():
            change, self.state = pair_of(self.update(self.own(g), self.state, self.theta), g.shape)
            self.theta = self.theta + change
            return np.array(self.theta), named_arrays(self.state)

    def own(self, x: np.ndarray) -> Any:
        return np.array(x)

    def precise(self) -> AbstractContextManager[None]:
        return nullcontext()

    def compiled(self, update: Any) -> Any:
        return update


class InitUpdateAdapter(Adapter):
    """Says nothing of itself."""

    def recognises(self, thing: Any) -> bool:
        return has_init_and_update(thing)

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        transform = instance_of(thing)
        return lambda start: InitUpdateWalker(transform, start)


def pair_of(out: Any, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """The change of theta and the state that an update returned. Raises Trouble for anything else."""
    if not isinstance(out, (tuple, list)) or len(out) != 2:
        raise Trouble("does not return a pair from update: (change of theta, state)")
    if np.shape(array_of(out[0])) != shape:
        raise Trouble(f"returns no change of theta from update: shape {np.shape(array_of(out[0]))} where {shape} is expected")
    return out[0], out[1]


def has_init_and_update(thing: Any) -> bool:
    return callable(getattr(thing, "init", None)) and callable(getattr(thing, "update", None))
