"""Room 10.1, few digits: each sentence of "What we showed", and numbers of its text, measured again."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.in_practice import EPS, FORMATS, PLACES, walks_in_few_digits

NETS = al.network(al.digits(seed=[5, 6, 7]), hidden=12, batch=32, seed=[5, 6, 7])  # other splits, starts and sizes
LOTS = np.random.default_rng(9)


def drawn(x):
    """bfloat16 by lot, from the bits: random low halves are added, and cut off."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    return (bits + LOTS.integers(0, 2**16, bits.shape, dtype=np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def last_losses(memory, weights, net=NETS, steps=150, eps=1e-8, lr=0.001):
    """The paper's Algorithm 1 in float32, what is kept between two steps rounded."""
    theta = weights(net.start)
    m = v = np.zeros_like(theta, np.float32)
    for t in range(1, steps + 1):
        g = memory(net.grad(theta, t))
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        step = lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + eps)
        theta, m, v = weights(theta - step), memory(m), memory(v)
    return net.loss(theta)


@pytest.fixture(scope="module")
def ends():
    single = np.float32
    pairs = {"float32": (single, single), "bfloat16": (al.bfloat16, al.bfloat16)}
    pairs |= {"by lot": (al.bfloat16, drawn), "float32 weights": (al.bfloat16, single)}
    return {name: last_losses(*pair) for name, pair in pairs.items()}


@pytest.mark.claim("10.1#1")
def test_10_1_range_of_float16():
    """Binary digits 24, 11 and 8; the largest float16 is 65504, half of the smallest 3e-8; 0.0055 and 256 bound a first v."""
    assert [np.finfo(kind).nmant + 1 for kind in (np.float32, np.float16)] == [24, 11]
    assert al.bfloat16(1 + 2.0**-7) > 1 == al.bfloat16(1 + 2.0**-9)
    assert float(np.finfo(np.float16).max) == 65504
    assert (np.array([2.9e-8, 3.0e-8, 1e-8]).astype(np.float16) > 0).tolist() == [False, True, False]
    assert np.uint16(31_743).view(np.float16) == 65504
    for g, v in ((0.0054, 0), (0.0056, 2.0**-24), (255.0, 65.0), (256.0, np.inf)):
        with np.errstate(over="ignore"):
            square = np.float16(np.float64(g) ** 2)
        assert np.float16(0.001 * np.float64(square)) == pytest.approx(v, rel=0.01)


@pytest.mark.claim("10.1#2")
def test_10_1_a_run_in_float16_is_nan_at_step_1_whatever_multiplies_the_loss():
    """Logistic regression, where each pixel has its own weights: those never inked are 0/0; an ε of 1e-4 cures it."""
    model, blank = al.logistic(al.digits(), batch=32), al.digits().x_train.max(axis=0) == 0
    assert blank.any()
    for factor in (1, 64, 1024):
        start = al.Adam().init(np.zeros(model.dim, np.float16))
        with np.errstate(all="ignore"):
            lost, healed = (al.Adam(eps=eps).step(start, factor * model.grad(start.theta)).theta for eps in (1e-8, 1e-4))
        assert np.isnan(lost[:-10].reshape(64, 10)[blank]).all()
        assert np.isfinite(healed).all()
    one = al.network(al.digits(seed=8), hidden=16, batch=32, seed=8)
    state = al.Adam(eps=1e-4).init(np.float16(one.start))
    for t in range(1, 101):
        state = al.Adam(eps=1e-4).step(state, np.float16(one.grad(state.theta, t)))
    assert one.loss(state.theta) < last_losses(np.float32, np.float32, one, 100) + 0.02 < one.loss(one.start) - 0.3


@pytest.mark.claim("10.1#3")
def test_10_1_too_large_an_eps_moves_with_the_loss():
    """Of ε from 1e-16 to 100, those that get below 0.01 are an interval; its end falls with the loss, inside with its square."""
    ends = {}
    assert (EPS[0], EPS[-1]) == (1e-16, 100)
    for kind in FORMATS:
        for scale in (1e-6, 1e-3, 1.0):
            for place, row in zip(PLACES, walks_in_few_digits(kind, scale)[1]):
                good = np.flatnonzero(row < 0.01)
                assert len(good) == 0 or np.array_equal(good, np.arange(good[0], good[-1] + 1))
                ends[kind, place, scale] = (EPS[good[0]], EPS[good[-1]]) if len(good) else None
    for kind in ("float64", "float32", "bfloat16"):
        tops = [ends[kind, "outside", scale][1] for scale in (1e-6, 1e-3, 1.0)]
        assert np.array(tops[1:]) / tops[:-1] == pytest.approx([1e3, 1e3])
    tops = [ends["float64", "inside", scale][1] for scale in (1e-6, 1e-3, 1.0)]
    assert np.array(tops[1:]) / tops[:-1] == pytest.approx([1e6, 1e6])
    assert ends["float16", "outside", 1e-3] == (1e-5, 1e-3)  # too small up to 1e-6, too large above 0.001
    assert ends["float16", "outside", 1e-6] is None
    assert not (walks_in_few_digits("float16", 1e-9)[1] < 0.01).any()
    assert all(pair[0] == EPS[0] for (kind, _, scale), pair in ends.items() if kind != "float16" and pair)


@pytest.mark.claim("10.1#1")
@pytest.mark.parametrize(("scale", "what"), [(1e-3, np.isinf), (1e-6, np.isinf), (1e-9, np.isnan)])
def test_10_1_the_first_step_in_float16(scale, what):
    paths, _ = walks_in_few_digits("float16", scale)
    assert what(paths[1, :, EPS.index(1e-8)]).any(axis=-1).all()
    assert np.isfinite(walks_in_few_digits("float16", 1.0)[0]).all()


def test_10_1_one_gradient_of_256_freezes_a_weight():
    rule = al.Adam(lr=0.1)
    for large, moves in ((256.0, False), (255.0, True)):
        state = rule.init(np.zeros(1, np.float16))
        for g in (large, *[1.0] * 30):
            state = rule.step(state, [g])
        assert (state.theta[0] != 0) == moves
        assert np.isinf(state.v[0]) != moves


@pytest.mark.claim("10.1#4")
def test_10_1_bfloat16_never_forgets():
    """Every number of the format between 1 and 2 as v: a quiet step lowers none at 0.999, all at 0.99; few rise."""
    v = (1 + np.arange(128) / 128).astype(np.float32)
    assert np.array_equal(al.bfloat16(0.999 * v), v)
    assert (al.bfloat16(0.99 * v) < v).all()
    assert (np.float16(0.999) * v.astype(np.float16) < v).all()
    rises = {times: (al.bfloat16(0.999 * v + 0.001 * times * v) > v).mean() for times in (2.9, 3.5, 5.0)}
    assert rises[2.9] == 0 < rises[3.5] < 1 == rises[5.0]
    assert np.sqrt(0.1 / 0.005) == pytest.approx(4, abs=0.5)  # v at 0.1 instead of 0.005: steps four times too short
    weight = np.float32(1)
    for _ in range(100):
        weight = al.bfloat16(weight - np.float32(0.001))
    assert weight == 1


@pytest.mark.claim("10.1#5")
def test_10_1_weights_in_bfloat16_learn_more_slowly(ends):
    """In each of three other networks, by about 0.1 after 200 steps of theirs."""
    behind = ends["bfloat16"] - ends["float32"]
    assert (behind > 0.03).all()
    assert (behind < 0.15).all()


@pytest.mark.claim("10.1#2")
@pytest.mark.claim("10.1#5")
def test_10_1_at_lr_0_03_float16_costs_more_and_bfloat16_next_to_nothing():
    """The room's four: 0.051 in float32, 0.001 more in bfloat16, 0.077 in float16 with ε = 1e-4, not with 1e-3; others alike."""
    seeds = [1, 2, 3, 4]
    room = al.network(al.digits(seed=seeds), hidden=16, batch=32, seed=seeds)

    def halved(eps):
        """As in the room: the whole step in float16."""
        rule, state = al.Adam(lr=0.03, eps=eps), al.Adam().init(np.float16(room.start))
        for t in range(1, 201):
            state = rule.step(state, np.float16(room.grad(state.theta, t)))
        return room.loss(state.theta)

    single, brain = (last_losses(kind, kind, room, 200, lr=0.03) for kind in (np.float32, al.bfloat16))
    half, cured = halved(1e-4), halved(1e-3)
    assert single.mean() == pytest.approx(0.051, abs=0.001)
    assert (abs(brain - single) < 0.01).all()
    assert (brain - single).mean() == pytest.approx(0.001, abs=0.001)
    assert (half > single + 0.01).all()
    assert half.mean() == pytest.approx(0.077, abs=0.002)
    assert cured.mean() == pytest.approx(single.mean(), abs=0.003)
    single, brain = (last_losses(kind, kind, lr=0.03) for kind in (np.float32, al.bfloat16))
    assert abs(brain - single).max() < 0.01


def test_10_1_a_step_of_54_lr():
    """The largest gradient whose v is 0 in float16, divided by ε = 1e-4."""
    state = al.Adam(lr=1.0, eps=1e-4).init(np.zeros(2, np.float16))
    step = al.Adam(lr=1.0, eps=1e-4).step(state, np.array([0.00545, 0.0056], np.float16))
    assert step.v[0] == 0 < step.v[1]
    assert abs(step.theta[0]) == pytest.approx(54, abs=1)
    assert abs(step.theta[1]) < 1


@pytest.mark.claim("10.1#6")
def test_10_1_two_cures_bring_it_below_a_hundredth(ends):
    for cure in ("by lot", "float32 weights"):
        assert abs(ends[cure] - ends["float32"]).mean() < 0.01


def test_10_1_pytorch_in_half_precision():
    """Where PyTorch is installed: its own Adam, in its own formats, does what the room says."""
    torch = pytest.importorskip("torch")

    def adam(kind, gradients, start, **more):
        weights = torch.nn.Parameter(torch.tensor(start, dtype=kind))
        rule = torch.optim.Adam([weights], lr=0.001, **more)
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
    healed, v = adam(torch.float16, [[0.005, 0.0]], [0.0] * 2, fused=True)
    assert np.isfinite(healed).all()
    assert (v == 0).all()  # and is still stored in float16
    short, longer = (adam(torch.float16, [[8096.0]] + [[1.0]] * n, [1.0], fused=True)[0] for n in (2, 52))
    assert short == longer  # frozen
    stuck, _ = adam(torch.bfloat16, [[1.0]] * 100, [1.0])
    assert stuck == 1
    for kind, kept in ((torch.bfloat16, 0.1), (torch.float32, 0.005)):
        _, v = adam(kind, [[10.0]] + [[0.01]] * 3000, [1.0])
        assert v == pytest.approx(kept, rel=0.03)
