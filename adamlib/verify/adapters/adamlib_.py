"""The rules of adamlib itself."""

from dataclasses import fields
from inspect import isclass
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Walker, WalkerMaker
from adamlib.verify.changes import with_values
from adamlib.verify.rules import known_kind

OWN_NAMES = ("theta", "m", "v", "m_hat", "v_hat", "v_max", "lr", "beta1", "beta2", "eps", "weight_decay", "t")
NOTATION = {"gradient": "grad", **{name: name for name in OWN_NAMES}}


class RuleWalker(Walker):
    """A rule of adamlib."""

    def __init__(self, rule: Optimizer, start: np.ndarray = START):
        self.rule = rule if rule.elementwise else with_values(rule, blocks=(start.shape,))
        self.own = start.shape if rule.elementwise else (start.size,)
        self.state = self.rule.init(start.reshape(self.own))

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        self.state = self.rule.step(self.state, g.reshape(self.own))
        theta, m, v = (getattr(self.state, name).reshape(g.shape) for name in ("theta", "m", "v"))
        return theta, {"m": m, "v": v}


class AdamlibAdapter(Adapter):
    """A rule, or its class with the settings that it has by default."""

    package, title = "adamlib", "adamlib"
    notation = NOTATION

    def recognises(self, thing: Any) -> bool:
        return isinstance(thing, Optimizer) or (isclass(thing) and issubclass(thing, Optimizer))

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        return lambda start: RuleWalker(_instance(thing), start)

    def meant(self, thing: Any) -> Optimizer | None:
        """The rule itself; for a reader's own, the nearest of ours that it changes."""
        rule = _instance(thing)
        kind: Any = known_kind(type(rule))
        return kind(**{one.name: getattr(rule, one.name) for one in fields(kind)}) if kind else None


def _instance(thing: Any) -> Any:
    return thing() if isclass(thing) else thing
