"""A sweep over lr and beta1 on Rosenbrock's valley."""

from collections.abc import Callable

import numpy as np

import adamlib as al
from benchmarks import limit
from benchmarks.contest import Contestant, Growth, Ratio, Work
from benchmarks.works.peers import walk_in_jax

RULE, VALLEY, RUN_STEPS = al.Adam(), al.rosenbrock(), 500
BESIDES = (
    "on one core it is behind by less than a tenth: it makes the powers of each run anew, with the bits of a single run, where "
    "C multiplies on (that gcc contracts a product and a sum gains C nothing); the rest is waking the other core"
)
SECOND_CORE = "on one core cost is proportional; the second core is awake for more of a sweep, the larger it is"


def axes(settings: int) -> tuple[np.ndarray, np.ndarray]:
    """lr and beta1, as many of the one as of the other."""
    n = round(settings**0.5)
    return np.geomspace(1e-4, 1e-2, n), np.linspace(0, 0.95, n)


def pairs(settings: int) -> tuple[np.ndarray, np.ndarray]:
    """Every lr with every beta1, (settings,) each."""
    lr, beta1 = np.meshgrid(*axes(settings), indexing="ij")
    return lr.ravel(), beta1.ravel()


def ours(settings: int) -> Callable:
    lr, beta1 = axes(settings)
    rule = al.Adam(**al.grid(lr=lr, beta1=beta1))
    return lambda: al.final(rule, VALLEY, steps=RUN_STEPS, engine="compiled").theta.reshape(-1, 2)


def in_c(settings: int) -> Callable:
    arrays = (*pairs(settings), np.empty((settings, 2)))
    loop = limit.shared_loop("sweep", settings, RUN_STEPS, RULE, VALLEY.start, *arrays)

    def call() -> np.ndarray:
        loop()
        return arrays[-1]

    return call


def in_jax(settings: int) -> Callable:
    import jax

    jax.config.update("jax_enable_x64", True)
    walk = jax.jit(jax.vmap(lambda lr, beta1: walk_in_jax(RULE, VALLEY, RUN_STEPS, learning_rate=lr, b1=beta1)))
    lr, beta1 = pairs(settings)
    return lambda: np.asarray(walk(lr, beta1))


def in_torch(settings: int) -> Callable:
    """Their optimizers take one rate for all: so the formulas, on tensors, and the slope by hand."""
    import torch

    lr, beta1 = (torch.tensor(numbers)[:, None] for numbers in pairs(settings))

    @torch.no_grad()
    def call() -> np.ndarray:
        theta = torch.tensor(VALLEY.start).repeat(settings, 1)
        m, v = torch.zeros_like(theta), torch.zeros_like(theta)
        for t in range(1, RUN_STEPS + 1):
            g = torch.stack(VALLEY.formula.slope(theta[:, 0], theta[:, 1]), 1)
            m = beta1 * m + (1 - beta1) * g
            v = RULE.beta2 * v + (1 - RULE.beta2) * g * g
            theta = theta - lr * (m / (1 - beta1**t)) / ((v / (1 - RULE.beta2**t)).sqrt() + RULE.eps)
        return theta.numpy()

    return call


SWEEP = Work(
    f"A sweep over lr and beta1 on Rosenbrock's valley, {RUN_STEPS} steps, on every core",
    "settings",
    "step of a setting",
    lambda settings: settings * RUN_STEPS,
    (16, 256, 1024, 4096, 16_384),
    (
        Contestant("adamlib", ours, ("numba",)),
        Contestant("C", in_c, ("cc",)),
        Contestant("JAX, vmap and scan", in_jax, ("optax", "jax")),
        Contestant("torch, batched", in_torch, ("torch",)),
    ),
    (
        Ratio(4096, "adamlib", "C", slower=1.2, why=BESIDES),
        Ratio(4096, "adamlib", "JAX, vmap and scan", faster=8),
        Ratio(4096, "adamlib", "torch, batched", faster=20),
        Growth("adamlib", (16, 1024, 4096, 16_384), why=SECOND_CORE),
    ),
    close=1e-9,
)
