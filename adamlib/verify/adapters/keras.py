"""Keras: its optimizers, on whichever backend it runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from inspect import isclass
from types import FunctionType
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.validate import refuse_as
from adamlib.verify.adapters.base import Adapter, Settings, Walker, WalkerMaker, comes_from, instance_of, kind_in

NOTATION = {
    "gradient": "gradient",
    "theta": "variable",
    "m": "momentum",
    "v": "velocity",
    "v_max": "velocity_hat",
    "lr": "learning_rate",
    "beta1": "beta_1",
    "beta2": "beta_2",
    "eps": "epsilon",
    "weight_decay": "weight_decay",
    "t": "iterations",
}
ALIASES = {
    "beta": ("momentum",),
    "beta2": ("rho",),
    "steps": ("ns_steps",),
    "eps1": ("epsilon_1",),
    "eps2": ("epsilon_2",),
    "d": ("clip_threshold",),
}
HARMLESS = {
    "rms_rate": ("muon", (0.2,)),
    "muon_a": ("muon", (3.4445,)),
    "muon_b": ("muon", (-4.7750,)),
    "muon_c": ("muon", (2.0315,)),
    "relative_step": ("adafactor", (True,)),
    "initial_accumulator_value": ("adagrad", (0, 0.1)),
    "centered": ("", (False, True)),
    "momentum": ("rmsprop", (0, None)),
    "clipnorm": ("", (None,)),
    "clipvalue": ("", (None,)),
    "global_clipnorm": ("", (None,)),
    "loss_scale_factor": ("", (None,)),
}
ASKED = {
    "Muon": "keras.optimizers:Muon",
    "Adafactor": "keras.optimizers:Adafactor",
    "Adam": "keras.optimizers:Adam",
    "Adam with decay": "keras.optimizers:Adam weight_decay=0.1",
    "AdamW": "keras.optimizers:AdamW",
    "AMSGrad": "keras.optimizers:Adam amsgrad=True",
    "NAdam": "keras.optimizers:Nadam",
    "RMSProp": "keras.optimizers:RMSprop",
    "AdaGrad": "keras.optimizers:Adagrad",
    "AdaGrad with a large eps": "keras.optimizers:Adagrad learning_rate=0.1 epsilon=0.01 initial_accumulator_value=0.0",
}


COPIED_AS_IT_IS = (bool, int, float, str, FunctionType)


class KerasWalker(Walker):
    """A Keras optimizer, rebuilt from its configuration, on one float64 variable."""

    def __init__(self, optimizer: Any, start: np.ndarray = START):
        import keras

        self.keras, self.floatx = keras, keras.config.floatx()
        with self._double():
            self.theta = keras.Variable(start, dtype="float64", name="theta")
            self.optimizer = rebuilt(optimizer)
            self.optimizer.build([self.theta])

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        with self._double():
            self.optimizer.apply([self.keras.ops.convert_to_tensor(np.array(g), dtype="float64")], [self.theta])
            arrays = {_name_of(v): self._numpy(v) for v in self.optimizer.variables if v.shape == g.shape}
            return self._numpy(self.theta), arrays

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        names = [variable.path.rpartition("/")[2] for variable in self.optimizer.variables]
        return sorted(name.removeprefix("theta_") for name in names if not name.startswith("variable"))

    def _numpy(self, x: Any) -> np.ndarray:
        return np.array(self.keras.ops.convert_to_numpy(x))

    @contextmanager
    def _double(self) -> Iterator[None]:
        self.keras.config.set_floatx("float64")
        try:
            yield
        finally:
            self.keras.config.set_floatx(self.floatx)


def rebuilt(optimizer: Any) -> Any:
    """An optimizer made anew from its configuration, with plain attributes that are not in it."""
    fresh = type(optimizer).from_config(optimizer.get_config())
    own = {name: value for name, value in vars(optimizer).items() if not name.startswith("_") and name != "built"}
    for name, value in own.items():
        if isinstance(value, COPIED_AS_IT_IS) and getattr(fresh, name, None) is not value:
            setattr(fresh, name, value)
    return fresh


def refuse_what_scales_losses(thing: Any) -> None:
    """Refuse what divides gradients by the scale of a loss and hands them to an optimizer. Raises TypeError."""
    kind = (thing if isclass(thing) else type(thing)).__name__
    if "LossScaleOptimizer" in kind:  # tf_keras writes something before it, or behind
        refuse_as(TypeError, "optimizer", f"= {kind}", "follow a rule; pass the one inside it, inner_optimizer")


def _name_of(variable: Any) -> str:
    """The name of a variable of the optimizer, without that of the parameter it belongs to."""
    return variable.path.rpartition("/")[2].removeprefix("theta_")


def words_for_matrices(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """By our names, what Keras's rules for matrices do without saying so, or say in another way."""
    if name == "muon":
        return {"convention": "keras", "epsilon": None}  # its epsilon is for vectors
    return {"convention": "paper", "decay": -settings.get("beta_2_decay", -0.8)} if name == "adafactor" else {}


def words_for_average(settings: Mapping[str, Any]) -> list[str]:
    """What is to be said of an optimizer that keeps an average of theta."""
    if not settings.get("use_ema"):
        return []
    every = settings.get("ema_overwrite_frequency")
    often = f"every {every} steps theta is overwritten with it" if every else "theta is not overwritten with it while it walks"
    return [f"with use_ema=True it keeps a moving average of theta; {often}"]


class KerasAdapter(Adapter):
    """An optimizer, which is not touched, or its class with the settings that it has by default."""

    package, title, beside = "keras", "Keras", ("the backend that KERAS_BACKEND names, torch or jax,",)
    notation, aliases, harmless, asked = NOTATION, ALIASES, HARMLESS, ASKED

    def recognises(self, thing: Any) -> bool:
        return comes_from(thing, self.package)

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        refuse_what_scales_losses(thing)
        optimizer = instance_of(thing)
        return lambda start: KerasWalker(optimizer, start)

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]]:
        optimizer: Any = thing(**given or {}) if isclass(thing) else thing
        return kind_in(optimizer, self.package), optimizer.get_config()

    def remarks_on(self, thing: Any) -> list[str]:
        if isclass(thing):
            return []
        counted: Any = getattr(thing, "iterations", None)
        steps = int(counted.numpy() if hasattr(counted, "numpy") else counted or 0)
        left = [f"its state, after {steps} steps, was left behind"] if steps else []
        return [*left, *words_for_average(thing.get_config())]

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        return super().rule_from(name, {**settings, **words_for_matrices(name.lower(), settings)})
