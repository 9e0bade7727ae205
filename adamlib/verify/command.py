"""From words to an optimizer: `torch.optim:Adam lr=0.01`, `optax:adam learning_rate=0.01`, `file.py:step`."""

import ast
import importlib
import importlib.util
import sys
from collections.abc import Callable
from inspect import isclass
from pathlib import Path
from typing import Any

from adamlib import optimizers
from adamlib.optimizers import Optimizer
from adamlib.verify.adapters import ADAPTERS, LIBRARIES, library


class Unusable(ValueError):
    """Words that name no optimizer; the message says what to write instead."""


def load(target: str, settings: dict[str, Any]) -> tuple[Any, Optimizer | None]:
    """The optimizer that a target names, with settings, and the rule it is meant to be, where Optax's name tells.

    target : module:name or path/to/file.py:name
    """
    return _make(*named_by(target), settings)


def named_by(target: str) -> tuple[Any, str]:
    """What a target names, and its name."""
    module, _, name = target.rpartition(":")
    if not module or not name:
        raise Unusable(f"target = {target!r} is not allowed: target must be module:name or file.py:name, as torch.optim:Adam")
    thing: Any = _module(module)
    for part in name.split("."):
        if not hasattr(thing, part):
            raise Unusable(f"{module} has no {name}")
        thing = getattr(thing, part)
    return thing, name


def _module(name: str) -> Any:
    try:
        return _module_of_file(Path(name)) if name.endswith(".py") else _module_of_package(name)
    except Unusable:
        raise
    except Exception as error:
        raise Unusable(f"{name} cannot be imported: {type(error).__name__}: {error}") from error


def _module_of_file(path: Path) -> Any:
    if not path.is_file():
        raise Unusable(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(f"verified_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None  # a file that ends in .py has one
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where a dataclass looks for the names of its annotations
    try:
        spec.loader.exec_module(module)
    except SystemExit as error:
        raise Unusable(f"{path} leaves by sys.exit({error.code!r}) while it is imported") from None
    return module


def _module_of_package(name: str) -> Any:
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        adapter = library(name.partition(".")[0])
        if adapter is None:
            raise
        needs = " and ".join((adapter.package, *adapter.beside))
        raise Unusable(f"{name} cannot be imported; it needs {needs} to be installed ({error})") from error


def _make(thing: Any, name: str, settings: dict[str, Any]) -> tuple[Any, Optimizer | None]:
    owner = next((adapter for adapter in LIBRARIES if adapter.owns(thing)), ADAPTERS[-1])
    try:
        return owner.make(thing, name, settings)
    except TypeError as error:
        raise Unusable(f"{name} cannot be made: {error}") from error


def settings_in(words: list[str]) -> dict[str, Any]:
    """name=value, each value a literal of Python: a number, True, None, a text in quotes or a tuple."""
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier():
            raise Unusable(f"setting = {word!r} is not allowed: setting must be name=value, as lr=0.01")
        try:
            found[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            raise Unusable(
                f"{name} = {value} is not allowed: {name} must be a number, True, False, None or a text in quotes"
            ) from None
    return found


def rule_in(text: str) -> Optimizer:
    """A rule of adamlib from a text such as "AdamW(lr=0.01)". Nothing in it is run."""
    example = 'like must be a rule of adamlib with its settings, as "AdamW(lr=0.01)"'
    try:
        call = ast.parse(text.strip(), mode="eval").body
        if isinstance(call, ast.Name):
            call = ast.Call(call, [], [])
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
            raise ValueError
        settings = {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}
        if len(settings) != len(call.keywords):
            raise ValueError
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise Unusable(f"like = {text!r} is not allowed: {example}") from None
    kind: Callable | None = BY_NAME.get(call.func.id)
    if kind is None:
        raise Unusable(f"like = {text!r} is not allowed: adamlib has no rule {call.func.id}, but {', '.join(BY_NAME)}")
    try:
        return kind(**settings)
    except (TypeError, ValueError) as error:
        raise Unusable(f"like = {text!r} is not allowed: {error}") from None


BY_NAME = {
    name: kind
    for name, kind in vars(optimizers).items()
    if isclass(kind) and issubclass(kind, Optimizer) and kind is not Optimizer
}
