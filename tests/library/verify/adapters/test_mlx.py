"""MLX: a fake of it where it is not installed."""

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import START
from adamlib.verify.adapters.mlx import MlxWalker


def test_mlx_live():
    optimizers = pytest.importorskip("mlx.optimizers")
    assert al.verify(optimizers.Adam(0.001)).rule.bias_correction is False
    assert al.verify(optimizers.Adam(0.001)).ok
    assert al.verify(optimizers.Adam(0.001, bias_correction=True)).follows == "Adam"
    assert al.verify(optimizers.SGD(0.1, momentum=0.9, nesterov=True)).follows == "Nesterov"


def test_a_fake_of_mlx(libraries):
    Adam = libraries.mlx.Adam
    used = Adam(0.1)
    assert al.verify(used).sentence.endswith("bias_correction=False) for 400 steps: nothing is corrected.")
    assert al.verify(used, like=al.Adam(lr=0.1)).follows == "no correction"
    used.apply_gradients({"w": np.ones(3)}, {"w": np.zeros(3)})
    verdict = al.verify(used)
    assert verdict.ok
    assert verdict.remarks == ("its state, after 1 steps, was left behind",)
    assert verdict.versions["mlx"] == "0.2"
    assert used.state["w"]["m"].shape == (3,)


def test_its_memory_has_names(libraries):
    walker = MlxWalker(libraries.mlx.Adam(0.1), START)
    walker(np.ones(8))
    assert walker.state_names() == ["m", "v"]


def test_a_class_of_mlx_must_be_given_its_rate(libraries):
    with pytest.raises(TypeError, match=r"optimizer = Adam is not allowed: optimizer must be made: it needs learning_rate"):
        al.verify(libraries.mlx.Adam)

    class Fast(libraries.mlx.Adam):
        def __init__(self, learning_rate=0.1):
            super().__init__(learning_rate)

    assert al.verify(Fast).sentence.startswith("Follows Adam(lr=0.1, ")
