"""What goes wrong in the world: one row for each slip, a rule gone wrong in one place, beside any convention.

The exhibits of the museum are among them, under the names that they have there.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from adamlib.averages import debias, power
from adamlib.museum import EXHIBITS
from adamlib.optimizers import Optimizer
from adamlib.precision import rounded
from adamlib.verify.changes import (
    AnyRule,
    divided,
    forgetter,
    with_average,
    with_eps,
    with_line,
    with_new_times,
    with_old,
    with_square,
    with_t,
)
from adamlib.verify.conventions import corrects, decays, has_eps
from adamlib.verify.diagnose.slips import (
    averages_both,
    averages_rest,
    averages_squares,
    decays_only,
    decays_uncorrected,
    first_is_first,
    has_averages,
    is_adagrad,
    is_adam_or_nadam,
    is_adamax,
    is_plain_adam,
    keeps_correction,
    keeps_the_largest,
    kept_in,
    m_uncorrected,
    maximum_for_v,
    measures,
    memory_rests,
    one,
    per_parameter,
    power_as_a_product,
    remembers_something,
    remembers_twice,
    rests,
    share_of_both,
    square_of_m,
    step_turned_round,
    turned_round,
    with_betas_in,
    with_decay_as,
    with_decay_times,
    with_penalty,
    with_step,
)
from adamlib.verify.rules import clause


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


def exhibit(name: str, make: Callable[[AnyRule], Optimizer], fits: Callable[[AnyRule], bool] = is_plain_adam) -> Fault:
    return Fault(f"like the exhibit '{name}': {clause(EXHIBITS[name].says)}", make, fits, name)


CUT_TO = {dtype: partial(rounded, dtype=dtype) for dtype in ("bfloat16", "float16", "float32")}
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
        lambda r: with_eps(r, np.divide(rounded(r.eps, "float16"), r.eps)),
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
    Fault("only m is corrected, v is used as it is", lambda r: with_average(r, v=lambda s, v, t: v), is_adam_or_nadam),
    Fault("m is not corrected", m_uncorrected, is_adamax),
    Fault("only v is corrected, m is used as it is", m_uncorrected, is_adam_or_nadam),
    Fault(
        "v is divided by beta2^t, not by 1 - beta2^t",
        lambda r: with_average(r, v=lambda s, v, t: v / power(s.beta2, t)),
        is_adam_or_nadam,
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
    Fault(
        "v is divided by 1 - v, not by 1 - beta2^t", lambda r: with_average(r, v=lambda s, v, t: v / (1 - v)), is_adam_or_nadam
    ),
    Fault("m is corrected with beta2", lambda r: with_average(r, m=lambda s, m, t: debias(m, s.beta2, t)), is_plain_adam),
    Fault("v is corrected with beta1", lambda r: with_average(r, v=lambda s, v, t: debias(v, s.beta1, t)), is_adam_or_nadam),
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
    Fault(
        "m alone is multiplied by 1 - beta1^t, not divided",
        lambda r: with_average(r, m=lambda s, m, t: m * (1 - power(s.beta1, t))),
        is_plain_adam,
    ),
    Fault(
        "v alone is multiplied by 1 - beta2^t, not divided",
        lambda r: with_average(r, v=lambda s, v, t: v * (1 - power(s.beta2, t))),
        is_adam_or_nadam,
    ),
    Fault(
        "m and v are divided by 1 - beta t, not by 1 - beta^t",
        lambda r: with_average(
            r, lambda s, m, t: m / power_as_a_product(s.beta1, t), lambda s, v, t: v / power_as_a_product(s.beta2, t)
        ),
        is_plain_adam,
    ),
    # the division
    Fault("the root multiplies where it should divide", with_step(lambda s, push, root: push * (root + s.eps)), measures),
    Fault("nothing is divided: the root is left out", with_step(lambda s, push, root: push), measures),
    Fault("the root is taken twice", with_step(lambda s, push, root: push / (np.sqrt(root) + s.eps)), measures),
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
    Fault(
        "v takes g^2 times 1 - beta1, not 1 - beta2",
        lambda r: with_new_times(r, one, lambda s: (1 - s.beta1) / (1 - s.beta2)),
        lambda r: averages_both(r) and averages_squares(r),
    ),
    Fault(
        "m takes g times 1 - beta2, not 1 - beta1",
        lambda r: with_new_times(r, lambda s: (1 - s.beta2) / (1 - s.beta1), one),
        lambda r: averages_both(r) and averages_squares(r),
    ),
    Fault("v averages m^2, not g^2", square_of_m, lambda r: averages_both(r) and averages_squares(r)),
    Fault("v adds up |g|, not its square", lambda r: with_square(r, np.abs), is_adagrad),
    Fault("v averages |g|, not its square", lambda r: with_square(r, np.abs), averages_squares),
    Fault("beta1 and beta2 change places", lambda r: replace(r, beta1=r.beta2, beta2=r.beta1), averages_both),
    *(Fault(f"the betas are cut to {dtype}", with_betas_in(to), has_averages) for dtype, to in CUT_TO.items()),
    *(
        Fault(f"{name} is cut to {dtype}", with_betas_in(to, name), averages_both)
        for dtype, to in CUT_TO.items()
        for name in ("beta1", "beta2")
    ),
    # the memory
    Fault("m and v remember nothing from step to step, t goes on", lambda r: with_old(r, forgetter("m", "v")), remembers_twice),
    Fault("m remembers nothing from step to step", lambda r: with_old(r, forgetter("m")), averages_both),
    Fault("v remembers nothing from step to step", lambda r: with_old(r, forgetter("v")), averages_both),
    Fault(
        "it remembers nothing: each step is a first step", lambda r: with_old(r, forgetter("m", "v", "t")), remembers_something
    ),
    Fault(
        "where the gradient is 0 it rests, theta and what it remembers, as lazy or sparse Adam does",
        rests("theta", "m", "v", "v_max"),
        has_averages,
    ),
    Fault("where the gradient is 0 theta rests, what it remembers goes on", rests("theta"), has_averages),
    Fault("where the gradient is 0 m and v rest, theta goes on", memory_rests("m", "v"), averages_rest),
    Fault("where the gradient is 0 v rests, m and theta go on", memory_rests("v"), averages_rest),
    Fault("where the gradient is 0 m rests, v and theta go on", memory_rests("m"), averages_rest),
    Fault("where the gradient is 0 it does nothing but decay", decays_only, lambda r: decays(r) and has_averages(r)),
    *(
        Fault(f"{which} {'is' if len(which) == 1 else 'are'} kept in {dtype}", kept_in(CUT_TO[dtype], *names), averages_both)
        for dtype in ("bfloat16", "float16")
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
    Fault(
        "the decay is corrected too, by sqrt(1 - beta2^t) / (1 - beta1^t)", with_decay_times(share_of_both), decays_uncorrected
    ),
    Fault(
        "the decay is corrected too, by 1 / (1 - beta1^t)",
        with_decay_times(lambda s, t: 1 / (1 - power(s.beta1, t))),
        decays_uncorrected,
    ),
    Fault("the penalty in the gradient has the wrong sign: weights grow", with_penalty(lambda s, x: -s.weight_decay * x), decays),
    Fault(
        "the penalty in the gradient goes by the sign of theta: it is L1",
        with_penalty(lambda s, x: s.weight_decay * np.sign(x)),
        decays,
    ),
    Fault(
        "weight_decay acts twice, as a penalty in the gradient and as a decay beside the step",
        with_penalty(lambda s, x: s.weight_decay * x, is_beside=True),
        decays,
    ),
    Fault("the whole step has the other sign, that of the decay too: it walks uphill", step_turned_round, decays),
)
