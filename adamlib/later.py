"""What a package imports when it is first asked for, so that `import adamlib` is quick."""

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def importer(package: str, home: Mapping[str, str], former: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package (PEP 562): it imports a name when it is first asked for, and keeps it.

    package : its `__name__`
    home : the module below it in which each name stands; that of a module is its own name
    former : names of the last release, each with the name of today, or with its whole path where that is elsewhere
    """

    def find(name: str) -> Any:
        if name in former:
            now = former[name] if "." in former[name] else f"{package}.{former[name]}"
            told = f"{package}.{name} is now {now}; the former name goes with the next release"
            warnings.warn(told, DeprecationWarning, stacklevel=2)
            return getattr(import_module(now.rpartition(".")[0]), now.rpartition(".")[2])
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(f"{package}.{home[name]}")
        value = getattr(module, name, module)
        setattr(sys.modules[package], name, value)
        return value

    return find
