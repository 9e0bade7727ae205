"""What several views measure of a walk and say about it, in the dialect that the site translates."""

import math

from adamlib.explore.scene import Numbers
from adamlib.numerals import amount, number


def points_within(xs: Numbers, ys: Numbers, reach: float) -> int:
    """How many points come before a walk has left for good: both coordinates numbers, and smaller than `reach`."""
    for i in range(len(xs)):
        if not (abs(xs[i]) < reach and abs(ys[i]) < reach):
            return i
    return len(xs)


def end_in_words(losses: Numbers) -> str:
    """Where a walk ended, in words."""
    for t in range(len(losses)):
        if not math.isfinite(losses[t]):
            return f"diverged at step {t}"
    return f"is at loss {amount(losses[-1])}"


def coordinate(x: float) -> str:
    """Where a walk stands along an axis, as text: 0 where rounding errors alone would decide."""
    return number(0.0 if abs(x) < 1e-6 else x)


def share_of_decades(value: float, low: float, high: float) -> float:
    """Where a value stands on a logarithmic axis from 10^low to 10^high, from 0 to 1; at the top where it is no number."""
    if not math.isfinite(value):
        return 1.0
    if value <= 0:
        return 0.0
    return min(max((math.log10(value) - low) / (high - low), 0.0), 1.0)


def two_apart(wanted: Numbers, gap: float, low: float, high: float) -> list[float]:
    """The heights nearest to two wanted ones, at least `gap` apart, between low and high: for words at the ends of curves."""
    a, b = wanted
    lift = max(gap - abs(b - a), 0.0) / 2
    lower, upper = (a - lift, b + lift) if a <= b else (b - lift, a + lift)
    shift = max(low - lower, 0.0) - max(upper - high, 0.0)
    return [lower + shift, upper + shift] if a <= b else [upper + shift, lower + shift]
