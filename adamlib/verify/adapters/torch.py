"""PyTorch: its optimizers, their classes, and functions that make one from parameters."""

import sys
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from inspect import isclass, isfunction, signature
from typing import Any

import numpy as np

from adamlib.optimizers import Hyper, Optimizer
from adamlib.probe import MATRIX, PLATE, START
from adamlib.verify.adapters.base import (
    HALF,
    Adapter,
    Settings,
    Walker,
    WalkerMaker,
    array_of,
    kind_in,
    refuse_class_that_needs_more,
    required,
    takes,
)
from adamlib.verify.changes import with_decay, without_decay
from adamlib.verify.rules import SAY_LIKE

JORDAN = (3.4445, -4.7750, 2.0315)
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
ALIASES = {"beta": ("momentum",), "beta2": ("alpha",), "steps": ("ns_steps",), "eps1": ("eps[0]",), "eps2": ("eps[1]",)}
SCALE_NAMES = {None: "rows", "original": "rows", "match_rms_adamw": "rms"}
HARMLESS = {
    "ns_coefficients": ("muon", (JORDAN, list(JORDAN))),
    "lr_decay": ("", (0,)),
    "initial_accumulator_value": ("adagrad", (0, 0.1)),
    "centered": ("", (False, True)),
    "momentum": ("rmsprop", (0, None)),
    "momentum_decay": ("", (0.004,)),
}
ASKED = {
    "Muon": "torch.optim:Muon",
    "Adafactor": "torch.optim:Adafactor",
    "Adam": "torch.optim:Adam",
    "Adam with decay": "torch.optim:Adam weight_decay=0.1",
    "AdamW": "torch.optim:AdamW",
    "AMSGrad": "torch.optim:Adam amsgrad=True",
    "NAdam": "torch.optim:NAdam",
    "RMSProp": "torch.optim:RMSprop",
    "AdaGrad": "torch.optim:Adagrad",
    "AdaGrad with a large eps": "torch.optim:Adagrad lr=0.1 eps=0.001 initial_accumulator_value=0.1",
}


ON_COMPLEX = "it was walked on complex numbers, whose real and imaginary parts are the coordinates"


class TorchWalker(Walker):
    """A torch.optim.Optimizer. A vector is eight parameters of one number, so that a shared counter shows; a matrix is one.

    Of complex numbers there are half as many; their real and imaginary parts are the coordinates.
    """

    def __init__(self, make: Callable[..., Any], dtype: str = "float64", start: np.ndarray = START):
        self.torch = sys.modules["torch"]
        self.is_complex = dtype.startswith("complex")
        self.params = parameters(self.paired(start), getattr(self.torch, dtype))
        self.dtype = "" if self.is_complex else dtype
        self.optimizer, self.remarks = make(self.params), [ON_COMPLEX] if self.is_complex else []
        known = {id(param) for group in self.optimizer.param_groups for param in group["params"]}
        if left_out := sum(id(param) not in known for param in self.params):
            self.remarks += [f"{left_out} of its {len(self.params)} parameters are in none of its groups"]
        for group in self.optimizer.param_groups:
            if group.get("capturable"):
                group["capturable"] = False
                self.remarks += ["it was walked with capturable=False, which a processor needs"]
            if group.get("differentiable"):
                for param in self.params:  # it changes them in place, which PyTorch forbids where a gradient is recorded
                    param.requires_grad_(False)

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        for param, part in zip(self.params, self.paired(g).reshape(len(self.params), *self.params[0].shape)):
            param.grad = self.torch.tensor(part, dtype=param.dtype)
        self.optimizer.step()
        states = [self.optimizer.state.get(param, {}) for param in self.params]
        parts = {name: [array_of(_readable(state.get(name))) for state in states] for name in states[0]}
        whole = {name: some for name, some in parts.items() if all(x is not None and x.size * len(some) == g.size for x in some)}
        arrays = {name: np.array(some).reshape(g.shape) for name, some in whole.items()}
        theta = np.array([_readable(param) for param in self.params])
        return (theta.view(float) if self.is_complex else theta).reshape(g.shape), arrays

    def paired(self, x: np.ndarray) -> np.ndarray:
        """Numbers as they are, or two and two as complex ones."""
        return np.ascontiguousarray(x).view(complex) if self.is_complex else x

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        return sorted(self.optimizer.state[self.params[0]])


class TorchAdapter(Adapter):
    """An optimizer is copied with the settings of its first group, and not touched."""

    package, title = "torch", "PyTorch"
    notation, aliases, harmless, asked = NOTATION, ALIASES, HARMLESS, ASKED

    def recognises(self, thing: Any) -> bool:
        return factory_of(thing) is not None

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        make = factory_of(thing)
        assert make is not None  # it was recognised
        refuse_class_that_needs_more(thing)
        dtype = "complex128" if is_instance(thing) and any("complex" in one for one in dtypes_of(thing)) else "float64"
        return lambda start: TorchWalker(make, dtype, start)

    def low_walker_maker(self, thing: Any) -> WalkerMaker | None:
        low = [dtype for dtype in dtypes_of(thing) if dtype in HALF] if is_instance(thing) else []
        return (lambda start: TorchWalker(partial(copy_of, thing), low[0], start)) if low else None

    def settings_of(self, thing: Any, name: str = "", given: Settings | None = None) -> tuple[str, dict[str, Any]]:
        optimizer, (first, *_) = made_with_groups(partial(thing, **given) if given else thing)
        return kind_in(optimizer, self.package), first[1]

    def rule_from(self, name: str, settings: Settings) -> Optimizer:
        if name.lower() == "muon":
            settings = {**settings, "eps": None, "scale": SCALE_NAMES.get(settings.get("adjust_lr_fn"), "rows")}
        if name.lower() == "adafactor":
            settings = {**settings, "decay": -settings.get("beta2_decay", -0.8)}
        return super().rule_from(name, settings)

    def meant(self, thing: Any, start: np.ndarray = START) -> Optimizer | None:
        """The rule that it says it is; where a factory makes several groups, each coordinate has the settings of its own."""
        try:
            optimizer, groups = made_with_groups(thing, start)
        except Exception:  # it cannot be made; the walk will say why
            return None
        kind = kind_in(optimizer, self.package)
        return rule_by_coordinate([(places, self.rule_from(kind, settings)) for places, settings in groups])

    def meant_of_a_matrix(self, thing: Any) -> Optimizer | None:
        return self.meant(thing, MATRIX) if isfunction(thing) else None

    def remarks_on(self, thing: Any) -> list[str]:
        return left_behind(thing) if is_instance(thing) else []

    def make(self, thing: Any, name: str, given: dict[str, Any]) -> tuple[Any, Optimizer | None]:
        return (partial(thing, **given) if given else thing), None


def left_behind(optimizer: Any) -> list[str]:
    """What of an optimizer is not in its copy, in words."""
    groups, said = optimizer.param_groups, []
    if len(groups) > 1:
        said.append(f"only the first of its {len(groups)} groups of parameters was walked")
    if any(hooks for name, hooks in vars(optimizer).items() if name.endswith("_hooks")):
        said.append("its hooks were left behind")
    said += [f"what was put in the place of its {name} was left behind" for name in replaced_methods(optimizer)]
    if optimizer.state:
        steps = max((float(one["step"]) for one in optimizer.state.values() if "step" in one), default=0.0)
        said.append(f"its state{f', after {steps:.0f} steps,' if steps else ''} was left behind")
    return said


def replaced_methods(optimizer: Any) -> list[str]:
    """The names of methods over which something was put; a schedule of PyTorch only counts the calls of step."""
    own = vars(optimizer).items()
    return [name for name, x in own if callable(getattr(type(optimizer), name, None)) and not hasattr(x, "_wrapped_by_lr_sched")]


def is_instance(thing: Any) -> bool:
    return isinstance(thing, sys.modules["torch"].optim.Optimizer)


def dtypes_of(optimizer: Any) -> list[str]:
    """The dtypes of the parameters in the first group of an optimizer."""
    return sorted({str(param.dtype).removeprefix("torch.") for param in optimizer.param_groups[0]["params"]})


def made_with_groups(thing: Any, start: np.ndarray = START) -> tuple[Any, list[tuple[list[int], dict[str, Any]]]]:
    """An optimizer on the parameters of a start, and for each of its groups the coordinates and the settings.

    One that refuses a vector, as Muon does, is made on a matrix.
    """
    make = factory_of(thing)
    assert make is not None  # it was recognised
    try:
        optimizer = make(params := parameters(start))
    except Exception:
        optimizer = make(params := parameters(START.reshape(PLATE[0])))
    place = {id(param): i for i, param in enumerate(params)}
    groups = []
    for group in optimizer.param_groups:
        settings = {name: value for name, value in group.items() if name not in ("params", "param_names")}
        groups.append(([place[id(param)] for param in group["params"] if id(param) in place], settings))
    return optimizer, [group for group in groups if group[0]] or groups


def factory_of(thing: Any) -> Callable[..., Any] | None:
    """From a PyTorch optimizer, its class, or a function params -> optimizer: such a function. None for anything else."""
    torch = sys.modules.get("torch")
    if torch is None and may_make_one(thing):
        torch = import_module("torch")
    if torch is None:
        return None
    if isclass(made := getattr(thing, "func", thing)):
        return thing if issubclass(made, torch.optim.Optimizer) else None
    if isinstance(thing, torch.optim.Optimizer):
        return partial(copy_of, thing)
    return thing if callable(thing) and len(required(thing)) == 1 and _makes_an_optimizer(thing) else None


def copy_of(optimizer: Any, params: list[Any]) -> Any:
    """The optimizer itself on other parameters: without its state, its hooks and all groups but the first.

    What was put over a method of its class stays away: it is bound to the optimizer that is not to be touched.
    """
    groups, kind = optimizer.param_groups, type(optimizer)
    memo: dict[int, Any] = {id(optimizer.state): defaultdict(dict)}
    memo |= {id(group["params"]): [] for group in groups} | {id(groups[0]["params"]): params}
    memo[id(groups)] = [deepcopy(groups[0], memo)]
    memo |= {id(x): type(x)(params) for x in vars(optimizer).values() if is_list_of(x, groups[0]["params"])}
    copy, kept = object.__new__(kind), {name: x for name, x in vars(optimizer).items() if not callable(getattr(kind, name, None))}
    vars(copy).update({name: OrderedDict() if name.endswith("_hooks") else deepcopy(value, memo) for name, value in kept.items()})
    return copy


def is_list_of(thing: Any, params: Sequence[Any]) -> bool:
    """Whether a thing is another list, or a tuple, of the same parameters."""
    return type(thing) in (list, tuple) and thing is not params and list(map(id, thing)) == list(map(id, params))


def may_make_one(thing: Any) -> bool:
    """Whether a function may import PyTorch itself, which is there: one of one argument, which no step function is."""
    return isfunction(thing) and len(signature(thing).parameters) == 1 == len(required(thing)) and find_spec("torch") is not None


def _makes_an_optimizer(function: Callable[..., Any]) -> bool:
    """Whether a function of one argument makes an optimizer from parameters, or fails to; no step function fails so."""
    try:
        return isinstance(function(parameters(START)), sys.modules["torch"].optim.Optimizer)
    except Exception:
        return not takes(function, 3) or "param" in required(function)[0]


def parameters(start: np.ndarray, dtype: Any = None) -> list[Any]:
    """A start as parameters: a vector as eight of one number each, a matrix as one."""
    torch = sys.modules["torch"]
    parts = start.reshape(-1, 1) if start.ndim == 1 else start[None]
    return [torch.nn.Parameter(torch.tensor(part, dtype=dtype or torch.float64)) for part in parts]


def _readable(value: Any) -> Any:
    """A tensor as an array, anything else as it is; None for a tensor of another kind, as of a few bits, that NumPy cannot read.

    NumPy knows bfloat16 only where ml_dtypes is installed.
    """
    if str(getattr(value, "dtype", "")).endswith("bfloat16"):
        wide = np.asarray(_readable(value.float()))
        return wide.astype(import_module("ml_dtypes").bfloat16) if find_spec("ml_dtypes") else wide
    try:
        return value.detach().numpy() if hasattr(value, "detach") else value
    except RuntimeError:
        return None


def rule_by_coordinate(parts: Sequence[tuple[Sequence[int], Optimizer]]) -> Optimizer:
    """One rule from several of one kind: each hyperparameter has at each coordinate the value of the rule that stands there.

    parts : the coordinates and their rule, decay or none
    Raises LookupError where they are not of one kind.
    """
    rules = [rule for _, rule in parts]
    plain = {without_decay(type(rule)) for rule in rules}
    if len(plain) > 1 or any(rule.words() != rules[0].words() for rule in rules):
        raise LookupError(f"its groups of parameters follow different rules; {SAY_LIKE}")
    kind: Any = plain.pop()
    at = np.concatenate([[i] * len(places) for i, (places, _) in enumerate(parts)]).astype(int)
    order = np.argsort(np.concatenate([places for places, _ in parts]).astype(int))

    def spread(name: str) -> Hyper:
        values = [getattr(rule, name, 0.0) for rule in rules]
        return values[0] if len(set(values)) == 1 else np.array(values)[at][order]

    return with_decay(
        kind(**rules[0].words(), **{name: spread(name) for name in rules[0].hyperparameters() if name != "weight_decay"}),
        spread("weight_decay"),
    )
