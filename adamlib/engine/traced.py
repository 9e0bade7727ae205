"""A rule or a surface as straight-line code: called once with symbols in place of numbers, and written down.

What the engines run is this text, so nobody writes a formula twice: helpers, methods and closures are followed because
they are called, and a fork of the code becomes a choice between two results. What a formula may not do with a number
that is not known yet (ask for its shape, loop until it is small) makes it `Untraceable`, and it stays with NumPy.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from adamlib.optimizers import Optimizer, State
from adamlib.optimizers.base import names_of_fields

# How wide a number is: as a Python number is, which takes the width of what it meets; that of theta; float64.
WEAK, AS_THETA, DOUBLE = range(3)

# How Python spells an operation on its parts; all others are calls.
IN_PYTHON = {
    "input": "{}", "constant": "{}", "t": "{1}", "where": "({1} if {0} else {2})", "negative": "(-{})",
    "add": "({} + {})", "subtract": "({} - {})", "multiply": "({} * {})", "divide": "({} / {})", "power": "({} ** {})",
    "floor_divide": "({} // {})", "remainder": "({} % {})", "bitwise_and": "({} & {})", "bitwise_or": "({} | {})",
    "less": "({} < {})", "less_equal": "({} <= {})", "greater": "({} > {})", "greater_equal": "({} >= {})",
    "equal": "({} == {})", "not_equal": "({} != {})",
}  # fmt: skip
COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal", "bitwise_and", "bitwise_or"}
ELEMENT = ("theta", "g", "m", "v", "v_max")
ENDS = ("theta", "m", "v", "m_hat", "v_hat", "v_max")
NUMPY = {name: thing for name, thing in vars(np).items() if isinstance(thing, np.ufunc)} | {"inf": np.inf, "nan": np.nan}
FORKS = 12  # more of them are a loop


class Untraceable(Exception):
    """The formula cannot be written as straight-line code; says why."""


class Fork(Exception):
    """The formula asks whether something holds that is not known."""


class Sheet:
    """The symbols of one formula, each made once, and what is assumed where it forks.

    powers : what is asked for, base^(t + ahead) by the base's name and `ahead`, which is 0 or 1
    """

    def __init__(self) -> None:
        self._made: dict[Any, Symbol] = {}
        self.assumed: dict[Symbol, bool] = {}
        self.powers: dict[tuple[str, int], Symbol] = {}

    def symbol(self, operation: str, *parts: Any, width: int, lasting: bool = False) -> "Symbol":
        """The symbol of an operation on parts: the same one for the same operation."""
        key = operation, *(id(part) if isinstance(part, Symbol) else part for part in parts)
        if key not in self._made:
            self._made[key] = Symbol(self, operation, parts, width, lasting)
            for part in parts:
                if isinstance(part, Symbol):
                    part.uses += 1
        return self._made[key]

    def input(self, name: str, width: int = AS_THETA, lasting: bool = False) -> "Symbol":
        """A number that is given. lasting : whether it stays the same in all steps"""
        return self.symbol("input", name, width=width, lasting=lasting)

    def inputs(self, names: Iterable[str]) -> list["Symbol"]:
        """Numbers as wide as theta that are given."""
        return [self.input(name) for name in names]

    def of(self, thing: Any) -> "Symbol":
        """A number as a symbol."""
        if isinstance(thing, Symbol):
            return thing
        if not isinstance(thing, (int, float, np.floating, np.integer, np.bool_)):
            raise Untraceable(f"a number meets {thing!r:.80}")
        width = DOUBLE if isinstance(thing, np.generic) else WEAK
        value = thing.item() if isinstance(thing, np.generic) else thing
        spelled = f"({value!r})" if repr(value)[0] == "-" else repr(value)
        return self.symbol("constant", spelled, width, width=width, lasting=True)

    def operation(self, name: str, inputs: Any) -> "Symbol":
        """The symbol of one of NumPy's elementary functions."""
        parts = tuple(map(self.of, inputs))
        if name in ("add", "subtract") and parts[0].operation == "t" and isinstance(inputs[1], int):
            return self.step(parts[0].parts[0] + (inputs[1] if name == "add" else -inputs[1]))
        width = max(part.width for part in (parts[1:] if name == "where" else parts))
        if width == WEAK and (name == "where" or name not in IN_PYTHON):
            width = DOUBLE  # as in NumPy, what a function returns has a width of its own
        return self.symbol(name, *parts, width=width, lasting=all(part.lasting for part in parts))

    def step(self, ahead: int) -> "Symbol":
        """t + ahead."""
        return self.symbol("t", ahead, f"(t + {ahead})" if ahead else "t", width=WEAK)


class Symbol(NDArrayOperatorsMixin):
    """A number that is not known yet: an input, or an operation on others."""

    def __init__(self, sheet: Sheet, operation: str, parts: tuple[Any, ...], width: int, lasting: bool):
        self.sheet, self.operation, self.parts, self.width, self.lasting = sheet, operation, parts, width, lasting
        self.uses = 0  # in other symbols

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
        """base^t, as `averages.power` makes it: given where the base is and lasts, as every share of the past."""
        sheet, base = self.sheet, self.sheet.of(base)
        if base.width != WEAK or self.width != WEAK:
            raise Untraceable("a power is of a hyperparameter")
        if (base.operation, base.lasting, self.operation) != ("input", True, "t") or self.parts[0] not in (0, 1):
            return sheet.symbol("whole_power", base, self, width=WEAK, lasting=base.lasting and self.lasting)
        (name,), (ahead, _) = base.parts, self.parts
        return sheet.powers.setdefault((name, ahead), sheet.input(f"{name}_{ahead}", WEAK))


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
    """Symbols as lines of Python, and a word for each, a float as wide as theta.

    What is used once stands where it is used; all else gets a name. What lasts is worked out before all steps, in `once`.

    own : how a number is given the width of theta, from {}
    """

    def __init__(self, wanted: Sequence[Symbol], own: str = "{}"):
        self.once, self.lines = list[str](), list[str]()
        self._own, self._known, self._wanted = own, dict[Symbol, str](), Counter(wanted)
        self.words = [self._floating(symbol) for symbol in wanted]

    def _floating(self, symbol: Symbol) -> str:
        word = self._word(symbol)
        if symbol.width == AS_THETA or (symbol.width == DOUBLE and self._own == "{}"):
            return word
        return self._named(self._own.format(f"float({word})" if symbol.width == WEAK else word), symbol.lasting)

    def _named(self, text: str, lasting: bool) -> str:
        name = f"n{len(self.once) + len(self.lines)}"
        (self.once if lasting else self.lines).append(f"{name} = {text}")
        return name

    def _word(self, symbol: Symbol) -> str:
        """The name of a symbol, or its expression."""
        if symbol not in self._known:
            text, plain = self._expression(symbol), symbol.operation in ("constant", "input", "t")
            named = not plain and (symbol.lasting or symbol.uses + self._wanted[symbol] > 1)
            self._known[symbol] = self._named(text, symbol.lasting) if named else text
        return self._known[symbol]

    def _expression(self, symbol: Symbol) -> str:
        if symbol.operation == "forgotten":
            raise Untraceable(f"it asks for {symbol.parts[0]} of the step before, which is not kept")
        words = [self._as_wide(part, symbol) if isinstance(part, Symbol) else part for part in symbol.parts]
        if symbol.operation in IN_PYTHON:
            return IN_PYTHON[symbol.operation].format(*words)
        return f"{symbol.operation}({', '.join(words)})"

    def _as_wide(self, part: Symbol, symbol: Symbol) -> str:
        weak = part.width == WEAK and symbol.width == AS_THETA and part.operation not in COMPARISONS
        return self._own.format(self._word(part)) if weak else self._word(part)


class WrittenRule:
    """The rule of an optimizer as text.

    names : the hyperparameters, which the text calls a0, a1 ... in this order
    powers : those it asks for, the place of the base among the names and `ahead`; they are called a1_0, a1_1 ...
    bases : their places
    """

    def __init__(self, optimizer: Optimizer):
        self.names, self._kind, self._words = tuple(optimizer.hyperparameters()), type(optimizer), optimizer.words()
        if not optimizer.elementwise or optimizer.has_own_step():
            does = "has a step of its own" if optimizer.elementwise else "works on whole matrices"
            raise Untraceable(f"{self._kind.__name__} {does}")
        sheet = Sheet()
        self._ends = self.ends(sheet, self.numbers(sheet, "a"), sheet.inputs(ELEMENT))
        self.powers = [(int(name[1:]), ahead) for name, ahead in sheet.powers]
        self.bases = sorted({place for place, _ in self.powers})
        self.text = self.function("own({})")

    def numbers(self, sheet: Sheet, letter: str) -> list[Symbol]:
        """The hyperparameters as symbols; the rate alone may change from step to step."""
        return [sheet.input(f"{letter}{i}", WEAK, lasting=name != "lr") for i, name in enumerate(self.names)]

    def ends(self, sheet: Sheet, numbers: Sequence[Symbol], element: Sequence[Symbol]) -> tuple[Symbol, ...]:
        """theta, m, v, m_hat, v_hat and v_max of an element after the step, from theta, g, m, v and v_max before."""
        alike: Any = object.__new__(self._kind)
        vars(alike).update(self._words, **dict(zip(self.names, numbers)))
        kept: dict[str, Any] = dict(zip(ELEMENT, element))
        before = (kept.get(x, sheet.symbol("forgotten", x, width=AS_THETA)) for x in State._fields[1:])
        old: Any = State(sheet.step(-1), *before)  # type: ignore[arg-type]
        return results(sheet, lambda: attrgetter(*ENDS)(alike.rule(old, kept["g"])))

    def function(self, own: str) -> str:
        """A function rule(given, t, theta, g, m, v, v_max) that returns the ends. given : numbers, then powers"""
        given = [*(f"a{i}" for i in range(len(self.names))), *(f"a{place}_{ahead}" for place, ahead in self.powers)]
        return _text_of(f"rule(given, t, {', '.join(ELEMENT)})", Written(self._ends, own), given)

    def given(self, head: str, number: str, power: str) -> str:
        """A function that gives all of them, the rate as it is in its step.

        number, power : how they are spelled, from the {place} among the names, the {row} among the bases and {ahead}
        """
        words = [number.format(place=i) + " * factor" * (name == "lr") for i, name in enumerate(self.names)]
        words += [power.format(place=place, row=self.bases.index(place), ahead=ahead) for place, ahead in self.powers]
        return f"def given({head}):\n    return ({''.join(f'{word}, ' for word in words)})\n"


class WrittenSlope:
    """The slope of a surface as text: a function slope(x, y, p0, p1 ...) that returns a pair."""

    def __init__(self, slope: Callable[..., Any], parameters: int):
        self.names, self._slope, sheet = [f"p{i}" for i in range(parameters)], slope, Sheet()
        self.text = _text_of(f"slope({', '.join(['x', 'y', *self.names])})", Written(self.ends(sheet, *sheet.inputs("xy"))))

    def ends(self, sheet: Sheet, x: Symbol, y: Symbol) -> tuple[Symbol, ...]:
        """The slope along x and along y."""
        ends = results(sheet, lambda: self._slope(x, y, *(sheet.input(name, WEAK, lasting=True) for name in self.names)))
        if len(ends) != 2:
            raise Untraceable("it does not return a pair")
        return ends


def _text_of(head: str, written: Written, given: Sequence[str] = ()) -> str:
    """A function that returns the words."""
    taken = [f"{''.join(f'{name}, ' for name in given)}= given"] if given else []
    answer = f"return ({''.join(f'{word}, ' for word in written.words)})"
    return "\n    ".join([f"def {head}:", *taken, *written.once, *written.lines, answer]) + "\n"


_rules: dict[Any, WrittenRule | Untraceable] = {}
_same: dict[str, Any] = {}  # what reads the same is the same, as when a cell is run again


def rule_of(optimizer: Optimizer) -> WrittenRule | Untraceable:
    """The rule of an optimizer, traced once for its class and its words; or why it cannot be."""
    key = type(optimizer), *map(vars(optimizer).get, names_of_fields(type(optimizer))[1])  # type: ignore[arg-type]
    if key not in _rules:
        _rules[key] = _traced(WrittenRule, optimizer)
    return _rules[key]


@lru_cache(maxsize=256)
def slope_of(slope: Callable[..., Any], parameters: int) -> WrittenSlope | Untraceable:
    """The slope of a surface, traced once; or why it cannot be."""
    return _traced(WrittenSlope, slope, parameters)


def _traced(kind: Callable[..., Any], *arguments: Any) -> Any:
    try:
        written = kind(*arguments)
    except Untraceable as reason:
        return Untraceable(str(reason))
    except Exception as error:  # a formula of a reader may go wrong in any way
        return Untraceable(f"{type(error).__name__}: {error}".partition("\n")[0])
    return _same.setdefault(written.text, written)
