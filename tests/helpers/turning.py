"""How far weights without a length turn under each way to shrink them."""

import adamlib as al
from adamlib.theory import equilibrium_angle, equilibrium_angle_of_penalty

METHODS = {  # how the angle of a step grows: powers of lr and of wd
    "SGD + penalty": (1 / 2, 1 / 2),
    "Adam + penalty": (2 / 3, 1 / 3),
    "AdamW": (1 / 2, 1 / 2),
    "AdamW of the paper": (0.0, 1 / 2),
}


def angle(method: str, lr: float, wd: float, dim: int) -> float:
    """How far the weights turn in each step, by the closed form."""
    if method == "Adam + penalty":
        return float(equilibrium_angle_of_penalty(lr, wd, dim, beta1=0.9))
    return float(equilibrium_angle(1.0 if "paper" in method else lr, wd, beta1=0.0 if method.startswith("SGD") else 0.9))


def setting(method: str, lr: float, wd: float, problem: al.Problem):
    """The rule and the problem of a method."""
    if method.startswith("AdamW"):
        return al.AdamW(lr, weight_decay=wd / lr if "paper" in method else wd), problem
    return (al.SGD if method.startswith("SGD") else al.Adam)(lr), al.ridge(problem, wd)
