"""The names of quantities: complete, and those of the libraries as they were recorded."""

import sys

import pytest

import adamlib as al
from adamlib.verify import NOTATION, recorded


def test_the_notation_is_complete():
    assert list(NOTATION)[:4] == ["gradient", "theta", "m", "v"]
    assert {"m_hat", "v_hat", "v_max", "lr", "beta1", "beta2", "eps", "weight_decay", "t"} <= set(NOTATION)
    assert all(list(names) == ["paper", "reddi", "d2l", "torch", "keras", "optax", "adamlib"] for names in NOTATION.values())


def test_the_notation_of_adamlib():
    rule = al.AdamW()
    names = {*al.State._fields, *rule.hyperparameters()}
    assert {names_["adamlib"] for names_ in NOTATION.values()} - names == set()


@pytest.mark.parametrize("library", ["torch", "keras", "optax"])
def test_the_notation_against_recorded_names(library):
    objects = {name: one for name, one in recorded()["objects"].items() if name.startswith(library)}
    states = {name for one in objects.values() for name in one["state"]}
    named = {"keras": {"t": "iteration"}}.get(library, {})
    for quantity in ("m", "v", "v_max", "t"):
        assert named.get(quantity, NOTATION[quantity][library]) in states
    words = {name for one in objects.values() for name in one["settings"]}
    for quantity in ("lr", "beta1", "beta2", "eps", "weight_decay"):
        assert NOTATION[quantity][library].partition("[")[0] in words


@pytest.mark.filterwarnings("ignore")
def test_the_notation_against_live_objects():
    torch = pytest.importorskip("torch")
    optax, keras = pytest.importorskip("optax"), pytest.importorskip("keras")
    param = torch.zeros(2, requires_grad=True)
    assert hasattr(param, NOTATION["gradient"]["torch"])
    assert hasattr(keras.optimizers.Adam(), NOTATION["t"]["keras"])
    assert NOTATION["t"]["optax"] in optax.ScaleByAdamState._fields


def test_the_former_name_of_the_notation_warns():
    with pytest.warns(DeprecationWarning, match=r"CROSSWALK is now adamlib\.verify\.NOTATION"):
        assert sys.modules["adamlib.verify"].CROSSWALK is NOTATION
    with pytest.raises(AttributeError, match="has no attribute 'WALKERS'"):
        sys.modules["adamlib.verify"].__getattr__("WALKERS")
