"""Check anyone's optimizer: which rule it follows, by which convention, or where it departs and which mistake that is."""

from typing import TYPE_CHECKING

from adamlib.later import importer

if TYPE_CHECKING:
    from adamlib.verify.assertion import assert_follows
    from adamlib.verify.concordance import HEADER, Row, recorded
    from adamlib.verify.notation import NOTATION
    from adamlib.verify.verdict import Verdict, verify

__all__ = ["HEADER", "NOTATION", "Row", "Verdict", "assert_follows", "recorded", "verify"]

LATER = {
    "HEADER": "concordance",
    "NOTATION": "notation",
    "Row": "concordance",
    "Verdict": "verdict",
    "assert_follows": "assertion",
    "recorded": "concordance",
    "verify": "verdict",
}

__getattr__ = importer(__name__, LATER, former={"CROSSWALK": "NOTATION"})
