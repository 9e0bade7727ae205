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
from adamlib.engine.task import ALIKE, ONE_RUN
from adamlib.engine.traced import NUMPY, WrittenRule, WrittenSlope

BLOCK_SIZE = 128  # runs that step side by side: they share vector registers and stay in cache
POWERS_AT_ONCE = 4096  # steps whose powers are made at once for one run
TABLE_SIZE = 128  # steps whose powers are kept for a block of runs: a power of two, as all of these
GROUP_SIZE = 4  # steps whose powers are made at once beyond them
PIECE_BYTES = 4096  # of each array of a long vector, stepped at a time: all seven stay in the nearest cache
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}
INSIDE: dict[str, Any] = {**OPTIONS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}

# What a loop calls; `bound` gives these names in its own copy of each loop.
step: Any = None
rule: Any = None
slope: Any = None

whole_power: Any = njit(averages.power.__wrapped__, cache=True, **INSIDE)  # type: ignore[attr-defined]


@njit(cache=True, **INSIDE)
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
def aligned(rows, columns):
    """An array whose rows begin where a vector register can be loaded at once, if columns is a multiple of 8."""
    room = np.empty(rows * columns + 8)
    first = -(room.ctypes.data // 8) % 8
    return room[first : first + rows * columns].reshape((rows, columns))


@njit(cache=True, **INSIDE)
def fill_table(squares, powers, size):
    """powers[t] = base^t for t < size, column by column: the factors are base^(2^i), and the greatest comes last.

    squares : [i] is base^(2^i); the first row is given, the others are filled
    """
    for k in range(squares.shape[1]):
        powers[0, k] = 1.0 + 0.0 * squares[0, k]
    for i in range(len(squares)):
        for j in range(min(1 << i, size - (1 << i))):
            for k in range(squares.shape[1]):
                powers[(1 << i) + j, k] = powers[j, k] * squares[i, k]
        if i + 1 < len(squares):
            for k in range(squares.shape[1]):
                squares[i + 1, k] = squares[i, k] * squares[i, k]


@njit(cache=True, **INSIDE)
def place(t):
    """The row of base^t: its own in the table, or one of two groups that take turns below it."""
    return t if t < TABLE_SIZE else TABLE_SIZE + t % (2 * GROUP_SIZE)


@njit(cache=True, **INSIDE)
def raise_group(t, squares, powers):
    """powers[place(t) + j] = base^(t + j) for j < GROUP_SIZE, with the bits of `averages.power`. t : of a group's first"""
    row, out, i = t % TABLE_SIZE, place(t), 0
    while t >> i & 1 == 0 or 1 << i < TABLE_SIZE:
        i += 1
    for k in range(powers.shape[1]):
        for j in range(GROUP_SIZE):
            powers[out + j, k] = powers[row + j, k] * squares[i, k]
    for more in range(i + 1, len(squares)):
        if t >> more & 1:
            for k in range(powers.shape[1]):
                for j in range(GROUP_SIZE):
                    powers[out + j, k] *= squares[more, k]


def walk_one(numbers, factors, parameters, bases, steps, state, rows, record):
    """One run on a surface. state: (14,), changed in place; record: (rows, 14).

    factors : what multiplies lr in each step, or one for all
    bases : the hyperparameters whose powers are asked for
    rows : the steps to record
    """
    width, row = 1, 0
    while width <= steps and width < POWERS_AT_ONCE:
        width *= 2
    powers = np.empty((len(bases), width + 1))
    x, y, mx, my, vx, vy, ux, uy = state[0], state[1], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for t in range(1, steps + 1):
        j = t & (width - 1)
        if t == 1 or j == 0:
            fill_powers(numbers, bases, t - j, powers)
        gx, gy = slope(x, y, *parameters)
        s = step(numbers, powers, factors[t - 1 if len(factors) > 1 else 0], t, j)
        x, mx, vx, hx, wx, ux = rule(s, x, gx, mx, vx, ux)
        y, my, vy, hy, wy, uy = rule(s, y, gy, my, vy, uy)
        now = x, y, gx, gy, mx, my, vx, vy, hx, hy, wx, wy, ux, uy
        if t == steps:
            for n in range(14):
                state[n] = now[n]
        if row < len(rows) and rows[row] == t:
            for n in range(14):
                record[row, n] = now[n]
            row += 1


@njit(cache=True, **INSIDE)
def gather(whole, at, lanes):
    """Lanes of a block: the first coordinates of its runs, of which `at` is the first, then the second ones."""
    size = lanes.shape[1] // 2
    for i in range(len(lanes)):
        for k in range(size):
            lanes[i, k], lanes[i, size + k] = whole[i, at + k, 0], whole[i, at + k, 1]


@njit(cache=True, **INSIDE)
def scatter(lanes, at, whole):
    """The way back."""
    size = lanes.shape[1] // 2
    for i in range(len(lanes)):
        for k in range(size):
            whole[i, at + k, 0], whole[i, at + k, 1] = lanes[i, k], lanes[i, size + k]


def walk_many(numbers, factors, parameters, bases, sides, steps, states, rows, record, first, last):
    """The runs first ... last - 1 on a surface, in blocks whose runs step side by side.

    numbers : (n, runs, 2)
    sides : 1 if both coordinates of each run have the same bases, else 2
    states, record : (7, runs, 2) and (rows, 7, runs, 2); the rest as for `walk_one`
    """
    bits = 1
    while steps + GROUP_SIZE >> bits:
        bits += 1
    for at in range(first, last, BLOCK_SIZE):
        size = min(BLOCK_SIZE, last - at)
        width = sides * size
        own, state = aligned(len(numbers), 2 * size), aligned(7, 2 * size)
        gather(numbers, at, own)
        gather(states, at, state)
        squares = aligned(bits, len(bases) * width)
        powers = aligned(TABLE_SIZE + 2 * GROUP_SIZE, len(bases) * width)
        for b in range(len(bases)):
            for k in range(width):
                squares[0, b * width + k] = own[bases[b], k]
        fill_table(squares, powers, min(TABLE_SIZE, steps + 2))
        theta, grad, m, v, m_hat, v_hat, v_max = state[0], state[1], state[2], state[3], state[4], state[5], state[6]
        row = 0
        for t in range(1, steps + 1):
            if t + 1 >= TABLE_SIZE and (t + 1) % GROUP_SIZE == 0:
                raise_group(t + 1, squares, powers)
            at0, at1, factor = place(t), place(t + 1), factors[t - 1 if len(factors) > 1 else 0]
            for k in range(size):
                grad[k], grad[size + k] = slope(theta[k], theta[size + k], *parameters)
            for d in range(2):
                for k in range(d * size, d * size + size):
                    s = step(own, powers, factor, t, at0, at1, size, d, k)
                    # What a rule leaves as it is comes first: then its store is known to change nothing, and left out.
                    new = rule(s, theta[k], grad[k], m[k], v[k], v_max[k])
                    v_max[k], v[k], m[k], v_hat[k], m_hat[k], theta[k] = new[5], new[2], new[1], new[4], new[3], new[0]
            if row < len(rows) and rows[row] == t:
                scatter(state, at, record[row])
                row += 1
        scatter(state, at, states)


@njit(cache=True, **INSIDE)
def part(array, k, first, size):
    """`size` elements of row k from `first` on; an array of one piece stands for all pieces."""
    begin = first % array.shape[1]
    return array[k % array.shape[0], begin : begin + size]


def update(numbers, factor, t, theta, g, m, v, v_max, m_hat, v_hat, first, last):
    """One step of pieces of many runs. numbers: (n, runs); theta, g: (runs, D); the rest like them, or (1, elements of a piece).

    first, last : of the pieces of all runs, which are counted through
    """
    size, length = theta.shape[1], PIECE_BYTES // theta.itemsize
    pieces = (size + length - 1) // length
    for piece in range(first, last):
        k, begin = piece // pieces, piece % pieces * length
        n = length if size - begin > length else size - begin
        s = step(numbers, factor, t, k)
        a, b = part(theta, k, begin, n), part(g, k, begin, n)
        c, d, e = part(m, k, begin, n), part(v, k, begin, n), part(v_max, k, begin, n)
        p, q = part(m_hat, k, begin, n), part(v_hat, k, begin, n)
        for i in range(n):
            a[i], c[i], d[i], p[i], q[i], e[i] = rule(s, a[i], b[i], c[i], d[i], e[i])


def loop_of(rule: WrittenRule, slope: WrittenSlope | None, kind: Any) -> Any:
    """The loop around a rule and the slope of a surface, compiled when it is called.

    kind : which runs; without a slope, which steps long vectors, their precision
    """
    if slope is None:
        step = rule.step("numbers[{i}, k]").function("step(numbers, factor, t, k)")
        return _bound(update, kind, step, rule.function("{}" if kind is np.float64 else "own({})"))
    if kind == ONE_RUN:
        step = rule.step("numbers[{i}]", "powers[{row}, j + {ahead}]").function("step(numbers, powers, factor, t, j)")
        return _bound(walk_one, np.float64, step, rule.function(), slope.text)
    column = "({row} - d) * size + k" if kind == ALIKE else "2 * {row} * size + k"
    made = rule.step("numbers[{i}, k]", f"powers[at{{ahead}}, {column}]")
    step = made.function("step(numbers, powers, factor, t, at0, at1, size, d, k)")
    return _bound(walk_many, np.float64, step, rule.function(), slope.text)


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
