"""Walk anyone's optimizer over the probe: a step function, or an object of adamlib, PyTorch, Optax or Keras.

A walker is made afresh for each walk. It takes a gradient and returns theta and the arrays of its state by name.
No library is imported here unless the object itself comes from it.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from inspect import Parameter, isclass, signature
from time import monotonic
from typing import Any

import numpy as np

from adamlib.museum import walk_exhibit
from adamlib.museum.trial import COMMON, extra
from adamlib.optimizers import Adam, Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.crosswalk import PAIRS

PATIENCE = 20.0  # seconds that a walk may take; what was walked by then is judged


class Trouble(Exception):
    """A step whose result cannot be compared; its message is a clause of the sentence."""


@dataclass
class Walk:
    """What came of a walk: one state for each step, and what was remarked on the way."""

    states: list[dict] = field(default_factory=list)
    dtype: str = "float64"
    trouble: str = ""
    remarks: list[str] = field(default_factory=list)


def comes_from(thing: Any, library: str) -> bool:
    """Whether the class of an object, or a class it inherits from, is of that library."""
    kind = thing if isclass(thing) else type(thing)
    return any(base.__module__.partition(".")[0] == library for base in kind.__mro__)


def named_arrays(state: Any, depth: int = 4) -> dict[str, Any]:
    """The arrays of the probe's shape in a state, by the name under which they are kept."""
    if depth == 0 or state is None or isinstance(state, (str, bytes, int, float, np.ndarray)):
        return {}
    if isinstance(state, dict):
        items = list(state.items())
    elif hasattr(state, "_asdict"):
        items = list(state._asdict().items())
    elif isinstance(state, (tuple, list)):
        items = [("", part) for part in state]
    else:
        items = list(getattr(state, "__dict__", {}).items())
    found: dict[str, Any] = {}
    for name, value in items:
        if isinstance(name, str) and name and np.shape(_array(value)) == START.shape:
            found.setdefault(name, _array(value))
        else:
            found = named_arrays(value, depth - 1) | found
    return found


def _array(value: Any) -> Any:
    """A copy as an array of real numbers, where it is one; else None."""
    try:
        array = np.array(value)
    except Exception:
        return None
    return array if array.dtype.kind in "fiu" else None


def memories(arrays: dict[str, Any]) -> dict[str, Any]:
    """m and v among named arrays."""
    pairs = ({"m": arrays[m], "v": arrays[v]} for m, v in PAIRS if m in arrays and v in arrays)
    return next(pairs, {})


class FunctionWalker:
    """step(theta, grad, state) -> (theta, state)."""

    def __init__(self, step: Callable):
        self.step, self.theta, self.state = step, START.copy(), None
        self.remarks: dict[str, None] = {}

    def __call__(self, g: np.ndarray) -> tuple[Any, dict]:
        theta, grad = np.array(self.theta), np.array(g)
        before = theta.copy()
        out = self.step(theta, grad, self.state)
        if not isinstance(out, (tuple, list)) or len(out) != 2:
            raise Trouble("does not return a pair (theta, state)")
        if not np.array_equal(theta, before, equal_nan=True):
            self.remarks["it changes the theta it is given in place"] = None
        if not np.array_equal(grad, g, equal_nan=True):
            self.remarks["it changes the gradient it is given in place"] = None
        self.theta, self.state = out
        return self.theta, memories(named_arrays(self.state))


class RuleWalker:
    """A rule of adamlib."""

    def __init__(self, rule: Optimizer):
        self.rule, self.state = rule, rule.init(START)

    def __call__(self, g):
        self.state = self.rule.step(self.state, g)
        return self.state.theta, {"m": self.state.m, "v": self.state.v}


class ExhibitWalker:
    """A step in the common form of the museum's exhibits, with the hyperparameters of a rule."""

    def __init__(self, step: Callable, rule: Optimizer):
        self.states = walk_exhibit(step, extra(step), rule.hyperparameters())

    def __call__(self, g):
        state = next(self.states)
        return state["theta"], {"m": state["m"], "v": state["v"]}


class TorchWalker:
    """A torch.optim.Optimizer on eight float64 parameters of one number each, so that a shared counter shows."""

    def __init__(self, make: Callable):
        self.torch = sys.modules["torch"]
        self.params = [self.torch.tensor([x], dtype=self.torch.float64, requires_grad=True) for x in START]
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
        parts = {name: [_array(state.get(name)) for state in states] for name in states[0]}
        whole = {name: some for name, some in parts.items() if all(x is not None and x.size == 1 for x in some)}
        arrays = {name: np.array([x.item() for x in some]) for name, some in whole.items()}
        return np.array([param.detach().numpy()[0] for param in self.params]), memories(arrays)


class InitUpdateWalker:
    """An object with init(theta) and update(grad, state, theta), as Optax's: the update is added."""

    def __init__(self, transform: Any):
        self.transform, self.jax = transform, None
        if comes_from(transform, "optax"):
            import jax

            self.jax = jax
        with self._double():
            self.theta = self._own(START)
            self.state = transform.init(self.theta)
            self.update = self.jax.jit(transform.update) if self.jax else transform.update

    def __call__(self, g):
        with self._double():
            change, self.state = self.update(self._own(g), self.state, self.theta)
            self.theta = self.theta + change
            return np.array(self.theta), memories(named_arrays(self.state))

    def _own(self, x):
        return self.jax.numpy.asarray(x) if self.jax else np.array(x)

    def _double(self):
        return self.jax.enable_x64(True) if self.jax else nullcontext()


class KerasWalker:
    """A Keras optimizer, rebuilt from its configuration, on one float64 variable."""

    def __init__(self, optimizer: Any):
        import keras

        self.keras, self.floatx = keras, keras.config.floatx()
        with self._double():
            self.theta = keras.Variable(START, dtype="float64", name="theta")
            self.optimizer = type(optimizer).from_config(optimizer.get_config())
            self.optimizer.build([self.theta])

    def __call__(self, g):
        with self._double():
            self.optimizer.apply([self.keras.ops.convert_to_tensor(np.array(g), dtype="float64")], [self.theta])
            arrays = {self.name(v): self._numpy(v) for v in self.optimizer.variables if v.shape == START.shape}
            return self._numpy(self.theta), memories(arrays)

    @staticmethod
    def name(variable: Any) -> str:
        """The name of a variable of the optimizer, without that of the parameter it belongs to."""
        return variable.path.rpartition("/")[2].removeprefix("theta_")

    def _numpy(self, x):
        return np.array(self.keras.ops.convert_to_numpy(x))

    @contextmanager
    def _double(self):
        self.keras.config.set_floatx("float64")
        try:
            yield
        finally:
            self.keras.config.set_floatx(self.floatx)


def required(function: Callable) -> list[str]:
    """The names of the positional parameters that a call must give; empty where nothing is known."""
    try:
        parameters = signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    positional = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in positional and p.default is Parameter.empty]


def torch_maker(optimizer: Any) -> Callable | None:
    """From a PyTorch optimizer, its class, or a factory, a function params -> optimizer; None for anything else."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if isclass(optimizer):
        return optimizer if issubclass(optimizer, torch.optim.Optimizer) else None
    if isinstance(optimizer, torch.optim.Optimizer):
        kind, known = type(optimizer), signature(type(optimizer)).parameters
        inherited = {**optimizer.defaults, **optimizer.param_groups[0]}  # a scheduler or a hand may have changed the group
        settings = {name: value for name, value in inherited.items() if name in known and name != "params"}
        return lambda params: kind(params, **settings)
    if callable(optimizer) and len(required(optimizer)) == 1:
        try:
            made = optimizer([torch.zeros(1, dtype=torch.float64, requires_grad=True)])
        except Exception:
            return None
        return optimizer if isinstance(made, torch.optim.Optimizer) else None
    return None


def made_by_optax(thing: Any) -> bool:
    """Whether a function, perhaps with some arguments given, is one of Optax's that make optimizers."""
    return (getattr(getattr(thing, "func", thing), "__module__", None) or "").partition(".")[0] == "optax"


def group_remarks(optimizer: Any) -> list[str]:
    """That only the first of several groups of parameters is checked, where it is so."""
    torch = sys.modules.get("torch")
    groups = optimizer.param_groups if torch is not None and isinstance(optimizer, torch.optim.Optimizer) else [None]
    return [f"only the first of its {len(groups)} groups of parameters was walked"] if len(groups) > 1 else []


def walker_of(optimizer: Any, like: Optimizer | None) -> Callable:
    """A function that makes a fresh walker. Raises TypeError for something that cannot be walked."""
    if isinstance(optimizer, Optimizer):
        return lambda: RuleWalker(optimizer)
    if isclass(optimizer) and issubclass(optimizer, Optimizer):
        return lambda: RuleWalker(optimizer())
    make = torch_maker(optimizer)
    if make is not None:
        return lambda: TorchWalker(make)
    if comes_from(optimizer, "keras"):
        made = optimizer() if isclass(optimizer) else optimizer
        return lambda: KerasWalker(made)
    if callable(getattr(optimizer, "init", None)) and callable(getattr(optimizer, "update", None)):
        return lambda: InitUpdateWalker(optimizer)
    if made_by_optax(optimizer):
        name = f"optax.{getattr(optimizer, 'func', optimizer).__name__}"
        raise TypeError(f"optimizer = {name} is not allowed: optimizer must be what it makes; call it, as {name}(0.001)")
    if callable(optimizer):
        if tuple(required(optimizer)[: len(COMMON)]) == COMMON:
            return lambda: ExhibitWalker(optimizer, like or Adam())
        return lambda: FunctionWalker(optimizer)
    raise TypeError(
        f"optimizer = {repr(optimizer)[:60]} is not allowed: optimizer must be a function step(theta, grad, state), "
        "an optimizer of adamlib, PyTorch or Keras, or an object with init and update, as Optax's"
    )


@dataclass(frozen=True)
class Recorded:
    """A walk that was recorded: theta after some of the steps."""

    steps: tuple[int, ...]
    thetas: np.ndarray

    def rows(self) -> Iterator[Any]:
        known = dict(zip(self.steps, self.thetas))
        return (known.get(t) for t in range(1, self.steps[-1] + 1))


def walked(make: Callable, steps: int) -> Walk:
    """Walk the probe for some steps, or until nothing is finite, or something comes that cannot be compared."""
    walk = Walk()
    try:
        walker = make()
    except Exception as error:
        walk.trouble = f"it cannot be started: {_told(error)}"
        return walk
    if isinstance(walker, Recorded):
        walk.states = [{"theta": theta} for theta in walker.rows()]
        return walk
    end = monotonic() + PATIENCE
    for g in gradients()[:steps]:
        try:
            with np.errstate(all="ignore"):
                theta, memory = walker(g)
            walk.dtype = _checked(theta)
        except Trouble as trouble:
            walk.trouble = f"at step {len(walk.states) + 1} it {trouble}"
        except Exception as error:
            walk.trouble = f"at step {len(walk.states) + 1} it raises {_told(error)}"
        if walk.trouble:
            break
        walk.states.append({"theta": np.array(theta, float), **memory})
        if not np.isfinite(walk.states[-1]["theta"]).any() or monotonic() > end:
            break
    walk.remarks = list(getattr(walker, "remarks", ()))
    return walk


def _told(error: Exception) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120].rstrip('.')}"


def _checked(theta: Any) -> str:
    try:
        array = np.asarray(theta)
    except Exception:
        raise Trouble("returns a theta that is not an array") from None
    if array.shape != START.shape:
        raise Trouble(f"returns theta of shape {array.shape} where {START.shape} is expected")
    if array.dtype.kind != "f":
        raise Trouble(f"returns theta of dtype {array.dtype} where floats are expected")
    return array.dtype.name
