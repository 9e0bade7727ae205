"""Games whose losses are straight lines on an interval: millions of steps of Adam in a second.

The gradients of such a game do not depend on where the player stands, so all of them are known beforehand. Then the
memories m and v are sums that can be taken in blocks, and so can the walk between two walls.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.averages import Number, ema
from adamlib.optimizers import Adam, AMSGrad, Hyper

LARGEST = 1e150  # a slope whose square and whose sum with others are still numbers
BLOCK = 256  # steps of a block; as many blocks are carried out at once


@dataclass(frozen=True, eq=False)
class Play:
    """What happened in a game. All arrays (N,): row i belongs to step t[i].

    t : the numbers of the recorded steps, from 1
    x : where the player stands after step t
    regret : R_t / t, the average loss of all steps so far, minus that of the best fixed point of the interval
    m, v, m_hat, v_hat : as in `adamlib.optimizers.State`
    rate : the effective learning rate lr_t / (sqrt(v_hat) + eps)
    """

    t: np.ndarray
    x: np.ndarray
    regret: np.ndarray
    m: np.ndarray
    v: np.ndarray
    m_hat: np.ndarray
    v_hat: np.ndarray
    rate: np.ndarray


def play(optimizer: Adam, slopes: Any, start: float = 0.0, fade: float = 0.5, at: Any = None) -> Play:
    """Let Adam or AMSGrad play a game with losses f_t(x) = slopes[t - 1] x on -1 <= x <= 1.

        x_t = clip(x_{t-1} - lr / t^fade * m_hat_t / (sqrt(v_hat_t) + eps), -1, 1)

    optimizer : an Adam or an AMSGrad whose hyperparameters are single numbers
    slopes : (T,), the gradient of every step
    start : x_0, in [-1, 1]
    fade : how fast the learning rate falls: 1/2 as proofs ask for, 0 for a constant one
    at : the steps to record, rising, from 1 to T; None for some hundred, evenly spaced in log t

    Returns a Play. It is the run of `adamlib.run.run` on that game, to rounding, at a ten-millionth of a second for each
    step. Raises ValueError or TypeError that names the field, the value and what is allowed.

    >>> lose, win = [-10.0] * 100, [1010.0]
    >>> bool(play(Adam(lr=0.5, beta2=0.99), 100 * (win + lose)).x[-1] > 0.5)
    True
    """
    if type(optimizer) not in (Adam, AMSGrad) or any(map(np.ndim, optimizer.hyperparameters().values())):
        validate.refuse(ValueError, "optimizer", optimizer, "an Adam or AMSGrad of single numbers")
    slopes = validate.array("slopes", slopes).astype(np.float64, copy=False)
    if slopes.ndim != 1 or not len(slopes) or not (np.abs(slopes) <= LARGEST).all():
        allowed = f"of shape (T,), one for each step, up to {LARGEST}"
        validate.refuse_as(ValueError, "slopes", f"of shape {slopes.shape}", f"be {allowed}")
    x = validate.one_number("start", start, low=-1.0, high=np.nextafter(1, 2))
    fade = validate.one_number("fade", fade)
    allowed = f"whole numbers, rising, from 1 to {len(slopes)}"
    at = log_spaced_steps(len(slopes)) if at is None else validate.whole("at", at, allowed).astype(np.int64)
    if at.ndim != 1 or at[0] < 1 or at[-1] > len(slopes) or (np.diff(at) <= 0).any():
        validate.refuse(ValueError, "at", at, allowed)
    memory, total, lost, parts = (0.0, 0.0, 0.0), 0.0, 0.0, []
    for first in range(0, len(slopes), BLOCK * BLOCK):
        g = slopes[first : first + BLOCK * BLOCK]
        t = np.arange(first + 1.0, first + len(g) + 1)
        m, v, m_hat, v_hat, memory = moments(optimizer, g, t, memory)
        with np.errstate(all="ignore"):
            rate = optimizer.lr / t**fade / (np.sqrt(v_hat) + optimizer.eps)
        here = clipped_walk(x, -rate * m_hat)
        before = np.concatenate([[x], here[:-1]])
        losses, totals = lost + np.cumsum(g * before), total + np.cumsum(g)
        rows = at[(at > first) & (at <= first + len(g))] - first - 1
        regret = (losses + np.abs(totals)) / t
        parts.append([rows + first + 1, *(column[rows] for column in (here, regret, m, v, m_hat, v_hat, rate))])
        x, lost, total = here[-1], losses[-1], totals[-1]
    return Play(*(np.concatenate(column) for column in zip(*parts)))


def log_spaced_steps(steps: int, n: int = 400) -> np.ndarray:
    """Some n whole numbers from 1 to `steps`, evenly spaced on a logarithmic axis."""
    return np.unique(np.geomspace(1, steps, n).round().astype(np.int64))


def moments(optimizer: Adam, g: np.ndarray, t: np.ndarray, memory: tuple[Any, ...]) -> tuple[Any, ...]:
    """m, v, m_hat and v_hat after every step t (n,), and the memory (m, v, v_max) at the end.

    The two lines of `Adam` and the maximum of `AMSGrad`, for all times at once.
    """
    m, v = running_averages(g, optimizer.beta1, memory[0]), running_averages(g * g, optimizer.beta2, memory[1])
    c1, c2 = (bias_corrections(beta, t) if optimizer.bias_correction else 1.0 for beta in (optimizer.beta1, optimizer.beta2))
    if not isinstance(optimizer, AMSGrad):
        return m, v, m / c1, v / c2, (m[-1], v[-1], 0.0)
    seen = v / c2 if optimizer.convention == "optax" else v
    v_max = np.maximum(np.maximum.accumulate(seen), memory[2])
    return m, v, m / c1, v_max / c2 if optimizer.convention == "torch" else v_max, (m[-1], v[-1], v_max[-1])


def bias_corrections(beta: Hyper, t: np.ndarray) -> Hyper:
    """What `adamlib.averages.debias` divides by, for all t (n,); a plain 1 once nothing else is left of it in float64."""
    return 1 - np.power(beta, t) if np.power(beta, t[0]) > 1e-17 else 1.0


def running_averages(values: np.ndarray, beta: Hyper, start: float = 0.0) -> np.ndarray:
    """The exponential average after each of `values` (n,), from `start`: block beside block, then the starts of the blocks.

    An average that starts at s instead of 0 is larger by s beta^k after k values.
    """
    out = in_blocks(values)
    kept = np.cumprod(np.full(len(out), beta))
    old: Number = np.zeros(out.shape[1])
    for row in out:
        row[:] = old = ema(old, row, beta)
    starts = [start]
    for last in out[-1, :-1]:
        starts.append(last + kept[-1] * starts[-1])
    out += kept[:, None] * starts
    return out.T.ravel()[: len(values)]


def clipped_walk(start: float, moves: np.ndarray) -> np.ndarray:
    """Where clip(x + move, -1, 1) leads after each of `moves` (n,), from `start`: block beside block, then their starts.

    Steps between walls are again a step between walls: clip(x + sum of the moves, low, high), where low and high are
    the walks that start at the walls. So every block is walked from both walls, without knowing where it starts.
    """
    by = in_blocks(moves)
    low, high, shift = np.empty_like(by), np.empty_like(by), np.empty_like(by)
    left, right, total = np.full(by.shape[1], -1.0), np.ones(by.shape[1]), np.zeros(by.shape[1])
    for move, a, b, c in zip(by, low, high, shift):
        left = np.minimum(np.maximum(left + move, -1, out=a), 1, out=a)
        right = np.minimum(np.maximum(right + move, -1, out=b), 1, out=b)
        total = np.add(total, move, out=c)
    starts = [start]
    for a, b, c in zip(low[-1, :-1], high[-1, :-1], shift[-1, :-1]):
        starts.append(min(max(starts[-1] + c, a), b))
    return np.clip(starts + shift, low, high).T.ravel()[: len(moves)]


def in_blocks(values: np.ndarray) -> np.ndarray:
    """Values (n,) as (length of a block, number of blocks), filled up with zeros."""
    length = min(BLOCK, int(np.ceil(np.sqrt(len(values)))))
    count = -(-len(values) // length)
    filled = np.zeros(length * count)
    filled[: len(values)] = values
    return np.ascontiguousarray(filled.reshape(count, length).T)


def periodic_average(values: Any, beta: Any) -> np.ndarray:
    """The average of values that repeat for ever, once its start is forgotten: its course over one period.

        m_t = (1 - beta) / (1 - beta^p) * sum over k < p of beta^k values_{t-k},  the index taken mod p

    values : (p,), one period
    beta : in [0, 1), any shape S

    Returns shape (*S, p).
    """
    values, beta = np.asarray(values, float), np.asarray(beta, float)
    out = np.empty((*beta.shape, len(values)))
    old: Number = np.zeros(beta.shape)
    for value in values:
        old = ema(old, value, beta)
    old = old / (1 - np.power(beta, len(values)))
    for i, value in enumerate(values):
        out[..., i] = old = ema(old, value, beta)
    return out


def drift(slopes: Any, beta1: Any, beta2: Any) -> np.ndarray:
    """How far Adam walks in one period of a game that repeats for ever, in units of lr; negative is to the left.

        - sum over one period of m_t / sqrt(v_t)

    slopes : (p,), one period, not all zero
    beta1, beta2 : in [0, 1); they broadcast

    No simulation: m and v repeat as well, so the sign of the sum decides where the walk ends. eps = 0.

    Returns a number, or an array of the shape of the betas. Raises ValueError for slopes that are all zero, and for a beta2
    that forgets so fast that v becomes zero among small slopes.

    >>> bool(drift([1010.0] + [-10.0] * 100, 0.9, 0.99) > 0)
    True
    """
    slopes = validate.array("slopes", slopes).astype(np.float64, copy=False)
    if slopes.ndim != 1 or not (np.abs(slopes) <= LARGEST).all() or not slopes.any():
        validate.refuse(ValueError, "slopes", slopes, f"numbers up to {LARGEST}, not all zero")
    beta1, beta2 = validate.hyper("beta1", beta1, high=1.0), validate.hyper("beta2", beta2, high=1.0)
    slopes = np.ldexp(slopes, -np.frexp(np.abs(slopes).max())[1])  # the units do not matter, and no square is lost
    v = periodic_average(slopes * slopes, beta2)
    if not v.all():
        validate.refuse_as(ValueError, "beta2", f"= {beta2!r:.200}", "keep v above zero while slopes are small")
    return -(periodic_average(slopes, beta1) / np.sqrt(v)).sum(axis=-1)
