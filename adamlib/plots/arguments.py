"""Arguments that mean the same in every picture, checked in one place by their names."""

import inspect
import warnings
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from adamlib import style, validate
from adamlib.problems.problem import Problem, window_of

HUGE = 1e150  # nothing larger is drawn: its square overflows


def checks_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose common arguments are checked, and made plain, before it is called."""
    signature, kind = inspect.signature(function), function.__name__.removeprefix("draw_")

    @wraps(function)
    def call(*arguments: Any, **words: Any) -> Any:
        bound = signature.bind(*arguments, **words)
        for name, value in bound.arguments.items():
            check = CHECKS.get(f"{kind} {name}", CHECKS.get(name))
            if check is not None and value is not signature.parameters[name].default:
                kept = check(name, value)
                bound.arguments[name] = value if kept is None else kept
        return function(*bound.args, **bound.kwargs)

    return call


def drawing(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that draws: its common arguments are checked, and the house's style holds while it works."""
    styled = style.styled(function)

    @wraps(function)
    def draw(*arguments: Any, **words: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a letter that the font lacks is drawn as a box
            drawn = styled(*arguments, **words)
        if hasattr(drawn, "again"):  # a Picture: it can be drawn in another width
            object.__setattr__(drawn, "again", partial(draw, *arguments, **words))
        return drawn

    return checks_arguments(draw)


def numbers(name: str, value: Any, ndim: int = 1) -> np.ndarray:
    """An array of float64 with so many axes and none of them empty; what is too large to be drawn counts as infinite."""
    out = validate.array(name, value).astype(np.float64)
    if out.ndim != ndim or not out.size:
        kind = "a list of numbers" if ndim == 1 else f"numbers with {ndim} axes"
        validate.refuse_as(ValueError, name, f"of shape {out.shape}", f"be {kind}, at least one")
    return np.where(np.abs(out) > HUGE, np.copysign(np.inf, out), out)


def some(n: int | None, allowed: str, fits: Callable[[np.ndarray], Any] = np.isfinite) -> Callable[[str, Any], np.ndarray]:
    """A check for n numbers, or for any number of them, that are small enough to be drawn."""

    def check(name: str, value: Any) -> np.ndarray:
        out = numbers(name, value)
        if (n is not None and len(out) != n) or not np.all(np.isfinite(out)) or not np.all(fits(out)):
            validate.refuse(ValueError, name, value, allowed)
        return out

    return check


def drawable_number(name: str, value: Any) -> float:
    """One finite number."""
    out = validate.real(name, value)
    if not abs(out) <= HUGE:
        validate.refuse(ValueError, name, value, "one finite number")
    return out


def texts(name: str, value: Any) -> list[str]:
    """A text for each of several things."""
    if not isinstance(value, (str, list, tuple)) or not all(isinstance(text, str) for text in value):
        validate.refuse(TypeError, name, value, "a list of texts")
    return [value] if isinstance(value, str) else list(value)


def levels(name: str, value: Any) -> dict[str, float]:
    """A dict from label to a height."""
    if not isinstance(value, Mapping) or not value:
        validate.refuse(TypeError, name, value, "a dict from label to a height")
    return {str(label): drawable_number(f"{name}[{label!r:.40}]", height) for label, height in value.items()}


def window(name: str, value: Any) -> tuple[Any, ...] | None:
    """((x0, x1), (y0, y1))."""
    box = window_of(value)
    if box is None or np.abs(box).max() > HUGE:
        validate.refuse(ValueError, name, value, "((x0, x1), (y0, y1)), small enough to be drawn")
    return box


def a(kind: type, name_of_it: str) -> Callable[[str, Any], None]:
    """A check for something of one kind."""
    return lambda name, value: validate.instance(name, value, kind, name_of_it)


CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("title", "sentence", "xlabel", "ylabel", "label", "strong", "curves x", "curves y"), validate.text),
    **dict.fromkeys(("logx", "logy", "logv"), validate.flag),
    "target": drawable_number,
    "ax": a(Axes, "Matplotlib axes"),
    "labels": texts,
    "level": levels,
    "like": lambda name, value: validate.choice(name, value, tuple(style.LOOKS)),
    "problem": a(Problem, "a Problem"),
    "view": some(2, "two angles in degrees", lambda angles: np.abs(angles) <= 360),
    "window": window,
    "bars mark": lambda name, value: validate.count(name, value, 0),
    "heatmap mark": some(2, "a point (x, y)"),
    "heatmap levels": some(None, "a list of finite numbers"),
}
