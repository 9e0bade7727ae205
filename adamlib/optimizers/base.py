"""What every update rule is made of: its state, its hyperparameters and their ranges, one step, and sweeps by broadcasting."""

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cache, partial
from types import FunctionType
from typing import Any, NamedTuple, Self

import numpy as np

from adamlib import validate

Hyper = float | np.ndarray


def share(default: Hyper) -> Any:
    """Declare how much of the past an average keeps, in [0, 1). A rule may ask for its powers: they are made beforehand."""
    return _number(default, powers=True, high=1.0)


def at_least_0(default: Hyper) -> Any:
    """Declare a hyperparameter that is finite and at least 0."""
    return _number(default)


def between(default: Hyper, low: float, high: float) -> Any:
    """Declare a hyperparameter in [low, high]."""
    return _number(default, most=high, low=low, high=high, closed=True)


def switch(default: bool) -> Any:
    """Declare a field that is True or False."""
    return _declared(default, validate.flag)


def one_of(*words: str) -> Any:
    """Declare a field that is one of a few words, the first if nothing is said."""
    return _declared(words[0], partial(validate.choice, allowed=words))


def count_of(default: int) -> Any:
    """Declare a field that is a whole number, at least 1; a run has one, and no sweep goes over it."""
    return _declared(default, validate.count)


def shapes_or_none() -> Any:
    """Declare a field that is None, or the shapes of matrices and vectors."""
    return _declared(None, partial(validate.optional, validate.shapes_of_blocks))


def any_text(default: str) -> Any:
    """Declare a field that is any text."""
    return _declared(default, validate.text)


def _number(default: Hyper, powers: bool = False, most: float = np.inf, **limits: Any) -> Any:
    return _declared(default, partial(validate.hyper, **limits), number=True, powers=powers, most=most)


def _declared(
    default: Any, check: Callable[[str, Any], Any], number: bool = False, powers: bool = False, most: float = np.inf
) -> Any:
    return field(default=default, metadata={"check": check, "number": number, "powers": powers, "most": most})


class State(NamedTuple):
    """All that one step computed. Arrays have the shape of theta, (*sweep, D).

    Before the first step t = 0 and m = v = v_max = 0; grad, m_hat and v_hat are nan: no step made them.
    """

    t: int  # finished steps
    theta: np.ndarray  # parameters
    grad: np.ndarray  # g_t, the gradient at theta_{t-1}
    m: np.ndarray  # memory of the gradient
    v: np.ndarray  # memory of its square
    m_hat: np.ndarray  # where to
    v_hat: np.ndarray  # how far
    v_max: np.ndarray  # the largest v so far; only AMSGrad asks


@dataclass(frozen=True, eq=False)
class Optimizer:
    """An update rule with its hyperparameters, and nothing that changes.

    Any hyperparameter may be an array that broadcasts against theta: shape (4, 1) with theta (2,) is four
    runs at once, shape (2,) is one value per coordinate. Each run equals its own single run bit for bit.

    lr : learning rate, at least 0
    beta, beta1, beta2 : how much of the past an average keeps, in [0, 1)
    eps : added to the root, at least 0

    Raises ValueError or TypeError that names the field, the value and what is allowed.

    A rule of your own declares the range of its fields: `rho: Hyper = share(0.9)` is checked as every beta is. A field
    that says nothing keeps the range that it has in the rule it is derived from, or is at least 0.
    """

    lr: Hyper = at_least_0(0.1)
    eps = 0.0  # type: Hyper
    elementwise = True  # no coordinate asks what another does

    def __post_init__(self) -> None:
        for name, said in declarations(type(self)).items():  # type: ignore[arg-type]
            object.__setattr__(self, name, said["check"](name, getattr(self, name)))

    # The rule: two answers and one line

    def where_to(self, old: State, g: np.ndarray, t: int) -> tuple[Any, ...]:
        """Where to? Returns m and m_hat."""
        return old.m, g

    def how_far(self, old: State, g: np.ndarray, t: int) -> tuple[Any, ...]:
        """How far? Returns v, v_hat and v_max."""
        return old.v, 1.0, old.v_max

    def shrink(self, theta: Hyper) -> Hyper:
        """What happens to theta before the step: nothing, unless a rule lets the weights decay."""
        return theta

    def rule(self, old: State, g: np.ndarray) -> State:
        """One step on numbers or arrays, unchecked."""
        t = old.t + 1
        m, m_hat = self.where_to(old, g, t)
        v, v_hat, v_max = self.how_far(old, g, t)
        theta = self.shrink(old.theta) - self.lr * (m_hat / (np.sqrt(v_hat) + self.eps))
        return State(t, theta, g, m, v, m_hat, v_hat, v_max)

    def on(self, blocks: Any) -> Self:
        """The rule for a problem made of such blocks: itself, unless it asks for the shape of a matrix."""
        return self

    # One step on arrays

    def init(self, theta: Any) -> State:
        """The state before the first step.

        theta : start, any shape (..., D); float16, float32 and float64 are kept, integers become float64

        Returns a State with t = 0 whose arrays have the shape of theta broadcast against every
        hyperparameter. Raises ValueError if a hyperparameter does not broadcast against theta.
        """
        theta = validate.array("theta", theta, "an array of real numbers")
        theta = np.broadcast_to(theta, self.shape_with(theta.shape)).copy()
        zero, unknown = np.zeros_like(theta), np.full_like(theta, np.nan)
        return State(0, theta, unknown, zero, zero, unknown, unknown, zero)

    def step(self, state: State, grad: Any) -> State:
        """One step: a new state, and nothing else changes.

        state : as `init` or `step` returned it
        grad : g_t, the gradient at state.theta, of the same shape

        Returns the State after the step, in the dtype of theta. A step that diverges returns inf or nan,
        without a warning. Raises ValueError if grad has another shape.
        """
        validate.instance("state", state, State, "a State, as init or step returned it")
        grad = validate.array("grad", grad)
        if grad.shape != state.theta.shape:
            validate.refuse_as(ValueError, "grad", f"of shape {grad.shape}", f"have the shape of theta, {state.theta.shape}")
        with np.errstate(all="ignore"):
            return self._apply(state, grad.astype(state.theta.dtype))

    def _apply(self, state: State, grad: np.ndarray) -> State:
        theta = state.theta
        if theta.dtype != np.float64 and any(map(np.ndim, self.hyperparameters().values())):
            return self._one_by_one(state, grad)
        new = self.rule(state, grad)
        return State(new.t, *(_like(x, theta) for x in new[1:]))

    def _one_by_one(self, state: State, grad: np.ndarray) -> State:
        """A float64 array of hyperparameters would widen float32 and float16, so each setting steps alone."""
        names, values = zip(*self.hyperparameters().items())
        shape = np.broadcast_shapes((1,) * state.theta.ndim, *map(np.shape, values))
        grids = [np.broadcast_to(value, shape) for value in values]
        new = State(state.t + 1, *(np.empty_like(x) for x in state[1:]))
        for index in np.ndindex(shape):
            alone = replace(self, **{name: float(grid[index]) for name, grid in zip(names, grids)})
            here = tuple(slice(None) if n == 1 else slice(i, i + 1) for i, n in zip(index, shape))
            part = alone._apply(State(state.t, *(x[here] for x in state[1:])), grad[here])
            for whole, piece in zip(new[1:], part[1:]):
                whole[here] = piece
        return new

    def shape_with(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of theta with the axes of the hyperparameters: theta of `shape` broadcast against each of them."""
        own = vars(self)
        for name in names_of_fields(type(self))[0]:  # type: ignore[arg-type]
            value = own[name]
            if isinstance(value, float):
                continue
            try:
                wider = np.broadcast_shapes(shape, np.shape(value))
            except ValueError:
                wider = None
            if wider is None or wider[len(wider) - 1 :] != shape[len(shape) - 1 :]:
                raise ValueError(
                    f"{name} of shape {np.shape(value)} is not allowed: "
                    f"{name} must broadcast against theta of shape {shape} and keep its last axis"
                )
            shape = wider
        return shape

    # What an engine asks

    def hyperparameters(self) -> dict[str, Hyper]:
        """The numbers among the fields, by name: floats, or arrays where they vary."""
        own = vars(self)
        return {name: own[name] for name in names_of_fields(type(self))[0]}  # type: ignore[arg-type]

    def numbers(self) -> dict[str, Hyper]:
        """All that the line computes with: the hyperparameters, and `eps`, which is a constant of some rules."""
        return {"eps": self.eps, **self.hyperparameters()}

    def words(self) -> dict[str, Any]:
        """The fields that are switches, words, counts or shapes: all that no sweep goes over."""
        own = vars(self)
        return {name: own[name] for name in names_of_fields(type(self))[1]}  # type: ignore[arg-type]

    def shares(self) -> tuple[str, ...]:
        """The fields declared as a share of the past, whose powers the rule may ask for."""
        said = declarations(type(self))  # type: ignore[arg-type]
        return tuple(name for name in said if said[name]["powers"])

    def at_one_half(self) -> Self:
        """The same rule with 0.5 for every hyperparameter: a number that is harmless anywhere."""
        return replace(self, **dict.fromkeys(self.hyperparameters(), 0.5))

    @classmethod
    def has_own_step(cls) -> bool:
        """Whether it differs from others by more than its rule."""
        return any(getattr(cls, name) is not getattr(Optimizer, name) for name in ("init", "step", "_apply"))

    @classmethod
    def rule_methods(cls) -> dict[str, FunctionType]:
        """All that the rule may call of its own class: the line, its answers, and helpers of a rule of your own."""
        found = {name: thing for kind in reversed(cls.__mro__) for name, thing in vars(kind).items()}
        outside = vars(Optimizer).keys() - {"rule", "where_to", "how_far", "shrink"}
        return {n: f for n, f in found.items() if isinstance(f, FunctionType) and n not in outside and n[:2] != "__"}

    def __eq__(self, other: object) -> bool:
        same = type(self) is type(other)
        return same and self.words() == other.words() and self._has_numbers_of(other)  # type: ignore[attr-defined]

    def _has_numbers_of(self, other: Any) -> bool:
        theirs = other.hyperparameters()
        return all(np.array_equal(value, theirs[name]) for name, value in self.hyperparameters().items())

    def __hash__(self) -> int:
        return hash(type(self))


@cache
def declarations(kind: type[Optimizer]) -> dict[str, Mapping[str, Any]]:
    """What the nearest declaration of each field of a rule's class says; one that says nothing is what its default is.

    Each has `check`, a function of name and value; `number`, whether it is a hyperparameter; `powers`, whether the rule may
    ask for them; `most`, the largest value that a closed range allows.
    """
    return {one.name: _declaration(kind, one) for one in fields(kind)}


@cache
def names_of_fields(kind: type[Optimizer]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields that are numbers, and those that are words, each in their order."""
    said = declarations(kind)  # type: ignore[arg-type]
    return tuple(x for x in said if said[x]["number"]), tuple(x for x in said if not said[x]["number"])


def _declaration(kind: type[Optimizer], own: Field[Any]) -> Mapping[str, Any]:
    declared = (vars(base).get("__dataclass_fields__", {}).get(own.name) for base in kind.__mro__)
    default: Any = own.default
    plain = switch if isinstance(default, bool) else any_text if isinstance(default, str) else at_least_0
    return next((one.metadata for one in declared if one and "check" in one.metadata), plain(default).metadata)


def _like(x: Hyper, theta: np.ndarray) -> np.ndarray:
    x = np.asarray(x, theta.dtype)
    return x if x.shape == theta.shape else np.broadcast_to(x, theta.shape)
