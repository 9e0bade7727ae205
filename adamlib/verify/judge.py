"""The verdict: which rule or convention a walk follows, or where it departs and which mistake that is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from inspect import isclass
from itertools import product
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.museum import EXHIBITS, START, STEPS, Departure, Exhibit, gradients
from adamlib.museum.probe import PRECISIONS, Measure, Precision
from adamlib.optimizers import SGD, AdaGrad, Adam, AdamW, AMSGrad, Momentum, NAdam, Nesterov, Optimizer, RMSProp
from adamlib.verify.conventions import Reading, readings
from adamlib.verify.reading import read, settings_of
from adamlib.verify.walkers import Walk, comes_from, torch_maker, walked, walker_of

AS_WRITTEN = {
    SGD: "against the gradient, times lr",
    Momentum: "the first m is (1 - dampening) g",
    Nesterov: "theta is the look-ahead point, as in PyTorch, Keras and Optax",
    AdaGrad: "eps outside the root, and v starts at 0, as in PyTorch",
    RMSProp: "eps outside the root and no correction, as in PyTorch",
    Adam: "eps outside the root, after the correction, as in the paper's Algorithm 1",
    NAdam: "beta1 is constant, as in Optax",
    AMSGrad: "",
    AdamW: "the decay is multiplied by lr and comes before the step, as in PyTorch and Optax",
}
AMSGRAD = {
    "torch": "the maximum is taken over v and corrected afterwards, as in PyTorch and Keras",
    "optax": "the maximum is taken over the corrected v, as in Optax",
    "paper": "the maximum is taken over v, and nothing is corrected, as in the paper",
}
OTHER_BETAS = {"beta1": (0.0, 0.5, 0.8, 0.9, 0.95, 0.99), "beta2": (0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999)}
OTHER_EPS = (0.0, 1e-16, 1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.1, 1.0)


@dataclass(frozen=True, repr=False)
class Verdict:
    """What `verify` found.

    ok : it follows the rule it should be, as written or by a named convention
    follows : the rule or the convention it follows, a short name; None if it departs
    quantity, step : what departs first from the rule as written, and when; None if nothing does
    fault : the exhibit of the museum it is like, or None
    alike : conventions that cannot be told apart from what it follows, at these settings
    sentence : all of this, with numbers
    """

    ok: bool
    follows: str | None
    quantity: str | None
    step: int | None
    sentence: str
    fault: str | None = None
    alike: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return self.sentence


def verify(optimizer: Any, like: Optimizer | None = None) -> Verdict:
    """Check an optimizer, anyone's, against the rule it should be.

    optimizer : a function step(theta, grad, state) -> (theta, state), whose state is None at the first call; an
        optimizer of adamlib; one of PyTorch, its class or a function params -> optimizer; one of Optax; one of Keras.
        It is rebuilt or called on arrays of ours; a PyTorch or Keras object you pass is not touched.
    like : the rule it should be; None reads it from a PyTorch or Keras object, and is Adam() for anything else

    Walks 400 steps of gradients made to tell rules apart. Returns a Verdict, which prints as one sentence.
    Raises TypeError for something that is no optimizer, LookupError where `like` is needed.

    >>> def step(theta, grad, state):
    ...     return theta - 0.1 * grad, state
    >>> verify(step, like=SGD(lr=0.1))
    Follows SGD(lr=0.1) for 400 steps: against the gradient, times lr.
    """
    if like is not None and not isinstance(like, Optimizer):
        validate._refuse(TypeError, "like", like, "an optimizer of adamlib, or None")
    make = walker_of(optimizer, like)
    like = like or meant(optimizer) or Adam()
    if any(map(np.ndim, like.hyperparameters().values())):
        validate._refuse(ValueError, "like", like, "an optimizer whose hyperparameters are single numbers")
    walk = walked(make, STEPS)
    return judge(walk, like, again=None if walk.trouble else walked(make, 3))


def meant(optimizer: Any) -> Optimizer | None:
    """The rule an object of adamlib, PyTorch or Keras says it is."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isclass(optimizer) and issubclass(optimizer, Optimizer):
        return optimizer()
    make = torch_maker(optimizer)
    if make is not None:
        import torch

        made = make([torch.zeros(1, dtype=torch.float64, requires_grad=True)])
        return read(made, settings_of(made))
    if comes_from(optimizer, "keras"):
        made = optimizer() if isclass(optimizer) else optimizer
        return read(made, settings_of(made))
    return None


def judge(walk: Walk, like: Optimizer, again: Walk | None = None) -> Verdict:
    """The verdict on a walk that should be `like`; `again` is a second, short walk of the same."""
    precision = PRECISIONS.get(walk.dtype, PRECISIONS["float32"])
    remarks = walk.remarks + _remark_on(walk, again)
    verdict = _following(walk, like, precision) if not walk.trouble else None
    if verdict is None and walk.dtype == "float64" and not walk.trouble:
        verdict = _following(walk, like, PRECISIONS["float32"])
        remarks = remarks + (["it agrees to single precision only"] if verdict else [])
    verdict = verdict or _departing(walk, like, precision)
    if not remarks:
        return verdict
    return replace(verdict, sentence=f"{verdict.sentence[:-1]}; {'; '.join(remarks)}.")


def _remark_on(walk: Walk, again: Walk | None) -> list[str]:
    pairs = zip(walk.states, again.states) if again else ()
    same = all(np.array_equal(a["theta"], b["theta"], equal_nan=True) for a, b in pairs if a["theta"] is not None)
    if again and (not same or again.trouble):
        return ["a second run from the same start goes elsewhere: something outlives a run"]
    return []


def states(rule: Optimizer) -> Iterator[dict]:
    """The states of a rule along the probe, by name: theta, and m and v where the rule has them."""
    state = rule.init(START)
    for g in gradients():
        with np.errstate(all="ignore"):
            state = rule.rule(state, g)
        yield {"theta": state.theta, **{name: x for name, x in (("m", state.m), ("v", state.v)) if np.any(x)}}


def departure(walk: Walk, expected: Iterator[dict], precision: Precision, memory: bool = False) -> Departure | None:
    """Where a walk first departs from expected states: in theta, or with `memory` in m or v before that."""
    measure = Measure(precision)
    for got, want in zip(walk.states, expected):
        if not memory:
            got, want = {"theta": got["theta"]}, {"theta": want["theta"]}
        found = measure.depart(got, want)
        if found:
            return found
    return None


def _following(walk: Walk, like: Optimizer, precision: Precision) -> Verdict | None:
    """The verdict on a walk that follows the rule or a convention, else None."""
    found: list[Reading] = []
    for reading in readings(like):
        if found and len(reading.conventions) > len(found[0].conventions) + 1:
            break
        if departure(walk, states(reading.rule), precision) is None:
            found.append(reading)
    if not found:
        return None
    first, *others = found
    alike = tuple(dict.fromkeys(one.name for other in others for one in other.conventions if one not in first.conventions))
    hidden = f"; {' and '.join(alike)} cannot be told apart from it at these settings" if alike else ""
    if not first.conventions:
        sentence = f"Follows {told(like)} for {len(walk.states)} steps{as_written(like)}{hidden}."
        return Verdict(True, type(like).__name__, None, None, sentence, alike=alike)
    away = departure(walk, states(like), precision, memory=True)
    assert away is not None  # or it would follow the rule as written
    says = " and ".join(f"{one.says}, as in {one.seen}" for one in first.conventions)
    sentence = (
        f"Follows {_named(like, first)} with {first.name} for {len(walk.states)} steps: {says}; "
        f"departs from {type(like).__name__} as written at step {away.step}{hidden}."
    )
    return Verdict(True, first.name, away.quantity, away.step, sentence, alike=alike)


def _named(like: Optimizer, reading: Reading) -> str:
    """The rule as `told`; with a penalty AdamW is Adam."""
    text = told(like)
    penalty = any(one.name == "penalty" for one in reading.conventions)
    return text.replace("AdamW(", "Adam(", 1) if penalty else text


def as_written(like: Optimizer) -> str:
    """The convention of a rule as it stands in adamlib."""
    if isinstance(like, AMSGrad):
        says = AMSGRAD[like.convention]
    elif isinstance(like, Adam) and not like.bias_correction:
        says = "nothing is corrected"
    else:
        says = next((AS_WRITTEN[kind] for kind in type(like).__mro__ if kind in AS_WRITTEN), "")
    return f": {says}" if says else ""


def told(rule: Optimizer) -> str:
    """The rule with its hyperparameters, as one would write it."""
    shown = []
    for one in fields(rule):
        value = getattr(rule, one.name)
        if isinstance(value, (bool, str)):
            if value != one.default:
                shown.append(f"{one.name}={value!r}")
        elif not (one.name in ("dampening",) and value == 0):
            shown.append(f"{one.name}={value:.6g}")
    return f"{type(rule).__name__}({', '.join(shown)})"


def _departing(walk: Walk, like: Optimizer, precision: Precision) -> Verdict:
    """The verdict on a walk that follows neither the rule nor a convention."""
    found = departure(walk, states(like), precision, memory=True)
    if found is None:
        fault, hint = _hint(walk)
        sentence = f"Departs from {type(like).__name__}: it {walk.trouble}{hint}."
        return Verdict(False, None, "theta", len(walk.states) + 1, sentence, fault)
    fault, cause = _cause(walk, like, precision)
    first = f" first in {found.quantity}," if found.quantity != "theta" else ""
    where = f"Departs from {told(like)}{first} at step {found.step}" + (" in theta" if not first else "")
    trouble = f"; then it {walk.trouble}" if walk.trouble else ""
    cause = cause or f"{found.values}; no fault that we know"
    return Verdict(False, None, found.quantity, found.step, f"{where}: {cause}{trouble}.", fault)


def _hint(walk: Walk) -> tuple[str | None, str]:
    if walk.trouble.startswith("raises ZeroDivisionError at step 1:"):
        return "t from zero", "; like the exhibit 't from zero', if it divides by 1 - beta^t"
    return None, ""


def exhibited(exhibit: Exhibit, like: Optimizer) -> Iterator[dict] | None:
    """The states of an exhibit with the hyperparameters of a rule; None where it does not apply to the rule.

    Those that were meant to be Adam apply to AdamW as well: theta shrinks before the step, as in the rule.
    """
    before = isinstance(like, AdamW) and exhibit.rule is Adam
    if type(like) is not exhibit.rule and not before:
        return None
    if isinstance(like, Adam) and not like.bias_correction:
        return None
    return _exhibited(exhibit, like, like.shrink if before else lambda theta: theta)


def _exhibited(exhibit: Exhibit, like: Optimizer, shrink: Callable) -> Iterator[dict]:
    hyper = like.hyperparameters()
    four, last = (
        [hyper[name] for name in ("lr", "beta1", "beta2", "eps")],
        [hyper["weight_decay"]] if exhibit.rule is AdamW else [],
    )
    theta, memory = START, [np.zeros_like(START)] * (3 if exhibit.rule is AMSGrad else 2)
    for t, g in enumerate(gradients(), 1):
        m, v, *more = memory
        with np.errstate(all="ignore"):
            theta, *memory = exhibit.step(shrink(theta), g, m, v, t, *four, *more, *last)
        yield {"theta": theta, "m": memory[0], "v": memory[1]}


def _cause(walk: Walk, like: Optimizer, precision: Precision) -> tuple[str | None, str]:
    """The exhibit a walk is like, and what is wrong with it as a clause; else a simple relation; else nothing."""
    for lr in _rates(walk, like):
        rule, other = replace(like, lr=lr), "" if lr == like.lr else f" with lr={lr:.6g}"
        for exhibit in EXHIBITS.values():
            expected = exhibited(exhibit, rule)
            if expected is not None and departure(walk, expected, precision) is None:
                return exhibit.name, f"like the exhibit '{exhibit.name}'{other}: {_clause(exhibit.says)}"
        if other:
            for reading in readings(rule):
                if len(reading.conventions) < 2 and departure(walk, states(reading.rule), precision) is None:
                    convention = f", {reading.name}" if reading.conventions else ""
                    return None, f"every step is {lr / like.lr:.6g} times as long; it follows {told(rule)}{convention}"
    if departure(_turned(walk), states(like), precision) is None:
        return None, "every step has the other sign: it walks uphill"
    for lr in _rates(walk, like)[:2]:
        for rule in _others(replace(like, lr=lr)):
            if departure(walk, states(rule), precision) is None:
                return None, f"it follows {told(rule)}"
    return None, ""


def _clause(says: str) -> str:
    """A sentence as the end of another: without its stop, and small where it does not begin with a name."""
    return (says[0].lower() if says[1:2].islower() else says[0]) + says[1:-1]


def _rates(walk: Walk, like: Optimizer) -> list:
    """Learning rates that would explain the first step, the right one first: one for each exhibit that lengthens it."""
    rates = [like.lr]
    if not walk.states or walk.states[0]["theta"] is None or np.any(like.lr == 0):
        return rates
    for expected in filter(None, [states(like), *(exhibited(one, like) for one in EXHIBITS.values())]):
        want, got = next(expected)["theta"] - START, walk.states[0]["theta"] - START
        with np.errstate(all="ignore"):
            ratios = got / want
        good = ratios[np.isfinite(ratios) & (want != 0)]
        if good.size:
            rate = float(f"{like.lr * np.median(good):.9g}")
            if rate > 0 and not any(np.isclose(rate, other, rtol=1e-6) for other in rates):
                rates.append(rate)
    return rates


def _turned(walk: Walk) -> Walk:
    return Walk([{"theta": None if state["theta"] is None else 2 * START - state["theta"]} for state in walk.states])


def _others(like: Optimizer) -> Iterator[Optimizer]:
    """The same rule with other betas and another eps, of those in use."""
    if isinstance(like, Adam):
        numbers = like.hyperparameters()
        plain = {name: numbers[name] for name in ("lr", "beta1", "beta2", "eps")}
        kinds: list[Callable] = [
            Adam,
            NAdam,
            AdamW,
            AMSGrad,
            partial(AMSGrad, convention="optax"),
            partial(AMSGrad, convention="paper"),
        ]
        yield from (kind(**plain) for kind in kinds)
    names = {field.name for field in fields(like)}
    grids: dict[str, tuple] = {name: values for name, values in OTHER_BETAS.items() if name in names}
    if "beta" in names:
        grids["beta"] = OTHER_BETAS["beta1"]
    if "eps" in names:
        grids["eps"] = (like.eps, *OTHER_EPS)
    for values in product(*grids.values()):
        yield replace(like, **dict(zip(grids, values)))
