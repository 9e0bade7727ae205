"""Notebook 00: every row of "What we showed", and numbers of its text, measured again: expected values and tolerances."""

import numpy as np
import pytest

import adamlib as al


def test_00_the_limit():
    """Curvature 10: after 100 steps 0.99^100 = 0.366 of the distance is left at lr 0.199, 1.01^100 = 2.705 at 0.201."""
    left = np.abs(al.final(al.SGD(**al.grid(lr=[0.199, 0.201])), al.bowl(10), steps=100).theta[:, 1])
    assert left == pytest.approx([0.99**100, 1.01**100], rel=1e-9)


def test_00_steps_grow_with_the_condition_number():
    """To a millionth at the best rate, mean of ten starts: 63, 627 and 6267 steps."""
    starts = np.stack([np.random.default_rng(seed).standard_normal(20) for seed in range(10)])
    for kappa, steps in {10: 63, 100: 627, 1000: 6267}.items():
        hills = al.quadratic(np.geomspace(1, kappa, 20))
        theta = al.run(al.SGD(lr=2 / (1 + kappa)), hills, start=starts, steps=7 * kappa).theta
        distance = np.linalg.norm(theta, axis=-1)
        assert (distance > 1e-6 * distance[0]).sum(axis=0).mean() == pytest.approx(steps, abs=2)


@pytest.mark.parametrize(
    ("units", "rates", "lowest"), [("raw", [1e-5, 2e-5, 4e-5], 0.192), ("centred", [5e-4, 1e-3, 2e-3], 0.104)]
)
def test_00_units_block_the_way(units, rates, lowest):
    """No rate comes to a loss of 0.1 within 3000 steps."""
    problem = al.logistic(al.breast_cancer(units=units))
    loss = al.run(al.SGD(**al.grid(lr=rates)), problem, steps=3000, every=10).loss
    assert loss.min() == pytest.approx(lowest, abs=0.002)
    assert loss.min() > 0.1


def test_00_standardised_units_open_it():
    """At lr 1 the loss is below 0.1 after three steps, not two."""
    loss = al.run(al.SGD(lr=1.0), al.logistic(al.breast_cancer()), steps=3).loss
    assert loss[3] < 0.1 < loss[2]


def test_00_batch_noise():
    """A batch of 16 has a quarter of the spread of a single example: 4.03 for draws without replacement."""
    digits = al.digits()
    origin = al.logistic(digits).start
    full = al.logistic(digits).grad(origin)
    spread = []
    for batch in (1, 16):
        problem = al.logistic(digits, batch=batch)
        spread.append(np.sqrt(np.mean([np.square(problem.grad(origin, t) - full).sum() for t in range(1, 401)])))
    assert spread[0] / spread[1] == pytest.approx(4 * np.sqrt(999 / 984), abs=0.1)


def test_00_noise_floor():
    """Half the rate, half the floor: 2.05 between 0.1 and 0.05."""
    foggy = al.noisy(al.quadratic(np.ones(2000)), sigma=1.0)
    walk = al.run(al.SGD(**al.grid(lr=[0.05, 0.1])), foggy, start=np.full(2000, 3.0), steps=400)
    floor = np.square(walk.theta[250:]).mean(axis=(0, 2))
    assert floor == pytest.approx([0.05 / 1.95, 0.1 / 1.9], rel=0.03)
    assert floor[1] / floor[0] == pytest.approx(2.05, abs=0.05)


def test_00_the_tumours():
    """569 of them, measured in 30 ways; 0.69 is the loss of a coin toss, which is that of no weights."""
    tumours = al.breast_cancer()
    assert np.concatenate([tumours.x_train, tumours.x_test]).shape == (569, 30)
    model = al.logistic(tumours)
    assert model.loss(0 * model.start) == pytest.approx(0.69, abs=0.005)
