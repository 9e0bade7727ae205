"""Lesson 02: each sentence of "What we showed", and numbers of its text, measured again in another way and with other seeds."""

from fractions import Fraction

import numpy as np
import pytest

import adamlib as al
from adamlib.explore import rms_scaling
from adamlib.verify import recorded


def by_signs(slopes, start, lr, steps):
    """A walk that steps by lr against the sign of each slope, in exact fractions: slopes are curvatures times positions."""
    place, path = list(start), [list(start)]
    for _ in range(steps):
        place = [x - lr * ((c * x > 0) - (c * x < 0)) for c, x in zip(slopes, place)]
        path.append(place)
    return path


@pytest.mark.claim("02#1")
@pytest.mark.parametrize(("start", "lr"), [((-2, 1), Fraction(3, 20)), ((Fraction(7, 5), Fraction(-5, 3)), Fraction(1, 8))])
def test_02_the_signs_walk_one_path_and_bounce(start, lr):
    """Whatever the condition; in the end every coordinate jumps to and fro by lr. The slopes themselves walk apart."""
    paths = [by_signs((1, condition), start, lr, 400) for condition in (1, 100, 1_000_000)]
    assert paths[0] == paths[1] == paths[2]
    for here, there, again in zip(paths[0][100:], paths[0][101:], paths[0][102:]):
        assert [abs(a - b) for a, b in zip(here, there)] == [lr, lr]
        assert here == again
    if lr == Fraction(3, 20):
        assert [place[1] for place in paths[1][17:21]] == [Fraction(-1, 20), Fraction(1, 10)] * 2
    ends = [al.final(al.SGD(lr=1e-6), al.bowl(condition), steps=20).theta[1] for condition in (100, 1_000_000)]
    assert abs(ends[0] - ends[1]) > 0.1


@pytest.mark.claim("02#2")
@pytest.mark.parametrize(("beta2", "away"), [(0.9, 69), (0.99, 6.7)])
def test_02_nine_batches_against_one(beta2, away):
    """v of a cycle that repeats for ever is solved for; a hundred cycles of its steps. Without a memory they are signs: 800."""

    def drift(beta):
        small = beta ** np.arange(10)  # the weights of what came before, a cycle long
        start = (1 - beta) * (0.81 + 0.01 * small[1:].sum()) / (1 - beta**10)
        v = [beta**k * start + (1 - beta**k) * 0.01 for k in range(1, 10)]
        return 100 * (sum(0.1 / np.sqrt(x) for x in v) - 0.9 / np.sqrt(beta * v[-1] + (1 - beta) * 0.81))

    assert drift(beta2) == pytest.approx(away, rel=0.02)
    assert drift(0.0) == pytest.approx(800)
    assert drift(0.9999) < 0.1
    shuffled = np.random.default_rng(1).permuted([[0.1] * 9 + [-0.9]] * 100, axis=1).ravel()
    walk = al.run(al.RMSProp(lr=1.0, beta2=beta2, eps=0.0), al.ramp(lambda t: shuffled[t - 1]), steps=1000).theta[:, 0]
    assert 0 < -walk[-1] < 200


SPLITS = {0: (0.048, 0.082, 0.055, 403), 1: (0.06, 0.09, 0.07, 394), 2: (0.05, 0.08, 0.06, 47), 3: (0.04, 0.07, 0.04, 141)}
SPLITS |= {4: (0.07, 0.1, 0.07, 329), 5: (0.04, 0.06, 0.05, 359)}


def wide(factor, seed=0):
    """The tumours with one feature multiplied."""
    split = al.breast_cancer(seed=seed)
    by = np.r_[factor, np.ones(29)]
    return al.logistic(al.Split("wide", split.x_train * by, split.y_train, split.x_test * by, split.y_test))


@pytest.mark.claim("02#3")
@pytest.mark.parametrize(("seed", "found"), SPLITS.items())
def test_02_a_feature_a_hundred_times_as_large(seed, found):
    """On six splits, of data that are multiplied: RMSProp loses less than half as much again and 0.04; gradient descent all."""
    late = [
        al.run(rule, wide(factor, seed), steps=40).loss[31:].mean()
        for rule in (al.RMSProp(lr=0.05), al.SGD(lr=1.0))
        for factor in (1, 100)
    ]
    assert late == pytest.approx(found, rel=0.02, abs=0.0056)
    assert late[1] < 1.9 * late[0]
    assert late[3] > 395 / 10 * late[2]


def test_02_rmsprop_suffers_a_little_at_100_and_more_at_1000():
    """The same walk on data that are multiplied, on three splits: less than twice the loss, then twice that or more."""
    for seed in range(3):
        here, hundred, thousand = (
            al.run(al.RMSProp(lr=0.05), wide(factor, seed), steps=40).loss[31:].mean() for factor in (1, 100, 1000)
        )
        assert 1.2 * here < hundred < 2 * here
        assert thousand > 2 * hundred
        assert thousand > 4 * here
        assert seed or thousand == pytest.approx(1, abs=0.1)


def test_02_gradient_descent_fails_from_30_on():
    """At 10 it still learns; at 30 the late loss is ten times what it was, and at 100 RMSProp still learns."""
    assert al.run(al.SGD(lr=1.0), wide(10), steps=40).loss[31:].mean() < 0.07
    assert al.run(al.SGD(lr=1.0), wide(30), steps=40).loss[31:].mean() > 10 * 0.055


@pytest.mark.parametrize("seed", range(3))
def test_02_a_rate_that_bears_the_large_feature_leaves_the_other_29(seed):
    """At 100, best of 41 rates: gradient descent near 0.25, not much below what the radius alone gives. RMSProp: below 0.08."""
    rates = np.geomspace(1e-5, 1, 41)[:, None]
    split = al.breast_cancer(seed=seed)
    radius = al.Split("radius", 100 * split.x_train[:, :1], split.y_train, 100 * split.x_test[:, :1], split.y_test)
    best = [
        al.run(rule, problem, steps=40).loss[31:].mean(axis=0).min()
        for rule, problem in (
            (al.SGD(lr=rates), wide(100, seed)),
            (al.SGD(lr=rates), al.logistic(radius)),
            (al.RMSProp(lr=rates), wide(100, seed)),
        )
    ]
    assert best[0] == pytest.approx(0.25, abs=0.025)
    assert 0.25 < rms_scaling.rate_kept_and_tuned("SGD")[1]["ends"][rms_scaling.FACTORS.index(100.0)] < 0.3  # the best of six
    assert best[0] < best[1] < 1.3 * best[0]
    assert best[2] < 0.08


def test_02_lr_keeps_the_unit_of_the_weight():
    """At 1,000 RMSProp suffers; with a rate a thousand times as small for that weight alone it walks as before."""
    rates = np.full(62, 0.05)
    before = al.run(al.RMSProp(lr=rates, eps=0.0), wide(1), steps=40).loss
    assert al.run(al.RMSProp(lr=0.05, eps=0.0), wide(1000), steps=40).loss[31:].mean() > 10 * before[31:].mean()
    rates[:2] /= 1000
    np.testing.assert_allclose(al.run(al.RMSProp(lr=rates, eps=0.0), wide(1000), steps=40).loss, before, rtol=1e-6)


@pytest.mark.claim("02#4")
@pytest.mark.parametrize(
    ("start", "ahead", "behind", "again"),
    [((-2, 1), 26, (27, 64), 66), ((-0.5, 1.5), 35, (40, 60), 65), ((-2, 0.2), 20, (25, 65), 70)],
)
def test_02_turned_rulers_lose_between_some_angles(start, ahead, behind, again):
    """AdaGrad at its best of forty rates against gradient descent at its best, 2/101; aligned it needs fewer than ten steps."""
    rates = np.geomspace(0.2, 6, 40)[:, None]

    def needs(rule, degrees):
        turned = al.rotated(al.bowl(100), degrees)
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        begin = np.array([[c, -s], [s, c]]) @ np.array(start)
        path = al.run(rule, turned, np.broadcast_to(begin, (*np.shape(rule.lr)[:1], 2)), steps=700).theta
        far = np.hypot(path[..., 0], path[..., 1]) > 1e-3 * np.hypot(*start)
        return int(np.min(len(far) - far[::-1].argmax(axis=0)))

    plain = needs(al.SGD(lr=2 / 101), 0)
    assert plain == needs(al.SGD(lr=2 / 101), behind[0]) == pytest.approx(346, abs=1)
    assert needs(al.AdaGrad(lr=rates, eps=0.0), 0) < 10
    counted = {degrees: needs(al.AdaGrad(lr=rates, eps=0.0), degrees) for degrees in (ahead, *behind, again)}
    assert max(counted[ahead], counted[again]) <= plain < min(counted[degrees] for degrees in behind)


@pytest.mark.parametrize(("degrees", "ratio"), [(0, 43), (15, 3.5), (45, 1.02)])
def test_02_turned_rulers_read_alike(degrees, ratio):
    """The root of the sums of squares after ten steps of AdaGrad, one over the other, added up by hand."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s], [s, c]])
    hessian = turn @ np.diag([1.0, 100.0]) @ turn.T
    theta, v = turn @ np.array([-2.0, 1.0]), np.zeros(2)
    for _ in range(10):
        g = hessian @ theta
        v = v + g**2
        theta = theta - g / np.sqrt(v)
    assert np.sqrt(v.max() / v.min()) == pytest.approx(ratio, rel=0.02)
    if degrees == 45:
        first = np.sort(np.abs(hessian @ turn @ np.array([-2.0, 1.0])))
        assert first == pytest.approx([69.3, 72.1], abs=0.05)


def test_02_the_ruler_glides_in_and_forgets():
    """From a warm v: 40 quiet steps, after 3,000 it jumps by lr, from lr/2 to -lr/2; a rate that falls brings it to rest."""

    def walk(rate, steps):
        theta = al.bowl(100).start
        v = al.bowl(100).grad(theta) ** 2
        path = [theta]
        for t in range(steps):
            g = al.bowl(100).grad(theta)
            v = 0.99 * v + 0.01 * g**2
            theta = theta - rate(t) * g / np.sqrt(v)
            path.append(theta)
        return np.array(path)

    across = walk(lambda t: 0.15, 3000)
    assert (np.diff(across[:40, 1]) < 0).all()
    assert across[40, 1] < 0.001
    np.testing.assert_allclose(np.abs(across[-20:]), 0.15 / 2, rtol=2e-3)
    assert (across[-20:-1] * across[-19:] < 0).all()  # to and fro along both axes
    assert np.abs(walk(lambda t: 0.15 * (1 - t / 3000), 3000)[-1]).max() < 1e-6


def test_02_half_of_lr_a_quarter_of_the_level():
    level = [al.run(al.RMSProp(lr=lr), al.bowl(100), steps=6000).loss[-100:].mean() for lr in (0.05, 0.025)]
    assert level[0] / level[1] == pytest.approx(4, rel=0.01)


def test_02_after_a_burst():
    """From the closed forms of v: 300 ones, ten hundreds, 890 ones."""
    ones, burst, rest = 0.99 ** np.array([300, 10, 890])
    v = rest * (burst * (1 - ones) + (1 - burst) * 100**2) + 1 - rest
    assert 1 / np.sqrt(v) == pytest.approx(0.94, abs=0.005)
    assert 1 / np.sqrt(1190 + 10 * 100**2) == pytest.approx(0.0031, abs=5e-5)
    assert 1 / np.sqrt(1200) == pytest.approx(0.029, abs=5e-4)  # without the burst
    later = np.arange(1, 891)
    after = 0.99**later * (burst * (1 - ones) + (1 - burst) * 100**2) + 1 - 0.99**later
    assert (1 / np.sqrt(after) < 0.5).sum() == 573


def test_02_the_explorer_counts_what_one_run_counts():
    """The turned valley of the explorer is `rotated`; its steps at the best rate are those of the same run alone."""
    steps, rates = rms_scaling.steps_needed(100.0)
    for i in (0, 5, 11):
        lr, degrees = rates[i], rms_scaling.TURNS[i]
        path = al.run(al.AdaGrad(lr=lr, eps=0.0), al.rotated(al.bowl(100), degrees), steps=660).theta
        assert (np.linalg.norm(path, axis=-1) > 1e-3 * np.sqrt(5)).sum() == pytest.approx(steps[i], abs=1)
    loss = rms_scaling.losses_in_units("RMSProp")
    split = al.breast_cancer()
    wide = al.Split("wide", split.x_train * np.r_[1000, np.ones(29)], split.y_train, split.x_test, split.y_test)
    alone = al.run(al.RMSProp(lr=0.02), al.logistic(wide), steps=10).loss
    np.testing.assert_allclose(loss[:11, -1, rms_scaling.UNIT_RATES["RMSProp"].index(0.02)], alone, rtol=1e-9)


def test_02_at_a_constant_rate_rmsprop_jumps_for_ever():
    """x -> -x with |x| = lr / 2 is a fixed jump: the ruler reads |g|, the step is lr."""
    for kappa, lr in ((1.0, 0.05), (100.0, 0.02)):
        end = np.abs(al.run(al.RMSProp(lr=lr), al.bowl(kappa), steps=9000).theta[-50:])
        np.testing.assert_allclose(end, lr / 2, rtol=2e-3)


def test_02_in_its_first_steps_rmsprop_is_adagrad():
    """With beta2 = 0.999 and for 20 steps: the same path as AdaGrad at lr / sqrt(1 - beta2), to one per cent of the way."""
    early = al.run(al.RMSProp(lr=0.01, beta2=0.999, eps=0.0), al.bowl(100), steps=20).theta
    sums = al.run(al.AdaGrad(lr=0.01 / np.sqrt(0.001), eps=0.0), al.bowl(100), steps=20).theta
    assert np.abs(early - sums).max() < 0.01
    assert np.abs(early[-1] - early[0]).min() > 0.8


@pytest.mark.parametrize(("beta2", "first", "long"), [(0.9, 3.16, 22), (0.99, 10.0, 236), (0.999, 31.62, 2374)])
def test_02_the_first_steps_are_too_long(beta2, first, long):
    """lr / sqrt(1 - beta2^t) exceeds 1.05 lr while beta2^t > 1 - 1 / 1.05^2: solved with logarithms."""
    assert 1 / np.sqrt(1 - beta2) == pytest.approx(first, abs=0.005)
    assert int(np.log(1 - 1 / 1.05**2) / np.log(beta2)) == long
    steady = al.ramp()
    walk = -np.diff(al.run(al.RMSProp(lr=1.0, beta2=beta2, eps=0.0), steady, steps=long + 1).theta[:, 0])
    assert walk[long - 1] > 1.05 > walk[long]


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("torch.optim:RMSprop", {"lr": 0.01, "alpha": 0.99, "eps": 1e-8}),
        ("torch.optim:Adagrad", {"lr": 0.01, "initial_accumulator_value": 0, "eps": 1e-10}),
        ("keras.optimizers:RMSprop", {"learning_rate": 0.001, "rho": 0.9, "epsilon": 1e-7}),
        ("keras.optimizers:Adagrad", {"learning_rate": 0.001, "initial_accumulator_value": 0.1, "epsilon": 1e-7}),
        ("optax:rmsprop learning_rate=0.001", {"decay": 0.9, "eps": 1e-8}),
        ("optax:adagrad learning_rate=0.001", {"initial_accumulator_value": 0.1, "eps": 1e-7}),
    ],
)
def test_02_the_defaults_of_the_libraries(name, settings):
    """The table of the libraries, as their own untouched objects have it (recorded)."""
    kept = recorded()["objects"][name]["settings"]
    assert {word: kept[word] for word in settings} == pytest.approx(settings)


def test_02_inside_the_root():
    """The gradient whose square weighs as much as an eps of 1e-7 under the root, so that the step is 0.71 lr: 3e-4."""
    g = np.geomspace(1e-6, 1e-2, 401)
    share = g / np.sqrt(g**2 + 1e-7)
    assert g[np.abs(share - np.sqrt(0.5)).argmin()] == pytest.approx(3e-4, rel=0.06)
