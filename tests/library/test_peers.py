"""adamlib against PyTorch, Optax and Keras: numbers recorded once (tools/record_peers.py), and live where they are installed."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from adamlib.probe import STEPS
from helpers.cases import WITHOUT_PEERS, every_rule
from tools import peers
from tools.record_peers import RECORDED_PEERS

RECORDED = json.loads(RECORDED_PEERS.read_text(encoding="utf-8"))
TOLERANCE = {"float64": 1e-11, "float32": 1e-5}


def differs(ours, theirs) -> list[int]:
    """The recorded steps at which a coordinate differs by more than a thousandth."""
    far = ~np.isclose(ours, theirs, rtol=1e-3, atol=0, equal_nan=True).all(axis=1)
    return [step for step, is_far in zip(peers.STEPS_KEPT, far) if is_far]


@pytest.mark.parametrize("name", peers.PAIRS | peers.SINGLE_PAIRS)
def test_recorded(name):
    pair = peers.EVERY[name]
    assert_allclose(peers.walk_of_ours(pair), RECORDED["paths"][name], rtol=TOLERANCE[pair.precision])


@pytest.mark.filterwarnings("ignore")  # theirs, not ours
@pytest.mark.parametrize("name", peers.EVERY)
def test_live(name):
    pair = peers.EVERY[name]
    pytest.importorskip(pair.library)
    live = peers.walk_of_theirs(pair)
    assert_allclose(live, RECORDED["paths"][name], rtol=TOLERANCE[pair.precision])
    if name not in peers.DEPARTURES:
        assert_allclose(peers.walk_of_ours(pair), live, rtol=TOLERANCE[pair.precision])


def test_every_optimizer_meets_a_library_or_says_why_not():
    assert {type(pair.rule) for pair in peers.PAIRS.values()} == every_rule() - WITHOUT_PEERS.keys()


def test_recorded_is_complete():
    assert list(RECORDED["paths"]) == list(peers.EVERY)
    assert RECORDED["steps"] == STEPS
    assert tuple(RECORDED["rows"]) == peers.STEPS_KEPT


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("torch NAdam schedule", 1),
        ("keras NAdam schedule", 1),
        ("torch dampening", 1),
        ("keras Adam eps-hat", 1),
        ("keras RMSProp eps inside", 1),
        ("optax AdaGrad eps inside", 1),
        ("torch AMSGrad against optax", 2),
        ("torch AdaMax eps before the maximum", 5),
        ("torch RAdam against optax", 10),
        ("torch Muon in bfloat16", 20),
    ],
)
def test_departures_are_real(name, first):
    assert differs(peers.walk_of_ours(peers.DEPARTURES[name]), RECORDED["paths"][name])[0] == first
