"""The update rules. Every one is the same line,

    theta_t = theta_{t-1} - lr * m_hat / (sqrt(v_hat) + eps)

and differs only in how it answers two questions: `where_to` gives m_hat, `how_far` gives v_hat.

A rule is elementwise and pure: it reads nothing but the old state, the gradient and the
hyperparameters. `old` is the state after step t - 1, `g` the gradient at old.theta.
"""

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np

from adamlib import validate
from adamlib.averages import debias, ema

Hyper = float | np.ndarray


class State(NamedTuple):
    """All that one step computed. Arrays have the shape of theta, (*sweep, D).

    Before the first step t = 0 and m = v = v_max = 0; grad, m_hat and v_hat are nan: no step made them.
    """

    t: int  # finished steps
    theta: np.ndarray  # parameters
    grad: np.ndarray  # g_t, the gradient at theta_{t-1}
    m: np.ndarray  # memory of the gradient
    v: np.ndarray  # memory of its square
    m_hat: np.ndarray  # where to
    v_hat: np.ndarray  # how far
    v_max: np.ndarray  # the largest v so far; only AMSGrad asks


@dataclass(frozen=True, eq=False)
class Optimizer:
    """An update rule with its hyperparameters, and nothing that changes.

    Any hyperparameter may be an array that broadcasts against theta: shape (4, 1) with theta (2,) is four
    runs at once, shape (2,) is one value per coordinate. Each run equals its own single run bit for bit.

    lr : learning rate, at least 0
    beta, beta1, beta2 : how much of the past an average keeps, in [0, 1)
    eps : added to the root, at least 0

    Raises ValueError or TypeError that names the field, the value and what is allowed.
    """

    lr: Hyper = 0.1
    eps = 0.0  # type: Hyper

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "bias_correction":
                validate.flag(field.name, value)
            elif field.name != "convention":
                high = 1.0 if field.name.startswith(("beta", "dampening")) else np.inf
                kept = validate.hyper(field.name, value, high=high, closed=field.name == "dampening")
                object.__setattr__(self, field.name, kept)

    def where_to(self, old: State, g: np.ndarray, t: int) -> tuple:
        """Where to? Returns m and m_hat."""
        return old.m, g

    def how_far(self, old: State, g: np.ndarray, t: int) -> tuple:
        """How far? Returns v, v_hat and v_max."""
        return old.v, 1.0, old.v_max

    def shrink(self, theta: Hyper) -> Hyper:
        """What happens to theta before the step: nothing, except in AdamW."""
        return theta

    def rule(self, old: State, g: np.ndarray) -> State:
        """One step on numbers or arrays, unchecked."""
        t = old.t + 1
        m, m_hat = self.where_to(old, g, t)
        v, v_hat, v_max = self.how_far(old, g, t)
        theta = self.shrink(old.theta) - self.lr * (m_hat / (np.sqrt(v_hat) + self.eps))
        return State(t, theta, g, m, v, m_hat, v_hat, v_max)

    def init(self, theta) -> State:
        """The state before the first step.

        theta : start, any shape (..., D); float16, float32 and float64 are kept, integers become float64

        Returns a State with t = 0 whose arrays have the shape of theta broadcast against every
        hyperparameter. Raises ValueError if a hyperparameter does not broadcast against theta.
        """
        theta = validate.array("theta", theta, "an array of real numbers")
        theta = np.broadcast_to(theta, self._shape(theta.shape)).copy()
        zero, unknown = np.zeros_like(theta), np.full_like(theta, np.nan)
        return State(0, theta, unknown, zero, zero, unknown, unknown, zero)

    def step(self, state: State, grad) -> State:
        """One step: a new state, and nothing else changes.

        state : as `init` or `step` returned it
        grad : g_t, the gradient at state.theta, of the same shape

        Returns the State after the step, in the dtype of theta. A step that diverges returns inf or nan,
        without a warning. Raises ValueError if grad has another shape.
        """
        validate.instance("state", state, State, "a State, as init or step returned it")
        grad = validate.array("grad", grad)
        if grad.shape != state.theta.shape:
            raise ValueError(f"grad of shape {grad.shape} is not allowed: grad must have the shape of theta, {state.theta.shape}")
        with np.errstate(all="ignore"):
            return self._apply(state, grad.astype(state.theta.dtype))

    def _apply(self, state: State, grad: np.ndarray) -> State:
        theta = state.theta
        if theta.dtype != np.float64 and any(map(np.ndim, self.hyperparameters().values())):
            return self._one_by_one(state, grad)
        new = self.rule(state, grad)
        return State(new.t, *(_like(x, theta) for x in new[1:]))

    def _one_by_one(self, state: State, grad: np.ndarray) -> State:
        """A float64 array of hyperparameters would widen float32 and float16, so each setting steps alone."""
        names, values = zip(*self.hyperparameters().items())
        shape = np.broadcast_shapes((1,) * state.theta.ndim, *map(np.shape, values))
        grids = [np.broadcast_to(value, shape) for value in values]
        new = State(state.t + 1, *(np.empty_like(x) for x in state[1:]))
        for index in np.ndindex(shape):
            alone = replace(self, **{name: float(grid[index]) for name, grid in zip(names, grids)})
            here = tuple(slice(None) if n == 1 else slice(i, i + 1) for i, n in zip(index, shape))
            part = alone._apply(State(state.t, *(x[here] for x in state[1:])), grad[here])
            for whole, piece in zip(new[1:], part[1:]):
                whole[here] = piece
        return new

    def hyperparameters(self) -> dict[str, Hyper]:
        """The numbers among the fields, by name: floats, or arrays where they vary."""
        return {name: value for name, value in vars(self).items() if not isinstance(value, (bool, str))}

    def _shape(self, shape: tuple) -> tuple:
        for name, value in self.hyperparameters().items():
            if isinstance(value, float):
                continue
            try:
                wider = np.broadcast_shapes(shape, np.shape(value))
            except ValueError:
                wider = None
            if wider is None or wider[len(wider) - 1 :] != shape[len(shape) - 1 :]:
                raise ValueError(
                    f"{name} of shape {np.shape(value)} is not allowed: "
                    f"{name} must broadcast against theta of shape {shape} and keep its last axis"
                )
            shape = wider
        return shape

    def __eq__(self, other) -> bool:
        same = type(self) is type(other)
        return same and all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self))

    def __hash__(self) -> int:
        return hash(type(self))


def _like(x: Hyper, theta: np.ndarray) -> np.ndarray:
    x = np.asarray(x, theta.dtype)
    return x if x.shape == theta.shape else np.broadcast_to(x, theta.shape)


@dataclass(frozen=True, eq=False)
class SGD(Optimizer):
    """Gradient descent: walk straight downhill. Stochastic when the gradient is.

        m_hat = g,  v_hat = 1

    lr : learning rate alpha, at least 0

    Source: Robbins & Monro 1951 (stochastic), Cauchy 1847 (plain).

    >>> rule = SGD(lr=0.1)
    >>> rule.step(rule.init([1.0, -2.0]), [10.0, 0.0]).theta
    array([ 0., -2.])
    """


@dataclass(frozen=True, eq=False)
class Momentum(Optimizer):
    """Heavy ball: add up the past gradients, forgetting slowly, and walk along the sum.

        m_t = beta m_{t-1} + (1 - dampening) g_t,  m_hat = m_t

    lr : learning rate, at least 0
    beta : how much of m stays, in [0, 1)
    dampening : 0 is the classical sum, beta gives the average; in [0, 1]

    Convention: the first m is (1 - dampening) g. PyTorch starts with m = g whatever the dampening.
    Source: Polyak 1964; Goh 2017, "Why Momentum Really Works".
    """

    beta: Hyper = 0.9
    dampening: Hyper = 0.0

    def where_to(self, old, g, t):
        m = self.beta * old.m + (1 - self.dampening) * g
        return m, m


@dataclass(frozen=True, eq=False)
class Nesterov(Optimizer):
    """Momentum that looks one step ahead: the present gradient counts once more.

        m_t = beta m_{t-1} + g_t,  m_hat = g_t + beta m_t

    lr : learning rate, at least 0
    beta : how much of m stays, in [0, 1)

    Convention: theta is the look-ahead point, as in PyTorch, Keras and Optax.
    Source: Nesterov 1983; in this form Sutskever et al. 2013.
    """

    beta: Hyper = 0.9

    def where_to(self, old, g, t):
        m = self.beta * old.m + g
        return m, g + self.beta * m


@dataclass(frozen=True, eq=False)
class AdaGrad(Optimizer):
    """One ruler per coordinate, which never forgets: divide by the root of all squares so far.

        v_t = v_{t-1} + g_t^2,  v_hat = v_t

    lr : learning rate, at least 0
    eps : outside the root, at least 0

    Convention: v_0 = 0 and eps outside the root, as in PyTorch.
    Source: Duchi, Hazan & Singer 2011, Figure 1 (diagonal form).
    """

    eps: Hyper = 1e-10

    def how_far(self, old, g, t):
        v = old.v + g * g
        return v, v, old.v_max


@dataclass(frozen=True, eq=False)
class RMSProp(Optimizer):
    """AdaGrad that forgets: divide by the root of a running average of squares.

        v_t = beta2 v_{t-1} + (1 - beta2) g_t^2,  v_hat = v_t

    lr : learning rate, at least 0
    beta2 : how much of v stays, in [0, 1)
    eps : outside the root, at least 0

    Convention: v_0 = 0, no correction, eps outside the root, as in PyTorch; Keras puts eps inside.
    Source: Tieleman & Hinton 2012, lecture 6.5.
    """

    lr: Hyper = 0.01
    beta2: Hyper = 0.99
    eps: Hyper = 1e-8

    def how_far(self, old, g, t):
        v = ema(old.v, g * g, self.beta2)
        return v, v, old.v_max


@dataclass(frozen=True, eq=False)
class Adam(Optimizer):
    """Averages of the gradient and of its square, both corrected for their cold start.

        m_t = beta1 m_{t-1} + (1 - beta1) g_t       m_hat = m_t / (1 - beta1^t)
        v_t = beta2 v_{t-1} + (1 - beta2) g_t^2     v_hat = v_t / (1 - beta2^t)

    lr : step size alpha, at least 0
    beta1, beta2 : how much of m and of v stays, in [0, 1)
    eps : outside the root, added after the correction, at least 0
    bias_correction : False uses m_t and v_t as they are

    Convention: eps as in Algorithm 1 and PyTorch. The paper's eps-hat, used by Keras, is eps sqrt(1 - beta2^t).
    Source: Kingma & Ba 2015, Algorithm 1.

    >>> rule = Adam(lr=0.5, eps=0)
    >>> rule.step(rule.init([1.0, 1.0]), [1e-6, -1e6]).theta
    array([0.5, 1.5])
    """

    lr: Hyper = 0.001
    beta1: Hyper = 0.9
    beta2: Hyper = 0.999
    eps: Hyper = 1e-8
    bias_correction: bool = True

    def where_to(self, old, g, t):
        m = ema(old.m, g, self.beta1)
        return m, debias(m, self.beta1, t) if self.bias_correction else m

    def how_far(self, old, g, t):
        v = ema(old.v, g * g, self.beta2)
        return v, debias(v, self.beta2, t) if self.bias_correction else v, old.v_max


@dataclass(frozen=True, eq=False)
class NAdam(Adam):
    """Adam whose average looks one step ahead, as Nesterov's does.

        m_hat = beta1 m_t / (1 - beta1^{t+1}) + (1 - beta1) g_t / (1 - beta1^t)

    Arguments as Adam. Convention: beta1 is constant, as in Optax; PyTorch and Keras warm it up by a schedule of their own.
    Source: Dozat 2016, Algorithm 8, with a constant mu.
    """

    def where_to(self, old, g, t):
        m = ema(old.m, g, self.beta1)
        if self.bias_correction:
            return m, ema(debias(m, self.beta1, t + 1), debias(g, self.beta1, t), self.beta1)
        return m, ema(m, g, self.beta1)


@dataclass(frozen=True, eq=False)
class AMSGrad(Adam):
    """Adam whose ruler never shrinks: the largest v so far takes the place of v.

        "torch"  v_hat = max(v_1 ... v_t) / (1 - beta2^t)     PyTorch, Keras
        "optax"  v_hat = max of all v_s / (1 - beta2^s), s <= t     Optax
        "paper"  v_hat = max(v_1 ... v_t), and m_hat = m_t     the paper: no correction at all

    Arguments as Adam, and convention, one of the three. "paper" and bias_correction=False are the same thing.
    Source: Reddi, Kale & Kumar 2018, Algorithm 2.
    """

    convention: str = "torch"

    def __post_init__(self):
        validate.choice("convention", self.convention, ("torch", "optax", "paper"))
        super().__post_init__()
        if self.convention == "paper" or not self.bias_correction:
            object.__setattr__(self, "convention", "paper")
            object.__setattr__(self, "bias_correction", False)

    def how_far(self, old, g, t):
        v = ema(old.v, g * g, self.beta2)
        seen = debias(v, self.beta2, t) if self.convention == "optax" else v
        v_max = np.maximum(old.v_max, seen)
        return v, debias(v_max, self.beta2, t) if self.convention == "torch" else v_max, v_max


@dataclass(frozen=True, eq=False)
class AdamW(Adam):
    """Adam that shrinks the weights on its own, outside m and v.

        theta_t = (1 - lr weight_decay) theta_{t-1} - lr m_hat / (sqrt(v_hat) + eps)

    Arguments as Adam, and weight_decay: lambda, at least 0.
    Convention: lambda is multiplied by lr, as in PyTorch, Keras and Optax; in the paper by the schedule eta_t alone.
    Source: Loshchilov & Hutter 2019, Algorithm 2, line 12.
    """

    weight_decay: Hyper = 0.01

    def shrink(self, theta):
        return (1 - self.lr * self.weight_decay) * theta
