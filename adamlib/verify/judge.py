"""The verdict: which rule or convention a walk follows, or where it departs and which mistake that is."""

from dataclasses import dataclass, fields, replace
from inspect import isclass
from typing import Any

import numpy as np

from adamlib.optimizers import Adam, Optimizer, rules
from adamlib.probe import PRECISIONS, STEPS, Precision
from adamlib.verify.causes import cause
from adamlib.verify.compare import departure, follows, scaled, stands_still, states, strays
from adamlib.verify.conventions import Reading, readings
from adamlib.verify.reading import by_name, settings_of
from adamlib.verify.telling import as_written, told, told_as
from adamlib.verify.walkers import Walk, comes_from, group_remarks, torch_maker, walked, walker_of


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
        It is rebuilt or called on arrays of ours; a PyTorch or Keras object you pass is not touched. Of a PyTorch
        object's parameter groups the first is walked.
    like : the rule it should be; None reads it from a PyTorch or Keras object, and is Adam() for anything else

    Walks 400 steps of gradients made to tell rules apart, or those that fit into 20 seconds; a step that does not
    return is waited for, until Ctrl-C. Returns a Verdict, which prints as one sentence.
    Raises TypeError for something that is no optimizer, LookupError where `like` is needed.

    >>> from adamlib import SGD
    >>> def step(theta, grad, state):
    ...     return theta - 0.1 * grad, state
    >>> verify(step, like=SGD(lr=0.1))
    Follows SGD(lr=0.1) for 400 steps: against the gradient, times lr.
    """
    if like is not None and not isinstance(like, Optimizer):
        raise TypeError(f"like = {repr(like)[:80]} is not allowed: like must be an optimizer of adamlib, or None")
    make = walker_of(optimizer, like)
    like = like or meant(optimizer) or Adam()
    if any(map(np.ndim, like.hyperparameters().values())):
        raise ValueError(f"like = {repr(like)[:80]} is not allowed: like must have single numbers as hyperparameters")
    walk = walked(make, STEPS)
    walk.remarks += group_remarks(optimizer)
    return judge(walk, like, again=None if walk.trouble else walked(make, 3))


def meant(optimizer: Any) -> Optimizer | None:
    """The rule an object of adamlib, PyTorch or Keras says it is; for a subclass of a rule of ours, that rule."""
    if isclass(optimizer) and issubclass(optimizer, Optimizer):
        optimizer = optimizer()
    if isinstance(optimizer, Optimizer):
        kind = next(kind for kind in type(optimizer).__mro__ if kind.__module__ == rules.__name__ or kind is Optimizer)
        settings = {field.name: getattr(optimizer, field.name) for field in fields(kind)}
        return kind(**settings) if kind is not Optimizer else None
    make = torch_maker(optimizer)
    if make is not None:
        import torch

        optimizer = make([torch.zeros(1, dtype=torch.float64, requires_grad=True)])
    elif comes_from(optimizer, "keras"):
        optimizer = optimizer() if isclass(optimizer) else optimizer
    else:
        return None
    settings = settings_of(optimizer)
    return by_name(settings["kind"], settings)


def judge(walk: Walk, like: Optimizer, again: Walk | None = None) -> Verdict:
    """The verdict on a walk that should be `like`; `again` is a second, short walk of the same."""
    precision = PRECISIONS.get(walk.dtype, PRECISIONS["float64"])
    remarks = walk.remarks + _remark_on(walk, again)
    lost = f"Cannot be checked: in {walk.dtype} the steps of {told(like)} are lost in rounding."
    if stands_still(like, precision):
        verdict = Verdict(False, None, None, None, lost)
    elif walk.trouble:
        verdict = _departing(walk, like, precision)
    else:
        verdict = _following(walk, like, precision) or _departing(walk, like, precision)
        if not verdict.ok and verdict.fault is None and strays(like, walk.dtype, precision):
            verdict = Verdict(False, None, None, None, lost)
    if not remarks:
        return verdict
    return replace(verdict, sentence=f"{verdict.sentence[:-1]}; {'; '.join(remarks)}.")


def _remark_on(walk: Walk, again: Walk | None) -> list[str]:
    pairs = zip(walk.states, again.states) if again else ()
    same = all(np.array_equal(a["theta"], b["theta"], equal_nan=True) for a, b in pairs if a["theta"] is not None)
    if again and (not same or again.trouble):
        return ["a second run from the same start goes elsewhere: something outlives a run"]
    return []


def _following(walk: Walk, like: Optimizer, precision: Precision) -> Verdict | None:
    """The verdict on a walk that follows the rule or a convention, else None."""
    coarse = precision != PRECISIONS["float64"]  # then theta hides a wrong v, so that what is kept of m and v has to agree too
    found: list[Reading] = []
    for reading in readings(like):
        if found and len(reading.conventions) > len(found[0].conventions) + 1:
            break
        alike_in_theta = follows(walk, reading.rule, precision)
        if alike_in_theta and not (
            coarse and departure(scaled(walk, reading.rule), states(reading.rule), precision, memory=True)
        ):
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
    says = "; ".join(f"{one.says}, as in {one.seen}" for one in first.conventions)
    sentence = (
        f"Follows {told_as(like, first)} with {first.name} for {len(walk.states)} steps: {says}; "
        f"departs from {type(like).__name__} as written at step {away.step}{hidden}."
    )
    return Verdict(True, first.name, away.quantity, away.step, sentence, alike=alike)


def _departing(walk: Walk, like: Optimizer, precision: Precision) -> Verdict:
    """The verdict on a walk that follows neither the rule nor a convention."""
    found = departure(walk, states(like), precision, memory=True)
    if found is None:
        return _troubled(walk, like)
    first = (
        f" first in {found.quantity}, at step {found.step}" if found.quantity != "theta" else f" at step {found.step} in theta"
    )
    known = cause(walk, like, precision)
    if known is None and walk.dtype == "float64" and not walk.trouble:
        roughly = _following(walk, like, PRECISIONS["float32"])
        if roughly:
            hides = "it agrees to single precision only, which hides small differences in settings"
            return replace(roughly, sentence=f"{roughly.sentence[:-1]}; {hides}.")
    fault, says = known or (None, f"{found.values}; no fault that we know")
    trouble = f"; {walk.trouble}" if walk.trouble else ""
    return Verdict(False, None, found.quantity, found.step, f"Departs from {told(like)}{first}: {says}{trouble}.", fault)


def _troubled(walk: Walk, like: Optimizer) -> Verdict:
    """The verdict on a walk that was right until it broke off."""
    fault, hint = None, ""
    if walk.trouble.startswith("at step 1 it raises ZeroDivisionError:"):
        fault, hint = "t from zero", "; like the exhibit 't from zero', if it divides by 1 - beta^t"
    sentence = f"Departs from {told(like)}: {walk.trouble}{hint}."
    return Verdict(False, None, "theta", len(walk.states) + 1, sentence, fault)
