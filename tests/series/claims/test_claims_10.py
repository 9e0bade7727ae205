"""Notebook 10: every row of "What we showed", and numbers of its text, measured again: expected values and tolerances."""

import numpy as np
import pytest

import adamlib as al
from adamlib import museum
from adamlib.explore.in_practice import EPS, FORMATS, PLACES, tried, visited, warmed
from adamlib.verify import recorded


def test_10_float16_is_lost_at_step_1_on_pixels_never_inked():
    """Logistic regression, float16: the weights of those pixels are 0/0, and of no others at step 1 once v is in range."""
    model, blank = al.logistic(al.digits(), batch=32), al.digits().x_train.max(axis=0) == 0
    start = np.zeros(model.dim, np.float16)
    rule = al.Adam()
    dead = np.isnan(rule.step(rule.init(start), 1024 * model.grad(start)).theta[:-10].reshape(64, 10))
    assert blank.any()
    assert dead[blank].all()
    alive = rule.step(rule.init(start), 1024 * model.grad(start))
    healed = al.Adam(eps=1e-4).step(rule.init(start), 1024 * model.grad(start))
    assert np.isnan(alive.theta).any()
    assert np.isfinite(healed.theta).all()


def test_10_too_large_an_eps_moves_with_the_loss():
    """The share of eps that get below 0.01 is an interval; its upper end falls by the scale, inside by its square."""
    ends = {}
    for kind in FORMATS:
        for scale in (1e-6, 1e-3, 1.0):
            _, losses = tried(kind, scale)
            for place, row in zip(PLACES, losses):
                good = np.flatnonzero(row < 0.01)
                assert len(good) == 0 or np.array_equal(good, np.arange(good[0], good[-1] + 1))
                ends[kind, place, scale] = (EPS[good[0]], EPS[good[-1]]) if len(good) else None
    for kind in ("float64", "float32", "bfloat16"):
        tops = [ends[kind, "outside", scale][1] for scale in (1e-6, 1e-3, 1.0)]
        assert np.array(tops[1:]) / tops[:-1] == pytest.approx([1e3, 1e3])
    tops = [ends["float64", "inside", scale][1] for scale in (1e-6, 1e-3, 1.0)]
    assert np.array(tops[1:]) / tops[:-1] == pytest.approx([1e6, 1e6])
    assert ends["float16", "outside", 1e-3] == (1e-5, 1e-3)
    assert ends["float16", "outside", 1e-6] is None
    assert not (tried("float16", 1e-9)[1] < 0.01).any()
    assert all(pair[0] == EPS[0] for (kind, _, scale), pair in ends.items() if kind != "float16" and pair)


@pytest.mark.parametrize(("scale", "what"), [(1e-3, np.isinf), (1e-6, np.isinf), (1e-9, np.isnan)])
def test_10_the_first_step_in_float16(scale, what):
    paths, _ = tried("float16", scale)
    assert what(paths[1, :, EPS.index(1e-8)]).any(axis=-1).all()
    assert np.isfinite(tried("float16", 1.0)[0]).all()


def test_10_one_gradient_of_256_freezes_a_weight():
    rule = al.Adam(lr=0.1)
    for large, moves in ((256.0, False), (255.0, True)):
        state = rule.init(np.zeros(1, np.float16))
        for g in (large, *[1.0] * 30):
            state = rule.step(state, [g])
        assert (state.theta[0] != 0) == moves
        assert np.isinf(state.v[0]) != moves


def test_10_bfloat16_never_forgets():
    """Every number of the format between 1 and 2 as v, a quiet step: none falls at 0.999, all do at 0.99."""
    v = (1 + np.arange(128) / 128).astype(np.float32)
    assert np.array_equal(al.bfloat16(0.999 * v), v)
    assert (al.bfloat16(0.99 * v) < v).all()
    assert (np.float16(0.999) * v.astype(np.float16) < v).all()


def test_10_warm_up_buys_a_larger_rate():
    """Another data split and start: at 0.01 nothing but time, at 0.3 everything; any rise of ten steps or more will do."""
    losses, moves, accuracy = warmed()
    assert np.ptp(accuracy[:, 1]) < 0.02
    assert accuracy[0, 4] < 0.4 < 0.85 < accuracy[2:, 4].min()
    assert losses[0, :51, 4].max() > 5 > losses[2:, :51, 4].max()
    assert losses[0, 50, 1] < losses[2, 50, 1] < losses[4, 50, 1]
    assert moves[0, 0].min() > 0.7
    net = al.network(al.digits(train=150, seed=9), hidden=24, activation="relu", seed=9)
    ends = [net.test_accuracy(al.final(al.Adam(0.3), net, steps=100, schedule=rise).theta) for rise in (None, al.warmup(10))]
    assert ends[0] < 0.6 < 0.8 < ends[1]


def test_10_a_falling_schedule_wants_a_larger_rate():
    net = al.network(al.digits(seed=9), hidden=16, batch=32, seed=9)
    start = np.broadcast_to(net.start, (3, net.dim))
    rates = np.array([[0.003], [0.03], [0.1]])
    constant, linear = (net.loss(al.final(al.Adam(rates), net, start, 300, s).theta) for s in (None, al.linear(300)))
    assert constant[0] < 0.6 * linear[0]
    assert linear[2] < 0.5 * constant[2]
    assert (constant.argmin(), linear.argmin()) == (1, 2)


def test_10_a_burst_is_remembered_for_a_thousand_steps():
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


def test_10_a_falling_loss_proves_nothing():
    """Logistic regression instead of a network: exhibits that depart at once, and train as well or better, as a larger lr."""
    model, ends = al.logistic(al.digits(), batch=32), {}
    slow, fast = (float(model.loss(al.final(al.Adam(lr), model, steps=100).theta)) for lr in (0.003, 0.01))
    assert fast < 0.7 * slow
    for name, exhibit in {"sound": None, **museum.EXHIBITS}.items():
        step = museum.sound if exhibit is None else exhibit.step
        if exhibit is not None and exhibit.mended is not museum.sound:
            continue
        theta, m, v = (np.zeros(model.dim) for _ in range(3))
        with np.errstate(all="ignore"):
            for t in range(1, 101):
                theta, m, v = step(theta, model.grad(theta, t), m, v, t, 0.003, 0.9, 0.999, 1e-8)
        ends[name] = float(model.loss(theta))
    good = {name for name, end in ends.items() if end < 1.01 * ends["sound"]} - {"sound"}
    assert good == {
        "minus eps",
        "frozen t",
        "t per parameter",
        "multiplied correction",
        "betas turned round",
        "lost root",
    }
    assert all(museum.departs(museum.EXHIBITS[name].step) is not None for name in good)


def test_10_some_exhibits_walk_as_the_sound_step():
    """What the notebook says under the explorer."""
    problem, alike = al.bowl(10), []
    for name, exhibit in museum.EXHIBITS.items():
        walks = [visited(step, problem) for step in (exhibit.mended, exhibit.step)]
        if np.abs(walks[1] - walks[0]).max() < 0.01:
            alike.append(name)
    assert alike == ["missing parentheses", "minus eps", "eps in float16", "maximum in place of v"]


def test_10_memory_of_the_map():
    """Two thousand settings on Rosenbrock, counted without the explorer."""
    problem = al.rosenbrock()
    lr, beta1 = np.geomspace(0.001, 10, 49), 1 - np.geomspace(1, 0.01, 41)
    share = {}
    for beta2 in (0.5, 0.99, 0.999, 0.9999):
        theta = al.final(al.Adam(**al.grid(beta1=beta1, lr=lr), beta2=beta2), problem, steps=500).theta
        share[beta2] = float((problem.loss(theta) < 1e-3).mean())
    assert share[0.5] == 0
    assert share[0.99] == pytest.approx(0.12, abs=0.01)
    assert share[0.99] > 1.5 * share[0.999] > 1.5 * share[0.9999]


def test_10_the_best_beta1_of_the_map():
    """At every beta2 that gets anywhere the lowest loss lies between 0.92 and 0.95, a memory of 13 to 20 steps."""
    problem, beta1 = al.rosenbrock(), 1 - np.geomspace(1, 0.01, 41)
    rates = al.grid(beta1=beta1, lr=np.geomspace(0.001, 10, 49))
    lowest, best = [], []
    for beta2 in (0.5, 0.9, 0.99, 0.999, 0.9999):
        loss = problem.loss(al.final(al.Adam(**rates, beta2=beta2), problem, steps=500).theta)
        lowest.append(np.nanmin(loss))
        best.append(beta1[np.nanargmin(loss) // loss.shape[1]])
    assert [low < 1e-3 for low in lowest] == [False, True, True, True, True]
    assert [round(end, 2) for end in (min(best[1:]), max(best[1:]))] == [0.92, 0.95]
    assert [round(1 / (1 - end)) for end in (min(best[1:]), max(best[1:]))] == [13, 20]


def test_10_pytorch_in_half_precision():
    """Where PyTorch is installed: its own Adam, in its own formats, does what the notebook says of ours."""
    torch = pytest.importorskip("torch")

    def adam(kind, gradients, start, lr=0.001):
        weights = torch.nn.Parameter(torch.tensor(start, dtype=kind))
        rule = torch.optim.Adam([weights], lr=lr)
        for g in gradients:
            weights.grad = torch.tensor(g, dtype=kind)
            rule.step()
        return weights.detach().double().numpy(), rule.state[weights]["exp_avg_sq"].double().numpy()

    bits = np.random.default_rng(9).integers(0, 2**32, 100_000, dtype=np.uint64).astype(np.uint32)
    numbers = bits.view(np.float32)
    numbers = numbers[np.isfinite(numbers)]
    assert np.array_equal(torch.from_numpy(numbers).bfloat16().float().numpy(), al.bfloat16(numbers))
    first, _ = adam(torch.float16, [[0.005, 0.0, 0.006]], [1.0, 1.0, 1.0])
    assert np.isinf(first[0])
    assert np.isnan(first[1])
    assert np.isfinite(first[2])
    _, v = adam(torch.float16, [[256.0, 8092.0, 8096.0]], [0.0] * 3)
    assert np.isinf(v).tolist() == [False, False, True]  # (1 - beta2) g^2 is rounded once, not g^2
    weights = torch.nn.Parameter(torch.zeros(2, dtype=torch.float16))
    weights.grad = torch.tensor([0.005, 0.0], dtype=torch.float16)
    torch.optim.Adam([weights], fused=True).step()
    assert weights.isfinite().all()
    stuck, _ = adam(torch.bfloat16, [[1.0]] * 100, [1.0])
    assert stuck == 1
    _, v = adam(torch.bfloat16, [[10.0]] + [[0.01]] * 3000, [1.0])
    assert v == pytest.approx(0.1, rel=0.01)
    _, v = adam(torch.float32, [[10.0]] + [[0.01]] * 3000, [1.0])
    assert v < 0.01


def test_10_the_formats():
    """Binary digits 24 and 11 and 8, the largest float16 65504; half of its smallest number is 3e-8, and 1e-8 is 0."""
    digits = {np.float32: 24, np.float16: 11}
    assert all(np.finfo(kind).nmant + 1 == count for kind, count in digits.items())
    assert al.bfloat16(1 + 2.0**-7) > 1 == al.bfloat16(1 + 2.0**-9)
    assert float(np.finfo(np.float16).max) == 65504
    halves = np.array([2.9e-8, 3.0e-8, 1e-8]).astype(np.float16)
    assert (halves > 0).tolist() == [False, True, False]


def test_10_what_float32_cannot_take_away():
    """From 1 a 34-millionth is lost in rounding, a 33-millionth is not."""
    one = np.float32(1)
    assert one - np.float32(1 / 34e6) == one > one - np.float32(1 / 33e6)


def test_10_the_lengths_the_text_names():
    """verify walks 400 steps; Ma and Yarats ask for 2,000; a beta2 of 0.9999 remembers 10,000; 200 digits are learnt."""
    assert recorded()["steps"][-1] == 400
    assert "for 400 steps" in al.verify(al.Adam()).sentence
    assert 2 / (1 - al.Adam().beta2) == pytest.approx(2_000)
    assert al.weights(0.9999, 100_000)[-10_000:].sum() == pytest.approx(1 - 1 / np.e, abs=0.001)
    net = al.network(al.digits(train=200), hidden=16, activation="relu")
    assert warmed()[0][:, 0] == pytest.approx(float(net.loss(net.start)))


@pytest.mark.parametrize(("off", "ok"), [(2 / 10_000, True), (4 / 10_000, False)])
def test_10_how_closely_float32_is_compared(off, ok):
    """3 in 10,000 of the way: a learning rate that is off by less than that passes."""

    def step(theta, grad, state):
        rule = al.Adam(lr=1.0 + off)
        state = rule.step(state or rule.init(theta.astype(np.float32)), grad)
        return state.theta, state

    assert al.verify(step, like=al.Adam(lr=1.0)).ok == ok
