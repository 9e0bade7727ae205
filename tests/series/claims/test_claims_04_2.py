"""Room 04.2: what eps does, and noise, and the batch size. Its claims, measured again."""

import numpy as np
import pytest

import adamlib as al
from adamlib import explore


@pytest.mark.claim("04.2#3")
def test_04_2_noise_as_large_as_the_slope_shortens_them():
    """The mean move is 0.71 lr, 1/sqrt(2); of pure noise the root mean square is sqrt((1 - beta1) / (1 + beta1)) = 0.229 lr."""
    hill = al.ramp(dim=1000)
    plain = al.Problem("plain", lambda x: 0 * x.sum(axis=-1), lambda x, t=1: np.zeros_like(x), np.zeros(1000))
    moves = [np.diff(al.run(al.Adam(lr=1.0), al.noisy(p, seed=4), steps=2500).theta[500:], axis=0) for p in (hill, plain)]
    assert -moves[0].mean() == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert np.sqrt(np.square(moves[1]).mean()) == pytest.approx(np.sqrt(0.1 / 1.9), rel=0.02)


@pytest.mark.claim("04.2#2")
def test_04_2_forms_of_eps():
    """At |g| = 1e-6 and eps = 1e-8: 0.99 outside, 0.01 inside, 0.76 hatted at the first step; and half precision fails."""
    g, eps = 1e-6, 1e-8
    rule = al.Adam(lr=1.0)
    assert -rule.step(rule.init([0.0]), [g]).theta == pytest.approx(1 / 1.01, rel=1e-6)
    assert g / np.sqrt(g**2 + eps) == pytest.approx(0.01, rel=1e-3)
    hatted = al.Adam(lr=1.0, eps=eps / np.sqrt(0.001))
    assert -hatted.step(hatted.init([0.0]), [g]).theta == pytest.approx(0.76, abs=0.001)
    half = rule.step(rule.init(np.zeros(3, np.float16)), [1.0, 1e-4, 0.0]).theta
    assert half[0] == -1
    assert np.isinf(half[1])
    assert np.isnan(half[2])


def test_04_2_keras_eps_at_the_first_step():
    """1e-7 before the correction is worth 3.2e-6 after it, at step 1; and 1e-7 late."""
    for t, eps in ((1, 3.2e-6), (20_000, 1e-7)):
        g, root = 1e-6, np.sqrt(1 - 0.999**t)
        rule = al.Adam(lr=1.0, beta1=0, eps=eps)
        start = rule.init([0.0])._replace(t=t - 1, v=np.array([(1 - 0.999 ** (t - 1)) * g**2]))
        assert -rule.step(start, [g]).theta[0] == pytest.approx(root * g / (root * g + 1e-7), rel=0.02)


@pytest.mark.claim("04.2#4")
def test_04_2_batch_size():
    """B = 1 and 64: lr ~ root of B keeps the variance, lr ~ B lets it grow."""
    kept, grown = [], []
    for batch in (1, 64):
        fog = al.noisy(al.quadratic(np.ones(1000)), sigma=1 / np.sqrt(batch), seed=5)
        for out, lr in ((kept, 0.002 * np.sqrt(batch)), (grown, 0.002 * batch)):
            out.append(al.run(al.Adam(lr=lr), fog, np.zeros(1000), steps=3000, every=10).theta[200:].var())
    assert kept[1] / kept[0] == pytest.approx(1, abs=0.07)
    assert grown[1] / grown[0] > 4


def test_04_2_the_explorer_says_what_is_true():
    """eps between sign descent and momentum."""
    damping = explore.damping()
    for setting, kind in (
        ((1e-2, 1.0), "that of ε = 0"),
        ((1.0, 1.0), "between"),
        ((1e-8, 1e-9), "between"),
        ((1.0, 1e-9), "that of momentum"),
    ):
        assert kind in damping.frame_with_sentence(eps=setting[0], scale=setting[1])[1]
