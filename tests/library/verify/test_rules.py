"""Every rule has its row, no rule has the words of another, and settings elsewhere are read."""

import inspect
from dataclasses import dataclass, fields

import pytest

import adamlib as al
from adamlib import optimizers
from adamlib.optimizers import Optimizer
from adamlib.verify.adapters import library
from adamlib.verify.changes import with_decay
from adamlib.verify.conventions import GROUPS
from adamlib.verify.rules import RULE_ROWS, allows, rule_called, words_of
from helpers.steps import as_function


def test_decayed_rules():
    assert with_decay(al.SGD(), 0.0) == al.SGD()
    assert type(with_decay(al.Adam(), 0.1)) is al.AdamW
    rule = with_decay(al.SGD(lr=0.1), 0.5)
    assert repr(rule) == "SGD(lr=0.1, weight_decay=0.5)"
    assert rule.step(rule.init([1.0]), [0.0]).theta.tolist() == [0.95]


def test_settings_of_other_names():
    torch, keras, optax = map(library, ("torch", "keras", "optax"))
    assert optax.rule_from("nadamw", {"learning_rate": 0.1, "b1": 0.8, "weight_decay": 0.0}) == al.NAdam(lr=0.1, beta1=0.8)
    assert optax.rule_from("adam", {"learning_rate": 0.1, "nesterov": True}) == al.NAdam(lr=0.1)
    assert optax.rule_from("amsgrad", {"learning_rate": 0.1}) == al.AMSGrad(lr=0.1, convention="optax")
    assert type(keras.rule_from("adamw", {"learning_rate": 0.1, "weight_decay": 0.1})) is al.AdamW
    assert torch.rule_from("Adam", {"betas": (0.5, 0.9), "amsgrad": True}) == al.AMSGrad(beta1=0.5, beta2=0.9)
    assert optax.rule_from("rmsprop", {"learning_rate": 0.1, "momentum": None, "initial_scale": 0.0}).lr == 0.1
    with pytest.raises(LookupError, match=r"no rule of ours has momentum=0.9"):
        torch.rule_from("RMSprop", {"lr": 0.1, "momentum": 0.9})
    with pytest.raises(LookupError, match=r"no rule of ours has initial_accumulator_value=0.5"):
        torch.rule_from("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5})
    for adapter, foreign in (
        (torch, {"lr_decay": 0.1}),
        (optax, {"eps_root": 1e-8}),
        (optax, {"mask": bool}),
        (torch, {"momentum_decay": 0.0}),
    ):
        with pytest.raises(LookupError, match="no rule of ours has"):
            adapter.rule_from("adam", foreign)


def test_every_rule_has_a_row():
    rules = {kind for kind in vars(optimizers).values() if inspect.isclass(kind) and issubclass(kind, Optimizer)}
    assert set(RULE_ROWS) == rules - {Optimizer}


@pytest.mark.parametrize("row", RULE_ROWS.values(), ids=lambda row: row.kind.__name__)
def test_a_row_says_what_is_asked_of_it(row):
    variants = [row.kind(**more) for more in row.variants]
    assert all(words_of(rule) for rule in variants)
    assert len({words_of(rule) for rule in variants}) == len(variants)
    assert set(row.conventions) <= {one.name for group in GROUPS for one in group}
    assert row.elsewhere
    assert all(name == name.lower() for name in row.elsewhere)


def test_no_two_rules_have_the_same_words():
    corrected = [words_of(kind()) for kind in RULE_ROWS]
    assert len(set(corrected)) == len(RULE_ROWS)


def test_every_convention_stands_in_a_row():
    assert {name for row in RULE_ROWS.values() for name in row.conventions} == {one.name for group in GROUPS for one in group}


def every_subclass():
    """For each rule an empty subclass, one with words of its own, and one that is a dataclass."""
    for kind in RULE_ROWS:
        yield kind, type("Mine", (kind,), {}), ""
        yield kind, type("Mine", (kind,), {"__doc__": "Walks my own way.\n\nMore."}), "Walks my own way"
        yield kind, dataclass(frozen=True, eq=False)(type("Mine", (kind,), {"__module__": __name__})), ""


@pytest.mark.parametrize(("kind", "mine", "words"), list(every_subclass()))
def test_a_subclass_never_inherits_the_words_of_a_rule(kind, mine, words):
    rule = mine()
    assert words_of(rule) == words
    said = al.verify(as_function(rule), like=rule).sentence
    name = f"Mine({'lr=' if fields(kind) else ''}"
    assert said.startswith(f"Follows {name}")
    assert words_of(kind()) not in said
    assert (f" for 400 steps: {words[0].lower()}{words[1:]}" if words else " for 400 steps") in said


def test_a_rule_with_decay_keeps_its_words():
    rule = with_decay(al.SGD(), 0.1)
    assert words_of(rule) == words_of(al.SGD())
    assert words_of(type("Mine", (type(rule),), {})()) == ""
    assert with_decay(rule, 0.2).weight_decay == 0.2
    assert type(with_decay(rule, 0.2)) is type(rule)


def test_a_rule_of_no_row_allows_what_any_rule_allows():
    class Mine(Optimizer):
        pass

    allowed = {one.name for group in GROUPS for one in group if allows(Mine(), one.name)}
    assert allowed == {"eps inside", "eps as a floor", "penalty", "decay after", "decay alone"}


@pytest.mark.parametrize("kind", RULE_ROWS, ids=lambda kind: kind.__name__)
def test_a_rule_is_found_under_its_names(kind):
    """By each name and the settings that it needs, with another rate; and by no other rule."""
    for name, needed in RULE_ROWS[kind].elsewhere.items():
        settings = {key: 0.5 if on and key in ("beta", "weight_decay") else on for key, on in needed.items()}
        assert type(rule_called(name.upper(), settings | {"lr": 0.25})) is kind
        assert rule_called(name, settings | {"lr": 0.25}).lr == 0.25
    with pytest.raises(LookupError, match="no rule of ours is called Nobody; say like"):
        rule_called("Nobody", {})
