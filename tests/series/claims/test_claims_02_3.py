"""Room 02.3, how far a rare gradient carries: each sentence of "What we showed", measured again with other draws."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.claim("02.3#1")
@pytest.mark.parametrize(("rule", "share"), [(al.SGD(lr=1.0), 0.01), (al.AdaGrad(lr=1.0), 0.095), (al.RMSProp(lr=1.0), 0.075)])
def test_02_3_a_hundredth_and_nearly_a_tenth(rule, share):
    """A gradient of 1 in one step of a hundred: other draws than the room's."""
    often = np.repeat([1, 0.01], 200)
    rare = al.Problem(
        "rare",
        lambda x: x.sum(-1),
        lambda x, t=1: (np.random.default_rng((7, t)).random(400) < often) + 0.0 * x,
        np.zeros(400),
    )
    went = -al.final(rule, rare, steps=10_000).theta.reshape(2, 200).mean(axis=1)
    assert went[1] / went[0] == pytest.approx(share, abs=0.005)


@pytest.mark.claim("02.3#2")
@pytest.mark.parametrize(("beta2", "share"), [(0.0, 0.01), (0.9, 0.03), (0.99, 0.07), (0.999, 0.09)])
def test_02_3_the_memory_must_span_the_gaps(beta2, share):
    """v and the way of every weight by hand, on lots of another generator; without a memory it is the share itself."""
    rng = np.random.RandomState(5)
    went = []
    for chance in (1, 0.01):
        v, x = np.zeros(300), np.zeros(300)
        for _ in range(5000):
            g = (rng.rand(300) < chance) * 1.0
            v = beta2 * v + (1 - beta2) * g**2
            x += np.divide(g, np.sqrt(v), out=np.zeros(300), where=g > 0)
        went.append(x.mean())
    assert went[1] / went[0] == pytest.approx(share, abs=0.005)


@pytest.mark.claim("02.3#3")
def test_02_3_noise_shortens_the_step():
    """Noise of 3: 0.32 lr, measured as an average over time of one long walk."""
    slope = al.noisy(al.ramp(dim=50), sigma=3.0, seed=9)
    walk = al.run(al.RMSProp(lr=1.0, eps=0.0), slope, steps=8500, every=500)
    assert -(walk.theta[-1] - walk.theta[1]).mean() / 8000 == pytest.approx(0.316, abs=0.01)


@pytest.mark.claim("02.3#4")
def test_02_3_all_data_at_once():
    """Full gradient: the loss of a word under gradient descent depends on its share times t; under RMSProp not on the share."""

    def word(share):
        return al.Problem("word", lambda w: np.log1p(np.exp(-w))[..., 0], lambda w, t=1: -share / (1 + np.exp(w)), np.zeros(1))

    total = (1 / np.arange(1, 201)).sum()
    took = {
        (name, rank): int((al.run(rule, word(1 / rank / total), steps=1500).loss > 0.1).sum())
        for name, rule in (("sgd", al.SGD(lr=10.0)), ("rms", al.RMSProp(lr=0.05, eps=0.0)))
        for rank in (1, 200)
    }
    assert took == {("sgd", 1): 6, ("sgd", 200): 1265, ("rms", 1): 16, ("rms", 200): 16}
    # dw/dt = share lr / (1 + e^w), so w + e^w = 1 + share lr t: the loss 0.1 is met when w = -log(e^0.1 - 1)
    w = -np.log(np.expm1(0.1))
    assert took["sgd", 200] == pytest.approx((w + np.exp(w) - 1) * 200 * total / 10, rel=0.01)


@pytest.mark.claim("02.3#5")
@pytest.mark.parametrize(("lr", "steps"), [(10, 1265), (1000, 12), (100_000, 1)])
def test_02_3_nothing_forbids_a_huge_rate(lr, steps):
    """The last of 200 words alone, by hand: it waits a hundred times shorter at a rate a hundred times as large."""
    share, w = 1 / 200 / (1 / np.arange(1, 201)).sum(), 0.0
    t = 0
    while np.log1p(np.exp(-w)) > 0.1:
        w, t = w + lr * share / (1 + np.exp(w)), t + 1
    assert t == steps
