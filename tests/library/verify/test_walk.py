"""What is walked, how long, and where memory is found; rules that ask for a matrix walk the eight numbers as one of 4 x 2."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import PLATE, START, STEPS
from adamlib.verify.adapters import library
from adamlib.verify.adapters.base import named_arrays
from adamlib.verify.adapters.function import FunctionWalker
from adamlib.verify.compare import Comparison
from adamlib.verify.concordance import meant_by, recorded, recorded_walk, verdict_on
from adamlib.verify.judge import IN_HALF
from adamlib.verify.report import plain_rule
from adamlib.verify.walk import memories, on_the_probe, walk_probe
from helpers.steps import Bag, Odd, as_function

RULES = {"Muon": al.Muon(lr=0.02), "Adafactor": al.Adafactor(lr=0.1)}
every_rule = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def test_memory_is_found_wherever_it_is_kept():
    m, v = np.ones(8), np.full(8, 2.0)
    bag = Bag()
    bag.mu, bag.nu = m, v
    for state in (
        {"m": m, "v": v},
        ({"x": 1}, {"exp_avg": m, "exp_avg_sq": v}),
        bag,
        [bag],
        {"v": m, "s": v},
        {0: {"momentum": m, "velocity": v}},
    ):
        found = memories(named_arrays(state))
        assert (found["m"] == m).all()
        assert (found["v"] == v).all()
    for state in (None, 3, "m", (m, v), {"m": m}, {"m": m[:3], "v": v[:3]}, {"m": "m", "v": "v"}, {"m": m + 0j, "v": v + 0j}):
        assert memories(named_arrays(state)) == {}
    assert memories(named_arrays({"m": Odd(), "v": Odd()})) == {}
    knot: dict = {}
    knot["knot"] = knot
    assert named_arrays(knot) == {}


def test_walks_end_when_everything_is_nan():
    walk = walk_probe(lambda start: FunctionWalker(lambda theta, grad, state: (theta * np.nan, state)), STEPS)
    assert len(walk.states) == 1


@every_rule
def test_a_function_on_matrices_follows(rule):
    """Whatever blocks the rule had in its own network."""
    for like in (rule, replace(rule, blocks=[(64, 32), (32,)])):
        verdict = al.verify(as_function(rule), like=like)
        assert verdict.ok
        assert verdict.rule == replace(rule, blocks=PLATE)
        assert "a matrix of 4 x 2 was walked, as its rule asks for one" in verdict.sentence
        assert plain_rule(verdict.rule)["settings"]["blocks"] == "4 x 2"


@pytest.mark.parametrize(
    ("step", "like", "says"),
    [
        (al.Muon(lr=0.02), al.Muon(lr=0.01), "every step is 2 times as long"),
        (al.Muon(lr=0.02, beta=0.9), al.Muon(lr=0.02), "it follows Muon(lr=0.02, beta1=0.9, beta2=0.999, eps=1e-08, beta=0.9,"),
        (al.Muon(lr=0.02, convention="optax"), al.Muon(lr=0.02), "convention='optax'"),
        (al.Muon(lr=0.02, steps=4), al.Muon(lr=0.02), "no fault that we know"),
        (al.Adam(lr=0.02), al.Muon(lr=0.02), "no fault that we know"),
        (al.Adafactor(lr=0.1, decay=0.7), al.Adafactor(lr=0.1), "no fault that we know"),
    ],
    ids=["rate", "beta", "optax", "steps", "Adam", "decay"],
)
def test_what_departs(step, like, says):
    verdict = al.verify(as_function(step), like=like)
    assert not verdict.ok
    assert says in verdict.sentence


def test_settings_of_the_libraries():
    """Keras's own constants, Optax's corrections, PyTorch's scales; what MLX does is not ours."""
    torch, keras, old_keras, optax, mlx = map(library, ("torch", "keras", "tf_keras", "optax", "mlx"))
    for scale, said in (("rows", None), ("rows", "original"), ("rms", "match_rms_adamw")):
        assert torch.rule_from("Muon", {"lr": 0.02, "momentum": 0.9, "adjust_lr_fn": said}) == al.Muon(
            lr=0.02, beta=0.9, scale=scale
        )
    adafactor = {"beta2_decay": -0.7, "eps": (None, 0.01), "d": 2.0}
    assert torch.rule_from("Adafactor", adafactor) == al.Adafactor(decay=0.7, eps2=0.01, d=2.0)
    assert keras.rule_from("muon", {"learning_rate": 0.1, "epsilon": 1e-7}) == al.Muon(lr=0.1, convention="keras")
    for one in (keras, old_keras):
        assert one.rule_from("Adafactor", {"beta_2_decay": -0.7, "epsilon_1": 1e-30}) == al.Adafactor(
            decay=0.7, eps1=1e-30, convention="paper"
        )
    muon = optax.rule_from("muon", {"learning_rate": 0.1, "beta": 0.8, "eps": 1e-8, "consistent_rms": None})
    assert muon == al.Muon(lr=0.1, beta=0.8, scale="columns", convention="optax")
    with pytest.raises(LookupError, match="no rule of ours has rms_rate=None"):
        keras.rule_from("Muon", {"rms_rate": None})
    with pytest.raises(LookupError, match="no rule of ours is MLX's Muon; say like"):
        mlx.rule_from("Muon", {})


def test_memory_of_a_matrix_has_the_names_of_its_walker():
    make = on_the_probe(lambda start: SimpleNamespace(state_names=lambda: ["momentum_buffer"]), al.Muon())
    assert make(START).state_names() == ["momentum_buffer"]


def test_what_is_no_matrix_any_more():
    verdict = al.verify(lambda theta, grad, state: ((theta - grad).ravel(), state), like=al.Muon())
    assert "it returns theta of shape (8,) where (4, 2) is expected" in verdict.sentence


def test_muon_of_pytorch_was_recorded_in_bfloat16():
    """Its walk agrees to that precision, and to none with other settings."""
    name = "torch.optim:Muon"
    assert IN_HALF in verdict_on(name).remarks
    walk, rule = recorded_walk(recorded(), name), meant_by(name, recorded()["objects"][name])
    for other in (
        {"beta": 0.94},
        {"steps": 4},
        {"nesterov": False},
        {"lr": 1.05 * rule.lr},
        {"scale": "columns"},
        {"weight_decay": 0},
    ):
        assert not Comparison(walk, replace(rule, **other), walk.dtype, half=True).follows(replace(rule, **other))


@every_rule
def test_the_rule_itself_and_its_class(rule):
    assert al.verify(rule).ok
    assert al.verify(type(rule)).follows == type(rule).__name__
    assert not al.verify(rule, like=al.Adam(lr=rule.lr)).ok


def test_the_words_of_an_error_are_plain():
    def step(theta, grad, state):
        raise RuntimeError("no \x1b[1mluck\x1b[0m\nhere.")

    assert al.verify(step).sentence.startswith("RuntimeError: no luck here, raised at step 1: it cannot be compared with Adam(")
