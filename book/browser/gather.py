"""All that some functions name, as one piece of JavaScript: each helper, class, constant and surface once, before its use."""

import ast
import builtins
import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields
from types import FunctionType
from typing import Any

import numpy as np

from adamlib.averages import power
from adamlib.explore import walks
from adamlib.numerals import number
from adamlib.optimizers import Optimizer
from adamlib.problems import Problem
from adamlib.problems.surfaces import surface
from book.browser.names import known_function, literal, own
from book.browser.syntax import MISSING, NoTranslation, Translator, source_of

ANSWERS = ("rule", "where_to", "how_far", "shrink")
SUPPLIED: dict[Any, str] = {  # written by hand, in runtime.js
    number: "py.number", surface: "py.surface", walks.walk: "py.walk", walks.final: "py.final", walks.map_of: "py.map_of",
    walks.rule_by_name: "py.rule_by_name",
}  # fmt: skip


class Gathered:
    """JavaScript in the making.

    supplied : Python object -> what the browser has in its place
    earlier : parts that stand elsewhere, on the same page
    """

    def __init__(self, supplied: dict[Any, str] | None = None, earlier: "Gathered | None" = None):
        self.supplied = {**SUPPLIED, **(supplied or {})}
        self.names: dict[int, str] = dict(earlier.names) if earlier else {}
        self.kept: list[Any] = list(earlier.kept) if earlier else []  # so that no id is used twice
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def add(self, things: Iterable[Any]) -> "Gathered":
        """Translate functions, classes or constants, with all they name."""
        for thing in things:
            self.refer(thing, getattr(thing, "__name__", "thing"))
        return self

    def refer(self, thing: Any, wanted: str) -> str:
        """JavaScript that stands for a Python object."""
        thing = inspect.unwrap(thing) if callable(thing) else thing
        if hashable(thing) and thing in self.supplied:
            return self.supplied[thing]
        if (name := known_function(thing)) is not None:
            return name
        if thing is None or isinstance(thing, (bool, int, float, str)):
            return literal(thing)
        if id(thing) not in self.names:
            self.names[id(thing)] = self.free(wanted)
            self.kept.append(thing)
            self.parts.append(self.made(thing, self.names[id(thing)]))
        return self.names[id(thing)]

    def free(self, wanted: str) -> str:
        """A name that no other part has."""
        name, taken, nth = own(wanted), set(self.names.values()), 1
        while name in taken:
            nth += 1
            name = f"{own(wanted)}_{nth}"
        return name

    def made(self, thing: Any, name: str) -> str:
        if isinstance(thing, Problem) and thing.formula is not None:
            return f"const {name} = {self.problem(thing)};\n"
        if isinstance(thing, Optimizer):
            given = ", ".join(f"{own(f.name)}: {literal(getattr(thing, f.name))}" for f in fields(thing))
            return f"const {name} = new {self.refer(type(thing), type(thing).__name__)}({{{given}}});\n"
        if isinstance(thing, type) and issubclass(thing, Optimizer):
            return self.rule(thing, name)
        if isinstance(thing, type) and issubclass(thing, tuple) and hasattr(thing, "_fields"):
            return record(thing, name)
        if isinstance(thing, FunctionType):
            return self.function(thing, name)
        if isinstance(thing, np.ndarray):
            return f"const {name} = {literal(thing.tolist())};\n"
        if isinstance(thing, (list, tuple, dict)):
            return f"const {name} = {self.plain(thing)};\n"
        raise NoTranslation(f"{name}, a {type(thing).__name__}, has no translation")

    def plain(self, thing: Any) -> str:
        """A list, tuple or dict whose parts may be functions or rules."""
        if isinstance(thing, dict):
            return f"{{{', '.join(f'{literal(k)}: {self.plain(v)}' for k, v in thing.items())}}}"
        if isinstance(thing, (list, tuple)):
            return f"[{', '.join(map(self.plain, thing))}]"
        return self.refer(thing, getattr(thing, "__name__", "part"))

    def problem(self, thing: Problem) -> str:
        height, slope = (self.refer(f, f.__name__) for f in thing.formula[:2])
        rest = [thing.start.tolist(), None if thing.minimum is None else thing.minimum.tolist(), thing.window]
        return (
            f"py.surface({literal(thing.name)}, {height}, {slope}, {', '.join(map(literal, rest))}, {literal(thing.formula[2])})"
        )

    def translator(self, function: Callable, path: str) -> Translator:
        return Translator(path, outside_of(function), self.refer)

    def function(self, function: FunctionType, name: str) -> str:
        node, path = source_of(function)
        made = self.translator(function, path).function(node)
        if function is power:
            return f"const {name} = py.remember(function {made});\n"
        return f"const {name} = {made};\n" if isinstance(node, ast.Lambda) else f"function {name}{made}\n"

    def rule(self, cls: type, name: str) -> str:
        """An optimizer's class: its hyperparameters with their defaults, and the answers that it gives itself."""
        if not cls.elementwise:
            raise NoTranslation(f"{name} works on whole matrices, and a page computes with numbers")
        base = "" if cls is Optimizer else f" extends {self.refer(cls.__base__, cls.__base__.__name__)}"
        given = ", ".join(f"{own(f.name)} = {literal(f.default)}" for f in fields(cls))
        kept = "".join(f"this.{own(f.name)} = {own(f.name)};\n" for f in fields(cls))
        if base:
            kept = f"super();\n{kept}"
        else:
            kept += "".join(f"this.{own(n)} = {literal(v)};\n" for n, v in vars(cls).items() if own_constant(cls, n, v))
        if any("__post_init__" in vars(c) for c in cls.__mro__ if c is not Optimizer):
            kept += "this.__post_init__();\n"
        own_methods = [(n, f) for n, f in vars(cls).items() if isinstance(f, FunctionType) and n in self.wanted(cls)]
        methods = "".join(f"{n}{self.method(f)}\n" for n, f in own_methods)
        return f"class {name}{base} {{\nconstructor({{{given}}} = {{}}) {{\n{kept}}}\n{methods}}}\n"

    def wanted(self, cls: type) -> set[str]:
        """The methods that a rule is made of: its answers, and what a class of its own adds."""
        if cls is Optimizer:
            return set(ANSWERS)
        helpers = {n for n in vars(cls) if not n.startswith("__") and not hasattr(Optimizer, n)}
        return {*ANSWERS, "__post_init__", *helpers}

    def method(self, function: FunctionType) -> str:
        node, path = source_of(function)
        return self.translator(function, path).function(node, method=True)


def own_constant(cls: type, name: str, value: Any) -> bool:
    """Whether this is a number that every instance shares, as `eps` of the rules that have none."""
    return isinstance(value, float) and name not in {f.name for f in fields(cls)}


def record(cls: Any, name: str) -> str:
    """A NamedTuple as a class whose fields are given in order."""
    defaults = cls._field_defaults
    given = ", ".join(own(f) + (f" = {literal(defaults[f])}" if f in defaults else "") for f in cls._fields)
    kept = "".join(f"this.{own(f)} = {own(f)};\n" for f in cls._fields)
    return f"class {name} {{\nconstructor({given}) {{\n{kept}}}\n}}\n"


def outside_of(function: Callable) -> dict[str, Any]:
    """What a function finds under the names it does not bind: Python's own, its module's, its closure's."""
    inner: Any = inspect.unwrap(function)
    free = zip(inner.__code__.co_freevars, inner.__closure__ or ())
    cells = {name: cell_content(cell) for name, cell in free}
    return {**vars(builtins), **inner.__globals__, **{n: v for n, v in cells.items() if v is not MISSING}}


def cell_content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return MISSING


def hashable(thing: Any) -> bool:
    return callable(thing) and getattr(type(thing), "__hash__", None) is not None
