"""Notebook 03: every sentence of "What we showed", and numbers of its text, measured again by another road."""

import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.bias_correction import correction_on_off
from helpers import notebooks, torch_blocks

RAMP = al.ramp()


def strides(rule, steps, problem=RAMP):
    """The length of each step of the library's own run, in units of lr."""
    return -np.diff(al.run(rule, problem, steps=steps).theta[:, 0]) / rule.lr


def hump(lengths) -> tuple[float, int, float, int]:
    """The first step, which is the longest, how long that is, and how many are more than 5 per cent too long."""
    return lengths[0], int(lengths.argmax()) + 1, lengths.max(), int((lengths > 1.05).sum())


@pytest.mark.claim("03#1")
@pytest.mark.parametrize("slope", [1.0, 1e-3, -1e5])
@pytest.mark.parametrize("lr", [0.001, 1.0])
def test_03_the_uncorrected_step_is_too_long_for_thousands_of_steps(slope, lr):
    """On slopes of any size, at any rate; in other worlds, with the correction or with equal memories, there is no hump."""
    rule = al.Adam(lr=lr, eps=0.0, bias_correction=False)
    lengths = strides(rule, 5000, al.ramp(slope)) * np.sign(slope)
    assert hump(lengths) == (pytest.approx(3.1623, rel=1e-4), 12, pytest.approx(6.5685, rel=1e-4), 2374)
    assert (lengths[:2374] > 1.05).all()
    assert lengths[[99, 999]] == pytest.approx([3.24, 1.26], abs=5e-3)  # the hints of 03a
    for other in (replace(rule, bias_correction=True), replace(rule, beta2=0.9)):
        assert hump(strides(other, 5000, al.ramp(slope)) * np.sign(slope))[2:] == (pytest.approx(1, rel=1e-9), 0)


@pytest.mark.claim("03#2")
def test_03_without_the_correction_beta2_is_a_second_learning_rate():
    """Four memories: the first and the longest step. With the correction every step is lr."""
    for beta2, first, longest in ((0.9, 0.316, 1.0), (0.99, 1.0, 2.131), (0.999, 3.162, 6.5685), (0.9999, 10.0, 20.72)):
        lengths = strides(al.Adam(lr=1.0, beta2=beta2, eps=0.0, bias_correction=False), 5000)
        assert (lengths[0], lengths.max()) == (pytest.approx(first, rel=1e-3), pytest.approx(longest, rel=1e-3))
        np.testing.assert_allclose(strides(al.Adam(lr=1.0, beta2=beta2, eps=0.0), 5000), 1, rtol=1e-9)


def test_03_uncorrected_first_steps_are_a_tenth_of_those_of_rmsprop():
    """For four memories of v, on slopes of any size: 3.16, 10, 31.6 and 100 lr of lesson 02 are 0.316, 1, 3.16 and 10 here."""
    for beta2 in (0.9, 0.99, 0.999, 0.9999):
        rules = al.Adam(lr=1.0, beta2=beta2, eps=0.0, bias_correction=False), al.RMSProp(lr=1.0, beta2=beta2, eps=0.0)
        adam, rmsprop = (strides(rule, 1, al.ramp(7.0))[0] for rule in rules)
        assert (10 * adam, rmsprop) == (pytest.approx(rmsprop), pytest.approx(1 / np.sqrt(1 - beta2)))


@pytest.mark.claim("03#3")
def test_03_a_waking_gradient_brings_the_hump_back():
    """After 4,000 quiet steps, and after 8,000 that were quieter, where it is the cold start itself; an even slope has none."""
    lengths = strides(al.Adam(lr=1.0), 8000, al.ramp(lambda t: 1.0 if t > 4000 else 0.001))
    assert (lengths[:4000] < 1).all()
    assert lengths[4000] == pytest.approx(3.16, abs=0.005)
    assert (lengths.argmax() - 3999, lengths.max()) == (12, pytest.approx(6.51, abs=0.005))
    woken = strides(al.Adam(lr=1.0, eps=0.0), 8100, al.ramp(lambda t: 1.0 if t > 8000 else 1e-4))[8000:]
    np.testing.assert_allclose(woken, strides(al.Adam(lr=1.0, eps=0.0, bias_correction=False), 100), rtol=5e-3)
    assert strides(al.Adam(lr=1.0, eps=0.0), 8000).max() == pytest.approx(1, rel=1e-9)


def test_03_a_checkpoint_needs_the_counter():
    """Averages without the counter: steps of 1 / c_t, as PyTorch's; m is raised tenfold, the root of v 31.6 times.

    The counter without averages: steps of c_t.
    """
    rule = al.Adam(lr=1.0, eps=0.0)

    def resumed(state):
        places = [state.theta[0]]
        for _ in range(12):
            state = rule.step(state, np.ones(1))
            places.append(state.theta[0])
        return -np.diff(places)[[0, 11]]

    saved = al.final(rule, RAMP, steps=3000)
    assert resumed(saved) == pytest.approx([1, 1], rel=1e-9)
    lost = resumed(saved._replace(t=0))
    assert lost == pytest.approx([0.324, 0.156], abs=5e-4)
    printed = torch_blocks.torch_record()["blocks"]["03_bias_correction.ipynb#1"]["printed"]
    assert [float(number) for number in printed.split()] == pytest.approx(lost, abs=5e-3)
    full = al.final(rule, RAMP, steps=20_000)
    again = rule.step(full._replace(t=0), np.ones(1))
    assert [again.m_hat[0], np.sqrt(again.v_hat[0])] == pytest.approx([10, 31.6], rel=1e-3)
    assert resumed(full._replace(t=0)) == pytest.approx([1 / np.sqrt(10), 1 / 6.5685], rel=1e-4)
    empty = full._replace(m=np.zeros(1), v=np.zeros(1))
    assert resumed(empty) == pytest.approx([np.sqrt(10), 6.5685], rel=1e-4)


def test_03_the_zero_is_outweighed_after_seven_steps():
    """At beta = 0.9; and forty gradients have 4 per cent at 0.999: counted in exact fractions."""
    left = [Fraction(9, 10) ** t for t in range(1, 20)]
    assert next(t for t, weight in enumerate(left, 1) if weight < Fraction(1, 2)) == 7
    assert round(100 * float(1 - Fraction(999, 1000) ** 40)) == 4


@pytest.mark.claim("03#4")
def test_03_the_uncorrected_walk_is_ahead_at_every_rate_of_the_explorer_from_its_start():
    """At lr 0.05 the losses are 3.69 with the correction and 1.13 without."""
    for lr in correction_on_off().controls["lr"].values:
        ends = [al.final(al.Adam(lr=lr, bias_correction=on), al.rosenbrock(), steps=200).theta for on in (True, False)]
        corrected, not_corrected = al.rosenbrock().loss(np.array(ends))
        assert not_corrected < corrected
        assert lr != 0.05 or (corrected, not_corrected) == (pytest.approx(3.69, abs=0.005), pytest.approx(1.13, abs=0.005))


@pytest.mark.claim("03#4")
def test_03_at_a_large_rate_the_uncorrected_steps_harm():
    """Digits, lr 0.1 and beta2 0.9999: 27 with the correction, 37 to 371 without, in the five recorded seeds of room 03.2."""
    record = json.loads((notebooks.ROOT / "tests" / "series" / "autoencoder.json").read_text(encoding="utf-8"))
    at = record["beta2"].index(0.9999), record["lr"].index(0.1)
    short = [run for run in record["runs"] if run["passes"] == 10]
    corrected, not_corrected = (np.array([run[name][at[0]][at[1]] for run in short]) for name in ("corrected", "uncorrected"))
    assert len(short) == 5
    assert corrected == pytest.approx(27, abs=0.5)
    assert (round(not_corrected.min()), round(not_corrected.max())) == (37, 371)


def lower_without(lr: float, seed: int) -> float:
    """Of a thousand random starts in Rosenbrock's valley, the share from which the uncorrected walk ends lower."""
    starts = np.random.default_rng(seed).uniform((-2, -1), (2, 3), (1000, 2))
    ends = [al.final(al.Adam(lr=lr, bias_correction=on), al.rosenbrock(), starts, steps=200).theta for on in (True, False)]
    corrected, not_corrected = al.rosenbrock().loss(np.array(ends))
    return float(np.mean(not_corrected < corrected))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_03_longer_steps_help_where_the_rate_is_too_small(seed):
    """Nine of ten starts at lr 0.005, half at 0.2, and the share falls with every larger rate between."""
    shares = [lower_without(lr, seed) for lr in (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)]
    assert (shares[0], shares[-1]) == (pytest.approx(0.93, abs=0.03), pytest.approx(0.51, abs=0.03))
    assert (np.diff(shares) < 0).all()


def test_03_the_share_of_m_grows_faster_up_to_step_twelve():
    """From step to step, as ratios; after three thousand steps v has 0.95 of its weights."""
    t = np.arange(1, 5001)
    m, root = -np.expm1(t * np.log(0.9)), np.sqrt(-np.expm1(t * np.log(0.999)))
    faster = m[1:] / m[:-1] > root[1:] / root[:-1]
    assert t[1:][faster].tolist() == list(range(2, 13))
    assert root[2999] ** 2 == pytest.approx(0.95, abs=0.005)


def test_03_in_the_valley_the_twelfth_step_is_not_the_longest():
    """On a steady slope it is. The first step with the correction is lr, with any betas."""
    for lr in correction_on_off().controls["lr"].values:
        walk = al.run(al.Adam(lr=lr, bias_correction=False), al.rosenbrock(), steps=200).theta
        assert np.abs(np.diff(walk, axis=0)).max(axis=1).argmax() + 1 < 12
        for betas in ((0.5, 0.9), (0.9, 0.999), (0.99, 0.9999)):
            first = al.run(al.Adam(lr=lr, beta1=betas[0], beta2=betas[1]), al.rosenbrock(), steps=1).theta
            np.testing.assert_allclose(np.abs(np.diff(first, axis=0)), lr, rtol=1e-6)
