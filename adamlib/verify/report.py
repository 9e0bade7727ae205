"""Verdicts for programs and terminals: as plain data, which report.schema.json describes, and as lines of text."""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.verify.adapters import FURTHER, LIBRARIES, OWN
from adamlib.verify.verdict import Verdict


class Answer(NamedTuple):
    """What comes of a target, written with its settings: a verdict, or the error why there is none.

    as_written : whether no convention will do
    """

    target: str
    verdict: Verdict | None = None
    error: str = ""
    as_written: bool = False

    @property
    def status(self) -> int:
        """0 where it follows its rule, or a convention if that will do, 1 where it departs, else 2."""
        if self.verdict is None:
            return 2
        return 1 if self.verdict.ok and self.as_written and self.verdict.quantity else self.verdict.status

    @property
    def plain(self) -> dict[str, Any]:
        """As plain data."""
        parts = plain_parts(self.verdict) if self.verdict is not None else {"sentence": self.error}
        return {"target": self.target, **parts, "status": self.status}


def print_text(questions: Sequence[Callable[[], Answer]], program: str) -> int:
    """Print a sentence for each question, with its target where there are several, and the versions at work; the worst status."""
    statuses, versions = [], dict[str, str]()
    for question in questions:
        answer = question()
        name = f"{answer.target}: " if len(questions) > 1 else ""
        if answer.verdict is not None:
            print(f"{name}{answer.verdict}", flush=True)
            versions |= answer.verdict.versions
        else:
            print(f"{program}: {name}{answer.error}", file=sys.stderr)
        statuses.append(answer.status)
    if versions:
        print(in_brackets(versions))
    return max(statuses)


def print_json(questions: Sequence[Callable[[], Answer]]) -> int:
    """Print one document with the answers to all questions; the worst status."""
    answers = [question() for question in questions]
    status = max(answer.status for answer in answers)
    parts = {"adamlib": OWN.versions()["adamlib"], "status": status, "answers": [answer.plain for answer in answers]}
    print(json.dumps(parts, indent=2, ensure_ascii=False, allow_nan=False))
    return status


def in_brackets(versions: Mapping[str, str]) -> str:
    return f"({', '.join(f'{name} {version}' for name, version in versions.items())})"


def installed_versions() -> dict[str, str]:
    """The versions of adamlib, of NumPy and of the libraries that are installed; nothing of theirs is imported."""
    from importlib import metadata  # it brings the reading of e-mail along

    found = OWN.versions()
    for adapter in (*LIBRARIES, *FURTHER):
        try:
            found[adapter.package] = metadata.version(adapter.distribution or adapter.package)
        except metadata.PackageNotFoundError:
            continue
    return found


def plain_parts(verdict: Verdict) -> dict[str, Any]:
    """The parts of a verdict by their names: texts, numbers, lists and None, and nothing else.

    What JSON has no number for is one of the texts "nan", "inf", "-inf".
    """
    away, cause = verdict.departure, verdict.cause
    return {
        "status": verdict.status,
        "sentence": verdict.sentence,
        "rule": plain_rule(verdict.rule),
        "convention": verdict.convention,
        "alike": list(verdict.alike),
        "steps": verdict.steps,
        "departure": away and {name: _plain_number(value) for name, value in away._asdict().items()},
        "cause": cause and {"says": cause.says, "exhibit": cause.fault},
        "remarks": list(verdict.remarks),
        "versions": dict(verdict.versions),
    }


def plain_rule(rule: Optimizer) -> dict[str, Any]:
    """The name of a rule and its settings."""
    settings = {name: _plain_number(np.asarray(value).tolist()) for name, value in vars(rule).items() if name != "blocks"}
    for shape in rule.words().get("blocks") or ():
        settings |= {"blocks": " x ".join(map(str, shape))}  # of the probe there is one
    return {"name": type(rule).__name__, "settings": settings}


def _plain_number(value: Any) -> Any:
    """A number as JSON has it, or as a text; lists of them, and anything else as it is."""
    if isinstance(value, list):
        return [_plain_number(one) for one in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
