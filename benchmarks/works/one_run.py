"""One run on Rosenbrock's valley: its end, or all its states."""

from collections.abc import Callable
from functools import partial

import numpy as np

import adamlib as al
from benchmarks import limit
from benchmarks.contest import Contestant, Growth, Ratio, Work
from benchmarks.works.peers import TORCH, torch_optimizer, walk_in_jax

RULE, VALLEY = al.Adam(), al.rosenbrock()
STEP_COUNTS = (1, 100, 1000, 10_000, 100_000)
AROUND = "the loop alone takes what C takes; the rest is Python around it, which checks and lays out arrays"

NEW_MEMORY = (
    "what is returned is new memory, and the system hands it out by the page: with 316 page faults, 10,000 steps take up to four "
    "times as long as on a heap that keeps its pages. There the slope is 1.06, as C's, whose record leaves the caches too"
)


def final_call(steps: int) -> Callable:
    al.final(RULE, VALLEY, steps=1, engine="compiled")  # compiled once, it is chosen unasked
    return lambda: al.final(RULE, VALLEY, steps=steps).theta


def run_call(steps: int, engine: str | None = None) -> Callable:
    al.run(RULE, VALLEY, steps=1, engine=engine or "compiled")
    return lambda: al.run(RULE, VALLEY, steps=steps, engine=engine).theta[-1]


def in_c(steps: int, recorded: bool) -> Callable:
    end, record = np.empty(2), np.empty((steps + 1, 7, 2))
    loop = (
        limit.loop("run", steps, RULE, VALLEY.start, end, record)
        if recorded
        else limit.loop("final", steps, RULE, VALLEY.start, end)
    )

    def call() -> np.ndarray:
        loop()
        return end

    return call


def in_jax(steps: int) -> Callable:
    import jax

    walk = jax.jit(lambda: walk_in_jax(RULE, VALLEY, steps))
    return lambda: np.asarray(walk())


def in_torch(steps: int, kind: str) -> Callable:
    import torch

    def call() -> np.ndarray:
        theta = torch.tensor(VALLEY.start, requires_grad=True)
        optimizer = torch_optimizer([theta], RULE, kind)
        for _ in range(steps):
            optimizer.zero_grad()
            VALLEY.formula.height(theta[0], theta[1]).backward()
            optimizer.step()
        return theta.detach().numpy()

    return call


ONE_RUN = Work(
    "One run on Rosenbrock's valley",
    "steps",
    "step",
    int,
    STEP_COUNTS,
    (
        Contestant("adamlib, final", final_call, ("numba",)),
        Contestant("adamlib, run", run_call, ("numba",)),
        Contestant("adamlib without Numba, run", partial(run_call, engine="floats"), most=1000),
        Contestant("C", partial(in_c, recorded=False), ("cc",)),
        Contestant("C, recorded", partial(in_c, recorded=True), ("cc",)),
        Contestant("Optax, jit and scan", in_jax, ("optax", "jax")),
        *(Contestant(f"torch {kind}", partial(in_torch, kind=kind), ("torch",), 1000) for kind in TORCH),
    ),
    (
        Ratio(1000, "adamlib, final", "C", slower=1.4, why=AROUND),
        *(Ratio(steps, "adamlib, final", "Optax, jit and scan", faster=1, why=AROUND) for steps in (100, 1000)),
        Ratio(1000, "adamlib, final", "torch default", faster=3000),
        Ratio(1000, "adamlib, run", "C, recorded", slower=2, why=AROUND + ", and the losses in NumPy"),
        Ratio(1000, "adamlib without Numba, run", "torch default", faster=100),
        Growth("adamlib, final", STEP_COUNTS),
        Growth("adamlib, run", STEP_COUNTS, why=NEW_MEMORY),
    ),
    close=1e-5,  # after many steps rounding decides where in a burst around the minimum a run stands
)
