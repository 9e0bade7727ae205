"""What a function computes, in a few letters: how a checkpoint knows the sweep that it belongs to."""

from dataclasses import is_dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np


def names_in(code: CodeType) -> set[str]:
    """Every name that a piece of code and the functions inside it may look up."""
    inner = [names_in(part) for part in code.co_consts if isinstance(part, CodeType)]
    return set(code.co_names).union(*inner)


def fingerprint(*things: Any) -> str:
    """A digest of functions with all that they call, and of plain values: equal only if they compute the same."""
    import hashlib

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
