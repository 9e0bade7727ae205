"""One step of a long vector whose gradient is a constant array: how fast Adam moves memory."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import adamlib as al
from benchmarks import limit
from benchmarks.contest import Contestant, Growth, Inside, Ratio, Work
from benchmarks.works.peers import TORCH, torch_optimizer

RULE = al.Adam(lr=0.01)
HANDED_OVER = (
    "alone, a core is ahead; handing half of each step to the other one takes some 20 µs, and beyond the caches memory, not "
    "arithmetic, is the limit of both"
)
BEYOND_THE_CACHES = "the largest vectors leave the caches, and traffic alone then costs several times as much a parameter"
ARITHMETIC = "each parameter takes a root and two divisions; C by hand is further from it"
VECTOR_SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


def random_gradient(size: int, dtype: str) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(size).astype(dtype)


def steps_per_call(size: int) -> int:
    """How many steps a call takes: so many that new arrays have come into the caches."""
    return min(200, max(20, 30_000_000 // size))


def seconds_of(walk: Callable[[], Any], theta: np.ndarray, size: int) -> Callable:
    def call() -> Inside:
        begin = time.perf_counter()
        walk()
        return Inside(theta, (time.perf_counter() - begin) / steps_per_call(size))

    return call


def ours(size: int, dtype: str) -> Callable:
    """The gradient reads the clock when it is asked for: the first four times do not count."""
    g, clock = random_gradient(size, dtype), []

    def grad(theta: np.ndarray, t: int = 1) -> np.ndarray:
        clock.append(time.perf_counter())
        return g

    problem = al.Problem("constant gradient", lambda theta: 0.0, grad, np.ones(size, dtype))

    def call() -> Inside:
        clock.clear()
        theta = al.final(RULE, problem, steps=steps_per_call(size), engine="compiled").theta
        return Inside(theta, (clock[-1] - clock[3]) / (steps_per_call(size) - 4))

    return call


def in_torch(size: int, dtype: str, kind: str) -> Callable:
    import torch

    theta = torch.tensor(np.ones(size, dtype), requires_grad=True)
    theta.grad = torch.tensor(random_gradient(size, dtype))
    optimizer = torch_optimizer([theta], RULE, kind)

    def walk() -> None:
        for _ in range(steps_per_call(size)):
            optimizer.step()

    return seconds_of(walk, theta.detach().numpy(), size)


def in_c(size: int, dtype: str) -> Callable:
    """Every core takes all steps of its part: nobody waits for anybody."""
    g, theta, m, v = random_gradient(size, dtype), np.ones(size, dtype), np.zeros(size, dtype), np.zeros(size, dtype)
    return seconds_of(limit.shared_loop(f"steps_{dtype}", size, steps_per_call(size), RULE, g, theta, m, v), theta, size)


def traffic(size: int, dtype: str) -> Callable:
    """The words that a step must move, four read and three written for each parameter; there is nothing to compare."""
    arrays = [np.zeros(size, dtype) for _ in range(4)]
    walk = seconds_of(limit.shared_loop(f"traffic_{dtype}", size, steps_per_call(size), RULE, *arrays), arrays[0], size)
    return lambda: walk()._replace(result=None)


def vector_work(dtype: str) -> Work:
    """The work in one precision."""
    return Work(
        f"One step of a long vector, {dtype}, on every core",
        "parameters",
        "parameter",
        int,
        VECTOR_SIZES,
        (
            Contestant("adamlib", partial(ours, dtype=dtype), ("numba",)),
            Contestant("C", partial(in_c, dtype=dtype), ("cc",)),
            Contestant("memory traffic alone", partial(traffic, dtype=dtype), ("cc",)),
            *(Contestant(f"torch {kind}", partial(in_torch, dtype=dtype, kind=kind), ("torch",)) for kind in TORCH),
        ),
        (
            *(Ratio(size, "adamlib", "torch fused", faster=1, why=HANDED_OVER) for size in VECTOR_SIZES),
            *(Ratio(size, "adamlib", "memory traffic alone", slower=1.5, why=ARITHMETIC) for size in VECTOR_SIZES[2:]),
            Growth("adamlib", VECTOR_SIZES, why=BEYOND_THE_CACHES),
        ),
        close={"float32": 1e-5, "float64": 1e-12}[dtype],
    )


FLOAT32, FLOAT64 = vector_work("float32"), vector_work("float64")
