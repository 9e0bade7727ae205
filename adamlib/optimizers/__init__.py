"""The update rules: begin with `rules`, where each is a few lines; `relatives` came after, `base` is what all share."""

from adamlib.optimizers import matrices, relatives, rules
from adamlib.optimizers.base import Hyper, Optimizer, State, at_least_0, between, one_of, share, switch
from adamlib.optimizers.matrices import *  # noqa: F403
from adamlib.optimizers.relatives import *  # noqa: F403
from adamlib.optimizers.rules import *  # noqa: F403

__all__ = ["Hyper", "Optimizer", "State", "at_least_0", "between", "one_of", "share", "switch"]
__all__ += matrices.__all__
__all__ += rules.__all__
__all__ += relatives.__all__
