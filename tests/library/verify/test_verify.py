"""verify: recognises rules and conventions, names the exhibits' mistakes in any style, and invents none."""

import doctest
import functools
import io
import math
import os
import re
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import adamlib as al
from adamlib import museum
from adamlib.__main__ import main
from adamlib.museum import EXHIBITS
from adamlib.museum.trial import extra
from adamlib.optimizers import Optimizer
from adamlib.probe import START, STEPS
from adamlib.verify import CROSSWALK, HEADER, Verdict, concordance, recorded, walkers
from adamlib.verify.concordance import RECORDED, verdict_on
from adamlib.verify.conventions import GROUPS, decayed, readings
from adamlib.verify.judge import judge
from adamlib.verify.load import Unusable, load, rule_in, settings_in
from adamlib.verify.reading import by_name
from adamlib.verify.walkers import Recorded, memories, named_arrays, walked, walker_of
from helpers import fakes
from helpers.cases import OPTIMIZERS, every_optimizer
from helpers.peers import record_defaults

os.environ.setdefault("KERAS_BACKEND", "torch")
every_exhibit = pytest.mark.parametrize("exhibit", EXHIBITS.values(), ids=EXHIBITS)

# What each recorded object follows; where nothing is said, the rule as it stands in adamlib.
FOLLOWS = {
    "torch.optim:SGD lr=0.01 momentum=0.9 dampening=0.5": "first buffer",
    "torch.optim:Adagrad lr=0.1 eps=0.001 initial_accumulator_value=0.1": "accumulator 0.1",
    "torch.optim:RMSprop lr=0.1 alpha=0.9 eps=0.1 weight_decay=0.1": "penalty",
    "torch.optim:Adam weight_decay=0.1": "penalty",
    "torch.optim:Adam amsgrad=True weight_decay=0.1": "penalty",
    "torch.optim:NAdam": "torch schedule",
    "torch.optim:NAdam lr=0.1 betas=(0.5,0.9) weight_decay=0.1": "torch schedule, penalty",
    "torch.optim:NAdam weight_decay=0.1 decoupled_weight_decay=True": "torch schedule",
    "keras.optimizers:Adagrad": "accumulator 0.1, eps inside",
    "keras.optimizers:Adagrad learning_rate=0.1 epsilon=0.01 initial_accumulator_value=0.0": "eps inside",
    "keras.optimizers:RMSprop": "eps inside",
    "keras.optimizers:RMSprop learning_rate=0.1 rho=0.99 epsilon=0.1": "eps inside",
    "keras.optimizers:Adam": "eps-hat",
    "keras.optimizers:Adam learning_rate=0.1 beta_1=0.5 beta_2=0.9 epsilon=0.1": "eps-hat",
    "keras.optimizers:Adam weight_decay=0.1": "eps-hat",
    "keras.optimizers:Adam amsgrad=True": "eps-hat",
    "keras.optimizers:AdamW": "eps-hat",
    "keras.optimizers:AdamW learning_rate=0.1 weight_decay=0.5 epsilon=0.01": "eps-hat",
    "keras.optimizers:Nadam": "keras schedule",
    "keras.optimizers:Nadam learning_rate=0.1 beta_1=0.5 beta_2=0.9": "keras schedule",
    "optax:adagrad learning_rate=0.001": "accumulator 0.1, eps inside",
    "optax:adagrad learning_rate=0.1 initial_accumulator_value=0.0 eps=0.01": "eps inside",
    "optax:rmsprop learning_rate=0.001": "eps inside",
}


def live(name: str):
    """The object that a recorded name spells, made now, and the rule it should be; skips where its library is missing."""
    target, *words = name.split()
    pytest.importorskip(name.partition(":")[0].partition(".")[0])
    return load(target, settings_in(words))


# The libraries, recorded and live


@pytest.mark.parametrize("name", record_defaults.OBJECTS)
def test_recorded_objects_are_recognised(name):
    verdict = verdict_on(name)
    assert verdict.ok
    assert "single precision" not in verdict.sentence
    kind = by_name(name.split()[0].partition(":")[2], recorded()["objects"][name]["settings"])
    assert verdict.follows == FOLLOWS.get(name, type(kind).__name__)
    assert (verdict.quantity is None) == (name not in FOLLOWS)


@pytest.mark.filterwarnings("ignore")  # theirs, not ours
@pytest.mark.parametrize("name", record_defaults.OBJECTS)
def test_live_objects_are_recognised(name):
    optimizer, like = live(name)
    start = time.perf_counter()
    verdict = al.verify(optimizer, like)
    assert verdict.ok
    assert verdict.follows == verdict_on(name).follows
    assert time.perf_counter() - start < 10


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", record_defaults.OBJECTS)
def test_live_walks_are_those_recorded(name):
    live(name)
    now, then = record_defaults.record(name), recorded()["objects"][name]
    assert now["settings"].keys() == then["settings"].keys()
    assert now["state"] == then["state"]
    np.testing.assert_allclose(now["theta"], then["theta"], rtol=1e-11)


@pytest.mark.filterwarnings("ignore")
def test_the_live_concordance_is_that_recorded():
    for library in ("torch", "optax", "keras"):
        pytest.importorskip(library)
    assert concordance(record_defaults.everything()) == concordance()


def test_recorded_is_complete_and_small():
    records = recorded()
    assert list(records["objects"]) == list(record_defaults.OBJECTS)
    assert tuple(records["steps"]) == record_defaults.ROWS
    assert set(records["versions"]) == {"numpy", "torch", "optax", "jax", "keras"}
    assert RECORDED.stat().st_size < 150_000


@pytest.mark.filterwarnings("ignore")
def test_a_torch_object_in_all_its_forms():
    torch = pytest.importorskip("torch")
    param = torch.tensor([3.0], requires_grad=True)
    used = torch.optim.Adam([param], lr=0.1)
    param.grad = torch.tensor([1.0])
    used.step()
    before = param.detach().clone(), {name: value.clone() for name, value in used.state[param].items()}
    forms = (used, torch.optim.Adam, lambda params: torch.optim.Adam(params, lr=0.1), functools.partial(torch.optim.Adam, lr=0.1))
    for form in forms:
        assert al.verify(form).follows == "Adam"
    assert torch.equal(param, before[0])
    assert all(torch.equal(used.state[param][name], value) for name, value in before[1].items())
    assert not al.verify(used, like=al.Adam()).ok
    assert "uphill" in al.verify(lambda params: torch.optim.Adam(params, maximize=True)).sentence
    for foreign in (torch.optim.RAdam, lambda params: torch.optim.RMSprop(params, momentum=0.9)):
        with pytest.raises(LookupError, match=r"no rule of ours .*like="):
            al.verify(foreign)
        assert not al.verify(foreign, like=al.Adam()).ok


@pytest.mark.filterwarnings("ignore")
def test_a_torch_class_with_a_shared_counter():
    torch = pytest.importorskip("torch")

    class Shared(torch.optim.Optimizer):
        def __init__(self, params, lr=0.001):
            super().__init__(params, {"lr": lr})
            self.count = 0

        @torch.no_grad()
        def step(self):
            for param in self.param_groups[0]["params"]:
                self.count += 1
                state = self.state[param]
                state["exp_avg"] = 0.9 * state.get("exp_avg", 0.0) + 0.1 * param.grad
                state["exp_avg_sq"] = 0.999 * state.get("exp_avg_sq", 0.0) + 0.001 * param.grad**2
                m, v = state["exp_avg"] / (1 - 0.9**self.count), state["exp_avg_sq"] / (1 - 0.999**self.count)
                param -= self.param_groups[0]["lr"] * m / (v.sqrt() + 1e-8)

    assert al.verify(Shared, like=al.Adam()).fault == "t per parameter"
    with pytest.raises(LookupError, match="no rule of ours is called Shared"):
        al.verify(Shared)


@pytest.mark.filterwarnings("ignore")
def test_a_keras_object_is_not_touched():
    keras = pytest.importorskip("keras")
    optimizer = keras.optimizers.Adam(0.1)
    floatx = keras.config.floatx()
    assert al.verify(optimizer).follows == "eps-hat"
    assert al.verify(keras.optimizers.Adam).ok
    assert not optimizer.built
    assert keras.config.floatx() == floatx
    with pytest.raises(LookupError, match=r"no rule of ours has clipnorm=1.0"):
        al.verify(keras.optimizers.Adam(clipnorm=1.0))
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 100)
    with pytest.raises(LookupError, match="is not one number"):
        al.verify(keras.optimizers.Adam(schedule))


@pytest.mark.filterwarnings("ignore")
def test_optax_says_nothing_of_itself():
    optax = pytest.importorskip("optax")
    assert al.verify(optax.adam(0.001)).follows == "Adam"
    assert "10 times as long; it follows Adam(lr=0.01" in al.verify(optax.adam(0.01)).sentence
    assert "it follows NAdam(" in al.verify(optax.nadam(0.001)).sentence
    assert al.verify(optax.amsgrad(0.001), like=al.AMSGrad()).follows == "optax maximum"


# Stand-ins for the libraries


@pytest.fixture
def libraries(monkeypatch):
    return fakes.install(monkeypatch)


def test_a_stand_in_for_torch_in_all_its_forms(libraries):
    SGD, params = libraries.torch.optim.SGD, [libraries.torch.zeros(3)]
    assert al.verify(SGD).sentence.startswith("Follows SGD(lr=0.001)")
    assert al.verify(SGD(params, lr=0.1, momentum=0.9)).sentence.startswith("Follows Momentum(lr=0.1, beta=0.9) for")
    assert al.verify(SGD(params, lr=0.1, momentum=0.9, dampening=0.5)).follows == "first buffer"
    assert al.verify(functools.partial(SGD, lr=0.1, momentum=0.9, nesterov=True)).follows == "Nesterov"
    assert al.verify(lambda params: SGD(params, lr=0.5)).sentence.startswith("Follows SGD(lr=0.5)")
    assert not al.verify(functools.partial(SGD, weight_decay=0.1)).ok  # the stand-in does nothing with it
    assert not params[0].values.any()
    with pytest.raises(LookupError, match="is not one number"):
        al.verify(lambda params: SGD(params, lr="fast"))
    changed = SGD(params, lr=0.1)
    changed.param_groups[0]["lr"] = 0.05
    assert al.verify(changed).sentence.startswith("Follows SGD(lr=0.05)")
    changed.param_groups.append({**changed.param_groups[0], "lr": 0.2})
    assert al.verify(changed).sentence.endswith("; only the first of its 2 groups of parameters was walked.")

    class Mine(SGD):
        pass

    class Other(libraries.torch.optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

    assert al.verify(Mine).sentence.startswith("Follows SGD(lr=0.001)")
    with pytest.raises(LookupError, match="no rule of ours is called Other; say like which rule it should be"):
        al.verify(Other)


def test_functions_beside_torch(libraries):
    for step in (lambda params: params[9], lambda params: 3):
        assert "at step 1 it raises TypeError: " in al.verify(step).sentence
    assert al.verify(as_function(al.Adam())).ok
    assert al.verify(al.Adam).ok
    assert al.verify(print).sentence.startswith("Departs from Adam(")


def test_a_stand_in_for_keras(libraries):
    Adam = libraries.keras.optimizers.Adam
    mine = Adam(0.1, epsilon=0.01)
    assert al.verify(mine).follows == "eps-hat"
    assert al.verify(mine).quantity == "theta"  # m and v were found, and are right
    assert al.verify(Adam).follows == "eps-hat"
    assert mine.variables == []
    assert libraries.floatx == ["float32"]
    with pytest.raises(LookupError, match=r"no rule of ours has clipnorm=1.0"):
        al.verify(Adam(clipnorm=1.0))


def test_modes_of_pytorch_that_need_more_than_a_processor(libraries):
    SGD = libraries.torch.optim.SGD
    said = al.verify(lambda params: SGD(params, 0.1, capturable=True), like=al.SGD(lr=0.1))
    assert said.ok
    assert said.sentence.endswith("; it was walked with capturable=False, which a processor needs.")
    assert al.verify(lambda params: SGD(params, 0.1, differentiable=True)).sentence.startswith("Follows SGD(lr=0.1) for 400")


@pytest.mark.parametrize("more", [(), (0.1,)], ids=["bare", "with its rate"])
def test_what_makes_an_optimizer_in_optax_is_none(libraries, more):
    made = functools.partial(libraries.optax.sgd, *more) if more else libraries.optax.sgd
    with pytest.raises(TypeError, match=r"optimizer = optax.sgd is not allowed: .* call it, as optax.sgd\(0.001\)"):
        al.verify(made)


@pytest.mark.parametrize("mode", ["capturable", "differentiable"])
def test_modes_of_pytorch_live(mode):
    torch = pytest.importorskip("torch")
    assert al.verify(lambda params: torch.optim.Adam(params, **{mode: True})).follows == "Adam"


def test_what_makes_an_optimizer_in_optax_is_none_live():
    optax = pytest.importorskip("optax")
    with pytest.raises(TypeError, match=r"call it, as optax.adam\(0.001\)"):
        al.verify(optax.adam)


def test_a_stand_in_for_optax(libraries):
    assert al.verify(libraries.optax.sgd(0.1), like=al.SGD(lr=0.1)).ok
    assert al.verify(libraries.optax.sgd(0.1, 0.5), like=al.Momentum(lr=0.1, beta=0.5)).ok


def test_stand_ins_on_the_command_line(libraries, capsys):
    assert run(capsys, "torch.optim:SGD")[0] == 0
    assert run(capsys, "torch.optim:SGD", "lr=0.1", "momentum=0.9")[1].startswith("Follows Momentum(lr=0.1, beta=0.9)")
    assert run(capsys, "optax:sgd", "learning_rate=0.1", "momentum=0.9")[1].startswith("Follows Momentum(lr=0.1, beta=0.9)")
    assert run(capsys, "optax:unknown", "learning_rate=0.1", "--like", "SGD(lr=0.1)")[0] == 0
    assert run(capsys, "optax:unknown", "learning_rate=0.1")[0] == 1
    assert run(capsys, "optax:sgd")[2].startswith("python -m adamlib: sgd cannot be made: missing a required argument")


# Rules of ours


@every_optimizer
def test_every_rule_follows_itself(optimizer):
    verdict = al.verify(optimizer)
    assert verdict.ok
    assert verdict.follows == type(optimizer).__name__
    assert (verdict.quantity, verdict.step, verdict.fault) == (None, None, None)
    assert repr(verdict) == str(verdict) == verdict.sentence
    assert verdict.sentence.startswith(f"Follows {type(optimizer).__name__}(lr=")


def test_a_class_of_ours_is_its_defaults():
    assert al.verify(al.RMSProp).sentence == al.verify(al.RMSProp()).sentence


def test_a_rule_of_the_readers_own_is_compared_with_the_rule_it_changes():
    class Mine(al.Adam):
        def how_far(self, old, g, t):
            v, v_hat, v_max = super().how_far(old, g, t)
            return v, v_hat + self.eps, v_max

    class Empty(Optimizer):
        pass

    assert al.verify(Mine(lr=0.1)).follows == "eps inside"
    assert not al.verify(Empty()).ok  # it is compared with Adam()
    assert al.verify(Empty(), like=al.SGD()).ok


rates = st.floats(1e-5, 10.0)
betas = st.one_of(st.just(0.0), st.floats(0.05, 0.999))
tiny = st.one_of(st.just(0.0), st.floats(-12, 1).map(lambda x: 10.0**x))
decays = st.floats(1e-4, 0.5)


@st.composite
def rules(draw):
    rule = draw(st.sampled_from(list(OPTIMIZERS.values())))
    drawn = {"lr": rates, "beta": betas, "beta1": betas, "beta2": betas, "eps": tiny, "weight_decay": decays, "dampening": betas}
    return replace(rule, **{name: draw(drawn[name]) for name in rule.hyperparameters()})


def as_function(rule, dtype=float):
    """A rule as a step function of another make: the state is a tuple, and everything goes through `dtype`."""

    def step(theta, grad, state):
        state = rule.init(np.asarray(theta, dtype)) if state is None else state
        state = rule.step(state, grad)
        return state.theta, state

    return step


@settings(max_examples=60)
@given(rules())
def test_no_fault_is_invented(rule):
    verdict = al.verify(as_function(rule), like=rule)
    assert verdict.ok
    assert verdict.fault is None
    assert verdict.follows == type(rule).__name__


@settings(max_examples=20)
@example(al.RMSProp(lr=1.0, beta2=0.5, eps=0.0))  # v becomes zero
@example(al.Adam(lr=1.0, beta1=0.75, beta2=0.5, eps=0.0))  # v has two digits left
@given(rules())
def test_no_fault_is_invented_in_single_precision(rule):
    verdict = al.verify(as_function(rule, np.float32), like=rule)
    assert verdict.fault is None
    assert verdict.ok or "lost in rounding" in verdict.sentence


# Conventions


LIKES = [
    al.SGD(lr=0.1),
    al.Momentum(lr=0.1, dampening=0.5),
    al.AdaGrad(lr=0.1, eps=0.01),
    al.RMSProp(eps=1e-4),
    al.Adam(),
    al.Adam(lr=0.1, beta1=0.5, beta2=0.9, eps=0.1),
    al.NAdam(),
    al.AMSGrad(),
    al.AMSGrad(convention="optax"),
    al.AdamW(weight_decay=0.1),
]
READINGS = [(like, reading) for like in LIKES for reading in readings(like)]


@pytest.mark.parametrize(("like", "reading"), READINGS, ids=[f"{like} {reading.name}" for like, reading in READINGS])
def test_every_convention_is_told_apart(like, reading):
    verdict = al.verify(as_function(reading.rule), like=like)
    assert verdict.ok
    assert verdict.follows == (reading.name or type(like).__name__)
    assert verdict.alike == ()
    assert verdict.fault is None
    if reading.conventions:
        assert verdict.quantity in ("m", "v", "theta")
        assert verdict.step >= 1
        assert all(one.says in verdict.sentence for one in reading.conventions)


def test_every_convention_is_met():
    met = {one.name for _, reading in READINGS for one in reading.conventions}
    assert met == {one.name for group in GROUPS for one in group}


def test_conventions_by_hand():
    """The same conventions written out once more, on plain numbers."""
    lr, b1, b2, eps, wd = 0.1, 0.8, 0.9, 0.01, 0.2

    def make(line):
        def step(theta, grad, state):
            m, v, t = state or (0 * theta, 0 * theta, 0)
            out = [line(*map(float, numbers), t + 1) for numbers in zip(theta, grad, m, v)]
            theta, m, v = (np.array(column) for column in zip(*out))
            return theta, (m, v, t + 1)

        return step

    def inside(x, g, m, v, t):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return x - lr * m / (1 - b1**t) / math.sqrt(v / (1 - b2**t) + eps), m, v

    def hat(x, g, m, v, t):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return x - lr * math.sqrt(1 - b2**t) / (1 - b1**t) * m / (math.sqrt(v) + eps), m, v

    def bare(x, g, m, v, t):
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        return x - lr * m / (math.sqrt(v) + eps), m, v

    def decaying(place):
        def line(x, g, m, v, t):
            if place == "penalty":
                g = g + wd * x
            m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
            change = lr * m / (1 - b1**t) / (math.sqrt(v / (1 - b2**t)) + eps)
            if place == "penalty":
                return x - change, m, v
            if place == "decay after":
                return (x - change) * (1 - lr * wd), m, v
            return x - wd * x - change, m, v

        return line

    adam, adamw = al.Adam(lr, b1, b2, eps), al.AdamW(lr, b1, b2, eps, weight_decay=wd)
    for line, name in ((inside, "eps inside"), (hat, "eps-hat"), (bare, "no correction")):
        assert al.verify(make(line), like=adam).follows == name
    for place in ("penalty", "decay after", "decay alone"):
        assert al.verify(make(decaying(place)), like=adamw).follows == place


@pytest.mark.parametrize(("speed", "name"), [(0.004, "schedule"), (1, "keras schedule")])
def test_schedules_of_beta1_by_hand(speed, name):
    def step(theta, grad, state):
        m, v, t, product = state or (0 * theta, 0 * theta, 0, 1.0)
        m, v, t = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2, t + 1
        now, ahead = (0.9 * (1 - 0.96 ** (s * speed) / 2) for s in (t, t + 1))
        product *= now
        push = ahead * m / (1 - product * ahead) + (1 - now) * grad / (1 - product)
        return theta - 0.001 * push / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), (m, v, t, product)

    verdict = al.verify(step, like=al.NAdam())
    assert verdict.follows == name
    assert "single precision" not in verdict.sentence


def test_conventions_that_make_no_difference_are_said():
    verdict = al.verify(al.Adam(eps=1e-30))
    assert verdict.ok
    assert verdict.alike == ("eps inside", "eps-hat") or set(verdict.alike) == {"eps-hat", "eps inside"}
    assert "cannot be told apart from it at these settings" in verdict.sentence
    assert al.verify(al.Adam(eps=1e-30), like=al.Adam(eps=1e-30)).follows == "Adam"


def test_decayed_rules():
    assert decayed(al.SGD(), 0.0) == al.SGD()
    assert type(decayed(al.Adam(), 0.1)) is al.AdamW
    rule = decayed(al.SGD(lr=0.1), 0.5)
    assert repr(rule) == "SGD(lr=0.1, weight_decay=0.5)"
    assert rule.step(rule.init([1.0]), [0.0]).theta.tolist() == [0.95]


# Faults, in the exhibits' own form and in other styles


@every_exhibit
def test_the_fault_of_every_exhibit_is_named(exhibit):
    verdict = al.verify(exhibit.step, like=exhibit.rule())
    assert not verdict.ok
    assert verdict.follows is None
    assert verdict.fault == exhibit.name
    assert f"the exhibit '{exhibit.name}'" in verdict.sentence
    departure = museum.departs(exhibit.step, exhibit.mended)
    assert (verdict.quantity, verdict.step) == (departure.quantity, departure.step)
    assert al.verify(exhibit.mended, like=exhibit.rule()).follows == exhibit.rule.__name__


class Bag:
    """A state with attributes."""


def style_closure(line, more):
    """Memory in the function, the state is not used."""
    memory = {"t": 0}

    def step(theta, grad, state):
        memory["t"] += 1
        keys = ("m", "v", "v_max") if more == "v_max" else ("m", "v")
        theta, *new = line(
            theta, grad, *(memory.get(key, 0 * theta) for key in keys[:2]), memory["t"], memory.get("v_max", 0 * theta)
        )
        memory.update(zip(keys, new))
        return theta, state

    return step


def style_object(line, more):
    """Memory in attributes under PyTorch's names, theta changed in place."""

    def step(theta, grad, state):
        if state is None:
            state = Bag()
            state.exp_avg, state.exp_avg_sq, state.step, state.max_exp_avg_sq = 0 * theta, 0 * theta, 0, 0 * theta
        state.step += 1
        new, state.exp_avg, state.exp_avg_sq, *rest = line(
            theta, grad, state.exp_avg, state.exp_avg_sq, state.step, state.max_exp_avg_sq
        )
        if rest:
            state.max_exp_avg_sq = rest[0]
        theta[:] = new
        return theta, state

    return step


class Moments(NamedTuple):
    mu: np.ndarray
    nu: np.ndarray
    nu_max: np.ndarray
    count: int


def style_tuple(line, more):
    """Optax's names in a NamedTuple, in float32."""

    def step(theta, grad, state):
        theta, grad = theta.astype(np.float32), grad.astype(np.float32)
        state = state or Moments(0 * theta, 0 * theta, 0 * theta, 0)
        theta, mu, nu, *rest = line(theta, grad, state.mu, state.nu, state.count + 1, state.nu_max)
        small = [np.asarray(x, np.float32) for x in (theta, mu, nu, *(rest or [nu]))]
        return small[0], Moments(*small[1:], state.count + 1)

    return step


STYLES = {"closure": style_closure, "object": style_object, "tuple": style_tuple}
SETTINGS = (
    {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    {"lr": 0.3, "beta1": 0.8, "beta2": 0.95, "eps": 1e-5},
    {"lr": 0.02, "beta1": 0.95, "beta2": 0.9, "eps": 3e-6},
)


@every_exhibit
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("hyper", SETTINGS, ids=lambda hyper: f"lr={hyper['lr']}")
def test_the_fault_is_named_in_any_style(exhibit, style, hyper):
    more = extra(exhibit.step)

    def line(theta, g, m, v, t, v_max):
        last = {"v_max": [v_max], "weight_decay": [0.05], None: []}[more]
        return exhibit.step(theta, g, m, v, t, *hyper.values(), *last)

    decay = {"weight_decay": 0.05} if more == "weight_decay" else {}
    verdict = al.verify(STYLES[style](line, more), like=exhibit.rule(**hyper, **decay))
    assert not verdict.ok
    assert verdict.fault == exhibit.name or f"or '{exhibit.name}', which cannot be told apart" in verdict.sentence
    if style == "object":
        assert "it changes the theta it is given in place" in verdict.sentence
    if style == "closure":
        assert verdict.sentence.endswith("a second run from the same start goes elsewhere: something outlives a run.")


class Plain:
    """Adam in the shape of PyTorch, on one number after the other, with every mistake written once more."""

    def __init__(self, params, fault, lr, beta1, beta2, eps, weight_decay):
        self.params, self.fault, self.lr, self.eps, self.weight_decay = list(params), fault, lr, eps, weight_decay
        self.betas = (1 - beta1, 1 - beta2) if fault == "betas turned round" else (beta1, beta2)
        self.steps = self.calls = 0
        self.state = [{"m": 0.0, "v": 0.0, "top": 0.0} for _ in self.params]

    def step(self, grads):
        self.steps += 1
        for i, g in enumerate(map(np.float64, grads)):  # whose division by zero is inf or nan
            self.calls += 1
            self.params[i] = self.one(self.params[i], g, self.state[i])

    def one(self, x, g, kept):
        fault, (b1, b2) = self.fault, self.betas
        t = {"frozen t": 1, "t from zero": self.steps - 1, "t per parameter": self.calls}.get(fault, self.steps)
        first = 1 - b1**t if fault != "multiplied correction" else 1 / (1 - b1**t)
        second = 1 - b2**t if fault != "multiplied correction" else 1 / (1 - b2**t)
        square = g if fault == "lost square" else g * g
        if fault == "two cures" and t == 1:
            kept["m"], kept["v"] = g, g * g
        else:
            kept["m"] += (1 - b1) * (g - kept["m"])
            kept["v"] += (1 - b2) * (square - kept["v"])
        kept["top"] = max(kept["top"], kept["v"])
        if fault == "maximum in place of v":
            kept["v"] = kept["top"]
        if fault == "kept correction":
            kept["m"], kept["v"] = kept["m"] / first, kept["v"] / second
            first = second = 1
        ruler = np.float64(kept["v"] / second)
        ruler = ruler if fault == "lost root" else np.sqrt(ruler)
        push = kept["m"] / first + (self.weight_decay * x if fault == "decay in the division" else 0)
        if fault == "missing parentheses":
            return x - self.lr * push / ruler + self.eps
        eps = {"minus eps": -self.eps, "eps in float16": float(np.float16(self.eps))}.get(fault, self.eps)
        return x - self.lr * push / (ruler + eps)


def plainly(fault, hyper):
    """A step function around the class: the state is the object itself."""

    def step(theta, grad, state):
        state = state or Plain(theta.tolist(), fault, **hyper, weight_decay=0.05)
        state.step(grad.tolist())
        return np.array(state.params), state

    return step


@pytest.mark.parametrize("hyper", SETTINGS, ids=lambda hyper: f"lr={hyper['lr']}")
@pytest.mark.parametrize("name", [None, *EXHIBITS])
def test_the_fault_is_named_in_a_class_of_plain_numbers(name, hyper):
    kind = EXHIBITS[name].rule if name else al.Adam
    verdict = al.verify(plainly(name, hyper), like=kind(**hyper, **({"weight_decay": 0.05} if kind is al.AdamW else {})))
    assert verdict.ok == (name is None)
    assert verdict.fault == name


def test_a_mistake_that_multiplies_rounding_errors_is_named_for_as_long_as_it_is_alike():
    rule = al.AdamW(lr=0.02, beta1=0.95, beta2=0.9, eps=3e-6, weight_decay=0.05)
    verdict = al.verify(plainly("decay in the division", SETTINGS[2]), like=rule)
    assert re.search(r"at step 1 in theta: for 2\d\d steps like the exhibit 'decay in the division': ", verdict.sentence)

    def half(theta, grad, state):
        t, inner = state or (0, None)
        theta, inner = plainly("frozen t", SETTINGS[0])(theta, grad, inner)
        return theta + (t == 60), (t + 1, inner)

    assert al.verify(half).fault is None  # sixty steps may be a coincidence


@settings(max_examples=40)
@given(st.sampled_from(list(EXHIBITS.values())), rates, st.floats(0.1, 0.99), st.floats(0.1, 0.999), st.floats(-7, -1))
def test_the_fault_is_named_at_any_setting(exhibit, lr, beta1, beta2, power):
    hyper = {"lr": lr, "beta1": beta1, "beta2": beta2, "eps": 10.0**power}
    like = exhibit.rule(**hyper)
    verdict = al.verify(exhibit.step, like=like)
    if verdict.ok:  # the mistake makes no difference: 1 - beta and beta are the same for 0.5
        assert verdict.follows == type(like).__name__
    elif verdict.fault != exhibit.name:  # or two mistakes are one and the same here
        assert al.verify(EXHIBITS[verdict.fault].step, like=like).sentence == verdict.sentence


def test_a_fault_with_another_rate_and_with_eps_hat():
    hyper = (0.9, 0.999, 1e-8)

    def other_rate(theta, grad, state):
        m, v, t = state or (0 * theta, 0 * theta, 0)
        theta, m, v = EXHIBITS["lost root"].step(theta, grad, m, v, t + 1, 0.05, *hyper)
        return theta, (m, v, t + 1)

    verdict = al.verify(other_rate)
    assert verdict.fault == "lost root"
    assert "with lr=0.05" in verdict.sentence

    def folded_minus(theta, grad, state):
        m, v, t = state or (0 * theta, 0 * theta, 0)
        m, v, t = 0.9 * m + 0.1 * grad, 0.999 * v + 0.001 * grad**2, t + 1
        rate = 0.001 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        return theta - rate * m / (np.sqrt(v) - 1e-8), (m, v, t)

    verdict = al.verify(folded_minus)
    assert verdict.fault == "minus eps"
    assert "and eps-hat" in verdict.sentence


def test_a_fault_before_decoupled_decay():
    rule = al.AdamW(weight_decay=0.1)

    def step(theta, grad, state):
        m, v, t = state or (0 * theta, 0 * theta, 0)
        theta, m, v = EXHIBITS["frozen t"].step(rule.shrink(theta), grad, m, v, t + 1, 0.001, 0.9, 0.999, 1e-8)
        return theta, (m, v, t + 1)

    assert al.verify(step, like=rule).fault == "frozen t"


# Simple relations


def test_other_hyperparameters_are_found():
    step = as_function(al.Adam(lr=0.003, beta1=0.8, beta2=0.99, eps=1e-6))
    verdict = al.verify(step)
    assert not verdict.ok
    assert "it follows Adam(lr=0.003, beta1=0.8, beta2=0.99, eps=1e-06)" in verdict.sentence
    assert "every step is 100 times as long" in al.verify(as_function(al.SGD(lr=10.0)), like=al.SGD(lr=0.1)).sentence
    assert "it follows Momentum(lr=0.1, beta=0.5)" in al.verify(as_function(al.Momentum(beta=0.5)), like=al.Momentum()).sentence


def test_another_rate_with_a_convention():
    rule = next(reading.rule for reading in readings(al.Adam(lr=0.1)) if reading.name == "eps-hat")
    assert "every step is 100 times as long; it follows Adam(lr=0.1, beta1=0.9, beta2=0.999, eps=1e-08) with eps-hat" in (
        al.verify(as_function(rule)).sentence
    )


def test_the_other_sign():
    def uphill(theta, grad, state):
        state = state or al.Adam().init(START)
        new = al.Adam().step(state, grad)
        return 2 * theta - (new.theta - state.theta + theta), new

    verdict = al.verify(uphill)
    assert not verdict.ok
    assert "uphill" in verdict.sentence


def test_sums_without_one_minus_beta_are_right_in_single_precision():
    def sums(theta, grad, state):
        grad = grad.astype(np.float32)
        m, v, t = (state["m"], state["v"], state["t"] + 1) if state else (0 * grad, 0 * grad, 1)
        m, v = np.float32(0.9) * m + grad, np.float32(0.999) * v + grad**2
        root = np.sqrt(v * np.float32(0.001 / (1 - 0.999**t))) + np.float32(1e-8)
        change = m * np.float32(0.001 * 0.1 / (1 - 0.9**t)) / root
        return theta.astype(np.float32) - change, {"m": m, "v": v, "t": t}

    assert al.verify(sums).follows == "Adam"


@every_optimizer
def test_the_other_sign_of_the_gradient_alone(optimizer):
    """As with PyTorch's maximize: a decay still pulls to 0."""

    def uphill(theta, grad, state):
        return as_function(optimizer)(theta, -grad, state)

    assert "it walks uphill" in al.verify(uphill, like=optimizer).sentence


def test_single_precision_inside_double():
    def half_way(theta, grad, state):
        state = state or al.Adam(lr=0.1).init(START)
        new = al.Adam(lr=0.1).step(state, grad)
        return theta + (new.theta - state.theta).astype(np.float32), new

    verdict = al.verify(half_way, like=al.Adam(lr=0.1))
    assert verdict.ok
    assert verdict.sentence.endswith("; it agrees to single precision only, which hides small differences in settings.")


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_a_wrong_v_is_seen_where_theta_hides_it(dtype):
    """1 - beta2 a tenth too large: theta agrees to four digits, v does not."""
    verdict = al.verify(as_function(al.Adam(beta2=0.9989), dtype))
    assert (verdict.ok, verdict.quantity, verdict.step) == (False, "v", 1)
    assert al.verify(as_function(al.Adam(), dtype)).follows == "Adam"


def test_no_fault_that_we_know():
    def late(theta, grad, state):
        t, inner = state or (0, None)
        theta, inner = as_function(al.Adam(lr=0.1))(theta, grad, inner)
        return theta + (0.5 if t == 29 else 0.0), (t + 1, inner)

    verdict = al.verify(late, like=al.Adam(lr=0.1))
    assert (verdict.ok, verdict.quantity, verdict.step, verdict.fault) == (False, "theta", 30, None)
    assert "no fault that we know" in verdict.sentence
    assert "is expected, coordinate" in verdict.sentence


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


# Hostile objects


def swallow(theta, grad, state):
    theta[:], grad[:] = np.nan, np.nan
    return START, state


COUNTER = [0]


def counting(theta, grad, state):
    COUNTER[0] += 1
    return theta - 0.001 * np.sign(grad) * (1 + COUNTER[0] % 3), state


def explode_late(theta, grad, state):
    theta, state = as_function(al.Adam())(theta, grad, state)
    if state.t == 7:
        raise RuntimeError("no\nmore")
    return theta, state


class Odd:
    def __array__(self, *args, **kwargs):
        raise RuntimeError("not now")

    def __eq__(self, other):
        raise RuntimeError("never")

    __hash__ = None


HOSTILE = {
    "wrong shape": (
        lambda theta, grad, state: (theta[:3], state),
        "at step 1 it returns theta of shape (3,) where (8,) is expected.",
    ),
    "a number": (lambda theta, grad, state: (1.0, state), "returns theta of shape ()"),
    "no pair": (lambda theta, grad, state: theta, "at step 1 it does not return a pair (theta, state)."),
    "nothing": (lambda theta, grad, state: None, "at step 1 it does not return a pair (theta, state)."),
    "raises": (lambda theta, grad, state: 1 / 0, "at step 1 it raises ZeroDivisionError: division by zero"),
    "raises a sentence": (lambda theta, grad, state: {}["a."], "at step 1 it raises KeyError: 'a.'."),
    "raises late": (explode_late, "at step 7 it raises RuntimeError: no more"),
    "wrong arguments": (lambda theta: (theta, None), "at step 1 it raises TypeError: "),
    "integers": (lambda theta, grad, state: (theta.astype(int), state), "dtype int64 where floats are expected"),
    "complex": (lambda theta, grad, state: (theta + 0j, state), "dtype complex128 where floats are expected"),
    "text": (lambda theta, grad, state: ("theta", state), "shape ()"),
    "ragged": (lambda theta, grad, state: ([[1], [1, 2]], state), "returns a theta that is not an array"),
    "odd": (lambda theta, grad, state: (Odd(), Odd()), "returns a theta that is not an array"),
    "odd state": (lambda theta, grad, state: (theta, Odd()), "departs from"),
    "nan": (lambda theta, grad, state: (theta * np.nan, state), "no coordinate is finite"),
    "infinite": (lambda theta, grad, state: (theta + np.inf, state), "no coordinate is finite"),
    "stands still": (lambda theta, grad, state: (theta, state), "no fault that we know"),
    "in place": (swallow, "it changes the theta it is given in place; it changes the gradient it is given in place"),
    "counter": (counting, "a second run from the same start goes elsewhere"),
    "random": (lambda theta, grad, state: (theta + np.random.default_rng().normal(size=8), state), "a second run"),
    "built-in": (max, "at step 1 it raises ValueError: "),
    "own state": (lambda theta, grad, state: (theta, [state]), "no fault that we know"),
}


@pytest.mark.parametrize(("step", "said"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_objects(step, said):
    start = time.perf_counter()
    verdict = al.verify(step)
    assert time.perf_counter() - start < 5
    assert not verdict.ok
    assert said.lower() in verdict.sentence.lower()
    assert verdict.sentence.startswith("Departs from Adam(")
    assert verdict.quantity in ("m", "v", "theta")
    assert verdict.sentence.endswith(".")
    assert "\n" not in verdict.sentence


def test_a_slow_object_is_judged_by_what_it_walked(monkeypatch):
    monkeypatch.setattr(walkers, "PATIENCE", -1.0)
    assert al.verify(al.Adam()).sentence.startswith("Follows Adam(lr=0.001, beta1=0.9, beta2=0.999, eps=1e-08) for 1 steps")


def test_more_than_double_precision_is_double_precision():
    verdict = al.verify(as_function(al.Adam(lr=0.1)), like=al.Adam(lr=0.1, eps=1.1e-8))
    assert not verdict.ok

    def long(theta, grad, state):
        theta, state = as_function(al.Adam(lr=0.1))(theta.astype(float), grad, state)
        return theta.astype(np.longdouble), state

    assert al.verify(long, like=al.Adam(lr=0.1)).ok
    assert not al.verify(long, like=al.Adam(lr=0.1, eps=1.0000001e-8)).ok


def test_an_object_that_cannot_start():
    class Broken:
        def init(self, theta):
            raise RuntimeError("no memory")

        def update(self, grad, state, theta):
            return grad, state

    verdict = al.verify(Broken())
    assert not verdict.ok
    assert "cannot be started: RuntimeError: no memory" in verdict.sentence


def test_an_object_with_init_and_update():
    class Plain:
        def init(self, theta):
            return {"m": 0 * theta}

        def update(self, grad, state, theta):
            m = 0.9 * state["m"] + grad
            return -0.1 * m, {"m": m}

    assert al.verify(Plain(), like=al.Momentum(lr=0.1)).ok


def test_zero_by_zero_in_plain_numbers_is_the_first_t():
    def step(theta, grad, state):
        t = state or 0
        return theta - 0.1 * grad / (1 - 0.9**t), t + 1

    assert al.verify(step).fault == "t from zero"


@pytest.mark.parametrize("thing", [None, 3, "adam", [al.Adam()], np.ones(8), object()])
def test_what_is_no_optimizer(thing):
    with pytest.raises(TypeError, match=r"optimizer = .* is not allowed: optimizer must be a function step"):
        al.verify(thing)


def test_like_must_be_one_rule():
    for like in ("Adam", 1, al.Adam, {"lr": 1}):
        with pytest.raises(TypeError, match=r"like = .* is not allowed: like must be an optimizer of adamlib"):
            al.verify(al.Adam(), like=like)
    with pytest.raises(ValueError, match=r"like = .* is not allowed: like must have single numbers"):
        al.verify(al.Adam(lr=[0.1, 0.2]))


def test_steps_that_are_lost_in_rounding():
    for rule, dtype in ((al.Adam(lr=1e-4), np.float16), (al.Adam(lr=1e-20), float), (al.SGD(lr=0.0), float)):
        verdict = al.verify(as_function(rule, dtype), like=rule)
        assert not verdict.ok
        assert verdict.sentence.startswith("Cannot be checked: in float")


def test_a_verdict_is_frozen():
    verdict = al.verify(al.SGD())
    with pytest.raises(AttributeError):
        verdict.ok = False
    assert [one.name for one in fields(Verdict)][:5] == ["ok", "follows", "quantity", "step", "sentence"]


def test_no_library_is_imported_for_a_function():
    code = "import sys, adamlib as al; al.verify(al.Adam()); print({'torch', 'jax', 'keras', 'optax'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


# The crosswalk


def test_the_crosswalk_is_complete():
    assert list(CROSSWALK)[:4] == ["gradient", "theta", "m", "v"]
    assert {"m_hat", "v_hat", "v_max", "lr", "beta1", "beta2", "eps", "weight_decay", "t"} <= set(CROSSWALK)
    assert all(list(names) == ["paper", "reddi", "d2l", "torch", "keras", "optax", "adamlib"] for names in CROSSWALK.values())


def test_the_crosswalk_of_adamlib():
    rule = al.AdamW()
    names = {*al.State._fields, *rule.hyperparameters()}
    assert {names_["adamlib"] for names_ in CROSSWALK.values()} - names == set()


@pytest.mark.parametrize("library", ["torch", "keras", "optax"])
def test_the_crosswalk_against_recorded_names(library):
    objects = {name: one for name, one in recorded()["objects"].items() if name.startswith(library)}
    states = {name for one in objects.values() for name in one["state"]}
    named = {"keras": {"t": "iteration"}}.get(library, {})
    for quantity in ("m", "v", "v_max", "t"):
        assert named.get(quantity, CROSSWALK[quantity][library]) in states
    words = {name for one in objects.values() for name in one["settings"]}
    for quantity in ("lr", "beta1", "beta2", "eps", "weight_decay"):
        assert CROSSWALK[quantity][library].partition("[")[0] in words


@pytest.mark.filterwarnings("ignore")
def test_the_crosswalk_against_live_objects():
    torch = pytest.importorskip("torch")
    optax, keras = pytest.importorskip("optax"), pytest.importorskip("keras")
    param = torch.zeros(2, requires_grad=True)
    assert hasattr(param, CROSSWALK["gradient"]["torch"])
    assert hasattr(keras.optimizers.Adam(), CROSSWALK["t"]["keras"])
    assert CROSSWALK["t"]["optax"] in optax.ScaleByAdamState._fields


def test_settings_of_other_names():
    assert by_name("nadamw", {"learning_rate": 0.1, "b1": 0.8, "weight_decay": 0.0}) == al.NAdam(lr=0.1, beta1=0.8)
    assert by_name("adam", {"learning_rate": 0.1, "nesterov": True}) == al.NAdam(lr=0.1)
    assert type(by_name("adamw", {"learning_rate": 0.1, "weight_decay": 0.1})) is al.AdamW
    assert by_name("rmsprop", {"learning_rate": 0.1, "momentum": None, "initial_scale": 0.0}).lr == 0.1
    with pytest.raises(LookupError, match=r"no rule of ours has momentum=0.9"):
        by_name("RMSprop", {"lr": 0.1, "momentum": 0.9})
    with pytest.raises(LookupError, match=r"no rule of ours has initial_accumulator_value=0.5"):
        by_name("Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5})
    for foreign in ({"lr_decay": 0.1}, {"eps_root": 1e-8}, {"mask": bool}, {"momentum_decay": 0.0}):
        with pytest.raises(LookupError, match="no rule of ours has"):
            by_name("adam", foreign)


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


# The concordance


def test_the_concordance():
    table = {row.question: row[1:] for row in concordance()}
    assert len(HEADER) == len(concordance()[0])
    assert all(isinstance(cell, str) for row in concordance() for cell in row)
    assert table["Adam: eps by default"] == ("1e-08", "1e-08", "1e-07", "1e-08")
    assert table["Adam: beta2 by default"] == ("0.999",) * 4
    assert [cell.endswith("eps-hat") for cell in table["Adam: where is eps?"]] == [False, False, True, False]
    assert table["Adam: what is its weight_decay?"] == ("", "a penalty in the gradient", "decoupled", "")
    assert table["AdamW: is the decay multiplied by lr?"][1:] == ("yes", "yes", "yes")
    assert table["AdamW: weight_decay by default"] == ("", "0.01", "0.004", "0.0001")
    assert table["AMSGrad: where is the maximum?"][3] == "over the corrected v"
    assert table["RMSProp: where is eps?"] == ("", "outside the root", "inside the root", "inside the root")
    assert table["AdaGrad: where does v start?"] == ("0", "0", "0.1", "0.1")


def test_the_concordance_is_derived_from_the_walks():
    """Other walks under the same names give other cells, and a walk that answers nothing is refused."""
    records = {**recorded(), "objects": dict(recorded()["objects"])}
    keras, torch = "keras.optimizers:Adam", "torch.optim:Adam"
    swapped = {**records["objects"][torch]["settings"], "epsilon": 1e-8}
    records["objects"][keras] = {**records["objects"][torch], "settings": swapped}
    table = {row.question: row for row in concordance(records)}
    assert table["Adam: where is eps?"].keras == table["Adam: where is eps?"].torch
    records["objects"][keras] = {**records["objects"][torch], "settings": {**swapped, "eps": 0.1}}
    with pytest.raises(ValueError, match="this walk does not answer the question"):
        concordance(records)
    path = walked(walker_of(al.Adam(eps=1e-30), None), STEPS).states  # so small an eps may be anywhere
    theta = [path[t - 1]["theta"].tolist() for t in records["steps"]]
    records["objects"][keras] = {"theta": theta, "settings": {**swapped, "eps": 1e-30}}
    with pytest.raises(ValueError, match="eps-hat cannot be told apart"):
        concordance(records)


def test_a_recorded_walk_without_its_first_steps():
    path = [state["theta"] for state in walked(walker_of(al.RMSProp(lr=0.1), None), 20).states]
    known = Recorded((5, 20), np.array([path[4], path[19]]))
    assert judge(walked(lambda: known, 20), al.RMSProp(lr=0.1)).ok
    verdict = judge(walked(lambda: known, 20), al.Adam(lr=0.1))
    assert (verdict.ok, verdict.step) == (False, 5)
    assert "no fault that we know" in verdict.sentence


# The command line


def run(capsys, *words):
    status = main(["verify", *words])
    out, err = capsys.readouterr()
    return status, out, err


def test_conventions_will_not_always_do(capsys, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text("import adamlib\nraw = adamlib.Adam(bias_correction=False)\nAdam = adamlib.Adam()\n")
    for name, convention, statuses in (("raw", "m and v are not corrected", (0, 1)), ("Adam", "as in the paper", (0, 0))):
        for more, status in zip(((), ("--as-written",)), statuses):
            said = run(capsys, f"{file}:{name}", "--like", "Adam", *more)
            assert said[0] == status
            assert convention in said[1]


def test_the_command_line(capsys, tmp_path):
    status, out, err = run(capsys, "adamlib:Adam", "lr=0.01")
    assert (status, err) == (0, "")
    assert out == (
        "Follows Adam(lr=0.01, beta1=0.9, beta2=0.999, eps=1e-08) for 400 steps: eps outside the root, after the correction, "
        "as in the paper's Algorithm 1.\n"
    )
    status, out, err = run(capsys, "adamlib:Adam", "lr=0.01", "--like", "AdamW(lr=0.01, weight_decay=0.1)")
    assert (status, err) == (1, "")
    assert "Departs from AdamW" in out
    file = tmp_path / "mine.py"
    file.write_text("def step(theta, grad, state, rate=0.1):\n    return theta - rate * grad, state\n")
    assert run(capsys, f"{file}:step", "--like", "SGD(lr=0.1)")[0] == 0
    assert run(capsys, f"{file}:step", "rate=0.2", "--like", "SGD(lr=0.2)")[0] == 0
    assert run(capsys, f"{file}:step", "rate=0.2", "--like", "SGD")[0] == 1
    for broken in ("def step(", "1 / 0", "import nosuchpackage"):
        file.write_text(broken)
        status, out, err = run(capsys, f"{file}:step")
        assert (status, out) == (2, "")
        assert f"{file} cannot be imported: " in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["Adam"], "target = 'Adam' is not allowed: target must be module:name or file.py:name"),
        ([":"], "target = ':' is not allowed"),
        (["adamlib:Adan"], "adamlib has no Adan"),
        (["adamlib:run.missing"], "adamlib has no run.missing"),
        (["nosuchpackage:Adam"], "nosuchpackage cannot be imported: ModuleNotFoundError"),
        ([".relative:Adam"], ".relative cannot be imported: TypeError"),
        (["nosuch.py:step"], "there is no file nosuch.py"),
        (["adamlib:Adam", "0.1"], "setting = '0.1' is not allowed: setting must be name=value"),
        (["adamlib:Adam", "l r=0.1"], "setting = 'l r=0.1' is not allowed"),
        (["adamlib:Adam", "lr=os.getcwd()"], "lr = os.getcwd() is not allowed: lr must be a number"),
        (["adamlib:Adam", "lr="], "lr =  is not allowed"),
        (["adamlib:Adam", "rate=0.1"], "Adam cannot be made: "),
        (["adamlib:Adam", "lr=-1"], "lr = -1 is not allowed"),
        (["adamlib:__version__"], "optimizer = '0.1.0' is not allowed"),
        (["adamlib:Adam", "--like", "print()"], "like = 'print()' is not allowed: adamlib has no rule print, but SGD, "),
        (["adamlib:Adam", "--like", "Adam(0.1)"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "Adam(lr=open('x'))"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "Adam(**{'lr': 1})"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "al.Adam()"], "like must be a rule of adamlib with its settings"),
        (["adamlib:Adam", "--like", "Adam(lr=-1)"], "lr = -1 is not allowed"),
        (["adamlib:Adam", "--like", "Adam(rate=1)"], "unexpected keyword argument 'rate'"),
        (["adamlib:Adam", "--like", "("], "like must be a rule of adamlib with its settings"),
    ],
)
def test_the_command_line_refuses(capsys, words, said):
    status, out, err = run(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith("python -m adamlib: ")
    assert said in err


def test_a_missing_library_is_named(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "torch.optim", None)
    status, _, err = run(capsys, "torch.optim:Adam")
    assert status == 2
    assert "torch.optim cannot be imported; it needs torch to be installed" in err


def test_bad_usage_is_status_two(capsys):
    for words in ([], ["verify"], ["nosuch"], ["verify", "adamlib:Adam", "--unlike", "x"]):
        with pytest.raises(SystemExit) as left:
            main(words)
        assert left.value.code == 2
    capsys.readouterr()


def test_the_command_runs():
    words = [sys.executable, "-W", "error", "-m", "adamlib", "verify", "adamlib:SGD", "lr=0.1"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Follows SGD(lr=0.1) for 400 steps: against the gradient, times lr.\n"


def test_rules_in_words():
    assert rule_in("AdamW(lr=0.01)") == al.AdamW(lr=0.01)
    assert rule_in(" SGD ") == al.SGD()
    assert rule_in("AMSGrad(convention='paper')") == al.AMSGrad(convention="paper")
    with pytest.raises(Unusable):
        rule_in("Optimizer()")


def test_walks_end_when_everything_is_nan():
    walk = walked(walker_of(lambda theta, grad, state: (theta * np.nan, state), None), STEPS)
    assert len(walk.states) == 1


# The README


README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
SESSIONS = re.findall(r"```pycon\n(.*?)```", README, re.DOTALL)


def plays(session):
    """Run a session of the README and compare what it prints."""
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    space = {"al": al}
    report = io.StringIO()
    failed, tried = runner.run(parser.get_doctest(session, space, "README", "README.md", 0), out=report.write)
    assert tried > 0
    assert failed == 0, report.getvalue()


def test_the_session_of_the_readme():
    plays(SESSIONS[0])


@pytest.mark.filterwarnings("ignore")
def test_the_session_of_the_readme_with_libraries():
    for library in ("torch", "keras", "optax"):
        pytest.importorskip(library)
    plays(SESSIONS[1])


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (">>> al.verify(torch.optim.Adam)", "torch.optim:Adam"),
        (">>> al.verify(keras.optimizers.Adam())", "keras.optimizers:Adam"),
        (">>> al.verify(optax.rmsprop(0.001), like=al.RMSProp(lr=0.001, beta2=0.9))", "optax:rmsprop learning_rate=0.001"),
        ("    $ python -m adamlib verify torch.optim:Adam weight_decay=0.1", "torch.optim:Adam weight_decay=0.1"),
    ],
)
def test_the_readme_prints_what_was_recorded(line, name):
    lines = README.splitlines()
    assert lines[lines.index(line) + 1].strip() == verdict_on(name).sentence
