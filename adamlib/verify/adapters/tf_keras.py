"""tf_keras: the optimizers of Keras 2, on TensorFlow."""

from inspect import isclass
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Settings, Walker, WalkerMaker, instance_of, kind_in
from adamlib.verify.adapters.keras import (
    ALIASES,
    HARMLESS,
    NOTATION,
    rebuilt,
    refuse_what_scales_losses,
    words_for_average,
    words_for_matrices,
)


class TfKerasWalker(Walker):
    """An optimizer, rebuilt from its configuration, on one float32 variable: TensorFlow cuts its constants to that anyhow."""

    remarks = ("it was walked in float32, as its constants are",)

    def __init__(self, optimizer: Any, start: np.ndarray = START):
        import tensorflow

        self.tf = tensorflow
        self.theta = tensorflow.Variable(start, dtype="float32", name="theta")
        self.optimizer = rebuilt(optimizer)

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        self.optimizer.apply_gradients([(self.tf.constant(g, dtype="float32"), self.theta)])
        variables = self.optimizer.variables
        kept = variables() if callable(variables) else variables  # a method in the optimizers called legacy
        return self.theta.numpy(), {self.name_of(one): one.numpy() for one in kept if one.shape == g.shape}

    def name_of(self, variable: Any) -> str:
        """The name of a variable of the optimizer, without those of the parameter and of the optimizer, on either side."""
        parts = variable.name.partition(":")[0].split("/")
        return next((part for part in parts if part not in ("theta", type(self.optimizer).__name__)), "")


class TfKerasAdapter(Adapter):
    """An optimizer, which is not touched, or its class with the settings that it has by default."""

    package, title, beside = "tf_keras", "tf_keras", ("tensorflow",)
    notation, aliases, harmless = {**NOTATION, "m": "m", "v": "v"}, ALIASES, HARMLESS

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        refuse_what_scales_losses(thing)
        optimizer = instance_of(thing)
        return lambda start: TfKerasWalker(optimizer, start)

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]]:
        optimizer = instance_of(thing)
        return kind_in(optimizer, self.package), optimizer.get_config()

    def remarks_on(self, thing: Any) -> list[str]:
        return [] if isclass(thing) else words_for_average(thing.get_config())

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        return super().rule_from(name, {**settings, **words_for_matrices(name.lower(), settings)})
