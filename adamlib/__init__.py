"""The Adam optimizer, explained by code that runs. `import adamlib as al` loads NumPy and nothing heavier."""

import warnings

from adamlib import theory
from adamlib.averages import debias, ema, weights
from adamlib.curvature import hessian, sharpness
from adamlib.engine import precompile
from adamlib.measure import arrival, settled, stability
from adamlib.online import drift, play
from adamlib.optimizers import Optimizer, State
from adamlib.optimizers import matrices as _matrices
from adamlib.optimizers import relatives as _relatives
from adamlib.optimizers import rules as _rules
from adamlib.optimizers.matrices import *  # noqa: F403
from adamlib.optimizers.relatives import *  # noqa: F403
from adamlib.optimizers.rules import *  # noqa: F403
from adamlib.precision import bfloat16
from adamlib.problems import *  # noqa: F403
from adamlib.problems import __all__ as _problems
from adamlib.resume import ResumeVerdict, check_resume
from adamlib.run import Trajectory, final, grid, iterate, run
from adamlib.schedules import cosine, inverse_root, linear, warmup
from adamlib.sweep import sweep
from adamlib.verify import Verdict, assert_follows, concordance, verify

__version__ = "0.1.0"
__all__ = [
    "Optimizer",
    "ResumeVerdict",
    "State",
    "Trajectory",
    "Verdict",
    "arrival",
    "assert_follows",
    "bfloat16",
    "check_resume",
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
    "precompile",
    "run",
    "settled",
    "sharpness",
    "stability",
    "sweep",
    "theory",
    "verify",
    "warmup",
    "weights",
    *_problems,
]
__all__ += _matrices.__all__
__all__ += _rules.__all__
__all__ += _relatives.__all__


_FORMER = {"warm": "precompile", "games": "online", "formats": "precision"}


def __getattr__(name: str) -> object:
    """Former names, for one release."""
    if name not in _FORMER:
        raise AttributeError(f"module 'adamlib' has no attribute {name!r}")
    now = _FORMER[name]
    warnings.warn(f"adamlib.{name} is now adamlib.{now}; the former name goes with the next release", DeprecationWarning, 2)
    return globals()[now]
