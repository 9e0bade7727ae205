"""An assertion: it passes and fails as the verdict says, by the convention that is asked for, and fails with its sentence."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

import adamlib as al
from adamlib.verify.readings import readings
from helpers import fakes
from helpers.steps import as_function

README = (Path(__file__).parents[3] / "adamlib" / "verify" / "README.md").read_text(encoding="utf-8")


def by(convention, rule):
    """The rule as a convention has it, as a function."""
    return as_function(next(one.rule for one in readings(rule) if one.name == convention))


def test_what_follows_passes_and_returns_the_verdict():
    verdict = al.assert_follows(as_function(al.Adam(lr=0.1)), al.Adam(lr=0.1))
    assert verdict.follows == "Adam"
    assert al.assert_follows(by("eps-hat", al.Adam()), al.Adam()).convention == "eps-hat"
    assert al.assert_follows(al.Lion()).follows == "Lion"


def test_what_departs_fails_with_the_sentence():
    for step in (as_function(al.Adam(lr=0.2)), lambda theta, grad, state: 1 / 0):
        with pytest.raises(AssertionError) as failed:
            al.assert_follows(step, al.Adam(lr=0.1))
        assert str(failed.value) == al.verify(step, al.Adam(lr=0.1)).sentence
        assert failed.traceback[-1].frame.code.name == "assert_follows"
        assert failed.traceback[-1].ishidden(failed)


DECAYING = al.AdamW(eps=0.01, weight_decay=0.1)


@pytest.fixture(scope="module")
def sentences():
    """What is said of the rule as each of some conventions has it."""
    return {name: al.verify(by(name, DECAYING), DECAYING).sentence for name in ("", "eps-hat", "penalty", "eps-hat, penalty")}


@pytest.mark.parametrize("asked", ["as written", "eps-hat", "penalty", "eps-hat, penalty", "penalty, eps-hat"])
def test_the_convention_must_be_the_one_that_is_asked_for(asked, sentences):
    for followed, sentence in sentences.items():
        step, same = by(followed, DECAYING), set(asked.removeprefix("as written").split(", ")) == set(followed.split(", "))
        if same:
            assert al.assert_follows(step, DECAYING, asked).ok
            continue
        with pytest.raises(AssertionError) as failed:
            al.assert_follows(step, DECAYING, asked)
        with_it = "" if asked == "as written" else "with "
        assert str(failed.value) == f"{sentence} Asked for is AdamW {with_it}{asked}."


def test_conventions_that_cannot_be_told_apart_both_pass():
    rule = al.Adam(eps=1e-30)
    verdict = al.assert_follows(by("eps inside", rule), rule, "eps-hat")
    assert {"eps inside", "eps-hat"} <= set(verdict.alike)
    with pytest.raises(AssertionError, match="Asked for is Adam with no correction"):
        al.assert_follows(by("eps inside", rule), rule, "no correction")


def test_a_convention_that_makes_no_difference_passes():
    assert al.assert_follows(al.Adam(eps=0.0), convention="eps-hat").ok
    assert al.assert_follows(al.AdamW(weight_decay=0.0), convention="decay after").ok


@pytest.mark.parametrize("convention", ["eps hat", "", "eps-hat,penalty", "keras schedule", 3, "as written, eps-hat"])
def test_a_convention_that_does_not_apply_is_refused(convention):
    with pytest.raises(ValueError, match=r"convention = .* is not allowed: convention must be 'as written', or among .*eps-hat"):
        al.assert_follows(al.Adam(), convention=convention)


def test_the_example_of_the_readme(libraries, monkeypatch):
    """With a library of theirs in which everything is right; with a step that is none of theirs it fails."""
    (example,) = (code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "assert_follows" in code)
    tests = example.split("\n\n")[1:]
    assert [len(test.strip().splitlines()) for test in tests] == [2, 2, 2]
    monkeypatch.setitem(sys.modules, "theirs", library_of_theirs())
    space: dict = {}
    exec(example, space)
    names = [name for name in space if name.startswith("test_")]
    assert len(names) == 3
    for name in names:
        space[name]()
    space["step"] = as_function(al.SGD(lr=0.01))
    with pytest.raises(AssertionError, match="Departs from Adam"):
        space["test_step"]()


def library_of_theirs():
    """A class of PyTorch, a function that makes a transformation of Optax, and a step."""

    class TheirAdamW(fakes.Optimizer):
        def __init__(self, params, lr=0.001):
            super().__init__(params, {"lr": lr})
            self.rule, self.past = al.AdamW(lr=lr), {}

        def step(self):
            for param in self.param_groups[0]["params"]:
                before = self.past.get(param) or self.rule.init(param.values)
                self.past[param] = self.rule.step(before, param.grad.values)
                param.values = self.past[param].theta

    class Transformation:
        __module__ = "optax._src.base"

        def __init__(self, rule):
            self.rule = rule

        def init(self, theta):
            return self.rule.init(theta)

        def update(self, grad, state, theta):
            new = self.rule.step(state._replace(theta=theta), grad)
            return new.theta - theta, new

    module = ModuleType("theirs")
    hat = next(one.rule for one in readings(al.Adam(lr=0.01)) if one.name == "eps-hat")
    vars(module).update(TheirAdamW=TheirAdamW, their_adam=lambda lr: Transformation(al.Adam(lr=lr)), step=as_function(hat))
    return module
