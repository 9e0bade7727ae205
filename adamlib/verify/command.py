"""From words to answers: `torch.optim:Adam lr=0.01`, `optax:adam learning_rate=0.01`, `file.py:step`, `notebook.ipynb:step`."""

import ast
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import partial
from typing import Any

from adamlib.optimizers import ALL_RULES, Optimizer
from adamlib.validate import refuse
from adamlib.verify.adapters import ADAPTERS, FURTHER, LIBRARIES
from adamlib.verify.judge import verify
from adamlib.verify.report import Answer
from adamlib.verify.sources import Unusable, module_at
from adamlib.verify.trace import verify_trace


def questions_in(
    words: list[str], traces: Sequence[str] = (), like: str | None = None, as_written: bool = False
) -> list[Callable[[], Answer]]:
    """For each target among words, and for each trace, a function that finds its answer.

    traces : files of positions
    Raises Unusable for words that are neither a target nor a setting of the one before.
    """
    if not words and not traces:
        raise Unusable("say what to check, as torch.optim:Adam or path/to/file.py:step")
    rule = rule_in(like) if like else None
    targets = [(target, settings_in(some)) for target, some in targets_in(words)]
    asked = [partial(answer, target, settings, rule, as_written) for target, settings in targets]
    return [*asked, *(partial(answer_to_trace, trace, rule, as_written) for trace in traces)]


def answer(target: str, settings: dict[str, Any], like: Optimizer | None, as_written: bool = False) -> Answer:
    """The answer to one target; what it prints goes to stderr."""
    shown = " ".join((target, *(f"{name}={value!r}" for name, value in settings.items())))
    try:
        with redirect_stdout(sys.stderr):
            optimizer, meant = load(target, settings)
            return Answer(shown, verify(optimizer, like or meant), as_written=as_written)
    except SystemExit as error:
        return Answer(shown, error=f"{target} leaves by sys.exit({error.code!r})")
    except (ValueError, TypeError, LookupError, OSError) as error:
        return Answer(shown, error=str(error))


def answer_to_trace(path: str, like: Optimizer | None, as_written: bool = False) -> Answer:
    """The answer to a file of positions."""
    try:
        return Answer(path, verify_trace(path, like), as_written=as_written)
    except (ValueError, OSError) as error:
        return Answer(path, error=str(error))


def targets_in(words: list[str]) -> list[tuple[str, list[str]]]:
    """Each target with the words after it that are its settings. A target has a colon before any sign of equality."""
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if not found or ":" in word.partition("=")[0]:
            found.append((word, []))
        else:
            found[-1][1].append(word)
    return found


def load(target: str, settings: dict[str, Any]) -> tuple[Any, Optimizer | None]:
    """The optimizer that a target names, with settings, and the rule it is meant to be, where Optax's name tells.

    target : module:name, path/to/file.py:name or path/to/notebook.ipynb:name
    """
    return _make(*named_by(target), settings)


def named_by(target: str) -> tuple[Any, str]:
    """What a target names, and its name."""
    place, _, name = target.rpartition(":")
    if not place or not name:
        refuse(Unusable, "target", target, "module:name or file.py:name, as torch.optim:Adam")
    if place.endswith(":"):
        refuse(Unusable, "target", target, f"written with one colon, as {place.rstrip(':')}:{name}")
    thing: Any = module_at(place, name)
    for part in name.split("."):
        if not hasattr(thing, part):
            raise Unusable(f"{place} has no {name}")
        thing = getattr(thing, part)
    return thing, name


def _make(thing: Any, name: str, settings: dict[str, Any]) -> tuple[Any, Optimizer | None]:
    owner = next((adapter for adapter in (*LIBRARIES, *FURTHER) if adapter.owns(thing)), ADAPTERS[-1])
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
    kind: Callable[..., Optimizer] | None = BY_NAME.get(call.func.id)
    if kind is None:
        raise Unusable(f"like = {text!r} is not allowed: adamlib has no rule {call.func.id}, but {', '.join(BY_NAME)}")
    try:
        return kind(**settings)
    except (TypeError, ValueError) as error:
        raise Unusable(f"like = {text!r} is not allowed: {error}") from None


BY_NAME = {kind.__name__: kind for kind in ALL_RULES}
