"""The equations of room 05.2, by derivations that are not the room's own."""

import numpy as np
import pytest

import adamlib as al


def companion(s, beta1):
    """One step of (x, m) on x^2/2 times lambda with a ruler held still, as a matrix; in units in which lambda is 1."""
    return np.array([[1 - s * (1 - beta1), -s * beta1], [1 - beta1, beta1]])


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9, 0.99])
def test_5_2_1(beta1):
    """Positions of the map of x and m obey it, whatever m was at first; lr, lambda and p count only together."""
    for lr, curvature, p in ((0.1, 3.0, 0.2), (2.0, 0.5, 7.0)):
        s, x, m, path = lr * curvature / p, 0.7, -0.3, [0.7]
        for _ in range(12):
            m = beta1 * m + (1 - beta1) * curvature * x
            x = x - lr / p * m
            path.append(x)
        x = np.array(path)
        np.testing.assert_allclose(x[2:], (1 + beta1 - (1 - beta1) * s) * x[1:-1] - beta1 * x[:-2], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_5_2_2(beta1):
    """Its solutions are the eigenvalues of the map of x and m."""
    for s in (0.3, 5.0, 37.0, 39.0, 45.0):
        roots = np.sort_complex(np.roots([1, -(1 + beta1 - (1 - beta1) * s), beta1]))
        np.testing.assert_allclose(roots, np.sort_complex(np.linalg.eigvals(companion(s, beta1)).astype(complex)), atol=1e-9)


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9, 0.95])
def test_5_2_3(beta1):
    """Just below the limit every swing fades, just above one grows; 2, 6, 38, 78."""
    limit = {0.0: 2, 0.5: 6, 0.9: 38, 0.95: 78}[beta1]
    assert al.theory.stability_limit(beta1) == pytest.approx(limit)
    for share in (0.999, 1.001):
        assert (np.abs(np.linalg.eigvals(companion(share * limit, beta1))).max() > 1) == (share > 1)


def test_5_2_4():
    """lr lambda_max(P^-1/2 H P^-1/2) from the Hessian by hand; P^-1 H has the same eigenvalues."""
    walk = al.run(al.Adam(lr=0.05), al.rosenbrock(), steps=60)
    measured = al.stability(walk)
    for t in (1, 7, 60):
        x, y = walk.theta[t]
        H = np.array([[2 + 1200 * x * x - 400 * y, -400 * x], [-400 * x, 200]])
        wanted = 0.05 * np.linalg.eigvals(np.diag(1 / (np.sqrt(walk.v_hat[t]) + 1e-8)) @ H).real.max()
        assert measured[t] == pytest.approx(wanted, rel=1e-6)
    assert np.isnan(measured[0])


@pytest.mark.parametrize("beta2", [0.9, 0.99, 0.999])
def test_5_2_5(beta2):
    """Where the gradient is 0, the library's own v shrinks so; at beta2 = 0.999 from 33 to 38 in 282 steps."""
    rule, rounds = al.Adam(lr=0.1, beta2=beta2, eps=0), 25
    state = rule.init(np.zeros(1))._replace(v=np.array([4.0]), t=10**6)
    first = 1 / np.sqrt(state.v[0])
    for _ in range(rounds):
        state = rule.step(state, [0.0])
    assert 1 / np.sqrt(state.v[0]) == pytest.approx(first * beta2 ** (-rounds / 2))
    if beta2 == 0.999:
        climbing = 33 * beta2 ** (-np.arange(400) / 2)
        assert (climbing >= 38).argmax() == 283
