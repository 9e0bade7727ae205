"""Verdicts as plain data: nothing is lost on the way, and the schema describes what comes of it."""

import json
from importlib import metadata
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import adamlib as al
from adamlib.museum import EXHIBITS
from adamlib.verify import report
from adamlib.verify.readings import readings
from adamlib.verify.report import Answer, installed_versions, plain_parts
from helpers.steps import as_function

SCHEMA = json.loads(Path(report.__file__).with_name("report.schema.json").read_text(encoding="utf-8"))


def lost(theta, grad, state):
    return np.where(grad > 0, np.inf, theta * np.nan), state


def printed(capsys, *answers):
    """The document that is printed, as a program reads it, and the status."""
    status = report.print_json([lambda answer=answer: answer for answer in answers])
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, SCHEMA)
    return status, document


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_kind_of_answer_is_described(capsys):
    penalty = as_function(next(one.rule for one in readings(al.AdamW()) if one.name == "penalty"))
    things = {
        "follows": (al.Adam(), None),
        "convention": (penalty, al.AdamW()),
        "exhibit": (EXHIBITS["frozen t"].step, None),
        "lost": (lost, None),
        "crash": (lambda theta, grad, state: 1 / 0, None),
        "words": (al.AMSGrad(convention="paper"), None),
    }
    verdicts = {name: al.verify(thing, like) for name, (thing, like) in things.items()}
    status, document = printed(capsys, *(Answer(name, verdict) for name, verdict in verdicts.items()), Answer("none", error="no"))
    assert (status, document["status"], document["adamlib"]) == (2, 2, al.__version__)
    *found, none = document["answers"]
    assert none == {"target": "none", "sentence": "no", "status": 2}
    for one, (name, verdict) in zip(found, verdicts.items()):
        assert one["target"] == name
        said = (verdict.status, verdict.sentence, verdict.convention, list(verdict.remarks), verdict.versions, verdict.steps)
        assert tuple(one[part] for part in ("status", "sentence", "convention", "remarks", "versions", "steps")) == said
        assert one["rule"]["name"] == type(verdict.rule).__name__
        assert type(verdict.rule)(**one["rule"]["settings"]) == verdict.rule
        assert (one["departure"] or {}).get("step") == verdict.step
        assert (one["cause"] or {}).get("exhibit") == verdict.fault
    assert found[1]["convention"] == "penalty"
    assert found[2]["cause"] == {"says": verdicts["exhibit"].cause.says, "exhibit": "frozen t"}
    assert found[3]["departure"]["got"] in ("nan", "inf")


def test_a_convention_fails_where_the_rule_is_asked_for_as_written(capsys):
    verdict = al.verify(al.Adam(bias_correction=False), like=al.Adam())
    assert printed(capsys, Answer("raw", verdict))[0] == 0
    status, document = printed(capsys, Answer("raw", verdict, as_written=True))
    assert (status, document["answers"][0]["status"]) == (1, 1)


def test_settings_by_coordinate_are_lists():
    rule = al.SGD(lr=np.full(8, 0.1))
    assert plain_parts(al.Verdict(rule, 0, obstacle="none"))["rule"]["settings"] == {"lr": [0.1] * 8}


def test_what_is_not_as_the_schema_says_is_refused():
    good = {"adamlib": "1", "status": 0, "answers": [{"target": "a", "status": 0, "sentence": "b"}]}
    jsonschema.validate(good, SCHEMA)
    for bad in ({"status": 3}, {"answers": []}, {"more": 1}, {"answers": [{**good["answers"][0], "rule": None}]}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**good, **bad}, SCHEMA)


def test_only_libraries_that_are_installed_have_a_version(monkeypatch):
    def version(name):
        if name != "torch":
            raise metadata.PackageNotFoundError
        return "2.0"

    monkeypatch.setattr(metadata, "version", version)
    assert installed_versions() == {"adamlib": al.__version__, "numpy": np.__version__, "torch": "2.0"}
