"""A step function: theta, gradient and state in, theta and state out; or one in the common form of the museum."""

from collections.abc import Callable
from typing import Any

import numpy as np

from adamlib.museum import walk_exhibit
from adamlib.museum.trial import COMMON, extra
from adamlib.optimizers import Adam, Optimizer
from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Trouble, Walker, WalkerMaker, named_arrays, required, takes


class FunctionWalker(Walker):
    """step(theta, grad, state) -> (theta, state)."""

    def __init__(self, step: Callable[..., Any], start: np.ndarray = START):
        self.step, self.theta, self.state = step, start.copy(), None
        self.remarks: dict[str, None] = {}

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        theta, grad = np.array(self.theta), np.array(g)
        before = theta.copy()
        out = self.step(theta, grad, self.state)
        if not isinstance(out, (tuple, list)) or len(out) != 2:
            raise Trouble("does not return a pair (theta, state)")
        if theta.tobytes() != before.tobytes():
            self.remarks["it changes the theta it is given in place"] = None
        if grad.tobytes() != g.tobytes():
            self.remarks["it changes the gradient it is given in place"] = None
        self.theta, self.state = out
        return self.theta, named_arrays(self.state)


class ExhibitWalker(Walker):
    """A step in the common form of the museum's exhibits, with the hyperparameters of a rule."""

    def __init__(self, step: Callable[..., Any], rule: Optimizer, start: np.ndarray = START):
        if start.shape != START.shape:
            raise Trouble("is not walked in the form of the museum")
        self.states = walk_exhibit(step, extra(step), rule.hyperparameters())

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        state = next(self.states)
        return state["theta"], {"m": state["m"], "v": state["v"]}


class FunctionAdapter(Adapter):
    """Anything that can be called, and is nothing else that we know."""

    def recognises(self, thing: Any) -> bool:
        return callable(thing)

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        if tuple(required(thing)[: len(COMMON)]) == COMMON:
            return lambda start: ExhibitWalker(thing, like or Adam(), start)
        if len(required(thing)) == 1 and not takes(thing, 3):
            name = getattr(thing, "__name__", type(thing).__name__)
            allowed = "a step function of (theta, grad, state), or a function of parameters that returns an optimizer"
            raise TypeError(f"optimizer = {name} is not allowed: optimizer must be {allowed}")
        return lambda start: FunctionWalker(thing, start)
