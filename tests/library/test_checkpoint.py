"""A checkpoint belongs to the sweep that computes the same, and to no other; how one is resumed stands in test_sweep.py."""

from pathlib import Path

import numpy as np
import pytest

import adamlib as al
from adamlib.checkpoint import fingerprint

RATES = al.grid(lr=np.geomspace(0.001, 0.1, 5))


def test_a_fingerprint_is_of_what_is_computed():
    assert fingerprint(al.Adam.where_to) != fingerprint(al.NAdam.where_to)
    assert fingerprint(lambda x: x + 1.0) != fingerprint(lambda x: x + 2.0)
    assert fingerprint(lambda x: x + 1.0) == fingerprint(lambda x: x + 1.0)


def rule_of_a_cell(gain: float) -> type[al.Optimizer]:
    """A rule as a reader writes it in a cell, and changes there."""

    def where_to(self, old, g, t):
        return old.m, gain * g

    return type("Mine", (al.SGD,), {"where_to": where_to})


def test_a_rule_that_was_changed_in_its_cell_is_another_sweep(tmp_path: Path):
    file = tmp_path / "sweep.npz"
    al.sweep(rule_of_a_cell(1.0)(**RATES), al.bowl(), steps=2, checkpoint=file, progress=False)
    al.sweep(rule_of_a_cell(1.0)(**RATES), al.bowl(), steps=2, checkpoint=file, progress=False)
    with pytest.raises(ValueError, match="belongs to another sweep"):
        al.sweep(rule_of_a_cell(2.0)(**RATES), al.bowl(), steps=2, checkpoint=file, progress=False)
