"""Stand-ins for PyTorch, Keras, tf_keras, JAX, Optax, NumPyro, MLX, tinygrad: as much of each as `verify` asks for, in NumPy.

With them the adapters run where the libraries are not installed; what the libraries really do is recorded, and compared live.
"""

import contextlib
import sys
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

import numpy as np


class Tensor:
    def __init__(self, values, dtype=None, requires_grad=False):
        self.values, self.dtype, self.grad = np.array(values, dtype or np.float64), np.dtype(dtype or np.float64), None
        self.shape = self.values.shape
        self.requires_grad = requires_grad

    def requires_grad_(self, requires_grad):
        self.requires_grad = requires_grad

    def detach(self):
        return self

    def numpy(self):
        return self.values


def zeros(n, **more):
    return Tensor(np.zeros(n), **more)


class Parameter(Tensor):
    def __init__(self, tensor):
        super().__init__(tensor.values, tensor.dtype, requires_grad=True)


class Optimizer:
    __module__ = "torch.optim.optimizer"

    def __init__(self, params, defaults):
        self.defaults, self.state = defaults, {}
        self.param_groups = [{"params": list(params), **defaults}]


class SGD(Optimizer):
    __module__ = "torch.optim.sgd"

    def __init__(self, params, lr=0.001, momentum=0, dampening=0, nesterov=False, weight_decay=0, **modes):
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "nesterov": nesterov, "foreign": 1})
        self.param_groups[0].update(modes)
        self.param_groups[0].update(weight_decay=weight_decay)

    def step(self):
        group = self.param_groups[0]
        assert not group.get("capturable"), "needs a graphics card"
        for param in group["params"]:
            assert not (group.get("differentiable") and param.requires_grad), "changed in place"
            change = param.grad.values
            if group["momentum"]:
                before = self.state.get(param, {}).get("momentum_buffer")
                change = change if before is None else group["momentum"] * before + (1 - group["dampening"]) * change
                self.state[param] = {"momentum_buffer": change, "step": 1, "none": None}
                change = param.grad.values + group["momentum"] * change if group["nesterov"] else change
            param.values = param.values - group["lr"] * change


class Variable:
    def __init__(self, values, dtype="float32", name="variable"):
        self.values, self.path, self.shape = np.array(values, dtype), name, np.shape(values)


class Adam:
    """Adam with eps-hat, the correction folded into the rate."""

    __module__ = "keras.src.optimizers.adam"

    def __init__(self, learning_rate=0.001, epsilon=1e-7, clipnorm=None):
        self.config = {"learning_rate": learning_rate, "epsilon": epsilon, "clipnorm": clipnorm, "beta_1": 0.9, "beta_2": 0.999}
        self.variables: list[Variable] = []

    def get_config(self):
        return self.config

    @classmethod
    def from_config(cls, config):
        return cls(config["learning_rate"], config["epsilon"], config["clipnorm"])

    def build(self, variables):
        zero = np.zeros(variables[0].shape)
        self.variables = [Variable(zero, "float64", f"adam/theta_{name}") for name in ("momentum", "velocity")]
        self.iterations = 0
        self.variables.append(Variable(0.0, name="adam/iteration"))

    def apply(self, grads, variables):
        m, v, _ = self.variables
        self.iterations += 1
        m.values = 0.9 * m.values + 0.1 * grads[0]
        v.values = 0.999 * v.values + 0.001 * grads[0] ** 2
        rate = self.config["learning_rate"] * np.sqrt(1 - 0.999**self.iterations) / (1 - 0.9**self.iterations)
        variables[0].values = variables[0].values - rate * m.values / (np.sqrt(v.values) + self.config["epsilon"])


class TfVariable:
    def __init__(self, values, dtype, name):
        self.values, self.name, self.shape = np.array(values, dtype), f"{name}:0", np.shape(values)

    def numpy(self):
        return self.values


class TfMomentum:
    """Momentum of tf_keras, under its name; `legacy` keeps its variables as Keras before 2.11 did."""

    __module__ = "tf_keras.src.optimizers.sgd"
    legacy = False

    def __init__(self, learning_rate=0.01, momentum=0.9):
        self.config, self.kept = {"name": "SGD", "learning_rate": learning_rate, "momentum": momentum}, []

    def get_config(self):
        return self.config

    @classmethod
    def from_config(cls, config):
        return cls(config["learning_rate"], config["momentum"])

    @property
    def variables(self):
        return (lambda: self.kept) if self.legacy else self.kept

    def apply_gradients(self, pairs):
        for grad, variable in pairs:
            if not self.kept:
                names = "SGD/theta/momentum" if self.legacy else "m/theta"
                self.kept = [TfVariable(0, "int64", "iteration"), TfVariable(0 * variable.values, "float32", names)]
            memory = self.kept[1]
            memory.values = np.float32(self.config["momentum"]) * memory.values - np.float32(self.config["learning_rate"]) * grad
            variable.values = variable.values + memory.values


TfMomentum.__name__ = "SGD"


class MlxAdam:
    """Adam of MLX without a correction, under its name."""

    __module__ = "mlx.optimizers.optimizers"

    def __init__(self, learning_rate, betas=(0.9, 0.999), eps=1e-8):
        self.betas, self.eps, self.bias_correction = betas, eps, False
        self.state = {"step": np.array(0, np.uint64), "learning_rate": np.array(learning_rate)}

    @property
    def learning_rate(self):
        return self.state["learning_rate"]

    def apply_gradients(self, gradients, parameters):
        self.state["step"] = self.state["step"] + 1
        return {name: self._apply(name, gradients[name], theta) for name, theta in parameters.items()}

    def _apply(self, name, grad, theta):
        old, (beta1, beta2) = self.state.get(name, {"m": 0.0, "v": 0.0}), self.betas
        m, v = beta1 * old["m"] + (1 - beta1) * grad, beta2 * old["v"] + (1 - beta2) * grad**2
        self.state[name] = {"m": m, "v": v}
        return theta - self.learning_rate * m / (np.sqrt(v) + self.eps)


MlxAdam.__name__ = "Adam"


class TinyTensor:
    def __init__(self, values):
        self.values, self.grad = np.array(values), None

    def numpy(self):
        return self.values

    def item(self):
        return self.values.item()


class TinyOptimizer:
    """What every optimizer of tinygrad holds: tensors in float32, the rate among them."""

    __module__ = "tinygrad.nn.optim"

    def __init__(self, params, lr):
        self.params, self.buffers, self.device, self.lr = params, [], "NULL", TinyTensor(np.float32([lr]))

    def zeros(self):
        return [TinyTensor(0 * param.values) for param in self.params]


class LAMB(TinyOptimizer):
    """LAMB, which is Adam too, without its trust ratio."""

    __module__ = "tinygrad.nn.optim"

    def __init__(self, params, lr=0.001, b1=0.9, b2=0.999, eps=1e-6, weight_decay=0.0, adam=False):
        super().__init__(params, lr)
        self.b1, self.b2, self.eps, self.wd, self.adam = b1, b2, eps, weight_decay, adam
        self.m, self.v, self.t = self.zeros(), self.zeros(), 0

    def step(self):
        assert tiny_modes[-1] == {"TRAINING": 1}
        self.t += 1
        for theta, m, v in zip(self.params, self.m, self.v):
            g = theta.grad.values
            m.values, v.values = (
                np.float32(b * x + (1 - b) * y) for b, x, y in ((self.b1, m.values, g), (self.b2, v.values, g * g))
            )
            step = (
                m.values / (1 - self.b1**self.t) / (np.sqrt(v.values / (1 - self.b2**self.t)) + self.eps) + self.wd * theta.values
            )
            ratio = 1.0 if self.adam else np.linalg.norm(theta.values) / np.linalg.norm(step)
            theta.values = np.float32(theta.values - self.lr.values * ratio * step)


class LARS(TinyOptimizer):
    """LARS, which is gradient descent with a memory too, without its trust ratio, and Muon with Newton-Schulz."""

    __module__ = "tinygrad.nn.optim"

    def __init__(self, params, lr=0.001, momentum=0.9, ns_coefficients=None, tcoef=0.001):
        super().__init__(params, lr)
        self.momentum, self.ns_coefficients, self.tcoef, self.b = momentum, ns_coefficients, tcoef, self.zeros()

    def step(self):
        for theta, b in zip(self.params, self.b):
            b.values = np.float32(self.momentum * b.values + theta.grad.values)
            theta.values = np.float32(theta.values - self.lr.values * b.values)


class OptimizerGroup(TinyOptimizer):
    __module__ = "tinygrad.nn.optim"

    def __init__(self, *optimizers):
        self.optimizers = optimizers


def tiny_adam(params, lr=0.001, b1=0.9, b2=0.999, eps=1e-8):
    return LAMB(params, lr, b1, b2, eps, 0.0, adam=True)


def tiny_sgd(params, lr=0.001, momentum=0.0):
    return LARS(params, lr, momentum, tcoef=0.0)


tiny_adam.__module__ = tiny_sgd.__module__ = "tinygrad.nn.optim"
tiny_modes: list[dict] = [{}]


@contextlib.contextmanager
def tiny_context(**modes):
    tiny_modes.append(modes)
    yield
    tiny_modes.pop()


def numpyro_sgd(rate):
    """Gradient descent of NumPyro: an object of three functions, and a counter in the state."""

    def update(grad, state):
        return state[0] + 1, state[1] - rate * grad

    update.__module__ = "numpyro.optim"
    return SimpleNamespace(init=lambda theta: (0, theta), update=update, get_params=lambda state: state[1])


class Trace(NamedTuple):
    trace: np.ndarray


class Transformation:
    """Optax's momentum."""

    __module__ = "optax._src.base"

    def __init__(self, learning_rate, momentum):
        self.rate, self.beta = learning_rate, momentum

    def init(self, theta):
        return (Trace(0 * theta), None)

    def update(self, grad, state, theta):
        trace = grad + self.beta * state[0].trace
        return -self.rate * trace, (Trace(trace), None)


def sgd(learning_rate, momentum=0.0, nesterov=False):
    return Transformation(learning_rate, momentum)


def unknown(learning_rate):
    return Transformation(learning_rate, 0.0)


sgd.__module__ = unknown.__module__ = "optax._src.alias"


def install(monkeypatch) -> SimpleNamespace:
    """Put the stand-ins where the libraries would be, until the test ends."""
    floatx = ["float32"]
    torch_optim = _fake_module("torch.optim", Optimizer=Optimizer, SGD=SGD)
    kinds = {"float64": np.float64, "float32": np.float32}
    torch = _fake_module("torch", optim=torch_optim, nn=SimpleNamespace(Parameter=Parameter), tensor=Tensor, zeros=zeros, **kinds)
    keras = _fake_module(
        "keras",
        Variable=Variable,
        optimizers=SimpleNamespace(Adam=Adam),
        config=SimpleNamespace(floatx=lambda: floatx[0], set_floatx=lambda name: floatx.__setitem__(0, name)),
        ops=SimpleNamespace(convert_to_tensor=lambda x, dtype: np.asarray(x, dtype), convert_to_numpy=lambda x: x.values),
    )
    jax = _fake_module("jax", jit=lambda f: f, numpy=np, __version__="0.3", enable_x64=lambda on: contextlib.nullcontext())
    optax = _fake_module("optax", sgd=sgd, unknown=unknown)
    numpyro = _fake_module("numpyro", sgd=numpyro_sgd, __version__="0.1")
    tensorflow = _fake_module("tensorflow", Variable=TfVariable, constant=lambda x, dtype: np.asarray(x, dtype))
    tf_keras = _fake_module("tf_keras", SGD=TfMomentum)
    here = {"array": np.array, "float64": np.float64, "uint64": np.uint64, "cpu": "cpu", "eval": lambda *some: None}
    mlx_core = _fake_module("mlx.core", stream=lambda device: contextlib.nullcontext(), __version__="0.2", **here)
    mlx = _fake_module("mlx", core=mlx_core, Adam=MlxAdam)
    tiny_kinds = {"Optimizer": TinyOptimizer, "LAMB": LAMB, "LARS": LARS, "OptimizerGroup": OptimizerGroup}
    tiny_optim = _fake_module("tinygrad.nn.optim", Adam=tiny_adam, SGD=tiny_sgd, **tiny_kinds)
    tiny_helpers = _fake_module("tinygrad.helpers", Context=tiny_context)
    tinygrad = _fake_module("tinygrad", Tensor=TinyTensor, optim=tiny_optim, helpers=tiny_helpers)
    arrays = (jax, optax, numpyro, mlx, mlx_core, tinygrad, tiny_optim, tiny_helpers)
    for module in (torch, torch_optim, keras, tensorflow, tf_keras, *arrays):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    named = {"torch": torch, "keras": keras, "optax": optax, "numpyro": numpyro, "tf_keras": tf_keras, "mlx": mlx}
    return SimpleNamespace(floatx=floatx, tinygrad=tiny_optim, **named)


def _fake_module(name, **members):
    module = ModuleType(name)
    module.__dict__.update(members)
    return module
