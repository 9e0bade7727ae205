"""Relatives of Adam: of its own paper, of the libraries, and what came after. They answer the two questions of the same line.

Where a paper has its eps in another place, v_hat is such that root and eps add up to what the paper divides by.
"""

from dataclasses import dataclass

import numpy as np

from adamlib.averages import debias, ema, power
from adamlib.optimizers.base import Hyper, Optimizer, at_least_0, between, one_of, share
from adamlib.optimizers.rules import Adam, decayed

__all__ = ["ADOPT", "AdaMax", "Adadelta", "Lion", "RAdam"]


@dataclass(frozen=True, eq=False)
class AdaMax(Adam):
    """Adam that measures by the largest gradient, slowly forgotten, in place of the root of a mean square.

        u_t = max(beta2 u_{t-1}, |g_t|),  v_hat = u_t^2

    Arguments as Adam; bias_correction concerns m alone, as u needs none.

    v is u^2, so that the root in the line gives u back, to the last bit.
    Convention: eps outside the root, as in Keras; PyTorch and Optax add it to |g_t| before the maximum, the paper has none.
    Source: Kingma & Ba 2015, section 7.1, Algorithm 2.

    >>> rule = AdaMax(lr=0.5, eps=0)
    >>> rule.step(rule.init([1.0, 1.0]), [1e-6, -1e6]).theta
    array([0.5, 1.5])
    """

    lr: Hyper = at_least_0(0.002)

    def how_far(self, old, g, t):
        u = np.maximum(self.beta2 * np.sqrt(old.v), np.abs(g))
        return u * u, u * u, old.v_max


@dataclass(frozen=True, eq=False)
class RAdam(Adam):
    """Adam that takes v for too small while few gradients stand behind it, and does without it in the first steps.

        rho_inf = 2 / (1 - beta2) - 1,  rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t)
        r_t^2 = (rho_t - 4) (rho_t - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho_t)
        theta_t = theta_{t-1} - lr r_t m_hat / (sqrt(v_hat) + eps)  where rho_t > 5, else theta_{t-1} - lr m_hat

        "torch"  eps / sqrt(1 - beta2^t) in the place of eps     PyTorch
        "optax"  eps as it stands, and from rho_t = 5 on         Optax

    Arguments as Adam, eps at most 1, and convention, one of the two. The state's v_hat holds r_t and the place of eps: what
    the line divides by is sqrt(v_hat) + eps here as everywhere. bias_correction concerns m_hat and v_hat.
    Source: Liu et al. 2020, Algorithm 2, which begins at rho_t > 4 and has no eps.

    >>> rule = RAdam(lr=0.5)
    >>> rule.step(rule.init([1.0, 1.0]), [1e-6, -2.0]).theta
    array([0.9999995, 2.       ])
    """

    eps: Hyper = between(1e-8, 0.0, 1.0)
    convention: str = one_of("torch", "optax")

    def how_far(self, old, g, t):
        v = ema(old.v, g * g, self.beta2)
        root = np.sqrt(debias(v, self.beta2, t) if self.bias_correction else v)
        # Both are roots: a root has a width of its own in every engine, a plain 1.0 in some only.
        eps = self.eps / (np.sqrt(1 - power(self.beta2, t)) if self.convention == "torch" else np.sqrt(1.0))
        known, r = rectification(self.beta2, t, self.convention == "optax")
        return v, divides_by(np.where(known, (root + eps) / r, 1.0), self.eps), old.v_max


@dataclass(frozen=True, eq=False)
class ADOPT(Optimizer):
    """Divide by what was known before this gradient came, and average only then.

        u_t = g_t / max(sqrt(v_{t-1}), eps), no larger than (t - 1)^(1/4)
        m_t = beta1 m_{t-1} + (1 - beta1) u_t,  m_hat = m_t,  v_hat = 1
        v_t = beta2 v_{t-1} + (1 - beta2) g_t^2,  v_1 = g_1^2

    lr : learning rate, at least 0
    beta1, beta2 : how much of m and of v stays, in [0, 1)
    eps : what the root is at least, in [0, 1]

    The first step moves nothing: it finds out v. The line adds eps to the root as everywhere, so v_hat is (1 - eps)^2.
    Convention: u is clipped, as in the authors' code since November 2024 and in Optax; the paper does without.
    Source: Taniguchi et al. 2024, Algorithm 2.

    >>> rule = ADOPT(lr=0.5, beta1=0)
    >>> first = rule.step(rule.init([1.0, 1.0]), [1e-6, -1e6])
    >>> rule.step(first, [1e-6, -1e6]).theta
    array([0.5, 1.5])
    """

    lr: Hyper = at_least_0(0.001)
    beta1: Hyper = share(0.9)
    beta2: Hyper = share(0.9999)
    eps: Hyper = between(1e-6, 0.0, 1.0)

    def where_to(self, old, g, t):
        most = np.sqrt(np.sqrt(t - 1))
        u = np.maximum(-most, np.minimum(most, g / np.maximum(np.sqrt(old.v), self.eps)))
        m = ema(old.m, u, self.beta1)
        return m, m

    def how_far(self, old, g, t):
        return g * g if t == 1 else ema(old.v, g * g, self.beta2), divides_by(1.0, self.eps), old.v_max


@dataclass(frozen=True, eq=False)
class Adadelta(Optimizer):
    """Each step in the units of the steps before it: nobody has to choose a learning rate.

        v_t = rho v_{t-1} + (1 - rho) g_t^2,  v_hat = v_t + eps, eps inside the root
        m_hat = sqrt(m_{t-1} + eps) g_t
        m_t = rho m_{t-1} + (1 - rho) (m_hat / sqrt(v_hat))^2

    lr : what a step is multiplied by, at least 0; the paper has none, which is 1
    rho : how much of m and of v stays, in [0, 1)
    eps : inside both roots, in [0, 1]

    Here m remembers the squares of the steps, and not the gradient. The line adds eps to the root, so v_hat takes it off before.
    Convention: m remembers steps before lr multiplies them, as in PyTorch, Keras and Optax.
    Source: Zeiler 2012, Algorithm 1.
    """

    lr: Hyper = at_least_0(1.0)
    rho: Hyper = share(0.9)
    eps: Hyper = between(1e-6, 0.0, 1.0)

    def where_to(self, old, g, t):
        m_hat = np.sqrt(old.m + self.eps) * g
        step = m_hat / np.sqrt(ema(old.v, g * g, self.rho) + self.eps)
        return ema(old.m, step * step, self.rho), m_hat

    def how_far(self, old, g, t):
        v = ema(old.v, g * g, self.rho)
        return v, divides_by(np.sqrt(v + self.eps), self.eps), old.v_max


@dataclass(frozen=True, eq=False)
class Lion(Optimizer):
    """Every step has the same length, lr: only the sign of an average counts. It was found by a search through programs.

        c_t = beta1 m_{t-1} + (1 - beta1) g_t,  m_hat = sign(c_t),  v_hat = 1
        m_t = beta2 m_{t-1} + (1 - beta2) g_t
        theta_t = (1 - lr weight_decay) theta_{t-1} - lr m_hat

    lr : the length of a step, at least 0; three to ten times smaller than Adam's
    beta1 : how much of m counts in the step, in [0, 1)
    beta2 : how much of m stays, in [0, 1)
    weight_decay : wd, at least 0

    beta1 = beta2 is Signum, and both 0 the sign of the gradient. Source: Chen et al. 2023, Algorithm 2.

    >>> rule = Lion(lr=0.5)
    >>> rule.step(rule.init([1.0, 1.0]), [1e-6, -1e6]).theta
    array([0.5, 1.5])
    """

    lr: Hyper = at_least_0(1e-4)
    beta1: Hyper = share(0.9)
    beta2: Hyper = share(0.99)
    weight_decay: Hyper = at_least_0(0.0)

    def where_to(self, old, g, t):
        return ema(old.m, g, self.beta2), np.sign(ema(old.m, g, self.beta1))

    def shrink(self, theta):
        return decayed(theta, self.lr, self.weight_decay)


def divides_by(root, eps):
    """The v_hat with which the line divides by `root`, at least eps: sqrt(v_hat) + eps = root."""
    return (root - eps) * (root - eps)


def rectification(beta2, t, from_5: bool):
    """Whether v is known well enough after t steps, and r_t; where it is not, the r of rho = 5 stands there.

    from_5 : whether rho_t = 5 is enough
    """
    most = 2 / (1 - beta2) - 1
    rho = most - 2 * t * power(beta2, t) / (1 - power(beta2, t))
    top, now = np.maximum(most, 5.0), np.maximum(rho, 5.0)
    r = np.sqrt((now - 4) * (now - 2) * top / ((top - 4) * (top - 2) * now))
    return rho >= 5 if from_5 else rho > 5, r
