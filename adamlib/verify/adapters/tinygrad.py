"""tinygrad: its optimizers, their classes, and functions that make one from parameters, in the float32 of their state."""

import sys
from collections.abc import Callable
from functools import partial
from inspect import isfunction, signature
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.validate import refuse_as
from adamlib.verify.adapters.base import Adapter, Settings, Walker, WalkerMaker, refuse_class_that_needs_more, required
from adamlib.verify.rules import SAY_LIKE

NOTATION = {
    "gradient": "grad",
    "theta": "param",
    "m": "m",
    "v": "v",
    "lr": "lr",
    "beta1": "b1",
    "beta2": "b2",
    "eps": "eps",
    "weight_decay": "weight_decay",
}
ALIASES = {"beta": ("momentum",)}
NO_COUNTER = (bool, float, str)  # of a whole number nobody knows whether it counts steps


class TinygradWalker(Walker):
    """An optimizer on one float32 parameter, the dtype in which it keeps its rate and its state."""

    remarks = ("it was walked in float32, as its state is",)

    def __init__(self, make: Callable[..., Any], start: np.ndarray = START):
        from tinygrad import Tensor
        from tinygrad.helpers import Context

        self.tensor, self.training = Tensor, partial(Context, TRAINING=1)
        self.theta = Tensor(np.float32(start))
        self.optimizer = make([self.theta])

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        self.theta.grad = self.tensor(np.float32(g))
        with self.training():
            self.optimizer.step()
        kept = {name: some[0].numpy() for name, some in states_of(self.optimizer).items()}
        return self.theta.numpy(), {name: array for name, array in kept.items() if array.shape == g.shape}

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        return sorted(states_of(self.optimizer))


class TinygradAdapter(Adapter):
    """An optimizer is made anew from its settings, and not touched."""

    package, title = "tinygrad", "tinygrad"
    notation, aliases = NOTATION, ALIASES

    def recognises(self, thing: Any) -> bool:
        return self.owns(thing) or makes_an_optimizer(thing)

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        if hasattr(thing, "optimizers"):
            refuse_as(TypeError, "optimizer", f"= {type(thing).__name__}", "follow one rule; pass one of its optimizers")
        refuse_class_that_needs_more(thing)
        make = maker_of(thing)
        return lambda start: TinygradWalker(make, start)

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]]:
        optimizer = TinygradWalker(partial(maker_of(thing), **given or {})).optimizer
        plain = {key: value for key, value in vars(optimizer).items() if isinstance(value, (int, float, tuple, list))}
        return name_of_its_rule(optimizer), {**plain, **arguments_of(optimizer)}

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        if name == "Muon":
            raise LookupError(f"no rule of ours is tinygrad's Muon, whose step has no factor for a matrix's shape; {SAY_LIKE}")
        return super().rule_from(name, settings)

    def remarks_on(self, thing: Any) -> list[str]:
        walked = not callable(thing) and any(array.numpy().any() for some in states_of(thing).values() for array in some)
        return ["its state was left behind"] if walked else []

    def make(self, thing: Any, name: str, given: dict[str, Any]) -> tuple[Any, Optimizer | None]:
        return (partial(thing, **given) if given else thing), None

    def versions(self) -> dict[str, str]:
        from importlib import metadata  # tinygrad itself does not tell

        return super().versions() | {"tinygrad": metadata.version("tinygrad")}


def makes_an_optimizer(thing: Any) -> bool:
    """Whether a function, or one with some arguments given, makes an optimizer of tinygrad from parameters."""
    optim = sys.modules.get("tinygrad.nn.optim")
    if optim is None or not isfunction(getattr(thing, "func", thing)) or len(required(thing)) != 1:
        return False
    try:
        return isinstance(TinygradWalker(thing).optimizer, optim.Optimizer)
    except Exception:
        return False


def maker_of(thing: Any) -> Callable[..., Any]:
    """A function from parameters to an optimizer: the thing itself, or what makes another with the settings of an instance."""
    if callable(thing):
        return thing
    kind, given = type(thing), arguments_of(thing)
    known = {name: value for name, value in given.items() if name in signature(kind).parameters}
    own = {name: value for name, value in vars(thing).items() if type(value) in NO_COUNTER}

    def again(params: list[Any]) -> Any:
        fresh = kind(params, **known)
        vars(fresh).update(own)
        return fresh

    return again


def arguments_of(optimizer: Any) -> dict[str, Any]:
    """What an optimizer was made with, by the names of its arguments; its rate is a tensor, its decay has a shorter name."""
    attributes = {name: value for name, value in vars(optimizer).items() if name not in ("params", "device")}
    renamed = {"weight_decay": attributes["wd"]} if "wd" in attributes else {}
    asked = {name: value for name, value in attributes.items() if name in signature(type(optimizer)).parameters}
    return {**asked, **renamed, "lr": optimizer.lr.item()}


def name_of_its_rule(optimizer: Any) -> str:
    """The name of the rule: one class serves for LAMB, Adam and AdamW, another for LARS, SGD and Muon."""
    if getattr(optimizer, "adam", False):
        return "Adam"
    if getattr(optimizer, "tcoef", None) == 0:
        return "Muon" if optimizer.ns_coefficients else "SGD"
    return type(optimizer).__name__


def states_of(optimizer: Any) -> dict[str, list[Any]]:
    """The lists of tensors that an optimizer keeps beside its parameters, by name."""
    lists = {name: some for name, some in vars(optimizer).items() if isinstance(some, list) and name not in ("params", "buffers")}
    return {name: some for name, some in lists.items() if some and all(hasattr(one, "numpy") for one in some)}
