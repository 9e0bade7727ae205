"""Lesson 06: each sentence of "What we showed", and numbers of its text, by other programs, grids, vocabularies and seeds."""

import json
from itertools import product

import numpy as np
import pytest

import adamlib as al
from adamlib.explore import where_adam_wins
from adamlib.problems.bigram import row_excess

FIRST = 2 ** np.arange(7) - 1  # where the groups of ranks begin: 1, 2 to 3, 4 to 7, ...


def sgd(g, state, t, share):
    return g


def heavy(beta):
    def step(g, state, t, share):
        state["m"] = beta * state.get("m", 0) + g
        return state["m"]

    return step


def adam(g, state, t, share):
    state["m"] = 0.9 * state.get("m", 0) + 0.1 * g
    state["v"] = 0.999 * state.get("v", 0) + 0.001 * g**2
    return state["m"] / (1 - 0.9**t) / (np.sqrt(state["v"] / (1 - 0.999**t)) + 1e-8)


def signs(g, state, t, share):
    return g / (np.abs(g) + 1e-8)


def one_ruler(g, state, t, share):
    """Adam in a wrong world: one v for all weights together."""
    state["m"] = 0.9 * state.get("m", 0) + 0.1 * g
    state["v"] = 0.999 * state.get("v", 0) + 0.001 * (g**2).mean(axis=(-1, -2), keepdims=True)
    return state["m"] / (1 - 0.9**t) / np.sqrt(state["v"] / (1 - 0.999**t))


def trained(step, pairs, rates, steps=30, falling=True):
    """The loss of every row after training, (rates, V): every rate at once, the learning rate falling to 0 or not."""
    share = pairs.sum(axis=1, keepdims=True) / pairs.sum()
    after = pairs / pairs.sum(axis=1, keepdims=True)
    scores, state = np.zeros((len(rates), *pairs.shape)), {}
    for t in range(1, steps + 1):
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        factor = 1 - (t - 1) / steps if falling else 1
        scores -= factor * np.reshape(rates, (-1, 1, 1)) * step(share * (p - after), state, t, share)
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    logs = np.log(np.maximum(p / p.sum(axis=-1, keepdims=True), 1e-300))
    return (after * (np.log(np.where(after > 0, after, 1)) - logs)).sum(axis=-1)


def tuned(step, pairs, rates, **more):
    """Loss, loss by group of ranks, and the place of the best rate."""
    share = pairs.sum(axis=1) / pairs.sum()
    rows = trained(step, pairs, rates, **more)
    best = int(np.argmin(rows @ share))
    groups = np.add.reduceat(rows[best] * share, FIRST) / np.add.reduceat(share, FIRST)
    return float(rows[best] @ share), groups, best


def decades(low, high, each=4):
    """Four rates a decade, or so many."""
    return 10.0 ** np.arange(low, high + 0.01, 1 / each)


LARGE, SMALL = decades(2.5, 4, 8), decades(-1, 1)
TEXT = al.word_pairs(128).counts
EQUAL = TEXT / TEXT.sum(axis=1, keepdims=True)


def rivals(pairs, large=LARGE, small=SMALL, **more):
    found = {"plain": tuned(sgd, pairs, large, **more), "Adam": tuned(adam, pairs, small, **more)}
    memories = [tuned(heavy(beta), pairs, large[::by] * (1 - beta), **more) for beta, by in ((0.5, 3), (0.8, 1), (0.9, 3))]
    return found | {"heavy": min(memories, key=lambda row: row[0])}


@pytest.fixture(scope="module")
def on_text():
    return rivals(TEXT)


@pytest.fixture(scope="module")
def on_equal():
    return rivals(EQUAL)


@pytest.mark.claim("06#1")
def test_06_gradient_descent_leaves_the_rare_words_behind(on_text):
    """By another program on another grid, whose best rates lie inside; the signs are better still."""
    for name, loss, rare in (("plain", 0.18, 0.35), ("heavy", 0.09, 0.19), ("Adam", 0.007, 0.005)):
        found, groups, best = on_text[name]
        assert found == pytest.approx(loss, rel=0.25 if name == "heavy" else 0.05, abs=0.0015)
        assert groups[-1] == pytest.approx(rare, rel=0.2 if name == "heavy" else 0.05, abs=0.0005)
        assert best > 0
    plain, heavy_ball, adaptive = (on_text[name] for name in ("plain", "heavy", "Adam"))
    assert min(plain[0], heavy_ball[0]) > 10 * adaptive[0]
    assert plain[1][-1] > 8 * plain[1][0]
    assert heavy_ball[1][-1] > 5 * heavy_ball[1][0]
    assert adaptive[1][-1] < 0.5 * adaptive[1][0]
    assert tuned(signs, TEXT, SMALL)[0] < 0.001


def test_06_the_signs_lead_needs_a_rate_that_falls_and_no_noise():
    """With all pairs at 0.00015. At a constant rate they end like Adam; in batches of 512 above SGD, at twice Adam's loss."""
    assert tuned(signs, TEXT, [0.7])[0] == pytest.approx(0.00015, abs=5e-6)
    steady = [tuned(step, TEXT, decades(-2.5, 0, 8), falling=False)[0] for step in (signs, adam)]
    assert steady[0] == pytest.approx(steady[1], rel=0.15)
    voted, plain, adaptive = (
        drawn(step, 512, rates, [11])
        for step, rates in ((signs, decades(-1, 0.5)), (sgd, [200, 316]), (ruler(0.9999), [0.5, 1.0]))
    )
    assert voted > 1.1 * plain
    assert voted > 1.7 * adaptive


def test_06_why_shares_do_not_follow_the_ranks():
    """From rank 1 to 64 they fall 17.5-fold. More of the pairs that begin with "of" stay within the 128 than with "a"."""
    shares = TEXT.sum(axis=1)
    assert shares[0] / shares[63] == pytest.approx(17.5, abs=0.05)
    names, more = al.word_pairs(512)
    assert names[1] == "a"
    assert names[3] == "of"
    kept = shares / more.sum(axis=1)[:128]
    assert kept[1] < 0.6 < 0.75 < kept[3]
    assert shares[1] < shares[3]


def test_06_with_one_ruler_for_all_weights_the_rare_words_wait():
    """A wrong world: it is the ruler of each weight that helps, and not Adam's memory or correction."""
    loss, groups, _ = tuned(one_ruler, TEXT, decades(-1, 0, 8))
    assert loss > 0.05
    assert groups[-1] > 5 * groups[0]


@pytest.mark.claim("06#1")
@pytest.mark.parametrize(
    ("words", "more"),
    [(64, {}), (128, {"steps": 50}), (128, {"falling": False}), (180, {"steps": 20})],
    ids=["64 words", "50 steps", "a constant rate", "180 words, 20 steps"],
)
def test_06_so_it_is_in_other_settings(words, more):
    counts = al.word_pairs(words).counts
    found = rivals(counts, decades(2.5, 4) if more.get("falling", True) else decades(1.75, 3.25), **more)
    assert min(found["plain"][0], found["heavy"][0]) > 4 * found["Adam"][0]
    last = -1 if words > 64 else -2
    for name in ("plain", "heavy"):
        assert found[name][1][last] > 12 * found["Adam"][1][last]
        assert found[name][1][last] > 1.5 * found[name][1][1]
    assert found["Adam"][1][last] < 1.3 * found["Adam"][1][1]


@pytest.mark.claim("06#2")
def test_06_with_equal_shares_no_rank_waits(on_text, on_equal):
    """The same text: no group of ranks is far from another, and the gap on the rare words is a tenth of what it was."""
    for name in ("plain", "heavy"):
        _, groups, best = on_equal[name]
        assert groups[-1] < 2 * groups[0]
        assert groups.max() < 3.5 * groups.min()
        assert best > 0
        gaps = [world[name][1][-1] - world["Adam"][1][-1] for world in (on_equal, on_text)]
        assert gaps[0] < 0.2 * gaps[1]
        if name == "plain":
            assert gaps == pytest.approx([0.05, 0.34], abs=0.007)
    assert on_equal["heavy"][1][-1] - on_equal["Adam"][1][-1] < 0.03


@pytest.mark.claim("06#2")
@pytest.mark.parametrize("words", [64, 128, 180])
def test_06_without_rare_words_and_rare_followers_adam_has_no_lead(words):
    """Equal words, a tenth of random pairs, both: with either alone gradient descent is behind, with both Adam is last."""
    counts = al.word_pairs(words).counts
    share = counts.sum(axis=1, keepdims=True) / counts.sum()
    equal = counts / counts.sum(axis=1, keepdims=True)
    mixed = 0.9 * equal + 0.1 / words
    found = {}
    for name, pairs in (("words", equal), ("followers", share * mixed), ("both", mixed)):
        plain, adaptive = (tuned(step, pairs, rates)[0] for step, rates in ((sgd, LARGE[1:]), (adam, SMALL)))
        found[name] = plain, adaptive
        assert (plain > 3 * adaptive) == (name != "both")
    plain, adaptive = found["both"]
    rolling = tuned(heavy(0.8), mixed, 0.2 * LARGE)[0]
    assert max(plain, rolling) < 1.05 * adaptive
    if words == 128:
        assert [plain, rolling, adaptive] == pytest.approx([0.007, 0.003, 0.009], abs=0.001)
        assert min(found[name][0] / found[name][1] for name in ("words", "followers")) > 8
        assert found["words"][0] / tuned(sgd, TEXT, LARGE)[0] == pytest.approx(1 / 3, abs=0.04)


def test_06_within_a_row_of_a_made_up_language_too():
    """Words in equal shares: the rarer some followers, the worse gradient descent does."""
    rows = [np.tile(np.arange(1.0, 65) ** -exponent, (64, 1)) for exponent in (0.25, 0.5, 1.0)]
    ends = [tuned(sgd, row, decades(2, 4.25, 8))[0] for row in rows]
    assert 100 * ends[0] < ends[1] < 1e-3 * ends[2] < 1e-5


def one_word(step, shares, rates, seed):
    """An exact language by another road: each word's followers in a random order, which the loss does not see."""
    orders = np.random.default_rng(seed).permuted(np.tile(1 / np.arange(1, len(shares) + 1), (len(shares), 1)), axis=1)
    return tuned(step, shares[:, None] * orders, rates)


@pytest.mark.claim("06#2")
@pytest.mark.parametrize("seed", range(2))
def test_06_the_gap_in_an_exact_language(seed):
    """Under Zipf's shares it is large, on the rare words; under equal shares all arrive, Adam last. Adam ends alike in both."""
    ranks = np.arange(1, 129)
    found = {
        (name, exponent): one_word(step, ranks**-exponent, rates, seed)
        for (name, step, rates), exponent in product(
            [
                ("plain", sgd, decades(2.25, 4.25)),
                ("heavy", heavy(0.5), decades(2, 4)),
                ("Adam", adam, decades(-0.375, 0.375, 8)),
            ],
            [0.0, 1.0],
        )
    }
    for name in ("plain", "heavy"):
        assert found[name, 0.0][0] < 0.004
        assert found[name, 0.0][0] < found["Adam", 0.0][0]
        assert found[name, 1.0][0] > 10 * found["Adam", 1.0][0]
        assert found[name, 1.0][1][-1] > 40 * found["Adam", 1.0][1][-1]
    for exponent in (0.0, 1.0):
        assert found["Adam", exponent][0] == pytest.approx(0.006, abs=5e-4)
        assert np.ptp(found["Adam", exponent][1]) < 2e-4


def test_06_the_explorer_is_tuned_and_its_gap_opens_near_a_half():
    """Settings a little smaller or larger are not much better; the loss from rank 64 on, exponent by exponent."""
    rare = {}
    for exponent, (plain, ball, beta, rate) in where_adam_wins.TUNED.items():
        found = where_adam_wins.losses_by_rank(exponent)
        rare[exponent] = [found[name]["groups"][-1][6] for name in ("SGD", "Momentum", "Adam")]
        for name, step, lr in (("SGD", sgd, plain), ("Momentum", heavy(beta), ball), ("Adam", adam, rate)):
            if exponent in (0.0, 1.0):
                rows = trained(step, pairs := al.zipf_pairs(128, exponent), [lr / 1.25, lr, 1.25 * lr])
                losses = rows @ pairs.sum(axis=1)
                assert found[name]["all"][-1] == pytest.approx(losses[1], rel=1e-4)
                assert losses[1] < 1.3 * losses.min() + 0.001
    plain, ball, adaptive = np.transpose(list(rare.values()))
    assert (np.maximum(plain, ball)[:2] < adaptive[:2]).all()
    assert (np.minimum(plain, ball)[2:] > 2 * adaptive[2:]).all()
    assert np.minimum(plain, ball)[2] < 0.03 < 0.08 < np.minimum(plain, ball)[3]


def test_06_what_helps_the_rare_words_ruins_the_frequent_ones():
    """By group of ranks. From 1,300 to 5,200 only those from rank 32 on gain, and the loss after "the" rises from 1 to 62."""
    slow, best, fast = (tuned(sgd, TEXT, [lr])[1] for lr in (325, 1300, 5200))
    start = tuned(sgd, TEXT, [0.0])[1]
    assert slow[-1] > best[-1] > fast[-1]
    assert slow[-2] > best[-2] > fast[-2]
    assert (fast[:3] > start[:3]).all()
    assert [start[0], fast[0]] == pytest.approx([1, 62], abs=0.3)
    assert (best < start).all()
    assert ((best < slow) == (FIRST + 1 != 4)).all()
    assert ((fast < best) == (FIRST + 1 >= 32)).all()


def test_06_the_peak_is_one_steep_word():
    """At the end "of" is steepest, as half of its pairs are "of the"; 1,300 is too large for it; without it no peak."""
    share = TEXT.sum(axis=1) / TEXT.sum()
    sharpest = share * [np.linalg.eigvalsh(np.diag(row) - np.outer(row, row))[-1] for row in EQUAL]
    assert sharpest.argmax() == 3
    assert EQUAL[3, 0] == pytest.approx(0.5, abs=0.02)
    assert (sharpest / share)[3] > 3 * (sharpest / share)[0]  # no word follows "the" as often
    below, at = trained(sgd, TEXT, [650, 1300])
    assert at[3] > 5 * below[3]
    assert (at < below).sum() > 120
    others = np.array([4, 5, 6])
    assert at[others] @ share[others] / share[others].sum() < 0.07


def by_the_word_that_follows(rule):
    """The same loss, split by the rank of the word that is to be predicted."""
    scores = al.final(rule, al.bigram(TEXT), steps=30, schedule=al.linear(30)).theta.reshape(TEXT.shape)
    logs = scores - scores.max(axis=1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(axis=1, keepdims=True))
    lost = TEXT * (np.log(np.where(TEXT > 0, EQUAL, 1)) - np.where(TEXT > 0, logs, 0))
    return np.add.reduceat(lost.sum(axis=0), FIRST) / np.add.reduceat(TEXT.sum(axis=0), FIRST)


def test_06_split_by_the_word_that_follows():
    plain, ball, adaptive = map(by_the_word_that_follows, (al.SGD(lr=1300), al.Momentum(lr=566, beta=0.8), al.Adam(lr=1.2)))
    assert plain[-1] > 3 * plain[0]
    assert ball[-1] > 3 * ball[0]
    assert plain[-1] > ball[-1] > 4 * adaptive[-1]


def test_06_in_a_thousand_steps_momentum_gets_there_too():
    problem = al.bigram(TEXT)
    end = al.final(al.Momentum(lr=1000.0, beta=0.9), problem, steps=1000, schedule=al.linear(1000)).theta
    assert problem.loss(end) < 0.001
    assert al.losses_by_word(end, TEXT).max() < 0.01


RECORD = json.loads(where_adam_wins.BATCHES_FILE.read_text(encoding="utf-8"))
FEW = al.word_pairs(64).counts


def lowest(name):
    """By batch, the best rate's mean over the seeds; it lies inside the grid."""
    losses = np.mean(RECORD["rules"][name]["losses"], axis=2)
    assert ((losses.argmin(axis=1) > 0) & (losses.argmin(axis=1) < losses.shape[1] - 1)).all()
    return losses.min(axis=1)


@pytest.mark.claim("06#3")
def test_06_the_batch_decides_how_much_is_left():
    """The record: SGD's loss beside Adam's with a long memory, batch by batch; with a short one Adam is worse than SGD.

    Momentum is nowhere better than SGD.
    """
    plain, ball, adaptive = lowest("SGD"), lowest("Momentum"), lowest("Adam 0.99999")
    assert (ball >= plain).all()
    lead = dict(zip(RECORD["batches"], plain / adaptive))
    assert lead[4096] == pytest.approx(2.6, abs=0.05)
    assert list(lead.values()) == sorted(lead.values())
    for batch in (1, 8, 64):
        assert 1.1 < lead[batch] < 1.25
    short = np.min(np.mean(RECORD["rules"]["Adam 0.99"]["losses"], axis=2), axis=1)
    assert (short[:2] > 1.3 * plain[:2]).all()
    assert short[3:] == pytest.approx(adaptive[3:], rel=0.02)


def drawn(step, batch, rates, seeds, pairs=16_384):
    """The loss at the best of a few rates, over other seeds: each row sees its pairs when they come, by `choice`."""
    steps = pairs // batch
    scores, state, rng = np.zeros((len(rates), len(seeds), *FEW.shape)), {}, np.random.default_rng(seeds)
    for t in range(1, steps + 1):
        seen = np.stack([rng.choice(FEW.size, batch, p=FEW.ravel() / FEW.sum()) for _ in seeds])
        counts = np.stack([np.bincount(row, minlength=FEW.size).reshape(FEW.shape) for row in seen]) / batch
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p /= p.sum(axis=-1, keepdims=True)
        g = counts.sum(axis=-1, keepdims=True) * p - counts
        scores -= (1 - (t - 1) / steps) * np.reshape(rates, (-1, 1, 1, 1)) * step(g, state, t, None)
    return (row_excess(scores, FEW) @ FEW.sum(axis=1) / FEW.sum()).mean(axis=1).min()


def ruler(beta2):
    def step(g, state, t, share):
        state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g**2
        return g / (np.sqrt(state["v"] / (1 - beta2**t)) + 1e-8)

    return step


def test_06_it_is_the_number_of_steps():
    """Gradient descent on all pairs of the 64 words: four steps end where four batches of 4,096 do, 2,048 below 0.001."""
    share = FEW.sum(axis=1) / FEW.sum()
    four = (trained(sgd, FEW, decades(2, 3.5), steps=4) @ share).min()
    assert four == pytest.approx(lowest("SGD")[RECORD["batches"].index(4096)], rel=0.05)
    assert (trained(sgd, FEW, [1000, 3162], steps=2048) @ share).min() < 0.001


@pytest.mark.claim("06#3")
@pytest.mark.parametrize(("batch", "lead"), [(4096, 2.6), (512, 1.6), (64, 1.2)])
def test_06_other_draws_say_the_same(batch, lead):
    rates = {4096: ([316], [3.16]), 512: ([200, 316], [0.5, 1.0]), 64: ([60, 100], [0.1, 0.2])}[batch]
    plain, adaptive = drawn(sgd, batch, rates[0], [7, 8]), drawn(ruler(0.9999), batch, rates[1], [7, 8])
    assert plain / adaptive == pytest.approx(lead, rel=0.12)
