"""The same gradients through PyTorch, Optax and Keras, in float64. In tests/, with those libraries installed:

    python -m helpers.peers.record

writes helpers/peers/recorded.json, which library/test_peers.py compares with adamlib. RULES says what is compared, TRANSLATIONS
how each rule is spelled elsewhere; a rule meets every library that has a translation for it.
"""

import json
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np

import adamlib as al
from helpers.peers.gradients import START, STEPS, gradients

os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it once, when it is imported

RECORDED = Path(__file__).with_name("recorded.json")
ROWS = (1, 2, 3, 10, 20, 50, 100, 200, 400)
TINY = 1e-150  # an eps that matters only where the root is zero: its place is then no longer a convention

RULES = (
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
)

Steps = Iterator[np.ndarray]


class Pair(NamedTuple):
    """One of our rules, and the same in a library: how(module, rule, ...) makes it."""

    library: str
    rule: al.Optimizer
    how: Callable
    dtype: str = "float64"


def by_torch(rule: al.Optimizer, make: Callable, dtype: str = "float64") -> Steps:
    """make(torch, rule, [theta]) returns their optimizer and what changes before step t (a function of t), or None:
    settings of theirs, or "gradient", a factor.
    """
    import torch

    theta = torch.tensor(START, dtype=getattr(torch, dtype), requires_grad=True)
    optimizer, settings = make(torch, rule, [theta])
    for t, g in enumerate(gradients(), 1):
        now = settings(t) if settings else {}
        theta.grad = torch.tensor(g * now.pop("gradient", 1.0), dtype=theta.dtype)
        optimizer.param_groups[0].update(now)
        optimizer.step()
        yield theta.detach().numpy().copy()


def by_optax(rule: al.Optimizer, make: Callable, dtype: str = "float64") -> Steps:
    """make(optax, rule) returns their gradient transformation."""
    import jax
    import optax

    with jax.enable_x64(True):
        transform = make(optax, rule)
        theta = jax.numpy.asarray(START, dtype)
        state = transform.init(theta)
        update = jax.jit(transform.update)
        for g in gradients():
            change, state = update(jax.numpy.asarray(g, dtype), state, theta)
            theta = optax.apply_updates(theta, change)
            yield np.array(theta)


def by_keras(rule: al.Optimizer, make: Callable, dtype: str = "float64") -> Steps:
    """make(keras.optimizers, rule) returns their optimizer and its epsilon before step t (a function of t), or None."""
    import keras

    keras.config.set_floatx(dtype)
    theta = keras.Variable(START, dtype=dtype)
    optimizer, epsilon = make(keras.optimizers, rule)
    for t, g in enumerate(gradients(), 1):
        if epsilon:
            optimizer.epsilon = epsilon(t)
        optimizer.apply([keras.ops.convert_to_tensor(g, dtype=dtype)], [theta])
        yield keras.ops.convert_to_numpy(theta).copy()


LIBRARIES = {"torch": by_torch, "optax": by_optax, "keras": by_keras}


def torch_sgd(torch, rule, theta):
    """Their first buffer is g, whatever the dampening: (1 - dampening) g_1 in the place of g_1 makes it ours."""
    if isinstance(rule, al.SGD):
        return torch.optim.SGD(theta, lr=rule.lr), None
    nesterov, dampening = isinstance(rule, al.Nesterov), getattr(rule, "dampening", 0.0)
    optimizer = torch.optim.SGD(theta, lr=rule.lr, momentum=rule.beta, dampening=dampening, nesterov=nesterov)
    first = (1 - dampening) if rule.beta > 0 else 1.0
    return optimizer, lambda t: {"gradient": first if t == 1 else 1.0}


def torch_adam(torch, rule, theta):
    """Without correction: undo theirs by the rate and the eps of every step."""
    kind, more = torch.optim.Adam, {"amsgrad": isinstance(rule, al.AMSGrad)}
    if isinstance(rule, al.AdamW):
        kind, more = torch.optim.AdamW, {"weight_decay": rule.weight_decay}
    optimizer = kind(theta, lr=rule.lr, betas=(rule.beta1, rule.beta2), eps=rule.eps, **more)

    def uncorrected(t: int) -> dict:
        root = sqrt(1 - rule.beta2**t)
        return {"lr": rule.lr * (1 - rule.beta1**t) / root, "eps": rule.eps / root}

    return optimizer, None if rule.bias_correction else uncorrected


def optax_momentum(optax, rule):
    nesterov, dampening = isinstance(rule, al.Nesterov), getattr(rule, "dampening", 0.0)
    return optax.chain(optax.scale(1 - dampening), optax.trace(rule.beta, nesterov=nesterov), optax.scale(-rule.lr))


def optax_amsgrad(optax, rule):
    corrected = rule.convention == "optax"
    scale = optax.scale_by_amsgrad(rule.beta1, rule.beta2, rule.eps, bias_correction_mu=corrected, bias_correction_nu=corrected)
    return optax.chain(scale, optax.scale(-rule.lr))


def keras_adam(optimizers, rule):
    """Their epsilon is eps-hat, which is eps sqrt(1 - beta2^t)."""
    kind, more = optimizers.Adam, {"amsgrad": isinstance(rule, al.AMSGrad)}
    if isinstance(rule, al.AdamW):
        kind, more = optimizers.AdamW, {"weight_decay": rule.weight_decay}
    optimizer = kind(rule.lr, beta_1=rule.beta1, beta_2=rule.beta2, **more)
    return optimizer, lambda t: rule.eps * sqrt(1 - rule.beta2**t)


def always(rule) -> bool:
    return True


def tiny(rule) -> bool:
    return rule.eps == TINY


def corrected(rule) -> bool:
    return rule.bias_correction


def as_torch(rule) -> bool:
    return rule.convention == "torch"


def as_optax(rule) -> bool:
    return rule.convention != "torch"


# (library, rule): (which settings the library can express, how)
TRANSLATIONS: dict[tuple[str, type], tuple[Callable, Callable]] = {
    ("torch", al.SGD): (always, torch_sgd),
    ("torch", al.Momentum): (always, torch_sgd),
    ("torch", al.Nesterov): (always, torch_sgd),
    ("torch", al.AdaGrad): (always, lambda torch, r, theta: (torch.optim.Adagrad(theta, lr=r.lr, eps=r.eps), None)),
    ("torch", al.RMSProp): (
        always,
        lambda torch, r, theta: (torch.optim.RMSprop(theta, lr=r.lr, alpha=r.beta2, eps=r.eps), None),
    ),
    ("torch", al.Adam): (always, torch_adam),
    ("torch", al.AMSGrad): (as_torch, torch_adam),
    ("torch", al.AdamW): (always, torch_adam),
    ("optax", al.SGD): (always, lambda optax, r: optax.sgd(r.lr)),
    ("optax", al.Momentum): (always, optax_momentum),
    ("optax", al.Nesterov): (always, optax_momentum),
    ("optax", al.AdaGrad): (tiny, lambda optax, r: optax.adagrad(r.lr, initial_accumulator_value=0.0, eps=0.0)),
    ("optax", al.RMSProp): (always, lambda optax, r: optax.rmsprop(r.lr, decay=r.beta2, eps=r.eps, eps_in_sqrt=False)),
    ("optax", al.Adam): (corrected, lambda optax, r: optax.adam(r.lr, r.beta1, r.beta2, r.eps)),
    ("optax", al.NAdam): (always, lambda optax, r: optax.nadam(r.lr, r.beta1, r.beta2, r.eps)),
    ("optax", al.AMSGrad): (as_optax, optax_amsgrad),
    ("optax", al.AdamW): (
        always,
        lambda optax, r: optax.adamw(r.lr, r.beta1, r.beta2, r.eps, weight_decay=r.weight_decay),
    ),
    ("keras", al.SGD): (always, lambda keras, r: (keras.SGD(r.lr), None)),
    ("keras", al.Momentum): (lambda r: r.dampening == 0, lambda keras, r: (keras.SGD(r.lr, momentum=r.beta), None)),
    ("keras", al.Nesterov): (always, lambda keras, r: (keras.SGD(r.lr, momentum=r.beta, nesterov=True), None)),
    ("keras", al.AdaGrad): (
        tiny,
        lambda keras, r: (keras.Adagrad(r.lr, initial_accumulator_value=0.0, epsilon=r.eps**2), None),
    ),
    ("keras", al.RMSProp): (tiny, lambda keras, r: (keras.RMSprop(r.lr, rho=r.beta2, epsilon=r.eps**2), None)),
    ("keras", al.Adam): (corrected, keras_adam),
    ("keras", al.AMSGrad): (as_torch, keras_adam),
    ("keras", al.AdamW): (always, keras_adam),
}

PAIRS = {
    f"{library} {rule}": Pair(library, rule, how)
    for rule in RULES
    for (library, kind), (can, how) in TRANSLATIONS.items()
    if type(rule) is kind and can(rule)
}

FLOAT32 = {
    f"float32 torch {rule}": Pair("torch", rule, TRANSLATIONS["torch", type(rule)][1], "float32")
    for rule in (al.SGD(), al.Momentum(), al.AdaGrad(), al.RMSProp(), al.Adam(), al.AMSGrad(), al.AdamW())
}

# Where a library departs from adamlib on purpose: its own spelling, untranslated.
DEPARTURES = {
    "torch NAdam schedule": Pair(
        "torch",
        al.NAdam(lr=0.01),
        lambda torch, r, theta: (torch.optim.NAdam(theta, lr=r.lr, betas=(r.beta1, r.beta2), eps=r.eps), None),
    ),
    "keras NAdam schedule": Pair(
        "keras", al.NAdam(lr=0.01), lambda keras, r: (keras.Nadam(r.lr, r.beta1, r.beta2, epsilon=r.eps), None)
    ),
    "torch dampening": Pair(
        "torch",
        al.Momentum(lr=0.1, beta=0.9, dampening=0.9),
        lambda torch, r, theta: (torch.optim.SGD(theta, lr=r.lr, momentum=r.beta, dampening=r.dampening), None),
    ),
    "keras Adam eps-hat": Pair(
        "keras", al.Adam(lr=0.1, eps=0.1), lambda keras, r: (keras.Adam(r.lr, r.beta1, r.beta2, epsilon=r.eps), None)
    ),
    "keras RMSProp eps inside": Pair(
        "keras",
        al.RMSProp(lr=0.01, beta2=0.9, eps=1e-3),
        lambda keras, r: (keras.RMSprop(r.lr, rho=r.beta2, epsilon=r.eps), None),
    ),
    "optax AdaGrad eps inside": Pair(
        "optax",
        al.AdaGrad(lr=0.5, eps=0.1),
        lambda optax, r: optax.adagrad(r.lr, initial_accumulator_value=0.0, eps=r.eps),
    ),
    "torch AMSGrad against optax": Pair("torch", al.AMSGrad(lr=0.01, convention="optax"), torch_adam),
}

EVERY = PAIRS | FLOAT32 | DEPARTURES


def theirs(pair: Pair) -> np.ndarray:
    """theta after each of ROWS, (9, 8), as the library walks."""
    walk = LIBRARIES[pair.library](pair.rule, pair.how, pair.dtype)
    return np.array([theta for t, theta in enumerate(walk, 1) if t in ROWS])


def ours(pair: Pair) -> np.ndarray:
    """theta after each of ROWS, (9, 8), as adamlib walks."""
    state, path = pair.rule.init(START.astype(pair.dtype)), []
    for g in gradients():
        state = pair.rule.step(state, g)
        if state.t in ROWS:
            path.append(state.theta)
    return np.array(path)


def main() -> None:
    paths = {name: theirs(pair) for name, pair in EVERY.items()}
    versions = {name: version(name) for name in ("numpy", "torch", "optax", "jax", "keras")}
    head = {"made by": "python -m helpers.peers.record", "versions": versions, "steps": STEPS, "rows": ROWS}
    lines = [f"{json.dumps(name)}: {_json(path)}" for name, path in paths.items()]
    RECORDED.write_text(json.dumps(head)[:-1] + ',\n"paths": {\n' + ",\n".join(lines) + "\n}}\n")


def _json(path: np.ndarray) -> str:
    """Thirteen digits: a hundred times finer than the tolerance."""
    rows = (",".join(f"{x:.13g}" for x in row) for row in path)
    return "[[" + "],[".join(rows).replace("nan", "NaN") + "]]"


if __name__ == "__main__":
    main()
