"""The concordance is derived from recorded walks, and the libraries still walk so where they are installed."""

import time

import numpy as np
import pytest

import adamlib as al
from adamlib.probe import STEPS
from adamlib.verify.adapters.adamlib_ import RuleWalker
from adamlib.verify.command import load, settings_in
from adamlib.verify.concordance import HEADER, RECORD_FILE, concordance, meant_by, recorded, recorded_walk, verdict_on
from adamlib.verify.judge import judge
from adamlib.verify.walk import walk_probe
from tools import peers, record_peers

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
    "sklearn.neural_network._stochastic_optimizers:AdamOptimizer": "eps-hat",
}
# Those that go through float32 on the way: Keras takes norms and means in it, Optax t^-decay.
SINGLE = {"keras.optimizers:Muon", "keras.optimizers:Adafactor", "optax:adafactor learning_rate=0.001 min_dim_size_to_factor=1"}


def live(name: str):
    """The object that a recorded name spells, made now, and the rule it should be; skips where its library is missing."""
    target, *words = name.split()
    pytest.importorskip(name.partition(":")[0].partition(".")[0])
    return load(target, settings_in(words))


@pytest.mark.parametrize("name", record_peers.OBJECTS)
def test_recorded_objects_are_recognised(name):
    verdict = verdict_on(name)
    assert verdict.ok
    assert ("single precision" in verdict.sentence) == (name in SINGLE)
    rule = meant_by(name, recorded()["objects"][name])
    assert verdict.rule == rule
    assert verdict.versions == recorded()["versions"]
    assert verdict.follows == FOLLOWS.get(name, type(rule).__name__)
    assert (verdict.quantity is None) == (name not in FOLLOWS)


@pytest.mark.filterwarnings("ignore")  # theirs, not ours
@pytest.mark.parametrize("name", record_peers.OBJECTS)
def test_live_objects_are_recognised(name):
    optimizer, like = live(name)
    start = time.perf_counter()
    verdict = al.verify(optimizer, like)
    assert verdict.ok
    assert verdict.follows == verdict_on(name).follows
    assert time.perf_counter() - start < 10


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", record_peers.OBJECTS)
def test_live_walks_are_those_recorded(name):
    live(name)
    now, then = record_peers.record_object(name), recorded()["objects"][name]
    assert now["settings"].keys() == then["settings"].keys()
    assert now["state"] == then["state"]
    np.testing.assert_allclose(now["theta"], then["theta"], rtol=1e-11)


@pytest.mark.filterwarnings("ignore")
def test_the_live_concordance_is_that_recorded():
    for library in ("torch", "optax", "keras", "mlx", "sklearn"):
        pytest.importorskip(library)
    assert concordance(record_peers.record_objects()) == concordance()


def test_recorded_is_complete_and_small():
    records = recorded()
    assert list(records["objects"]) == list(record_peers.OBJECTS)
    assert tuple(records["steps"]) == peers.STEPS_KEPT
    assert set(records["versions"]) == {*record_peers.PEERS, *record_peers.FURTHER_PEERS}
    assert RECORD_FILE.stat().st_size < 150_000


def test_the_concordance():
    rows = concordance()
    table = {row.question: row[1:] for row in rows}
    assert len(HEADER) == len(rows[0])
    assert all(isinstance(cell, str) for row in rows for cell in row)
    names = ("torch", "keras", "optax", "mlx", "scikit-learn")
    assert table["version"] == ("", *(recorded()["versions"][name].partition("+")[0] for name in names))
    assert table["Adam: eps by default"] == ("1e-08", "1e-08", "1e-07", "1e-08", "1e-08", "1e-08")
    assert table["Adam: beta2 by default"] == ("0.999",) * 6
    assert [cell.endswith("eps-hat") for cell in table["Adam: where is eps?"]] == [False, False, True, False, False, True]
    assert table["Adam: where is eps?"][4] == "outside the root"  # MLX corrects nothing, so there is no before and after
    assert table["Adam: what is corrected, and where?"][4] == "nothing, unless asked to"
    assert [cell.startswith("none") for cell in table["Adam: lr by default"]] == [False, False, False, True, True, False]
    assert table["Adam: what is its weight_decay?"] == ("", "a penalty in the gradient", "decoupled", "", "", "")
    assert table["AdamW: is the decay multiplied by lr?"][1:] == ("yes", "yes", "yes", "yes", "")
    assert table["AdamW: weight_decay by default"] == ("", "0.01", "0.004", "0.0001", "0.01", "")
    assert table["AMSGrad: where is the maximum?"][3:] == ("over the corrected v", "", "")
    assert table["RMSProp: where is eps?"] == (
        "",
        "outside the root",
        "inside the root",
        "inside the root",
        "outside the root",
        "",
    )
    assert table["AdaGrad: where does v start?"] == ("0", "0", "0.1", "0.1", "0", "")
    assert table["Muon: in which precision?"] == ("", "bfloat16", "that of the weights", "that of the weights", "", "")
    assert len(set(table["Muon: what is the step of a matrix multiplied by?"][1:4])) == 3
    assert [cell.endswith("as in NAdam") for cell in table["Muon: what is orthogonalised?"][:4]] == [False, False, False, True]
    assert table["Adafactor: is lr at most 1 / sqrt(t)?"] == ("yes", "yes", "yes", "no", "", "")
    assert table["Adafactor: what is eps1?"][0] == table["Adafactor: what is eps1?"][2]


def test_the_concordance_is_derived_from_the_walks():
    """Other walks under the same names give other cells, and a walk that answers nothing is refused."""
    records = {**recorded(), "objects": dict(recorded()["objects"])}
    keras, torch = "keras.optimizers:Adam", "torch.optim:Adam"
    swapped = {**records["objects"][torch]["settings"], "epsilon": 1e-8}
    records["objects"][keras] = {**records["objects"][torch], "settings": swapped}
    table = {row.question: row for row in concordance(records)}
    assert table["Adam: where is eps?"].keras == table["Adam: where is eps?"].torch
    records["objects"][keras] = {**records["objects"][torch], "settings": {**swapped, "epsilon": 0.1}}
    with pytest.raises(ValueError, match="this walk does not answer the question"):
        concordance(records)
    path = walk_probe(lambda start: RuleWalker(al.Adam(eps=1e-30)), STEPS).states  # so small an eps may be anywhere
    theta = [path[t - 1]["theta"].tolist() for t in records["steps"]]
    records["objects"][keras] = {"theta": theta, "settings": {**swapped, "epsilon": 1e-30}}
    with pytest.raises(ValueError, match="eps-hat inside cannot be told apart"):
        concordance(records)


def test_a_recorded_walk_without_its_first_steps():
    path = [state["theta"].tolist() for state in walk_probe(lambda start: RuleWalker(al.RMSProp(lr=0.1)), 100).states]
    records = {"steps": [5, 100], "versions": {}, "objects": {"mine": {"theta": [path[4], path[99]]}}}
    walk = recorded_walk(records, "mine")
    assert judge(walk, al.RMSProp(lr=0.1)).ok
    verdict = judge(walk, al.Adam(lr=0.1))
    assert (verdict.ok, verdict.step) == (False, 5)
    assert "no fault that we know" in verdict.sentence
