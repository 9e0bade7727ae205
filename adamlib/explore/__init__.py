"""Sliders: `Explorer`, and one ready-made explorer for each interactive figure, in the module named after its notebook."""

from adamlib.explore.adam_vs_sgd import bursts, race, rate_sweep
from adamlib.explore.bias_correction import cold_start, correction_on_off
from adamlib.explore.explorer import Control, Explorer
from adamlib.explore.gradient_descent import descent, noise
from adamlib.explore.momentum import momentum_map, three_cycle

READY_MADE = (descent, noise, momentum_map, three_cycle, cold_start, correction_on_off, race, rate_sweep, bursts)

__all__ = ["READY_MADE", "Control", "Explorer", *(make.__name__ for make in READY_MADE)]
