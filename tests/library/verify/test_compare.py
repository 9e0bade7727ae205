"""A walk beside a rule: m and v are compared too, in the precision and in the units of the walk."""

from itertools import product

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import PRECISIONS, START, gradients
from adamlib.verify.adapters.function import FunctionWalker
from adamlib.verify.changes import with_decay
from adamlib.verify.compare import Comparison, thetas_of
from adamlib.verify.concordance import recorded, recorded_walk
from adamlib.verify.diagnose.suspects import Cause
from adamlib.verify.judge import OTHERWISE, as_a_matrix
from adamlib.verify.readings import readings
from adamlib.verify.verdict import Verdict
from adamlib.verify.walk import Walk, walk_matrix, walk_probe
from helpers.steps import as_function
from helpers.whole import sample


def test_sums_without_one_minus_beta_are_right_in_single_precision():
    def sums(theta, grad, state):
        grad = grad.astype(np.float32)
        m, v, t = (state["m"], state["v"], state["t"] + 1) if state else (0 * grad, 0 * grad, 1)
        m, v = np.float32(0.9) * m + grad, np.float32(0.999) * v + grad**2
        root = np.sqrt(v * np.float32(0.001 / (1 - 0.999**t))) + np.float32(1e-8)
        change = m * np.float32(0.001 * 0.1 / (1 - 0.9**t)) / root
        return theta.astype(np.float32) - change, {"m": m, "v": v, "t": t}

    assert al.verify(sums).follows == "Adam"


def test_single_precision_inside_double():
    def half_way(theta, grad, state):
        state = state or al.Adam(lr=0.1).init(START)
        new = al.Adam(lr=0.1).step(state, grad)
        return theta + (new.theta - state.theta).astype(np.float32), new

    verdict = al.verify(half_way, like=al.Adam(lr=0.1))
    assert verdict.ok
    assert "; it agrees to single precision only, which hides small differences in settings" in verdict.sentence
    assert "only a vector was walked: with a matrix ValueError: grad of shape (64, 64)" in verdict.sentence


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_a_wrong_v_is_seen_where_theta_hides_it(dtype):
    """1 - beta2 a tenth too large: theta agrees to four digits, v does not."""
    verdict = al.verify(as_function(al.Adam(beta2=0.9989), dtype))
    assert (verdict.ok, verdict.quantity, verdict.step) == (False, "v", 1)
    assert al.verify(as_function(al.Adam(), dtype)).follows == "Adam"


def with_penalty(rule, factor, inside):
    """A step that adds a penalty to the gradient, and rounds theta, or its change, in its own way."""

    def step(theta, grad, state):
        before = (state or rule.init(theta))._replace(theta=theta)
        new = rule.step(before, grad + factor * theta)
        if inside == "float32":
            return new.theta.astype(np.float32), new
        return (theta + (new.theta - theta).astype(np.float32) if inside else np.nextafter(new.theta, 0)), new

    return step


FED_BACK = "it multiplies rounding, so from step "


def rounding_is_fed_back(seed):
    """A rule and a penalty that sends theta to and fro across zero, so that the last digits grow from step to step."""
    draw = np.random.default_rng(seed)
    kind = (al.AdaMax, al.Adam, al.AdaMax)[seed]
    return kind(lr=draw.uniform(0.8, 1.2), beta1=draw.uniform(0.4, 0.6), beta2=draw.uniform(0.93, 0.95)), draw.uniform(0.3, 1)


@pytest.mark.parametrize(("seed", "inside"), sample(list(product(range(3), ["", "float32", "float32 on the way"]))))
def test_a_rule_that_multiplies_rounding_is_followed_in_any_precision(seed, inside):
    rule, factor = rounding_is_fed_back(seed)
    verdict = al.verify(with_penalty(rule, factor, inside), like=with_decay(rule, factor))
    assert verdict.convention == "penalty"
    assert FED_BACK in verdict.sentence


@pytest.mark.parametrize("seed", range(3))
def test_rounding_that_is_multiplied_explains_no_step_that_differs_in_the_sixth_digit(seed):
    rule, factor = rounding_is_fed_back(seed)
    step, like = with_penalty(rule, factor, ""), with_decay(rule, factor)
    penalty = next(one.rule for one in readings(like) if one.name == "penalty")

    def follows(longer):
        def differing(theta, grad, state):
            new, state = step(theta, grad, state)
            return (theta + (new - theta) * (1 + longer) if state.t > 390 else new), state

        return Comparison(walk_probe(lambda start: FunctionWalker(differing, start), 400), like, "float64").follows(penalty)

    assert follows(0.0)
    assert not follows(1e-6)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", [al.SGD(lr=1e-12), al.Adam(lr=1e-12), al.AdaMax(lr=1e-12)])
def test_a_drift_is_no_rounding_of_a_rule_that_multiplies_none(rule, dtype):
    """Each step is off by less than it may be alone, and always to the same side."""

    def theta_with(share):
        state, theta = rule.init(START), START
        for g in gradients():
            before, state = state.theta, rule.rule(state, g)
            theta = theta + (state.theta - before) + share * PRECISIONS[dtype].rounding * np.abs(START)
            yield {"theta": theta}

    def follows(share):
        return Comparison(Walk(list(theta_with(share))), rule, dtype).follows(rule)

    assert follows(0.01)
    assert not follows(0.5)


def test_what_departs_first_is_seen_in_the_state():
    def step(theta, grad, state):
        state = state or {"m": 0 * theta, "v": 0 * theta, "t": 0}
        t = state["t"] + 1
        m, v = 0.9 * state["m"] + 0.1 * grad, 0.999 * state["v"] + (0.001 if t < 5 else 0.002) * grad**2
        theta = theta - 0.001 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        return theta, {"m": m, "v": v, "t": t}

    verdict = al.verify(step)
    assert (verdict.quantity, verdict.step) == ("v", 5)
    assert " first in v, at step 5: " in verdict.sentence


def turned_where_it_is_flat(rule, floor):
    """AdamP in small: a step on a matrix loses its part along theta where the gradient is at right angles to theta."""

    def step(theta, grad, state):
        state = state or rule.init(theta)
        new = rule.rule(state._replace(theta=theta), grad)
        change = new.theta - theta
        if theta.ndim > 1 and abs(np.sum(grad * theta)) < floor * np.linalg.norm(grad) * np.linalg.norm(theta):
            change = change - theta * np.sum(theta * change) / np.sum(theta * theta)
        return theta + change, new

    return step


def in_few_bits(rule, fewest, dtype=np.float16):
    """m and v of a large parameter are kept in few bits, those of a small one whole."""

    def step(theta, grad, state):
        state = state or rule.init(theta)
        new = rule.rule(state._replace(theta=theta), grad)
        packed = {name: getattr(new, name).astype(dtype).astype(float) for name in ("m", "v")} if theta.size >= fewest else {}
        return new.theta, new._replace(**packed)

    return step


@pytest.mark.parametrize("seed", range(4))
def test_what_is_otherwise_with_large_or_flat_matrices_is_no_rule(seed):
    draw = np.random.default_rng(seed)
    kind = draw.choice([al.Adam, al.AdamW, al.NAdam, al.RMSProp])
    rule = kind(lr=10 ** draw.uniform(-4, -2), beta2=draw.uniform(0.9, 0.999))
    for step in (turned_where_it_is_flat(rule, draw.uniform(1e-3, 0.1)), in_few_bits(rule, int(draw.integers(1024, 4097)))):
        verdict = al.verify(step, like=rule)
        assert (verdict.ok, verdict.cause.says.partition(" where")[0]) == (False, f"it follows {kind.__name__}")
        assert "moves a matrix of shape (64, 64) otherwise" in verdict.sentence
    other = al.verify(in_few_bits(kind(), 2000), like=al.SGD(lr=kind().lr))
    assert "where theta is a vector, it follows" in other.sentence
    assert al.verify(as_function(rule), like=rule).ok


def test_positions_end_where_a_record_leaves_some_out():
    """Of the walks of the libraries the first steps are recorded, and then some."""
    name = next(iter(recorded()["objects"]))
    walk = recorded_walk(recorded(), name)
    thetas = thetas_of(Comparison(walk, al.Adam(), walk.dtype))
    assert 2 < len(thetas) < len(walk.states)
    assert walk.states[len(thetas) - 1]["theta"] is None
    np.testing.assert_array_equal(thetas[0], START)


def test_of_two_causes_alike_for_a_vector_the_one_that_a_matrix_follows_is_told():
    def make(start):
        return FunctionWalker(as_function(al.Adam()), start)

    first, second = Cause("a", rule=al.Adam(lr=0.5)), Cause("b", rule=al.Adam())
    walk, matrix = walk_probe(make, 3), walk_matrix(make, 3)
    for others, says in (((second,), "b"), ((first,), f"where theta is a vector, a; it {OTHERWISE}")):
        verdict = Verdict(al.Adam(), 3, cause=first._replace(others=others))
        assert as_a_matrix(verdict, walk, matrix).cause.says == says
