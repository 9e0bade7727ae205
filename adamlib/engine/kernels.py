"""The very rules and surfaces of this library, compiled by Numba: nothing is written a second time here, only loops.

`Kernel` binds the loops below to one update rule and one surface. Arithmetic is that of IEEE 754, in the order in which
the formulas are written, so that results equal NumPy's to the last bit wherever only + - * / and roots occur. The one
exception is the step of a very long vector, which may multiply by a reciprocal and join a product with a sum.
"""

from collections import namedtuple
from collections.abc import Callable
from functools import cache
from typing import Any, cast

import numpy as np
from numba import njit, prange, types
from numba.extending import overload_attribute, overload_method

from adamlib import averages
from adamlib.engine.rebind import Seen, changed, fingerprint, rebound
from adamlib.engine.weak import beta, weak
from adamlib.optimizers import Optimizer, State

LANES = 64  # runs that march side by side: they share vector registers and stay in cache
CHUNK, SHORT = 512, 256  # steps whose powers of beta are made at once: for one run, for a block of runs
STRETCH = 16_384  # elements of a long vector that one core takes at a time
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True}
FAST: dict[str, Any] = {**OPTIONS, "fastmath": {"arcp", "contract"}}

# What a loop calls; `Kernel` binds these names in its own copy of each loop.
rule: Any = None
rule_at: Any = None
slope: Any = None

full_power = njit(averages.power, **OPTIONS)


@njit(**OPTIONS)
def looked_up_power(base, t):
    """beta^t, as `averages.power` makes it: looked up where the beta has brought it along."""
    if t == base.t:
        return weak(base.now)
    if t == base.t + 1:
        return weak(base.after)
    return weak(full_power(base.value, t))


@njit(**OPTIONS)
def where(known, a, b):
    """`np.where` of single numbers: Numba's own makes an array of them."""
    return a if known else b


def _numpy(part: Any) -> Any:
    return where if part is np.where else part


NUMPY = Seen(np, _numpy)


class Functions:
    """Plain functions and what they call, compiled; each once."""

    def __init__(self, options: dict):
        self._options = options
        self._made: dict[Callable, Any] = {averages.power: looked_up_power}

    def __call__(self, function: Callable) -> Any:
        """`function` compiled, together with every plain function that it names."""
        if function not in self._made:
            self._made[function] = njit(rebound(function, self._seen), **self._options)
        return self._made[function]

    def _seen(self, thing: Any) -> Any:
        return NUMPY if thing is np else changed(thing, self)


EXACT, HASTY = Functions(OPTIONS), Functions(FAST)


@cache
def bind_method(name: str) -> None:
    """Let compiled rules call `self.name(...)`: the method of the optimizer's class, compiled."""

    @overload_method(types.BaseNamedTuple, name)
    def call(self, *args):
        method = getattr(self.instance_class, "methods", {}).get(name)
        return None if method is None else lambda self, *args: method(self, *args)


@cache
def bind_word(name: str) -> None:
    """Let compiled rules read `self.name` where it is a switch or a word: a constant of the compiled code."""

    @overload_attribute(types.BaseNamedTuple, name, inline="always")
    def read(self):
        words = getattr(self.instance_class, "words", {})
        word = words.get(name)
        return None if word is None else lambda self: word


def maker(optimizer: Optimizer, functions: Functions) -> Any:
    """A function that gathers the hyperparameters of element (d, k) for step t, as the `self` of a compiled rule."""
    names, methods = list(optimizer.numbers()), optimizer.rule_methods()
    own: Any = cast(Any, namedtuple(type(optimizer).__name__, names))  # type: ignore[misc]
    own.words = optimizer.words()
    own.methods = {name: functions(method) for name, method in methods.items()}
    for name in methods:
        bind_method(name)
    for name in optimizer.words():
        bind_word(name)
    places, made = share_places(optimizer), []
    for i, name in enumerate(names):
        value = f"numbers[{i}, d, k]" + (" * factor" if name == "lr" else "")
        if i in places:
            row = f"powers[{places.index(i)}, d, {{}}, k]"
            made.append(f"beta({value}, t, {row.format('j')}, {row.format('j + 1')})")
        else:
            made.append(f"weak({value})")
    space = {"own": own, "beta": beta, "weak": weak}
    exec(f"def rule_at(numbers, powers, factor, t, j, d, k):\n    return own({', '.join(made)})", space)
    return njit(space["rule_at"], **OPTIONS)  # type: ignore[call-overload]


def share_places(optimizer: Optimizer) -> tuple[int, ...]:
    """Which of the numbers are shares of the past, whose powers a rule may ask for."""
    shares = optimizer.shares()
    return tuple(i for i, name in enumerate(optimizer.numbers()) if name in shares)


@njit(**OPTIONS)
def fill_powers(base, first, out):
    """out[j] = base^(first + j), the bits of `averages.power`; len(out) - 1 is a power of two and divides first."""
    width = len(out) - 1
    out[0] = 1.0 + 0.0 * base
    square, filled = base, 1
    while filled < width:
        for j in range(filled):
            out[filled + j] = out[j] * square
        square, filled = square * square, 2 * filled
    high = first // width
    while high > 0:
        if high % 2 == 1:
            for j in range(width):
                out[j] = out[j] * square
        square, high = square * square, high // 2
    out[width] = full_power(base, first + width)


@njit(**OPTIONS)
def fill_lanes(base, first, out):
    """`fill_powers` for many bases side by side: out[j, k] = base[k]^(first + j)."""
    width, lanes = len(out) - 1, len(base)
    square = base.copy()
    for k in range(lanes):
        out[0, k] = 1.0 + 0.0 * base[k]
    filled = 1
    while filled < width:
        for j in range(filled):
            for k in range(lanes):
                out[filled + j, k] = out[j, k] * square[k]
        for k in range(lanes):
            square[k] = square[k] * square[k]
        filled = 2 * filled
    high = first // width
    while high > 0:
        if high % 2 == 1:
            for j in range(width):
                for k in range(lanes):
                    out[j, k] = out[j, k] * square[k]
        for k in range(lanes):
            square[k] = square[k] * square[k]
        high = high // 2
    for k in range(lanes):
        out[width, k] = full_power(base[k], first + width)


def walk_one(numbers, factors, parameters, places, now, rows, record):
    """One run on a surface. now: (7, 2, 1), the state, changed in place. record: (rows or 0, 6, 1, 2)."""
    powers = np.empty((max(1, len(places)), numbers.shape[1], CHUNK + 1, 1))
    x = State(0, now[0, 0, 0], now[1, 0, 0], now[2, 0, 0], now[3, 0, 0], now[4, 0, 0], now[5, 0, 0], now[6, 0, 0])
    y = State(0, now[0, 1, 0], now[1, 1, 0], now[2, 1, 0], now[3, 1, 0], now[4, 1, 0], now[5, 1, 0], now[6, 1, 0])
    row = 1
    for t in range(1, len(factors) + 1):
        j = t % CHUNK
        if j == 0 or t == 1:
            for b in range(len(places)):
                for d in range(numbers.shape[1]):
                    fill_powers(numbers[places[b], d, 0], t - j, powers[b, d, :, 0])
        gx, gy = slope(x.theta, y.theta, *parameters)
        x = rule(rule_at(numbers, powers, factors[t - 1], t, j, 0, 0), x, float(gx))
        y = rule(rule_at(numbers, powers, factors[t - 1], t, j, numbers.shape[1] - 1, 0), y, float(gy))
        if row < len(record) and rows[row] == t:
            for d, s in enumerate((x, y)):
                record[row, 0, 0, d], record[row, 1, 0, d], record[row, 2, 0, d] = s.theta, s.grad, s.m
                record[row, 3, 0, d], record[row, 4, 0, d], record[row, 5, 0, d] = s.v, s.m_hat, s.v_hat
            row += 1
    for d, s in enumerate((x, y)):
        now[0, d, 0], now[1, d, 0], now[2, d, 0], now[3, d, 0] = s.theta, s.grad, s.m, s.v
        now[4, d, 0], now[5, d, 0], now[6, d, 0] = s.m_hat, s.v_hat, s.v_max


def walk_block(numbers, factors, parameters, places, now, rows, record):
    """A block of runs on a surface, all in step. now: (7, 2, lanes), changed in place. record: (rows or 0, 6, lanes, 2)."""
    lanes, own, row = now.shape[2], numbers.copy(), 1
    powers = np.empty((max(1, len(places)), numbers.shape[1], SHORT + 1, lanes))
    theta, grad, m, v = now[0].copy(), now[1].copy(), now[2].copy(), now[3].copy()
    m_hat, v_hat, v_max = now[4].copy(), now[5].copy(), now[6].copy()
    for t in range(1, len(factors) + 1):
        j = t % SHORT
        if j == 0 or t == 1:
            for b in range(len(places)):
                for d in range(numbers.shape[1]):
                    fill_lanes(own[places[b], d], t - j, powers[b, d])
        for k in range(lanes):
            grad[0, k], grad[1, k] = slope(theta[0, k], theta[1, k], *parameters)
        for d in range(2):
            for k in range(lanes):
                old = State(t - 1, theta[d, k], 0.0, m[d, k], v[d, k], 0.0, 0.0, v_max[d, k])
                new = rule(rule_at(own, powers, factors[t - 1], t, j, d * (numbers.shape[1] - 1), k), old, grad[d, k])
                theta[d, k], m[d, k], v[d, k] = new.theta, new.m, new.v
                m_hat[d, k], v_hat[d, k], v_max[d, k] = new.m_hat, new.v_hat, new.v_max
        if row < len(record) and rows[row] == t:
            for d in range(2):
                for k in range(lanes):
                    record[row, 0, k, d], record[row, 1, k, d], record[row, 2, k, d] = theta[d, k], grad[d, k], m[d, k]
                    record[row, 3, k, d], record[row, 4, k, d], record[row, 5, k, d] = v[d, k], m_hat[d, k], v_hat[d, k]
            row += 1
    now[0], now[1], now[2], now[3], now[4], now[5], now[6] = theta, grad, m, v, m_hat, v_hat, v_max


def stretch(numbers, places, factor, t, grad, theta, m, v, v_max, m_hat, v_hat):
    """One step of a piece of one run. numbers: (n, 1, 1); the rest: (size,), changed in place, or None where not kept."""
    powers = np.empty((max(1, len(places)), 1, 2, 1))
    for b in range(len(places)):
        for s in range(2):
            powers[b, 0, s, 0] = full_power(numbers[places[b], 0, 0], t + s)
    own = rule_at(numbers, powers, factor, t, 0, 0, 0)
    zero = type(theta[0])(0)
    for i in range(len(theta)):
        was_m = zero if m is None else m[i]
        was_v = zero if v is None else v[i]
        was_v_max = zero if v_max is None else v_max[i]
        new = rule(own, State(t - 1, theta[i], zero, was_m, was_v, zero, zero, was_v_max), grad[i])
        theta[i] = new.theta
        if m is not None:
            m[i] = new.m
        if v is not None:
            v[i] = new.v
        if v_max is not None:
            v_max[i] = new.v_max
        if m_hat is not None:
            m_hat[i] = new.m_hat
            v_hat[i] = new.v_hat


def update(numbers, places, factor, t, grad, theta, m, v, v_max, m_hat, v_hat):
    """One step of many runs of any length. numbers: (n, 1, runs); the rest: (runs, D), or None where not kept."""
    runs, size = theta.shape
    pieces = (size + STRETCH - 1) // STRETCH
    for piece in prange(runs * pieces):
        k, first = piece // pieces, piece % pieces * STRETCH
        last = min(first + STRETCH, size)
        stretch(
            numbers[:, :, k : k + 1],
            places,
            factor,
            t,
            grad[k, first:last],
            theta[k, first:last],
            None if m is None else m[k, first:last],
            None if v is None else v[k, first:last],
            None if v_max is None else v_max[k, first:last],
            None if m_hat is None else m_hat[k, first:last],
            None if v_hat is None else v_hat[k, first:last],
        )


class Kernel:
    """The loops, bound to the rule of an optimizer and, where there is one, to the slope of a surface.

    `walk` and `march` run a whole task; `update(hasty, shared)` is one step: in haste, shared between the cores.
    """

    def __init__(self, optimizer: Optimizer, surface_slope: Callable | None, name: str):
        self.optimizer, self.lanes, self._name = optimizer, LANES, name
        self.places = np.array(share_places(optimizer), np.int64)
        self.memory = moved(optimizer)
        if surface_slope is not None:
            names = self._names(EXACT) | {"slope": EXACT(surface_slope)}
            self.walk = self._bound(walk_one, names, OPTIONS)
            self.march = self._bound(walk_block, names, OPTIONS)

    @cache  # noqa: B019
    def update(self, hasty: bool, shared: bool) -> Any:
        """`update`, compiled."""
        options = FAST if hasty else OPTIONS
        piece = self._bound(stretch, self._names(HASTY if hasty else EXACT), options)
        return self._bound(update, {"stretch": piece}, {**options, "parallel": shared}, f"{hasty:d}{shared:d}")

    def _names(self, functions: Functions) -> dict[str, Any]:
        return {"rule": functions(type(self.optimizer).rule), "rule_at": maker(self.optimizer, functions)}

    def _bound(self, loop: Any, names: dict[str, Any], options: dict, suffix: str = "") -> Any:
        copy = rebound(loop, lambda thing: thing, f"{loop.__name__}{suffix}_{self._name}", **names)
        return njit(copy, cache=True, **options)


_made: dict[str, Kernel] = {}


def kernel_of(optimizer: Optimizer, surface_slope: Callable | None) -> Kernel:
    """The kernel of a rule and a surface: the same one for what computes the same, as when a cell is run again."""
    numbers, shares = list(optimizer.numbers()), optimizer.shares()
    parts = optimizer.rule_methods(), optimizer.words(), numbers, shares, surface_slope, averages.power
    name = f"{type(optimizer).__name__}_{fingerprint(*parts)}"
    if name not in _made:
        _made[name] = Kernel(optimizer, surface_slope, name)
    return _made[name]


def moved(optimizer: Optimizer) -> frozenset[str]:
    """Which of m, v and v_max the rule changes: the others need neither memory nor time."""
    rng = np.random.default_rng(0)
    old = State(1, *(rng.uniform(0.5, 2, 64) for _ in State._fields[1:]))
    with np.errstate(all="ignore"):
        new = optimizer.at_one_half().rule(old, rng.uniform(-2, 2, 64))
    return frozenset(name for name in ("m", "v", "v_max") if not np.array_equal(getattr(old, name), getattr(new, name)))
