"""Room 11.3: each sentence of "What we showed", by other programs, seeds and games."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.after_adam import raced

DIGITS, WORDS = raced()["digits"], raced()["words"]


def best_of(losses):
    """The losses of all seeds at the rate with the lowest mean."""
    return np.array(min(losses, key=np.mean))


@pytest.mark.claim("11.3#1")
def test_11_3_the_winner_depends_on_the_problem():
    """Muon and SOAP: a tenth of Adam's loss in the mean, below it in every seed; on words twice it or more in every seed."""
    adam = best_of(DIGITS["Adam"]["losses"][2]), best_of(WORDS["Adam"]["losses"])
    for name in ("Muon", "SOAP"):
        digits, words = best_of(DIGITS[name]["losses"][2]), best_of(WORDS[name]["losses"])
        assert 0.05 < digits.mean() / adam[0].mean() < 0.15
        assert (digits < adam[0]).all()
        assert (words > 2 * adam[1]).all()


@pytest.mark.claim("11.3#1")
def test_11_3_no_rule_makes_clearly_fewer_errors():
    """Paired over ten seeds no rule is better than Adam by two standard errors; Lion is worse by more than five."""
    right = {
        name: 100 * np.array(row["accuracy"][int(np.mean(row["losses"][2], axis=1).argmin())]) for name, row in DIGITS.items()
    }
    for name in set(right) - {"Adam"}:
        gain = right[name] - right["Adam"]
        score = gain.mean() / (gain.std(ddof=1) / 10**0.5)
        assert score < 2
        assert (score < -5) == (name == "Lion")


def test_11_3_on_a_made_up_language_the_batch_decides():
    """64 words, batches of 256 and of 4,096: gradient descent and Muon beat all of Adam's rates, then Adam all of theirs."""
    pairs = al.zipf_pairs(64)
    whole = al.bigram(pairs)

    def ends(rule, powers, batch):
        tried, problem = rule(lr=np.reshape(2.0 ** np.array(powers), (-1, 1, 1))), al.bigram(pairs, batch=batch, seed=[7, 8])
        return whole.loss(al.final(tried, problem, steps=300, schedule=al.linear(300), engine="arrays").theta).mean(axis=1)

    adam = ends(al.Adam, [-6, -5, -4, -3], 256).min()
    assert ends(al.SGD, [7], 256)[0] < 0.8 * adam
    assert ends(al.Muon, [-3], 256)[0] < 0.95 * adam
    adam = ends(al.Adam, [-5], 4096)[0]
    assert adam < 0.9 * ends(al.SGD, [6, 7, 8, 9], 4096).min()
    assert adam < 0.6 * ends(al.Muon, [-3, -2], 4096).min()


@pytest.mark.claim("11.3#2")
def test_11_3_the_winner_depends_on_the_length():
    """Lion against Adam: ahead at 75 steps, in nine of ten seeds; later behind in the mean, and ahead in four or five."""
    for steps, ahead in {75: 9, 150: 4, 300: 5, 600: 4}.items():
        at = raced()["lengths"].index(steps)
        lion, adam = (best_of(DIGITS[name]["losses"][at]) for name in ("Lion", "Adam"))
        assert (lion.mean() < adam.mean()) == (steps == 75)
        assert (lion < adam).sum() == ahead
    for at in range(4):
        ratio = best_of(DIGITS["momentum"]["losses"][at]).mean() / best_of(DIGITS["Adam"]["losses"][at]).mean()
        assert 0.8 < ratio < 0.95


def walked(slopes, beta2, beta1=0.0, adopt=True):
    """What a step of ADOPT as its paper has it, or of Adam, brings in the second half of a game, in lr."""
    m, v, theta, half = 0.0, slopes[0] ** 2, [0.0], len(slopes) // 2
    for g in slopes:
        old, v = v, beta2 * v + (1 - beta2) * g * g
        u = g / old**0.5 if adopt else g
        m = beta1 * m + (1 - beta1) * u
        theta.append(theta[-1] - (m if adopt else m / v**0.5))
    return (theta[-1] - theta[half]) / (len(slopes) - half)


@pytest.mark.claim("11.3#3")
@pytest.mark.parametrize("beta2", [0.0, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize(("n", "c"), [(2, 2.1), (2, 3.0), (10, 10.5), (100, 1010 / 10)])
def test_11_3_adopt_walks_down_in_reddis_game(n, c, beta2):
    periods = max(4000 // (n + 1), 60)
    assert walked([c, *[-1.0] * n] * periods, beta2, beta1=0.9) < 0


def test_11_3_the_clip_of_the_code_spoils_it_for_long():
    """C = 20 against ten: al.ADOPT clips quotients at (t - 1)^(1/4) and walks up, long before t = 20^4; without a clip, down."""
    slopes = [20.0, *[-1.0] * 10] * 200
    rule = al.ADOPT(lr=1e-3, beta1=0.0, beta2=0.0)
    assert al.final(rule, al.ramp(lambda t: slopes[t - 1], 1), [0.0], steps=len(slopes)).theta[0] > 0
    assert walked(slopes, 0.0) < 0


def test_11_3_adam_does_not():
    """A wrong world for the sentence: with a short memory Adam walks up where ADOPT walks down."""
    for beta2 in (0.0, 0.1, 0.3):
        assert walked([3.0, -1.0, -1.0] * 500, beta2, adopt=False) > 0


@pytest.mark.claim("11.3#4")
@pytest.mark.parametrize(("beta2", "up"), [(0.0, True), (0.3, True), (0.5, True), (0.7, True), (0.9, False), (0.99, False)])
def test_11_3_adopt_walks_up_in_the_mirror_game(beta2, up):
    """C = 1.8: down is to the right. Adam walks there for every beta2."""
    slopes = [1.8, -1.0, -1.0] * 1500
    assert (walked(slopes, beta2, beta1=0.9) < 0) == up
    assert walked(slopes, beta2, adopt=False) > 0


@pytest.mark.claim("11.3#4")
@pytest.mark.parametrize(("beta2", "low"), [(0.0, 1.618), (0.1, 1.595), (0.5, 1.692), (0.9, 1.927), (0.99, 1.99)])
def test_11_3_from_where_on(beta2, low):
    """In a period of three, and up to 2: from the golden ratio on, without a memory."""
    for c, up in ((low - 0.005, False), (low + 0.005, True), (1.999, True)):
        assert (walked([c, -1.0, -1.0] * 1500, beta2) < 0) == up


@pytest.mark.parametrize(("n", "low"), [(9, 7.32), (100, 57.0)])
def test_11_3_so_it_is_in_longer_periods(n, low):
    """beta2 = 0.9: wrong from 7.32 to 9 in a period of ten, from 57 to 100 in one of 101."""
    for c, up in ((0.98 * low, False), (1.02 * low, True), (0.99 * n, True)):
        assert (walked([c, *[-1.0] * n] * 60, 0.9) < 0) == up


@pytest.mark.claim("11.3#4")
@pytest.mark.parametrize("c", [3.0, 1.8])
@pytest.mark.parametrize("beta2", [0.1, 0.5, 0.9])
def test_11_3_in_random_order_adopt_is_right_in_both_games(c, beta2):
    """Other draws, ADOPT with m; Adam without m is wrong at C = 3 with a short memory."""
    slopes = np.where(np.random.default_rng(5).random(40_000) < 1 / 3, c, -1.0).tolist()
    way = -np.sign(c - 2)
    assert way * walked(slopes, beta2, beta1=0.9) > 0
    if beta2 == 0.1:
        assert (way * walked(slopes, beta2, adopt=False) > 0) == (c < 2)


@pytest.mark.claim("11.3#5")
def test_11_3_on_a_noisy_bowl_the_average_is_no_better_than_what_it_contains():
    """Other seeds and a finer grid: schedule-free is 1 to 15 per cent behind a linear schedule and behind a plain average."""
    bowl = al.quadratic(np.geomspace(0.01, 1, 50))
    noisy, rates = al.noisy(bowl, seed=range(20, 40)), np.geomspace(0.04, 0.8, 13)[:, None, None]
    found = {"linear": al.final(al.SGD(lr=rates), noisy, steps=300, schedule=al.linear(300)).theta}
    for name, beta in (("average", 0.0), ("schedule-free", 0.9)):
        z = noisy.start + 0 * rates
        total = 0.0
        for t in range(1, 301):
            mean = total / max(t - 1, 1) if t > 1 else z
            z = z - rates * noisy.grad((1 - beta) * z + beta * mean, t)
            total = total + z
        found[name] = total / 300
    loss = {name: bowl.loss(end).mean(axis=1).min() for name, end in found.items()}
    assert 1.01 * max(loss["average"], loss["linear"]) < loss["schedule-free"] < 1.15 * min(loss["average"], loss["linear"])
