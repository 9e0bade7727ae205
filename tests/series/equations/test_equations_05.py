"""Every numbered equation of lesson 05, against a derivation that is not the notebook's own."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al


def test_5_1():
    """2 / lambda from the trace 1002 and the determinant 400; along (2, -1) a second difference has it, along no other more."""
    hills = al.rosenbrock()
    sharpest = 501 + np.sqrt(501**2 - 400)
    assert 2 / sharpest == pytest.approx(0.0019968, abs=5e-8)
    angles = np.linspace(0, np.pi, 721)
    along = 1e-4 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    curvatures = (hills.loss(1 + along) + hills.loss(1 - along)) / 1e-8
    steepest = (hills.loss([1 + 2e-4, 1 - 1e-4]) + hills.loss([1 - 2e-4, 1 + 1e-4])) / 5e-8
    assert steepest == pytest.approx(1001.6, abs=0.01)
    assert curvatures.max() == pytest.approx(steepest, abs=0.02)
    for rule, limit in ((al.SGD, 2 / sharpest), (al.Momentum, 3.8 / sharpest)):
        near, far = (
            np.abs(al.final(rule(lr=f * limit), hills, [1 + 1e-8, 1.0], steps=150).theta - 1).max() for f in (0.97, 1.03)
        )
        assert near < 1.1e-8 < 3e-8 < far


def by_definition(loss, below):
    """touch and stay, read off the definition by trying every step."""
    touch = [t for t in range(len(loss)) if loss[t] < below]
    stay = [t for t in range(len(loss)) if all(loss[s] < below for s in range(t, len(loss)))]
    return (touch or [np.nan])[0], (stay or [np.nan])[0]


@pytest.mark.parametrize(
    ("rule", "steps"),
    [
        (al.SGD(lr=0.002), 400),  # hovers: lr is a little above the limit
        (al.Momentum(lr=0.0008, beta=0.99), 1700),  # flies by, comes back, stays
        (al.Momentum(lr=0.0008, beta=0.99), 1400),  # flies by and is away at the end
        (al.SGD(lr=0.01), 50),  # diverges
        (al.Adam(lr=0.001), 50),  # too slow
    ],
)
def test_5_2(rule, steps):
    """Touch and stay by trying every step of the recorded losses, for thresholds all over the range."""
    problem = al.rosenbrock()
    loss = al.run(rule, problem, steps=steps).loss
    for below in (1e-6, 1e-3, 0.1, 4.0, 1e3):
        np.testing.assert_array_equal(al.arrival(rule, problem, steps=steps, below=below), by_definition(loss, below))


def test_5_2_of_a_sweep():
    """Each member of a sweep is its own run."""
    rates = np.array([0.0005, 0.002, 0.01])
    sweep = al.arrival(al.SGD(lr=rates[:, None]), al.rosenbrock(), steps=300, below=0.1)
    alone = [al.arrival(al.SGD(lr=lr), al.rosenbrock(), steps=300, below=0.1) for lr in rates]
    np.testing.assert_array_equal(np.stack(sweep), np.transpose(alone))


@pytest.mark.parametrize("beta", [Fraction(0), Fraction(1, 2), Fraction(9, 10)])
def test_5_3_from_the_heavy_ball(beta):
    """x^2 / 2 in exact fractions: 1 % below 2 (1 + beta) the swings shrink, 1 % above they grow, from any start."""
    for share, grows in ((Fraction(99, 100), False), (Fraction(101, 100), True)):
        x, m, largest = Fraction(1), Fraction(0), []
        for _ in range(12):
            largest.append(Fraction(0))
            for _ in range(80):
                m = beta * m + x
                x = (x - share * 2 * (1 + beta) * m).limit_denominator(10**12)
                largest[-1] = max(largest[-1], abs(x))
        assert (largest[-1] > largest[2]) == grows
    assert 2 * (1 + beta) / (1 - beta) * (1 - beta) == 2 * (1 + beta)  # an average steps as a sum at lr (1 - beta) does


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9, 0.95])
def test_5_3(beta1):
    """With rulers P frozen at any values, the walk on a turned bowl is stable exactly below the limit: eigenvalues of the map."""
    rng = np.random.default_rng(3)
    limit = (2 + 2 * beta1) / (1 - beta1)
    for _ in range(20):
        a = rng.standard_normal((3, 3))
        H, P = a @ a.T + 0.1 * np.eye(3), np.diag(rng.uniform(0.1, 10, 3))
        root = np.diag(np.diag(P) ** -0.5)
        sharpness = np.linalg.eigvalsh(root @ H @ root)[-1]
        for share in (0.999, 1.001):
            lr = share * limit / sharpness
            eye, back = np.eye(3), lr * np.linalg.inv(P)
            # m' = beta1 m + (1 - beta1) H x,  x' = x - lr P^-1 m'
            step = np.block([[eye - (1 - beta1) * back @ H, -beta1 * back], [(1 - beta1) * H, beta1 * eye]])
            assert (np.abs(np.linalg.eigvals(step)).max() < 1) == (share < 1)
    assert beta1 != 0.9 or limit == pytest.approx(38)


def test_5_3_the_left_side_is_what_the_library_measures():
    """lr lambda_max(P^-1/2 H P^-1/2) from the Hessian by hand; P^-1 H has the same eigenvalues."""
    walk = al.run(al.Adam(lr=0.05), al.rosenbrock(), steps=60)
    for t in (1, 7, 60):
        x, y = walk.theta[t]
        H = np.array([[2 + 1200 * x * x - 400 * y, -400 * x], [-400 * x, 200]])
        ruler = np.diag(np.sqrt(walk.v_hat[t]) + 1e-8)
        wanted = 0.05 * np.linalg.eigvals(np.linalg.inv(ruler) @ H).real.max()
        assert al.stability(walk)[t] == pytest.approx(wanted, rel=1e-6)
    assert np.isnan(al.stability(walk)[0])
