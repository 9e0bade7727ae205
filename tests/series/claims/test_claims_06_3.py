"""Room 06.3, how Adam's lead grows: every sentence of "What we showed", by whole tables and other seeds."""

import numpy as np
import pytest

import adamlib as al


def losses_along(rule, problem, steps):
    """The loss after 0, 1, ... steps, (steps + 1, *sweep)."""
    walk = al.iterate(rule, problem)
    return np.array([problem.loss(next(walk).theta) for _ in range(steps + 1)])


def fewest_steps(losses):
    """The first step from which on the loss is below a tenth of the first, the fewest of all runs."""
    late = (losses >= losses[0] / 10).reshape(len(losses), -1)[::-1].argmax(axis=0)
    return len(losses) - int(late.max())


def language_of(words, exponent=1.0):
    """Every word's row with its own share: rows of a problem whose start has an axis of words."""
    share = np.arange(1, words + 1.0) ** -exponent
    row, share = al.bigram(1 / np.arange(1, words + 1)[None]), share / share.sum()
    return al.Problem(
        "language",
        lambda w: row.loss(w) @ share,
        lambda w, t=1: share[:, None] * row.grad(w),
        np.zeros((words, words)),
    )


def around(lr):
    """Five learning rates about one."""
    return lr * np.array([0.71, 0.84, 1.0, 1.19, 1.41])[:, None, None]


@pytest.fixture(scope="module")
def grown():
    """The fewest steps of gradient descent, momentum and Adam for 16, 64 and 256 words; at 256 only near the best rates."""
    found = {}
    for words, lr, lr_of_momentum, beta, few in ((16, 27, 23, 0.8, 40), (64, 54, 45, 0.8, 70), (256, 98, 82, 0.9, 300)):
        problem = language_of(words)
        rates = [around(lr), around(lr_of_momentum)] if words < 256 else [lr, lr_of_momentum]
        plain = losses_along(al.SGD(lr=rates[0]), problem, few)
        rolling = losses_along(al.Momentum(lr=rates[1], beta=beta), problem, 60)
        scaling = losses_along(al.Adam(lr=around({16: 0.15, 64: 0.25}[words]) if words < 256 else 0.3), problem, 30)
        found[words] = [fewest_steps(losses) for losses in (plain, rolling, scaling)]
    return found


@pytest.mark.claim("06.3#1")
def test_06_3_how_steps_grow_with_the_words(grown):
    """Every row of the whole table walked, against the sum over rates of the room: within a sixth, Adam within a step."""
    for words, wanted in ((16, (8, 8)), (64, (46, 15)), (256, (276, 39))):
        assert grown[words][:2] == pytest.approx(wanted, rel=1 / 6)
        assert grown[words][2] in (6, 7)
    times = [grown[256][k] / grown[16][k] for k in range(2)]
    assert times == pytest.approx([34, 5], rel=0.15)
    assert np.log(times) / np.log(16) == pytest.approx([1.28, 0.57], abs=0.01)


def test_06_3_the_words_that_follow_become_rarer_too():
    """With 16 followers, however many words come before, 16 times the words cost gradient descent about 10 times the steps."""
    row, steps = al.bigram(1 / np.arange(1, 17)[None]), []
    for words in (16, 256):
        share = 1 / np.arange(1, words + 1)
        fitting = np.geomspace(4, 16, 9)[:, None]
        row_losses = [losses_along(al.SGD(lr=lr * share[:, None]), row, 100) @ share for lr in fitting]
        steps.append(fewest_steps(np.stack(row_losses, axis=1)))
    assert steps[1] / steps[0] == pytest.approx(10, abs=1.5)


def test_06_3_with_equal_shares_nothing_grows():
    """A wrong world: where words are equally frequent, gradient descent needs a few steps for 64 words, too."""
    walks = [losses_along(al.SGD(lr=words * around(5)), language_of(words, exponent=0), 40) for words in (16, 64)]
    assert max(map(fewest_steps, walks)) < 6


def test_06_3_the_ranks_after_16_are_45_percent():
    rank = np.arange(1, 257)
    assert (1 / rank)[16:].sum() / (1 / rank).sum() == pytest.approx(0.45, abs=0.005)


@pytest.mark.claim("06.3#2")
def test_06_3_real_words():
    """From 32 to 128 words: 13 to 84, 9 to 18, 3 or 4 steps, here at other rates, of which the middle one is best."""
    found = []
    for words, plain, rolling, scaling, few in ((32, 81, 78, 0.67, 40), (128, 220, 232, 0.88, 110)):
        problem = al.bigram(al.word_pairs(words).counts)
        near = np.array([0.8, 1, 1.25])[:, None]
        rules = al.SGD(lr=plain * near), al.Momentum(lr=rolling * near, beta=0.8), al.Adam(lr=scaling * near)
        found.append([fewest_steps(losses_along(rule, problem, few)) for rule in rules])
    assert found[0] == pytest.approx([13, 9, 3], abs=1)
    assert found[1] == pytest.approx([84, 18, 3], abs=2)


@pytest.mark.claim("06.3#3")
@pytest.mark.parametrize(("words", "momentum", "signs"), [(100, 7, 16), (1_000, 17, 62)])
def test_06_3_with_squares_momentum_beats_signs(words, momentum, signs):
    """Each word's bowl has the curvature of its share; by hand, over other rates. The signs' floor alone needs about √V."""
    share = 1 / np.arange(1, words + 1)
    fewest = []
    for beta in (0.5, 0.7, 0.8, 0.9):
        lr = np.linspace(0.4, 3.9, 36)[:, None]
        w, move, losses = np.ones((36, words)), 0.0, []
        for _ in range(61):
            losses.append(w**2 @ share)
            move = beta * move - lr * share * w
            w = w + move
        fewest.append(fewest_steps(np.where(np.isfinite(losses), losses, np.inf)))
    assert min(fewest) == pytest.approx(momentum, abs=1)
    lr, w, losses = np.geomspace(0.004, 0.3, 30)[:, None], np.zeros((30, words)), []
    for _ in range(151):
        losses.append(((w - share) ** 2).sum(axis=1))
        w = w - lr * np.sign(w - share)
    assert fewest_steps(np.array(losses)) == pytest.approx(signs, rel=0.15)
    assert fewest_steps(np.array(losses)) > 2 * min(fewest)


def test_06_3_with_the_cross_entropy_signs_need_no_more_steps():
    """3 for 16 words and 4 for 256. A swing of lr costs about lr²/2 however many words swing, with squares V lr²."""
    lr, steps = np.geomspace(0.1, 1, 20)[:, None], []
    for words in (16, 256):
        share = 1 / np.arange(1, words + 1)
        share, w, losses = share / share.sum(), np.zeros((20, words)), []
        for _ in range(31):
            p = np.exp(w) / np.exp(w).sum(axis=1, keepdims=True)
            losses.append((share * np.log(share / p)).sum(axis=1))
            w = w - lr * np.sign(p - share)
        steps.append(fewest_steps(np.array(losses)))
        swung = np.log(share) + 0.1 * np.random.default_rng(0).choice([-1, 1], (50, words))
        cost = np.log(np.exp(swung).sum(axis=1)) - swung @ share + share @ np.log(share)
        assert cost.mean() == pytest.approx(0.1**2 / 2, rel=0.2)
    assert steps == [3, 4]


COUNTS = al.word_pairs(32).counts
WHOLE = al.bigram(COUNTS)


def ends_of(rule, batch, **rates):
    """The lowest loss over the rates after 8,192 pairs, for seeds 1 and 2, (..., seed)."""
    steps = 8_192 // batch
    spread = {name: value[..., None] for name, value in al.grid(**rates).items()}
    problem = al.bigram(COUNTS, batch=batch, seed=[1, 2])
    end = al.final(rule(**spread), problem, steps=steps, schedule=al.linear(steps)).theta
    return WHOLE.loss(end).min(axis=-2)


@pytest.fixture(scope="module")
def by_memory():
    """Adam's losses in batches of 512, 64 and 8, (memory, seed): v remembers 3,000 and 10,000 pairs, in small batches 100 too."""
    found = {}
    for batch, memories in ((512, [3e3, 1e4]), (64, [3e3, 1e4, 1e2]), (8, [3e3, 1e4, 1e2, 160.0])):
        lr = [0.03, 0.07, 0.15] if batch == 8 else [0.1, 0.2, 0.4, 0.8]
        found[batch] = ends_of(lambda **rates: al.Adam(beta1=0, **rates), batch, beta2=1 - batch / np.array(memories), lr=lr)
    return found


@pytest.mark.claim("06.3#4")
def test_06_3_what_counts_is_how_many_pairs_v_remembers(by_memory):
    enough = np.concatenate([losses[:2].ravel() for losses in by_memory.values()])
    assert 0.06 < enough.min() < enough.max() < 0.085
    short = np.concatenate([by_memory[batch][2] / by_memory[batch][:2] for batch in (64, 8)])
    assert [short.min(), short.max()] == pytest.approx([2.1, 2.6], abs=0.05)


@pytest.mark.claim("06.3#5")
def test_06_3_in_batches_of_8_a_short_memory_is_worse_than_gradient_descent(by_memory):
    """β₂ = 0.95 remembers 160 pairs. From 512 to 64 gradient descent gains more than Adam: from 1.5 times its loss to 1.2."""
    plain = {batch: ends_of(al.SGD, batch, lr=2.0 ** np.arange(1, 9)) for batch in (512, 64, 8)}
    assert (by_memory[8][3] > plain[8]).all()
    assert (by_memory[8][1] < plain[8]).all()
    for batch, times in ((512, 1.46), (64, 1.3), (8, 1.24)):
        assert plain[batch] / by_memory[batch][1] == pytest.approx([times, times], abs=0.05)
