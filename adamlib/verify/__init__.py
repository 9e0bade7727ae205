"""Check anyone's optimizer: which rule it follows, by which convention, or where it departs and which mistake that is."""

from adamlib.verify.concordance import HEADER, Row, concordance, recorded
from adamlib.verify.crosswalk import CROSSWALK
from adamlib.verify.judge import Verdict, verify

__all__ = ["CROSSWALK", "HEADER", "Row", "Verdict", "concordance", "recorded", "verify"]
