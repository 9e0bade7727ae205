"""Record what PyTorch, Optax, Keras, MLX and scikit-learn do on the probe. With those libraries installed (MLX as mlx[cpu]):

    python -m tools.record_peers [objects] [pairs]

writes two files, or the one that is named. objects, adamlib/verify/recorded.json: their own optimizers, untouched, from which the
concordance is derived; OBJECTS is what is recorded, each spelled as on the command line of `python -m adamlib verify`. pairs,
tests/library/recorded_peers.json: our rules as PyTorch, Optax and Keras spell them (tools/peers.py), for the tests.
"""

import json
import sys
from importlib.metadata import version
from inspect import isclass
from pathlib import Path
from typing import Any

import numpy as np

from adamlib.probe import START, STEPS, gradients
from adamlib.verify.adapters import adapter_of
from adamlib.verify.command import load, named_by, settings_in
from adamlib.verify.concordance import RECORD_FILE, library_of, meant_by
from adamlib.verify.walk import on_the_probe, walk_probe
from tools import peers

RECORDED_PEERS = Path(__file__).parents[1] / "tests" / "library" / "recorded_peers.json"
PEERS = ("numpy", "torch", "optax", "jax", "keras")
FURTHER_PEERS = ("mlx", "scikit-learn")
OBJECTS = (
    "torch.optim:SGD",
    "torch.optim:SGD lr=0.1 weight_decay=0.1",
    "torch.optim:SGD lr=0.01 momentum=0.9",
    "torch.optim:SGD lr=0.01 momentum=0.9 dampening=0.5",
    "torch.optim:SGD lr=0.01 momentum=0.9 nesterov=True",
    "torch.optim:Adagrad",
    "torch.optim:Adagrad lr=0.1 eps=0.001 initial_accumulator_value=0.1",
    "torch.optim:RMSprop",
    "torch.optim:RMSprop lr=0.1 alpha=0.9 eps=0.1 weight_decay=0.1",
    "torch.optim:Adam",
    "torch.optim:Adam lr=0.1 betas=(0.5,0.9) eps=0.1",
    "torch.optim:Adam weight_decay=0.1",
    "torch.optim:Adam weight_decay=0.1 decoupled_weight_decay=True",
    "torch.optim:Adam amsgrad=True",
    "torch.optim:Adam amsgrad=True weight_decay=0.1",
    "torch.optim:AdamW",
    "torch.optim:AdamW lr=0.1 eps=0.01 weight_decay=0.5",
    "torch.optim:AdamW amsgrad=True",
    "torch.optim:NAdam",
    "torch.optim:NAdam lr=0.1 betas=(0.5,0.9) weight_decay=0.1",
    "torch.optim:NAdam weight_decay=0.1 decoupled_weight_decay=True",
    "torch.optim:Muon",
    "torch.optim:Muon lr=0.02 momentum=0.9 adjust_lr_fn='match_rms_adamw'",
    "torch.optim:Adafactor",
    "torch.optim:Adafactor lr=0.1 d=2.0 weight_decay=0.1",
    "keras.optimizers:SGD",
    "keras.optimizers:SGD learning_rate=0.1 momentum=0.9",
    "keras.optimizers:SGD learning_rate=0.1 momentum=0.9 nesterov=True",
    "keras.optimizers:Adagrad",
    "keras.optimizers:Adagrad learning_rate=0.1 epsilon=0.01 initial_accumulator_value=0.0",
    "keras.optimizers:RMSprop",
    "keras.optimizers:RMSprop learning_rate=0.1 rho=0.99 epsilon=0.1",
    "keras.optimizers:Adam",
    "keras.optimizers:Adam learning_rate=0.1 beta_1=0.5 beta_2=0.9 epsilon=0.1",
    "keras.optimizers:Adam weight_decay=0.1",
    "keras.optimizers:Adam amsgrad=True",
    "keras.optimizers:AdamW",
    "keras.optimizers:AdamW learning_rate=0.1 weight_decay=0.5 epsilon=0.01",
    "keras.optimizers:Nadam",
    "keras.optimizers:Nadam learning_rate=0.1 beta_1=0.5 beta_2=0.9",
    "keras.optimizers:Muon",
    "keras.optimizers:Adafactor",
    "optax:sgd learning_rate=0.1",
    "optax:sgd learning_rate=0.1 momentum=0.9",
    "optax:sgd learning_rate=0.1 momentum=0.9 nesterov=True",
    "optax:adagrad learning_rate=0.001",
    "optax:adagrad learning_rate=0.1 initial_accumulator_value=0.0 eps=0.01",
    "optax:rmsprop learning_rate=0.001",
    "optax:rmsprop learning_rate=0.1 decay=0.99 eps=0.1 eps_in_sqrt=False",
    "optax:adam learning_rate=0.001",
    "optax:adam learning_rate=0.1 b1=0.5 b2=0.9 eps=0.1",
    "optax:amsgrad learning_rate=0.001",
    "optax:amsgrad learning_rate=0.1 b1=0.5 b2=0.9 eps=0.01",
    "optax:adamw learning_rate=0.001",
    "optax:adamw learning_rate=0.1 weight_decay=0.5 eps=0.01",
    "optax:nadam learning_rate=0.001",
    "optax:nadamw learning_rate=0.1 b1=0.5 b2=0.9",
    "optax.contrib:muon learning_rate=0.001",
    "optax.contrib:muon learning_rate=0.1 beta=0.8 consistent_rms=0.2 weight_decay=0.1",
    "optax:adafactor learning_rate=0.001 min_dim_size_to_factor=1",
    "mlx.optimizers:Adam learning_rate=0.001",
    "mlx.optimizers:AdamW learning_rate=0.001",
    "mlx.optimizers:RMSprop learning_rate=0.001",
    "mlx.optimizers:Adagrad learning_rate=0.001",
    "mlx.optimizers:Adagrad learning_rate=0.1 eps=0.01",
    "sklearn.neural_network._stochastic_optimizers:AdamOptimizer",
)


def record_object(name: str) -> dict[str, Any]:
    """One object: its settings, the names in its state, and theta after each of peers.STEPS_KEPT."""
    target, *words = name.split()
    optimizer, _ = load(target, settings_in(words))
    make = on_the_probe(adapter_of(optimizer).walker_maker(optimizer, None), meant_by(name, {"settings": settings_of(name)}))
    walk = walk_probe(make, peers.STEPS_KEPT[-1])
    assert not walk.trouble, f"{name}: {walk.trouble}"
    walker: Any = make(START)
    walker(gradients()[0])
    theta = [walk.states[t - 1]["theta"].tolist() for t in peers.STEPS_KEPT]
    return {"settings": settings_of(name), "state": walker.state_names(), "theta": theta}


def settings_of(name: str) -> dict[str, Any]:
    """What an object says of itself, or for Optax what its signature says; only what JSON can hold."""
    target, *words = name.split()
    said = library_of(name).settings_of(*named_by(target), settings_in(words))
    assert said is not None
    kept = (bool, int, float, str, tuple, list, type(None))
    return {key: value for key, value in said[1].items() if isinstance(value, kept) and not isclass(value)}


def record_objects() -> dict[str, Any]:
    """Every one of OBJECTS, in the form of adamlib/verify/recorded.json."""
    objects = {name: record_object(name) for name in OBJECTS}
    return {**provenance(*PEERS, *FURTHER_PEERS), "steps": list(peers.STEPS_KEPT), "objects": objects}


def record_pairs() -> dict[str, Any]:
    """Every pair of tools/peers.py, in the form of tests/library/recorded_peers.json."""
    return {
        **provenance(*PEERS),
        "steps": STEPS,
        "rows": peers.STEPS_KEPT,
        "paths": {name: peers.walk_of_theirs(pair) for name, pair in peers.EVERY.items()},
    }


def provenance(*packages: str) -> dict[str, Any]:
    return {"made by": "python -m tools.record_peers", "versions": {name: version(name) for name in packages}}


def in_lines(records: dict[str, Any], key: str) -> str:
    """As JSON, one of the things under `key` a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(one, default=thirteen_digits)}" for name, one in records[key].items()]
    rest = {name: value for name, value in records.items() if name != key}
    return f'{json.dumps(rest)[:-1]},\n"{key}": {{\n' + ",\n".join(lines) + "\n}}\n"


def thirteen_digits(path: np.ndarray) -> list[list[float]]:
    """A hundred times finer than the tolerance."""
    return [[float(f"{x:.13g}") for x in row] for row in path]


def main(*which: str) -> None:
    if not which or "objects" in which:
        RECORD_FILE.write_text(in_lines(record_objects(), "objects"), encoding="utf-8")
    if not which or "pairs" in which:
        RECORDED_PEERS.write_text(in_lines(record_pairs(), "paths"), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
