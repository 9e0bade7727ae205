"""Room 04.1: how long one step can be. Its claims, measured again."""

import numpy as np
import pytest

import adamlib as al
from adamlib import explore


@pytest.mark.claim("04.1#1", "04.1#2")
def test_04_1_the_longest_step():
    """In two digits 3.16, 4.26, 5.86, 6.81, 7.27 lr after 1, 2, 5, 10, 40.

    After a silence: 3.162, 4.255, 4.968, 5.860, 6.809, 7.215 lr for 1, 2, 3, 5, 10, 20 growing gradients; 6.57 for ones.
    """

    def sent(growth, beta2=0.999):
        rule = al.Adam(lr=1.0, beta2=beta2, eps=0)
        states = [rule.init([0.0])._replace(t=10**7)]
        for k in range(200):
            states.append(rule.step(states[-1], [growth**k]))
        return -np.diff([state.theta[0] for state in states])

    best = sent(0.999 / 0.9)
    assert best[[0, 1, 2, 4, 9, 19]] == pytest.approx([3.162, 4.255, 4.968, 5.860, 6.809, 7.215], abs=6e-4)
    assert best.max() == pytest.approx(7.2703, abs=1e-4)
    assert sent(1.0).max() == pytest.approx(6.57, abs=0.005)
    assert sent(1.0).argmax() == 11
    for growth in (0.95, 1.05, 1.2, 1.5, 3.0):
        assert sent(growth).max() < best.max()
        assert sent(growth, beta2=0.9).max() <= 1 + 1e-12


def test_04_1_rare_gradients():
    """One firing in k, in equilibrium: the sum of beta1^j over the root of v as it fades, summed by hand."""
    for k, measured in ((10, 3.161), (100, 9.80), (1000, 25.3)):
        after = np.arange(k)
        v = 0.001 * 0.999**after / (1 - 0.999**k)
        m = 0.1 * 0.9**after / (1 - 0.9**k)
        assert (m / np.sqrt(v)).sum() == pytest.approx(measured, rel=0.003)
        rare = al.ramp(lambda t, k=k: float(t % k == 0))
        walk = al.run(al.Adam(lr=1.0), rare, steps=12_000, every=1000).theta[:, 0]
        assert (walk[-2] - walk[-1]) / (1000 / k) == pytest.approx((m / np.sqrt(v)).sum(), rel=0.01)


def test_04_1_the_explorer_says_what_is_true():
    """The bound with its attaining growth, and where there is none."""
    bound = explore.step_bound()
    assert "the longest step is 7.27 lr; no step exceeds 7.27 lr" in bound.frame_with_sentence(growth=1.11)[1]
    assert "the longest step is 1 lr; no step exceeds 1 lr" in bound.frame_with_sentence(growth=1.0, beta2=0.9)[1]
    assert "there is no bound" in bound.frame_with_sentence(beta1=0.95, beta2=0.9)[1]
    assert "the steps grow without end" in bound.frame_with_sentence(beta1=0.95, beta2=0.8, growth=0.9)[1]


def after(silence, growth=0.999 / 0.9, beta1=0.9, beta2=0.999, steps=40):
    """The longest step in units of lr, of weighted sums alone, when gradients grow after so many steps of silence."""
    found = []
    for n in range(1, steps + 1):
        age = np.arange(n)
        g = growth ** (n - 1.0 - age)
        m = (1 - beta1) * (beta1**age * g).sum() / (1 - beta1 ** (silence + n))
        v = (1 - beta2) * (beta2**age * g**2).sum() / (1 - beta2 ** (silence + n))
        found.append(m / np.sqrt(v))
    return max(found)


@pytest.mark.claim("04.1#4")
def test_04_1_a_silence_is_needed():
    """1.46, 2.63, 5.85 and 7.27 lr after 0, 100, 1,000 and a million steps; the paper's 3.16 not before step 210."""
    for silence, longest in ((0, 1.46), (100, 2.63), (1000, 5.85), (10**6, 7.27)):
        assert after(silence) == pytest.approx(longest, abs=0.005)
    assert max(after(silence) for silence in range(0, 165, 5)) < 3.163 < after(210)
    assert 0.99 < after(10**6, beta2=0.9, growth=1.0) < 1


@pytest.mark.claim("04.1#3")
def test_04_1_where_the_bound_ends():
    """Of 0.95 the square is 0.9025: below it steps grow without end, above it they do not."""
    assert pytest.approx(0.9025) == 0.95**2
    short, long = (after(10**7, growth=0.9 / 0.95, beta1=0.95, beta2=0.9, steps=n) for n in (200, 400))
    assert long > 1.2 * short
    short, long = (after(10**7, growth=0.95 / 0.95, beta1=0.95, beta2=0.95, steps=n) for n in (200, 400))
    assert long == pytest.approx(short, abs=1e-4)
