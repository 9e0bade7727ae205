"""A verdict as an assertion, for the tests of whoever writes optimizers."""

from typing import Any

from adamlib.optimizers import Optimizer
from adamlib.validate import refuse
from adamlib.verify.conventions import GROUPS
from adamlib.verify.judge import verify
from adamlib.verify.readings import readings
from adamlib.verify.rules import allows
from adamlib.verify.verdict import Verdict

AS_WRITTEN = "as written"


def assert_follows(optimizer: Any, like: Optimizer | None = None, convention: str | None = None) -> Verdict:
    """Check in a test that an optimizer, anyone's, follows the rule it should be. What fails says why, in one sentence.

    optimizer, like : as `verify` takes them
    convention : the convention by which it must follow, as "eps-hat", or several of them joined by a comma and a space;
        "as written" for the rule itself; None lets any pass

    Returns the Verdict. Raises AssertionError, with the sentence of the verdict, where the optimizer departs, follows by
    another convention, or nothing can be told; ValueError for a convention that does not apply to the rule.

    >>> from adamlib import SGD
    >>> def step(theta, grad, state):
    ...     return theta - 0.1 * grad, state
    >>> assert_follows(step, like=SGD(lr=0.1))
    Follows SGD(lr=0.1) for 400 steps: against the gradient, times lr.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    verdict = verify(optimizer, like)
    wanted = None if convention is None else _names_in(convention, verdict.rule)
    if not verdict.ok:
        raise AssertionError(verdict.sentence)
    if wanted is not None and not _follows_by(wanted, optimizer, verdict):
        raise AssertionError(f"{verdict.sentence} Asked for is {type(verdict.rule).__name__} {_in_words(convention)}.")
    return verdict


def _in_words(convention: str | None) -> str:
    return AS_WRITTEN if convention == AS_WRITTEN else f"with {convention}"


def _names_in(convention: str, rule: Optimizer) -> set[str]:
    """The conventions that are asked for, without those that make no difference at the settings of the rule."""
    known = {one.name: one for group in GROUPS for one in group if allows(rule, one.name)}
    names = [] if convention == AS_WRITTEN else str(convention).split(", ")
    if not set(names) <= set(known):
        allowed = f"{AS_WRITTEN!r}, or among {', '.join(known)}; for {type(rule).__name__} there are no others"
        refuse(ValueError, "convention", convention, allowed)
    return {name for name in names if known[name].matters(rule)}


def _follows_by(wanted: set[str], optimizer: Any, verdict: Verdict) -> bool:
    """Whether it follows by these conventions. What cannot be told apart from another is walked once more, beside itself."""
    if wanted == {one.name for one in verdict.conventions}:
        return True
    if not wanted & set(verdict.alike):
        return False
    named = [one.rule for one in readings(verdict.rule) if {each.name for each in one.conventions} == wanted]
    return any(again.ok and not again.conventions for again in (verify(optimizer, rule) for rule in named))
