"""Write the golden vectors: where each rule of ours is after some steps along the probe, for optimizers outside Python.

    python -m tools.golden_vectors

writes adamlib/verify/golden.json, which adamlib/verify/golden.schema.json describes.
"""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from adamlib.optimizers import Optimizer
from adamlib.probe import START, gradients
from adamlib.verify.compare import states
from adamlib.verify.concordance import RECORD_FILE
from adamlib.verify.readings import Reading, readings
from adamlib.verify.report import plain_rule
from adamlib.verify.rules import RULE_ROWS, with_settings, words_of
from tools.peers import STEPS_KEPT

GOLDEN_FILE = RECORD_FILE.with_name("golden.json")


def golden_vectors() -> dict[str, Any]:
    """The start, the gradients and the vectors, in the form of the file."""
    return {
        "made by": "python -m tools.golden_vectors",
        "start": START.tolist(),
        "gradients": gradients().tolist(),
        "steps": list(STEPS_KEPT),
        "vectors": [vector(rule, reading) for rule in rules_by_default() for reading in readings(rule, 1)],
    }


def rules_by_default() -> Iterator[Optimizer]:
    """Every rule with the settings that it has by default, in all its variants."""
    for row in RULE_ROWS.values():
        yield from (row.kind(**variant) for variant in row.variants)


def vector(rule: Optimizer, reading: Reading) -> dict[str, Any]:
    """A rule, as written or by one convention, and theta after each of the steps."""
    thetas = [state["theta"].tolist() for state in islice(states(reading.rule), STEPS_KEPT[-1])]
    says = "; ".join(one.says for one in reading.conventions) or words_of(rule)
    return {
        "name": f"{with_settings(rule)}{f' with {reading.name}' if reading.name else ''}",
        "says": says,
        "rule": plain_rule(rule),
        "convention": reading.name or None,
        "theta": [thetas[t - 1] for t in STEPS_KEPT],
    }


def as_text(parts: dict[str, Any]) -> str:
    """As JSON, one gradient and one vector a line."""
    lists = {key: "[\n" + ",\n".join(map(json.dumps, parts[key])) + "\n]" for key in ("gradients", "vectors")}
    return (
        "{\n" + ",\n".join(f"{json.dumps(key)}: {lists.get(key) or json.dumps(value)}" for key, value in parts.items()) + "\n}\n"
    )


def main() -> None:
    GOLDEN_FILE.write_text(as_text(golden_vectors()), encoding="utf-8")


if __name__ == "__main__":
    main()
