"""A museum of mistakes, to run, to read and to mend. Most were made in well-known code, and say where; a few are common slips.

`EXHIBITS` by name are mistakes in an optimizer, `TRAPS` by name those in the training loop around it.
"""

from adamlib.later import importer
from adamlib.museum.exhibits import EXHIBITS, Exhibit, sound, sound_adamw, sound_amsgrad
from adamlib.museum.traps import TRAPS, Trap
from adamlib.museum.trial import departs, verdict, walk_exhibit

__all__ = ["EXHIBITS", "TRAPS", "Exhibit", "Trap", "departs", "sound", "sound_adamw", "sound_amsgrad", "verdict", "walk_exhibit"]
MOVED_TO_PROBE = ("START", "STEPS", "Departure", "Precision", "gradients")

__getattr__ = importer(__name__, {}, former={name: f"adamlib.probe.{name}" for name in MOVED_TO_PROBE})
