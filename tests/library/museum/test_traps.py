"""The traps of the training loop: each departs from its mended twin by a factor, whatever the noise, and is one mistake."""

import re
from inspect import getsource

import numpy as np
import pytest

import adamlib as al
from adamlib.museum import TRAPS, loops
from adamlib.notebook import source

every_trap = pytest.mark.parametrize("trap", TRAPS.values(), ids=TRAPS)

# The number of each loop and of its mended twin, and the least factor between them under other noise.
NUMBERS = {
    "zero_grad forgotten": (2.941, 0.00039, 500),
    "scheduler per batch": (3.719, 0.00063, 1000),
    "sum of micro-batches": (0.844, 0.184, 4),
    "t counts micro-batches": (2.604, 1.0, 2.5),
    "clipped before unscaling": (5.492, 0.0174, 100),
    "decay on every parameter": (0.229, 0.0384, 3),
    "penalty by accident": (0.258, 0.990, 3),
    "weights replaced after the optimizer": (5.5, 0.00039, 1000),
    "checkpoint without m and v": (1.0, 0.075, 4),
    "checkpoint without t": (0.0305, 0.106, 3),
    "lr of the checkpoint": (0.0143, 1.3e-5, 10),
    "rows without a gradient": (6.005, 1.0, 5),
}


def test_the_traps():
    assert list(TRAPS) == list(NUMBERS)
    assert all(TRAPS[name].name == name for name in TRAPS)


@every_trap
def test_a_trap_departs_from_its_twin(trap):
    wrong, right, _ = NUMBERS[trap.name]
    assert [trap.loop(), trap.mended()] == pytest.approx([wrong, right], rel=0.02)


@every_trap
def test_a_trap_departs_whatever_the_noise(trap, monkeypatch):
    monkeypatch.setattr(loops, "NOISY_BOWL", al.noisy(al.quadratic([1.0, 10.0]), sigma=0.5, seed=1))
    factor = trap.loop() / trap.mended()
    assert max(factor, 1 / factor) > NUMBERS[trap.name][2]


@every_trap
def test_a_trap_is_read_in_one_look_and_one_mistake(trap):
    bad, good = (source(loop).plain.splitlines()[1:] for loop in (trap.loop, trap.mended))
    assert len(bad) <= 9
    assert len(good) <= 10
    assert len(set(bad) - set(good)) <= 3


@every_trap
def test_a_trap_says_what_is_wrong_what_is_seen_and_where(trap):
    for text in (trap.says, trap.symptom):
        assert text.endswith(".")
        assert len(text) <= 120
    assert re.search(r"\S+/\S+, (issue|pull request) \d+", trap.seen)
    assert "Adam" in getsource(trap.loop) or "Momentum" in getsource(trap.loop)


# What the sentences say besides.


@pytest.mark.parametrize("lr", [0.001, 0.1])
def test_without_zero_grad_a_run_never_settles(lr):
    """At a small rate and at a large one it comes near, and late losses are a hundred times those of the mended loop."""
    losses = {}
    for keeps in (1.0, 0.0):
        rule, grad = al.Adam(lr=lr), np.zeros(2)
        state, path = rule.init(loops.NOISY_BOWL.start), []
        for t in range(1, 4001):
            grad = keeps * grad + loops.NOISY_BOWL.grad(state.theta, t)
            state = rule.step(state, grad)
            path.append(state.theta)
        losses[keeps] = loops.NOISY_BOWL.loss(np.array(path))
    assert losses[1.0].min() < 0.01
    assert np.median(losses[1.0][-2000:]) > 100 * np.median(losses[0.0][-2000:])


def test_adam_forgives_a_factor_but_for_eps():
    """Sums of eight and their means walk alike, and part where gradients come near eps."""
    ends = {}
    for factor in (1.0, 8.0):
        for size in (1.0, 1e-9):
            state = al.Adam(lr=0.01).init(loops.NOISY_BOWL.start)
            for t in range(1, 101):
                state = al.Adam(lr=0.01).step(state, factor * size * loops.NOISY_BOWL.grad(state.theta, t))
            ends[factor, size] = state.theta
    assert ends[1.0, 1.0] == pytest.approx(ends[8.0, 1.0], abs=1e-6)
    assert np.abs(ends[1.0, 1e-9] - ends[8.0, 1e-9]).max() > 0.1


def test_an_accidental_penalty_cancels():
    """What is left of the weight is the same for any weight_decay; of AdamW it is exp(-lr wd steps)."""
    ends = []
    for weight_decay in (1e-4, 1.0):
        state = al.Adam(lr=0.001).init([1.0])
        for _ in range(1000):
            state = al.Adam(lr=0.001).step(state, weight_decay * state.theta)
        ends.append(state.theta[0])
    assert ends[0] == pytest.approx(ends[1], rel=1e-3)
    assert TRAPS["penalty by accident"].mended() == pytest.approx(np.exp(-0.001 * 0.01 * 1000), rel=1e-6)


def test_a_row_moves_on_by_the_rest_of_m():
    """After one gradient, m_hat / sqrt(v_hat) at step t is 0.1 0.9^(t-1) / (1 - 0.9^t) over its root: added up, 6.0 lr."""
    t = np.arange(1, 101)
    moves = 0.1 * 0.9 ** (t - 1) / (1 - 0.9**t) / np.sqrt(0.001 * 0.999 ** (t - 1) / (1 - 0.999**t))
    assert TRAPS["rows without a gradient"].loop() == pytest.approx(moves.sum(), rel=1e-6)


def test_a_correction_by_micro_batches():
    """sqrt((1 - beta2^8t) / (1 - beta2^t)) / ..., at its longest between 2 and sqrt(8)."""
    t = np.arange(1, 101)
    steps = (1 - 0.9**t) / (1 - 0.9 ** (8 * t)) * np.sqrt((1 - 0.999 ** (8 * t)) / (1 - 0.999**t))
    assert TRAPS["t counts micro-batches"].loop() == pytest.approx(steps.max(), rel=1e-6)
