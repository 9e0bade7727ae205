"""The explorers that compute in the page, by name; each is made when a test first asks for it: that takes half a second."""

from functools import cache

from adamlib import explore
from adamlib.explore import Explorer

EXPLORERS_IN_ORDER = sorted(make.__name__ for make in explore.READY_MADE)
DRAGGED = ["adam_map", "descent", "momentum_map", "playground", "race", "step_map"]
PLAYED = ["anatomy", "cold_start", "shares"]


@cache
def explorer_of(name: str) -> Explorer:
    """The explorer as a notebook makes it."""
    return getattr(explore, name)()
