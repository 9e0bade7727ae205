"""The ways in which a rule goes wrong in one place, and for which rules each of them makes sense."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from adamlib.averages import debias, ema, power
from adamlib.optimizers import AdaGrad, Adam, AdaMax, AdamW, AMSGrad, NAdam, Optimizer, RMSProp, State
from adamlib.verify.changes import (
    AnyRule,
    resting_at_zero,
    with_answers,
    with_line,
    with_new,
    with_values,
)
from adamlib.verify.conventions import corrects, decays
from adamlib.verify.rules import row_of


def is_plain_adam(rule: AnyRule) -> bool:
    """Whether m_hat and v_hat are m and v, each divided by a number of its own."""
    row = row_of(type(rule))
    return corrects(rule) and row is not None and row.kind in (Adam, AdamW, AMSGrad)


def is_adam_or_nadam(rule: AnyRule) -> bool:
    """Whether v_hat is v, divided by a number of its own."""
    row = row_of(type(rule))
    return is_plain_adam(rule) or (corrects(rule) and row is not None and row.kind is NAdam)


def measures(rule: AnyRule) -> bool:
    return hasattr(rule, "eps") and (
        hasattr(rule, "beta2") or hasattr(rule, "rho") or type(rule).how_far is not Optimizer.how_far
    )


def averages_squares(rule: AnyRule) -> bool:
    row = row_of(type(rule))
    return isinstance(rule, (Adam, RMSProp)) and row is not None and row.kind.__name__ != "AdaMax"


def averages_both(rule: AnyRule) -> bool:
    return hasattr(rule, "beta1") and hasattr(rule, "beta2")


def averages_rest(rule: AnyRule) -> bool:
    """Whether m and v are averages of g and of its square, each of which may rest alone."""
    return averages_both(rule) and averages_squares(rule)


def has_averages(rule: AnyRule) -> bool:
    return bool(rule.shares())


def remembers_something(rule: AnyRule) -> bool:
    return has_averages(rule) or measures(rule)


def remembers_twice(rule: AnyRule) -> bool:
    """Whether t and averages are remembered, so that either may be lost alone."""
    return averages_both(rule) and corrects(rule)


def is_adagrad(rule: AnyRule) -> bool:
    row = row_of(type(rule))
    return row is not None and row.kind is AdaGrad


def is_adamax(rule: AnyRule) -> bool:
    row = row_of(type(rule))
    return corrects(rule) and row is not None and row.kind is AdaMax


def keeps_the_largest(rule: AnyRule) -> bool:
    return isinstance(rule, AMSGrad)


def decays_uncorrected(rule: AnyRule) -> bool:
    return decays(rule) and averages_both(rule)


def turned_round(rule: AnyRule) -> Optimizer:
    return with_values(rule, **{name: 1 - getattr(rule, name) for name in ("beta1", "beta2") if hasattr(rule, name)})


def with_betas_in(to: Callable[[Any], Any], *names: str) -> Callable[[AnyRule], Optimizer]:
    """names : the betas that lose digits, all of them if none"""
    return lambda rule: replace(
        rule, **{name: np.minimum(to(getattr(rule, name)), 1 - 1e-9) + 0.0 for name in names or rule.shares()}
    )


def power_as_a_product(beta: Any, t: int) -> Any:
    return 1 - beta * t


def share_of_both(rule: AnyRule, t: int) -> Any:
    return np.sqrt(1 - power(rule.beta2, t)) / (1 - power(rule.beta1, t))


def keeps_correction(rule: AnyRule) -> Optimizer:
    def keep(old: State, new: Any, g: np.ndarray) -> State:
        return new._replace(m=debias(new.m, rule.beta1, new.t), v=debias(new.v, rule.beta2, new.t))

    return with_new(rule, keep)


def first_is_first(old: State, g: np.ndarray) -> State:
    return old._replace(m=g, v=g * g) if old.t == 0 else old


def maximum_for_v(rule: AnyRule) -> Optimizer:
    return with_new(rule, lambda old, new, g: new._replace(v=new.v_max))


def per_parameter(t: int) -> np.ndarray:
    return (t - 1) * 8 + 1 + np.arange(8)


def with_decay_as(shrink: Callable[[AnyRule, np.ndarray], np.ndarray]) -> Callable[[AnyRule], Optimizer]:
    """shrink : a function of the rule and theta, in the place of (1 - lr weight_decay) theta"""
    return lambda rule: with_answers(rule, shrink=shrink)


def with_penalty(push: Callable[[AnyRule, np.ndarray], np.ndarray], is_beside: bool = False) -> Callable[[AnyRule], Optimizer]:
    """The rule with a penalty in the gradient, a function of the rule and theta, in the place of its decay or beside it."""

    def make(rule: AnyRule) -> Optimizer:
        kept = rule if is_beside else with_values(rule, weight_decay=0.0)
        return with_answers(rule, rule=lambda self, old, g: kept.rule(old, g + push(rule, old.theta)))

    return make


def with_decay_times(share: Callable[[AnyRule, int], Any]) -> Callable[[AnyRule], Optimizer]:
    """share : a function of the rule and t that multiplies the decay"""

    def make(rule: AnyRule) -> Optimizer:
        kind: Any = type(rule)

        def step(self: AnyRule, old: State, g: np.ndarray) -> State:
            new = kind.rule(self, old, g)
            kept = old.theta * (1 - self.lr * self.weight_decay * share(self, old.t + 1))
            return new._replace(theta=new.theta - self.shrink(old.theta) + kept)

        return with_answers(rule, rule=step)

    return make


def step_turned_round(rule: AnyRule) -> Optimizer:
    return with_new(rule, lambda old, new, g: new._replace(theta=2 * old.theta - new.theta))


def m_uncorrected(rule: AnyRule) -> Optimizer:
    kind: Any = type(rule)
    return with_answers(rule, where_to=lambda self, old, g, t: kind.where_to(with_values(self, bias_correction=False), old, g, t))


def square_of_m(rule: AnyRule) -> Optimizer:
    kind: Any = type(rule)
    return with_answers(rule, how_far=lambda self, old, g, t: kind.how_far(self, old, ema(old.m, g, self.beta1), t))


def with_step(divide: Callable[[AnyRule, Any, Any], Any]) -> Callable[[AnyRule], Optimizer]:
    """divide : a function of the rule, m_hat and the root: what lr multiplies"""
    return lambda rule: with_line(
        rule, lambda self, theta, push, v_hat: self.shrink(theta) - self.lr * divide(self, push, np.sqrt(v_hat))
    )


def memory_rests(*names: str) -> Callable[[AnyRule], Optimizer]:
    """Where g is 0 the averages that are named are not told: what enters them is what they are."""

    def make(rule: AnyRule) -> Optimizer:
        kind: Any = type(rule)
        answers = {
            "m": {"where_to": lambda self, old, g, t: kind.where_to(self, old, np.where(g != 0, g, old.m), t)},
            "v": {"how_far": lambda self, old, g, t: kind.how_far(self, old, np.where(g != 0, g, np.sqrt(old.v)), t)},
        }
        return with_answers(rule, **{name: answer for one in names for name, answer in answers[one].items()})

    return make


def decays_only(rule: AnyRule) -> Optimizer:
    """Where g is 0 nothing but the decay is done."""

    def step(old: State, new: State, g: np.ndarray) -> State:
        rested = resting_at_zero(old, new, g, ("m", "v", "v_max"))
        return rested._replace(theta=np.where(g != 0, new.theta, rule.shrink(old.theta)))

    return with_new(rule, step)


def rests(*names: str) -> Callable[[AnyRule], Optimizer]:
    return lambda rule: with_new(rule, lambda old, new, g: resting_at_zero(old, new, g, names))


def kept_in(to: Callable[[np.ndarray], Any], *names: str) -> Callable[[AnyRule], Optimizer]:
    """The rule whose m, v or both lose digits after each step."""
    return lambda rule: with_new(rule, lambda old, new, g: new._replace(**{name: to(getattr(new, name)) for name in names}))


def one(rule: AnyRule) -> float:
    return 1.0
