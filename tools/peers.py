"""Our rules as the libraries spell them: PyTorch, Optax and Keras beside adamlib, step by step on the probe.

RULES says what is compared, SPELLINGS how each rule is spelled elsewhere; a rule meets every library that has a spelling for it.
The libraries are walked by the adapters of `adamlib.verify`.
"""

import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import adamlib as al
from adamlib.probe import PLATE, START, gradients
from adamlib.verify.adapters.base import Walker
from adamlib.verify.adapters.keras import KerasWalker
from adamlib.verify.adapters.optax import OptaxWalker
from adamlib.verify.adapters.torch import TorchWalker
from tools.spellings import (
    TINY,
    eps_is_hat,
    first_is_dampened,
    has_correction,
    has_tiny_eps,
    keras_adafactor,
    keras_adam,
    keras_muon,
    optax_adafactor,
    optax_adagrad,
    optax_adam,
    optax_adamw,
    optax_amsgrad,
    optax_momentum,
    optax_muon,
    optax_nadam,
    optax_rmsprop,
    torch_adafactor,
    torch_adagrad,
    torch_adam,
    torch_adamax,
    torch_muon,
    torch_radam,
    torch_rmsprop,
    torch_sgd,
    without_correction,
)

os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it once, when it is imported

STEPS_KEPT = (1, 2, 3, 5, 10, 20, 50, 100, 200, 400)

RULES_COMPARED = (
    al.SGD(lr=0.1),
    al.Momentum(lr=0.01, beta=0.9),
    al.Momentum(lr=0.02, beta=0.0),
    al.Momentum(lr=0.01, beta=0.999, dampening=0.3),
    al.Momentum(lr=0.1, beta=0.9, dampening=0.9),
    al.Nesterov(lr=0.01, beta=0.9),
    al.Nesterov(lr=0.01, beta=0.999),
    al.AdaGrad(lr=0.1, eps=1e-10),
    al.AdaGrad(lr=0.5, eps=0.1),
    al.AdaGrad(lr=0.1, eps=TINY),
    al.RMSProp(lr=0.01, beta2=0.99, eps=1e-8),
    al.RMSProp(lr=0.01, beta2=0.0, eps=1e-3),
    al.RMSProp(lr=0.01, beta2=0.9999, eps=10.0),
    al.RMSProp(lr=0.01, beta2=0.9, eps=TINY),
    al.Adam(),
    al.Adam(lr=0.1, beta1=0.0, beta2=0.99, eps=1e-8),
    al.Adam(lr=0.1, beta1=0.9, beta2=0.0, eps=1e-4),
    al.Adam(lr=0.13, beta1=0.0, beta2=0.0, eps=1e-8),
    al.Adam(lr=0.05, beta1=0.999, beta2=0.99999, eps=1e-8),
    al.Adam(lr=0.3, beta1=0.95, beta2=0.9, eps=10.0),
    al.Adam(lr=0.01, eps=0.0),
    al.Adam(lr=0.01, bias_correction=False),
    al.NAdam(lr=0.01),
    al.NAdam(lr=0.1, beta1=0.0, beta2=0.9, eps=1e-3),
    al.NAdam(lr=0.05, beta1=0.999, beta2=0.99999, eps=0.1),
    al.AMSGrad(lr=0.01),
    al.AMSGrad(lr=0.1, beta1=0.5, beta2=0.9, eps=1e-3),
    al.AMSGrad(lr=0.1, beta1=0.9, beta2=0.0, eps=1e-8),
    al.AMSGrad(lr=0.01, convention="optax"),
    al.AMSGrad(lr=0.1, beta1=0.5, beta2=0.9, eps=1e-3, convention="optax"),
    al.AMSGrad(lr=0.01, convention="paper"),
    al.AMSGrad(lr=0.1, beta1=0.5, beta2=0.9, eps=1e-3, convention="paper"),
    al.AdamW(),
    al.AdamW(lr=0.1, beta1=0.5, beta2=0.99, eps=1e-3, weight_decay=0.5),
    al.AdamW(lr=0.05, beta1=0.0, beta2=0.9, weight_decay=3.0),
    al.AdaMax(eps=TINY),
    al.AdaMax(lr=0.1, beta1=0.5, beta2=0.9, eps=0.1),
    al.RAdam(lr=0.01),
    al.RAdam(lr=0.1, beta1=0.5, beta2=0.9, eps=0.1),
    al.RAdam(lr=0.01, convention="optax"),
    al.RAdam(lr=0.1, beta1=0.5, beta2=0.9, eps=0.1, convention="optax"),
    al.ADOPT(lr=0.01),
    al.ADOPT(lr=0.1, beta1=0.5, beta2=0.9, eps=0.1),
    al.Adadelta(),
    al.Adadelta(lr=0.3, rho=0.99, eps=0.1),
    al.Lion(),
    al.Lion(lr=0.01, beta1=0.5, beta2=0.9, weight_decay=0.5),
    al.Muon(scale="rows", weight_decay=0.1, blocks=PLATE),
    al.Muon(lr=0.02, beta=0.9, nesterov=False, steps=3, blocks=PLATE),
    al.Muon(lr=0.1, weight_decay=0.004, convention="keras", blocks=PLATE),
    al.Muon(lr=0.02, scale="columns", convention="optax", blocks=PLATE),
    al.Muon(lr=0.1, beta=0.8, nesterov=False, weight_decay=0.1, convention="optax", blocks=PLATE),
    al.Adafactor(blocks=PLATE),
    al.Adafactor(lr=0.3, decay=0.5, eps1=0.1, eps2=0.1, d=2.0, weight_decay=0.2, blocks=PLATE),
    al.Adafactor(lr=2**-10, eps1=1e-30, convention="paper", blocks=PLATE),
    al.Adafactor(lr=0.3, decay=0.5, eps1=0.1, eps2=0.1, d=0.5, convention="paper"),
    al.Adafactor(lr=0.1, decay=0.0, eps1=1e-30, convention="optax", blocks=PLATE),
    al.Adafactor(lr=0.1, decay=0.0, eps1=1e-3, d=0.5, convention="optax"),
)


def with_any_settings(rule) -> bool:
    return True


def no_changes(rule, t: int) -> dict[str, float]:
    return {}


class Spelling(NamedTuple):
    """A rule in a library.

    make : from the library, the rule, and in PyTorch the parameters, to its optimizer
    before : its settings before step t, and "gradient", a factor; a function of the rule and t
    can : which settings of the rule the library can express
    precision : of the least precise number on the way, whatever the dtype of theta
    """

    make: Callable[..., Any]
    before: Callable[[Any, int], dict[str, float]] = no_changes
    can: Callable[[Any], bool] = with_any_settings
    precision: str = "float64"


class Pair(NamedTuple):
    """One of our rules, and the same in a library."""

    library: str
    rule: al.Optimizer
    spelling: Spelling
    dtype: str = "float64"

    @property
    def precision(self) -> str:
        """To which the two agree."""
        return min(self.dtype, self.spelling.precision)


def shaped_start(pair: Pair) -> np.ndarray:
    """The start as a library takes it: a matrix where the rule asks for one."""
    return START.reshape((getattr(pair.rule, "blocks", None) or (START.shape,))[0])


def torch_walker(pair: Pair) -> Walker:
    import torch

    return TorchWalker(lambda params: pair.spelling.make(torch, pair.rule, params), pair.dtype, shaped_start(pair))


def optax_walker(pair: Pair) -> Walker:
    import optax

    return OptaxWalker(pair.spelling.make(optax, pair.rule), shaped_start(pair))


def keras_walker(pair: Pair) -> Walker:
    import keras

    floatx = keras.config.floatx()
    keras.config.set_floatx("float64")  # in which an optimizer keeps its learning rate
    try:
        return KerasWalker(pair.spelling.make(keras.optimizers, pair.rule), shaped_start(pair))
    finally:
        keras.config.set_floatx(floatx)


WALKERS = {"torch": torch_walker, "optax": optax_walker, "keras": keras_walker}


# (library, rule): how it is spelled there
SPELLINGS: dict[tuple[str, type], Spelling] = {
    ("torch", al.SGD): Spelling(torch_sgd),
    ("torch", al.Momentum): Spelling(torch_sgd, first_is_dampened),
    ("torch", al.Nesterov): Spelling(torch_sgd),
    ("torch", al.AdaGrad): Spelling(torch_adagrad),
    ("torch", al.RMSProp): Spelling(torch_rmsprop),
    ("torch", al.Adam): Spelling(torch_adam, without_correction),
    ("torch", al.AMSGrad): Spelling(torch_adam, can=lambda rule: rule.convention == "torch"),
    ("torch", al.AdamW): Spelling(torch_adam),
    ("optax", al.SGD): Spelling(lambda optax, rule: optax.sgd(rule.lr)),
    ("optax", al.Momentum): Spelling(optax_momentum),
    ("optax", al.Nesterov): Spelling(optax_momentum),
    ("optax", al.AdaGrad): Spelling(optax_adagrad, can=has_tiny_eps),
    ("optax", al.RMSProp): Spelling(optax_rmsprop),
    ("optax", al.Adam): Spelling(optax_adam, can=has_correction),
    ("optax", al.NAdam): Spelling(optax_nadam),
    ("optax", al.AMSGrad): Spelling(optax_amsgrad, can=lambda rule: rule.convention != "torch"),
    ("optax", al.AdamW): Spelling(optax_adamw),
    ("keras", al.SGD): Spelling(lambda keras, rule: keras.SGD(rule.lr)),
    ("keras", al.Momentum): Spelling(
        lambda keras, rule: keras.SGD(rule.lr, momentum=rule.beta), can=lambda rule: rule.dampening == 0
    ),
    ("keras", al.Nesterov): Spelling(lambda keras, rule: keras.SGD(rule.lr, momentum=rule.beta, nesterov=True)),
    ("keras", al.AdaGrad): Spelling(
        lambda keras, rule: keras.Adagrad(rule.lr, initial_accumulator_value=0.0, epsilon=rule.eps**2), can=has_tiny_eps
    ),
    ("keras", al.RMSProp): Spelling(
        lambda keras, rule: keras.RMSprop(rule.lr, rho=rule.beta2, epsilon=rule.eps**2), can=has_tiny_eps
    ),
    ("keras", al.Adam): Spelling(keras_adam, eps_is_hat, has_correction),
    ("keras", al.AMSGrad): Spelling(keras_adam, eps_is_hat, lambda rule: rule.convention == "torch"),
    ("keras", al.AdamW): Spelling(keras_adam, eps_is_hat),
    ("torch", al.AdaMax): Spelling(torch_adamax, can=has_tiny_eps),
    ("optax", al.AdaMax): Spelling(lambda optax, r: optax.adamax(r.lr, r.beta1, r.beta2, r.eps), can=has_tiny_eps),
    ("keras", al.AdaMax): Spelling(lambda keras, r: keras.Adamax(r.lr, beta_1=r.beta1, beta_2=r.beta2, epsilon=r.eps)),
    ("torch", al.RAdam): Spelling(torch_radam, can=lambda rule: rule.convention == "torch"),
    ("optax", al.RAdam): Spelling(
        lambda optax, r: optax.radam(r.lr, r.beta1, r.beta2, r.eps), can=lambda rule: rule.convention == "optax"
    ),
    ("optax", al.ADOPT): Spelling(lambda optax, r: optax.contrib.adopt(r.lr, r.beta1, r.beta2, eps=r.eps)),
    ("torch", al.Adadelta): Spelling(lambda torch, r, params: torch.optim.Adadelta(params, lr=r.lr, rho=r.rho, eps=r.eps)),
    ("optax", al.Adadelta): Spelling(lambda optax, r: optax.adadelta(r.lr, r.rho, r.eps)),
    ("keras", al.Adadelta): Spelling(lambda keras, r: keras.Adadelta(r.lr, rho=r.rho, epsilon=r.eps)),
    ("torch", al.Muon): Spelling(torch_muon, can=lambda rule: rule.convention == "torch"),
    ("keras", al.Muon): Spelling(keras_muon, no_changes, lambda rule: rule.convention == "keras", "float32"),
    ("optax", al.Muon): Spelling(optax_muon, can=lambda rule: rule.convention == "optax"),
    ("torch", al.Adafactor): Spelling(torch_adafactor, can=lambda rule: rule.convention == "torch"),
    ("keras", al.Adafactor): Spelling(keras_adafactor, no_changes, lambda rule: rule.convention == "paper", "float32"),
    ("optax", al.Adafactor): Spelling(optax_adafactor, can=lambda rule: rule.convention == "optax"),
    ("optax", al.Lion): Spelling(lambda optax, r: optax.lion(r.lr, r.beta1, r.beta2, weight_decay=r.weight_decay)),
    ("keras", al.Lion): Spelling(
        lambda keras, r: keras.Lion(r.lr, beta_1=r.beta1, beta_2=r.beta2, weight_decay=r.weight_decay or None)
    ),
}

PAIRS = {
    f"{library} {rule}": Pair(library, rule, spelling)
    for rule in RULES_COMPARED
    for (library, kind), spelling in SPELLINGS.items()
    if type(rule) is kind and spelling.can(rule)
}

SINGLE_PAIRS = {
    f"float32 torch {rule}": Pair("torch", rule, SPELLINGS["torch", type(rule)], "float32")
    for rule in (
        al.SGD(),
        al.Momentum(),
        al.AdaGrad(),
        al.RMSProp(),
        al.Adam(),
        al.AMSGrad(),
        al.AdamW(),
        al.RAdam(),
        al.Adadelta(),
    )
}

# Where a library departs from adamlib on purpose: its own spelling, untranslated.
DEPARTURES = {
    "torch NAdam schedule": Pair(
        "torch",
        al.NAdam(lr=0.01),
        Spelling(lambda torch, r, params: torch.optim.NAdam(params, lr=r.lr, betas=(r.beta1, r.beta2), eps=r.eps)),
    ),
    "keras NAdam schedule": Pair(
        "keras", al.NAdam(lr=0.01), Spelling(lambda keras, r: keras.Nadam(r.lr, r.beta1, r.beta2, epsilon=r.eps))
    ),
    "torch dampening": Pair("torch", al.Momentum(lr=0.1, beta=0.9, dampening=0.9), Spelling(torch_sgd)),
    "keras Adam eps-hat": Pair("keras", al.Adam(lr=0.1, eps=0.1), Spelling(keras_adam)),
    "keras RMSProp eps inside": Pair(
        "keras",
        al.RMSProp(lr=0.01, beta2=0.9, eps=1e-3),
        Spelling(lambda keras, r: keras.RMSprop(r.lr, rho=r.beta2, epsilon=r.eps)),
    ),
    "optax AdaGrad eps inside": Pair(
        "optax",
        al.AdaGrad(lr=0.5, eps=0.1),
        Spelling(lambda optax, r: optax.adagrad(r.lr, initial_accumulator_value=0.0, eps=r.eps)),
    ),
    "torch AdaMax eps before the maximum": Pair("torch", al.AdaMax(lr=0.1, beta2=0.5, eps=0.1), Spelling(torch_adamax)),
    "torch RAdam against optax": Pair("torch", al.RAdam(lr=0.1, eps=0.1, convention="optax"), Spelling(torch_radam)),
    "torch Muon in bfloat16": Pair(
        "torch",
        al.Muon(lr=0.02, scale="rows", blocks=PLATE),
        Spelling(lambda torch, r, params: torch.optim.Muon(params, r.lr, 0.0)),
    ),
    "torch AMSGrad against optax": Pair("torch", al.AMSGrad(lr=0.01, convention="optax"), Spelling(torch_adam)),
}

SINGLE_PAIRS["optax Adafactor"] = Pair(  # which takes t^-decay in float32
    "optax",
    al.Adafactor(lr=0.01, eps1=1e-30, convention="optax", blocks=PLATE),
    Spelling(optax_adafactor, precision="float32"),
)

EVERY = PAIRS | SINGLE_PAIRS | DEPARTURES


def walk_of_theirs(pair: Pair) -> np.ndarray:
    """theta after each of STEPS_KEPT, (10, 8), as the library walks."""
    walker, path = WALKERS[pair.library](pair), []
    for t, g in enumerate(gradients(), 1):
        now = pair.spelling.before(pair.rule, t)
        theta, _ = set_before(walker, now)(g.reshape(shaped_start(pair).shape) * now.get("gradient", 1.0))
        if t in STEPS_KEPT:
            path.append(np.reshape(theta, START.shape))
    return np.array(path)


def set_before(walker: Any, now: dict[str, float]) -> Walker:
    """The walker, its optimizer with settings of this step."""
    settings = {name: value for name, value in now.items() if name != "gradient"}
    if isinstance(walker, TorchWalker):
        walker.optimizer.param_groups[0].update(settings)
    for name, value in settings.items() if isinstance(walker, KerasWalker) else ():
        setattr(walker.optimizer, name, value)
    return walker


def walk_of_ours(pair: Pair) -> np.ndarray:
    """theta after each of STEPS_KEPT, (10, 8), as adamlib walks."""
    state, path = pair.rule.init(START.astype(pair.dtype)), []
    for g in gradients():
        state = pair.rule.step(state, g)
        if state.t in STEPS_KEPT:
            path.append(state.theta)
    return np.array(path)
