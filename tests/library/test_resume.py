"""A resumed run beside an uninterrupted one: each part that a checkpoint can lose is named, and nothing else.

The loop in PyTorch stands in book/pages/resume.md; tests/series/test_torch_blocks.py compares what it printed.
"""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

import adamlib as al
from adamlib import check_resume

COUNT, MEMORY, SCHEDULE, ORDER = "the step count t", "m and v", "the schedule", "the order of the data"
LOST = {
    "": (),
    "m": (MEMORY,),
    "m v": (MEMORY,),
    "m v t": (MEMORY,),
    "t": (COUNT,),
    "schedule": (SCHEDULE,),
    "order": (ORDER,),
    "schedule t": (SCHEDULE, COUNT),
    "schedule m v": (SCHEDULE, MEMORY),
    "theta": ("the weights",),
    "theta m v t schedule order": ("the weights",),
}


RULE = al.AdamW(lr=0.01)


def in_numpy(forgets="", rule=RULE, sigma=1.0, logs=("weights", "lr", "batch"), problem=None):
    """Adam under a cosine, on a noisy bowl if no problem is named; its checkpoint forgets some parts."""
    loss, lr = problem or al.noisy(al.quadratic(np.geomspace(1, 100, 10)), sigma=sigma), al.cosine(1000)

    def train(checkpoint, steps):
        fresh = rule.init(loss.start)
        state, moment, place = checkpoint or (fresh, 0, 0)
        log = []
        for _ in range(steps):
            moment, place = moment + 1, place + 1
            now = replace(rule, lr=rule.lr * lr(moment))
            state = now.step(state, loss.grad(state.theta, place))
            batch = np.random.default_rng(place).permutation(99)[:4]
            log.append({name: {"weights": state.theta, "lr": now.lr, "batch": batch}[name] for name in logs})
        lost = {name: getattr(fresh, name) for name in forgets.split() if hasattr(fresh, name)}
        return log, (state._replace(**lost), moment * ("schedule" not in forgets), place * ("order" not in forgets))

    return train


@pytest.mark.parametrize("sigma", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("forgets", LOST)
def test_what_is_lost_is_named(forgets, sigma):
    verdict = check_resume(in_numpy(forgets, sigma=sigma))
    assert verdict.lost == LOST[forgets]
    assert bool(verdict) is verdict.ok is (forgets == "")


@pytest.mark.parametrize("steps", [5, 50, 100])
@pytest.mark.parametrize("rule", [al.Adam(lr=0.01), al.Adam(lr=0.01, beta2=0.95), al.AdamW(lr=0.01, weight_decay=1.0)])
def test_the_step_count_is_told_from_the_memory_early_and_late(rule, steps):
    """Near step 100 the first move without t is as long as it should be."""
    for forgets in ("t", "m v"):
        assert check_resume(in_numpy(forgets, rule), steps=steps).lost == LOST[forgets]


@pytest.mark.parametrize("forgets", ["", "m v", "t", "schedule", "order", "schedule t"])
def test_a_network_in_batches(forgets):
    net = al.network(al.digits(train=100), hidden=4, batch=10)
    for rule in (RULE, al.Adam(lr=0.001, beta2=0.95)):
        assert check_resume(in_numpy(forgets, rule, problem=net), steps=10).lost == LOST[forgets]


def test_what_a_rule_does_not_have_it_cannot_lose():
    assert check_resume(in_numpy("v", al.Momentum(lr=0.001)))
    assert check_resume(in_numpy("m", al.RMSProp(lr=0.01)))
    assert check_resume(in_numpy("m", al.Momentum(lr=0.001))).lost == (MEMORY,)


def test_how_it_shows():
    """The factor without t is (1 - beta1^21) / (1 - beta1) sqrt((1 - beta2) / (1 - beta2^21))."""
    said = {name: str(check_resume(in_numpy(name, al.Adam(lr=0.01)))) for name in ("", "t", "m v", "schedule", "order")}
    factor = (1 - 0.9**21) / 0.1 * np.sqrt(0.001 / (1 - 0.999**21))
    assert said[""] == "Resumes: the 20 steps after step 20 are those of an uninterrupted run, in weights, lr and batch."
    far = f"step 21 moves every weight {factor:.3g} times as far, on the same batch."
    assert said["t"] == f"Does not resume: the step count t did not come back: {far}"
    assert "m and v did not come back: step 21 moves the weights otherwise, 0." in said["m v"]
    assert said["schedule"].endswith(f"lr is 0.01 at step 21 where {0.01 * al.cosine(1000)(21):.5g} is expected.")
    assert "the batch of step 21 is that of step 1; m, v and the step count cannot be judged" in said["order"]


def test_what_is_not_logged_cannot_be_told_apart():
    assert check_resume(in_numpy(logs=["weights"]))
    assert check_resume(in_numpy("t", logs=["weights"])).lost == ("the step count t or the schedule",)
    assert check_resume(in_numpy("m v", logs=["weights", "lr"], sigma=10)).lost == ("m and v, or the order of the data",)
    assert check_resume(in_numpy("order", logs=["weights", "lr"], sigma=10)).lost == ("m and v, or the order of the data",)


def without_state(checkpoint):
    state, *others = checkpoint
    return al.AdamW().init(state.theta), *others


def test_a_cold_run_beside():
    whole, lost = (check_resume(in_numpy(name), cold=without_state) for name in ("", "m v t"))
    assert whole.remarks == ("a run without the optimizer's state goes another way",)
    assert lost.remarks == ("a run without the optimizer's state goes the same way: none of it came back",)
    plain = check_resume(in_numpy("m v t", al.SGD(lr=0.001)), cold=without_state)
    assert plain.ok
    assert "nothing is lost without it" in plain.sentence


# A plain function: lists, the standard library, no array.


def by_hand(forgets=""):
    examples = [(x / 10, 2 * x / 10 + random.Random(x).gauss(0, 1)) for x in range(-10, 11)]

    def train(checkpoint, steps):
        w, m, v, t, seen = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], 0, 0] if checkpoint is None else checkpoint
        w, m, v, log = [*w], [*m], [*v], []
        for _ in range(steps):
            order = random.Random(seen // 21).sample(range(21), 21)
            t, (x, y), seen = t + 1, examples[order[seen % 21]], seen + 1
            lr = 0.05 / math.sqrt(seen)
            for i, g in enumerate([(w[0] + w[1] * x - y), (w[0] + w[1] * x - y) * x]):
                m[i], v[i] = 0.9 * m[i] + 0.1 * g, 0.99 * v[i] + 0.01 * g * g
            for i in (0, 1):
                w[i] -= lr * m[i] / (1 - 0.9**t) / (math.sqrt(v[i] / (1 - 0.99**t)) + 1e-8)
            log.append({"weights": [*w], "lr": lr, "batch": f"example {order[(seen - 1) % 21]}"})
        kept = [0.0, 0.0] if forgets == "m v" else m, [0.0, 0.0] if forgets == "m v" else v
        return log, [w, *kept, 0 if forgets == "t" else t, seen - 5 if forgets == "order" else seen]

    return train


@pytest.mark.parametrize("forgets", ["", "m v", "t"])
def test_a_plain_function(forgets):
    assert check_resume(by_hand(forgets), steps=30).lost == LOST[forgets]


def test_examples_in_another_order_are_noticed_by_their_names():
    """Its schedule hangs on the same counter, so both are lost."""
    verdict = check_resume(by_hand("order"), steps=30)
    assert verdict.lost == (SCHEDULE, ORDER)
    assert "the batch of step 31 is another" in verdict.sentence


# What cannot be checked, and what is refused.


def edited(change, forgets=""):
    """The loop with each record edited."""

    def train(checkpoint, steps):
        log, saved = in_numpy(forgets)(checkpoint, steps)
        return [{**record, **change(t, checkpoint)} for t, record in enumerate(log)], saved

    return train


def test_runs_that_tell_nothing():
    drawn, stuck = iter(range(10**6)), np.ones(3)
    cases = {
        "differ at step 1 in batch: seed": lambda t, checkpoint: {"batch": next(drawn)},
        "the same after every step: log a copy": lambda t, checkpoint: {"weights": stuck},
        "not finite numbers": lambda t, checkpoint: {"weights": [math.nan]},
        "weights of another size": lambda t, checkpoint: {"weights": np.arange(3.0) + t} if checkpoint else {},
    }
    for why, change in cases.items():
        verdict = check_resume(edited(change))
        assert not verdict
        assert str(verdict).startswith("Cannot be checked: ")
        assert why in verdict.sentence


def test_noise_of_a_device_is_no_loss():
    """Runs that differ in the seventh digit from one to the next resume; a lost step count is seen all the same."""
    rng = np.random.default_rng(0)

    def noisy(forgets):
        def train(checkpoint, steps):
            log, saved = in_numpy(forgets)(checkpoint, steps)
            return [{**one, "weights": one["weights"] * (1 + 1e-7 * rng.standard_normal(10))} for one in log], saved

        return train

    assert check_resume(noisy(""))
    assert check_resume(noisy("t")).lost == (COUNT,)


def test_a_step_that_is_skipped():
    def train(checkpoint, steps):
        log, saved = in_numpy()(checkpoint, steps)
        first = checkpoint[0].theta if checkpoint else log[0]["weights"]
        return [{**log[0], "weights": first}, *log[1:]], saved

    assert check_resume(train).lost == ("the loss scale",)
    assert "step 21 is skipped" in str(check_resume(train))


def test_anything_else_is_compared_by_its_name():
    verdict = check_resume(edited(lambda t, checkpoint: {"dropout": bool(checkpoint)}))
    assert verdict.reasons == ("dropout did not come back: dropout is 1 at step 21 where 0 is expected",)


def test_weights_that_blow_up():
    verdict = check_resume(edited(lambda t, checkpoint: {"weights": np.full(10, np.inf)} if checkpoint and t > 2 else {}))
    assert verdict.reasons == ("the weights did not come back: after step 24 they are no longer finite",)


@pytest.mark.parametrize(
    ("returns", "error", "says"),
    [
        (None, TypeError, "train returning None is not allowed: train must return a list of records and a checkpoint"),
        (([{"weights": 1.0}], 0), ValueError, "train must return one for each of 20 steps"),
        (([{"lr": 1.0}] * 20, 0), TypeError, "train must log a dict with weights, alike at each step"),
        (([{"weights": 1.0}] * 19 + [{"weights": 1.0, "lr": 1.0}], 0), TypeError, "alike at each step"),
    ],
)
def test_a_train_that_returns_something_else_is_refused(returns, error, says):
    with pytest.raises(error, match=says):
        check_resume(lambda checkpoint, steps: returns)


def test_weights_come_as_arrays_lists_or_dicts():
    forms = [lambda w: w.astype(np.float32), lambda w: [w[:4], w[4:].reshape(2, 3)], lambda w: {"a": w[:1], "b": w[1:]}]
    for form in forms:

        def train(checkpoint, steps, form=form):
            log, saved = in_numpy("t")(checkpoint, steps)
            return [{**record, "weights": form(record["weights"])} for record in log], saved

        assert check_resume(train).lost == (COUNT,)
