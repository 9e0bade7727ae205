"""PyTorch: its optimizers, their classes, and functions that make one from parameters."""

import sys
from collections.abc import Callable
from functools import partial
from inspect import isclass, signature
from typing import Any

import numpy as np

from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Walker, array_of, kind_in, required

NOTATION = {
    "gradient": "grad",
    "theta": "param",
    "m": "exp_avg",
    "v": "exp_avg_sq",
    "v_max": "max_exp_avg_sq",
    "lr": "lr",
    "beta1": "betas[0]",
    "beta2": "betas[1]",
    "eps": "eps",
    "weight_decay": "weight_decay",
    "t": "step",
}
ALIASES = {"beta": ("momentum",), "beta2": ("alpha",)}
HARMLESS = {
    "lr_decay": ("", (0,)),
    "initial_accumulator_value": ("adagrad", (0, 0.1)),
    "centered": ("", (False,)),
    "momentum": ("rmsprop", (0, None)),
    "momentum_decay": ("", (0.004,)),
}
ASKED = {
    "Adam": "torch.optim:Adam",
    "Adam with decay": "torch.optim:Adam weight_decay=0.1",
    "AdamW": "torch.optim:AdamW",
    "AMSGrad": "torch.optim:Adam amsgrad=True",
    "NAdam": "torch.optim:NAdam",
    "RMSProp": "torch.optim:RMSprop",
    "AdaGrad": "torch.optim:Adagrad",
    "AdaGrad with a large eps": "torch.optim:Adagrad lr=0.1 eps=0.001 initial_accumulator_value=0.1",
}


class TorchWalker(Walker):
    """A torch.optim.Optimizer on eight parameters of one number each, so that a shared counter shows."""

    def __init__(self, make: Callable, dtype: str = "float64"):
        self.torch = sys.modules["torch"]
        kept = getattr(self.torch, dtype)
        self.params = [self.torch.tensor([x], dtype=kept, requires_grad=True) for x in START]
        self.optimizer, self.remarks = make(self.params), []
        for group in self.optimizer.param_groups:
            if group.get("capturable"):
                group["capturable"] = False
                self.remarks = ["it was walked with capturable=False, which a processor needs"]
            if group.get("differentiable"):
                for param in self.params:  # it changes them in place, which PyTorch forbids where a gradient is recorded
                    param.requires_grad_(False)

    def __call__(self, g):
        for param, part in zip(self.params, g):
            param.grad = self.torch.tensor([part], dtype=param.dtype)
        self.optimizer.step()
        states = [self.optimizer.state.get(param, {}) for param in self.params]
        parts = {name: [array_of(state.get(name)) for state in states] for name in states[0]}
        whole = {name: some for name, some in parts.items() if all(x is not None and x.size == 1 for x in some)}
        arrays = {name: np.array([x.item() for x in some]) for name, some in whole.items()}
        return np.array([param.detach().numpy()[0] for param in self.params]), arrays

    def state_names(self):
        """The names under which it keeps its state, after a step."""
        return sorted(self.optimizer.state[self.params[0]])


class TorchAdapter(Adapter):
    """An optimizer is rebuilt with the settings of its first group, and not touched."""

    package, title = "torch", "PyTorch"
    notation, aliases, harmless, asked = NOTATION, ALIASES, HARMLESS, ASKED

    def recognises(self, thing):
        return factory_of(thing) is not None

    def walker_maker(self, thing, like):
        make = factory_of(thing)
        assert make is not None  # it was recognised
        return lambda: TorchWalker(make)

    def settings_of(self, thing, name="", given=None):
        make = factory_of(partial(thing, **given) if given else thing)
        optimizer = make([_one_parameter()])
        settings = {name: value for name, value in optimizer.param_groups[0].items() if name != "params"}
        return kind_in(optimizer, self.package), settings

    def remarks_on(self, thing):
        groups = getattr(thing, "param_groups", ())
        return [f"only the first of its {len(groups)} groups of parameters was walked"] if len(groups) > 1 else []

    def make(self, thing, name, given):
        return (partial(thing, **given) if given else thing), None


def factory_of(thing: Any) -> Callable | None:
    """From a PyTorch optimizer, its class, or a function params -> optimizer: such a function. None for anything else."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if isclass(thing):
        return thing if issubclass(thing, torch.optim.Optimizer) else None
    if isinstance(thing, torch.optim.Optimizer):
        kind, known = type(thing), signature(type(thing)).parameters
        inherited = {**thing.defaults, **thing.param_groups[0]}  # a scheduler or a hand may have changed the group
        settings = {name: value for name, value in inherited.items() if name in known and name != "params"}
        return lambda params: kind(params, **settings)
    return thing if callable(thing) and len(required(thing)) == 1 and _makes_an_optimizer(thing) else None


def _makes_an_optimizer(function: Callable) -> bool:
    try:
        return isinstance(function([_one_parameter()]), sys.modules["torch"].optim.Optimizer)
    except Exception:
        return False


def _one_parameter() -> Any:
    torch = sys.modules["torch"]
    return torch.zeros(1, dtype=torch.float64, requires_grad=True)
