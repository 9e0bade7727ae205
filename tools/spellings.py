"""Each rule of ours as an optimizer of PyTorch, Optax and Keras: what is called, and what is undone before a step."""

from math import sqrt
from unittest.mock import patch

import adamlib as al

TINY = 1e-150  # an eps that matters only where the root is zero: its place is then no longer a convention


def torch_sgd(torch, rule, params):
    if isinstance(rule, al.SGD):
        return torch.optim.SGD(params, lr=rule.lr)
    nesterov, dampening = isinstance(rule, al.Nesterov), getattr(rule, "dampening", 0.0)
    return torch.optim.SGD(params, lr=rule.lr, momentum=rule.beta, dampening=dampening, nesterov=nesterov)


def first_is_dampened(rule, t):
    """Their first buffer is g, whatever the dampening: (1 - dampening) g_1 in the place of g_1 makes it ours."""
    return {"gradient": 1 - rule.dampening} if t == 1 and rule.beta > 0 else {}


def torch_adagrad(torch, rule, params):
    return torch.optim.Adagrad(params, lr=rule.lr, eps=rule.eps)


def torch_rmsprop(torch, rule, params):
    return torch.optim.RMSprop(params, lr=rule.lr, alpha=rule.beta2, eps=rule.eps)


def torch_adam(torch, rule, params, **modes):
    kind, more = torch.optim.Adam, {"amsgrad": isinstance(rule, al.AMSGrad)}
    if isinstance(rule, al.AdamW):
        kind, more = torch.optim.AdamW, {"weight_decay": rule.weight_decay}
    return kind(params, lr=rule.lr, betas=(rule.beta1, rule.beta2), eps=rule.eps, **more, **modes)


def torch_adamax(torch, rule, params):
    return torch.optim.Adamax(params, lr=rule.lr, betas=(rule.beta1, rule.beta2), eps=rule.eps)


def torch_radam(torch, rule, params):
    return torch.optim.RAdam(params, lr=rule.lr, betas=(rule.beta1, rule.beta2), eps=rule.eps)


def torch_muon(torch, rule, params):
    """Theirs turns matrices in bfloat16 whatever the dtype: here in their own."""

    class InTheirOwn(torch.optim.Muon):
        def step(self):
            with patch.object(torch.Tensor, "bfloat16", torch.Tensor.clone):
                super().step()

    more = {"adjust_lr_fn": {"rows": "original", "rms": "match_rms_adamw"}[rule.scale]}
    return InTheirOwn(params, rule.lr, rule.weight_decay, momentum=rule.beta, nesterov=rule.nesterov, ns_steps=rule.steps, **more)


def torch_adafactor(torch, rule, params):
    eps, decay = (rule.eps1, rule.eps2), rule.weight_decay
    return torch.optim.Adafactor(params, lr=rule.lr, beta2_decay=-rule.decay, eps=eps, d=rule.d, weight_decay=decay)


def without_correction(rule, t):
    """Undoes theirs by the rate and the eps of every step."""
    root = sqrt(1 - rule.beta2**t)
    return {} if rule.bias_correction else {"lr": rule.lr * (1 - rule.beta1**t) / root, "eps": rule.eps / root}


def optax_momentum(optax, rule):
    nesterov, dampening = isinstance(rule, al.Nesterov), getattr(rule, "dampening", 0.0)
    return optax.chain(optax.scale(1 - dampening), optax.trace(rule.beta, nesterov=nesterov), optax.scale(-rule.lr))


def optax_adagrad(optax, rule):
    return optax.adagrad(rule.lr, initial_accumulator_value=0.0, eps=0.0)


def optax_rmsprop(optax, rule):
    return optax.rmsprop(rule.lr, decay=rule.beta2, eps=rule.eps, eps_in_sqrt=False)


def optax_adam(optax, rule, **numbers):
    """numbers : what is not as in the rule"""
    return optax.adam(**{"learning_rate": rule.lr, "b1": rule.beta1, "b2": rule.beta2, "eps": rule.eps, **numbers})


def optax_nadam(optax, rule):
    return optax.nadam(rule.lr, rule.beta1, rule.beta2, rule.eps)


def optax_amsgrad(optax, rule):
    corrected = rule.convention == "optax"
    scale = optax.scale_by_amsgrad(rule.beta1, rule.beta2, rule.eps, bias_correction_mu=corrected, bias_correction_nu=corrected)
    return optax.chain(scale, optax.scale(-rule.lr))


def optax_adamw(optax, rule):
    return optax.adamw(rule.lr, rule.beta1, rule.beta2, rule.eps, weight_decay=rule.weight_decay)


def keras_adam(optimizers, rule):
    kind, more = optimizers.Adam, {"amsgrad": isinstance(rule, al.AMSGrad)}
    if isinstance(rule, al.AdamW):
        kind, more = optimizers.AdamW, {"weight_decay": rule.weight_decay}
    return kind(rule.lr, beta_1=rule.beta1, beta_2=rule.beta2, epsilon=rule.eps, **more)


def eps_is_hat(rule, t):
    """Their epsilon is eps-hat, which is eps sqrt(1 - beta2^t)."""
    return {"epsilon": rule.eps * sqrt(1 - rule.beta2**t)}


def keras_muon(optimizers, rule):
    """Theirs takes norms and means in float32."""
    more = {"nesterov": rule.nesterov, "ns_steps": rule.steps, "weight_decay": rule.weight_decay or None}
    return optimizers.Muon(rule.lr, momentum=rule.beta, rms_rate=0.2, **more)


def keras_adafactor(optimizers, rule):
    more = {"clip_threshold": rule.d, "weight_decay": rule.weight_decay or None}
    return optimizers.Adafactor(rule.lr, beta_2_decay=-rule.decay, epsilon_1=rule.eps1, epsilon_2=rule.eps2, **more)


def optax_muon(optax, rule):
    rms = {"rms": 0.2, "columns": None}[rule.scale]
    more = {"ns_steps": rule.steps, "beta": rule.beta, "nesterov": rule.nesterov, "weight_decay": rule.weight_decay}
    return optax.contrib.muon(rule.lr, consistent_rms=rms, **more)


def optax_adafactor(optax, rule):
    more = {"decay_rate": rule.decay, "eps": rule.eps1, "clipping_threshold": rule.d}
    return optax.adafactor(rule.lr, min_dim_size_to_factor=1, **more)


def has_tiny_eps(rule) -> bool:
    return rule.eps == TINY


def has_correction(rule) -> bool:
    return rule.bias_correction
