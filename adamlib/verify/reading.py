"""Which rule an object of a library is meant to be, read from its own settings."""

from typing import Any

from adamlib.optimizers import SGD, AdaGrad, Adam, AMSGrad, Momentum, NAdam, Nesterov, Optimizer, RMSProp
from adamlib.verify.conventions import decayed
from adamlib.verify.walkers import comes_from

# Options that no rule of ours has, by library and class: the values at which they do nothing.
FOREIGN: dict[str, dict[str, tuple]] = {
    "lr_decay": {"": (0,)},
    "initial_accumulator_value": {"Adagrad": (0, 0.1)},
    "centered": {"": (False,)},
    "momentum": {"RMSprop": (0, 0.0, None)},
    "clipnorm": {"": (None,)},
    "clipvalue": {"": (None,)},
    "global_clipnorm": {"": (None,)},
    "use_ema": {"": (False,)},
    "gradient_accumulation_steps": {"": (None, 1)},
    "loss_scale_factor": {"": (None,)},
    "eps_root": {"": (0, 0.0)},
    "bias_correction": {"rmsprop": (False,)},
    "initial_scale": {"rmsprop": (0, 0.0)},
    "mask": {"": (None,)},
}


def settings_of(optimizer: Any) -> dict[str, Any]:
    """The hyperparameters that an object of PyTorch or Keras tells, and under "kind" the name of the class it inherits from."""
    library = "torch" if comes_from(optimizer, "torch") else "keras"
    kinds = [base.__name__ for base in type(optimizer).__mro__ if base.__module__.partition(".")[0] == library]
    kind = next((kind for kind in kinds if kind.lower() in RULES), type(optimizer).__name__)
    if library == "torch":
        return {**{name: value for name, value in optimizer.param_groups[0].items() if name != "params"}, "kind": kind}
    return {**optimizer.get_config(), "kind": kind}


def by_name(kind: str, settings: dict[str, Any]) -> Optimizer:
    """The rule for a name in PyTorch, Keras or Optax and its hyperparameters. Raises LookupError where we have none."""
    for option, allowed in FOREIGN.items():
        harmless = allowed.get(kind, allowed.get(""))
        if option in settings and harmless is not None and settings[option] not in harmless:
            raise LookupError(f"no rule of ours has {option}={settings[option]!r}; say like which rule it should be: like=...")
    if kind.lower() not in RULES:
        raise LookupError(f"no rule of ours is called {kind}; say like which rule it should be: like=...")
    rule = RULES[kind.lower()](settings)
    return decayed(rule, _number(settings.get("weight_decay") or 0.0))


def _number(value: Any) -> float:
    """A setting as a number. Raises LookupError for a schedule."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise LookupError(f"{value!r:.60} is not one number; say like which rule it should be: like=...") from None


def _get(settings: dict, *names: str) -> dict[str, float]:
    """{first name: value} for the first of the names that is set."""
    found = [settings[name] for name in names if settings.get(name) is not None]
    return {names[0]: _number(found[0])} if found else {}


def _lr(settings):
    return _get(settings, "lr", "learning_rate")


def _adam(settings):
    pair = settings.get("betas", (None, None))
    named = settings | {"beta1": pair[0], "beta2": pair[1]}
    beta1, beta2 = _get(named, "beta1", "beta_1", "b1"), _get(named, "beta2", "beta_2", "b2")
    return _lr(settings) | beta1 | beta2 | _get(settings, "eps", "epsilon")


def _sgd(settings):
    beta = _get(settings, "beta", "momentum").get("beta", 0.0)
    if beta == 0:
        return SGD(**_lr(settings))
    if settings.get("nesterov"):
        return Nesterov(**_lr(settings), beta=beta)
    return Momentum(**_lr(settings), beta=beta, **_get(settings, "dampening"))


def _adam_or_amsgrad(settings):
    return (AMSGrad if settings.get("amsgrad") else Adam)(**_adam(settings))


def _optax_adam(settings):
    return (NAdam if settings.get("nesterov") else Adam)(**_adam(settings))


RULES = {
    "sgd": _sgd,
    "adagrad": lambda settings: AdaGrad(**_lr(settings), **_get(settings, "eps", "epsilon")),
    "rmsprop": lambda settings: RMSProp(
        **_lr(settings), **_get(settings, "beta2", "alpha", "rho", "decay"), **_get(settings, "eps", "epsilon")
    ),
    "adam": lambda settings: (_optax_adam if settings.get("nesterov") else _adam_or_amsgrad)(settings),
    "adamw": lambda settings: (_optax_adam if settings.get("nesterov") else _adam_or_amsgrad)(settings),
    "amsgrad": lambda settings: AMSGrad(**_adam(settings), convention="optax"),
    "nadam": lambda settings: NAdam(**_adam(settings)),
    "nadamw": lambda settings: NAdam(**_adam(settings)),
}
