"""Room 03.1, how long the cold start lasts: every sentence of "What we showed", measured again by another road."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

import adamlib as al
from adamlib.theory import uncorrected_step, uncorrected_steps
from adamlib.verify import recorded

RAMP = al.ramp()


def strides(rule, steps):
    """The length of each step of the library's own run on a ramp, in units of lr."""
    return -np.diff(al.run(rule, RAMP, steps=steps).theta[:, 0]) / rule.lr


def uncorrected(beta1, beta2, steps):
    return strides(al.Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0.0, bias_correction=False), steps)


@pytest.mark.claim("03.1#1")
def test_03_1_the_top_comes_after_1_256_memories_of_m():
    """Whatever the memory of v: step 12, at 6.57, 20.72 and 65.51 lr; a memory of m is 9.5 steps, and m is 70 per cent full.

    At step 12 the share of v is 0.0119, nearly 12 (1 - beta2) = 0.012.
    """
    share_of_v = 1 - 0.999**12
    assert share_of_v == pytest.approx(0.0119, abs=5e-5)
    assert share_of_v == pytest.approx(0.012, rel=0.01)
    for beta2, height in ((0.999, 6.5685), (0.9999, 20.72), (0.99999, 65.51)):
        lengths = uncorrected(0.9, beta2, 100)
        assert (lengths.argmax() + 1, lengths.max()) == (12, pytest.approx(height, rel=1e-3))
        assert lengths.argmax() + 1 == round(1.256 / np.log(1 / 0.9))
    assert uncorrected(0.9, 0.999, 1)[0] == pytest.approx(3.16, abs=0.005)
    assert 1 / np.log(1 / 0.9) == pytest.approx(9.5, abs=0.05)
    assert 1 - np.exp(-1.256) == pytest.approx(0.70, abs=0.02)
    slow = uncorrected(0.99, 0.99999, 1000)
    assert slow.argmax() + 1 == pytest.approx(1.256 / np.log(1 / 0.99), abs=1)


@pytest.mark.claim("03.1#2")
@pytest.mark.parametrize(
    ("beta1", "beta2", "says", "is_"), [(0.95, 0.98, 1.02, 1.17), (0.8, 0.9, 0.953, 1.11), (0.9, 0.99, 2.07, 2.13)]
)
def test_03_1_the_formula_asks_for_a_much_longer_memory_of_v(beta1, beta2, says, is_):
    assert 0.638 * np.sqrt(np.log(1 / beta1) / (1 - beta2)) == pytest.approx(says, abs=0.005)
    assert uncorrected(beta1, beta2, 300).max() == pytest.approx(is_, abs=0.005)


@pytest.mark.claim("03.1#3")
def test_03_1_the_end_and_the_extra_way():
    lengths = uncorrected(0.9, 0.999, 5000)
    last = np.flatnonzero(lengths > 1.05)[-1] + 1
    assert last == 2374
    assert last * (1 - 0.999) == pytest.approx(2.4, abs=0.05)  # memories of v
    assert lengths.sum() - 5000 == pytest.approx(1209.2, abs=0.05)
    assert lengths[:1000].sum() - 1000 == pytest.approx(996.7, abs=0.05)
    longer = uncorrected(0.9, 0.9999, 30_000)
    assert np.flatnonzero(longer > 1.05)[-1] + 1 == pytest.approx(23_740, abs=20)  # ten times the memory, ten times as long


@pytest.mark.claim("03.1#4")
def test_03_1_no_step_is_too_long_only_where_beta2_is_at_most_beta1():
    """Exactly on the room's 361 pairs, and at random ones; a right first step is not enough: (0.9, 0.99) has one of 2.13 lr."""
    pairs = list(product([Fraction(k, 20) for k in range(1, 20)], repeat=2))
    assert len(pairs) == 361
    for beta1, beta2 in pairs:
        assert any((1 - beta1**t) ** 2 > 1 - beta2**t for t in range(1, 40)) == (beta2 > beta1)
    for beta1, beta2 in np.random.default_rng(0).uniform(0.3, 0.95, (40, 2)):
        assert (uncorrected(beta1, beta2, 600).max() > 1 + 1e-9) == (beta2 > beta1)
    lengths = uncorrected(0.9, 0.99, 300)
    assert (lengths[0], lengths.max()) == (pytest.approx(1, rel=1e-9), pytest.approx(2.131, rel=1e-3))
    alone = uncorrected(0.0, 0.999, 300)
    assert (alone.argmax(), alone.max()) == (0, pytest.approx(31.62, rel=1e-3))


@pytest.mark.claim("03.1#5")
def test_03_1_a_constant_eps_hat_is_a_larger_eps_at_first():
    """Folded with eps_hat kept at 1e-7, Keras' default: step 1 is that of an eps 31.6 times as large."""
    assert recorded()["objects"]["keras.optimizers:Adam"]["settings"]["epsilon"] == pytest.approx(1e-7)
    g = 1e-6
    step = np.sqrt(0.001) / 0.1 * (0.1 * g) / (np.sqrt(0.001 * g**2) + 1e-7)
    rule = al.Adam(lr=1.0, eps=31.6 * 1e-7)
    assert -rule.step(rule.init([0.0]), [g]).theta[0] == pytest.approx(step, rel=1e-3)


@pytest.mark.claim("03.1#6")
@pytest.mark.parametrize("problem", [al.beale(), al.himmelblau()], ids=lambda problem: problem.name)
def test_03_1_no_correction_is_a_schedule(problem):
    """On other surfaces than the room's, with other memories; the corrected walk without the schedule is another one."""
    rule = al.Adam(lr=0.01, beta1=0.8, beta2=0.98, eps=0.0)
    without = al.run(replace(rule, bias_correction=False), problem, [1.0, 2.0], steps=100)
    scheduled = al.run(rule, problem, [1.0, 2.0], steps=100, schedule=lambda t: float(uncorrected_step(0.8, 0.98, t)))
    np.testing.assert_allclose(without.theta, scheduled.theta, rtol=1e-9)
    assert np.abs(without.theta - al.run(rule, problem, [1.0, 2.0], steps=100).theta).max() > 1e-3


def test_03_1_a_warm_up_of_ten_thousand_steps_covers_the_cold_start():
    """As long as BERT's: no uncorrected step is longer than lr times 1.05. 2,375 steps are enough, 2,374 are not."""
    t = np.arange(1, 10_001)
    rises = [al.warmup(10_000)(k) for k in (1, 10_000)]
    assert rises == pytest.approx([1e-4, 1])
    lengths = uncorrected_steps(0.9, 0.999, 10_000)
    assert [(lengths * np.minimum(1, t / n)).max() <= 1.05 for n in (2374, 2375, 10_000)] == [False, True, True]


def test_03_1_the_factor_is_exact():
    for beta1, beta2, t in ((0.9, 0.999, 12), (0.0, 0.5, 3), (0.99, 0.9, 40)):
        squared = (1 - Fraction(beta1) ** t) ** 2 / (1 - Fraction(beta2) ** t)
        assert uncorrected_step(beta1, beta2, t) ** 2 == pytest.approx(float(squared), rel=1e-9)
