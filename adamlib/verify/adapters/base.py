"""What `verify` must know of a library: how to recognise what is its own, to walk it, and what settings it has.

A library is one file: a subclass of `Adapter`. Nothing is imported here, or there, unless the object itself comes from it.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from inspect import Parameter, isclass, signature
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import MATRIX, PRECISIONS, START
from adamlib.validate import refuse_as
from adamlib.verify.rules import NAMES, SAY_LIKE, rule_called

POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
BY_NAME_TOO = (*POSITIONAL, Parameter.KEYWORD_ONLY)


class Trouble(Exception):
    """A step whose result cannot be compared; its message is a clause of the sentence."""


class Walker(ABC):
    """One optimizer on its way: it takes a gradient, and returns theta and the arrays of its state by name.

    It is made for a start, a vector or a matrix, and gradients have its shape.

    dtype : that of theta, where NumPy has none for it
    """

    remarks: Iterable[str] = ()
    dtype = ""

    @abstractmethod
    def __call__(self, g: np.ndarray) -> tuple[Any, Mapping[str, Any]]:
        """One step."""


HALF = ("float16", "bfloat16")
WalkerMaker = Callable[[np.ndarray], Walker]  # from a start
Settings = Mapping[str, Any]  # of an optimizer, by their names in its library


class Adapter(ABC):
    """A library, or a kind of object that is no library's.

    package, title : the name under which it is imported, and what people call it
    distribution : the name under which it is installed, where that is another
    beside : what must be installed besides
    notation : its names of quantities and settings, a column of the crosswalk
    aliases : further names of settings, by ours
    harmless : options that no rule of ours has: the rule they belong to ("" for all), and values that make no difference
    asked : for each subject of the concordance its object, as on the command line
    """

    package = title = distribution = ""
    beside: tuple[str, ...] = ()
    notation: Mapping[str, str] = {}
    aliases: Mapping[str, tuple[str, ...]] = {}
    harmless: Mapping[str, tuple[str, tuple[Any, ...]]] = {}
    asked: Mapping[str, str] = {}

    def owns(self, thing: Any) -> bool:
        """Whether a thing, its class, or the function that makes it is of this library."""
        return comes_from(thing, self.package) or package_of(getattr(thing, "func", thing)) == self.package

    def recognises(self, thing: Any) -> bool:
        """Whether it can walk a thing, or can say why not."""
        return self.owns(thing)

    @abstractmethod
    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        """A function that makes a fresh walker for a start. Raises TypeError for something that cannot be walked."""

    def low_walker_maker(self, thing: Any) -> WalkerMaker | None:
        """Where a thing was made for parameters in float16 or bfloat16: what makes its walkers in that; else None."""
        return None

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]] | None:
        """The name of the rule that a thing says it is, and its settings by the library's names; None if it says nothing.

        name, given : its name in the library and the settings it is made with, where it has still to be made
        """
        return None

    def meant(self, thing: Any) -> Optimizer | None:
        """The rule that a thing says it is. Raises LookupError where we have none."""
        said = self.settings_of(thing)
        return self.rule_from(*said) if said else None

    def meant_of_a_matrix(self, thing: Any) -> Optimizer | None:
        """The same of a matrix, where a thing may have other settings for it than for a vector; else None."""
        return None

    def remarks_on(self, thing: Any) -> list[str]:
        """What is left out of the walk of a thing."""
        return []

    def make(self, thing: Any, name: str, given: dict[str, Any]) -> tuple[Any, Optimizer | None]:
        """An optimizer of the library with settings, and the rule it is meant to be, where the object itself does not tell."""
        return (thing(**given) if isclass(thing) else partial(thing, **given) if given else thing), None

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        """The rule for a name in the library and its settings there. Raises LookupError where we have none."""
        for option, (owner, values) in self.harmless.items():
            if option in settings and owner in ("", name.lower()) and settings[option] not in values:
                raise LookupError(f"no rule of ours has {option}={settings[option]!r}; {SAY_LIKE}")
        return rule_called(name, self.by_our_names(settings))

    def by_our_names(self, settings: Settings) -> dict[str, Any]:
        """Settings by our names; those that are None are left out, those that have no name with us stay as they are."""
        flat: dict[str, Any] = {}
        for name, value in settings.items():
            pair = isinstance(value, (tuple, list))
            flat |= {f"{name}[{i}]": one for i, one in enumerate(value)} if pair else {name: value}
        for ours in {**self.notation, **self.aliases}:
            names = (self.notation.get(ours, ""), *self.aliases.get(ours, ()))
            found = [flat[name] for name in names if flat.get(name) is not None]
            flat |= {ours: found[0]} if found else {}
        return flat

    def versions(self) -> dict[str, str]:
        """The versions of the packages at work."""
        names = ("adamlib", "numpy", self.package, *self.beside)
        loaded = {name: getattr(sys.modules.get(name), "__version__", "") for name in names}
        return {name: version for name, version in loaded.items() if version}


def comes_from(thing: Any, package: str) -> bool:
    """Whether the class of an object, or a class it inherits from, is of that package."""
    kind = thing if isclass(thing) else type(thing)
    return any(package_of(base) == package for base in kind.__mro__)


def package_of(thing: Any) -> str:
    """The package in which a class or a function was written."""
    return (getattr(thing, "__module__", None) or "").partition(".")[0]


def kind_in(thing: Any, package: str) -> str:
    """The name of an object's class; of the first class of the package from which it inherits, where that names a rule."""
    kinds = [base.__name__ for base in type(thing).__mro__ if package_of(base) == package]
    return next((kind for kind in kinds if kind.lower() in NAMES), type(thing).__name__)


def instance_of(thing: Any) -> Any:
    """What a class makes by default; anything else as it is. Raises TypeError for a class that must be given more."""
    if not isclass(thing):
        return thing
    if missing := required(thing, BY_NAME_TOO):
        call = f"{thing.__name__}({', '.join(f'{name}=...' for name in missing)})"
        refuse_as(TypeError, "optimizer", f"= {thing.__name__}", f"be made: it needs {' and '.join(missing)}; pass {call}")
    return thing()


def refuse_class_that_needs_more(thing: Any) -> None:
    """Refuse a class, or one with some arguments given, that must be given more than parameters. Raises TypeError."""
    kind = getattr(thing, "func", thing)
    if isclass(kind) and (missing := required(thing, BY_NAME_TOO)[1:]):
        name = kind.__name__
        wrapped = f"lambda params: {name}(params, {', '.join(f'{one}=...' for one in missing)})"
        refuse_as(TypeError, "optimizer", f"= {name}", f"be made: it needs {' and '.join(missing)}; wrap it, {wrapped}")


def required(function: Callable[..., Any], kinds: tuple[Any, ...] = POSITIONAL) -> list[str]:
    """The names of the parameters of some kinds that a call must give; empty where nothing is known."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind in kinds and p.default is Parameter.empty]


def takes(function: Callable[..., Any], number: int) -> bool:
    """Whether a function can be called with so many arguments, as far as it tells."""
    try:
        signature(function).bind(*range(number))
    except TypeError:
        return False
    return True


def named_arrays(state: Any, depth: int = 4) -> dict[str, Any]:
    """The arrays in a state that have the shape of a start, by the name under which they are kept."""
    if depth == 0 or state is None or isinstance(state, (str, bytes, int, float, np.ndarray)):
        return {}
    found: dict[str, Any] = {}
    for name, value in parts_of(state):
        array: Any = array_of(value) if isinstance(name, str) and name else None
        if np.shape(array) in (START.shape, MATRIX.shape):
            found.setdefault(name, array)
        else:
            found = named_arrays(value, depth - 1) | found
    return found


def parts_of(state: Any) -> list[tuple[Any, Any]]:
    """What a state is made of, with names where it has them."""
    if isinstance(state, dict):
        return list(state.items())
    if hasattr(state, "_asdict"):
        return list(state._asdict().items())
    if isinstance(state, (tuple, list)):
        return [("", part) for part in state]
    return list(getattr(state, "__dict__", {}).items())


def array_of(value: Any) -> Any:
    """A copy as an array of real numbers, where it is one; else None."""
    try:
        array = np.array(value)
    except Exception:
        return None
    return array if array.dtype.kind in "fiu" or array.dtype.name in PRECISIONS else None
