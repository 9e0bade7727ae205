"""What room 04.3 holds: the edge on which Adam trains."""

import numpy as np
import pytest

import adamlib as al


@pytest.mark.parametrize("beta1", [0.0, 0.5, 0.9])
def test_04_3_limit_of_the_edge(beta1):
    """With P frozen, the matrix of one step on (theta, m) has its eigenvalues inside the circle just below the limit only."""
    rng = np.random.default_rng(9)
    factor, p = rng.standard_normal((6, 6)), rng.uniform(0.1, 10, 6)
    hessian = factor @ factor.T
    sharpest = np.linalg.eigvalsh(hessian / np.sqrt(np.outer(p, p)))[-1]
    for share, stable in ((0.3, True), (0.999, True), (1.001, False)):
        lr = share * (2 + 2 * beta1) / (1 - beta1) / sharpest
        into_m = np.hstack([(1 - beta1) * hessian, beta1 * np.eye(6)])
        into_theta = np.hstack([np.eye(6), np.zeros((6, 6))]) - lr * into_m / p[:, None]
        radius = np.abs(np.linalg.eigvals(np.vstack([into_theta, into_m]))).max()
        assert (radius < 1) == stable


def test_04_3_the_edge_of_stability():
    """A smaller network, the whole Hessian column by column, its eigenvalues by LAPACK: 2, 6, 38 within 12 %."""
    net = al.network(al.digits(train=120, seed=3), hidden=6, loss="squares", seed=1)
    beta1, lr, seen = np.array([[0.0], [0.5], [0.9]]), 0.004, []
    for state in al.iterate(al.Adam(lr=lr, beta1=beta1, beta2=0.99), net):
        if state.t >= 1000 and state.t % 100 == 0:
            row = []
            for theta, v_hat in zip(state.theta, state.v_hat):
                live = v_hat > 0
                nudge = 1e-5 * np.eye(net.dim)[live]
                hessian = ((net.grad(theta + nudge) - net.grad(theta - nudge)) / 2e-5)[:, live]
                p = np.sqrt(np.sqrt(v_hat[live]) + 1e-8)
                row.append(lr * np.linalg.eigvalsh((hessian + hessian.T) / 2 / np.outer(p, p))[-1])
            seen.append(row)
        if state.t == 2000:
            break
    assert np.median(seen, axis=0) / [2, 6, 38] == pytest.approx(1, abs=0.12)
