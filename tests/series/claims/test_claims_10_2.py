"""Room 10.2, warm-up, schedules and clipping: each sentence of "What we showed", and numbers of its text, measured again."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.in_practice import warm_up_runs

SEEDS = [11, 12, 13]  # other splits and starts


@pytest.fixture(scope="module")
def small():
    return al.network(al.digits(train=150, seed=SEEDS), hidden=20, activation="relu", seed=SEEDS)


@pytest.fixture(scope="module")
def nets():
    return al.network(al.digits(seed=SEEDS), hidden=12, batch=32, seed=SEEDS)


def ends(problem, rates, schedule, steps=300):
    """The training losses, rates along the first axis."""
    start = np.broadcast_to(problem.start, (len(rates), *problem.start.shape))
    adam = al.Adam(lr=np.reshape(rates, (-1, 1, 1)))
    return problem.loss(al.final(adam, problem, start, steps=steps, schedule=schedule).theta)


@pytest.mark.claim("10.2#1")
def test_10_2_warm_up_buys_a_larger_rate(small):
    """At 0.3 it decides for each network, at 0.01 it costs time alone; with it 0.3 is no better than 0.01."""

    def right(lr, rise=None):
        return small.test_accuracy(al.final(al.Adam(lr=lr), small, steps=100, schedule=rise).theta)

    slow, as_slow, cold, warm = right(0.01), right(0.01, al.warmup(10)), right(0.3), right(0.3, al.warmup(10))
    assert abs(slow - as_slow).max() < 0.03
    assert (cold < warm - 0.1).all()
    assert (cold < 0.7).all()
    assert (warm > 0.8).all()
    assert warm.mean() < slow.mean() + 0.01


def test_10_2_what_the_explorer_shows():
    """The first move 0.8 lr, the tenth after a warm-up of ten 0.2 lr; of five rises those of ten steps and more serve at 0.3."""
    losses, moves, accuracy = warm_up_runs()
    assert (al.digits(train=200).x_train.max(axis=0) == 0).mean() > 0.1  # pixels never inked
    assert moves[[0, 2], [0, 9], 4] == pytest.approx([0.8, 0.2], abs=0.05)
    assert np.ptp(accuracy[:, 1]) < 0.02
    assert accuracy[0, 4] < 0.4 < 0.85 < accuracy[2:, 4].min()
    assert accuracy[0, 4] == pytest.approx(1 / 4, abs=0.02)
    assert accuracy[2, 3] > accuracy[0, 3] + 0.1
    assert (accuracy[2, :3] < accuracy[0, :3] + 0.01).all()
    assert losses[0, :51, 4].max() > 5 > losses[2:, :51, 4].max()
    assert losses[0, 50, 1] < losses[2, 50, 1] < losses[4, 50, 1]
    assert 2 / (1 - al.Adam().beta2) == pytest.approx(2_000)


def after_one_step(net, units, schedule):
    """Which units are dead, seen from behind: the weights that read them have no gradient; and how their own weights moved."""
    step = al.final(al.Adam(lr=0.3), net, steps=1, schedule=schedule).theta
    dims, several = 64 * units, len(net.start)
    readers = net.grad(step)[:, dims + units : dims + 11 * units].reshape(several, units, 10)
    return (readers == 0).all(axis=-1), np.sign(step - net.start)[:, :dims].reshape(several, 64, units).mean(axis=1)


@pytest.mark.claim("10.2#2")
def test_10_2_one_step_kills_many_units(small):
    """In the networks of the room 8 to 12 of 16, in others of 20 at least a quarter. Where most weights go down, a unit dies."""
    seeds = list(range(1, 9))
    room = al.network(al.digits(train=200, seed=seeds), hidden=16, activation="relu", seed=seeds)
    assert abs(room.start[:, : 64 * 16]).mean() == pytest.approx(0.14, abs=0.005)
    silent, _ = after_one_step(room, 16, None)
    assert (silent.sum(axis=1).min(), silent.sum(axis=1).max()) == (8, 12)
    silent, change = after_one_step(small, 20, None)
    assert (silent.sum(axis=1) >= 5).all()
    assert change[silent].mean() < 0 < change[~silent].mean()
    assert (after_one_step(small, 20, al.warmup(10))[0].sum(axis=1) < silent.sum(axis=1)).all()


@pytest.mark.claim("10.2#2")
def test_10_2_dead_units_do_not_come_back():
    """The eight networks of the room after 1,000 steps, with units that can die, and with units that cannot."""
    seeds = list(range(1, 9))
    fits = {}
    for kind in ("relu", "tanh"):
        net = al.network(al.digits(train=200, seed=seeds), hidden=16, activation=kind, seed=seeds)
        fits[kind] = net.train_accuracy(al.final(al.Adam(lr=0.3), net, steps=1000).theta)
    assert (fits["relu"] < 0.8).sum() == 7
    assert (fits["tanh"] > 0.995).sum() == 6


@pytest.mark.claim("10.2#3")
def test_10_2_a_small_rate_feels_the_sum_of_the_rates_alone(nets):
    rates = np.array([0.002, 0.004])
    linear, half = ends(nets, rates, al.linear(300)), ends(nets, rates / 2, None)
    assert linear == pytest.approx(half, rel=0.05)
    assert (ends(nets, rates, None) < 0.75 * linear).all()
    assert sum(min(1, (301 - t) / 60) for t in range(1, 301)) / 300 == pytest.approx(0.9, abs=0.01)  # a tenth of the sum
    assert sum(map(al.linear(300), range(1, 301))) / 300 == pytest.approx(0.5, abs=0.01)


@pytest.mark.claim("10.2#4")
@pytest.mark.parametrize("kind", ["tanh", "relu"])
def test_10_2_the_late_fall_is_the_surest(kind):
    """Each at its best rate, of 16 units: late beats constant in all four networks; linear with tanh, not with ReLU."""
    seeds, rates = [21, 22, 23, 24], [0.01, 0.03, 0.1]
    four = al.network(al.digits(seed=seeds), hidden=16, batch=32, activation=kind, seed=seeds)
    shapes = {"late": lambda t: min(1, (301 - t) / 60), "linear": al.linear(300), "constant": None}
    found = {name: ends(four, rates, shape) for name, shape in shapes.items()}
    best = {name: losses[losses.mean(axis=1).argmin()] for name, losses in found.items()}
    assert (best["late"] < best["constant"]).all()
    assert (best["linear"].mean() < best["constant"].mean()) == (kind == "tanh")


@pytest.mark.claim("10.2#4")
def test_10_2_a_fall_pays_for_the_noise_of_batches(nets):
    rates = np.array([0.03, 0.1])
    assert len(al.digits(seed=11).x_train) == 1_000
    best = {name: ends(nets, rates, shape).mean(axis=1).min() for name, shape in (("linear", al.linear(300)), ("constant", None))}
    assert best["linear"] < 0.95 * best["constant"]
    whole = al.network(al.digits(seed=11), hidden=12, seed=11)
    constant, linear = (
        float(whole.loss(al.final(al.Adam(lr=0.1), whole, steps=300, schedule=s).theta)) for s in (None, al.linear(300))
    )
    assert constant < 0.7 * linear


def clipped(problem, c):
    def grad(theta, t=1):
        g = problem.grad(theta, t)
        return np.where((size := np.linalg.norm(g, axis=-1, keepdims=True)) > c, g * c / size, g)

    return al.Problem("clipped", problem.loss, grad, problem.start)


@pytest.mark.claim("10.2#5")
def test_10_2_a_hundredfold_tighter_clip(nets):
    for rule, alike in ((al.Adam(lr=0.003), True), (al.SGD(lr=0.3), False)):
        loose, tight = (nets.loss(al.final(rule, clipped(nets, c), steps=150).theta) for c in (0.01, 0.0001))
        assert (abs(loose - tight) < 0.02).all() == alike


@pytest.mark.claim("10.2#5")
def test_10_2_a_clip_always_at_work_helps_adam_at_small_rates():
    """The room's four and eight more after 200 steps: lower in all twelve at 0.003 and 0.01; at 0.03 and 0.1 in some."""
    seeds, rates = list(range(1, 13)), [0.003, 0.01, 0.03, 0.1]
    twelve = al.network(al.digits(seed=seeds), hidden=16, batch=32, seed=seeds)
    free, loose = (ends(problem, rates, None, 200) for problem in (twelve, clipped(twelve, 0.01)))
    assert (loose[:2] < 0.9 * free[:2]).all()
    lower = (loose < free).sum(axis=1)
    assert ((lower[2:] > 0) & (lower[2:] < 12)).all()


@pytest.mark.claim("10.2#6")
def test_10_2_one_bad_batch(nets):
    """Three times the loss where v remembers, harmless where clipped at 1, which hardly a gradient reaches."""
    burst = al.Problem("burst", nets.loss, lambda x, t=1: nets.grad(x, t) * (1000 if t == 50 else 1), nets.start)
    calm = al.run(al.Adam(lr=0.003), nets, steps=200)
    shaken, cut = (al.final(al.Adam(lr=0.003), problem, steps=200).theta for problem in (burst, clipped(burst, 1.0)))
    assert nets.loss(shaken) / calm.loss[-1] == pytest.approx(3, abs=1)
    assert nets.loss(cut) == pytest.approx(calm.loss[-1], rel=0.05)
    sizes = [np.linalg.norm(nets.grad(theta, t + 1), axis=-1) for t, theta in enumerate(calm.theta[:-1])]
    assert (np.array(sizes) > 1).mean() < 0.05


@pytest.mark.claim("10.2#6")
def test_10_2_a_burst_is_remembered_for_a_thousand_steps():
    """Without a network: after a gradient of 1000 among ones the steps are short; cut to 1, nothing happened."""
    slope = {"calm": lambda t: 1.0, "burst": lambda t: 1000.0 if t == 50 else 1.0, "clipped": lambda t: min(1000.0, 1.0)}
    walks = {}
    for name, g in slope.items():
        hill = al.Problem(name, lambda x: x[..., 0], lambda x, t=1, g=g: 0 * x + g(t), np.zeros(1))
        walks[name] = -np.diff(al.run(al.Adam(lr=1.0), hill, steps=1500).theta[:, 0])
    assert walks["calm"] == pytest.approx(1.0)
    assert np.array_equal(walks["calm"], walks["clipped"])
    assert walks["burst"][49:].max() < 7.3
    assert (walks["burst"][150:1050] < 0.1).all()
