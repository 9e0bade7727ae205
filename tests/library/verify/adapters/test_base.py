"""What is walked, how long, and where memory is found."""

from pathlib import Path

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import STEPS
from adamlib.verify import adapters
from adamlib.verify.adapters import ADAPTERS
from adamlib.verify.adapters.base import memories, named_arrays, walk_probe
from adamlib.verify.adapters.function import FunctionWalker
from helpers.steps import Bag, Odd


@pytest.mark.parametrize("thing", [None, 3, "adam", [al.Adam()], np.ones(8), object()])
def test_what_is_no_optimizer(thing):
    with pytest.raises(TypeError, match=r"optimizer = .* is not allowed: optimizer must be a function step"):
        al.verify(thing)


def test_memory_is_found_wherever_it_is_kept():
    m, v = np.ones(8), np.full(8, 2.0)
    bag = Bag()
    bag.mu, bag.nu = m, v
    for state in (
        {"m": m, "v": v},
        ({"x": 1}, {"exp_avg": m, "exp_avg_sq": v}),
        bag,
        [bag],
        {"v": m, "s": v},
        {0: {"momentum": m, "velocity": v}},
    ):
        found = memories(named_arrays(state))
        assert (found["m"] == m).all()
        assert (found["v"] == v).all()
    for state in (None, 3, "m", (m, v), {"m": m}, {"m": m[:3], "v": v[:3]}, {"m": "m", "v": "v"}, {"m": m + 0j, "v": v + 0j}):
        assert memories(named_arrays(state)) == {}
    assert memories(named_arrays({"m": Odd(), "v": Odd()})) == {}
    knot: dict = {}
    knot["knot"] = knot
    assert named_arrays(knot) == {}


def test_walks_end_when_everything_is_nan():
    walk = walk_probe(lambda start: FunctionWalker(lambda theta, grad, state: (theta * np.nan, state)), STEPS)
    assert len(walk.states) == 1


def test_every_file_of_a_library_is_an_adapter():
    files = {path.stem for path in Path(adapters.__file__).parent.glob("*.py")} - {"__init__", "base"}
    assert files == {type(adapter).__module__.rpartition(".")[2] for adapter in ADAPTERS}


@pytest.mark.parametrize("adapter", adapters.LIBRARIES, ids=lambda adapter: adapter.title)
def test_a_library_says_all_that_is_asked_of_it(adapter):
    assert {"gradient", "theta", "m", "v", "lr", "beta1", "beta2", "eps", "weight_decay", "t"} <= set(adapter.notation)
    assert all(name.partition(":")[0].partition(".")[0] == adapter.package for name in adapter.asked.values())
    assert {"Adam", "AdamW", "AMSGrad", "NAdam", "RMSProp", "AdaGrad"} <= set(adapter.asked)
    assert adapter.title
