"""Check anyone's optimizer: which rule it follows, by which convention, or where it departs and which mistake that is.

A verdict is made in this order, and each room knows only those above it:

    rules, conventions      what each rule is, and in which ways it may be right but different; `changes` makes such rules,
                            `readings` goes through them
    adapters/               whose an optimizer is, how to make one step of it, and which rule it says it is
    walk                    it is fed the gradients of `probe`, and its positions are kept
    compare                 the walk beside that of a rule: where they part
    diagnose/               why they part: the mistake that explains every step
    low_precision/          the same in float16 and bfloat16
    judge, verdict          `verify` does all this; a Verdict has its parts, and one sentence

It is handed over by `assertion` (in a test), `command` (in a terminal; `sources` finds what is named there, `report` prints) and
`trace` (outside Python). `concordance` and `notation` are the tables of what the libraries do and how they call things.
"""

from typing import TYPE_CHECKING

from adamlib.later import importer

if TYPE_CHECKING:
    from adamlib.verify.assertion import assert_follows
    from adamlib.verify.concordance import HEADER, Row, recorded
    from adamlib.verify.judge import verify
    from adamlib.verify.notation import NOTATION
    from adamlib.verify.verdict import Verdict

__all__ = ["HEADER", "NOTATION", "Row", "Verdict", "assert_follows", "recorded", "verify"]

LATER = {
    "HEADER": "concordance",
    "NOTATION": "notation",
    "Row": "concordance",
    "Verdict": "verdict",
    "assert_follows": "assertion",
    "recorded": "concordance",
    "verify": "judge",
}

__getattr__ = importer(__name__, LATER, former={"CROSSWALK": "NOTATION"})
