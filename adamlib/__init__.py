"""The Adam optimizer, explained by code that runs. `import adamlib as al` loads NumPy and nothing heavier."""

from adamlib import theory
from adamlib.averages import debias, ema, weights
from adamlib.curvature import hessian, sharpness
from adamlib.engine import warm
from adamlib.formats import bfloat16
from adamlib.games import drift, play
from adamlib.measure import arrival, settled, stability
from adamlib.optimizers import Optimizer, State
from adamlib.optimizers import relatives as _relatives
from adamlib.optimizers import rules as _rules
from adamlib.optimizers.relatives import *  # noqa: F403
from adamlib.optimizers.rules import *  # noqa: F403
from adamlib.problems import *  # noqa: F403
from adamlib.problems import __all__ as _problems
from adamlib.run import Trajectory, final, grid, iterate, run
from adamlib.schedules import cosine, inverse_root, linear, warmup
from adamlib.sweep import sweep
from adamlib.verify import Verdict, concordance, verify

__version__ = "0.1.0"
__all__ = [
    "Optimizer",
    "State",
    "Trajectory",
    "Verdict",
    "arrival",
    "bfloat16",
    "concordance",
    "cosine",
    "debias",
    "drift",
    "ema",
    "final",
    "grid",
    "hessian",
    "inverse_root",
    "iterate",
    "linear",
    "play",
    "run",
    "settled",
    "sharpness",
    "stability",
    "sweep",
    "theory",
    "verify",
    "warm",
    "warmup",
    "weights",
    *_problems,
]
__all__ += _rules.__all__
__all__ += _relatives.__all__
