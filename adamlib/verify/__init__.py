"""Check anyone's optimizer: which rule it follows, by which convention, or where it departs and which mistake that is."""

import warnings
from typing import Any

from adamlib.verify.assertion import assert_follows
from adamlib.verify.concordance import HEADER, Row, concordance, recorded
from adamlib.verify.notation import NOTATION
from adamlib.verify.verdict import Verdict, verify

__all__ = ["HEADER", "NOTATION", "Row", "Verdict", "assert_follows", "concordance", "recorded", "verify"]


def __getattr__(name: str) -> Any:
    """The former name of NOTATION, for one release."""
    if name != "CROSSWALK":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn("adamlib.verify.CROSSWALK is adamlib.verify.NOTATION now", DeprecationWarning, stacklevel=2)
    return NOTATION
