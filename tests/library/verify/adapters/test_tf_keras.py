"""tf_keras: a fake of it where it is not installed."""

import pytest

import adamlib as al
from adamlib.verify.adapters.tf_keras import TfKerasWalker


@pytest.mark.filterwarnings("ignore")
def test_tf_keras_live():
    tf_keras = pytest.importorskip("tf_keras")
    assert al.verify(tf_keras.optimizers.Adam()).follows == "eps-hat"
    assert al.verify(tf_keras.optimizers.legacy.Adam()).follows == "eps-hat"


@pytest.mark.parametrize("legacy", [False, True])
def test_a_fake_of_tf_keras(libraries, monkeypatch, legacy):
    SGD = libraries.tf_keras.SGD
    monkeypatch.setattr(SGD, "legacy", legacy)
    mine = SGD(0.1)
    verdict = al.verify(mine)
    assert (verdict.follows, verdict.rule) == ("Momentum", al.Momentum(lr=0.1))
    assert verdict.remarks == ("it was walked in float32, as its constants are",)
    assert mine.kept == []
    assert al.verify(SGD).follows == "Momentum"
    walker = TfKerasWalker(mine)
    _, arrays = walker(walker.theta.numpy())
    assert set(arrays) == {"momentum" if legacy else "m"}
    assert walker.name_of(type("Odd", (), {"name": "SGD/theta:0"})) == ""


def test_a_scale_of_the_loss_is_no_rule(libraries):
    for name in ("LossScaleOptimizer", "LossScaleOptimizerV3", "BaseLossScaleOptimizer"):
        Scaling = type(name, (libraries.tf_keras.SGD,), {})
        for thing in (Scaling, Scaling()):
            with pytest.raises(TypeError, match=rf"= {name} is not allowed.* pass the one inside it, inner_optimizer"):
                al.verify(thing)
