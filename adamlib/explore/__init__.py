"""Sliders: `Explorer`, and one ready-made explorer for each interactive figure, in the module named after its notebook."""

from adamlib.explore.adam import anatomy, damping, step_bound
from adamlib.explore.adam_vs_sgd import adam_map, bursts, race
from adamlib.explore.adamw import two_weights
from adamlib.explore.after_adam import baseline
from adamlib.explore.amsgrad import game
from adamlib.explore.bias_correction import cold_start, correction_on_off, step_map
from adamlib.explore.control import Control
from adamlib.explore.explorer import Explorer
from adamlib.explore.generalization_gap import honest_feature, turned_features
from adamlib.explore.gradient_descent import descent, noise
from adamlib.explore.in_practice import exhibits, few_digits, warm_up
from adamlib.explore.momentum import memory, momentum_map
from adamlib.explore.playground import playground
from adamlib.explore.rms_scaling import rotation, units
from adamlib.explore.where_adam_wins import batch, shares

READY_MADE = (
    descent,
    noise,
    memory,
    momentum_map,
    units,
    rotation,
    cold_start,
    correction_on_off,
    step_map,
    anatomy,
    step_bound,
    damping,
    race,
    bursts,
    adam_map,
    shares,
    batch,
    honest_feature,
    turned_features,
    game,
    two_weights,
    few_digits,
    warm_up,
    exhibits,
    baseline,
    playground,
)

__all__ = ["READY_MADE", "Control", "Explorer", *(make.__name__ for make in READY_MADE)]
