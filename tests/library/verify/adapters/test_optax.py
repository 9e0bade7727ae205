"""Optax: its objects say nothing of themselves; a fake of it where it is not installed."""

import functools

import pytest

import adamlib as al
from adamlib.probe import gradients
from adamlib.verify.adapters.optax import OptaxWalker


@pytest.mark.filterwarnings("ignore")
def test_optax_says_nothing_of_itself():
    optax = pytest.importorskip("optax")
    assert al.verify(optax.adam(0.001)).follows == "Adam"
    assert "20 times as long; it follows Adam(lr=0.02" in al.verify(optax.adam(0.02)).sentence
    assert "it follows NAdam(" in al.verify(optax.nadam(0.001)).sentence
    assert al.verify(optax.amsgrad(0.001), like=al.AMSGrad()).follows == "optax maximum"


def test_what_makes_an_optimizer_in_optax_is_none_live():
    optax = pytest.importorskip("optax")
    with pytest.raises(TypeError, match=r"call it, as optax.adam\(0.001\)"):
        al.verify(optax.adam)


@pytest.mark.parametrize("more", [(), (0.1,)], ids=["bare", "with its rate"])
def test_what_makes_an_optimizer_in_optax_is_none(libraries, more):
    made = functools.partial(libraries.optax.sgd, *more) if more else libraries.optax.sgd
    with pytest.raises(TypeError, match=r"optimizer = optax.sgd is not allowed: .* call it, as optax.sgd\(0.001\)"):
        al.verify(made)


def test_chains_schedules_and_accumulation_live():
    optax = pytest.importorskip("optax")
    assert al.verify(optax.chain(optax.scale_by_adam(), optax.scale(-0.001))).follows == "Adam"
    assert al.verify(optax.adam(optax.constant_schedule(0.001))).follows == "Adam"
    assert al.verify(optax.MultiSteps(optax.adam(0.001), 1)).follows == "Adam"
    assert "the rate is not constant" in al.verify(optax.adam(optax.cosine_decay_schedule(0.001, 400))).sentence


def test_a_class_of_optax_is_made_first(libraries):
    Transformation = type(libraries.optax.sgd(0.1))
    with pytest.raises(TypeError, match="must be made: it needs learning_rate and momentum; pass Transformation"):
        al.verify(Transformation)


def test_a_fake_of_optax(libraries):
    assert al.verify(libraries.optax.sgd(0.1), like=al.SGD(lr=0.1)).ok
    assert al.verify(libraries.optax.sgd(0.1, 0.5), like=al.Momentum(lr=0.1, beta=0.5)).ok


def test_the_names_of_the_state_of_a_fake(libraries):
    walker = OptaxWalker(libraries.optax.sgd(0.1, 0.9))
    _, arrays = walker(gradients()[0])
    assert walker.state_names() == ["trace"]
    assert set(arrays) == {"trace"}
