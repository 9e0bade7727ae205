"""What every rule is made of: ranges that are declared on the field, and what an engine asks."""

from dataclasses import dataclass

import numpy as np
import pytest

import adamlib as al
from adamlib import engine
from adamlib.optimizers import Hyper, at_least_0, between, one_of, share, switch
from helpers.cases import OPTIMIZERS, every_optimizer, every_rule


@dataclass(frozen=True, eq=False)
class Declared(al.SGD):
    """A reader's own rule that declares every kind of field and asks for a power."""

    rho: Hyper = share(0.9)
    width: Hyper = at_least_0(2.0)
    part: Hyper = between(0.5, 0.25, 1.0)
    corrected: bool = switch(True)
    kind: str = one_of("long", "short")

    def where_to(self, old, g, t):
        m = al.ema(old.m, g, self.rho)
        return m, al.debias(m, self.rho, t) if self.corrected else m


@dataclass(frozen=True, eq=False)
class Plain(al.Adam):
    """A reader's own rule that declares nothing."""

    lr: float = 0.05
    beta2: float = 0.99
    floor: float = 0.0
    often: bool = False
    name: str = "plain"


@dataclass(frozen=True, eq=False)
class Guessed(al.SGD):
    """The same rule as Declared whose share is a number like any other."""

    rho: float = 0.9

    def where_to(self, old, g, t):
        m = al.ema(old.m, g, self.rho)
        return m, al.debias(m, self.rho, t)


@pytest.mark.parametrize(
    ("kind", "field", "wrong", "allowed"),
    [
        (Declared, "rho", 1.0, "at least 0 and below 1"),
        (Declared, "rho", "0.9", "a number or an array of numbers, at least 0 and below 1"),
        (Declared, "width", -1.0, "finite and at least 0"),
        (Declared, "part", 0.2, "at least 0.25 and at most 1"),
        (Declared, "part", 1.5, "at least 0.25 and at most 1"),
        (Declared, "corrected", 1, "True or False"),
        (Declared, "kind", "wide", "one of 'long', 'short'"),
        (Plain, "lr", -1.0, "finite and at least 0"),
        (Plain, "beta2", 1.0, "at least 0 and below 1"),
        (Plain, "floor", -1.0, "finite and at least 0"),
        (Plain, "often", 0, "True or False"),
        (Plain, "name", 3, "a text"),
        (Plain, "floor", True, "a number or an array of numbers, finite and at least 0"),
    ],
)
def test_a_field_is_checked_as_it_is_declared(kind, field, wrong, allowed):
    with pytest.raises((TypeError, ValueError)) as caught:
        kind(**{field: wrong})
    assert str(caught.value) == f"{field} = {wrong!r} is not allowed: {field} must be {allowed}"


def test_the_ends_of_a_range_are_allowed():
    assert (Declared(part=0.25, rho=0).part, Declared(part=1.0).part) == (0.25, 1.0)


def test_a_switch_may_come_from_numpy():
    rule = al.Adam(bias_correction=np.bool_(False))
    assert rule.bias_correction is False
    assert "bias_correction" not in rule.hyperparameters()


def test_shares_are_declared_and_inherited():
    assert Declared().shares() == ("rho",)
    assert Plain().shares() == ("beta1", "beta2")
    assert al.Momentum().shares() == ("beta",)
    assert al.SGD().shares() == ()


@every_optimizer
def test_what_an_engine_asks(optimizer):
    numbers, words = optimizer.numbers(), optimizer.words()
    assert set(vars(optimizer)) == {*optimizer.hyperparameters(), *words}
    assert set(numbers) - set(optimizer.hyperparameters()) <= {"eps"}
    assert set(optimizer.shares()) <= set(optimizer.hyperparameters())
    assert set(optimizer.at_one_half().hyperparameters().values()) == {0.5}
    assert optimizer.at_one_half().words() == words
    assert not optimizer.has_own_step()
    assert {"rule", "where_to", "how_far", "shrink"} <= set(optimizer.rule_methods())
    assert not {"init", "step", "numbers", "__eq__"} & set(optimizer.rule_methods())


def test_a_rule_may_call_helpers_of_any_name():
    class Helped(al.SGD):
        def Rho(self): ...
        def _rho(self): ...
        def rho(self): ...
        def __str__(self): ...  # of no use to the line

    answers = {"rule", "where_to", "how_far", "shrink"}
    assert set(Helped.rule_methods()) == answers | {"Rho", "_rho", "rho"}


@pytest.mark.parametrize("rule", [Declared(), Guessed()], ids=["declared", "not declared"])
def test_a_number_of_a_readers_own_has_its_powers_made_beforehand(rule):
    from adamlib.engine.traced import rule_of

    assert [rule_of(rule).names[place] for place in rule_of(rule).bases] == ["rho"]


@pytest.mark.parametrize("name", engine.ENGINES)
def test_declared_or_not_the_numbers_are_the_same(name):
    if name == "compiled":
        pytest.importorskip("numba")
    ends = [al.final(kind(lr=0.01), al.beale(), steps=700, engine=name).theta.tolist() for kind in (Declared, Guessed)]
    assert ends[0] == ends[1] == al.final(Declared(lr=0.01), al.beale(), steps=700, engine="arrays").theta.tolist()


def test_no_optimizer_is_without_a_row_of_cases():
    assert {type(rule) for rule in OPTIMIZERS.values()} == every_rule()
