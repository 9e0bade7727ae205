"""Rules that know the shape of a matrix. They answer the two questions of the same line for whole matrices at once.

The shapes are those of the problem, `problem.blocks`: a run hands them to the rule. What is no matrix is a vector.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Self

import numpy as np

from adamlib import validate
from adamlib.averages import debias, ema
from adamlib.optimizers.base import Hyper, Optimizer, at_least_0, between, count_of, one_of, shapes_or_none, share, switch
from adamlib.optimizers.relatives import divides_by
from adamlib.optimizers.rules import Adam, decayed

__all__ = ["Adafactor", "Muon", "newton_schulz"]

Blocks = tuple[tuple[int, ...], ...] | None
A, B, C = 3.4445, -4.7750, 2.0315  # Jordan 2024: chosen for a steep start, not to end at 1


def newton_schulz(x: np.ndarray, steps: int = 5) -> np.ndarray:
    """Move all singular values of a matrix towards 1 and leave its directions alone, by products of matrices only.

        X = a X + (b X X^T + c (X X^T)^2) X,   a, b, c = 3.4445, -4.7750, 2.0315

    x : (..., n, k), singular values at most 1, as of any matrix divided by the root of its sum of squares
    steps : how often, at least 1

    Each singular value s becomes a s + b s^3 + c s^5. Five steps bring all from 0.0015 on into [0.68, 1.21], and no number
    of steps brings them to 1. Returns (..., n, k). Raises ValueError where x is no matrix.
    Source: Jordan 2024, "Muon: An optimizer for hidden layers".

    >>> newton_schulz(np.diag([1.0, 0.1, 0.01, 1e-4])).diagonal().round(3)
    array([0.696, 0.712, 0.699, 0.048])
    """
    x = validate.array("x", x)
    if x.ndim < 2:
        validate.refuse_as(ValueError, "x", f"of shape {x.shape}", "be a matrix, or a stack of them")
    return newton_schulz_rounds(x, validate.count("steps", steps))


def newton_schulz_rounds(x: np.ndarray, steps: int) -> np.ndarray:
    """The rounds of `newton_schulz`, on the side that is shorter."""
    if x.shape[-2] > x.shape[-1]:
        return np.swapaxes(newton_schulz_rounds(np.swapaxes(x, -1, -2), steps), -1, -2)
    for _ in range(steps):
        gram = x @ np.swapaxes(x, -1, -2)
        x = A * x + (B * gram + C * (gram @ gram)) @ x
    return x


class MatrixRule:
    """What rules share that know the blocks of theta: the matrices and vectors that it is made of, in their order."""

    elementwise = False
    blocks: Blocks

    def on(self, blocks: Blocks) -> Self:
        """The rule for a problem with these blocks: it takes them where it was given none of its own."""
        return self if self.blocks is not None or blocks is None else replace(self, blocks=blocks)  # type: ignore[type-var]

    def block_by_block(self, function: Callable[..., Any], *arrays: Any) -> np.ndarray:
        """function(shape, *parts) for each block, its parts (..., n) flat as in theta; all that comes of it in a row."""
        parts = [(shape, [x[..., at] for x in arrays]) for at, shape in places_of(self.blocks, arrays[0].shape[-1])]
        return np.concatenate([np.broadcast_to(function(shape, *some), some[0].shape) for shape, some in parts], axis=-1)

    def shape_with(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        wide = super().shape_with(shape)  # type: ignore[misc]
        validate.blocks_within("blocks", self.blocks, wide[-1] if wide else 1)
        for name, value in self.hyperparameters().items():  # type: ignore[attr-defined]
            if np.shape(value)[-1:] not in ((), (1,)):
                validate.refuse_as(ValueError, name, f"of shape {np.shape(value)}", "have a last axis of 1: one value for a run")
        return wide


def places_of(blocks: Blocks, dim: int) -> Iterator[tuple[slice, tuple[int, ...]]]:
    """Where each block lies in a vector of dim numbers, and its shape; what is left at the end is one more vector."""
    at = 0
    for shape in blocks or ():
        yield slice(at, at := at + prod(shape)), shape
    if at < dim:
        yield slice(at, dim), (dim - at,)


def mean(x: np.ndarray) -> np.ndarray:
    """The mean over the last axis, which stays with length 1."""
    return x.mean(axis=-1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Muon(MatrixRule, Adam):
    """Every direction of a matrix counts the same: the average of its gradients with all singular values near 1.

        m_t = beta m_{t-1} + (1 - beta) g_t,   w = beta m_t + (1 - beta) g_t where nesterov, else m_t
        m_hat = k NS(w / |w|),  v_hat = 1      NS: `newton_schulz`, |w| the root of the sum of squares

    For vectors it is Adam with the same lr: for biases, and for all that `blocks` does not call a matrix. Embeddings and the
    output layer are better left to Adam too: give blocks without them, as blocks=problem.blocks[:-2] of a network.

    lr : at least 0; with scale "rms" that of Adam serves for both
    beta1, beta2, eps, bias_correction : those of Adam, for vectors; eps at most 1
    beta : how much of m stays in a matrix, in [0, 1)
    nesterov : whether the present gradient counts once more
    steps : of Newton-Schulz, at least 1
    scale : k for a matrix of n rows and p columns, x @ W as in adamlib's networks
        "rms"      0.2 sqrt(max(n, p)): steps about as long as Adam's    Keras; "match_rms_adamw" in PyTorch
        "columns"  sqrt(max(1, p / n))     Optax, whose weights are (in, out) as here
        "rows"     sqrt(max(1, n / p))     "original" in PyTorch, whose weights are (out, in)
    weight_decay : wd, at least 0; multiplied by lr, before the step
    convention :
        "torch"  w / max(|w|, 1e-7)        PyTorch, which goes through bfloat16 whatever the dtype; here never
        "keras"  w / (|w| + 1e-7 (1 - beta))   Keras, whose m is a sum
        "optax"  w / (|w| + 1e-8), and m and g corrected in w as in `NAdam`     Optax
    blocks : shapes, as [(64, 32), (32,)]; None takes those of the problem. Without a matrix it is Adam with decay

    v of a matrix stays 0. The line adds eps to the root, so v_hat is (1 - eps)^2. Runs on NumPy only.
    Source: Jordan 2024; Liu et al. 2025 ("Muon is scalable for LLM training") for "rms" and the decay.

    >>> rule = Muon(lr=0.5, scale="rows", blocks=[(2, 2)])
    >>> rule.step(rule.init(np.zeros(4)), [3.0, 0.0, 0.0, 0.1]).theta.round(2)
    array([-0.35,  0.  ,  0.  , -0.56])
    """

    lr: Hyper = at_least_0(0.001)
    eps: Hyper = between(1e-8, 0.0, 1.0)
    beta: Hyper = share(0.95)
    nesterov: bool = switch(True)
    steps: int = count_of(5)
    scale: str = one_of("rms", "columns", "rows")
    weight_decay: Hyper = at_least_0(0.0)
    convention: str = one_of("torch", "keras", "optax")
    blocks: Blocks = shapes_or_none()

    def where_to(self, old, g, t):
        m, m_hat = super().where_to(old, g, t)
        memory = ema(old.m, g, self.beta)
        turned = self.block_by_block(self.turned, self.looked_ahead(memory, g, t))
        return self.in_matrices(memory, m), self.in_matrices(turned, m_hat)

    def how_far(self, old, g, t):
        v, v_hat, v_max = super().how_far(old, g, t)
        return self.in_matrices(old.v, v), self.in_matrices(divides_by(np.ones_like(g), self.eps), v_hat), v_max

    def shrink(self, theta):
        return decayed(theta, self.lr, self.weight_decay)

    def looked_ahead(self, m, g, t):
        """w, whose directions the step takes."""
        if self.convention == "optax":
            m, g = debias(m, self.beta, t + 1 if self.nesterov else t), debias(g, self.beta, t)
        return ema(m, g, self.beta) if self.nesterov else m

    def turned(self, shape, w):
        """k NS(w / |w|) of one block; a vector stays as it is."""
        if len(shape) < 2:
            return w
        x = w.astype(np.result_type(w, np.float32), copy=False)
        x = (x / self.length(x)).reshape(*x.shape[:-1], *shape)
        return self.factor(*shape) * newton_schulz(x, self.steps).reshape(w.shape)

    def length(self, w):
        """|w|, kept away from 0."""
        norm = np.sqrt((w * w).sum(axis=-1, keepdims=True))
        if self.convention == "torch":
            return np.maximum(norm, 1e-7)
        return norm + (1e-8 if self.convention == "optax" else 1e-7 * (1 - self.beta))

    def factor(self, rows, columns):
        """k of a matrix."""
        if self.scale == "rms":
            return 0.2 * np.sqrt(max(rows, columns)).item()
        return np.sqrt(max(1.0, columns / rows if self.scale == "columns" else rows / columns)).item()

    def in_matrices(self, there, elsewhere):
        """One array in the matrices and another in the vectors."""
        return self.block_by_block(lambda shape, a, b: a if len(shape) == 2 else b, *np.broadcast_arrays(there, elsewhere))


@dataclass(frozen=True, eq=False)
class Adafactor(MatrixRule, Optimizer):
    """Of v only the means of rows and columns are known: n + p numbers in the place of n p, and no m at all.

        v_t = beta2 v_{t-1} + (1 - beta2) g_t^2,   beta2 = 1 - t^-decay
        v_hat = R C / mean(R)      R the means of the rows of v, C those of its columns; of a vector v itself
        u = g_t / sqrt(v_hat),   m_hat = g_t max(eps2, rms(theta)) / max(1, rms(u) / d)

    A step is a share of the weights' own size, rms the root of the mean square of a block, and lr that share.

    lr : at least 0; never more than 1 / sqrt(t), but in "optax"
    decay : how soon beta2 comes near 1, at least 0
    eps1 : keeps v_hat away from 0, at least 0; 1e-30 in the paper, Keras and Optax
    eps2 : what the size of a block is at least, at least 0
    d : what rms(u) is at most
    weight_decay : wd, at least 0; multiplied by lr, before the step
    convention :
        "torch"  v_hat is at least eps1^2, and mean(R) at least eps1     PyTorch
        "paper"  eps1 is added to g_t^2     the paper; Keras, which keeps v_hat as well and so saves no memory
        "optax"  the same, and lr has no upper limit     Optax, which leaves sides below 128 alone
    blocks : shapes, as [(64, 32), (32,)]; None takes those of the problem, or one vector

    The state shows the whole v, of which a library keeps R and C alone: averages of means are means of averages.
    Runs on NumPy only. Source: Shazeer & Stern 2018, Algorithms 4 and 5.

    >>> rule = Adafactor(lr=1.0, d=10.0, blocks=[(2, 2)])
    >>> rule.step(rule.init(np.ones(4)), [1.0, 2.0, 3.0, 6.0]).theta
    array([0., 0., 0., 0.])
    """

    lr: Hyper = at_least_0(0.01)
    decay: Hyper = at_least_0(0.8)
    eps1: Hyper = at_least_0(2.0**-52)
    eps2: Hyper = at_least_0(1e-3)
    d: Hyper = at_least_0(1.0)
    weight_decay: Hyper = at_least_0(0.0)
    convention: str = one_of("torch", "paper", "optax")
    blocks: Blocks = shapes_or_none()

    def where_to(self, old, g, t):
        _, v_hat, _ = self.how_far(old, g, t)
        limit = 1.0 if self.convention == "optax" else np.minimum(1.0, np.divide(1.0, self.lr * np.sqrt(t)))
        return old.m, g * limit * self.block_by_block(self.size, old.theta, g / np.sqrt(v_hat))

    def how_far(self, old, g, t):
        squares = g * g if self.convention == "torch" else g * g + self.eps1
        v = ema(old.v, squares, 1 - t**-self.decay)
        v_hat = self.block_by_block(self.rank_one, v)
        return v, np.maximum(v_hat, self.eps1**2) if self.convention == "torch" else v_hat, old.v_max

    def shrink(self, theta):
        return decayed(theta, self.lr, self.weight_decay)

    def size(self, shape, theta, u):
        """How long a step of one block is, less where u is longer than d."""
        return np.maximum(self.eps2, np.sqrt(mean(theta * theta))) / np.maximum(1.0, np.sqrt(mean(u * u)) / self.d)

    def rank_one(self, shape, v):
        """The matrix of rank one whose rows and columns have the means of v; a vector stays as it is."""
        if len(shape) < 2:
            return v
        table = v.reshape(*v.shape[:-1], *shape)
        rows, columns = table.mean(axis=-1), table.mean(axis=-2)
        middle = np.maximum(mean(rows), self.eps1) if self.convention == "torch" else mean(rows)
        return ((rows / middle)[..., :, None] * columns[..., None, :]).reshape(v.shape)
