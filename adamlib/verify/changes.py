"""Ways to change a rule in one place: another answer, memory or last line, or a decay. The rest stays the rule's own."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, partial
from typing import Any

import numpy as np

from adamlib.optimizers import Adam, AdamW, AMSGrad, Hyper, Optimizer
from adamlib.optimizers.base import State

AnyRule = Any


def with_answers(rule: AnyRule, /, **answers: Callable[..., Any]) -> Any:
    """The same rule, whose settings are known to be good, with some of its answers replaced by functions of (self, ...)."""
    own: Any = type(rule)
    kind = answering(own, tuple(answers))
    return with_values(rule, object.__new__(kind), _answers={**vars(rule).get("_answers", {}), kind: answers})


@cache
def answering(kind: Any, names: tuple[str, ...]) -> Any:
    """A class, under the name of another, whose instances bring some of their answers; none is equal to another."""
    made: Any = type(kind.__name__, (kind,), {"__eq__": object.__eq__, "__hash__": object.__hash__})
    for name in names:
        setattr(made, name, lambda self, *known, name=name: self._answers[made][name](self, *known))
    return made


def with_values(rule: AnyRule, changed: Any = None, /, **values: Any) -> Any:
    """The same rule with other settings, which are known to be good.

    changed : what becomes the rule, if not one of its class
    """
    changed = object.__new__(type(rule)) if changed is None else changed
    vars(changed).update(vars(rule), **values)
    return changed


def with_line(rule: AnyRule, move: Callable[..., Any]) -> Optimizer:
    """The rule with another last line: move(rule, theta before the step, m_hat, v_hat) -> theta."""

    def step(self: AnyRule, old: State, g: np.ndarray) -> State:
        t = old.t + 1
        m, m_hat = self.where_to(old, g, t)
        v, v_hat, v_max = self.how_far(old, g, t)
        return State(t, move(self, old.theta, m_hat, v_hat), g, m, v, m_hat, v_hat, v_max)

    return with_answers(rule, rule=step)


def divided(self: AnyRule, theta: np.ndarray, push: Any, root: Any) -> np.ndarray:
    return self.shrink(theta) - self.lr * (push / root)


def with_average(rule: AnyRule, m: Callable[..., Any] | None = None, v: Callable[..., Any] | None = None) -> Optimizer:
    """The rule with another m_hat, v_hat: functions of the rule, the average and t."""
    kind: Any = type(rule)

    def where_to(self: AnyRule, old: State, g: np.ndarray, t: int) -> tuple[Any, ...]:
        average, m_hat = kind.where_to(self, old, g, t)
        return average, m(self, average, t) if m else m_hat

    def how_far(self: AnyRule, old: State, g: np.ndarray, t: int) -> tuple[Any, ...]:
        average, v_hat, v_max = kind.how_far(self, old, g, t)
        return average, v(self, v_max if isinstance(self, AMSGrad) else average, t) if v else v_hat, v_max

    return with_answers(rule, where_to=where_to, how_far=how_far)


def with_old(rule: AnyRule, change: Callable[[State, np.ndarray], State]) -> Optimizer:
    """The rule that takes something else for the state before the step."""
    kind: Any = type(rule)
    return with_answers(rule, rule=lambda self, old, g: kind.rule(self, change(old, g), g))


def with_new(rule: AnyRule, change: Callable[[State, State, np.ndarray], State]) -> Optimizer:
    """The rule after whose step something is put right or wrong: change(old, new, g) -> new."""
    kind: Any = type(rule)
    return with_answers(rule, rule=lambda self, old, g: change(old, kind.rule(self, old, g), g))


def with_t(rule: AnyRule, t_of: Callable[[int], Any]) -> Optimizer:
    """The rule that corrects with another t: a function of the step, one number or one for each coordinate."""
    kind: Any = type(rule)
    changed = with_answers(
        rule,
        where_to=lambda self, old, g, t: at_each(partial(kind.where_to, self), old, g, t_of(t)),
        how_far=lambda self, old, g, t: at_each(partial(kind.how_far, self), old, g, t_of(t)),
    )
    return with_values(changed, counted_as=t_of)


class ManyT(np.ndarray):
    """Numbers of a step, one a row, where a rule expects one: what they do to it is seen at once."""

    def exponent_of(self, beta: Hyper) -> np.ndarray:
        """The powers of a beta; here `power` asks for them."""
        return np.power(beta, np.asarray(self))


def at_one_or_many(of_t: Callable[[int], Any], t: Any) -> np.ndarray:
    """What a function of one t makes of it, or of many, one a row."""
    return np.asarray(of_t(t), float) if np.ndim(t) == 0 else np.array([[of_t(one)] for one in np.ravel(t).tolist()], float)


def at_each(answer: Callable[..., tuple[Any, ...]], old: State, g: np.ndarray, t: Any) -> tuple[Any, ...]:
    """An answer at one t, at many of them, one a row, or coordinate by coordinate at a t of its own."""
    if np.ndim(t) == 0 or isinstance(t, ManyT):
        return answer(old, g, t)
    parts = [answer(State(old.t, *(x[..., i] for x in old[1:])), g[..., i], int(one)) for i, one in enumerate(t)]
    return tuple(np.stack([np.broadcast_to(x, g[..., 0].shape) for x in column], axis=-1) for column in zip(*parts))


def with_square(rule: AnyRule, square: Callable[[np.ndarray], np.ndarray]) -> Optimizer:
    """The rule that averages something else than g^2: a function of g."""
    kind: Any = type(rule)

    def how_far(self: AnyRule, old: State, g: np.ndarray, t: int) -> tuple[Any, ...]:
        return tuple(np.real(x) for x in kind.how_far(self, old, np.sqrt(square(g) + 0j), t))

    return with_answers(rule, how_far=how_far)


def with_new_times(rule: AnyRule, m: Callable[[AnyRule], Any], v: Callable[[AnyRule], Any]) -> Optimizer:
    """The rule whose averages take more, or less, of what is new: the factor of g in m and of g^2 in v, functions of the rule."""
    kind: Any = type(rule)
    return with_answers(
        rule,
        where_to=lambda self, old, g, t: kind.where_to(self, old, m(self) * g, t),
        how_far=lambda self, old, g, t: kind.how_far(self, old, np.sqrt(v(self)) * g, t),
    )


def with_eps(rule: AnyRule, factor: float) -> Optimizer:
    """The rule whose eps is multiplied by a factor, which may be negative, wherever it stands."""
    line = with_line(rule, lambda self, theta, push, v_hat: divided(self, theta, push, np.sqrt(v_hat) + factor * self.eps))
    return with_values(line, eps_factor=factor)


def resting_at_zero(old: State, new: State, g: np.ndarray, names: tuple[str, ...]) -> State:
    """The new state; where g is 0 what is named rests."""
    return new._replace(**{name: np.where(g != 0, getattr(new, name), getattr(old, name)) for name in names})


def forgetter(*names: str) -> Callable[[State, np.ndarray], State]:
    """What forgets memories: m, v (with its maximum), t."""

    def change(old: State, g: np.ndarray) -> State:
        memories = [name for name in (*names, *(["v_max"] if "v" in names else [])) if name != "t"]
        zeros: dict[str, Any] = {name: np.zeros_like(old.theta) for name in memories}
        fresh = old._replace(**zeros)
        return fresh._replace(t=0) if "t" in names else fresh

    return change


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
