"""The libraries' own optimizers, untouched, over the probe of `adamlib.verify`. In tests/, with the libraries installed:

    python -m helpers.peers.record_defaults

writes adamlib/verify/recorded.json, which the concordance is derived from. OBJECTS is what is recorded, each spelled as
on the command line of `python -m adamlib verify`.
"""

import json
import os
import sys
from importlib.metadata import version
from inspect import Parameter, isclass, signature

os.environ.setdefault("KERAS_BACKEND", "torch")  # Keras reads it once, when it is imported

from adamlib.verify.concordance import RECORDED
from adamlib.verify.load import load, settings_in
from adamlib.verify.reading import settings_of
from adamlib.verify.walkers import torch_maker, walked, walker_of

ROWS = (1, 2, 3, 5, 10, 20, 50, 100, 200, 400)
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
)


def record(name: str) -> dict:
    """One object: its settings, the names in its state, and theta after each of ROWS."""
    target, *words = name.split()
    optimizer, _ = load(target, settings_in(words))
    walk = walked(walker_of(optimizer, None), ROWS[-1])
    assert not walk.trouble, f"{name}: {walk.trouble}"
    theta = [walk.states[t - 1]["theta"].tolist() for t in ROWS]
    return {"settings": plain(settings(target, words, optimizer)), "state": names_in_state(optimizer), "theta": theta}


def settings(target: str, words: list[str], optimizer) -> dict:
    """What an object says of itself, or for Optax what its signature says."""
    make = torch_maker(optimizer)
    if make is not None:
        return settings_of(make([_one()]))
    if target.startswith("keras"):
        return settings_of(optimizer)
    function = getattr(sys.modules["optax"], target.partition(":")[2])
    defaults = {name: p.default for name, p in signature(function).parameters.items() if p.default is not Parameter.empty}
    return defaults | settings_in(words)


def names_in_state(optimizer) -> list[str]:
    """The names under which an object keeps its arrays."""
    from adamlib.probe import gradients

    walker = walker_of(optimizer, None)()
    walker(gradients()[0])
    if hasattr(walker, "params"):
        return sorted(walker.optimizer.state[walker.params[0]])
    if hasattr(walker, "keras"):
        return sorted(walker.name(v) for v in walker.optimizer.variables if not v.path.rpartition("/")[2].startswith("variable"))
    return sorted(set(field_names(walker.state)))


def field_names(state) -> list[str]:
    """The names of all fields in a tree of tuples."""
    if not isinstance(state, tuple):
        return []
    return [*getattr(state, "_fields", ()), *(name for part in state for name in field_names(part))]


def plain(settings: dict) -> dict:
    """Only what JSON can hold."""
    kept = (bool, int, float, str, tuple, list, type(None))
    return {name: value for name, value in settings.items() if isinstance(value, kept) and not isclass(value)}


def _one():
    import torch

    return torch.zeros(1, dtype=torch.float64, requires_grad=True)


def everything() -> dict:
    versions = {name: version(name) for name in ("numpy", "torch", "optax", "jax", "keras")}
    objects = {name: record(name) for name in OBJECTS}
    return {"made by": "python -m helpers.peers.record_defaults", "versions": versions, "steps": list(ROWS), "objects": objects}


def main() -> None:
    records = everything()
    lines = [f"{json.dumps(name)}: {json.dumps(one)}" for name, one in records.pop("objects").items()]
    RECORDED.write_text(json.dumps(records)[:-1] + ',\n"objects": {\n' + ",\n".join(lines) + "\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
