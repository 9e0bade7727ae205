"""What the libraries do, side by side: every cell is derived from recorded walks of their own objects and from their settings."""

import json
from collections import namedtuple
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.verify.adapters import IN_CONCORDANCE, library
from adamlib.verify.adapters.base import Adapter
from adamlib.verify.command import settings_in
from adamlib.verify.judge import IN_HALF, judge
from adamlib.verify.verdict import Verdict
from adamlib.verify.walk import Walk, with_probe_blocks

RECORD_FILE = Path(__file__).with_name("recorded.json")
HEADER = ("question", "paper", *(adapter.title for adapter in IN_CONCORDANCE))

# One question and its answers, all text.
Row = namedtuple("Row", ("question", "paper", *(adapter.package for adapter in IN_CONCORDANCE)))  # type: ignore[misc]


@cache
def recorded() -> dict[str, Any]:
    """What was recorded: the versions, and for each object its settings, the names in its state, and its walk."""
    return json.loads(RECORD_FILE.read_text(encoding="utf-8"))


def library_of(name: str) -> Adapter:
    """The adapter for a recorded object, named as on the command line: torch.optim:Adam lr=0.01."""
    adapter = library(name.partition(":")[0].partition(".")[0])
    assert adapter is not None  # nothing else is recorded
    return adapter


def meant_by(name: str, record: dict[str, Any]) -> Optimizer:
    """The rule that a recorded object says it is."""
    return with_probe_blocks(library_of(name).rule_from(name.split()[0].rpartition(":")[2], record["settings"]))


def recorded_walk(records: dict[str, Any], name: str) -> Walk:
    """The walk of a recorded object; theta is None after a step that was not recorded."""
    known = dict(zip(records["steps"], records["objects"][name]["theta"]))
    thetas = [np.array(known[t], float) if t in known else None for t in range(1, records["steps"][-1] + 1)]
    return Walk([{"theta": theta} for theta in thetas], versions=records["versions"])


def verdict_on(name: str, records: dict[str, Any] | None = None) -> Verdict:
    """The verdict on a recorded object."""
    records = records or recorded()
    return judge(recorded_walk(records, name), meant_by(name, records["objects"][name]))


EPS_ANSWERS = {"": "outside the root, after the correction", "eps-hat": "outside the root, before the correction: eps-hat"}
CORRECTION = {"": "m and v, each divided by its own 1 - beta^t", "eps-hat": "m and v, both folded into lr"}
NOT_CORRECTED, MUST_BE_GIVEN = "nothing, unless asked to", "none: it must be given"
DECAY_ANSWERS = {"": "decoupled", "penalty": "a penalty in the gradient"}
BY_SCHEDULE = "no, by the schedule eta_t alone"
TIMES = {"": "yes", "decay alone": "no"}
BEFORE = {"": "before", "decay after": "after"}
MAXIMUM_ANSWERS = {"torch": "over v, then corrected", "optax": "over the corrected v", "paper": "over v, nothing corrected"}
SCHEDULE = {"": "constant", "torch schedule": "0.96^(0.004 t)", "keras schedule": "0.96^t"}
ROOT = {"": "outside the root", "eps inside": "inside the root"}
STEP_FACTORS = {
    "rms": "0.2 sqrt(the larger side)",
    "columns": "sqrt(columns / rows), 1 at least",
    "rows": "sqrt(rows / columns), 1 at least",
}
W_ANSWERS = {"torch": "the average as it is", "keras": "the average as it is", "optax": "m and g, each corrected, as in NAdam"}
EPS1_ANSWERS = {
    "torch": "the least that the root and the mean may be",
    "paper": "added to the squares",
    "optax": "added to the squares",
}
LIMIT_ANSWERS = {"torch": "yes", "paper": "yes", "optax": "no"}
START_ANSWERS = {"": "0", "accumulator 0.1": "0.1"}


def concordance(records: dict[str, Any] | None = None) -> list[Row]:
    """The library concordance, row by row.

    records : walks and settings of the libraries' objects, in the form of `recorded()`, which is what None takes

    The paper is Kingma & Ba 2015; for decay Loshchilov & Hutter 2019, for AMSGrad Reddi et al. 2018, for NAdam
    Dozat 2016, for RMSProp Tieleman & Hinton 2012, for AdaGrad Duchi et al. 2011 and for Adafactor Shazeer & Stern 2018.
    "" where there is no such thing.
    The paper's column is typed, from reading; the others are derived.
    """
    records = records or recorded()

    columns = [Column(adapter, records) for adapter in IN_CONCORDANCE]

    def row(question: str, paper: str, answer: Callable[[Column], str]) -> Row:
        subject = question.partition(":")[0]
        cells = [answer(column) if subject in ("version", *column.adapter.asked) else "" for column in columns]
        return Row(question, paper, *cells)  # type: ignore[call-arg]

    return [
        row("version", "", Column.version),
        row("Adam: where is eps?", EPS_ANSWERS[""], lambda column: column.place_of_eps("Adam")),
        row("Adam: eps by default", "1e-08", lambda column: column.setting("Adam", "eps")),
        row("Adam: what is corrected, and where?", CORRECTION[""], lambda column: column.corrected("Adam")),
        row("Adam: lr by default", "0.001", lambda column: column.setting("Adam", "lr")),
        row("Adam: beta1 by default", "0.9", lambda column: column.setting("Adam", "beta1")),
        row("Adam: beta2 by default", "0.999", lambda column: column.setting("Adam", "beta2")),
        row("Adam: what is its weight_decay?", "", lambda column: column.follows("Adam with decay", DECAY_ANSWERS)),
        row("AdamW: is the decay multiplied by lr?", BY_SCHEDULE, lambda column: column.follows("AdamW", TIMES)),
        row("AdamW: does it come before the step or after?", "before", lambda column: column.follows("AdamW", BEFORE)),
        row("AdamW: weight_decay by default", "", lambda column: column.setting("AdamW", "weight_decay")),
        row("AMSGrad: where is the maximum?", MAXIMUM_ANSWERS["paper"], lambda column: column.maximum("AMSGrad")),
        row("NAdam: what does beta1 do?", "a schedule mu_t", lambda column: column.follows("NAdam", SCHEDULE)),
        row("RMSProp: where is eps?", "", lambda column: column.follows("RMSProp", ROOT)),
        row("RMSProp: beta2 by default", "0.9", lambda column: column.setting("RMSProp", "beta2")),
        row("AdaGrad: where is eps?", ROOT[""], lambda column: column.follows("AdaGrad with a large eps", ROOT)),
        row("AdaGrad: where does v start?", "0", lambda column: column.follows("AdaGrad", START_ANSWERS)),
        row("Muon: what is the step of a matrix multiplied by?", "", lambda column: column.word("Muon", "scale", STEP_FACTORS)),
        row("Muon: what is orthogonalised?", "", lambda column: column.word("Muon", "convention", W_ANSWERS)),
        row("Muon: in which precision?", "", lambda column: column.precision("Muon")),
        row(
            "Adafactor: what is eps1?", EPS1_ANSWERS["paper"], lambda column: column.word("Adafactor", "convention", EPS1_ANSWERS)
        ),
        row("Adafactor: is lr at most 1 / sqrt(t)?", "yes", lambda column: column.word("Adafactor", "convention", LIMIT_ANSWERS)),
    ]


class Column:
    """The answers of one library. "" for a subject of which it has no object."""

    def __init__(self, adapter: Adapter, records: dict[str, Any]):
        self.adapter, self.records, self.verdicts = adapter, records, dict[str, Verdict]()

    def version(self) -> str:
        """Which version of it was recorded, without the build."""
        return self.records["versions"].get(self.adapter.distribution or self.adapter.package, "").partition("+")[0]

    def verdict(self, subject: str) -> Verdict:
        name = self.adapter.asked[subject]
        if name not in self.verdicts:
            self.verdicts[name] = verdict_on(name, self.records)
        return self.verdicts[name]

    def follows(self, subject: str, answers: dict[str, str]) -> str:
        """The answer for the one convention it follows among those asked for."""
        if subject not in self.adapter.asked:
            return ""
        verdict = self.verdict(subject)
        if not verdict.ok or set(verdict.alike) & set(answers):
            raise ValueError(f"this walk does not answer the question: {verdict}")
        return next((answers[one.name] for one in verdict.conventions if one.name in answers), answers[""])

    def place_of_eps(self, subject: str) -> str:
        """Where eps is added; where nothing is corrected, it is neither before nor after."""
        verdict: Any = self.verdict(subject)
        return self.follows(subject, EPS_ANSWERS) if verdict.rule.bias_correction else ROOT[""]

    def corrected(self, subject: str) -> str:
        """What is corrected, and where."""
        verdict: Any = self.verdict(subject)
        return self.follows(subject, CORRECTION) if verdict.rule.bias_correction else NOT_CORRECTED

    def maximum(self, subject: str) -> str:
        """Where the maximum is, by the convention of the rule it says it is, or by another that it follows."""
        verdict: Any = self.verdict(subject)
        names = {f"{which} maximum": says for which, says in MAXIMUM_ANSWERS.items()}
        return self.follows(subject, {"": MAXIMUM_ANSWERS[verdict.rule.convention], **names})

    def word(self, subject: str, name: str, answers: dict[str, str]) -> str:
        """The answer for a word of the rule that it says it is, and follows."""
        self.follows(subject, {"": ""})
        return answers[getattr(self.verdict(subject).rule, name)]

    def precision(self, subject: str) -> str:
        """In which precision a rule of matrices multiplies them, as far as theta tells."""
        self.follows(subject, {"": ""})
        return "bfloat16" if IN_HALF in self.verdict(subject).remarks else "that of the weights"

    def setting(self, subject: str, name: str) -> str:
        """A setting by our name, as the library has it by default."""
        words = self.adapter.asked[subject].split()[1:]
        if name in self.adapter.by_our_names(settings_in(words)):
            return MUST_BE_GIVEN
        record = self.records["objects"][self.adapter.asked[subject]]
        value = self.adapter.by_our_names(record["settings"]).get(name)
        return "" if value is None else f"{value:.6g}"
