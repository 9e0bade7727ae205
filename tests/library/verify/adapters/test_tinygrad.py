"""tinygrad: a fake of it where it is not installed."""

from functools import partial

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import START
from adamlib.verify.adapters import adapter_of
from adamlib.verify.adapters.tinygrad import TinygradAdapter, TinygradWalker
from helpers.fakes import TinyTensor


@pytest.fixture
def optim(libraries, monkeypatch):
    monkeypatch.setattr("importlib.metadata.version", {"tinygrad": "0.14"}.__getitem__)
    return libraries.tinygrad


def params():
    return [TinyTensor(np.float32([1.0, 2.0]))]


def test_tinygrad_live():
    optim = pytest.importorskip("tinygrad.nn.optim")
    assert al.verify(optim.AdamW).follows == "AdamW"
    assert al.verify(lambda params: optim.SGD(params, lr=0.1, momentum=0.9, nesterov=True)).follows == "Nesterov"
    assert not al.verify(optim.LAMB, like=al.Adam(lr=0.001, eps=1e-6)).ok


def test_a_function_of_tinygrad_and_one_that_makes_its_optimizer(optim):
    verdict = al.verify(optim.Adam)
    assert (verdict.follows, verdict.rule) == ("Adam", al.Adam(lr=np.float32(0.001).item()))
    assert verdict.remarks == ("it was walked in float32, as its state is",)
    assert verdict.versions["tinygrad"] == "0.14"
    beta = al.verify(partial(lambda params, beta: optim.SGD(params, lr=0.5, momentum=beta), beta=0.9)).rule
    assert beta == al.Momentum(lr=0.5, beta=0.9)
    owner = TinygradAdapter()
    assert owner.settings_of(optim.Adam, given={"lr": 0.25})[1]["lr"] == 0.25
    assert owner.make(optim.Adam, "Adam", {"lr": 0.25})[0](params()).lr.item() == 0.25
    assert owner.make(optim.Adam, "Adam", {}) == (optim.Adam, None)


def test_an_instance_is_made_anew_with_what_was_changed_since(optim):
    mine = optim.LAMB(params(), lr=0.5, weight_decay=0.25, adam=True)
    mine.b1 = 0.5
    mine.params[0].grad = TinyTensor(np.float32([1.0, 1.0]))
    with TinygradWalker(optim.Adam).training():
        mine.step()
    verdict = al.verify(mine)
    assert (verdict.follows, verdict.rule) == ("AdamW", al.AdamW(lr=0.5, beta1=0.5, eps=1e-6, weight_decay=0.25))
    assert verdict.remarks[-1] == "its state was left behind"
    assert mine.m[0].numpy().tolist() == [0.5, 0.5]


def test_its_memory_has_names(optim):
    walker = TinygradWalker(optim.Adam)
    _, arrays = walker(np.ones(8))
    assert walker.state_names() == sorted(arrays) == ["m", "v"]
    assert arrays["m"] == pytest.approx(0.1 * np.ones(START.shape))


def test_what_has_no_rule_of_ours_is_told(optim):
    for kind in (optim.LAMB, optim.LARS(params())):
        with pytest.raises(LookupError, match=r"no rule of ours is called LA..; say like"):
            al.verify(kind)
    assert al.verify(optim.LAMB, like=al.Adam(lr=0.001, eps=1e-6)).status == 1
    with pytest.raises(TypeError, match=r"OptimizerGroup is not allowed: optimizer must follow one rule; pass one of its"):
        al.verify(optim.OptimizerGroup(optim.Adam(params())))
    with pytest.raises(LookupError, match="tinygrad's Muon, whose step has no factor"):
        al.verify(lambda params: optim.LARS(params, ns_coefficients=(3.4445, -4.775, 2.0315), tcoef=0.0))


def test_a_class_that_needs_more_than_parameters_is_to_be_wrapped(optim):
    class Mine(optim.LAMB):
        def __init__(self, params, rate):
            super().__init__(params, rate, adam=True)

    with pytest.raises(TypeError, match=r"it needs rate; wrap it, lambda params: Mine\(params, rate=\.\.\.\)"):
        al.verify(Mine)
    assert al.verify(lambda params: Mine(params, 0.5)).follows == "Adam"


def test_other_functions_are_not_called_tinygrads(optim):
    for other in (lambda params: None, lambda params: optim.Adam(params, odd=1), lambda theta, grad, state: (theta, state)):
        assert not TinygradAdapter().recognises(other)
    assert isinstance(adapter_of(lambda params: optim.Adam(params)), TinygradAdapter)
