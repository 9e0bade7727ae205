"""scikit-learn, which is installed: its optimizers as they are, and with a state or attributes of their own."""

import functools

import numpy as np
import pytest

import adamlib as al


@pytest.fixture
def optimizers():
    """The module of scikit-learn that holds them: a second to import, for the worker that asks."""
    from sklearn.neural_network import _stochastic_optimizers

    return _stochastic_optimizers


def test_adam_of_scikit_learn_adds_eps_before_the_correction(optimizers):
    verdict = al.verify(optimizers.AdamOptimizer)
    assert (verdict.convention, verdict.rule) == ("eps-hat", al.Adam())
    assert verdict.versions["sklearn"]
    assert al.verify(functools.partial(optimizers.AdamOptimizer, learning_rate_init=0.1, epsilon=0.01)).rule == al.Adam(
        lr=0.1, eps=0.01
    )


def test_sgd_of_scikit_learn_by_its_settings(optimizers):
    params = [np.zeros(3)]
    assert al.verify(optimizers.SGDOptimizer).follows == "Nesterov"
    assert al.verify(optimizers.SGDOptimizer(params, nesterov=False)).follows == "Momentum"
    assert al.verify(optimizers.SGDOptimizer(params, momentum=0.0)).follows == "SGD"


def test_an_object_is_not_touched_and_leaves_its_state_behind(optimizers):
    used = optimizers.AdamOptimizer([np.zeros(3)], 0.1)
    used.update_params([np.zeros(3)], [np.ones(3)])
    used.beta_1 = 0.8
    verdict = al.verify(used)
    assert (verdict.convention, verdict.rule, verdict.remarks) == (
        "eps-hat",
        al.Adam(lr=0.1, beta1=0.8),
        ("its state was left behind",),
    )
    assert (used.t, used.ms[0].shape) == (1, (3,))


def test_a_mistake_in_a_subclass_is_seen(optimizers):
    class Mine(optimizers.AdamOptimizer):
        slip = 1

        def _get_updates(self, grads):
            self.t -= self.slip
            return super()._get_updates(grads)

    frozen = Mine([np.zeros(3)])
    frozen.slip = 0
    assert al.verify(frozen, like=al.Adam()).ok
    frozen.slip = 1
    assert not al.verify(frozen, like=al.Adam()).ok


def test_what_is_no_optimizer_of_scikit_learn():
    from sklearn.linear_model import LinearRegression

    with pytest.raises(TypeError, match=r"optimizer = LinearRegression.* must be one of scikit-learn's with update_params"):
        al.verify(LinearRegression())
