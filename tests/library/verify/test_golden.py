"""The golden vectors: what the libraries were recorded to do, what the schema says, and what the script writes."""

import json

import jsonschema
import numpy as np
import pytest

import adamlib as al
from adamlib.verify.concordance import meant_by, recorded, verdict_on
from adamlib.verify.judge import judge
from adamlib.verify.readings import readings
from adamlib.verify.report import plain_rule
from adamlib.verify.rules import RULE_ROWS
from adamlib.verify.walk import Walk
from tools.golden_vectors import GOLDEN_FILE, as_text, golden_vectors

GOLDEN = json.loads(GOLDEN_FILE.read_text(encoding="utf-8"))
VECTORS = {one["name"]: one for one in GOLDEN["vectors"]}


def test_the_schema_describes_them():
    schema = json.loads(GOLDEN_FILE.with_name("golden.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(GOLDEN, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**GOLDEN, "start": GOLDEN["start"][:7]}, schema)


def test_the_script_writes_them():
    made = golden_vectors()
    assert list(made) == list(GOLDEN)
    assert [one["name"] for one in made["vectors"]] == list(VECTORS), "write them again: python -m tools.golden_vectors"
    for one, written in zip(made["vectors"], GOLDEN["vectors"]):
        np.testing.assert_allclose(one.pop("theta"), written["theta"], rtol=1e-12, atol=1e-15)
        assert one == {name: value for name, value in written.items() if name != "theta"}
    assert json.loads(as_text(GOLDEN)) == GOLDEN


def test_every_rule_and_every_convention_that_matters_has_one():
    kinds = {one["rule"]["name"] for one in GOLDEN["vectors"]}
    assert kinds == {kind.__name__ for kind in RULE_ROWS}
    for name, row in RULE_ROWS.items():
        told = {one["convention"] for one in GOLDEN["vectors"] if one["rule"]["name"] == name.__name__}
        assert told == {reading.name or None for variant in row.variants for reading in readings(name(**variant), 1)}


def test_the_libraries_were_recorded_there():
    """Of all recorded objects with settings of a golden vector, each is where the vector of its convention is."""
    found = 0
    for name, record in recorded()["objects"].items():
        plain = plain_rule(meant_by(name, record))
        if not any(one["rule"] == plain for one in GOLDEN["vectors"]):
            continue
        convention = verdict_on(name).convention
        (vector,) = (one for one in GOLDEN["vectors"] if one["rule"] == plain and one["convention"] == convention)
        np.testing.assert_allclose(vector["theta"], record["theta"], rtol=1e-9, err_msg=name)
        found += 1
    assert recorded()["steps"] == GOLDEN["steps"]
    assert found >= 10


@pytest.mark.parametrize("name", [name for name in VECTORS if name.startswith(("AdamW(", "NAdam("))])
def test_a_vector_is_told_for_what_it_is(name):
    vector = VECTORS[name]
    known = dict(zip(GOLDEN["steps"], map(np.array, vector["theta"])))
    walk = Walk([{"theta": known.get(t)} for t in range(1, GOLDEN["steps"][-1] + 1)])
    rule = getattr(al, vector["rule"]["name"])(**vector["rule"]["settings"])
    assert judge(walk, rule).convention == vector["convention"]


def test_a_program_of_plain_numbers_reproduces_adam():
    """Kingma & Ba's Algorithm 1, one coordinate at a time, from the file alone."""
    vector = next(one for one in GOLDEN["vectors"] if one["rule"]["name"] == "Adam" and one["convention"] is None)
    lr, beta1, beta2, eps = (vector["rule"]["settings"][name] for name in ("lr", "beta1", "beta2", "eps"))
    for i, theta in enumerate(GOLDEN["start"]):
        m = v = 0.0
        for t, gradient in enumerate(GOLDEN["gradients"], 1):
            m = beta1 * m + (1 - beta1) * gradient[i]
            v = beta2 * v + (1 - beta2) * gradient[i] ** 2
            theta -= lr * (m / (1 - beta1**t)) / ((v / (1 - beta2**t)) ** 0.5 + eps)
            if t in GOLDEN["steps"]:
                assert theta == pytest.approx(vector["theta"][GOLDEN["steps"].index(t)][i], rel=1e-12)
