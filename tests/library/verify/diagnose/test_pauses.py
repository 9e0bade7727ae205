"""One step in several calls is told, and what it is made with; a rule that rests at times for other reasons is not."""

import numpy as np
import pytest

import adamlib as al
from adamlib.verify.adapters.function import FunctionWalker
from adamlib.verify.judge import judge
from adamlib.verify.walk import walk_probe
from helpers.steps import as_function

TAKES = {
    "the mean of the gradients": lambda some: np.mean(some, axis=0),
    "the sum of the gradients": lambda some: np.sum(some, axis=0),
    "the last gradient alone": lambda some: some[-1],
    "the first gradient alone": lambda some: some[0],
}


def now_and_then(rule, is_time, take):
    """A step with what is taken of the gradients since the last, in those calls for which it is time."""

    def step(theta, grad, state):
        calls, some, inner = state or (0, [], rule.init(theta))
        calls, some = calls + 1, [*some, grad]
        if is_time(calls):
            inner, some = rule.step(inner, take(some)), []
        return inner.theta, (calls, some, inner)

    return step


@pytest.mark.parametrize("takes", TAKES)
@pytest.mark.parametrize("seed", range(2))
def test_one_step_in_several_calls(takes, seed):
    draw = np.random.default_rng(seed)
    every, rule = int(draw.integers(2, 20)), (al.Adam(lr=10 ** draw.uniform(-3, -1)), al.RMSProp())[seed]
    says = al.verify(now_and_then(rule, lambda t: t % every == 0, TAKES[takes]), like=rule).cause.says
    assert says.startswith(f"it makes one step in {every} calls, with {takes}")


def test_gradients_that_were_added_up_in_single_precision():
    def mean(some):
        return np.mean(np.float32(some), axis=0).astype(float)

    says = al.verify(now_and_then(al.Adam(), lambda t: t % 4 == 0, mean), like=al.Adam()).cause.says
    assert says.startswith("it makes one step in 4 calls, with the mean of the gradients")
    assert says.endswith("single precision only")


@pytest.mark.parametrize(
    "is_time",
    [lambda t: t % 7 in (0, 3), lambda t: t % 4 == 0, lambda t: t > 30, lambda t: t == 9, lambda t: t > 5 and t % 40 == 5],
)
def test_other_pauses_are_none_of_these(is_time):
    verdict = al.verify(now_and_then(al.Adam(), is_time, lambda some: some[-1] * 0.5 + 0.1), like=al.Adam())
    assert verdict.status == 1
    assert "calls" not in verdict.sentence


@pytest.mark.parametrize("every", [2, 4])
def test_a_walk_of_which_only_some_steps_were_kept_has_no_pace(every):
    """As the recorded ones, which are compared where they were kept."""

    def drifts(theta, grad, state):
        theta, state = as_function(al.Adam())(theta, grad, state)
        return theta + 0.001, state._replace(theta=theta + 0.001)

    walk = walk_probe(lambda start: FunctionWalker(drifts, start), 100)
    for t, state in enumerate(walk.states):
        state["theta"] = state["theta"] if t % every == 0 else None
    verdict = judge(walk, al.Adam())
    assert (verdict.status, verdict.cause) == (1, None)
