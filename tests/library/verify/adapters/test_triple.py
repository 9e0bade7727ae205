"""Objects of three functions: NumPyro's, JAX's, and anyone's."""

from types import SimpleNamespace

import pytest

import adamlib as al
from helpers.steps import as_function


def counted(rule):
    """init, update(t, grad, state) and get_params, which count outside the state, as in jax.example_libraries."""

    def update(t, grad, state):
        assert t == state.t
        return rule.step(state, grad)

    return rule.init, update, lambda state: state.theta


def test_a_tuple_of_three_functions():
    assert al.verify(counted(al.Adam(lr=0.1)), like=al.Adam(lr=0.1)).follows == "Adam"
    assert al.verify(counted(al.Adam())).rule == al.Adam()
    assert not al.verify(counted(al.SGD(lr=0.2)), like=al.SGD(lr=0.1)).ok


def test_an_object_of_three_functions():
    rule = al.RMSProp()
    mine = SimpleNamespace(
        init=rule.init, update=lambda grad, state: rule.step(state, grad), get_params=lambda state: state.theta
    )
    assert al.verify(mine, like=al.RMSProp()).follows == "RMSProp"


def test_a_fake_of_numpyro(libraries):
    verdict = al.verify(libraries.numpyro.sgd(0.1), like=al.SGD(lr=0.1))
    assert verdict.ok
    assert {name: verdict.versions[name] for name in ("jax", "numpyro")} == {"jax": "0.3", "numpyro": "0.1"}


def test_numpyro_and_jax_live():
    optimizers = pytest.importorskip("jax.example_libraries.optimizers")
    assert al.verify(optimizers.adam(0.001)).follows == "Adam"
    optim = pytest.importorskip("numpyro.optim")
    assert al.verify(optim.Adam(0.001)).follows == "Adam"


def test_a_class_of_three_functions_is_made_first():
    class Mine:
        def __init__(self, lr):
            self.rule = al.SGD(lr=lr)

        def init(self, theta):
            return self.rule.init(theta)

        def update(self, grad, state):
            return self.rule.step(state, grad)

        def get_params(self, state):
            return state.theta

    class Fast(Mine):
        def __init__(self):
            super().__init__(0.1)

    with pytest.raises(TypeError, match=r"Mine is not allowed: optimizer must be made: it needs lr; pass Mine\(lr=...\)"):
        al.verify(Mine)
    assert al.verify(Fast, like=al.SGD(lr=0.1)).ok


def test_what_is_no_triple():
    for thing in ((1, 2, 3), (print, print)):
        with pytest.raises(TypeError, match="optimizer must be a function step"):
            al.verify(thing)
    assert al.verify(as_function(al.Adam())).ok
