"""Room 01.1, why a memory turns kappa into its root: what it showed, measured again."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.claim("01.1#1")
def test_01_1_ringing_dies_at_the_root_of_beta():
    """Measured on walks: whatever lr and curvature, sqrt(beta) a step once the coordinate rings."""
    for lr, curvature in ((0.01, 10.0), (0.1, 10.0), (0.3, 3.0)):
        x = al.run(al.Momentum(lr=lr, beta=0.81), al.quadratic([curvature]), steps=200).theta[:, 0]
        envelope = x[1:-1] ** 2 - x[2:] * x[:-2]  # of x_t = A r^t cos(w t + p) this is A^2 sin(w)^2 r^(2 t)
        assert (envelope[150] / envelope[50]) ** (1 / 200) == pytest.approx(0.9, rel=1e-6)


@pytest.mark.claim("01.1#3")
def test_01_1_the_square_root_of_the_condition_number():
    """Steps to a millionth, slowest of ten starts: about 26, 92, 312 with momentum, against 67, 665, 6645 without."""
    starts = np.random.default_rng(0).standard_normal((10, 20))
    close = 1e-6 * np.linalg.norm(starts, axis=1)
    expected = {10: (67, 26, 39), 100: (665, 92, 144), 1000: (6645, 312, 474)}
    for kappa, wanted in expected.items():
        root = np.sqrt(kappa)
        r = (root - 1) / (root + 1)
        rules = al.SGD(lr=2 / (1 + kappa)), al.Momentum(lr=4 / (1 + root) ** 2, beta=r**2), al.Nesterov(lr=1 / kappa, beta=r)
        for rule, steps in zip(rules, wanted):
            states = al.iterate(rule, al.quadratic(np.geomspace(1, kappa, 20)), starts)
            took = next(s.t for s in states if (np.linalg.norm(s.theta, axis=1) < close).all())
            assert took == pytest.approx(steps, abs=2)


@pytest.mark.claim("01.1#4")
@pytest.mark.parametrize(("kappa", "peak"), [(100, 3.71), (1000, 11.64), (10000, 36.79)])
def test_01_1_first_it_gets_worse(kappa, peak):
    """The best setting first multiplies the distance by about sqrt(kappa) / e."""
    root = np.sqrt(kappa)
    rule = al.Momentum(lr=4 / (1 + root) ** 2, beta=((root - 1) / (root + 1)) ** 2)
    distance = np.abs(al.run(rule, al.quadratic([1.0, kappa]), start=[0.0, 1.0], steps=int(2 * root)).theta[:, 1]).max()
    assert distance == pytest.approx(peak, abs=0.006)
    assert distance == pytest.approx(root / np.e, rel=0.01)


def test_01_1_ringing_and_the_peak():
    """With beta 0.9 what rings keeps 0.949 a step; at the best point the distance peaks at root kappa / 2.718."""
    rings = al.run(al.Momentum(lr=0.1, beta=0.9), al.bowl(1), start=[1.0, 1.0], steps=60).theta[:, 0]
    _, product = np.linalg.lstsq(np.stack([rings[1:-1], rings[:-2]], axis=1), rings[2:], rcond=None)[0]
    assert np.sqrt(-product) == pytest.approx(0.949, abs=0.0005)  # the length of both complex factors of a step
    for root in (100, 1000):
        rule = al.Momentum(lr=4 / (1 + root) ** 2, beta=((root - 1) / (root + 1)) ** 2)
        steep = np.abs(al.run(rule, al.quadratic([1, root**2]), start=[0, 1], steps=2 * root).theta[:, 1])
        assert steep.max() == pytest.approx(root / 2.718, rel=0.02)


def test_01_1_one_best_memory():
    """In the lesson's valley at lr 0.15 the fewest steps are 18, near beta 0.4, and the flat direction's kink is at 0.375."""
    counted = {}
    for beta in np.arange(0, 0.96, 0.025):
        before = now = np.array([-2.0, 1.0])
        losses = []
        for _ in range(400):
            losses.append(now**2 @ [1.0, 10.0] / 2)
            before, now = now, now + beta * (now - before) - 0.15 * np.array([1.0, 10.0]) * now
        counted[beta] = np.flatnonzero(np.array(losses) >= 1e-6)[-1] + 1
    assert min(counted.values()) == 18
    assert min(counted, key=counted.get) == pytest.approx(0.4)
    assert (1 - np.sqrt(0.15)) ** 2 == pytest.approx(0.375, abs=0.0005)


@pytest.mark.claim("01.1#1")
def test_01_1_the_determinant_is_beta():
    """x_t^2 - x_{t+1} x_{t-1} is the area of two neighbouring pairs, and a step leaves beta of it, swinging or not."""
    for lr, beta in ((0.3, 0.5), (0.02, 0.1), (0.1, 0.95)):
        x = al.run(al.Momentum(lr=lr, beta=beta), al.quadratic([2.0]), steps=12).theta[:, 0]
        area = x[1:-1] ** 2 - x[2:] * x[:-2]
        np.testing.assert_allclose(area[1:] / area[:-1], beta, rtol=1e-3)


@pytest.mark.parametrize("kappa", [100.0, 1000.0])
def test_01_1_what_does_not_move_away(kappa):
    """Nesterov from the steep wall, and momentum along the floor."""
    root = np.sqrt(kappa)
    rho = (root - 1) / (root + 1)
    heavy, usual = al.Momentum(lr=4 / (1 + root) ** 2, beta=rho**2), al.Nesterov(lr=1 / kappa, beta=rho)
    for rule, start in ((usual, [0.0, 1.0]), (heavy, [1.0, 0.0])):
        assert np.abs(al.run(rule, al.quadratic([1.0, kappa]), start=start, steps=300).theta).max() == 1
