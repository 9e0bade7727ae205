"""The loops that Numba compiles around a rule and a surface that were written down; no formula stands here.

Arithmetic is that of IEEE 754, in the order in which the formulas are written, so that results equal NumPy's to the last
bit wherever only + - * / and roots occur.
"""

from collections.abc import Callable
from hashlib import sha256
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit
from numba.extending import overload, register_jitable

from adamlib import averages
from adamlib.engine import floats
from adamlib.engine.traced import NUMPY, WrittenRule, WrittenSlope

POWERS_OF_A_BLOCK = 256  # steps whose powers are made at once for a block of runs: a power of two
BLOCK_SIZE, LEAST_SIZE = 64, 24  # runs that step side by side, in whole vector registers; fewer would step one by one
AT_FIRST = np.array([0.0, np.nan, 0.0, 0.0, np.nan, np.nan, 0.0])  # theta, grad, m, v, m_hat, v_hat and v_max before step 1
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}

register_jitable(**OPTIONS)(floats.powers)

# What a loop calls; `_bound` gives these names in its own copy of each loop.
given: Any = None
rule: Any = None
slope: Any = None


@overload(averages.power, strict=False)
def _power(beta, t):
    return averages.power.__wrapped__  # type: ignore[attr-defined]


@register_jitable(**OPTIONS)
def aligned(rows, columns):
    """An array whose rows begin where a vector register can be loaded at once, if columns is a multiple of 8."""
    room = np.empty(rows * columns + 8)
    first = -(room.ctypes.data // 8) % 8
    return room[first : first + rows * columns].reshape((rows, columns))


@register_jitable(**OPTIONS)
def fill_powers(base, first, powers):
    """powers[j] = base^(first + j), with the bits of `averages.power`.

    base : one for each column; it is changed
    first : 0, or a multiple of `last`, which is a power of two; the first multiple is made of the powers of 0
    """
    last, filled = len(powers) - 1, 1
    for k in range(len(base)):
        powers[0, k] = powers[last, k] = 1.0 + 0.0 * base[k]
    while filled <= first + last:
        for j in range(filled, 0 if first == last else min(2 * filled, last)):
            for k in range(len(base)):
                powers[j, k] = powers[j - filled, k] * base[k]
        for j in range(last if filled >= last and first & filled else 0):
            for k in range(len(base)):
                powers[j, k] *= base[k]
        for k in range(len(base)):
            if (first + last) & filled:
                powers[last, k] *= base[k]
            base[k] *= base[k]
        filled *= 2


@register_jitable(**OPTIONS)
def gather(whole, at, lanes):
    """Lanes of a block: the first coordinates of its runs, of which `at` is the first, then the second ones.

    whole : (n, runs, 2), or (n, runs, 1) where they are the same; its last run fills what is left
    """
    size, second = lanes.shape[1] // 2, whole.shape[2] - 1
    for i in range(len(whole)):
        for k in range(size):
            run = min(at + k, whole.shape[1] - 1)
            lanes[i, k], lanes[i, size + k] = whole[i, run, 0], whole[i, run, second]


@register_jitable(**OPTIONS)
def scatter(lanes, at, whole):
    """The way back. whole : (n, 2, runs)"""
    size = lanes.shape[1] // 2
    for i in range(len(lanes)):
        for d in range(2):
            run, lane = whole[i, d, at : at + size], lanes[i, d * size :]
            for k in range(len(run)):
                run[k] = lane[k]


def walk_many(record, rows, factors, numbers, theta, parameters, bases, first, last):
    """The runs first ... last - 1 on a surface, in blocks whose runs step side by side. record : (rows, 7, 2, runs)

    rows : the steps to record, rising; the last one ends the runs
    factors : what multiplies lr in each step, or one for all
    numbers, theta : as `gather` takes them
    bases : the hyperparameters whose powers are asked for
    last : the number of runs, or whole blocks after the first
    """
    apart = numbers.shape[2] == 2
    for at in range(first, last, BLOCK_SIZE):
        size = min(BLOCK_SIZE, max(LEAST_SIZE, (last - at + 7) // 8 * 8))
        width = 2 * size if apart else size  # which is seen not to be negative: else every power is loaded alone
        own, state, base = aligned(len(numbers), 2 * size), aligned(7, 2 * size), np.empty(len(bases) * width)
        powers = aligned(min(POWERS_OF_A_BLOCK, rows[-1] + 1) + 1, len(base))
        gather(numbers, at, own)
        for i in range(7):
            state[i] = AT_FIRST[i]
        gather(theta, at, state)
        x, grad, m, v, m_hat, v_hat, v_max = state[0], state[1], state[2], state[3], state[4], state[5], state[6]
        row = 0
        if rows[0] == 0:
            scatter(state, at, record[0])
            row = 1
        for t in range(1, rows[-1] + 1):
            j = t % POWERS_OF_A_BLOCK
            if t == 1 or j == 0:
                for b in range(len(base)):
                    base[b] = own[bases[b // width], b % width]
                fill_powers(base, t - j, powers)
            factor = factors[t - 1 if len(factors) > 1 else 0]
            for k in range(size):
                grad[k], grad[size + k] = slope(x[k], x[size + k], *parameters)
            for d in range(2):
                side = d * size if apart else 0
                power0, power1 = powers[j, side:], powers[j + 1, side:]
                for k in range(size):
                    i = d * size + k
                    new = rule(given(own, power0, power1, factor, width, k, i), t, x[i], grad[i], m[i], v[i], v_max[i])
                    # What a rule leaves as it is comes first: then its store is known to change nothing, and left out.
                    v_max[i], v[i], m[i], v_hat[i], m_hat[i], x[i] = new[5], new[2], new[1], new[4], new[3], new[0]
            if rows[row] == t:
                scatter(state, at, record[row])
                row += 1


def update(numbers, factor, t, kept, theta, grad, m, v, v_max, m_hat, v_hat, first, last):
    """One step of the elements first ... last - 1 of many runs, counted through. theta and those like it: (runs, D).

    numbers : (n, runs)
    kept : whether m_hat and v_hat are to be written
    """
    width = theta.shape[1]
    for k in range(first // width, (last + width - 1) // width):
        own = given(numbers, factor, t, k)
        begin, end = max(first - k * width, 0), min(last - k * width, width)
        x, g, a, b, c = theta[k, begin:end], grad[k, begin:end], m[k, begin:end], v[k, begin:end], v_max[k, begin:end]
        a_hat, b_hat = m_hat[k, begin:end], v_hat[k, begin:end]
        for i in range(end - begin if kept else 0):
            new = rule(own, t, x[i], g[i], a[i], b[i], c[i])
            a_hat[i], b_hat[i] = new[3], new[4]
        for i in range(end - begin):
            new = rule(own, t, x[i], g[i], a[i], b[i], c[i])
            c[i], b[i], a[i], x[i] = new[5], new[2], new[1], new[0]


def loop_of(rule: WrittenRule, slope: WrittenSlope | None, kind: Any) -> Any:
    """The loop around a rule and the slope of a surface, compiled, or found on disk.

    kind : "one" run or "many"; without a slope, which steps long vectors, their precision
    """
    if slope is None:
        return _loop_of_a_vector(rule, "float32" if kind is np.float32 else "float64")
    return _loop_of_one(rule, slope) if kind == "one" else _loop_of_many(rule, slope)


def _loop_of_one(rule: WrittenRule, slope: WrittenSlope) -> Any:
    text = floats.walk_of(rule, slope, True, "for i in range(14): record[row, i] = now[i]")
    numbers = 2 + len(rule.names) + len(slope.names)
    return _compiled(_function(text), text, f"float64[:, ::1], int64[::1], float64[::1]{', float64' * numbers}")


def _loop_of_many(rule: WrittenRule, slope: WrittenSlope) -> Any:
    given = rule.given("own, power0, power1, factor, width, k, i", "own[{place}, i]", "power{ahead}[{row} * width + k]")
    parameters = f"UniTuple(float64, {len(slope.names)})" if slope.names else "Tuple(())"
    runs = f"float64[:, :, :, ::1], int64[::1], float64[::1], float64[:, :, ::1], float64[:, :, ::1], {parameters}, int64[::1]"
    return _bound(walk_many, f"{runs}, int64, int64", given, rule.function("{}"), slope.text)


def _loop_of_a_vector(rule: WrittenRule, real: str) -> Any:
    given = rule.given("numbers, factor, t, k", "numbers[{place}, k]", "whole_power(numbers[{place}, k], t + {ahead})")
    vectors = f"{real}[:, ::1], " * 7
    narrowed = rule.function("own({})" if real == "float32" else "{}")
    return _bound(update, f"float64[:, ::1], float64, int64, boolean, {vectors}int64, int64", given, narrowed)


def _bound(loop: Callable[..., Any], signature: str, *texts: str) -> Any:
    """A loop that calls the functions in `texts`, compiled."""
    names = {function.__name__: register_jitable(**OPTIONS)(function) for function in map(_function, texts)}
    return _compiled(FunctionType(loop.__code__, {**loop.__globals__, **names}, loop.__name__), "".join(texts), signature)


def _function(text: str) -> Any:
    """The function that a text defines."""
    space: dict[str, Any] = {**NUMPY, "own": np.float32, "whole_power": averages.power, "powers": floats.powers}
    exec(compile(text, __file__, "exec"), space)
    return space[text.split()[1].partition("(")[0]]


def _compiled(function: Any, text: str, signature: str) -> Any:
    """A function that is compiled now, and kept on disk under what it computes."""
    function.__module__, function.__qualname__ = __name__, f"{function.__name__}_{sha256(text.encode()).hexdigest()[:16]}"
    return njit(f"void({signature})", cache=True, **OPTIONS)(function)
