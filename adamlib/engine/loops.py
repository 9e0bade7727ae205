"""The loops that Numba compiles around a rule and a surface that were written down; no formula stands here.

Arithmetic is that of IEEE 754, in the order in which the formulas are written, so that results equal NumPy's to the last
bit wherever only + - * / and roots occur.
"""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit

from adamlib import averages
from adamlib.engine.traced import NUMPY, WrittenRule

BLOCK_SIZE = 64  # runs that step side by side: they share vector registers and stay in cache
POWERS_AT_ONCE = 4096, 256  # steps whose powers are made at once: for one run, for a block of runs
PIECE = 1024  # elements of a long vector that are stepped at a time
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}
INSIDE: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

# What a loop calls; `bound` gives these names in its own copy of each loop.
step: Any = None
rule: Any = None
slope: Any = None

whole_power = njit(averages.power.__wrapped__, cache=True, **INSIDE)  # type: ignore[attr-defined]


@njit(cache=True, **OPTIONS)
def fill_powers(numbers, bases, first, powers):
    """powers[b, d, j, k] = numbers[bases[b], d, k]^(first + j), the bits of `averages.power`.

    numbers : (n, 1 or 2, runs)
    powers : (len(bases), 1 or 2, width + 1, runs); width is a power of two and divides first
    """
    width, runs = powers.shape[2] - 1, powers.shape[3]
    for b in range(powers.shape[0]):
        for d in range(powers.shape[1]):
            base, power = numbers[bases[b], d], powers[b, d]
            square = power[width]  # until its own turn comes
            for k in range(runs):
                power[0, k], square[k] = 1.0 + 0.0 * base[k], base[k]
            filled = 1
            while filled <= first or filled < width:
                if filled < width:
                    for j in range(filled):
                        for k in range(runs):
                            power[filled + j, k] = power[j, k] * square[k]
                elif first // filled % 2 == 1:
                    for j in range(width):
                        for k in range(runs):
                            power[j, k] = power[j, k] * square[k]
                for k in range(runs):
                    square[k] = square[k] * square[k]
                filled = 2 * filled
            for k in range(runs):
                power[width, k] = whole_power(base[k], first + width)


def walk_one(numbers, factors, parameters, powers, first, low, state, rows, record):
    """Steps of one run on a surface, from step `first` on. state: (14,), changed in place; record: (rows, 14).

    powers : as `fill_powers` makes them, from the power `low` on
    rows : the steps to record
    """
    x, y, mx, my, vx, vy, ux, uy = state[0], state[1], state[4], state[5], state[6], state[7], state[12], state[13]
    row = 0
    for i in range(len(factors)):
        t = first + i
        gx, gy = slope(x, y, *parameters)
        s = step(numbers, powers, factors[i], t, t - low, 0, 0)
        x, mx, vx, hx, wx, ux = rule(s, x, gx, mx, vx, ux)
        y, my, vy, hy, wy, uy = rule(s, y, gy, my, vy, uy)
        now = x, y, gx, gy, mx, my, vx, vy, hx, hy, wx, wy, ux, uy
        if i == len(factors) - 1:
            for n in range(14):
                state[n] = now[n]
        if row < len(rows) and rows[row] == t:
            for n in range(14):
                record[row, n] = now[n]
            row += 1


@njit(cache=True, **INSIDE)
def keep(record, row, state):
    """record[row] = state: plain loops, as an assignment of Numba brings its message of error along and takes seconds."""
    for i in range(state.shape[0]):
        for d in range(state.shape[1]):
            for k in range(state.shape[2]):
                record[row, i, d, k] = state[i, d, k]


def walk_block(numbers, factors, parameters, powers, first, low, state, rows, record):
    """Steps of a block of runs, side by side. state: (7, 2, runs), changed in place; record: (rows, 7, 2, runs)."""
    theta, grad, m, v, m_hat, v_hat, v_max = state[0], state[1], state[2], state[3], state[4], state[5], state[6]
    runs, row = state.shape[2], 0
    for i in range(len(factors)):
        t = first + i
        for k in range(runs):
            grad[0, k], grad[1, k] = slope(theta[0, k], theta[1, k], *parameters)
        for d in range(state.shape[1]):
            for k in range(runs):
                s = step(numbers, powers, factors[i], t, t - low, d * (numbers.shape[1] - 1), k)
                theta[d, k], m[d, k], v[d, k], m_hat[d, k], v_hat[d, k], v_max[d, k] = rule(
                    s, theta[d, k], grad[d, k], m[d, k], v[d, k], v_max[d, k]
                )
        if row < len(rows) and rows[row] == t:
            keep(record, row, state)
            row += 1


@njit(cache=True, **INSIDE)
def part(array, k, first, size):
    """`size` elements of row k from `first` on; an array of one piece stands for all pieces."""
    begin = first % array.shape[1]
    return array[k % array.shape[0], begin : begin + size]


def update(numbers, factor, t, theta, g, m, v, v_max, m_hat, v_hat, first, last):
    """One step of pieces of many runs. numbers: (n, runs); theta, g: (runs, D); the rest like them, or (1, PIECE).

    first, last : of the pieces of all runs, which are counted through
    """
    size = theta.shape[1]
    pieces = (size + PIECE - 1) // PIECE
    for piece in range(first, last):
        k, begin = piece // pieces, piece % pieces * PIECE
        n = PIECE if size - begin > PIECE else size - begin
        s = step(numbers, factor, t, k)
        a, b = part(theta, k, begin, n), part(g, k, begin, n)
        c, d, e = part(m, k, begin, n), part(v, k, begin, n), part(v_max, k, begin, n)
        p, q = part(m_hat, k, begin, n), part(v_hat, k, begin, n)
        for i in range(n):
            a[i], c[i], d[i], p[i], q[i], e[i] = rule(s, a[i], b[i], c[i], d[i], e[i])


def surface_loop(rule: WrittenRule, slope: str, single: bool) -> Any:
    """The loop of one run, or of a block of runs, around a rule and a slope."""
    step = rule.step("numbers, powers, factor, t, j, d, k", "numbers[{i}, d, k]", "powers[{row}, d, j + {ahead}, k]")
    return _bound(walk_one if single else walk_block, np.float64, step, rule.rule("{}"), slope)


def vector_loop(rule: WrittenRule, own: type) -> Any:
    """The loop of steps of long vectors around a rule, in the precision `own`."""
    step = rule.step("numbers, factor, t, k", "numbers[{i}, k]")
    return _bound(update, own, step, rule.rule("{}" if own is np.float64 else "own({})"))


def _bound(loop: Callable[..., Any], own: type, *texts: str) -> Any:
    """The loop calling the functions in `texts`: compiled when it is called, and kept on disk under what it computes."""
    names = {name: _compiled(text, own) for text in texts if (name := text[4 : text.index("(")])}
    copy = FunctionType(loop.__code__, {**loop.__globals__, **names}, loop.__name__)  # type: ignore[attr-defined]
    digest = sha256("".join(texts).encode()).hexdigest()[:16]
    copy.__module__, copy.__qualname__ = loop.__module__, f"{loop.__name__}_{digest}"
    return njit(copy, cache=True, **OPTIONS)


@cache
def _compiled(text: str, own: type) -> Any:
    space: dict[str, Any] = {**NUMPY, "own": own, "whole_power": whole_power}
    exec(text, space)
    return njit(space[text[4 : text.index("(")]], **INSIDE)
