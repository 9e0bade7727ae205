"""What an adapter must say, and what no adapter recognises."""

from pathlib import Path

import numpy as np
import pytest

import adamlib as al
from adamlib.verify import adapters
from adamlib.verify.adapters import ADAPTERS


@pytest.mark.parametrize("thing", [None, 3, "adam", [al.Adam()], np.ones(8), object()])
def test_what_is_no_optimizer(thing):
    with pytest.raises(TypeError, match=r"optimizer = .* is not allowed: optimizer must be a function step"):
        al.verify(thing)


def test_every_file_of_a_library_is_an_adapter():
    files = {path.stem for path in Path(adapters.__file__).parent.glob("*.py")} - {"__init__", "base"}
    assert files == {type(adapter).__module__.rpartition(".")[2] for adapter in ADAPTERS}


def test_every_library_is_walked_by_a_test():
    """By a fake of it, where it is not installed."""
    tests = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}
    assert {type(adapter).__module__.rpartition(".")[2] for adapter in ADAPTERS} <= tests


@pytest.mark.parametrize("adapter", adapters.LIBRARIES, ids=lambda adapter: adapter.title)
def test_a_library_says_all_that_is_asked_of_it(adapter):
    assert {"gradient", "theta", "m", "v", "lr", "beta1", "beta2", "eps", "weight_decay", "t"} <= set(adapter.notation)
    assert all(name.partition(":")[0].partition(".")[0] == adapter.package for name in adapter.asked.values())
    assert {"Adam", "AdamW", "AMSGrad", "NAdam", "RMSProp", "AdaGrad"} <= set(adapter.asked)
    assert adapter.title
