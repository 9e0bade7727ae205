"""A museum of mistakes, to run, to read and to mend. Most were made in well-known code, and say where; a few are common slips.

`EXHIBITS` by name are mistakes in an optimizer, `TRAPS` by name those in the training loop around it.
"""

import warnings
from typing import Any

from adamlib import probe
from adamlib.museum.exhibits import EXHIBITS, Exhibit, sound, sound_adamw, sound_amsgrad
from adamlib.museum.traps import TRAPS, Trap
from adamlib.museum.trial import departs, verdict, walk_exhibit

__all__ = ["EXHIBITS", "TRAPS", "Exhibit", "Trap", "departs", "sound", "sound_adamw", "sound_amsgrad", "verdict", "walk_exhibit"]
MOVED = ("START", "STEPS", "Departure", "Precision", "gradients")


def __getattr__(name: str) -> Any:
    """What moved to `adamlib.probe`, for one release."""
    if name not in MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"adamlib.museum.{name} is adamlib.probe.{name} now", DeprecationWarning, stacklevel=2)
    return getattr(probe, name)
