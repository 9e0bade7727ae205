"""Lesson 11: each sentence of "What we showed", and numbers of its text, by other programs, seeds, turns and starts."""

import numpy as np
import pytest

import adamlib as al
from adamlib.explore.after_adam import raced
from helpers.notebooks import ROOT

LENGTHS = [75, 150, 300, 600]
DIGITS, WORDS = raced()["digits"], raced()["words"]
AT_300 = LENGTHS.index(300)


def adam(g, state, t):
    state["m"] = 0.9 * state.get("m", 0) + 0.1 * g
    state["v"] = 0.999 * state.get("v", 0) + 0.001 * g**2
    return state["m"] / (1 - 0.9**t) / (np.sqrt(state["v"] / (1 - 0.999**t)) + 1e-8)


def muon(shape):
    """Muon by singular values, which it only approximates, on the first matrix; Adam on the rest."""

    def step(g, state, t):
        out, n = adam(g, state, t), shape[0] * shape[1]
        state["memory"] = 0.95 * state.get("memory", 0) + 0.05 * g[..., :n]
        ahead = 0.95 * state["memory"] + 0.05 * g[..., :n]
        left, _, right = np.linalg.svd(ahead.reshape(*g.shape[:-1], *shape), full_matrices=False)
        out[..., :n] = 0.2 * max(shape) ** 0.5 * (left @ right).reshape(ahead.shape)
        return out

    return step


def walked(step, problem, rates, steps, falling=True):
    """Where a step ends from the problem's start, one walk for each rate."""
    theta, state = np.array(np.broadcast_to(problem.start, (len(rates), *problem.start.shape))), {}
    for t in range(1, steps + 1):
        lr = np.reshape(rates, (-1, *(1,) * problem.start.ndim)) * (1 - (t - 1) / steps if falling else 1)
        theta = theta - lr * step(problem.grad(theta, t), state, t)
    return theta


def best(name, at=AT_300):
    """The place of a rule's best rate in the record."""
    return int(np.mean(DIGITS[name]["losses"][at], axis=1).argmin())


def at_best(name, at=AT_300):
    """The loss of every seed at the rate that is best in the mean."""
    return np.array(DIGITS[name]["losses"][at][best(name, at)])


def tuned(name):
    return np.array([at_best(name, k).mean() for k in range(4)])


def needed(name, target):
    """The length at which a tuned rule has this loss, by bisection on the broken line in both logarithms."""
    low, high = np.log(75.0), np.log(600.0)
    for _ in range(60):
        middle = (low + high) / 2
        above = np.interp(middle, np.log(LENGTHS), np.log(tuned(name))) > np.log(target)
        low, high = (middle, high) if above else (low, middle)
    return np.exp(low)


def baseline(power):
    """The loss of Adam at 2^power after 300 steps."""
    return np.mean(DIGITS["Adam"]["losses"][AT_300], axis=1)[power - DIGITS["Adam"]["lowest power"]]


def test_11_every_best_rate_lies_inside_its_grid():
    for table in (DIGITS, WORDS):
        for row in table.values():
            for losses in row["losses"] if table is DIGITS else [row["losses"]]:
                means = np.mean(losses, axis=1)
                assert len(means) == 12
                assert 0 < means.argmin() < 11


@pytest.mark.claim("11#1")
def test_11_training_loss_has_a_winner_and_errors_have_none():
    """Ten seeds of the record: Muon's loss is a tenth of Adam's, in every seed below half. Only Lion makes more errors."""
    assert 0.05 < at_best("Muon").mean() / at_best("Adam").mean() < 0.15
    assert (at_best("Muon") < 0.5 * at_best("Adam")).all()
    assert 0.75 * at_best("Adam").mean() < at_best("momentum").mean() < at_best("Adam").mean()  # a little below
    right = {name: 100 * np.mean(row["accuracy"][best(name)]) for name, row in DIGITS.items()}
    for name, found in right.items():
        assert found - right["Adam"] == pytest.approx(-1.66 if name == "Lion" else 0, abs=0.05 if name == "Lion" else 0.5)
    wrong = {name: 100 - 100 * np.mean(DIGITS[name]["accuracy"], axis=1) for name in ("Adam", "Muon")}
    assert wrong["Muon"][best("Muon") - 1] == pytest.approx(2.1, abs=0.05)
    assert wrong["Muon"][best("Muon") - 1] < 0.8 * wrong["Adam"].min()
    assert DIGITS["Lion"]["lowest power"] + best("Lion") == -6


def test_11_and_so_it_is_with_other_seeds_and_with_singular_values():
    """150 steps near the best rates. In a wrong world, with the first layer as one row of 2,048 numbers, Muon wins less."""
    problem = al.network(al.digits(seed=7), activation="relu", batch=32, seed=[21, 22])
    rivals = {"Adam": (adam, [2**-4]), "Muon": (muon((64, 32)), [2**-4]), "a row": (muon((1, 2048)), [2**-5, 2**-4, 2**-3])}
    losses = {name: problem.loss(walked(step, problem, rates, 150)).mean(axis=1).min() for name, (step, rates) in rivals.items()}
    assert losses["Muon"] < 0.5 * losses["Adam"]
    assert losses["a row"] > 1.5 * losses["Muon"]


@pytest.mark.claim("11#2")
def test_11_a_speed_up_says_which_adam():
    """Tuned Adam is twice as fast as Adam at a quarter of its best rate, Muon 4 times or more, and 2.2 beside tuned Adam."""
    assert 2.0 ** (DIGITS["Adam"]["lowest power"] + best("Adam")) == 0.0625
    assert 300 / needed("Adam", baseline(-6)) == pytest.approx(2.0, abs=0.05)
    assert 300 / needed("Muon", baseline(-6)) == pytest.approx(4.0, abs=0.01)
    assert 300 / needed("Muon", baseline(-4)) == pytest.approx(2.2, abs=0.05)
    assert 300 / needed("SOAP", baseline(-6)) == pytest.approx(4.0, abs=0.01)
    assert 300 / needed("SOAP", baseline(-4)) == pytest.approx(2.3, abs=0.05)
    for name in DIGITS:
        assert 300 / needed(name, baseline(-6)) > 1.5 * 300 / needed(name, baseline(-4))
        assert 300 / needed(name, baseline(-6)) > 1.85
    warm = tuned("Adam with warm-up")[AT_300]
    assert 300 / needed("Adam with warm-up", baseline(-4)) == pytest.approx(1.4, abs=0.05)
    assert 300 / needed("Muon", warm) == pytest.approx(1.8, abs=0.05)
    assert DIGITS["Adam with warm-up"]["lowest power"] + best("Adam with warm-up") == -3


@pytest.mark.claim("11#2")
def test_11_the_speed_ups_are_no_accident_of_the_seeds():
    """Seeds drawn anew: 2.2 and 2.0 stay within a tenth or two in nine of ten draws."""
    rng, found = np.random.default_rng(0), []
    losses = {name: [np.array(losses) for losses in DIGITS[name]["losses"]] for name in ("Adam", "Muon")}
    for _ in range(200):
        some = rng.integers(0, 10, 10)
        ends = {name: [each[:, some].mean(axis=1).min() for each in losses[name]] for name in losses}
        targets = losses["Adam"][AT_300][:, some].mean(axis=1)
        x = {name: np.log(np.array(ends[name]))[::-1] for name in ends}
        steps = np.log(LENGTHS)[::-1]
        found.append([
            300 / np.exp(np.interp(np.log(targets.min()), x["Muon"], steps)),
            300 / np.exp(np.interp(np.log(targets[6]), x["Adam"], steps)),
        ])  # fmt: skip
    low, high = np.quantile(found, [0.05, 0.95], axis=0)
    assert (low > [1.95, 1.85]).all()
    assert (high < [2.5, 2.2]).all()


def test_11_time_of_a_step():
    """The record's, beside Adam's: the table. In seconds Muon's lead is gone beside small matrices; two simpler rules lead."""
    price = {name: DIGITS[name]["milliseconds"] / DIGITS["Adam"]["milliseconds"] for name in DIGITS}
    table = {"Lion": 0.9, "Adafactor": 1.6, "ADOPT": 1.0, "Muon": 2.2, "SOAP": 3.7, "schedule-free": 0.9}
    assert {name: round(price[name], 1) for name in table} == table
    for name, speed in (("Muon", 0.8), ("momentum", 1.3), ("schedule-free", 1.4)):
        assert 300 / needed(name, tuned("Adam with warm-up")[AT_300]) / price[name] == pytest.approx(speed, abs=0.05)


def test_11_what_muon_costs_beside_a_large_matrix():
    """Five rounds of three products of n x n, beside forward and backward of a layer with a batch of B rows: 5 n / B."""
    n, batch = 4096, 524_288
    assert 5 * 3 * 2 * n**3 / (3 * 2 * n * n * batch) == pytest.approx(0.04, abs=0.001)


def test_11_schedule_free_gains_by_a_warm_up_and_muon_does_not():
    """150 steps, near the best rates, three seeds."""
    problem = al.network(al.digits(), activation="relu", batch=32, seed=[0, 1, 2])
    schedules = {"none": al.linear(150), "warm-up": al.warmup(20, al.linear(130))}
    rates, loss = 2.0 ** np.array([-5.0, -4, -3])[:, None, None], {}
    for name, schedule in schedules.items():
        end = al.final(al.Muon(lr=rates, blocks=problem.blocks[:2]), problem, steps=150, schedule=schedule, engine="arrays")
        loss[name, "Muon"] = problem.loss(end.theta).mean(axis=1).min()
        z = x = problem.start + 0 * rates
        v = total = 0
        for t in range(1, 151):
            rise = 1.0 if name == "none" else min(1.0, t / 20)
            g, lr = problem.grad(0.1 * z + 0.9 * x, t), 2 * rates * rise
            v = 0.999 * v + 0.001 * g**2
            z, total = z - lr * g / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), total + rise**2
            x = x + rise**2 / total * (z - x)
        loss[name, "schedule-free"] = problem.loss(x).mean(axis=1).min()
    assert loss["warm-up", "schedule-free"] < 0.9 * loss["none", "schedule-free"]
    assert loss["warm-up", "Muon"] > 0.9 * loss["none", "Muon"]


@pytest.mark.claim("11#3")
def test_11_what_is_kept_of_a_matrix():
    """Arrays of 32 bits that would hold it, counted in bytes."""
    matrix, row = (np.empty(shape, np.float32).nbytes / 2**20 for shape in ((4096, 4096), (4096,)))
    kept = {"Adam": 2 * matrix, "Lion": matrix, "Muon": matrix, "Adafactor": 2 * row, "SOAP": 2 * matrix + 4 * matrix}
    assert {name: round(size, 2) for name, size in kept.items()} == {
        "Adam": 128, "Lion": 64, "Muon": 64, "Adafactor": 0.03, "SOAP": 384,
    }  # fmt: skip


def rows_turned(angle):
    """What turns the two rows of four weights."""
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.kron([[c, -s], [s, c]], np.eye(2))


BOWL = al.quadratic([1, 10, 100, 1000])


def both_ways(rates, starts, angle):
    """The losses after 100 steps, by rate and start, of Adam and Muon: on the bowl, and with its rows turned."""
    lr, turn = rates[:, None, None], rows_turned(angle)
    rules, turned, schedule = (
        {"Adam": al.Adam(lr=lr), "Muon": al.Muon(lr=lr, blocks=[(2, 2)])},
        al.rotated(BOWL, turn),
        al.linear(100),
    )
    return {
        name: tuple(
            bowl.loss(al.final(rule, bowl, begin, steps=100, schedule=schedule).theta)
            for bowl, begin in ((BOWL, starts), (turned, starts @ turn.T))
        )
        for name, rule in rules.items()
    }


@pytest.mark.claim("11#4")
@pytest.mark.parametrize("angle", [45, 130])
def test_11_turned_rows_change_adam_and_not_muon(angle):
    """Forty starts at one rate, the best of twelve: some twenty times for Adam, nothing for Muon, mostly ahead then."""
    ends = both_ways(2.0 ** np.arange(-9, 3), np.random.default_rng(1).standard_normal((40, 4)), angle)
    plain, other = ({name: losses[side].mean(axis=1).min() for name, losses in ends.items()} for side in (0, 1))
    assert 15 < other["Adam"] / plain["Adam"] < 30
    assert other["Muon"] == pytest.approx(plain["Muon"], rel=0.15)
    own = {name: losses[1].min(axis=0) for name, losses in ends.items()}
    assert (own["Muon"] < own["Adam"]).mean() > 0.8


@pytest.mark.claim("11#4")
def test_11_turned_rows_from_the_start_of_the_lesson():
    ends = both_ways(2.0 ** np.arange(-9, 3), np.ones((1, 4)), 45)
    best = {name: tuple(side.min() for side in losses) for name, losses in ends.items()}
    assert best["Muon"][1] == pytest.approx(best["Muon"][0], rel=1e-3)
    assert best["Adam"][1] / best["Adam"][0] == pytest.approx(400, rel=0.1)
    assert best["Adam"][0] < best["Muon"][0] < best["Adam"][1]


def test_11_of_all_tables_with_rows_at_right_angles_muons_is_the_nearest():
    """Ten thousand others are further away from a table than U V'."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((3, 5))
    left, _, right = np.linalg.svd(table, full_matrices=False)
    others = np.linalg.svd(table + rng.standard_normal((10_000, 3, 5)), full_matrices=False)
    others = others[0] @ others[2]
    assert (np.linalg.norm(others - table, axis=(1, 2)) > np.linalg.norm(left @ right - table)).all()


def test_11_muon_with_two_rows_at_right_angles():
    """(3, 4) and (-0.4, 0.3) become (0.6, 0.8) and (-0.8, 0.6): exactly by singular values, and in five rounds roughly."""
    rows = np.array([[3, 4], [-0.4, 0.3]])
    left, _, right = np.linalg.svd(rows)
    np.testing.assert_allclose(left @ right, [[0.6, 0.8], [-0.8, 0.6]], atol=1e-12)
    rough = al.newton_schulz(rows / np.linalg.norm(rows))
    assert rough[0] @ rough[1] == pytest.approx(0, abs=1e-12)
    assert (np.abs(np.linalg.norm(rough, axis=1) - 0.95) < 0.26).all()


def test_11_on_words_adam_wins():
    """The record: twice as large or more for all but Adam's own variants and schedule-free; one row of it again."""
    loss = {name: np.mean(row["losses"], axis=1).min() for name, row in WORDS.items()}
    assert loss["Adam"] == pytest.approx(0.016, abs=0.0005)
    for name in ("momentum", "Lion", "ADOPT", "Adafactor", "Muon", "SOAP"):
        assert loss[name] > 2 * loss["Adam"]
        assert np.min(WORDS[name]["losses"], axis=0).min() > np.min(WORDS["Adam"]["losses"], axis=0).max()
    assert loss["Adam"] < loss["schedule-free"] < 1.5 * loss["Adam"]
    counts = al.word_pairs(64).counts
    end = walked(adam, al.bigram(counts, batch=512, seed=[1, 2]), [0.25], 300)
    recorded = WORDS["Adam"]["losses"][-2 - WORDS["Adam"]["lowest power"]][1:3]
    assert al.bigram(counts).loss(end[0]) == pytest.approx(recorded, rel=1e-3)


def test_11_a_row_of_the_record_again():
    """75 steps on digits at the best rates: Adam and Lion by the plain steps of this file, Muon by the library."""

    def lion(g, state, t):
        m = state.get("m", 0)
        state["m"] = 0.99 * m + 0.01 * g
        return np.sign(0.9 * m + 0.1 * g)

    problem = al.network(al.digits(), activation="relu", batch=32, seed=[0, 1, 2])
    for name, step in (("Adam", adam), ("Lion", lion)):
        rate = 2.0 ** (DIGITS[name]["lowest power"] + best(name, 0))
        end = walked(step, problem, [rate], 75)
        assert problem.loss(end[0]) == pytest.approx(at_best(name, 0)[:3], rel=1e-3)
    rate = 2.0 ** (DIGITS["Muon"]["lowest power"] + best("Muon", 0))
    end = al.final(al.Muon(lr=rate, blocks=[(64, 32), (32,)]), problem, steps=75, schedule=al.linear(75)).theta
    assert problem.loss(end) == pytest.approx(at_best("Muon", 0)[:3], rel=1e-3)


@pytest.mark.claim("11#2")
def test_11_what_others_measured_is_quoted_alike():
    """Wen and colleagues (2025), times AdamW's speed by billions of weights: the lesson's advice and the page of questions."""
    speeds = {0.1: 1.4, 1.2: 1.1}
    lesson = (ROOT / "notebooks/11_after_adam.ipynb").read_text(encoding="utf-8")
    questions = " ".join((ROOT / "book/pages/questions.md").read_text(encoding="utf-8").split())
    for text in (lesson, questions):
        for billions in speeds:
            assert f"{billions} billion" in text
        assert f"{max(speeds.values())} times" in text
        assert "a tenth faster" in text
    assert f"expect a speed-up of {min(speeds.values())} to {max(speeds.values())} in steps" in lesson
