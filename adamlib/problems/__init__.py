"""What is minimised: surfaces, real data, words, counterexamples, and ways to change them."""

from adamlib.problems.bigram import WordPairs, bigram, losses_by_word, word_pairs, zipf_pairs
from adamlib.problems.counterexamples import lessard, reddi, reddi_online, reddi_stochastic, wilson
from adamlib.problems.data import Split, breast_cancer, digits, logistic, network
from adamlib.problems.language import draw_text, transformer
from adamlib.problems.normalised import normalised, scale_free
from adamlib.problems.problem import Problem
from adamlib.problems.surfaces import (
    beale,
    bowl,
    himmelblau,
    plateau,
    quadratic,
    ramp,
    rastrigin,
    rosenbrock,
    saddle,
    styblinski_tang,
    surface,
)
from adamlib.problems.transforms import noisy, ridge, rotated, scaled
from adamlib.problems.vae import vae

__all__ = [
    "Problem",
    "Split",
    "WordPairs",
    "beale",
    "bigram",
    "bowl",
    "breast_cancer",
    "digits",
    "draw_text",
    "himmelblau",
    "lessard",
    "logistic",
    "losses_by_word",
    "network",
    "noisy",
    "normalised",
    "plateau",
    "quadratic",
    "ramp",
    "rastrigin",
    "reddi",
    "reddi_online",
    "reddi_stochastic",
    "ridge",
    "rosenbrock",
    "rotated",
    "saddle",
    "scale_free",
    "scaled",
    "styblinski_tang",
    "surface",
    "transformer",
    "vae",
    "wilson",
    "word_pairs",
    "zipf_pairs",
]
