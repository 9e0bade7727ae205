"""Adam in other libraries, with the numbers of one of our rules. A reader's way, as short as their manuals would have it."""

from typing import Any

import adamlib as al
from tools import peers

TORCH: dict[str, dict[str, bool]] = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def torch_optimizer(parameters: Any, rule: al.Adam, kind: str) -> Any:
    """PyTorch's optimizer, in one of its implementations."""
    import torch

    return peers.torch_adam(torch, rule, parameters, **TORCH[kind])


def walk_in_jax(rule: al.Adam, problem: al.Problem, steps: int, **numbers: Any) -> Any:
    """Optax's optimizer under `scan`: the last theta of a run on a surface. numbers : what is not as in the rule."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    adam = peers.optax_adam(optax, rule, **numbers)
    slope = jax.grad(lambda theta: problem.formula.height(theta[0], theta[1]))

    def step(now, _):
        theta, state = now
        change, state = adam.update(slope(theta), state)
        return (optax.apply_updates(theta, change), state), None

    theta = jax.numpy.asarray(problem.start)
    return jax.lax.scan(step, (theta, adam.init(theta)), None, steps)[0][0]
