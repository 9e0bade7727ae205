"""The update rules: begin with `rules`, where each is a few lines; `relatives` came after, `base` is what all share."""

from adamlib.optimizers import matrices, relatives, rules
from adamlib.optimizers.base import Hyper, Optimizer, State, at_least_0, between, one_of, share, switch
from adamlib.optimizers.matrices import *  # noqa: F403
from adamlib.optimizers.relatives import *  # noqa: F403
from adamlib.optimizers.rules import *  # noqa: F403

__all__ = ["ALL_RULES", "Hyper", "Optimizer", "State", "at_least_0", "between", "one_of", "share", "switch"]
__all__ += matrices.__all__
__all__ += rules.__all__
__all__ += relatives.__all__

# Every rule of the library, in the order in which a reader meets them.
ALL_RULES: tuple[type[Optimizer], ...] = tuple(
    kind
    for module in (rules, relatives, matrices)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Optimizer) and kind.__module__ == module.__name__
)
