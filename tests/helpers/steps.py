"""Optimizers of other makes: rules as step functions, the mistakes in several styles, and steps that misbehave."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import adamlib as al
from adamlib.optimizers.base import declarations
from adamlib.probe import START, gradients
from adamlib.verify.changes import with_values
from helpers.cases import ELEMENTWISE


def as_function(rule, dtype=float):
    """A rule as a step function of another make: the state is a tuple, and everything goes through `dtype`."""

    def step(theta, grad, state):
        one = rule if rule.elementwise else with_values(rule, blocks=(theta.shape,))
        own = theta.shape if rule.elementwise else (theta.size,)
        state = one.init(np.asarray(theta, dtype).reshape(own)) if state is None else state
        state = one.step(state, grad.reshape(own))
        return state.theta.reshape(theta.shape), state

    return step


any_rate = st.floats(1e-5, 10.0)


any_beta = st.one_of(st.just(0.0), st.floats(0.05, 0.999))


any_small = st.one_of(st.just(0.0), st.floats(-12, 1).map(lambda x: 10.0**x))


any_decay = st.floats(1e-4, 0.5)


@st.composite
def any_rule(draw):
    """A rule of the library with any settings; one that is lost at its first step, as where it divides zero by zero, is none."""
    rule = draw(st.sampled_from(list(ELEMENTWISE.values())))
    ways = {"lr": any_rate, "weight_decay": any_decay, **dict.fromkeys((*rule.shares(), "dampening"), any_beta)}
    said = declarations(type(rule))
    drawn = replace(rule, **{name: min(draw(ways.get(name, any_small)), said[name]["most"]) for name in rule.hyperparameters()})
    assume(np.isfinite(drawn.step(drawn.init(START), gradients()[0]).theta).all())
    return drawn


class Bag:
    """A state with attributes."""


def style_closure(line, more):
    """Memory in the function, the state is not used."""
    memory = {"t": 0}

    def step(theta, grad, state):
        memory["t"] += 1
        keys = ("m", "v", "v_max") if more == "v_max" else ("m", "v")
        theta, *new = line(
            theta, grad, *(memory.get(key, 0 * theta) for key in keys[:2]), memory["t"], memory.get("v_max", 0 * theta)
        )
        memory.update(zip(keys, new))
        return theta, state

    return step


def style_object(line, more):
    """Memory in attributes under PyTorch's names, theta changed in place."""

    def step(theta, grad, state):
        if state is None:
            state = Bag()
            state.exp_avg, state.exp_avg_sq, state.step, state.max_exp_avg_sq = 0 * theta, 0 * theta, 0, 0 * theta
        state.step += 1
        new, state.exp_avg, state.exp_avg_sq, *rest = line(
            theta, grad, state.exp_avg, state.exp_avg_sq, state.step, state.max_exp_avg_sq
        )
        if rest:
            state.max_exp_avg_sq = rest[0]
        theta[:] = new
        return theta, state

    return step


class Moments(NamedTuple):
    mu: np.ndarray
    nu: np.ndarray
    nu_max: np.ndarray
    count: int


def style_tuple(line, more):
    """Optax's names in a NamedTuple, in float32."""

    def step(theta, grad, state):
        theta, grad = theta.astype(np.float32), grad.astype(np.float32)
        state = state or Moments(0 * theta, 0 * theta, 0 * theta, 0)
        theta, mu, nu, *rest = line(theta, grad, state.mu, state.nu, state.count + 1, state.nu_max)
        small = [np.asarray(x, np.float32) for x in (theta, mu, nu, *(rest or [nu]))]
        return small[0], Moments(*small[1:], state.count + 1)

    return step


STYLES = {"closure": style_closure, "object": style_object, "tuple": style_tuple}


SETTINGS_OF_STEPS = (
    {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    {"lr": 0.3, "beta1": 0.8, "beta2": 0.95, "eps": 1e-5},
    {"lr": 0.02, "beta1": 0.95, "beta2": 0.9, "eps": 3e-6},
)


class Plain:
    """Adam in the shape of PyTorch, on one number after the other, with every mistake written once more."""

    def __init__(self, params, fault, lr, beta1, beta2, eps, weight_decay):
        self.params, self.fault, self.lr, self.eps, self.weight_decay = list(params), fault, lr, eps, weight_decay
        self.betas = (1 - beta1, 1 - beta2) if fault == "betas turned round" else (beta1, beta2)
        self.steps = self.calls = 0
        self.state = [{"m": 0.0, "v": 0.0, "top": 0.0} for _ in self.params]

    def step(self, grads):
        self.steps += 1
        for i, g in enumerate(map(np.float64, grads)):  # whose division by zero is inf or nan
            self.calls += 1
            self.params[i] = self.one(self.params[i], g, self.state[i])

    def one(self, x, g, kept):
        fault, (b1, b2) = self.fault, self.betas
        t = {"frozen t": 1, "t from zero": self.steps - 1, "t per parameter": self.calls}.get(fault, self.steps)
        first = 1 - b1**t if fault != "multiplied correction" else 1 / (1 - b1**t)
        second = 1 - b2**t if fault != "multiplied correction" else 1 / (1 - b2**t)
        square = g if fault == "lost square" else g * g
        if fault == "two cures" and t == 1:
            kept["m"], kept["v"] = g, g * g
        else:
            kept["m"] += (1 - b1) * (g - kept["m"])
            kept["v"] += (1 - b2) * (square - kept["v"])
        kept["top"] = max(kept["top"], kept["v"])
        if fault == "maximum in place of v":
            kept["v"] = kept["top"]
        if fault == "kept correction":
            kept["m"], kept["v"] = kept["m"] / first, kept["v"] / second
            first = second = 1
        ruler = np.float64(kept["v"] / second)
        ruler = ruler if fault == "lost root" else np.sqrt(ruler)
        push = kept["m"] / first + (self.weight_decay * x if fault == "decay in the division" else 0)
        if fault == "missing parentheses":
            return x - self.lr * push / ruler + self.eps
        eps = {"minus eps": -self.eps, "eps in float16": float(np.float16(self.eps))}.get(fault, self.eps)
        return x - self.lr * push / (ruler + eps)


def plainly(fault, hyper):
    """A step function around the class: the state is the object itself."""

    def step(theta, grad, state):
        state = state or Plain(theta.tolist(), fault, **hyper, weight_decay=0.05)
        state.step(grad.tolist())
        return np.array(state.params), state

    return step


def swallow(theta, grad, state):
    theta[:], grad[:] = np.nan, np.nan
    return START, state


COUNTER = [0]


def counting(theta, grad, state):
    COUNTER[0] += 1
    return theta - 0.001 * np.sign(grad) * (1 + COUNTER[0] % 3), state


def explode_late(theta, grad, state):
    theta, state = as_function(al.Adam())(theta, grad, state)
    if state.t == 7:
        raise RuntimeError("no\nmore")
    return theta, state


class Odd:
    def __array__(self, *args, **kwargs):
        raise RuntimeError("not now")

    def __eq__(self, other):
        raise RuntimeError("never")

    __hash__ = None


HOSTILE = {
    "wrong shape": (
        lambda theta, grad, state: (theta[:3], state),
        "at step 1 it returns theta of shape (3,) where (8,) is expected: it cannot be compared with Adam(",
    ),
    "a number": (lambda theta, grad, state: (1.0, state), "returns theta of shape ()"),
    "no pair": (lambda theta, grad, state: theta, "at step 1 it does not return a pair (theta, state): it cannot be compared"),
    "nothing": (lambda theta, grad, state: None, "at step 1 it does not return a pair (theta, state): it cannot be compared"),
    "raises": (lambda theta, grad, state: 1 / 0, "ZeroDivisionError: division by zero, raised at step 1: it cannot be compared"),
    "raises a sentence": (lambda theta, grad, state: {}["a."], "KeyError: 'a.', raised at step 1: "),
    "raises late": (explode_late, "RuntimeError: no more, raised at step 7: "),
    "wrong arguments": (lambda theta, grad: (theta, None), "raised at step 1: it cannot be compared with Adam("),
    "integers": (lambda theta, grad, state: (theta.astype(int), state), "dtype int64 where floats are expected"),
    "complex": (lambda theta, grad, state: (theta + 0j, state), "dtype complex128 where floats are expected"),
    "text": (lambda theta, grad, state: ("theta", state), "shape ()"),
    "ragged": (lambda theta, grad, state: ([[1], [1, 2]], state), "returns a theta that is not an array"),
    "odd": (lambda theta, grad, state: (Odd(), Odd()), "returns a theta that is not an array"),
    "odd state": (lambda theta, grad, state: (theta, Odd()), "departs from"),
    "nan": (lambda theta, grad, state: (theta * np.nan, state), "no longer finite, moves by"),
    "infinite": (lambda theta, grad, state: (theta + np.inf, state), "no longer finite, moves by"),
    "stands still": (lambda theta, grad, state: (theta, state), "theta stays where it is, at every step"),
    "in place": (swallow, "it changes the theta it is given in place; it changes the gradient it is given in place"),
    "counter": (counting, "a second run from the same start goes elsewhere"),
    "random": (lambda theta, grad, state: (theta + np.random.default_rng().normal(size=8), state), "a second run"),
    "built-in": (max, "ValueError: "),
    "own state": (lambda theta, grad, state: (theta, [state]), "theta stays where it is"),
}
