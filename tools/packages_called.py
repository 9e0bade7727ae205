"""Optimizers that are called in a way of their own: each as a step function of theta, gradient and state."""

from collections.abc import Callable
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from types import SimpleNamespace
from typing import Any

import numpy as np

Step = Callable[[np.ndarray, np.ndarray, Any], tuple[np.ndarray, Any]]


class Halted:
    """A run that asks for gradients at points, halted at each: it is handed one gradient, and goes on to the next point."""

    def __init__(self, run: Callable, theta: np.ndarray):
        self.points: SimpleQueue = SimpleQueue()
        self.gradients: SimpleQueue = SimpleQueue()
        self.run, self.theta = run, theta.copy()
        Thread(target=self.start, daemon=True).start()
        self.point()

    def start(self) -> None:
        try:
            self.run(self.gradient, self.theta)
        except Exception as error:
            self.points.put(error)

    def point(self) -> np.ndarray:
        """The next point, or the error that ended the run, raised here."""
        found = self.points.get(timeout=5)
        if isinstance(found, Exception):
            raise found
        return found

    def gradient(self, theta: np.ndarray, *more: Any) -> np.ndarray:
        self.points.put(np.array(theta))
        return self.gradients.get()

    def step(self, grad: np.ndarray) -> np.ndarray:
        self.gradients.put(grad)
        return self.point()


def step_of_a_run(run: Callable) -> Step:
    """run : a function of (gradient, theta) that runs a whole optimization"""

    def step(theta, grad, state):
        state = state or Halted(run, theta)
        return state.step(grad), state

    return step


def by_calls(make: Callable, call: Callable) -> Step:
    """make : a fresh optimizer; call : a function of the optimizer, theta, gradient and t, from 1, that returns the new theta"""

    def step(theta, grad, state):
        optimizer, t = state or (make(), 0)
        return call(optimizer, theta, grad, t + 1), (optimizer, t + 1)

    return step


def with_parameter(make: Callable) -> Step:
    """make : an optimizer from [parameter], whose step changes parameter.data by parameter.grad"""

    def step(theta, grad, state):
        if state is None:
            parameter = SimpleNamespace(data=theta.copy(), grad=grad, requires_grad=True, shape=theta.shape)
            state = parameter, make([parameter])
        state[0].grad = grad
        state[1].step()
        return np.array(state[0].data), state

    return step


def imported(module: str, name: str) -> Callable:
    """Something of a module, which is imported when it is called."""
    return lambda *args, **words: getattr(import_module(module), name)(*args, **words)


def of_autograd(name: str) -> Step:
    return step_of_a_run(lambda gradient, theta: imported("autograd.misc.optimizers", name)(gradient, theta, num_iters=10**6))


def of_climin(gradient: Callable, theta: np.ndarray) -> None:
    for _ in imported("climin.adam", "Adam")(theta, gradient):
        pass


def by_miniMLP(optimizer: Any, theta: np.ndarray, grad: np.ndarray, t: int) -> np.ndarray:
    optimizer.update(theta, np.zeros(1), {"dW": grad, "db": np.zeros(1)}, t)
    return theta


THINC = {"L2": 0.0, "grad_clip": 0.0}

STEPS_BY_NAME: dict[str, Step] = {
    "autograd:adam": of_autograd("adam"),
    "autograd:rmsprop": of_autograd("rmsprop"),
    "autograd:sgd": of_autograd("sgd"),
    "climin:Adam": step_of_a_run(of_climin),
    "thinc:Adam": by_calls(lambda: imported("thinc.api", "Adam")(0.001, **THINC), lambda o, x, g, t: o((1, "W"), x, g)[0]),
    "thinc:RAdam": by_calls(lambda: imported("thinc.api", "RAdam")(0.001, **THINC), lambda o, x, g, t: o((1, "W"), x, g)[0]),
    "minimlp:Adam": by_calls(imported("miniMLP.optimizers", "Adam"), by_miniMLP),
    "minimlp:RMSProp": by_calls(imported("miniMLP.optimizers", "RMSProp"), by_miniMLP),
    "gradipy:Adam": with_parameter(imported("gradipy.nn.optim", "Adam")),
    "gradipy:SGD": with_parameter(imported("gradipy.nn.optim", "SGD")),
}
