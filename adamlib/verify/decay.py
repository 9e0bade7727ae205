"""Decoupled weight decay, put on any rule and taken off again."""

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np

from adamlib.optimizers import Adam, AdamW, Hyper, Optimizer


@cache
def _decaying(kind: Any) -> Any:
    """A class of rules that shrinks theta as AdamW does, under the name of the class without it."""
    body = {
        "__annotations__": {"weight_decay": Hyper},
        "weight_decay": 0.0,
        "shrink": AdamW.shrink,
        "without_decay": kind,
        "__module__": kind.__module__,
    }
    return dataclass(frozen=True, eq=False)(type(kind.__name__, (kind,), body))


def with_decay(rule: Optimizer, weight_decay: Hyper) -> Optimizer:
    """The rule with decoupled weight decay."""
    if np.all(weight_decay == 0):
        return rule
    kind: Any = type(rule)
    settings = {one.name: getattr(rule, one.name) for one in fields(rule)}
    decaying: Any = AdamW if kind is Adam else kind if "weight_decay" in settings else _decaying(kind)
    return decaying(**settings | {"weight_decay": weight_decay})


def without_decay(kind: type[Optimizer]) -> type[Optimizer]:
    """The class to which decay was added, or the class itself."""
    return Adam if kind is AdamW else vars(kind).get("without_decay", kind)
