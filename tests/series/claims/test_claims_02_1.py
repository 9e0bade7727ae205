"""Room 02.1, what a ruler is blind to: each sentence of "What we showed", measured again."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.parametrize("rule", [al.AdaGrad(lr=0.05, eps=0.0), al.RMSProp(lr=0.05, eps=0.0)])
def test_02_1_the_condition_number_vanishes(rule):
    """Aligned valleys of condition 1 to 2^30: one walk to the last bit, others to 1e-12; turned, they differ."""
    path = al.run(rule, al.bowl(1), steps=100).theta
    for kappa in (2.0**10, 2.0**20, 2.0**30):
        np.testing.assert_array_equal(al.run(rule, al.bowl(kappa), steps=100).theta, path)
    for kappa in (3.0, 1e5):
        np.testing.assert_allclose(al.run(rule, al.bowl(kappa), steps=100).theta, path, rtol=0, atol=1e-12)
    turned = [al.run(rule, al.rotated(al.bowl(kappa), 30.0), steps=100).theta for kappa in (4.0, 16.0)]
    assert np.abs(turned[0] - turned[1]).max() > 0.1


@pytest.mark.claim("02.1#1")
def test_02_1_eps_alone_breaks_the_invariance():
    """Gradients times s with eps are gradients with eps / s: the smaller the gradients, the larger the ruler's floor."""
    s = 2.0**-30
    small = al.run(al.RMSProp(lr=0.01, eps=1e-8), al.scaled(al.bowl(100), s), steps=100).theta
    np.testing.assert_array_equal(al.run(al.RMSProp(lr=0.01, eps=1e-8 / s), al.bowl(100), steps=100).theta, small)
    gap = {eps: np.abs(small - al.run(al.RMSProp(lr=0.01, eps=eps), al.bowl(100), steps=100).theta).max() for eps in (0.0, 1e-8)}
    assert gap[0.0] == pytest.approx(1.4, abs=0.1)


@pytest.mark.claim("02.1#2")
def test_02_1_original_units():
    """Tumours, centred: 53 and 48 steps; standardised 3. Gradient descent does not arrive in 500 steps at any of 13 rates."""
    model = al.logistic(al.breast_cancer(units="centred"))
    for rule, steps in ((al.AdaGrad(lr=0.05), 53), (al.RMSProp(lr=0.01), 48)):
        loss = al.run(rule, model, steps=60).loss
        assert int((loss <= 0.1).argmax()) == pytest.approx(steps, abs=2)
    rates = (10.0 ** np.arange(-8, -1.9, 0.5))[:, None]
    assert np.nanmin(al.run(al.SGD(lr=rates), model, steps=500).loss) > 0.1
    clean = al.run(al.RMSProp(lr=0.02), al.logistic(al.breast_cancer()), steps=5).loss
    assert int((clean <= 0.1).argmax()) == 3


@pytest.mark.claim("02.1#4")
def test_02_1_saddle():
    """Aligned 7 steps from 1e-4 down to 1e-14, the first of 10 lr; at 45 degrees 196 and 295 from 1e-4 and 1e-8."""

    def steps(rule, degrees, height):
        turned = al.rotated(al.saddle(), degrees)
        up = turned.minimum[0]
        y = np.abs(al.run(rule, turned, turned.start + (height - 1e-4) * up, steps=1000).theta @ up)
        return int((y > 0.5).argmax()) if y.max() > 0.5 else None

    rule = al.RMSProp(lr=0.01, eps=0.0)
    assert [steps(rule, 0.0, h) for h in (1e-4, 1e-8, 1e-14)] == [7, 7, 7]
    assert [steps(rule, 10.0, h) for h in (1e-4, 1e-8)] == [12, 12]
    for height in (1e-4, 1e-8):
        lengths = np.diff(al.run(rule, al.saddle(), [1.0, height], steps=6).theta[:, 1]) / 0.01
        assert lengths[[0, 5]] == pytest.approx([10, 6.1], abs=0.05)
    assert [steps(rule, 44.0, h) for h in (1e-4, 1e-8, 1e-12)] == [108, 108, 108]
    assert [steps(rule, 44.9, h) for h in (1e-6, 1e-12)] == pytest.approx([152, 152], abs=2)
    assert [steps(rule, 45.0, h) for h in (1e-4, 1e-8)] == pytest.approx([196, 295], abs=2)
    assert [steps(al.SGD(lr=0.1), angle, 1e-8) for angle in (0.0, 45.0)] == [188, 188]
    assert steps(al.RMSProp(lr=0.1, beta2=0.0, eps=0.0), 45.0, 1e-2) is None


@pytest.mark.claim("02.1#2")
@pytest.mark.parametrize("rule", [al.SGD, al.AdaGrad, al.RMSProp])
def test_02_1_raw_units(rule):
    """None of ten rates between those of the room reaches 0.1 in 500 steps for any rule, let alone in 200."""
    rates = 10.0 ** np.arange(-7.5, 2)[:, None]
    model = al.logistic(al.breast_cancer(units="raw"))
    assert np.nanmin(al.run(rule(lr=rates), model, steps=500).loss) > 0.1


def test_02_1_adagrad_arrives_in_raw_units():
    """After some 2,100 steps."""
    loss = al.run(al.AdaGrad(lr=0.093), al.logistic(al.breast_cancer(units="raw")), steps=2200).loss
    assert int((loss <= 0.1).argmax()) == pytest.approx(2100, rel=0.05)


def test_02_1_gradient_descent_hangs_just_above_the_line():
    """Centred: at 0.0005 it arrives at step 15,660; after 3,000 steps it is 0.005 above, and 94 % of the tests are right."""
    split = al.breast_cancer(units="centred")
    walk = al.run(al.SGD(lr=0.0005), al.logistic(split), steps=15_700, every=20)
    assert walk.t[(walk.loss <= 0.1).argmax()] == 15660
    assert 0.1 < walk.loss[150] < 0.105
    weights, biases = walk.theta[150, :60].reshape(30, 2), walk.theta[150, 60:]
    right = (split.x_test @ weights + biases).argmax(axis=1) == split.y_test
    assert right.mean() == pytest.approx(0.94, abs=0.01)


@pytest.mark.claim("02.1#3")
def test_02_1_lr_over_the_spread_standardises():
    """AdaGrad as well: to walk on f(c w) at lr is to walk on f at lr c. Equal shares would not do."""
    centred, standard = (al.breast_cancer(units=units) for units in ("centred", "standardised"))
    spread = np.append(np.repeat(centred.x_train.std(axis=0), 2), [1, 1])
    losses = al.run(al.AdaGrad(lr=0.1, eps=0.0), al.logistic(standard), steps=30).loss
    np.testing.assert_allclose(
        al.run(al.AdaGrad(lr=0.1 / spread, eps=0.0), al.logistic(centred), steps=30).loss, losses, rtol=1e-9
    )
    assert not np.allclose(al.run(al.AdaGrad(lr=0.1, eps=0.0), al.logistic(centred), steps=30).loss, losses, rtol=0.1)
