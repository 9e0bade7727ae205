"""A museum of mistakes that were really made in optimizers: `EXHIBITS` by name, to run, to read and to mend."""

from adamlib.museum.exhibits import EXHIBITS, Exhibit, sound, sound_adamw, sound_amsgrad
from adamlib.museum.probe import START, STEPS, Departure, Precision, gradients
from adamlib.museum.visit import departs, verdict, walk_exhibit

__all__ = [
    "EXHIBITS",
    "START",
    "STEPS",
    "Departure",
    "Exhibit",
    "Precision",
    "departs",
    "gradients",
    "sound",
    "sound_adamw",
    "sound_amsgrad",
    "verdict",
    "walk_exhibit",
]
