"""Copies of functions that see other globals: how one formula serves arrays, plain numbers and compiled code."""

import hashlib
from collections.abc import Callable
from dataclasses import is_dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np


def rebound(function: Any, change: Callable[[Any], Any], name: str | None = None, **more: Any) -> FunctionType:
    """A copy of a function that sees its globals and its closure through `change`.

    name : its new qualified name
    more : globals that it finds besides
    """
    space = {**function.__globals__, **more}
    space.update({key: change(space[key]) for key in names_in(function.__code__) if key in space and key not in more})
    cells = tuple(type(cell)(change(cell.cell_contents)) for cell in function.__closure__ or ())
    copy = FunctionType(function.__code__, space, function.__name__, function.__defaults__, cells or None)
    copy.__qualname__ = name or function.__qualname__
    return copy


class Seen(ModuleType):
    """A module as changed functions see it: `al.ema` in a reader's own rule is changed as `ema` is."""

    def __init__(self, module: ModuleType, change: Callable[[Any], Any]):
        super().__init__(module.__name__)
        vars(self).update(_module=module, _change=change)

    def __getattr__(self, name: str) -> Any:
        return self._change(getattr(self._module, name))

    def __reduce__(self) -> Any:
        return Seen, (self._module, self._change)


def changed(thing: Any, function: Callable[[Any], Any]) -> Any:
    """What a changed function sees in place of a thing: a function changed, a module of functions, or the thing itself."""
    if isinstance(thing, FunctionType):
        return function(thing)
    if isinstance(thing, ModuleType) and thing.__name__.partition(".")[0] not in ("numpy", "math"):
        return Seen(thing, lambda part: changed(part, function))
    return thing


def names_in(code: CodeType) -> set[str]:
    """Every name that a piece of code and the functions inside it may look up."""
    inner = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


def fingerprint(*things: Any) -> str:
    """A digest of functions with all that they call, and of plain values: equal only if they compute the same."""
    digest, seen = hashlib.sha256(), set[Any]()

    def add(thing: Any) -> None:
        if isinstance(thing, FunctionType):
            if thing not in seen:
                seen.add(thing)
                add(thing.__code__)
                add(thing.__defaults__)
                for name in sorted(names_in(thing.__code__)):
                    add(thing.__globals__.get(name))
                for cell in thing.__closure__ or ():
                    add(cell.cell_contents)
        elif isinstance(thing, CodeType):
            digest.update(thing.co_code + repr(thing.co_names).encode())
            add(thing.co_consts)
        elif isinstance(thing, (tuple, list)):
            for part in thing:
                add(part)
        elif isinstance(thing, dict):
            add(sorted(thing.items()))
        elif is_dataclass(thing) and not isinstance(thing, type):
            if id(thing) not in seen:
                seen.add(id(thing))
                add(type(thing).__name__)
                add(vars(thing))
        elif isinstance(thing, np.ndarray):
            digest.update(repr((thing.dtype, thing.shape)).encode() + thing.tobytes())
        elif not isinstance(thing, (type, ModuleType)):
            digest.update(repr(thing).encode() + b";")

    for thing in things:
        add(thing)
    return digest.hexdigest()[:16]
