"""Verify the optimizers of many packages, and print a table: object, verdict, whether the verdict is true.

    python -m tools.verify_packages [package ...]

tools/verify_packages.toml says where a package has its optimizers, and what was read in its source: `true` holds for each object
that follows a rule, or relates to one, how its verdict must begin to be true. Any other object is another rule, of which "no
fault that we know" is true. A package that is not installed is left out; each has a process of its own.
"""

import os
import subprocess
import sys
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from inspect import Parameter, isclass, signature
from pathlib import Path
from typing import Any

import adamlib as al
from tools.packages_called import STEPS_BY_NAME

READ_IN_SOURCES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SECONDS_A_PACKAGE = 900  # seconds for a package
ONE_THREAD = {"OMP_NUM_THREADS": "1", "TORCHDYNAMO_DISABLE": "1", "JAX_PLATFORMS": "cpu", "KERAS_BACKEND": "jax"}
UNKNOWN = "no fault that we know"


def objects_of(name: str) -> Iterator[tuple[str, Any]]:
    """The optimizers of a package: PyTorch's classes that it defines, targets with settings, and what is called by a function."""
    said = READ_IN_SOURCES[name]
    if "torch" in said:
        yield from torch_classes(import_module(said["torch"]))
    for target, words in said.get("targets", {}).items():
        module, _, kind = target.partition(":")
        thing = getattr(import_module(module), kind)
        yield target, thing(**words) if words else thing
    yield from ((one, make) for one, make in STEPS_BY_NAME.items() if one.partition(":")[0] == name)


def torch_classes(module: Any) -> Iterator[tuple[str, Any]]:
    """Every subclass of PyTorch's Optimizer in a module that is not PyTorch's own, with lr=0.001 where it must be given."""
    from torch.optim import Optimizer

    seen = set()
    for name, kind in sorted(vars(module).items()):
        ours = isclass(kind) and issubclass(kind, Optimizer) and not kind.__module__.startswith("torch.") and kind not in seen
        if ours:
            seen.add(kind)
            yield name, made_and_trained(kind)


def made_and_trained(kind: Any) -> Callable:
    """A function params -> optimizer, which goes into training mode where it has one."""
    needed = [one.name for one in signature(kind).parameters.values() if one.default is Parameter.empty]
    given = {"lr": 1e-3} if "lr" in needed else {}

    def make(params: Any) -> Any:
        optimizer = kind(params, **given)
        if callable(getattr(optimizer, "train", None)):
            optimizer.train()
        return optimizer

    return make


def verdict_beside_the_nearest(thing: Any) -> al.Verdict:
    """The verdict on an optimizer; where we have no rule of its name, beside an Adam with its settings."""
    try:
        return al.verify(thing)
    except LookupError:
        return al.verify(thing, like=adam_with_the_settings_of(thing))


def adam_with_the_settings_of(thing: Any) -> al.Adam:
    """Adam, or AdamW, with the settings that a PyTorch optimizer shares with it."""
    import torch

    group = thing([torch.nn.Parameter(torch.zeros(2))]).param_groups[0]
    betas = group.get("betas")
    beta1, beta2 = betas[:2] if isinstance(betas, (tuple, list)) and len(betas) >= 2 else (0.9, 0.999)
    said = {"beta1": beta1, "beta2": beta2, **{name: group.get(name) for name in ("lr", "eps", "weight_decay")}}
    good = {key: float(x) for key, x in said.items() if isinstance(x, (int, float)) and 0 <= x < (1 if "beta" in key else 1e9)}
    decay = good.pop("weight_decay", 0.0)
    return al.AdamW(**good, weight_decay=decay) if decay else al.Adam(**good)


def rows_of(name: str) -> Iterator[tuple[str, str, str]]:
    """Object, verdict, and "true", "FALSE" or "cannot tell"."""
    truths = READ_IN_SOURCES[name].get("true", {})
    for one, thing in objects_of(name):
        try:
            verdict = verdict_beside_the_nearest(thing)
        except Exception as error:
            yield one, f"{type(error).__name__}: {error}"[:200], "cannot tell"
            continue
        says = verdict.sentence
        true = truths[one] in says if one in truths else UNKNOWN in says
        yield one, says, "cannot tell" if verdict.status == 2 else "true" if true else "FALSE"


def main(names: list[str]) -> None:
    count: Counter[str] = Counter()
    print("| package | object | verdict | true? |\n| --- | --- | --- | --- |")
    for name in names or READ_IN_SOURCES:
        try:
            title = f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
        command = [sys.executable, "-m", "tools.verify_packages", "--rows", name]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_A_PACKAGE, env=os.environ | ONE_THREAD)
        rows = [line.removeprefix("| ") for line in done.stdout.splitlines() if line.startswith("| ")]
        for row in rows:
            print(f"| {title} | {row}", flush=True)
        count.update(row.rpartition(" | ")[2].removesuffix(" |") for row in rows)
        count["packages"] += bool(rows)
    told = sum(count[key] for key in ("true", "FALSE", "cannot tell")) or 1
    print(f"\n{count['packages']} packages, {told} objects: {count['true']} true, {count['FALSE']} false,", end=" ")
    print(f"{count['cannot tell']} that cannot be told, {count['cannot tell'] / told:.0%}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--rows"]:
        warnings.simplefilter("ignore")
        for row in rows_of(sys.argv[2]):
            print(f"| {' | '.join(' '.join(text.split()).replace('|', '/') for text in row)} |", flush=True)
    else:
        main(sys.argv[1:])
