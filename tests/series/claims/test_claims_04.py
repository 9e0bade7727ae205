"""Notebook 04: every row of "What we showed", and numbers of its text, measured again: expected values and tolerances."""

import numpy as np
import pytest

import adamlib as al
from adamlib import explore
from adamlib.verify import recorded


@pytest.mark.parametrize("g", [1e-6, -3.0, 1e6])
def test_04_a_constant_gradient_gives_steps_of_lr(g):
    """No acceleration, no caution: 500 steps of lr against the sign, whatever the betas."""
    for beta1, beta2 in ((0.9, 0.999), (0.5, 0.5), (0.99, 0.9)):
        rule = al.Adam(lr=0.25, beta1=beta1, beta2=beta2, eps=0)
        state = rule.init([0.0])
        for _ in range(500):
            new = rule.step(state, [g])
            assert new.theta - state.theta == pytest.approx(-0.25 * np.sign(g), rel=1e-9)
            state = new


def test_04_noise_as_large_as_the_slope_shortens_them():
    """The mean move is 0.707 lr; of pure noise the root mean square is sqrt((1 - beta1) / (1 + beta1)) = 0.229 lr."""
    hill = al.ramp(dim=1000)
    plain = al.Problem("plain", lambda x: 0 * x.sum(axis=-1), lambda x, t=1: np.zeros_like(x), np.zeros(1000))
    moves = [np.diff(al.run(al.Adam(lr=1.0), al.noisy(p, seed=4), steps=2500).theta[500:], axis=0) for p in (hill, plain)]
    assert -moves[0].mean() == pytest.approx(np.sqrt(0.5), rel=0.01)
    assert np.sqrt(np.square(moves[1]).mean()) == pytest.approx(np.sqrt(0.1 / 1.9), rel=0.02)


def test_04_the_first_step_follows_the_signs():
    """On every surface from every start the first step is lr in both coordinates; its direction is not the slope's."""
    for problem in (al.bowl(10), al.rosenbrock(), al.beale(), al.himmelblau()):
        start = np.random.default_rng(4).uniform(-2, 2, (50, 2))
        walk = al.run(al.Adam(lr=0.1, eps=0), problem, start=start, steps=1)
        np.testing.assert_allclose(np.diff(walk.theta, axis=0)[0], -0.1 * np.sign(problem.grad(start)), rtol=1e-9)


def test_04_the_longest_step():
    """After a silence: 3.162, 4.255, 4.968, 5.860, 6.809, 7.215 lr for 1, 2, 3, 5, 10, 20 growing gradients; 6.57 for ones."""

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


def test_04_rare_gradients():
    """One firing in k, in equilibrium: the sum of beta1^j over the root of v as it fades, summed by hand."""
    for k, measured in ((10, 3.161), (100, 9.80), (1000, 25.3)):
        after = np.arange(k)
        v = 0.001 * 0.999**after / (1 - 0.999**k)
        m = 0.1 * 0.9**after / (1 - 0.9**k)
        assert (m / np.sqrt(v)).sum() == pytest.approx(measured, rel=0.003)
        rare = al.ramp(lambda t, k=k: float(t % k == 0))
        walk = al.run(al.Adam(lr=1.0), rare, steps=12_000, every=1000).theta[:, 0]
        assert (walk[-2] - walk[-1]) / (1000 / k) == pytest.approx((m / np.sqrt(v)).sum(), rel=0.01)


def test_04_scale_but_not_rotation():
    """Rescaled per coordinate: the same walk. Rotated: thousands of steps; gradient descent does not notice."""
    plain, other = (al.run(al.Adam(lr=0.01, eps=0), p).theta for p in (al.rosenbrock(), al.scaled(al.rosenbrock(), [7.0, 0.02])))
    np.testing.assert_allclose(plain, other, rtol=0, atol=1e-13)
    hollow = al.quadratic(np.geomspace(1, 1000, 20))
    u = np.random.default_rng(1).standard_normal((20, 20))
    turn = np.eye(20)
    for row in u:
        turn = turn @ (np.eye(20) - 2 * np.outer(row, row) / (row @ row))  # twenty mirrors
    steps = {}
    for name, problem in (("aligned", hollow), ("turned", al.rotated(hollow, turn))):
        for rule, most in ((al.Adam(lr=np.array([0.003, 0.004, 0.005, 0.04, 0.06])[:, None]), 4000), (al.SGD(lr=2 / 1001), 4000)):
            far = np.linalg.norm(al.run(rule, problem, steps=most).theta, axis=-1) > 1e-3 * np.sqrt(20)
            steps[name, type(rule).__name__] = (most + 1 - far[::-1].argmax(axis=0)).min()
    assert steps["aligned", "Adam"] == pytest.approx(122, abs=3)
    assert steps["turned", "Adam"] > 2000
    assert abs(steps["turned", "SGD"] - steps["aligned", "SGD"]) <= 1


def test_04_forms_of_eps():
    """At |g| = 1e-6 and eps = 1e-8: 0.99 outside, 0.01 inside, 0.76 hatted at the first step; and half precision fails."""
    g, eps = 1e-6, 1e-8
    rule = al.Adam(lr=1.0)
    assert -rule.step(rule.init([0.0]), [g]).theta == pytest.approx(1 / 1.01, rel=1e-6)
    assert g / np.sqrt(g**2 + eps) == pytest.approx(0.01, rel=1e-3)
    hatted = al.Adam(lr=1.0, eps=eps / np.sqrt(0.001))
    assert -hatted.step(hatted.init([0.0]), [g]).theta == pytest.approx(0.76, abs=0.001)
    half = rule.step(rule.init(np.zeros(3, np.float16)), [1.0, 1e-4, 0.0]).theta
    assert half[0] == -1
    assert np.isinf(half[1])
    assert np.isnan(half[2])


def test_04_batch_size():
    """B = 1 and 64: lr ~ root of B keeps the variance, lr ~ B lets it grow."""
    kept, grown = [], []
    for batch in (1, 64):
        fog = al.noisy(al.quadratic(np.ones(1000)), sigma=1 / np.sqrt(batch), seed=5)
        for out, lr in ((kept, 0.002 * np.sqrt(batch)), (grown, 0.002 * batch)):
            out.append(al.run(al.Adam(lr=lr), fog, np.zeros(1000), steps=3000, every=10).theta[200:].var())
    assert kept[1] / kept[0] == pytest.approx(1, abs=0.07)
    assert grown[1] / grown[0] > 4


def test_04_the_edge_of_stability():
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


def test_04_on_digits_moves_are_far_below_the_bound():
    """Network, batches of 8: the first move lr, the median of late ones about a tenth, none above 3 lr."""
    walk = al.run(al.Adam(lr=0.003), al.network(al.digits(), batch=8, seed=7), steps=300)
    moves = np.abs(np.diff(walk.theta, axis=0))[:, walk.v[-1] > 0] / 0.003
    assert np.median(moves[0]) == pytest.approx(1, abs=1e-3)
    assert 0.05 < np.median(moves[250:]) < 0.2
    assert moves.max() < 3


def test_04_both_older_rules_win_on_the_valley():
    """Until the loss stays below 1e-6, on a fine grid of rates: Adam 140 at best, gradient descent 40, momentum 17."""

    def settled(rule, steps):
        high = ~(al.run(rule, al.bowl(10), steps=steps).loss < 1e-6)
        return (steps + 1 - high[::-1].argmax(axis=0)).min()

    root = np.sqrt(10)
    assert settled(al.Adam(lr=np.geomspace(0.01, 0.2, 60)[:, None]), 1000) == pytest.approx(141, abs=4)
    assert settled(al.SGD(lr=2 / 11), 100) == pytest.approx(40, abs=1)
    assert settled(al.Momentum(lr=4 / (1 + root) ** 2, beta=((root - 1) / (root + 1)) ** 2), 100) == pytest.approx(17, abs=1)


def test_04_explorers_say_what_is_true():
    """The anatomy's sum, put in by hand; the bound with its attaining growth; eps between sign descent and momentum."""
    sentence = explore.anatomy().frame_with_sentence(t=2, line=2)[1]
    assert sentence == "Step 2, m = 0.9 × (-0.2) + 0.1 × (-1.8) = -0.36 along θ₁ and 0.9 × 1 + 0.1 × 8 = 1.7 along θ₂."
    assert "= 1 lr along θ₁ and minus lr × 10 / 10 = -1 lr" in explore.anatomy().frame_with_sentence(t=1, line=6)[1]
    bound = explore.step_bound()
    assert "the longest step is 7.27 lr; no step exceeds 7.27 lr" in bound.frame_with_sentence(growth=1.11)[1]
    assert "the longest step is 1 lr; no step exceeds 1 lr" in bound.frame_with_sentence(beta2=0.9)[1]
    assert "there is no bound" in bound.frame_with_sentence(beta1=0.95, beta2=0.9)[1]
    assert "the steps grow without end" in bound.frame_with_sentence(beta1=0.95, beta2=0.8, growth=0.9)[1]
    damping = explore.damping()
    for setting, kind in (
        ((1e-2, 1.0), "as with ε = 0"),
        ((1.0, 1.0), "between"),
        ((1e-8, 1e-9), "between"),
        ((1.0, 1e-9), "as momentum"),
    ):
        assert kind in damping.frame_with_sentence(eps=setting[0], scale=setting[1])[1]


def test_04_the_direction_of_the_first_step():
    """On the bowl of the first picture the slope points 79 degrees from the flat axis, Adam's step 45."""
    bowl = al.bowl(10)
    slope, step = bowl.grad(bowl.start), np.diff(al.run(al.Adam(), bowl, steps=1).theta, axis=0)[0]
    assert np.degrees(np.arctan2(*np.abs(slope[::-1]))) == pytest.approx(79, abs=0.5)
    assert np.degrees(np.arctan2(*np.abs(step[::-1]))) == pytest.approx(45, abs=1e-3)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("torch.optim:Adam", {"lr": 0.001, "eps": 1e-8}),
        ("optax:adam learning_rate=0.001", {"eps": 1e-8, "eps_root": 0}),
        ("keras.optimizers:Adam", {"learning_rate": 0.001, "epsilon": 1e-7}),
    ],
)
def test_04_the_defaults_of_the_libraries(name, settings):
    """The table of the libraries, as their own untouched objects have it (recorded)."""
    kept = recorded()["objects"][name]["settings"]
    assert {word: kept[word] for word in settings} == pytest.approx(settings)


def test_04_keras_eps_at_the_first_step():
    """1e-7 before the correction is worth 3.2e-6 after it, at step 1; and 1e-7 late."""
    for t, eps in ((1, 3.2e-6), (20_000, 1e-7)):
        g, root = 1e-6, np.sqrt(1 - 0.999**t)
        rule = al.Adam(lr=1.0, beta1=0, eps=eps)
        start = rule.init([0.0])._replace(t=t - 1, v=np.array([(1 - 0.999 ** (t - 1)) * g**2]))
        assert -rule.step(start, [g]).theta[0] == pytest.approx(root * g / (root * g + 1e-7), rel=0.02)
