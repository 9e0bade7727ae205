"""Whatever a picture was given, as a list of labelled runs."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from adamlib import style, validate
from adamlib.numerals import number
from adamlib.plots.arguments import numbers
from adamlib.problems.problem import Problem
from adamlib.run import Trajectory

GREEK = {"beta": "β", "beta1": "β₁", "beta2": "β₂", "eps": "ε", "weight_decay": "wd"}


class Run(NamedTuple):
    """One curve: points (T+1, D), the loss at each, and how it is drawn."""

    label: str
    t: np.ndarray
    theta: np.ndarray
    loss: np.ndarray
    look: style.Look
    trajectory: Trajectory | None

    @property
    def diverged(self) -> int | None:
        """The first step at which the point or its loss is inf or nan, or None."""
        lost = ~(np.isfinite(self.theta).all(axis=1) & np.isfinite(self.loss))
        return int(self.t[lost.argmax()]) if lost.any() else None


def with_emphasis(drawn: list[Any], strong: str | None) -> list[Any]:
    """The same runs or curves, the strong one in its colour and the others as grey ghosts; all of them solid."""
    if strong is None:
        return drawn
    names = [one.label for one in drawn]
    if strong not in names:
        validate.refuse(ValueError, "strong", strong, f"one of the labels {', '.join(names):.200}")
    return [one._replace(look=solid_look(one.look, one.label == strong)) for one in drawn]


def solid_look(look: style.Look, strong: bool) -> style.Look:
    return style.Look(look.color if strong else style.GHOST, "-", look.marker)


class Curve(NamedTuple):
    """One curve over a plane: x (T,), y (T,)."""

    label: str
    x: np.ndarray
    y: np.ndarray
    look: style.Look

    def lies_on(self, other: "Curve") -> bool:
        """Whether both have the same points, as far as an eye can tell."""
        return np.array_equal(self.x, other.x) and np.allclose(self.y, other.y, rtol=2e-3, atol=0, equal_nan=True)


def merge_curves(curves: list[Curve]) -> list[Curve]:
    """Curves that lie on each other as one that bears all their names, `Muon = Muon, turned`, and is strong if one of them is."""
    apart: list[Curve] = []
    for curve in curves:
        below = next((k for k, other in enumerate(apart) if curve.lies_on(other)), None)
        if below is None:
            apart.append(curve)
        else:
            first = apart[below]
            seen = curve.look if first.look.color == style.GHOST else first.look
            apart[below] = first._replace(label=f"{first.label} = {curve.label}", look=seen)
    return apart


def members(runs: Any, labels: Any = None, problem: Problem | None = None) -> list[Run]:
    """Trajectories, sweeps or arrays (T+1, D), alone, in a list or in a dict, as single runs."""
    items, names = items_and_names(runs, labels)
    out: list[Run] = []
    paths: list[Trajectory | np.ndarray] = []
    for item in items:
        paths += split(item) if isinstance(item, Trajectory) else [path_points("runs", item)]
    if not paths:
        validate.refuse_as(ValueError, "runs", "= []", "hold at least one trajectory")
    names = chosen_labels(
        "labels", names, labels, len(items), len(paths), [path_label(path, paths, i) for i, path in enumerate(paths)]
    )
    looks = looks_of([type(p.optimizer).__name__ if isinstance(p, Trajectory) else n for p, n in zip(paths, names)])
    for path, name, look in zip(paths, names, looks):
        if isinstance(path, Trajectory):
            out.append(Run(name, path.t, path.theta, path.loss, look, path))
        elif problem is None:
            validate.refuse_as(ValueError, "problem", "= None", "be given where runs are plain arrays")
        else:
            with np.errstate(all="ignore"):
                out.append(Run(name, np.arange(len(path)), path, problem.loss(path), look, None))
    return out


def curves_of(runs: Any, labels: Any, of: Callable[[Run], tuple[np.ndarray, np.ndarray]]) -> list[Curve]:
    """Trajectories as curves through `of`; a dict of arrays y (T,) or pairs (x, y) as it stands."""
    if isinstance(runs, Mapping) and runs and not any(isinstance(item, Trajectory) for item in runs.values()):
        looks = looks_of(list(runs))
        return [Curve(str(name), *pair(str(name), item), look) for (name, item), look in zip(runs.items(), looks)]
    items = runs.values() if isinstance(runs, Mapping) else runs if isinstance(runs, (list, tuple)) else []
    if not isinstance(runs, Trajectory) and not any(isinstance(item, Trajectory) for item in items):
        validate.refuse_as(TypeError, "runs", "of arrays", "be trajectories, or a dict from label to array")
    return [Curve(run.label, *of(run), run.look) for run in members(runs, labels)]


def pair(name: str, item: Any) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) from a pair, or from y alone over 0, 1, 2, ..."""
    field = f"runs[{name!r}]"
    if isinstance(item, tuple) and len(item) == 2:
        x, y = (numbers(field, part) for part in item)
    else:
        y = numbers(field, item)
        x = np.arange(y.size, dtype=float)
    if x.shape != y.shape:
        raise ValueError(f"runs[{name!r}] of shapes {x.shape} and {y.shape} is not allowed: it must be one or two arrays (T,)")
    return x, y


def items_and_names(runs: Any, labels: Any) -> tuple[list[Any], list[str] | None]:
    if isinstance(runs, Mapping):
        if labels is not None:
            raise ValueError("labels is not allowed: labels must be None where runs is a dict, whose keys are the labels")
        return list(runs.values()), [str(name) for name in runs]
    if isinstance(runs, Trajectory) or (isinstance(runs, np.ndarray) and runs.ndim == 2):
        return [runs], None
    if not isinstance(runs, (list, tuple)):
        validate.refuse_as(TypeError, "runs", f"of type {type(runs).__name__}", "be a trajectory, a list or a dict of them")
    return list(runs), None


def chosen_labels(field: str, keys: list[str] | None, labels: Any, items: int, n: int, own: list[str]) -> list[str]:
    """The labels given, or made."""
    given = [labels] if isinstance(labels, str) else labels
    if given is not None and len(given) != n:
        validate.refuse_as(ValueError, field, f"of length {len(given)}", f"have one text for each of the {n} runs")
    if given is not None:
        return [str(text) for text in given]
    if keys is None:
        return own
    return keys if items == n else [f"{keys[0]}, {text}" for text in own] if len(keys) == 1 else own


def path_points(name: str, value: Any) -> np.ndarray:
    out = validate.array(name, value).astype(np.float64)
    if out.ndim != 2 or out.shape[1] != 2 or not len(out):
        raise ValueError(f"{name} of shape {out.shape} is not allowed: an array in {name} must have shape (T, 2)")
    return out


def split(run: Trajectory) -> list[Trajectory]:
    """The members of a sweep, each as its own run."""
    return [run.pick(*index) for index in np.ndindex(run.loss.shape[1:])]


def looks_of(names: list[str]) -> list[style.Look]:
    """One look each: the optimizer's own, in shades where it appears several times; a neutral one for what is no optimizer."""
    base = style.looks(names)
    counts, seen = Counter(names), Counter[str]()
    out = []
    for name in names:
        look = base[name]
        if counts[name] > 1:
            look = style.Look(style.shades(look.color, counts[name])[seen[name]], "-", look.marker)
        seen[name] += 1
        out.append(look)
    return out


def setting_label(name: str, value: Any) -> str:
    """`β₁ = 0.9`"""
    text = number(value, 4) if np.ndim(value) == 0 else "(" + ", ".join(number(x, 3) for x in np.ravel(value)) + ")"
    return f"{GREEK.get(name, name)} = {text}"


def path_label(path: Trajectory | np.ndarray, paths: list[Any], i: int) -> str:
    """The optimizer's name, and what sets this run apart from its siblings."""
    if not isinstance(path, Trajectory):
        return f"run {i + 1}"
    kin = [p for p in paths if isinstance(p, Trajectory) and type(p.optimizer) is type(path.optimizer)]
    name = type(path.optimizer).__name__
    apart = varying(path, kin) if len(kin) > 1 else []
    if len(kin) > 1 and not apart:
        apart = [f"run {i + 1}"]
    return ", ".join(apart) if len(kin) == len(paths) and apart else " ".join([name, ", ".join(apart)]).strip()


def varying(path: Trajectory, kin: list[Trajectory]) -> list[str]:
    """The settings in which kin differ, else the problems, else the starts."""
    mine = path.optimizer.hyperparameters()
    apart = [
        setting_label(name, value)
        for name, value in mine.items()
        if not all(np.array_equal(value, other.optimizer.hyperparameters()[name]) for other in kin)
    ]
    for flag, words in (("bias_correction", ("corrected", "not corrected")), ("convention", None)):
        if len({getattr(other.optimizer, flag, None) for other in kin}) > 1:
            value = getattr(path.optimizer, flag)
            apart.append(str(value) if words is None else words[not value])
    if not apart and len({other.problem.name for other in kin}) > 1:
        apart = [path.problem.name]
    if not apart and len({other.theta[0].tobytes() for other in kin}) == len(kin) and path.theta.shape[1] <= 2:
        apart = ["from (" + ", ".join(number(x) for x in path.theta[0]) + ")"]
    return apart
