"""A trial in the museum: walk an exhibit or its mended form, and say where it departs."""

from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import numpy as np

from adamlib import validate
from adamlib.museum.exhibits import EXHIBITS, sound
from adamlib.optimizers import AMSGrad, Optimizer
from adamlib.probe import START, STEPS, Departure, first_departure, gradients

COMMON = ("theta", "g", "m", "v", "t", "lr", "beta1", "beta2", "eps")
OTHER_CONVENTIONS: dict[type[Optimizer], dict[str, str]] = {
    AMSGrad: {"paper": "the paper", "optax": "Optax"}
}  # right as well, where an exhibit is mended
SETTINGS = {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01}


def extra(step: Callable[..., Any]) -> str | None:
    """The one thing more that a step takes: "v_max", "weight_decay" or nothing."""
    more = [name for name in signature(step).parameters if name not in COMMON]
    return more[0] if more else None


def walk_exhibit(
    step: Callable[..., Any],
    more: str | None = None,
    settings: dict[str, Any] | None = None,
    before: Callable[..., Any] = lambda theta: theta,
) -> Iterator[dict[str, Any]]:
    """The states of a step along the probe: arrays by name. The step gets copies, and may do with them what it likes.

    more : what the step takes besides the common form
    settings : hyperparameters by name, where they are not those of Adam() and AdamW(); eps may be a function of t
    before : what happens to theta before each step
    """
    settings = SETTINGS | (settings or {})
    theta, memory = START, [np.zeros_like(START)] * (3 if more == "v_max" else 2)
    for t in range(1, STEPS + 1):
        theta, *memory = _one(step, more, (before(theta), gradients()[t - 1], *memory), t, settings)
        yield dict(zip(("theta", "m", "v", "v_max"), (theta, *memory)))


def _one(step: Callable[..., Any], more: str | None, arrays: tuple[Any, ...], t: int, settings: dict[str, Any]) -> list[Any]:
    hyper = [settings[name](t) if callable(settings[name]) else settings[name] for name in COMMON[5:]]
    theta, g, m, v, *v_max = (np.array(x, float) for x in arrays)
    last = v_max if more == "v_max" else [settings[more]] if more else []
    with np.errstate(all="ignore"):
        out = step(theta, g, m, v, t, *hyper, *last)
    names = ("theta", "m", "v", *(["v_max"] if more == "v_max" else []))
    if not isinstance(out, tuple) or len(out) != len(names):
        raise TypeError(f"a step must return {', '.join(names)}, a tuple of {len(names)}")
    for name, x in zip(names, out):
        if np.shape(x) not in (START.shape, ()):
            raise ValueError(f"{name} has shape {np.shape(x)} where {START.shape} is expected")
    return list(out)


def departs(step: Callable[..., Any], sound: Callable[..., Any] = sound) -> Departure | None:
    """Where a step first departs from the sound one: quantity, step, coordinate and the two values. None if nowhere.

    step : in the common form of the exhibits
    sound : what it should be, `sound`, or `mended` of an exhibit

    >>> print(departs(EXHIBITS["lost square"].step))
    departs first in v, at step 1: 6.888e-10 where 4.745e-16 is expected, coordinate 0
    """
    validate.function("step", step)
    more = extra(sound)
    return first_departure(walk_exhibit(step, more), walk_exhibit(sound, more))


def walk_rule(rule: Optimizer) -> Iterator[dict[str, Any]]:
    """The states of a rule along the probe, as `walk_exhibit` has them."""
    state = rule.init(START)
    for g in gradients():
        state = rule.step(state, g)
        yield {name: getattr(state, name) for name in ("theta", "m", "v", "v_max")}


def verdict(name: str, answer: Any = ...) -> str:
    """What `check("museum <name>", answer)` prints after the name."""
    exhibit = EXHIBITS[name]
    rule: Callable[..., Optimizer] = exhibit.rule
    if answer is ...:
        return f"not mended yet. Hint: {exhibit.hint}"
    if not callable(answer):
        return f"not yet: expected a function, the step mended. Hint: {exhibit.hint}"
    try:
        departure, more = departs(answer, exhibit.mended), extra(exhibit.mended)
        if departure is None:
            return f"right. It was this: {exhibit.says}"
        for convention, whose in OTHER_CONVENTIONS.get(exhibit.rule, {}).items():
            if first_departure(walk_exhibit(answer, more), walk_rule(rule(convention=convention))) is None:
                return f"right, as {whose} has it. It was this: {exhibit.says}"
        for other in EXHIBITS.values():
            if extra(other.mended) == extra(exhibit.mended) and departs(answer, other.step) is None:
                same = "still the exhibit" if other is exhibit else f"now the exhibit '{other.name}'"
                return f"not yet: {same}; it {departure}. Hint: {exhibit.hint}"
    except Exception as error:
        return f"not yet: your step raised {type(error).__name__}: {error}"
    return f"not yet: it {departure}. Hint: {exhibit.hint}"
