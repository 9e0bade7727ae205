"""Optax: gradient transformations, and the functions that make them."""

from inspect import signature
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Settings, WalkerMaker, instance_of
from adamlib.verify.adapters.init_update import InitUpdateWalker, has_init_and_update

NOTATION = {
    "gradient": "updates",
    "theta": "params",
    "m": "mu",
    "v": "nu",
    "m_hat": "mu_hat",
    "v_hat": "nu_hat",
    "v_max": "nu_max",
    "lr": "learning_rate",
    "beta1": "b1",
    "beta2": "b2",
    "eps": "eps",
    "weight_decay": "weight_decay",
    "t": "count",
}
ALIASES = {"beta": ("momentum",), "beta2": ("decay",), "steps": ("ns_steps",), "d": ("clipping_threshold",)}
OF_OPTAX = ("amsgrad", "radam", "muon", "adafactor")  # whose convention is named after it
HARMLESS = {
    "ns_coeffs": ("muon", ((3.4445, -4.7750, 2.0315), [3.4445, -4.7750, 2.0315])),
    "adaptive": ("muon", (False,)),
    "preconditioning": ("muon", ("frobenius",)),
    "consistent_rms": ("muon", (None, 0.2)),
    "multiply_by_parameter_scale": ("adafactor", (True,)),
    "factored": ("adafactor", (True,)),
    "decay_offset": ("adafactor", (0,)),
    "weight_decay_rate": ("adafactor", (None,)),
    "initial_accumulator_value": ("adagrad", (0, 0.1)),
    "centered": ("", (False,)),
    "momentum": ("rmsprop", (0, None)),
    "eps_root": ("", (0,)),
    "bias_correction": ("rmsprop", (False,)),
    "initial_scale": ("rmsprop", (0,)),
    "mask": ("", (None,)),
}
ASKED = {
    "Muon": "optax.contrib:muon learning_rate=0.001",
    "Adafactor": "optax:adafactor learning_rate=0.001 min_dim_size_to_factor=1",
    "Adam": "optax:adam learning_rate=0.001",
    "AdamW": "optax:adamw learning_rate=0.001",
    "AMSGrad": "optax:amsgrad learning_rate=0.001",
    "NAdam": "optax:nadam learning_rate=0.001",
    "RMSProp": "optax:rmsprop learning_rate=0.001",
    "AdaGrad": "optax:adagrad learning_rate=0.001",
    "AdaGrad with a large eps": "optax:adagrad learning_rate=0.1 initial_accumulator_value=0.0 eps=0.01",
}


class OptaxWalker(InitUpdateWalker):
    """A gradient transformation, compiled, in float64."""

    def __init__(self, transform: Any, start: np.ndarray = START):
        import jax

        self.jax = jax
        super().__init__(transform, start)

    def own(self, x: np.ndarray) -> Any:
        return self.jax.numpy.asarray(x)

    def precise(self) -> Any:
        return self.jax.enable_x64(True)

    def compiled(self, update: Any) -> Any:
        return self.jax.jit(update)

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        return sorted(set(_field_names(self.state)))


class OptaxAdapter(Adapter):
    """An object of Optax says nothing of itself; the name and the arguments of the function that makes it do."""

    package, title, beside = "optax", "Optax", ("jax",)
    notation, aliases, harmless, asked = NOTATION, ALIASES, HARMLESS, ASKED

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        transform = instance_of(thing)
        if has_init_and_update(transform):
            return lambda start: OptaxWalker(transform, start)
        name = f"optax.{getattr(thing, 'func', thing).__name__}"
        raise TypeError(f"optimizer = {name} is not allowed: optimizer must be what it makes; call it, as {name}(0.001)")

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]] | None:
        if not callable(thing) or has_init_and_update(thing):
            return None
        call = signature(thing).bind(**given or {})
        call.apply_defaults()
        return name, call.arguments

    def make(self, thing: Any, name: str, given: dict[str, Any]) -> tuple[Any, Optimizer | None]:
        said = self.settings_of(thing, name, given)
        return (thing(**given), self._rule_or_none(*said)) if said else super().make(thing, name, given)

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        settings = {**settings, "convention": "optax"} if name in OF_OPTAX else settings
        if name == "muon":
            settings = {**settings, "eps": None, "scale": "rms" if settings.get("consistent_rms") else "columns"}
        if name == "adafactor":
            settings = {**settings, "decay": settings.get("decay_rate", 0.8), "eps1": settings.get("eps"), "eps": None}
        return super().rule_from(name, settings)

    def _rule_or_none(self, name: str, settings: Settings) -> Optimizer | None:
        try:
            return self.rule_from(name, settings)
        except LookupError:
            return None


def _field_names(state: Any) -> list[str]:
    """The names of all fields in a tree of tuples."""
    if not isinstance(state, tuple):
        return []
    return [*getattr(state, "_fields", ()), *(name for part in state for name in _field_names(part))]
