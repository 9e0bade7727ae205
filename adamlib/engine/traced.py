"""A rule or a surface as straight-line code: called once with symbols in place of numbers, and written down.

What the engines run is this text, so nobody writes a formula twice: helpers, methods and closures are followed because
they are called, and a fork of the code becomes a choice between two results. What a formula may not do with a number
that is not known yet (ask for its shape, loop until it is small) makes it `Untraceable`, and it stays with NumPy.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from adamlib.optimizers import Optimizer, State

# How wide a number is: as a Python number is, which takes the width of what it meets; that of theta; float64.
WEAK, AS_THETA, DOUBLE = range(3)
# What a number depends on: the run alone, the step, the element.
RUN, STEP, ELEMENT = range(3)

OPERATORS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "floor_divide": "//", "remainder": "%", "power": "**",
    "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "equal": "==", "not_equal": "!=",
    "bitwise_and": "&", "bitwise_or": "|",
}  # fmt: skip
COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "bitwise_and", "bitwise_or"}
CARRIED = ("m", "v", "v_max")
ELEMENT_NAMES = ("theta", "g", *CARRIED)
ENDS = ("theta", "m", "v", "m_hat", "v_hat", "v_max")
NUMPY = {name: thing for name, thing in vars(np).items() if isinstance(thing, np.ufunc)} | {"inf": np.inf, "nan": np.nan}
FORKS = 12  # more of them are a loop


class Untraceable(Exception):
    """The formula cannot be written as straight-line code; says why."""


class Fork(Exception):
    """The formula asks whether something holds that is not known."""


class Sheet:
    """The symbols of one formula, each made once, and what is assumed where it forks."""

    def __init__(self) -> None:
        self._made: dict[Any, Symbol] = {}
        self.assumed: dict[Symbol, bool] = {}

    def symbol(self, operation: str, *parts: Any, width: int, level: int) -> "Symbol":
        """The symbol of an operation on parts: the same one for the same operation."""
        key = operation, *(id(part) if isinstance(part, Symbol) else part for part in parts)
        if key not in self._made:
            self._made[key] = Symbol(self, operation, parts, width, level)
        return self._made[key]

    def of(self, thing: Any) -> "Symbol":
        """A number as a symbol."""
        if isinstance(thing, Symbol):
            return thing
        if not isinstance(thing, (int, float, np.floating, np.integer, np.bool_)):
            raise Untraceable(f"a number meets {thing!r:.80}")
        width = DOUBLE if isinstance(thing, np.generic) else WEAK
        value = thing.item() if isinstance(thing, np.generic) else thing
        return self.symbol("constant", repr(value), width, width=width, level=RUN)

    def operation(self, name: str, inputs: Any) -> "Symbol":
        """The symbol of one of NumPy's elementary functions."""
        parts = tuple(map(self.of, inputs))
        if name in ("add", "subtract") and parts[0].operation == "t" and isinstance(inputs[1], int):
            return self.step(parts[0].parts[0] + (inputs[1] if name == "add" else -inputs[1]))
        width = max(part.width for part in (parts[1:] if name == "where" else parts))
        if width == WEAK and name not in (*OPERATORS, "negative"):
            width = DOUBLE  # as in NumPy, what a function returns has a width of its own
        return self.symbol(name, *parts, width=width, level=max(part.level for part in parts))

    def step(self, ahead: int) -> "Symbol":
        """t + ahead."""
        return self.symbol("t", ahead, width=WEAK, level=STEP)


class Symbol(NDArrayOperatorsMixin):
    """A number that is not known yet: an input, or an operation on others."""

    def __init__(self, sheet: Sheet, operation: str, parts: tuple[Any, ...], width: int, level: int):
        self.sheet, self.operation, self.parts, self.width, self.level = sheet, operation, parts, width, level

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, **more: Any) -> Any:
        if method != "__call__" or more or function.nout != 1 or function.signature:
            return NotImplemented
        return self.sheet.operation(function.__name__, inputs)

    def __array_function__(self, function: Callable[..., Any], kinds: Any, arguments: Any, words: Any) -> Any:
        if function is np.where and len(arguments) == 3 and not words:
            known, *both = map(self.sheet.of, arguments)
            return self.sheet.operation("where", (known, *both))
        raise Untraceable(f"{function.__name__} is no elementary function")

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        raise Untraceable(f"it asks for .{name} of a number")

    def __bool__(self) -> bool:
        if self not in self.sheet.assumed:
            raise Fork(self)
        return self.sheet.assumed[self]

    def __float__(self) -> float:
        raise Untraceable("it needs the value of a number that is not known yet")

    __int__ = __index__ = __float__
    __hash__ = object.__hash__

    def exponent_of(self, base: Any) -> "Symbol":
        """base^t, as `averages.power` makes it."""
        base = self.sheet.of(base)
        if base.width != WEAK or self.width != WEAK:
            raise Untraceable("a power is of a hyperparameter")
        return self.sheet.symbol("whole_power", base, self, width=WEAK, level=max(base.level, self.level))


def results(sheet: Sheet, function: Callable[[], Any]) -> tuple[Symbol, ...]:
    """What a function returns, its forks taken both ways."""
    try:
        return tuple(map(sheet.of, function()))
    except Fork as fork:
        (known,), before = fork.args, dict(sheet.assumed)
    if len(before) == FORKS:
        raise Untraceable("it has a loop whose length is not known yet")
    both = []
    for sheet.assumed in ({**before, known: True}, {**before, known: False}):
        both.append(results(sheet, function))
    sheet.assumed = before
    return tuple(a if a is b else sheet.operation("where", (known, a, b)) for a, b in zip(*both, strict=True))


class Written:
    """Symbols as lines of Python, and a word for each. What is used once stands where it is used; all else gets a name.

    spelled : what the inputs are called
    name : how the names begin
    own : how a Python number is given the width of theta, from {}
    """

    def __init__(self, wanted: Iterable[Symbol], spelled: dict[Symbol, str], name: str = "n", own: str = "{}"):
        wanted, self.lines = list(wanted), list[str]()
        self._spelled, self._name, self._own = dict(spelled), name, own
        self._uses = Counter(_all_parts(wanted, set(spelled)))
        self.words = [self._word(symbol) for symbol in wanted]

    def function(self, head: str, start: str = "") -> str:
        """A function that returns the words."""
        answer = f"return ({''.join(f'{word}, ' for word in self.words)})"
        return "\n    ".join([f"def {head}:", *filter(None, [start]), *self.lines, answer]) + "\n"

    def floating(self, wanted: Iterable[Symbol]) -> "Written":
        """The same where every word is a float, as wide as theta."""
        self.words = [self._floating(symbol, word) for symbol, word in zip(wanted, self.words)]
        return self

    def _floating(self, symbol: Symbol, word: str) -> str:
        if symbol.width == AS_THETA or (symbol.width == DOUBLE and self._own == "{}"):
            return word
        return self._own.format(f"float({word})" if symbol.width == WEAK else word)

    def _word(self, symbol: Symbol) -> str:
        """The name of a symbol, or its expression."""
        if symbol not in self._spelled:
            text = self._expression(symbol)
            if self._uses[symbol] > 1 and symbol.operation not in ("constant", "t"):
                name = f"{self._name}{len(self.lines)}"
                self.lines.append(f"{name} = {text}")
                text = name
            self._spelled[symbol] = text
        return self._spelled[symbol]

    def _expression(self, symbol: Symbol) -> str:
        name, parts = symbol.operation, symbol.parts
        if name == "constant":
            return f"({parts[0]})" if parts[0][0] == "-" else parts[0]
        if name == "t":
            return f"(t + {parts[0]})" if parts[0] else "t"
        if name == "input":
            raise Untraceable(f"it asks for {parts[0]} of the step before, which is not kept")
        words = [self._as_wide(part, symbol) for part in parts]
        if name in OPERATORS:
            return f"({words[0]} {OPERATORS[name]} {words[1]})"
        if name == "negative":
            return f"(-{words[0]})"
        if name == "where":
            return f"({words[1]} if {words[0]} else {words[2]})"
        return f"{name}({', '.join(words)})"

    def _as_wide(self, part: Symbol, symbol: Symbol) -> str:
        weak = part.width == WEAK and symbol.width == AS_THETA and part.operation not in COMPARISONS
        return self._own.format(self._word(part)) if weak else self._word(part)


def _all_parts(symbols: Iterable[Any], known: Container[Symbol]) -> Iterator[Symbol]:
    """Every use of a symbol in others, what is known not taken apart."""
    seen = set()
    todo = list(symbols)
    while todo:
        symbol = todo.pop()
        yield symbol
        if symbol not in seen and symbol not in known:
            seen.add(symbol)
            todo += [part for part in symbol.parts if isinstance(part, Symbol)]


class WrittenRule:
    """The rule of an optimizer as text: what it needs once a step, and what it does with each element.

    names : the hyperparameters, in the order in which `step` finds them
    moved : which of m, v and v_max it changes
    bases : the places of those whose powers it asks for, of t and, where `ahead` is 1, of t + 1
    """

    def __init__(self, optimizer: Optimizer):
        sheet, self.names = Sheet(), tuple(optimizer.hyperparameters())
        self._hyper = {x: sheet.symbol("input", x, width=WEAK, level=STEP if x == "lr" else RUN) for x in self.names}
        self._inside = {x: sheet.symbol("input", x, width=AS_THETA, level=ELEMENT) for x in (*State._fields[1:], "g")}
        alike: Any = object.__new__(type(optimizer))
        vars(alike).update(vars(optimizer), **self._hyper)
        old = State(sheet.step(-1), **{x: self._inside[x] for x in State._fields[1:]})  # type: ignore[arg-type]
        ends = results(sheet, lambda: attrgetter(*ENDS)(alike.rule(old, self._inside["g"])))
        self._ends, self.moved = ends, frozenset(x for x, end in zip(ENDS, ends) if x in CARRIED and end is not self._inside[x])
        self._cut = list(dict.fromkeys(_of_the_step(ends)))
        self._places = {x: place for x in _all_parts(self._cut, ()) if (place := self._place(x))}
        self.bases = np.array(sorted({place for place, _ in self._places.values()}), np.int64)
        self.ahead = max((ahead for _, ahead in self._places.values()), default=0)
        self.text = f"# {len(self.names)} numbers\n" + self.step("{i}").function("step()") + self.function("own({})")

    def _place(self, power: Symbol) -> tuple[int, int] | None:
        if power.operation != "whole_power" or power.parts[0].operation != "input" or power.parts[1].operation != "t":
            return None
        (name,), (ahead,) = power.parts[0].parts, power.parts[1].parts
        return (self.names.index(name), ahead) if ahead in (0, 1) else None

    def step(self, number: str, power: str = "", name: str = "n") -> Written:
        """What is the same for all elements, to be worked out once a step.

        number : how a hyperparameter is spelled, from {i}
        power : how a power of one is spelled, from the {row} of its base and the steps {ahead}; it is worked out where empty
        """
        spelled = {self._hyper[x]: number.format(i=i) for i, x in enumerate(self.names)}
        spelled[self._hyper["lr"]] = f"({spelled[self._hyper['lr']]} * factor)"
        if power:
            for symbol, (place, ahead) in self._places.items():
                spelled[symbol] = power.format(row=int(np.searchsorted(self.bases, place)), ahead=ahead)
        return Written(self._cut, spelled, name)

    def element(self, given: Iterable[str], names: Iterable[str] = ELEMENT_NAMES, name: str = "n", own: str = "{}") -> Written:
        """theta, m, v, m_hat, v_hat and v_max of an element after the step.

        given : what the words of `step` are called
        names : what theta, g, m, v and v_max are called
        """
        spelled = dict(zip((*self._cut, *(self._inside[x] for x in ELEMENT_NAMES)), (*given, *names)))
        return Written(self._ends, spelled, name, own).floating(self._ends)

    def function(self, own: str = "{}") -> str:
        """A function rule(s, theta, g, m, v, v_max), where s is what `step` gives."""
        given = [f"s{i}" for i in range(len(self._cut))]
        head = f"rule(s, {', '.join(ELEMENT_NAMES)})"
        return self.element(given, own=own).function(head, f"{''.join(f'{one}, ' for one in given)}= s" if given else "")


def _of_the_step(symbols: Iterable[Any]) -> Iterator[Symbol]:
    """What the elements ask of the step: symbols that belong to no element, but are a part of one that does."""
    for symbol in symbols:
        if symbol.level == ELEMENT:
            yield from _of_the_step([part for part in symbol.parts if isinstance(part, Symbol)])
        elif symbol.operation != "constant":
            yield symbol


class WrittenSlope:
    """The slope of a surface as text."""

    def __init__(self, slope: Callable[..., Any], parameters: int):
        sheet, self.names = Sheet(), ["x", "y", *(f"p{i}" for i in range(parameters))]
        self._spelled = {sheet.symbol("input", x, width=AS_THETA if x in "xy" else WEAK, level=ELEMENT): x for x in self.names}
        self._ends = results(sheet, lambda: slope(*self._spelled))
        if len(self._ends) != 2:
            raise Untraceable("it does not return a pair")
        self.text = self.written().function(f"slope({', '.join(self.names)})")

    def written(self, name: str = "n") -> Written:
        """The slope along x and along y."""
        return Written(self._ends, self._spelled, name).floating(self._ends)


def traced(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns, or in one line why it cannot be traced."""
    try:
        return function(*arguments)
    except Untraceable as reason:
        return Refusal(str(reason))
    except Exception as error:  # a formula of a reader may go wrong in any way
        return Refusal(f"{type(error).__name__}: {error}".partition("\n")[0])


class Refusal(str):
    """Why a formula cannot be written down."""


_rules: dict[Any, WrittenRule | Refusal] = {}
_same: dict[str, Any] = {}  # what reads the same is the same, as when a cell is run again


def rule_of(optimizer: Optimizer) -> WrittenRule | Refusal:
    """The rule of an optimizer, traced once for its class and its words."""
    key = type(optimizer), *optimizer.words().values()
    if key not in _rules:
        rule = Refusal(why) if (why := _why_not(optimizer)) else traced(WrittenRule, optimizer)
        _rules[key] = rule if isinstance(rule, Refusal) else _same.setdefault(rule.text, rule)
    return _rules[key]


def _why_not(optimizer: Optimizer) -> str:
    name = type(optimizer).__name__
    if not optimizer.elementwise:
        return f"{name} works on whole matrices"
    return f"{name} has a step of its own" if optimizer.has_own_step() else ""


@lru_cache(maxsize=256)
def slope_of(slope: Callable[..., Any], parameters: int) -> WrittenSlope | Refusal:
    """The slope of a surface, traced once."""
    written = traced(WrittenSlope, slope, parameters)
    return written if isinstance(written, Refusal) else _same.setdefault(written.text, written)
