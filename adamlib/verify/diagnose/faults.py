"""What goes wrong in the world: one row for each slip, a rule gone wrong in one place, beside any convention.

The exhibits of the museum are among them, under the names that they have there.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from adamlib.averages import debias, power
from adamlib.museum import EXHIBITS
from adamlib.optimizers import Adam, AdamW, AMSGrad, Optimizer, RMSProp, State
from adamlib.verify.changes import (
    AnyRule,
    decay_in_the_correction,
    divided,
    lives,
    to_bfloat16,
    to_float16,
    wipe,
    with_answers,
    with_average,
    with_eps,
    with_line,
    with_new,
    with_new_times,
    with_old,
    with_square,
    with_t,
    with_values,
)
from adamlib.verify.conventions import corrects, decays, has_eps
from adamlib.verify.rules import clause, row_of


class Fault(NamedTuple):
    """One thing that goes wrong.

    says : what is wrong, a clause
    make : the rule that it makes of a rule
    fits : for which rules it makes sense
    fault : the exhibit of the museum that it is, if any
    """

    says: str
    make: Callable[[AnyRule], Optimizer]
    fits: Callable[[AnyRule], bool]
    fault: str | None = None


def is_plain_adam(rule: AnyRule) -> bool:
    """Whether m_hat and v_hat are m and v, each divided by a number of its own."""
    row = row_of(type(rule))
    return corrects(rule) and row is not None and row.kind in (Adam, AdamW, AMSGrad)


def measures(rule: AnyRule) -> bool:
    return hasattr(rule, "eps") and (
        hasattr(rule, "beta2") or hasattr(rule, "rho") or type(rule).how_far is not Optimizer.how_far
    )


def averages_squares(rule: AnyRule) -> bool:
    row = row_of(type(rule))
    return isinstance(rule, (Adam, RMSProp)) and row is not None and row.kind.__name__ != "AdaMax"


def averages_both(rule: AnyRule) -> bool:
    return hasattr(rule, "beta1") and hasattr(rule, "beta2")


def has_averages(rule: AnyRule) -> bool:
    return bool(rule.shares())


def keeps_the_largest(rule: AnyRule) -> bool:
    return isinstance(rule, AMSGrad)


def decays_uncorrected(rule: AnyRule) -> bool:
    return decays(rule) and averages_both(rule)


def turned_round(rule: AnyRule) -> Optimizer:
    return with_values(rule, **{name: 1 - getattr(rule, name) for name in ("beta1", "beta2") if hasattr(rule, name)})


def with_betas_in(to: Callable[[Any], Any]) -> Callable[[AnyRule], Optimizer]:
    return lambda rule: replace(rule, **{name: np.minimum(to(getattr(rule, name)), 1 - 1e-9) + 0.0 for name in rule.shares()})


def exhibit(name: str, make: Callable[[AnyRule], Optimizer], fits: Callable[[AnyRule], bool] = is_plain_adam) -> Fault:
    return Fault(f"like the exhibit '{name}': {clause(EXHIBITS[name].says)}", make, fits, name)


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


def penalty_of_the_wrong_sign(rule: AnyRule) -> Optimizer:
    plain = replace(rule, weight_decay=0.0)
    return with_answers(rule, rule=lambda self, old, g: plain.rule(old, g - rule.weight_decay * old.theta))


def with_step(divide: Callable[[AnyRule, Any, Any], Any]) -> Callable[[AnyRule], Optimizer]:
    """divide : a function of the rule, m_hat and the root: what lr multiplies"""
    return lambda rule: with_line(
        rule, lambda self, theta, push, v_hat: self.shrink(theta) - self.lr * divide(self, push, np.sqrt(v_hat))
    )


def rests(*names: str) -> Callable[[AnyRule], Optimizer]:
    return lambda rule: with_new(rule, lambda old, new, g: lives(old, new, g, names))


def kept_in(to: Callable[[np.ndarray], Any], *names: str) -> Callable[[AnyRule], Optimizer]:
    """The rule whose m, v or both lose digits after each step."""
    return lambda rule: with_new(rule, lambda old, new, g: new._replace(**{name: to(getattr(new, name)) for name in names}))


def one(rule: AnyRule) -> float:
    return 1.0


MEMORIES = {"m": ("m",), "v": ("v",), "m and v": ("m", "v")}

FAULTS: tuple[Fault, ...] = (
    # the exhibits
    exhibit(
        "missing parentheses",
        lambda r: with_line(r, lambda self, theta, push, v_hat: divided(self, theta, push, np.sqrt(v_hat)) + self.eps),
        lambda r: has_eps(r) and measures(r),
    ),
    exhibit("minus eps", lambda r: with_eps(r, -1.0), lambda r: has_eps(r) and measures(r)),
    exhibit(
        "eps in float16",
        lambda r: with_eps(r, np.divide(to_float16(r.eps), r.eps)),
        lambda r: has_eps(r) and measures(r),
    ),
    exhibit("frozen t", lambda r: with_t(r, lambda t: 1), corrects),
    exhibit("t per parameter", lambda r: with_t(r, per_parameter), corrects),
    exhibit(
        "multiplied correction",
        lambda r: with_average(r, lambda s, m, t: m * (1 - power(s.beta1, t)), lambda s, v, t: v * (1 - power(s.beta2, t))),
    ),
    exhibit("kept correction", keeps_correction),
    exhibit("two cures", lambda r: with_old(r, first_is_first), corrects),
    exhibit("betas turned round", turned_round, averages_squares),
    exhibit("lost root", with_step(lambda s, push, root: push / (root * root + s.eps)), measures),
    exhibit("lost square", lambda r: with_square(r, lambda g: g), averages_squares),
    exhibit("maximum in place of v", maximum_for_v, keeps_the_largest),
    exhibit(
        "decay in the division",
        lambda r: with_line(
            r, lambda s, theta, push, v_hat: theta - s.lr * ((push + s.weight_decay * theta) / (np.sqrt(v_hat) + s.eps))
        ),
        lambda r: decays(r) and measures(r),
    ),
    # the correction
    Fault("only m is corrected, v is used as it is", lambda r: with_average(r, v=lambda s, v, t: v), is_plain_adam),
    Fault("only v is corrected, m is used as it is", lambda r: with_average(r, m=lambda s, m, t: m), is_plain_adam),
    Fault(
        "v is divided by beta2^t, not by 1 - beta2^t",
        lambda r: with_average(r, v=lambda s, v, t: v / power(s.beta2, t)),
        is_plain_adam,
    ),
    Fault(
        "m is divided by beta1^t, not by 1 - beta1^t",
        lambda r: with_average(r, m=lambda s, m, t: m / power(s.beta1, t)),
        is_plain_adam,
    ),
    Fault(
        "m and v are divided by beta^t, not by 1 - beta^t",
        lambda r: with_average(r, lambda s, m, t: m / power(s.beta1, t), lambda s, v, t: v / power(s.beta2, t)),
        is_plain_adam,
    ),
    Fault(
        "m and v are divided by 1 - m and 1 - v, not by 1 - beta^t",
        lambda r: with_average(r, lambda s, m, t: m / (1 - m), lambda s, v, t: v / (1 - v)),
        is_plain_adam,
    ),
    Fault("m is divided by 1 - m, not by 1 - beta1^t", lambda r: with_average(r, m=lambda s, m, t: m / (1 - m)), is_plain_adam),
    Fault("v is divided by 1 - v, not by 1 - beta2^t", lambda r: with_average(r, v=lambda s, v, t: v / (1 - v)), is_plain_adam),
    Fault("m is corrected with beta2", lambda r: with_average(r, m=lambda s, m, t: debias(m, s.beta2, t)), is_plain_adam),
    Fault("v is corrected with beta1", lambda r: with_average(r, v=lambda s, v, t: debias(v, s.beta1, t)), is_plain_adam),
    Fault(
        "the betas change places in the correction",
        lambda r: with_average(r, lambda s, m, t: debias(m, s.beta2, t), lambda s, v, t: debias(v, s.beta1, t)),
        is_plain_adam,
    ),
    Fault(
        "v is corrected twice: the root of 1 - beta2^t is left out",
        lambda r: with_average(r, v=lambda s, v, t: debias(debias(v, s.beta2, t), s.beta2, t)),
        is_plain_adam,
    ),
    # the division
    Fault("the root multiplies where it should divide", with_step(lambda s, push, root: push * (root + s.eps)), measures),
    Fault("nothing is divided: the root is left out", with_step(lambda s, push, root: push), measures),
    Fault(
        "eps stands twice, inside the root and outside",
        with_step(lambda s, p, root: p / (np.sqrt(root * root + s.eps) + s.eps)),
        has_eps,
    ),
    Fault(
        "eps is added to the quotient, not to the root: it has slipped out of the division",
        with_step(lambda s, push, root: push / root + s.eps),
        lambda r: has_eps(r) and measures(r),
    ),
    Fault("eps is added twice", lambda r: with_eps(r, 2.0), has_eps),
    Fault("eps is missing, or too small to be seen", lambda r: with_eps(r, 0.0), has_eps),
    # the averages
    Fault(
        "v takes g^2 whole, without 1 - beta2: it is a sum",
        lambda r: with_new_times(r, one, lambda s: 1 / (1 - s.beta2)),
        averages_squares,
    ),
    Fault(
        "m takes g whole, without 1 - beta1: it is a sum",
        lambda r: with_new_times(r, lambda s: 1 / (1 - s.beta1), one),
        lambda r: averages_both(r) and averages_squares(r),
    ),
    Fault(
        "m and v take the new whole, without 1 - beta: they are sums",
        lambda r: with_new_times(r, lambda s: 1 / (1 - s.beta1), lambda s: 1 / (1 - s.beta2)),
        lambda r: averages_both(r) and averages_squares(r),
    ),
    Fault("v averages |g|, not its square", lambda r: with_square(r, np.abs), averages_squares),
    Fault("beta1 and beta2 change places", lambda r: replace(r, beta1=r.beta2, beta2=r.beta1), averages_both),
    Fault("the betas are cut to bfloat16", with_betas_in(to_bfloat16), has_averages),
    Fault("the betas are cut to float16", with_betas_in(to_float16), has_averages),
    Fault("the betas are cut to float32", with_betas_in(lambda x: np.asarray(np.float32(x), float)), has_averages),
    # the memory
    Fault("m and v remember nothing from step to step, t goes on", lambda r: with_old(r, wipe("m", "v")), has_averages),
    Fault("m remembers nothing from step to step", lambda r: with_old(r, wipe("m")), averages_both),
    Fault("v remembers nothing from step to step", lambda r: with_old(r, wipe("v")), averages_both),
    Fault("it remembers nothing: each step is a first step", lambda r: with_old(r, wipe("m", "v", "t")), has_averages),
    Fault(
        "where the gradient is 0 it rests, theta, m and v, as lazy or sparse Adam does",
        rests("theta", "m", "v", "v_max"),
        has_averages,
    ),
    Fault("where the gradient is 0 theta rests, m and v go on", rests("theta"), has_averages),
    Fault("where the gradient is 0 m and v rest, theta goes on", rests("m", "v", "v_max"), has_averages),
    Fault("v rests where the gradient is 0", rests("v"), has_averages),
    *(
        Fault(f"{which} {'is' if len(which) == 1 else 'are'} kept in {dtype}", kept_in(to, *names), averages_both)
        for dtype, to in (("bfloat16", to_bfloat16), ("float16", to_float16))
        for which, names in MEMORIES.items()
    ),
    # the decay
    Fault("theta does not decay", with_decay_as(lambda s, theta: theta), decays),
    Fault("the decay has the wrong sign: weights grow", with_decay_as(lambda s, x: (1 + s.lr * s.weight_decay) * x), decays),
    Fault("the decay is taken twice", with_decay_as(lambda s, x: (1 - 2 * s.lr * s.weight_decay) * x), decays),
    Fault(
        "the decay misses theta: a constant, lr weight_decay, is taken away",
        with_decay_as(lambda s, x: x - s.lr * s.weight_decay),
        decays,
    ),
    Fault(
        "the decay misses theta: a constant, weight_decay, is taken away", with_decay_as(lambda s, x: x - s.weight_decay), decays
    ),
    Fault(
        "the decay goes by the sign of theta, as of an L1 penalty",
        with_decay_as(lambda s, x: x - s.lr * s.weight_decay * np.sign(x)),
        decays,
    ),
    Fault("the decay is multiplied by lr twice", with_decay_as(lambda s, x: (1 - s.lr * s.lr * s.weight_decay) * x), decays),
    Fault(
        "the decay is added behind the rate: it has neither lr nor the minus",
        with_decay_as(lambda s, x: (1 + s.weight_decay) * x),
        decays,
    ),
    Fault("the decay is corrected too, by sqrt(1 - beta2^t) / (1 - beta1^t)", decay_in_the_correction, decays_uncorrected),
    Fault("the penalty in the gradient has the wrong sign: weights grow", penalty_of_the_wrong_sign, decays),
)
