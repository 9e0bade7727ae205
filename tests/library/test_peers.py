"""adamlib against PyTorch, Optax and Keras: numbers recorded once (helpers/peers), and live where they are installed."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from helpers.peers import record

RECORDED = json.loads(record.RECORDED.read_text())
TOLERANCE = {"float64": 1e-11, "float32": 1e-5}


def differs(ours, theirs) -> list[int]:
    """The recorded steps at which a coordinate differs by more than a thousandth."""
    far = ~np.isclose(ours, theirs, rtol=1e-3, atol=0, equal_nan=True).all(axis=1)
    return [step for step, is_far in zip(record.ROWS, far) if is_far]


@pytest.mark.parametrize("name", record.PAIRS | record.FLOAT32)
def test_recorded(name):
    pair = record.EVERY[name]
    assert_allclose(record.ours(pair), RECORDED["paths"][name], rtol=TOLERANCE[pair.dtype])


@pytest.mark.filterwarnings("ignore")  # theirs, not ours
@pytest.mark.parametrize("name", record.EVERY)
def test_live(name):
    pair = record.EVERY[name]
    pytest.importorskip(pair.library)
    live = record.theirs(pair)
    assert_allclose(live, RECORDED["paths"][name], rtol=TOLERANCE[pair.dtype])
    if name not in record.DEPARTURES:
        assert_allclose(record.ours(pair), live, rtol=TOLERANCE[pair.dtype])


def test_recorded_is_complete():
    assert list(RECORDED["paths"]) == list(record.EVERY)
    assert RECORDED["steps"] == record.STEPS
    assert tuple(RECORDED["rows"]) == record.ROWS


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
    ],
)
def test_departures_are_real(name, first):
    assert differs(record.ours(record.DEPARTURES[name]), RECORDED["paths"][name])[0] == first


def test_gradients_are_difficult():
    g = record.gradients()
    assert (g == record.gradients()).all()
    assert (g != record.gradients(seed=1)).any()
    sizes = np.abs(g[:, :5]).max(axis=0)
    assert_allclose(sizes, [1e-6, 1e-3, 1.0, 1e3, 1e6], rtol=0.05)
    assert (g[:, :5] == 0).any(axis=0).all()
    assert not g[:30, 5].any()
    assert not g[120:280, 6].any()
    assert np.abs(g[:, 7]).max() > 1e4 * np.median(np.abs(g[:, 7]))
