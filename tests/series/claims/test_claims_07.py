"""Notebook 07: every row of "What we showed", and numbers of its text, measured again: expected values and tolerances."""

import numpy as np
import pytest

import adamlib as al
from adamlib import explore
from adamlib.explore.generalization_gap import ANGLES, EPSILONS, FINE, learnt, learnt_turned
from adamlib.problems.counterexamples import private_blocks, wilson_folded, wilson_scores
from adamlib.problems.transforms import quarter_turn
from adamlib.verify import recorded


def drawn(n, seed, share=0.75):
    """Labels with a majority of +1, and the share of -1 among a thousand new ones."""
    rng = np.random.default_rng((6, seed))
    y = np.where(rng.random(n) < share, 1.0, -1.0)
    return (y if y.sum() > 0 else -y), np.where(rng.random(1000) < share, 1.0, -1.0)


def error(w, new):
    """The share of new examples on which the sign of the score is wrong; their private features were never seen."""
    return (np.sign(w[0] * new + w[1] + w[2]) != new).mean()


def walked(x, y, step, steps):
    """Least squares from zero with a rule written out here: step(state, gradient) -> (state, move)."""
    w, state = np.zeros(x.shape[1]), None
    for _ in range(steps):
        state, move = step(state, x.T @ (x @ w - y) / len(y))
        w = w - move
    return w


def adam(lr, eps=1e-8, decay=0.0):
    def step(state, g):
        t, m, v = state or (0, 0.0, 0.0)
        t, m, v = t + 1, 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        return (t, m, v), lr * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + eps)

    return step


def plain(lr):
    return lambda state, g: (None, lr * g)


@pytest.mark.parametrize("seed", range(4))
def test_07_the_walk_keeps_to_the_signs(seed):
    """Adam by hand on data by hand: every point is a multiple of sign(X'y), to 1e-6."""
    y, _ = drawn(60, seed)
    x = private_blocks(y)
    s = np.sign(x.T @ y)
    for steps in (1, 10, 80, 500):
        w = walked(x, y, adam(0.003), steps)
        assert w @ s / np.linalg.norm(w) / np.linalg.norm(s) > 1 - 1e-6
    assert w[s != 0] * s[s != 0] == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("share", [0.6, 0.75, 0.9])
def test_07_adams_test_error_is_the_share_of_the_minority(share):
    """To the last digit, ten draws; gradient descent none; mean .26 at 0.75 within the spread of the draws."""
    found = []
    for seed in range(10):
        y, new = drawn(60, seed, share)
        x = private_blocks(y)
        found.append(error(walked(x, y, adam(0.003), 400), new))
        assert found[-1] == (new < 0).mean()
        assert error(walked(x, y, plain(0.3), 400), new) == 0
    assert np.mean(found) == pytest.approx(1 - share, abs=0.015)


@pytest.mark.parametrize(("share", "wrong"), [(0.2, False), (0.4, True), (0.45, True)])
def test_07_with_minus_one_in_the_majority(share, wrong):
    """The lemma fails, yet down to a share of 0.3 all are called +1 and the majority is wrong; below, Adam is right."""
    y, new = np.where(np.arange(200) < 200 * share, 1.0, -1.0), drawn(60, 1, share)[1]
    x = private_blocks(y)
    w = walked(x, y, adam(0.003), 1500)
    assert np.array_equal(np.sign(x @ w), y)
    assert np.ptp(x @ np.sign(x.T @ y) / y) > 0
    assert error(w, new) == ((new < 0).mean() if wrong else 0)


def test_07_rotated_or_with_a_large_eps_adam_is_right():
    """Twenty mirrors in place of QR; eps = 30 for the mean, and 1 against 30 for the sum of squares (n = 200)."""
    rng = np.random.default_rng(6)
    for seed in range(3):
        y, new = drawn(40, seed)
        x = private_blocks(y)
        turn = np.eye(x.shape[1])
        for mirror in rng.standard_normal((40, x.shape[1])):
            turn -= 2 * np.outer(turn @ mirror, mirror) / (mirror @ mirror)
        turned = walked(x @ turn.T, y, adam(0.003), 600)
        assert error(turn.T @ turned, new) == 0
        assert error(walked(x, y, adam(9.0, eps=30), 600), new) == 0
    for eps, wrong in ((1.0, True), (30.0, False)):
        task = al.scaled(al.wilson(200), 200.0)
        w = al.final(al.Adam(lr=0.003 * (1 + eps / 2), eps=eps), task, steps=500).theta
        assert (task.test_accuracy(w) < 1) == wrong


def test_07_decay_does_not_help_a_penalty_does():
    """AdamW ends on the ray too, shorter; with a penalty every rule ends at the one minimum, found by solving for it."""
    task, lam = al.wilson(41, seed=2), 0.05
    x = private_blocks(np.where(np.random.default_rng(2).random(41) < 0.75, 1.0, -1.0))
    y = x[:, 0]
    s = np.sign(x.T @ y)
    for decay in (0.1, 1.0):
        w = al.final(al.AdamW(lr=0.003, weight_decay=decay), task, steps=600).theta
        assert w @ s / np.linalg.norm(w) / np.linalg.norm(s) > 1 - 1e-6
        assert task.test_accuracy(w) < 0.9
    best = np.linalg.solve(x.T @ x / 41 + lam * np.eye(x.shape[1]), x.T @ y / 41)
    for rule in (al.Adam(lr=0.003), al.SGD(lr=0.3)):
        w = al.final(rule, al.ridge(task, lam), steps=2000).theta
        np.testing.assert_allclose(w, best, atol=2e-3)
        assert task.test_accuracy(w) == 1


def softmax(x, w):
    z = np.exp(x @ w - (x @ w).max(axis=-1, keepdims=True))
    return z / z.sum(axis=-1, keepdims=True)


def fitted(split, step, extra, target=0.03):
    """Softmax regression without a bias, by hand, until the loss is below target; the test accuracy in per cent."""
    k = len(split.y_train)
    x = np.hstack([split.x_train, np.tile(np.eye(k), extra)])
    hot = np.eye(10)[split.y_train]
    w, state = np.zeros((x.shape[1], 10)), None
    for _ in range(3000):
        p = softmax(x, w)
        if -np.log(p[hot == 1]).mean() < target:
            break
        state, move = step(state, x.T @ (p - hot) / k)
        w = w - move
    else:
        raise AssertionError("not fitted")
    return 100 * ((split.x_test @ w[:64]).argmax(axis=1) == split.y_test).mean()


@pytest.mark.parametrize(("extra", "low", "high"), [(0, 0.9, 2.2), (5, 2.8, 5.0)])
def test_07_digits_linear(extra, low, high):
    """Other splits, no bias, another training loss: Adam 1.5 (3.7) points behind, with eps = 0.1 within 0.4."""
    gaps, closed = [], []
    for seed in range(100, 108):
        split = al.digits(100, seed=seed)
        descent = fitted(split, plain(2.0), extra)
        gaps.append(descent - fitted(split, adam(0.01), extra))
        closed.append(descent - fitted(split, adam(0.2, eps=0.1), extra))
    assert low < np.mean(gaps) < high
    assert sum(gap > 0 for gap in gaps) >= 7
    assert abs(np.mean(closed)) < 0.4


def test_07_networks_no_gap_and_flatter_minima():
    """Five other splits and starts: within a point in accuracy on the mean, Adam's minimum flatter in at least four."""
    splits = al.digits(100, seed=range(30, 35))
    batched, whole = (al.network(splits, hidden=64, batch=size, seed=range(30, 35)) for size in (32, None))
    right, sharp = [], []
    for rule in (al.SGD(lr=0.5), al.Adam(lr=1 / 256)):
        for state in al.iterate(rule, batched):
            if state.t % 20 == 0 and (whole.loss(state.theta) < 0.01).all():
                break
        right.append(100 * whole.test_accuracy(state.theta))
        sharp.append(al.sharpness(whole, state.theta, rounds=60)[0])
    assert abs(np.mean(right[0] - right[1])) < 1
    assert (sharp[1] < sharp[0]).sum() >= 4


def test_07_one_function_any_sharpness():
    """Of the whole Hessian by LAPACK: 10,000 times the curvature of the second layer for alpha = 100, the same scores."""
    net = al.network(al.digits(40), hidden=2, activation="relu")
    theta = al.final(al.Adam(lr=0.02), net, steps=100).theta
    sharp = []
    for alpha in (1, 100):
        other = theta * np.repeat([alpha, 1 / alpha, 1], [65 * 2, 2 * 10, 10])
        nudge = 1e-6 * np.eye(net.dim) * np.repeat([alpha, 1 / alpha, 1], [65 * 2, 2 * 10, 10])[:, None]
        full = (net.grad(other + nudge) - net.grad(other - nudge)) / (2 * nudge.sum(axis=1))[:, None]
        sharp.append(np.linalg.eigvalsh((full + full.T) / 2)[-1])
        assert net.loss(other) == pytest.approx(float(net.loss(theta)), rel=1e-12)
        assert net.test_accuracy(other) == net.test_accuracy(theta)
        assert sharp[-1] == pytest.approx(float(al.sharpness(net, other, rounds=300)[0]), rel=0.02)
    assert sharp[1] > 300 * sharp[0]


@pytest.mark.parametrize(
    "rule", [al.SGD(lr=0.3), al.AdaGrad(lr=0.02), al.Adam(lr=0.003), al.Adam(lr=0.3, eps=1.0), al.AdamW(lr=0.003)], ids=str
)
def test_07_the_folded_construction_is_the_construction(rule):
    """Four numbers stand for 258 weights, whatever the elementwise rule."""
    full = al.wilson(51, seed=4)
    y = np.where(np.random.default_rng(4).random(51) < 0.75, 1.0, -1.0)
    one = wilson_folded(51, (y > 0).sum())
    w, few = (al.final(rule, task, steps=300).theta for task in (full, one))
    blocks = w[3:].reshape(51, 5)
    np.testing.assert_allclose([w[0], w[1], blocks[y > 0][0, 0], blocks[y < 0][0, 4]], few, atol=1e-12)
    assert one.loss(few) == pytest.approx(float(full.loss(w)), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("n", [25, 201, 1001])
def test_07_eps_decides_near_one_over_n(n):
    """For three in four +1 the verdict turns between 1/(2 n) and 4/n; every new +1 is right everywhere."""
    scores = wilson_scores(learnt(n))
    wrong = scores[..., 1] > 0
    assert (scores[..., 0] > 0).all()
    assert (np.diff(wrong.astype(int), axis=1) <= 0).all()
    at = wrong[int(np.abs(FINE - 0.75).argmin())]
    assert 0.5 < n * max(np.array(EPSILONS)[at]) < 4
    assert wrong[FINE >= 0.3, 0].all()
    assert not wrong[FINE <= 0.24].any()
    assert not wrong[:, -1].any()


@pytest.mark.parametrize("n", [25, 51])
def test_07_the_turn_that_ends_it(n):
    """Every direction turns by the angle; al.rotated walks the same; -1 changes sides between 5 and 25 degrees."""
    task = al.wilson(n, seed=0)
    turn = quarter_turn(task.dim, 2)
    np.testing.assert_allclose(turn @ turn, -np.eye(task.dim), atol=1e-12)
    c, s = np.cos(np.radians(30)), np.sin(np.radians(30))
    rotation = c * np.eye(task.dim) + s * turn
    u = np.random.default_rng(0).standard_normal(task.dim)
    assert u @ rotation @ u / (u @ u) == pytest.approx(c, abs=1e-12)
    w = al.final(al.Adam(lr=0.005), al.rotated(task, rotation), steps=600).theta @ rotation
    np.testing.assert_allclose(w, learnt_turned(n, 2)[int(np.flatnonzero(ANGLES == 30)[0])], atol=1e-6)
    for seed in (1, 2, 3):
        minus = wilson_scores(learnt_turned(n, seed))[:, 1]
        assert 5 <= ANGLES[np.flatnonzero(minus > 0)[-1]] < 25
        assert minus[-1] < -0.5


def test_07_explorers_say_what_is_true():
    """The scores of (7.5) at the start; right with a large eps, or turned."""
    maps = explore.honest_feature()
    for share in (0.55, 0.75, 0.95):
        sentence = maps.frame_with_sentence(share=share)[1]
        assert "a new −1 scores 0.25 and is called +1" in sentence
        assert sentence.endswith(f"the test error is {1 - share:.0%}.")
    assert "there is no test error" in maps.frame_with_sentence(eps=0.1)[1]
    assert "there is no test error" in maps.frame_with_sentence(n=1001, eps=0.005)[1]
    turned = explore.turned_features()
    assert "is called +1, so the test error is 26%" in turned.frame_with_sentence(angle=10.0)[1]
    assert "there is no test error" in turned.frame_with_sentence(angle=90.0)[1]


def test_07_the_sizes_of_the_linear_model():
    """Ten classes, 64 pixels and a constant: 650 weights; 100 images to learn from, 1,697 to test on."""
    data = al.digits(train=100)
    assert (al.logistic(data).dim, len(data.x_train), len(data.x_test)) == (650, 100, 1_697)


def test_07_the_default_of_tensorflow():
    """Keras is TensorFlow's optimizer today; its own untouched object has 1e-7 (recorded)."""
    assert recorded()["objects"]["keras.optimizers:Adam"]["settings"]["epsilon"] == pytest.approx(1e-7)
