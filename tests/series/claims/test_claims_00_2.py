"""Room 00.2: what it showed, measured again with other data, other noise and other seeds."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.claim("00.2#1")
@pytest.mark.parametrize("seed", [0, 1])
def test_00_2_batch_noise(seed):
    """A batch of 16 has a quarter of the spread of one example: 4.03 for draws without replacement, within 3 %."""
    digits = al.digits(seed=seed)
    whole = al.logistic(digits)
    full, spread = whole.grad(whole.start), []
    for batch in (1, 16):
        problem = al.logistic(digits, batch=batch, seed=seed + 7)
        spread.append(np.sqrt(np.mean([np.square(problem.grad(whole.start, t) - full).sum() for t in range(1, 401)])))
    assert 4 * np.sqrt(999 / 984) == pytest.approx(4.03, abs=0.005)
    assert spread[0] / spread[1] == pytest.approx(4.03, rel=0.03)


def test_00_2_one_example_is_mostly_noise():
    """The spread of single examples, all thousand of them and not drawn, is 8 to 9 times the length of the full gradient."""
    digits = al.digits()
    one_hot = np.eye(10)[digits.y_train]
    inputs = np.column_stack([digits.x_train, np.ones(1000)])
    gradients = np.einsum("nf,nc->nfc", inputs, 0.1 - one_hot).reshape(1000, -1)  # softmax of zeros is 1/10
    full = gradients.mean(axis=0)
    spread = np.sqrt(np.square(gradients - full).sum(axis=1).mean())
    assert 8 < spread / np.linalg.norm(full) < 9
    assert spread == pytest.approx(3.76, abs=0.02)


@pytest.mark.claim("00.2#2")
@pytest.mark.parametrize("seed", [0, 1])
def test_00_2_noise_floor(seed):
    """Half the rate, half the floor: it falls by 2.05 from 0.1 to 0.05. Walked in plain NumPy with other noise."""
    random, floors = np.random.default_rng(seed), []
    for lr in (0.05, 0.1):
        x, squares = np.full(4000, 3.0), []
        for _ in range(500):
            x = x - lr * (x + random.standard_normal(4000))
            squares.append(np.square(x).mean())
        floors.append(np.mean(squares[250:]))
    assert floors == pytest.approx([0.05 / 1.95, 0.1 / 1.9], rel=0.02)
    assert floors[1] / floors[0] == pytest.approx(2.05, abs=0.05)


@pytest.mark.claim("00.2#3")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_00_2_the_more_steps_the_smaller_the_best_rate(seed):
    """0.1, 0.02 and 0.005 after 50, 200 and 1000 steps; the falling one is below 0.01 at once, and ends between 0.01 and 0.02."""
    noisy, start = al.noisy(al.quadratic(np.ones(2000)), seed=seed), np.full(2000, 3.0)
    rates = np.array([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5])
    loss = al.run(al.SGD(**al.grid(lr=rates)), noisy, start=start, steps=1000, every=50).loss
    assert [rates[loss[t // 50].argmin()] for t in (50, 200, 1000)] == [0.1, 0.02, 0.005]
    falling = al.run(al.SGD(lr=0.5), noisy, start=start, steps=1000, every=50, schedule=lambda t: 1 / np.sqrt(t)).loss
    assert falling[1] < loss[1, 2]
    assert loss[-1, 2] < falling[-1] < loss[-1, 3]
    assert falling[-1] > 2 * loss[-1, 1]  # the best constant one of the table ends lower


def test_00_2_the_variance_of_one_walk_by_hand():
    """At lr 0.4: 0.36 times 0.25 plus 0.16 is 0.25."""
    assert 0.6**2 * 0.25 + 0.4**2 == pytest.approx(0.25) == 0.4 / 1.6
