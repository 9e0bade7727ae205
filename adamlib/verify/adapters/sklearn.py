"""scikit-learn: the optimizers of its neural networks."""

from functools import partial
from inspect import isclass, signature
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.validate import refuse
from adamlib.verify.adapters.base import Adapter, Settings, Walker, WalkerMaker, named_arrays

NOTATION = {
    "gradient": "grads",
    "theta": "params",
    "m": "ms",
    "v": "vs",
    "lr": "learning_rate_init",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "eps": "epsilon",
    "t": "t",
}
ALIASES = {"beta": ("momentum",)}
ASKED = {"Adam": "sklearn.neural_network._stochastic_optimizers:AdamOptimizer"}


class SklearnWalker(Walker):
    """An optimizer in the form of scikit-learn, on one array that it changes in place."""

    def __init__(self, optimizer: Any, start: np.ndarray = START):
        self.theta = start.copy()
        self.optimizer = fresh(optimizer, [self.theta])

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        self.optimizer.update_params([self.theta], [g.copy()])
        lists = {name: value[0] for name, value in vars(self.optimizer).items() if isinstance(value, list) and len(value) == 1}
        return self.theta.copy(), named_arrays(lists)

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        return sorted(name for name, value in vars(self.optimizer).items() if isinstance(value, list))


class SklearnAdapter(Adapter):
    """An optimizer, which is not touched, its class, or either with settings that are still to be given."""

    package, title, distribution = "sklearn", "scikit-learn", "scikit-learn"
    notation, aliases, asked = NOTATION, ALIASES, ASKED

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        if not hasattr(getattr(thing, "func", thing), "update_params"):
            refuse(TypeError, "optimizer", thing, "one of scikit-learn's with update_params, as AdamOptimizer")
        return lambda start: SklearnWalker(thing, start)

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]]:
        optimizer = fresh(thing, [START])
        return type(optimizer).__name__.removesuffix("Optimizer"), settings_in_signature(optimizer)

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        return super().rule_from(name.removesuffix("Optimizer"), settings)

    def remarks_on(self, thing: Any) -> list[str]:
        return ["its state was left behind"] if np.any([*getattr(thing, "ms", ()), *getattr(thing, "velocities", ())]) else []

    def make(self, thing: Any, name: str, given: dict[str, Any]) -> tuple[Any, Optimizer | None]:
        return (partial(thing, **given) if given else thing), None


def fresh(thing: Any, params: list[np.ndarray]) -> Any:
    """An optimizer on other parameters, without its state; what a class or a function makes of them."""
    if isclass(thing) or not hasattr(thing, "update_params"):
        return thing(params)
    made, copied = type(thing)(params, **settings_in_signature(thing)), object.__new__(type(thing))
    vars(copied).update(vars(thing) | vars(made))
    return copied


def settings_in_signature(optimizer: Any) -> dict[str, Any]:
    """The settings that it was made with, as it has them now."""
    return {name: getattr(optimizer, name) for name in signature(type(optimizer)).parameters if hasattr(optimizer, name)}
