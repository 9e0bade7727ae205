"""What is minimised: surfaces, real data, words, counterexamples, and ways to change them."""

from adamlib.problems import surfaces
from adamlib.problems.bigram import WordPairs, bigram, losses_by_word, word_pairs, zipf_pairs
from adamlib.problems.counterexamples import lessard, reddi, reddi_online, reddi_stochastic, wilson
from adamlib.problems.data import Split, breast_cancer, digits, logistic, network
from adamlib.problems.language import draw_text, transformer
from adamlib.problems.normalised import normalised, scale_free
from adamlib.problems.problem import Problem
from adamlib.problems.surfaces import *  # noqa: F403
from adamlib.problems.transforms import noisy, ridge, rotated, scaled
from adamlib.problems.vae import vae

__all__ = [
    "Problem",
    "Split",
    "WordPairs",
    "bigram",
    "breast_cancer",
    "digits",
    "draw_text",
    "lessard",
    "logistic",
    "losses_by_word",
    "network",
    "noisy",
    "normalised",
    "reddi",
    "reddi_online",
    "reddi_stochastic",
    "ridge",
    "rotated",
    "scale_free",
    "scaled",
    "transformer",
    "vae",
    "wilson",
    "word_pairs",
    "zipf_pairs",
    *surfaces.__all__,
]
