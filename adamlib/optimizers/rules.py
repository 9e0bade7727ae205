"""The update rules. Every one is the same line,

    theta_t = theta_{t-1} - lr * m_hat / (sqrt(v_hat) + eps)

and differs only in how it answers two questions: `where_to` gives m_hat, `how_far` gives v_hat.

A rule is elementwise and pure: it reads nothing but the old state, the gradient and the
hyperparameters. `old` is the state after step t - 1, `g` the gradient at old.theta.
"""

from dataclasses import dataclass

import numpy as np

from adamlib.averages import debias, ema
from adamlib.optimizers.base import Hyper, Optimizer, at_least_0, between, one_of, share, switch

__all__ = ["SGD", "AMSGrad", "AdaGrad", "Adam", "AdamW", "Momentum", "NAdam", "Nesterov", "RMSProp"]


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

    beta: Hyper = share(0.9)
    dampening: Hyper = between(0.0, 0.0, 1.0)

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
    Source: Nesterov 1983; Sutskever et al. 2013, here in the variable theta + beta v, v the step.
    """

    beta: Hyper = share(0.9)

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

    eps: Hyper = at_least_0(1e-10)

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

    lr: Hyper = at_least_0(0.01)
    beta2: Hyper = share(0.99)
    eps: Hyper = at_least_0(1e-8)

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

    Convention: eps as in Algorithm 1 and PyTorch. It equals an eps-hat of eps sqrt(1 - beta2^t) where the correction is
    folded into lr; the paper's folded form and Keras keep their eps-hat constant.
    Source: Kingma & Ba 2015, Algorithm 1.

    >>> rule = Adam(lr=0.5, eps=0)
    >>> rule.step(rule.init([1.0, 1.0]), [1e-6, -1e6]).theta
    array([0.5, 1.5])
    """

    lr: Hyper = at_least_0(0.001)
    beta1: Hyper = share(0.9)
    beta2: Hyper = share(0.999)
    eps: Hyper = at_least_0(1e-8)
    bias_correction: bool = switch(True)

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
    """Adam that keeps the maximum of its ruler: the largest v so far takes the place of v.

        "torch"  v_hat = max(v_1 ... v_t) / (1 - beta2^t)     PyTorch, Keras
        "optax"  v_hat = max of all v_s / (1 - beta2^s), s <= t     Optax
        "paper"  v_hat = max(v_1 ... v_t), and m_hat = m_t     the paper: no correction at all, and Optax with
                 bias_correction_mu=False, bias_correction_nu=False

    Arguments as Adam, and convention, one of the three. "paper" and bias_correction=False are the same thing.
    Source: Reddi, Kale & Kumar 2018, Algorithm 2.
    """

    convention: str = one_of("torch", "optax", "paper")

    def __post_init__(self):
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

    Arguments as Adam, and weight_decay: wd, at least 0.
    Convention: wd is multiplied by lr, as in PyTorch, Keras and Optax; in the paper by the schedule eta_t alone.
    Source: Loshchilov & Hutter 2019, Algorithm 2, line 12.
    """

    weight_decay: Hyper = at_least_0(0.01)

    def shrink(self, theta):
        return decayed(theta, self.lr, self.weight_decay)


def decayed(theta, lr, weight_decay):
    """Weights that shrink on their own: (1 - lr weight_decay) theta."""
    return (1 - lr * weight_decay) * theta
