"""The exhibits: mistakes that were made, or common slips, each in one step of a few lines.

    step(theta, g, m, v, t, lr, beta1, beta2, eps) -> theta, m, v

is the common form. Two rules need one thing more, last: AMSGrad takes v_max and returns it, AdamW takes weight_decay.
Formulas are written out here and nowhere else: an exhibit is there to be read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adamlib.optimizers import Adam, AdamW, AMSGrad, Optimizer


def sound(theta, g, m, v, t, lr, beta1, beta2, eps):
    """Adam, written out: one step without a mistake."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def sound_amsgrad(theta, g, m, v, t, lr, beta1, beta2, eps, v_max):
    """AMSGrad, written out: one step without a mistake, the maximum taken over v, then corrected."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v_max = np.maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    v_hat = v_max / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, v_max


def sound_adamw(theta, g, m, v, t, lr, beta1, beta2, eps, weight_decay):
    """AdamW, written out: one step without a mistake, the decay times lr."""
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * weight_decay * theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def missing_parentheses(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / np.sqrt(v_hat) + eps, m, v


def minus_eps(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) - eps), m, v


def eps_in_float16(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + np.float16(eps)), m, v


def frozen_t(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1)
    v_hat = v / (1 - beta2)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def t_from_zero(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1 ** (t - 1))
    v_hat = v / (1 - beta2 ** (t - 1))
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def t_per_parameter(theta, g, m, v, t, lr, beta1, beta2, eps):
    t = (t - 1) * theta.size + 1 + np.arange(theta.size)
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def multiplied_correction(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m * (1 - beta1**t)
    v_hat = v * (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def kept_correction(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m = m / (1 - beta1**t)
    v = v / (1 - beta2**t)
    return theta - lr * m / (np.sqrt(v) + eps), m, v


def two_cures(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = g if t == 1 else beta1 * m + (1 - beta1) * g
    v = g**2 if t == 1 else beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def betas_turned_round(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = (1 - beta1) * m + beta1 * g
    v = (1 - beta2) * v + beta2 * g**2
    m_hat = m / (1 - (1 - beta1) ** t)
    v_hat = v / (1 - (1 - beta2) ** t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def lost_root(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (v_hat + eps), m, v


def lost_square(theta, g, m, v, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


def maximum_in_place_of_v(theta, g, m, v, t, lr, beta1, beta2, eps, v_max):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    v = v_max = np.maximum(v_max, v)
    m_hat = m / (1 - beta1**t)
    v_hat = v_max / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v, v_max


def decay_in_the_division(theta, g, m, v, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return theta - lr * (m_hat + weight_decay * theta) / (np.sqrt(v_hat) + eps), m, v


@dataclass(frozen=True)
class Exhibit:
    """One mistake.

    name : as `check("museum <name>", answer)` wants it
    step : the mistake, running
    says : what is wrong, in one sentence
    seen : where, so that it can be looked up; "a common slip" where we name nobody
    hint : where to look first
    mended : the same step without the mistake
    rule : the optimizer it was meant to be
    """

    name: str
    step: Callable[..., Any]
    says: str
    seen: str
    hint: str
    mended: Callable[..., Any] = sound
    rule: type[Optimizer] = Adam


def _by_name(*exhibits: Exhibit) -> dict[str, Exhibit]:
    return {exhibit.name: exhibit for exhibit in exhibits}


EXHIBITS = _by_name(
    Exhibit(
        "missing parentheses",
        missing_parentheses,
        "eps is added to the parameter: the division binds closer than the plus, and every step ends with + eps.",
        "Dive into Deep Learning, chapter Adam, TensorFlow tab (d2l-ai/d2l-en, chapter_optimization/adam.md)",
        "which plus does the division leave outside?",
    ),
    Exhibit(
        "minus eps",
        minus_eps,
        "eps is subtracted from the root, so a small root comes near zero, or changes the sign of the step.",
        "TensorFlow's NonFusedAdam, in its old copy of Keras (tensorflow/tensorflow, issue 61407)",
        "read the denominator sign by sign.",
    ),
    Exhibit(
        "eps in float16",
        eps_in_float16,
        "In float16 1e-8 is exactly 0: where v is 0 too, the first step is infinite, or 0 / 0 for a gradient of 0.",
        "Optax (google-deepmind/optax, issue 1754: nan), Optimisers.jl (FluxML, issue 167: infinite); "
        "Chainer noticed, and refuses such an eps (chainer/chainer, issue 6299)",
        "print the eps that is really added.",
    ),
    Exhibit(
        "frozen t",
        frozen_t,
        "t never advances: averages are divided by 1 - beta for ever, and steps end sqrt(1 - beta2) / (1 - beta1) times as long.",
        "ML-From-Scratch (eriklindernoren/ML-From-Scratch, issue 35), SkipStepAdamW (allenai/OLMo-core, pull request 317), "
        "and Dive into Deep Learning, where 'missing parentheses' was seen as well",
        "which power of beta belongs to step 2?",
    ),
    Exhibit(
        "t from zero",
        t_from_zero,
        "The first step corrects with t = 0: 1 - beta^0 is 0, and the first step is nan.",
        "ND4J (deeplearning4j/nd4j, pull request 1227), Burn (tracel-ai/burn, issue 834)",
        "what is beta to the power of the first t?",
    ),
    Exhibit(
        "t per parameter",
        t_per_parameter,
        "One counter serves all parameters and advances at each of them: all but the very first update are corrected too little.",
        "DiffSharp (DiffSharp/DiffSharp, issue 292), Flashlight (flashlight/flashlight, issue 143)",
        "how often does t advance in one step?",
    ),
    Exhibit(
        "multiplied correction",
        multiplied_correction,
        "The averages are multiplied by 1 - beta^t, not divided: what was too small becomes smaller still.",
        "ConvNetJS (karpathy/convnetjs, pull request 70)",
        "the averages start too small; does your correction make them larger?",
    ),
    Exhibit(
        "kept correction",
        kept_correction,
        "The corrected averages are stored, and the next step corrects them again.",
        "RAdam of Holocron (frgfm/holocron, issue 1)",
        "which m does the next step start from?",
    ),
    Exhibit(
        "two cures",
        two_cures,
        "The averages start at the first gradient, which needs no correction, and are corrected all the same.",
        "PennyLane (PennyLaneAI/pennylane, issue 1928)",
        "an average that starts at g has no cold start; which of the two cures do you keep?",
    ),
    Exhibit(
        "betas turned round",
        betas_turned_round,
        "beta is the weight of the new value, not of the old one: 0.999 remembers a single step.",
        "Blocks (mila-iqia/blocks, issue 1159), which follows the first version of the paper",
        "how much of the old m stays at beta1 = 0.9?",
    ),
    Exhibit(
        "lost root",
        lost_root,
        "The step is divided by v_hat, not by its root, so it depends on the scale of the gradient again.",
        "labml's annotated Adam, the effective step in the text before the code "
        "(labmlai/annotated_deep_learning_paper_implementations, labml_nn/optimizers/adam.py)",
        "double every gradient: does the step change?",
    ),
    Exhibit(
        "lost square",
        lost_square,
        "v averages the gradient, not its square, and the root of a negative average is nan.",
        "a common slip",
        "what does v average, and can it be negative?",
    ),
    Exhibit(
        "maximum in place of v",
        maximum_in_place_of_v,
        "AMSGrad's maximum is stored as v, so v never forgets and the next average starts from the maximum.",
        "a common slip",
        "v and its maximum are two memories; does yours keep both?",
        sound_amsgrad,
        AMSGrad,
    ),
    Exhibit(
        "decay in the division",
        decay_in_the_division,
        "The decay is divided by the root of v as well, so weights with large gradients decay less: it is not decoupled.",
        "a common slip",
        "the decay must not see v.",
        sound_adamw,
        AdamW,
    ),
)
