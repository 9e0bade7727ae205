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
from adamlib.engine.traced import NUMPY, WrittenRule, WrittenSlope

BLOCK_SIZE = 128  # runs that step side by side: they share vector registers and stay in cache
POWERS_AT_ONCE = 4096  # steps whose powers are made at once for one run
PIECE = 1024  # elements of a long vector that are stepped at a time
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}
INSIDE: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

# What a loop calls; `bound` gives these names in its own copy of each loop.
step: Any = None
rule: Any = None
slope: Any = None

whole_power: Any = njit(averages.power.__wrapped__, cache=True, **INSIDE)  # type: ignore[attr-defined]


@njit(cache=True, **OPTIONS)
def fill_powers(numbers, bases, first, powers):
    """powers[b, j] = numbers[bases[b]]^(first + j), the bits of `averages.power`.

    powers : (len(bases), width + 1); width is a power of two and divides first
    """
    width = powers.shape[1] - 1
    for b in range(len(bases)):
        square, filled = numbers[bases[b]], 1
        powers[b, 0] = 1.0 + 0.0 * square
        powers[b, width] = whole_power(square, first + width)
        while filled <= first or filled < width:
            if filled < width:
                for j in range(filled):
                    powers[b, filled + j] = powers[b, j] * square
            elif first // filled % 2 == 1:
                for j in range(width):
                    powers[b, j] = powers[b, j] * square
            square, filled = square * square, 2 * filled


@njit(cache=True, **INSIDE)
def raise_lanes(squares, unlike, t, powers):
    """powers[b, a, k] = base^(t + a), the bits of `averages.power`, four factors at a time.

    squares : [b, i, k] is base^(2^i), and 1 in the last row
    unlike : how many lanes of each base differ; after them it begins again
    """
    one = squares.shape[1] - 1
    for b in range(powers.shape[0]):
        for a in range(powers.shape[1]):
            left, i, lanes, out = t + a, 0, unlike[b], powers[b, a]
            for k in range(lanes):
                out[k] = 1.0
            while left > 0:
                w, x = squares[b, i if left & 1 else one], squares[b, i + 1 if left & 2 else one]
                y, z = squares[b, i + 2 if left & 4 else one], squares[b, i + 3 if left & 8 else one]
                for k in range(lanes):
                    out[k] = out[k] * w[k] * x[k] * y[k] * z[k]
                left, i = left >> 4, i + 4
            if lanes == 1:
                same = out[0]
                for k in range(len(out)):
                    out[k] = same
            elif lanes < len(out):
                for k in range(lanes):
                    out[lanes + k] = out[k]


def walk_one(numbers, factors, parameters, powers, first, last, low, state, rows, record):
    """Steps first ... last of one run on a surface. state: (14,), changed in place; record: (rows, 14).

    factors : what multiplies lr in each step, or one for all
    powers : as `fill_powers` makes them, from the power `low` on
    rows : the steps to record
    """
    x, y, mx, my, vx, vy, ux, uy = state[0], state[1], state[4], state[5], state[6], state[7], state[12], state[13]
    row = 0
    for t in range(first, last + 1):
        gx, gy = slope(x, y, *parameters)
        s = step(numbers, powers, factors[t - 1 if len(factors) > 1 else 0], t, t - low)
        x, mx, vx, hx, wx, ux = rule(s, x, gx, mx, vx, ux)
        y, my, vy, hy, wy, uy = rule(s, y, gy, my, vy, uy)
        now = x, y, gx, gy, mx, my, vx, vy, hx, hy, wx, wy, ux, uy
        if t == last:
            for n in range(14):
                state[n] = now[n]
        if row < len(rows) and rows[row] == t:
            for n in range(14):
                record[row, n] = now[n]
            row += 1


@njit(cache=True, **INSIDE)
def keep(record, row, state):
    """record[row] = state: as an assignment Numba would compile its message of error as well, which takes seconds."""
    for i in range(state.shape[0]):
        for k in range(state.shape[1]):
            record[row, i, k] = state[i, k]


def walk_block(numbers, factors, parameters, squares, unlike, powers, steps, state, rows, record):
    """A block of runs on a surface, side by side: the first coordinates of all runs, then the second ones are its lanes.

    numbers : (n, lanes)
    squares, unlike, powers : as for `raise_lanes`
    state : (7, lanes), changed in place
    record : (rows, 7, lanes)
    """
    theta, grad, m, v, m_hat, v_hat, v_max = state[0], state[1], state[2], state[3], state[4], state[5], state[6]
    runs, row = state.shape[1] // 2, 0
    for t in range(1, steps + 1):
        raise_lanes(squares, unlike, t, powers)
        factor = factors[t - 1 if len(factors) > 1 else 0]
        for k in range(runs):
            grad[k], grad[runs + k] = slope(theta[k], theta[runs + k], *parameters)
        for k in range(2 * runs):
            s = step(numbers, powers, factor, t, k)
            theta[k], m[k], v[k], m_hat[k], v_hat[k], v_max[k] = rule(s, theta[k], grad[k], m[k], v[k], v_max[k])
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


def loop_of(rule: WrittenRule, slope: WrittenSlope | None, kind: Any) -> Any:
    """The loop around a rule and the slope of a surface, compiled when it is called.

    kind : whether it is of one run; without a slope, which steps long vectors, their precision
    """
    if slope is None:
        step = rule.step("numbers[{i}, k]").function("step(numbers, factor, t, k)")
        return _bound(update, kind, step, rule.function("{}" if kind is np.float64 else "own({})"))
    if kind:
        step = rule.step("numbers[{i}]", "powers[{row}, j + {ahead}]").function("step(numbers, powers, factor, t, j)")
    else:
        step = rule.step("numbers[{i}, k]", "powers[{row}, {ahead}, k]").function("step(numbers, powers, factor, t, k)")
    return _bound(walk_one if kind else walk_block, np.float64, step, rule.function(), slope.text)


def _bound(loop: Callable[..., Any], own: type, *texts: str) -> Any:
    """The loop calling the functions in `texts`: compiled when it is called, and kept on disk under what it computes."""
    names = {name: _compiled(text, own) for text in texts if (name := text[4 : text.index("(")])}
    copy = FunctionType(loop.__code__, {**loop.__globals__, **names}, loop.__name__)
    digest = sha256("".join(texts).encode()).hexdigest()[:16]
    copy.__module__, copy.__qualname__ = loop.__module__, f"{loop.__name__}_{digest}"
    return njit(copy, cache=True, **OPTIONS)


@cache
def _compiled(text: str, own: type) -> Any:
    space: dict[str, Any] = {**NUMPY, "own": own, "whole_power": whole_power}
    exec(text, space)
    return njit(space[text[4 : text.index("(")]], **INSIDE)
