"""Judging a walk: which rule or convention it follows, or where it departs and which mistake that is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from adamlib.optimizers import Adam, Muon, Optimizer
from adamlib.probe import MATRIX, STEPS, Departure, across
from adamlib.verify.adapters import OWN, adapter_of
from adamlib.verify.adapters.base import Walker
from adamlib.verify.compare import Comparison, states
from adamlib.verify.diagnose.search import Search
from adamlib.verify.diagnose.suspects import Cause, is_one_kind
from adamlib.verify.low_precision.beside import LOW_FORMATS
from adamlib.verify.low_precision.search import LowSearch
from adamlib.verify.low_precision.step_by_step import StepByStep, lost_on_the_way, small_start
from adamlib.verify.readings import Reading, readings
from adamlib.verify.rules import with_settings
from adamlib.verify.verdict import Verdict
from adamlib.verify.walk import PATIENCE, Walk, on_the_probe, stands_still, walk_matrix, walk_probe, with_probe_blocks

ROUGHLY = "it agrees to single precision only, which hides small differences in settings"
IN_HALF = "it agrees to the precision of bfloat16 only, in which PyTorch multiplies Muon's matrices whatever their dtype"
FEWEST = 60  # steps of a walk that tells rules apart: two bursts, and a coordinate whose gradients have come to an end
MATRIX_STEPS = 20
OTHERWISE = f"moves a matrix of shape {MATRIX.shape} otherwise"
OUTLIVES = "a second run from the same start goes elsewhere: something outlives a run"


def verify(optimizer: Any, like: Optimizer | None = None) -> Verdict:
    """Check an optimizer, anyone's, against the rule it should be.

    optimizer : a function step(theta, grad, state) -> (theta, state), whose state is None at the first call; an
        optimizer of adamlib; one of PyTorch, its class or a function params -> optimizer; one of Optax, Keras, tf_keras,
        MLX, tinygrad or scikit-learn's networks; an object with init and update, or init, update and get_params.
        It is rebuilt or called on arrays of ours; a PyTorch or Keras object you pass is not touched. Of a PyTorch
        object's parameter groups the first is walked; a function's are walked all, each by its own settings.
    like : the rule it should be, of adamlib or a subclass of your own; None reads it from a PyTorch or Keras object,
        and is Adam() for anything else

    Walks 400 steps of gradients made to tell rules apart, or those that fit into 20 seconds; a step that does not
    return is waited for, until Ctrl-C. What follows a rule as a vector is walked as a matrix too. Returns a Verdict, which
    prints as one sentence, and is false in `if` and `assert` where the optimizer departs or nothing can be told.
    Raises TypeError for something that is no optimizer, LookupError where `like` is needed.

    >>> from adamlib import SGD
    >>> def step(theta, grad, state):
    ...     return theta - 0.1 * grad, state
    >>> verify(step, like=SGD(lr=0.1))
    Follows SGD(lr=0.1) for 400 steps: against the gradient, times lr.
    """
    if like is not None and not isinstance(like, Optimizer):
        raise TypeError(f"like = {repr(like)[:80]} is not allowed: like must be an optimizer of adamlib, or None")
    adapter = adapter_of(optimizer)
    make = adapter.walker_maker(optimizer, like)
    said = None if like else adapter.meant(optimizer)
    if not is_one_kind(like or (said if adapter is OWN else None) or Adam()):
        raise ValueError(f"like = {repr(like or said)[:80]} is not allowed: like must have single numbers as hyperparameters")
    like = with_probe_blocks(like or said or Adam())
    make = on_the_probe(make, like)
    walk = walk_probe(make, STEPS)
    if like.elementwise and (walk.dtype in LOW_FORMATS or stands_still(walk)):
        from_near = walk_probe(make, STEPS, small_start(like))
        walk = from_near if from_near.dtype in LOW_FORMATS else walk
    walk.remarks += adapter.remarks_on(optimizer)
    walk.versions = adapter.versions()
    verdict = judge(walk, like, again=None if walk.trouble else walk_probe(make, 3, walk.start))
    explained = verdict.ok or (verdict.cause and verdict.cause.rule)
    both = explained and is_one_kind(like) and like.elementwise and walk.dtype not in LOW_FORMATS
    own = adapter.meant_of_a_matrix(optimizer) if said else None
    verdict = as_a_matrix(verdict, walk, walk_matrix(make, MATRIX_STEPS), own) if both else verdict
    low = adapter.low_walker_maker(optimizer)
    return as_in_low_precision(verdict, low) if low else verdict


def as_in_low_precision(verdict: Verdict, make: Callable[[np.ndarray], Walker]) -> Verdict:
    """The verdict on a walk in float64, in the light of one in the low precision of the parameters it was made for."""
    found, cause = verdict.reading, verdict.cause or Cause("")
    rule, feed = (found.rule, None) if found else (cause.rule, cause.feed)
    if rule is None or not rule.elementwise:
        return replace(verdict, remarks=(*verdict.remarks, "it was walked in float64, which its parameters are not"))
    walk = walk_probe(make, STEPS, small_start(rule))
    if walk.trouble:
        return replace(verdict, remarks=(*verdict.remarks, f"in the precision of its parameters it breaks off: {walk.trouble}"))
    beside = StepByStep(walk, rule, walk.dtype)
    away = beside.departure_from(rule, feed)
    zero = LowSearch(beside).eps_that_is_zero(away)
    if away and (zero or beside.is_told):
        name = type(verdict.rule).__name__
        follows = f"it follows {name}{f' with {verdict.convention}' if verdict.convention else ''}" if found else cause.says
        why = zero or Cause(f"in {walk.dtype}, as its parameters are, it does not move so")
        return replace(
            verdict,
            reading=None,
            departure=away,
            cause=why._replace(says=f"in float64 {follows}; {why.says}", rule=None),
            alike=(),
        )
    is_blind = away is not None or beside.is_lost()
    seen = "its steps cannot be told" if is_blind else "each step agrees to the last digits"
    lost = lost_on_the_way(walk_probe(make, STEPS))
    much = f", and {lost:.0%} of all steps are lost on weights of size 0.5 to 4" if lost > 0.005 else ""
    return replace(verdict, remarks=(*verdict.remarks, f"in {walk.dtype}, as its parameters are, {seen}{much}"))


def as_a_matrix(verdict: Verdict, walk: Walk, matrix: Walk, own: Optimizer | None = None) -> Verdict:
    """The verdict on a walk along a vector, in the light of the first steps of the same along a matrix.

    own : the rule that it says it is of a matrix, where that may be another
    """
    found, cause = verdict.reading, verdict.cause or Cause("")
    if found:
        cause = Cause("", rule=found.rule, roughly=ROUGHLY in verdict.remarks)
    away = _matrix_departure(cause, verdict.rule, walk.dtype, matrix)
    if away is not None and verdict.ok and (follows := _own_of_a_matrix(own, walk.dtype, matrix)):
        return replace(verdict, remarks=(*verdict.remarks, f"a matrix has settings of its own: it follows {follows}"))
    if away is not None and verdict.ok:
        why = Cause(f"it follows {verdict.follows} where theta is a vector, and {OTHERWISE}")
        return replace(verdict, reading=None, departure=away, cause=why, alike=())
    for other in cause.others if away is not None else ():
        if other.rule is not None and _matrix_departure(other, verdict.rule, walk.dtype, matrix) is None:
            return replace(verdict, cause=other)
    if away is not None:
        return replace(verdict, cause=Cause(f"where theta is a vector, {cause.says}; it {OTHERWISE}", cause.fault))
    only = f"only a vector was walked: with a matrix {matrix.trouble}"
    return replace(verdict, remarks=(*verdict.remarks, only)) if matrix.trouble and verdict.ok else verdict


def _own_of_a_matrix(own: Optimizer | None, dtype: str, matrix: Walk) -> str:
    """What a matrix follows by settings of its own, in words; "" if nothing."""
    for reading in readings(own, 2) if own else ():
        if _matrix_departure(Cause("", rule=reading.rule), own, dtype, matrix) is None:  # type: ignore[arg-type]
            return f"{with_settings(own)}{f' with {reading.name}' if reading.conventions else ''}"  # type: ignore[arg-type]
    return ""


def _matrix_departure(cause: Cause, like: Optimizer, dtype: str, matrix: Walk) -> Departure | None:
    """Where a matrix departs from what a vector follows."""
    rule, feed = cause.rule, cause.feed
    assert rule is not None  # a matrix is walked where there is one
    expected = states(rule, lambda g: feed(across(g)) if feed else across(g))
    return Comparison(matrix, like, dtype, cause.roughly).departure(expected)


def judge(walk: Walk, like: Optimizer, again: Walk | None = None) -> Verdict:
    """The verdict on a walk that should be `like`; `again` is a second, short walk of the same."""
    is_low = walk.dtype in LOW_FORMATS and like.elementwise
    beside = (StepByStep if is_low else Comparison)(walk, like, walk.dtype)
    verdict = Verdict(like, len(walk.states), versions=walk.versions)
    lost = f"in {walk.dtype} the steps of {with_settings(like)} are lost in rounding"
    if beside.is_lost() and (isinstance(beside, StepByStep) or beside.follows(like)):
        verdict = replace(verdict, obstacle="with lr = 0 nothing moves" if np.all(like.lr == 0) else lost)
    elif isinstance(beside, StepByStep):
        verdict = _in_low_precision(verdict, beside)
    elif walk.trouble:
        verdict = _departing(verdict, beside)
    else:
        verdict = _following(verdict, beside) or _of_matrices(verdict, beside) or _departing(verdict, beside)
        if not verdict.ok and verdict.fault is None and beside.strays():
            verdict = replace(Verdict(like, verdict.steps, versions=walk.versions), obstacle=lost)
        if verdict.ok and verdict.steps < FEWEST:
            few = f"only {verdict.steps} steps were walked in {PATIENCE:g} seconds, too few to tell one rule from another"
            verdict = replace(Verdict(like, verdict.steps, versions=walk.versions), obstacle=few)
    return replace(verdict, remarks=(*verdict.remarks, *walk.remarks, *_remarks_on(walk, again)))


def _remarks_on(walk: Walk, again: Walk | None) -> list[str]:
    pairs = zip(walk.states, again.states) if again else ()
    same = all(np.array_equal(a["theta"], b["theta"], equal_nan=True) for a, b in pairs if a["theta"] is not None)
    return [OUTLIVES] if again and (not same or again.trouble) else []


def _following(verdict: Verdict, beside: Comparison) -> Verdict | None:
    """The verdict on a walk that follows the rule or a convention, else None."""
    found: list[Reading] = []
    for reading in readings(beside.like):
        if found and len(reading.conventions) > len(found[0].conventions) + 1:
            break
        if beside.follows(reading.rule) and not (beside.is_coarse and not beside.remembers(reading.rule)):
            found.append(reading)
    if not found:
        return None
    first, *others = found
    alike = tuple(dict.fromkeys(one.name for other in others for one in other.conventions if one not in first.conventions))
    away = beside.departure(memory=True) if first.conventions else None
    return replace(verdict, reading=first, departure=away, alike=alike, remarks=beside.remarks_on(first.rule))


def _of_matrices(verdict: Verdict, beside: Comparison) -> Verdict | None:
    """The verdict on a walk that follows a rule of matrices whose products have fewer digits than theta, else None."""
    if beside.like.elementwise or beside.walk.dtype != "float64":
        return None
    found = _following(verdict, replace(beside, roughly=True))
    if found:
        return replace(found, remarks=(*found.remarks, ROUGHLY))
    found = _following(verdict, replace(beside, half=True)) if isinstance(beside.like, Muon) else None
    return found and replace(found, remarks=(*found.remarks, IN_HALF))


def _in_low_precision(verdict: Verdict, beside: StepByStep) -> Verdict:
    """The verdict on a walk each of whose steps is compared alone."""
    walk, away = beside.walk, beside.departure()
    found = None if walk.trouble else _following(verdict, beside)
    if found:
        wrong = LowSearch(beside).slip(conventions=0) if found.conventions else None
        said = f"each step agrees to the last digits of {beside.dtype}, which hide what is smaller"
        return replace(found, remarks=(said, *([f"so few digits do not tell whether it is {wrong.says}"] if wrong else [])))
    if away is None:
        return replace(verdict, trouble=walk.trouble, obstacle=walk.trouble)
    known = LowSearch(beside).cause()
    if known is None and not beside.is_told and np.isfinite(away.got):
        hidden = (
            f"its steps in {beside.dtype} are those of no rule that we know, but m and v, which lose most there, are not shown"
        )
        return replace(verdict, obstacle=hidden)
    return replace(verdict, departure=away, cause=known, trouble=walk.trouble)


def _departing(verdict: Verdict, beside: Comparison) -> Verdict:
    """The verdict on a walk that follows neither the rule nor a convention."""
    walk, away = beside.walk, beside.departure(memory=True)
    if away is None:  # it was right until it broke off
        return replace(verdict, trouble=walk.trouble, obstacle=walk.trouble)
    search = Search(beside)
    known = search.cause()
    if known is None and walk.dtype == "float64" and not walk.trouble:
        roughly = _following(verdict, replace(beside, roughly=True))
        if roughly:
            return replace(roughly, remarks=(*roughly.remarks, ROUGHLY))
        known = search.rough_cause()
    return replace(verdict, departure=away, cause=known, trouble=walk.trouble)
