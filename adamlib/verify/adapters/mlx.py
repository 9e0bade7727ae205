"""MLX: its optimizers, on a processor, since float64 is nowhere else."""

import sys
from copy import deepcopy
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.verify.adapters import torch
from adamlib.verify.adapters.base import Adapter, Settings, Walker, WalkerMaker, instance_of, kind_in, named_arrays
from adamlib.verify.rules import SAY_LIKE

NOTATION = {
    "gradient": "gradient",
    "theta": "parameter",
    "m": "m",
    "v": "v",
    "lr": "learning_rate",
    **{name: torch.NOTATION[name] for name in ("beta1", "beta2", "eps", "weight_decay", "t")},
}
ALIASES = {"beta": ("momentum",), "beta2": ("alpha",)}
ASKED = {
    "Adam": "mlx.optimizers:Adam learning_rate=0.001",
    "AdamW": "mlx.optimizers:AdamW learning_rate=0.001",
    "RMSProp": "mlx.optimizers:RMSprop learning_rate=0.001",
    "AdaGrad": "mlx.optimizers:Adagrad learning_rate=0.001",
    "AdaGrad with a large eps": "mlx.optimizers:Adagrad learning_rate=0.1 eps=0.01",
}


class MlxWalker(Walker):
    """A copy of an optimizer, from its first step on, on one float64 array."""

    def __init__(self, optimizer: Any, start: np.ndarray = START):
        import mlx.core as mx

        self.mx = mx
        self.optimizer = deepcopy(optimizer)
        self.optimizer.state = {name: value for name, value in optimizer.state.items() if not isinstance(value, (dict, list))}
        self.optimizer.state["step"] = mx.array(0, mx.uint64)
        with mx.stream(mx.cpu):
            self.theta = {"theta": mx.array(start, mx.float64)}

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        with self.mx.stream(self.mx.cpu):
            self.theta = self.optimizer.apply_gradients({"theta": self.mx.array(g, self.mx.float64)}, self.theta)
            self.mx.eval(self.theta, self.optimizer.state)
            return np.array(self.theta["theta"]), named_arrays(self.optimizer.state["theta"])

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        return sorted(self.optimizer.state["theta"])


class MlxAdapter(Adapter):
    """An optimizer, which is not touched, or its class where it has a default for everything."""

    package, title = "mlx", "MLX"
    notation, aliases, asked = NOTATION, ALIASES, ASKED

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        optimizer = instance_of(thing)
        return lambda start: MlxWalker(optimizer, start)

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]]:
        optimizer = thing(**given) if given and isinstance(thing, type) else instance_of(thing)
        settings = {name: value for name, value in vars(optimizer).items() if not name.startswith("_")}
        return kind_in(optimizer, self.package), {**settings, "learning_rate": optimizer.learning_rate.item()}

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        if name.lower() in ("muon", "adafactor"):
            raise LookupError(f"no rule of ours is MLX's {name}; {SAY_LIKE}")
        return super().rule_from(name, settings)

    def remarks_on(self, thing: Any) -> list[str]:
        steps = 0 if isinstance(thing, type) else thing.state["step"].item()
        return [f"its state, after {steps} steps, was left behind"] if steps else []

    def versions(self) -> dict[str, str]:
        return super().versions() | {"mlx": sys.modules["mlx.core"].__version__}
