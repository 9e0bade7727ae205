"""Adam in other libraries, with the numbers of one of our rules. A reader's way, as short as their manuals would have it."""

from typing import Any

import adamlib as al

TORCH: dict[str, dict[str, bool]] = {"default": {}, "foreach": {"foreach": True}, "fused": {"fused": True}}


def torch_adam(parameters: Any, rule: al.Adam, kind: str) -> Any:
    """PyTorch's optimizer, in one of its implementations."""
    import torch

    return torch.optim.Adam(parameters, lr=rule.lr, betas=(rule.beta1, rule.beta2), eps=rule.eps, **TORCH[kind])


def walk_in_jax(rule: al.Adam, problem: al.Problem, steps: int, **numbers: Any) -> Any:
    """Optax's optimizer under `scan`: the last theta of a run on a surface. numbers : what is not as in the rule."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    adam = optax.adam(**{"learning_rate": rule.lr, "b1": rule.beta1, "b2": rule.beta2, "eps": rule.eps, **numbers})
    slope = jax.grad(lambda theta: problem.formula.height(theta[0], theta[1]))

    def step(now, _):
        theta, state = now
        change, state = adam.update(slope(theta), state)
        return (optax.apply_updates(theta, change), state), None

    theta = jax.numpy.asarray(problem.start)
    return jax.lax.scan(step, (theta, adam.init(theta)), None, steps)[0][0]
