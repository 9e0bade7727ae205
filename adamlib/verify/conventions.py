"""Named conventions: right, but different. Each takes a rule and returns it with one answer overridden.

No formula is written a second time: what a convention does not change is the rule's own.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from adamlib.averages import ema, power
from adamlib.optimizers import AMSGrad, Optimizer
from adamlib.verify.changes import at_one_or_many, with_answers, with_values

MOMENTUM = 0.9
NADAM_DECAY = 0.96  # Dozat's schedule, as PyTorch and Keras have it


class Convention(NamedTuple):
    """A convention of the rules whose row names it.

    name, says, seen : its short name, what it says, and who has it
    matters : at which settings it makes a difference
    make : the rule it makes
    """

    name: str
    says: str
    seen: str
    matters: Callable[[Any], bool]
    make: Callable[[Any], Optimizer]


def eps_of(rule):
    """The eps that a rule adds; one that has gone wrong may multiply it."""
    return getattr(rule, "eps_factor", 1.0) * rule.eps


def _inside(rule):
    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, v_hat + eps_of(rule), v_max

    return with_answers(with_values(rule, eps=0.0), how_far=how_far)


def _hat(rule):
    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, (np.sqrt(v_hat) + eps_of(rule) * corrected_by(rule, v, v_hat, t)) ** 2, v_max

    return with_answers(with_values(rule, eps=0.0), how_far=how_far)


def _hat_inside(rule):
    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, v_hat + eps_of(rule) * corrected_by(rule, v, v_hat, t) ** 2, v_max

    return with_answers(with_values(rule, eps=0.0), how_far=how_far)


def corrected_by(rule, v, v_hat, t):
    """What the correction multiplies the root of v by: whatever it is where v shows it."""
    factor = 1 / np.sqrt(weights_so_far(rule, rule.beta2, t))
    return factor if isinstance(rule, AMSGrad) else np.where(v > 0, np.sqrt(v_hat / np.where(v > 0, v, 1.0)), factor)


def weights_so_far(rule, beta, t):
    """1 - beta^t: one that has gone wrong may count otherwise, or each coordinate alone."""
    counted = getattr(rule, "counted_as", int)(t)
    return 1 - (np.power(beta, counted) if np.ndim(counted) else power(beta, counted))


def _uncorrected(rule):
    return with_values(rule, bias_correction=False)


def _floor(rule):
    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, np.maximum(np.sqrt(v_hat), eps_of(rule)) ** 2, v_max

    return with_answers(with_values(rule, eps=0.0), how_far=how_far)


def _maximum(which: str, says: str, seen: str) -> Convention:
    def make(rule):
        return with_values(rule, convention=which, bias_correction=which != "paper")

    return Convention(f"{which} maximum", says, seen, lambda rule: rule.convention != which, make)


def _schedule(speed: float, dtype: type = np.float64) -> Callable[[Any], Optimizer]:
    """beta1 grows as beta1 (1 - 0.96^(t speed) / 2), and 1 - the product of all of them takes the place of 1 - beta1^t.

    dtype : in which the product is kept
    """

    def mu(rule, t):
        return rule.beta1 * (1 - 0.5 * NADAM_DECAY ** (t * speed))

    def make(rule):
        @cache
        def product(t):
            return dtype(product(t - 1) * dtype(mu(rule, t))) if t > 0 else dtype(1)

        def where_to(self, old, g, t):
            so_far = at_one_or_many(product, t)
            m, now, ahead = ema(old.m, g, rule.beta1), mu(rule, t), mu(rule, t + 1)
            return m, ema(m / (1 - so_far * ahead), 0.0, ahead) + ema(0.0, g / (1 - so_far), now)

        return with_answers(rule, where_to=where_to)

    return make


def _first_buffer(rule):
    def where_to(self, old, g, t):
        return (g, g) if t == 1 else rule.where_to(old, g, t)

    return with_answers(rule, where_to=where_to)


def _accumulator(rule):
    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, v_hat + 0.1, v_max

    return with_answers(rule, how_far=how_far)


def _one_correction(rule):
    def where_to(self, old, g, t):
        m = ema(old.m, g, rule.beta1)
        return m, ema(m, g, rule.beta1) / weights_so_far(rule, rule.beta1, t)

    return with_answers(rule, where_to=where_to)


def _beta2_in_v_hat(rule):
    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, rule.beta2 * v_hat, v_max

    return with_answers(rule, how_far=how_far)


def _centered(rule):
    """m, which has no other use here, is the average of g."""

    def where_to(self, old, g, t):
        return ema(old.m, g, rule.beta2), g

    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, v_hat - ema(old.m, g, rule.beta2) ** 2, v_max

    return with_answers(rule, where_to=where_to, how_far=how_far)


def _from_one(rule):
    """v that starts at 1 is v that starts at 0, and beta2^t of the 1 that is left."""

    def how_far(self, old, g, t):
        v, v_hat, v_max = rule.how_far(old, g, t)
        return v, v_hat + power(rule.beta2, t), v_max

    return with_answers(rule, how_far=how_far)


def _momentum(rule):
    """The steps are averaged, not the gradients."""

    kind = type(rule)

    def step(self, old, g):
        new = kind.rule(self, old._replace(theta=np.zeros_like(old.theta)), g)
        m = ema(old.m, -new.theta, MOMENTUM)
        return new._replace(theta=self.shrink(old.theta) - m, m=m)

    return with_answers(rule, rule=step)


def _in_the_maximum(rule):
    """|g| + eps in the place of |g|: u is what divides."""

    def how_far(self, old, g, t):
        u = np.maximum(rule.beta2 * np.sqrt(old.v), np.abs(g) + rule.eps)
        return u * u, u * u, old.v_max

    return with_answers(with_values(rule, eps=0.0), how_far=how_far)


def _penalty(rule):
    plain = with_values(rule, weight_decay=0.0)

    def step(self, old, g):
        return plain.rule(old, g + rule.weight_decay * old.theta)

    return with_answers(rule, rule=step)


def _after(rule):
    plain = with_values(rule, weight_decay=0.0)

    def step(self, old, g):
        new = plain.rule(old, g)
        return new._replace(theta=rule.shrink(new.theta))

    return with_answers(rule, rule=step)


def _alone(rule):
    return with_values(rule, weight_decay=rule.weight_decay / rule.lr)


def has_eps(rule):
    return bool(np.any(np.asarray(rule.eps) > 0))


def corrects(rule):
    return getattr(rule, "bias_correction", False)


def decays(rule):
    return bool(np.any(np.asarray(getattr(rule, "weight_decay", 0.0)) > 0) and np.all(np.asarray(rule.lr) > 0))


def dampens(rule):
    return bool(np.any(np.asarray(rule.dampening) > 0))


def at_any_setting(rule):
    return True


# One group for each question; a rule follows at most one convention of a group. The decay comes last: it wraps the rest.
GROUPS: tuple[tuple[Convention, ...], ...] = (
    (
        Convention("no correction", "m and v are not corrected", "BERT's optimizer", corrects, _uncorrected),
        _maximum("torch", "the maximum is taken over v and corrected afterwards", "PyTorch and Keras"),
        _maximum("optax", "the maximum is taken over the corrected v", "Optax"),
        _maximum("paper", "the maximum is taken over v, and nothing is corrected", "Reddi et al. 2018"),
    ),
    (
        Convention("schedule", "beta1 follows a schedule, 0.96^(0.004 t)", "PyTorch's documentation", corrects, _schedule(0.004)),
        Convention(
            "torch schedule",
            "beta1 follows a schedule, 0.96^(0.004 t), and its product is kept in float32",
            "PyTorch",
            corrects,
            _schedule(0.004, np.float32),
        ),
        Convention("keras schedule", "beta1 follows a schedule, 0.96^t", "Keras", corrects, _schedule(1)),
        Convention("first buffer", "the first m is g, whatever the dampening", "PyTorch", dampens, _first_buffer),
        Convention("accumulator 0.1", "v starts at 0.1", "Keras and Optax", at_any_setting, _accumulator),
        Convention("momentum 0.9", "the steps are averaged with 0.9", "JAX's example optimizers", at_any_setting, _momentum),
        Convention("v from 1", "v starts at 1", "RMSProp of TensorFlow 1", at_any_setting, _from_one),
        Convention(
            "one correction",
            "both parts of m_hat are divided by 1 - beta1^t",
            "Ruder's overview, and timm",
            corrects,
            _one_correction,
        ),
    ),
    (
        Convention(
            "centered",
            "the square of the mean gradient is taken from v",
            "Graves 2013, and PyTorch by option",
            at_any_setting,
            _centered,
        ),
        Convention(
            "beta2 in v_hat", "v_hat is beta2 v / (1 - beta2^t)", "Dozat 2015, and Julia's Flux", corrects, _beta2_in_v_hat
        ),
    ),
    (
        Convention("eps inside", "eps is added under the root", "RMSProp and AdaGrad of Keras and Optax", has_eps, _inside),
        Convention("eps as a floor", "the root is never below eps, which is not added", "HeavyBall", has_eps, _floor),
        Convention("eps in the maximum", "eps is added to |g| before the maximum", "PyTorch and Optax", has_eps, _in_the_maximum),
        Convention("eps-hat", "eps is added before the correction", "Keras", lambda rule: has_eps(rule) and corrects(rule), _hat),
        Convention(
            "eps-hat inside",
            "eps is added under the root, before the correction",
            "Apex by option",
            lambda rule: has_eps(rule) and corrects(rule),
            _hat_inside,
        ),
    ),
    (
        Convention(
            "penalty",
            "weight_decay enters the gradient as a penalty, and m and v with it",
            "PyTorch outside AdamW",
            decays,
            _penalty,
        ),
        Convention("decay after", "the decay comes after the step", "the former AdamW of Hugging Face", decays, _after),
        Convention(
            "decay alone", "the decay is not multiplied by lr", "Loshchilov & Hutter 2019, with a schedule of 1", decays, _alone
        ),
    ),
)
