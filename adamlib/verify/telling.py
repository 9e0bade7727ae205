"""Rules in words: with their hyperparameters, and the convention they follow as they stand in adamlib."""

from dataclasses import fields

from adamlib.optimizers import SGD, AdaGrad, Adam, AdamW, AMSGrad, Momentum, NAdam, Nesterov, Optimizer, RMSProp
from adamlib.verify.conventions import Reading

AS_WRITTEN = {
    SGD: "against the gradient, times lr",
    Momentum: "the first m is (1 - dampening) g",
    Nesterov: "theta is the look-ahead point, as in PyTorch, Keras and Optax",
    AdaGrad: "eps outside the root, and v starts at 0, as in PyTorch",
    RMSProp: "eps outside the root and no correction, as in PyTorch",
    Adam: "eps outside the root, after the correction, as in the paper's Algorithm 1",
    NAdam: "beta1 is constant, as in Optax",
    AMSGrad: "",
    AdamW: "the decay is multiplied by lr and comes before the step, as in PyTorch and Optax",
}
AMSGRAD = {
    "torch": "the maximum is taken over v and corrected afterwards, as in PyTorch and Keras",
    "optax": "the maximum is taken over the corrected v, as in Optax",
    "paper": "the maximum is taken over v, and nothing is corrected, as in the paper",
}


def as_written(like: Optimizer) -> str:
    """The convention of a rule as it stands in adamlib."""
    if isinstance(like, AMSGrad):
        says = AMSGRAD[like.convention]
    elif isinstance(like, Adam) and not like.bias_correction:
        says = "nothing is corrected"
    else:
        says = next((AS_WRITTEN[kind] for kind in type(like).__mro__ if kind in AS_WRITTEN), "")
    return f": {says}" if says else ""


def told(rule: Optimizer) -> str:
    """The rule with its hyperparameters, as one would write it."""
    shown = []
    for one in fields(rule):
        value = getattr(rule, one.name)
        if isinstance(value, (bool, str)):
            if value != one.default:
                shown.append(f"{one.name}={value!r}")
        elif not (one.name in ("dampening",) and value == 0):
            shown.append(f"{one.name}={value:.6g}")
    return f"{type(rule).__name__}({', '.join(shown)})"


def told_as(like: Optimizer, reading: Reading) -> str:
    """The rule as `told`; with a penalty AdamW is Adam."""
    penalty = any(one.name == "penalty" for one in reading.conventions)
    return told(like).replace("AdamW(", "Adam(", 1) if penalty else told(like)


def clause(says: str) -> str:
    """A sentence as the end of another: without its stop, and small where it does not begin with a name."""
    return (says[0].lower() if says[1:2].islower() else says[0]) + says[1:-1]
