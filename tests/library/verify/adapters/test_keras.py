"""Keras: its objects are not touched; a fake of it where it is not installed."""

import os

import pytest

import adamlib as al
from adamlib.probe import gradients
from adamlib.verify.adapters.keras import KerasWalker

os.environ.setdefault("KERAS_BACKEND", "torch")


@pytest.mark.filterwarnings("ignore")
def test_a_keras_object_is_not_touched():
    keras = pytest.importorskip("keras")
    optimizer = keras.optimizers.Adam(0.1)
    floatx = keras.config.floatx()
    assert al.verify(optimizer).follows == "eps-hat"
    assert al.verify(keras.optimizers.Adam).ok
    assert not optimizer.built
    assert keras.config.floatx() == floatx
    with pytest.raises(LookupError, match=r"no rule of ours has clipnorm=1.0"):
        al.verify(keras.optimizers.Adam(clipnorm=1.0))
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
    with pytest.raises(LookupError, match="is not one number"):
        al.verify(keras.optimizers.Adam(schedule))


def test_a_fake_of_keras(libraries):
    Adam = libraries.keras.optimizers.Adam
    mine = Adam(0.1, epsilon=0.01)
    assert al.verify(mine).follows == "eps-hat"
    assert al.verify(mine).quantity == "theta"  # m and v were found, and are right
    assert al.verify(Adam).follows == "eps-hat"

    class Mine(Adam):
        def __init__(self, learning_rate):
            super().__init__(learning_rate)

    with pytest.raises(TypeError, match=r"must be made: it needs learning_rate; pass Mine\(learning_rate=...\)"):
        al.verify(Mine)
    assert mine.variables == []
    assert libraries.floatx == ["float32"]
    with pytest.raises(LookupError, match=r"no rule of ours has clipnorm=1.0"):
        al.verify(Adam(clipnorm=1.0))


def test_the_names_of_the_state_of_a_fake(libraries):
    walker = KerasWalker(libraries.keras.optimizers.Adam())
    _, arrays = walker(gradients()[0])
    assert walker.state_names() == ["iteration", "momentum", "velocity"]
    assert set(arrays) == {"momentum", "velocity"}


def test_what_is_not_in_a_configuration_is_kept_too(libraries):
    class Turned(libraries.keras.optimizers.Adam):
        sign = 1.0

        def apply(self, grads, variables):
            super().apply([self.sign * g for g in grads], variables)

    mine = Turned(0.1)
    assert al.verify(mine).ok
    mine.sign = -1.0
    assert "uphill" in al.verify(mine).sentence
    mine.sign, mine.iterations = 1.0, 7
    assert al.verify(mine).remarks == ("its state, after 7 steps, was left behind",)


def test_an_average_of_theta_is_spoken_of_and_a_scale_of_the_loss_is_no_rule(libraries):
    class Averaging(libraries.keras.optimizers.Adam):
        def get_config(self):
            return self.config | {"use_ema": True, "ema_overwrite_frequency": self.every}

    mine = Averaging(0.1)
    for mine.every, words in ((None, "not overwritten with it"), (10, "every 10 steps theta is overwritten with it")):
        verdict = al.verify(mine)
        assert verdict.ok
        assert words in verdict.sentence
    Scaling = type("LossScaleOptimizer", (libraries.keras.optimizers.Adam,), {})
    for thing in (Scaling, Scaling()):
        with pytest.raises(TypeError, match="pass the one inside it, inner_optimizer"):
            al.verify(thing)


def test_gradients_that_are_collected_are_told_without_like(libraries):
    class Collecting(libraries.keras.optimizers.Adam):
        def get_config(self):
            return self.config | {"gradient_accumulation_steps": 4}

        def apply(self, grads, variables):
            self.collected = [*getattr(self, "collected", []), grads[0]]
            if len(self.collected) == 4:
                super().apply([sum(self.collected) / 4], variables)
                self.collected = []

    verdict = al.verify(Collecting(0.1))
    assert verdict.status == 1
    assert verdict.cause.says.startswith("it makes one step in 4 calls, with the mean of the gradients since the last")


@pytest.mark.filterwarnings("ignore")
def test_an_average_and_a_scale_of_keras_itself():
    optimizers = pytest.importorskip("keras").optimizers
    verdict = al.verify(optimizers.Adam(use_ema=True))
    assert verdict.follows == "eps-hat"
    assert "it keeps a moving average of theta; theta is not overwritten" in verdict.sentence
    assert "every 10 steps theta is overwritten" in al.verify(optimizers.Adam(use_ema=True, ema_overwrite_frequency=10)).sentence
    with pytest.raises(TypeError, match="inner_optimizer"):
        al.verify(optimizers.LossScaleOptimizer(optimizers.Adam()))
