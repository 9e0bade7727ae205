"""The update rules: begin with `rules`, where each is a few lines; `base` is what they share."""

from adamlib.optimizers.base import Hyper, Optimizer, State, at_least_0, between, one_of, share, switch
from adamlib.optimizers.rules import SGD, AdaGrad, Adam, AdamW, AMSGrad, Momentum, NAdam, Nesterov, RMSProp

__all__ = [
    "SGD",
    "AMSGrad",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Hyper",
    "Momentum",
    "NAdam",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "State",
    "at_least_0",
    "between",
    "one_of",
    "share",
    "switch",
]
