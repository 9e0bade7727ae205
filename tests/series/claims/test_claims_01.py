"""Lesson 01: what it showed, and the numbers of its text, measured again by walks of two positions that know no memory."""

import numpy as np
import pytest

import adamlib as al

CURVATURES = np.array([1.0, 10.0])
START = np.array([-2.0, 1.0])


def losses(lr, beta, steps=2000, start=START, curvatures=CURVATURES):
    """The heavy ball in Polyak's form: the next point from the last two. beta may differ from coordinate to coordinate."""
    before = now = np.asarray(start, float)
    found = [np.sum(curvatures * now**2) / 2]
    for _ in range(steps):
        before, now = now, now + beta * (now - before) - lr * curvatures * now
        found.append(np.sum(curvatures * now**2) / 2)
    return np.array(found)


def steps_below(loss, level=1e-6):
    """The first step from which on the loss stays below the level."""
    above = np.flatnonzero(~(loss < level))
    return int(above[-1]) + 1


@pytest.mark.claim("01#1")
def test_01_half_a_memory_halves_the_steps():
    """45 to 23, and 1,583 with beta = 0.99; in the wrong world, where m is an average, half a memory costs steps."""
    counted = {beta: steps_below(losses(0.15, beta)) for beta in (0, 0.25, 0.4, 0.5, 0.75, 0.9, 0.99)}
    assert counted == {0: 45, 0.25: 30, 0.4: 18, 0.5: 23, 0.75: 53, 0.9: 151, 0.99: 1583}
    assert steps_below(losses(0.15 * (1 - 0.5), 0.5)) > 1.2 * counted[0.5]
    shares = []
    for angle in np.linspace(0, 2 * np.pi, 40):
        none, half, long = (
            steps_below(losses(0.15, beta, start=2 * np.array([np.cos(angle), np.sin(angle)]))) for beta in (0, 0.5, 0.99)
        )
        shares.append(half / none)
        assert long > 10 * none
    assert np.median(shares) == pytest.approx(0.55, abs=0.05)
    assert np.mean(np.array(shares) < 1) >= 0.95  # but for a start right on the wall, which has no floor to walk along


def test_01_more_memory_falls_more_slowly_beyond_the_best():
    """At lr 0.15 the fewest steps are found at 0.4; from there on every larger beta takes more, from three starts."""
    betas = np.arange(0, 1, 0.05)
    for start in (START, [1.0, 1.0], [2.0, -0.2]):
        counted = [steps_below(losses(0.15, beta, start=start)) for beta in betas]
        assert betas[np.argmin(counted)] == pytest.approx(0.4)
        assert (np.diff(counted[8:]) > 0).all()


def test_01_no_rate_alone_does_as_well():
    """Without a memory no rate of 400 up to the limit comes near 18 or 23 steps, and the best leaves 0.82 of the distance."""
    assert min(steps_below(losses(lr, 0, steps=300)) for lr in np.linspace(0.01, 0.1999, 400)) > 35
    shares = [max(abs(1 - lr), abs(1 - 10 * lr)) for lr in np.linspace(0.01, 0.1999, 400)]
    assert min(shares) == pytest.approx(0.82, abs=0.005)


@pytest.mark.parametrize(("kappa", "wanted"), [(10, 0.27), (1000, 0.88)])
def test_01_the_best_memory_of_a_mild_valley_and_a_narrow_one(kappa, wanted):
    """The least share that is left in the long run: the largest eigenvalue of two directions, over a grid of lr and beta."""
    best = (1.0, 0.0)
    for beta in np.arange(0.2, 0.95, 0.005):
        for lr in np.linspace(0.8, 1, 41) * 2 * (1 + beta) / kappa:
            left = max(np.abs(np.linalg.eigvals([[1 + beta - lr * c, -beta], [1, 0]])).max() for c in (1, kappa))
            best = min(best, (left, beta))
    assert best[1] == pytest.approx(wanted, abs=0.02)


def test_01_at_a_memory_of_0_9_no_rate_leaves_less_than_0_95_of_the_distance():
    """The larger eigenvalue of the slower direction, over 400 rates up to the limit of the walls: 0.95 is its least."""
    left = [
        max(np.abs(np.linalg.eigvals([[1.9 - lr * c, -0.9], [1, 0]])).max() for c in CURVATURES)
        for lr in np.linspace(0.001, 0.38, 400)
    ]
    assert min(left) == pytest.approx(0.95, abs=0.002)


@pytest.mark.claim("01#2")
def test_01_agree_and_alternate():
    """At beta 0.9: 10 and 0.53 times, almost 20 to 1; after forty gradients 9.85 and 0.52. An average would say 1 and 0.05."""
    ages = np.arange(40)
    agree, alternate = np.sum(0.9**ages), np.sum((-0.9) ** ages)
    assert agree == pytest.approx(9.85, abs=0.005)
    assert alternate == pytest.approx(0.52, abs=0.005)
    assert pytest.approx((10, 0.53), abs=0.004) == (1 / (1 - 0.9), 1 / (1 + 0.9))
    assert 18.5 < (1 + 0.9) / (1 - 0.9) < 20


def test_01_the_second_row_by_hand():
    """Along the floor -1 - 1.7 = -2.7, across 5 - 5 = 0; the walk stands still across in every second step."""
    walk = al.run(al.Momentum(lr=0.15, beta=0.5), al.bowl(10), steps=8)
    assert walk.grad[2] == pytest.approx([-1.7, -5])
    assert walk.m[2] == pytest.approx([-1 - 1.7, 5 - 5])
    across = np.diff(walk.theta[:, 1])
    assert np.abs(across[1::2]).max() < 1e-12 < 0.05 < np.abs(across[::2]).min()


def test_01_the_gain_comes_from_the_floor():
    """At lr 0.15 half a memory along the floor alone does it all, across alone nothing; alike from other starts."""
    for start in (START, [1.5, 1.5], [-1.0, 2.0]):
        floor, walls, none = (steps_below(losses(0.15, np.array(b), start=start)) for b in ([0.5, 0], [0, 0.5], [0, 0]))
        assert floor < 0.6 * walls
        assert abs(walls - none) <= 1


@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_01_the_walls_bear_more(beta):
    """The limit is 1 + beta times that of gradient descent, 2/10: 0.3 for half a memory."""
    limit = (1 + beta) * 0.2
    assert losses(0.99 * limit, beta)[-1] < 1e-6
    assert losses(1.01 * limit, beta)[-1] > 1e6
    assert beta != 0.5 or limit == pytest.approx(0.3)


@pytest.mark.claim("01#3")
def test_01_a_swing_leaves_beta_of_the_loss():
    """ln(7e6) / -ln(beta) steps, 150 for 151: within 8 % in the lesson's walks, 10 % elsewhere. A creeping walk breaks it."""
    assert np.log(7e6) == pytest.approx(15.76, abs=0.005)
    assert -np.log(0.9) == pytest.approx(0.1054, abs=0.00005)
    for lr, beta, wanted in ((0.15, 0.75, 53), (0.15, 0.9, 151), (0.15, 0.99, 1583), (0.02, 0.75, 51), (0.02, 0.9, 145)):
        loss = losses(lr, beta)
        assert steps_below(loss) == wanted == pytest.approx(np.log(loss[0] * 1e6) / -np.log(beta), rel=0.08)
    for lr, beta, start, kappa in (
        (0.02, 0.9, [1, 2], 10),
        (0.3, 0.8, [3, -1], 5),
        (0.01, 0.95, [-1, 1], 100),
        (0.1, 0.9, [2, 2], 30),
    ):
        loss = losses(lr, beta, start=start, curvatures=np.array([1.0, kappa]))
        assert steps_below(loss) == pytest.approx(np.log(loss[0] * 1e6) / -np.log(beta), rel=0.1)
    assert steps_below(losses(0.15, 0.25)) > 2 * np.log(7e6) / -np.log(0.25)


def test_01_a_lower_rate_hardly_helps():
    """In the valley at beta 0.9: 151 steps at lr 0.15, 146 at 0.005, at no rate fewer than 130; without a memory 1448."""
    assert [steps_below(losses(lr, 0.9)) for lr in (0.15, 0.005)] == [151, 146]
    assert min(steps_below(losses(lr, 0.9)) for lr in np.geomspace(0.001, 0.37, 150)) > 130
    assert steps_below(losses(0.005, 0)) == 1448


def test_01_too_much_memory_overshoots():
    """On x^2 / 2 from 1 at lr 0.1: beta 0.9 is first at the bottom and swings past by more than half; 0.1 never passes it."""
    first, lowest = {}, {}
    for beta in (0.1, 0.5, 0.9):
        x = al.run(al.Momentum(lr=0.1, beta=beta), al.quadratic([1]), steps=40).theta[:, 0]
        first[beta], lowest[beta] = int(np.argmax(x < 0.1)), x.min()
    assert first[0.9] < first[0.5] < first[0.1]
    assert lowest[0.9] < -0.5 < -0.001 < lowest[0.5]
    assert lowest[0.1] > 0


@pytest.mark.parametrize(("start", "wanted"), [([-2.0, 1.0], (3454, 204)), ([1.0, 1.0], None), ([2.0, -0.3], None)])
def test_01_the_price_of_a_narrow_valley(start, wanted):
    """kappa = 1,000, each at its best setting, to a millionth of the first loss: 3,454 steps and 204; ten times kappa costs
    gradient descent ten times, momentum about the root of ten. To a millionth of the distance: 6,645 and 312."""
    counted = []
    for kappa in (100, 1000):
        root, curvatures = np.sqrt(kappa), np.array([1.0, kappa])
        plain = losses(2 / (1 + kappa), 0, 9000, start, curvatures)
        heavy = losses((2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2, 9000, start, curvatures)
        counted.append([steps_below(loss, 1e-6 * loss[0]) for loss in (plain, heavy)])
    assert wanted in (None, tuple(counted[1]))
    if wanted:  # from afar along the floor both take about as long as the room's slowest of ten starts in twenty directions
        assert [steps_below(loss, 1e-12 * loss[0]) for loss in (plain, heavy)] == pytest.approx([6645, 312], rel=0.1)
    assert heavy.max() > 100 * heavy[0]  # the walk first moves away, and that costs steps: from the floor alone it takes fewer
    floor = losses((2 / (1 + root)) ** 2, ((root - 1) / (root + 1)) ** 2, 9000, [start[0], 0.0], curvatures)
    assert steps_below(floor, 1e-6 * floor[0]) < 0.75 * counted[1][1]
    assert counted[1][0] / counted[0][0] == pytest.approx(10, rel=0.02)
    assert counted[1][1] / counted[0][1] == pytest.approx(np.sqrt(10), rel=0.15)


@pytest.mark.claim("01#4")
def test_01_the_memory_of_an_average():
    """At beta 0.9 the last ten gradients hold 65 %; for any beta the last 1 / (1 - beta) hold 63 to 75 %. Equal shares: all."""
    ages = np.arange(5000)
    assert np.sum(0.1 * 0.9 ** ages[:10]) == pytest.approx(0.65, abs=0.005)
    for beta in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999):
        n = round(1 / (1 - beta))
        assert 0.63 < 1 - beta**n <= 0.75
        assert np.sum((1 - beta) * beta ** ages[:n]) == pytest.approx(1 - beta**n)


def test_01_sum_and_average():
    """On a ramp the sum's steps grow to 1 / (1 - beta) = 10, the average's to 1; on a valley both walk one path."""
    ramp = al.ramp()
    for dampening, length in ((0.0, 10.0), (0.9, 1.0)):
        walk = al.run(al.Momentum(lr=1.0, beta=0.9, dampening=dampening), ramp, steps=200)
        assert walk.theta[-2, 0] - walk.theta[-1, 0] == pytest.approx(length, rel=1e-8)
    one, other = al.Momentum(lr=0.01, beta=0.9), al.Momentum(lr=0.1, beta=0.9, dampening=0.9)
    paths = [al.run(rule, al.bowl(10), steps=500).theta for rule in (one, other)]
    np.testing.assert_allclose(*paths, rtol=0, atol=1e-13)


def test_01_an_average_on_a_ramp():
    """A constant gradient of 1: the average (1.3) takes steps of 0.1, 0.19, 0.271."""
    ramp = al.ramp()
    walk = al.run(al.Momentum(lr=1.0, beta=0.9, dampening=0.9), ramp, steps=3).theta[:, 0]
    assert -np.diff(walk) == pytest.approx([0.1, 0.19, 0.271])
