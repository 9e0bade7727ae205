"""A sample for `make test`, all for `nox -s whole`: where each case could meet each test, a part of the pairs is enough."""

import os
from collections.abc import Iterable, Sequence
from typing import Any

WHOLE = "ADAMLIB_EXAMPLES" in os.environ


def sample(cases: Sequence[Any], first: int = 0, every: int = 4) -> list[Any]:
    """Each `every`-th case from `first` on; all of them in a whole run.

    Tests that share their cases begin at different ones, so that every case meets some test and every test some cases.
    """
    chosen = list(cases)[first % every :: every]
    return list(cases) if WHOLE or not chosen else chosen


def one_each(cases: Iterable[Any], others: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each case with one of some others, which take turns; with all of them in a whole run."""
    return [(case, other) for i, case in enumerate(cases) for other in sample(others, i, every=len(others))]
