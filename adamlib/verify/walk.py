"""A walk over the probe with any optimizer that an adapter hands over: along a vector, a square matrix, or a plate of 4 x 2."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.precision import rounded
from adamlib.probe import MATRIX, PLATE, PRECISIONS, START, across, as_matrix, gradients
from adamlib.verify.adapters.base import HALF, Adapter, Trouble, Walker, WalkerMaker

WHEN_MADE = "when it is made"
STYLED = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # what makes the words of a terminal bold or red
PATIENCE = 20.0  # seconds that a walk may take after its first step, which may compile; what was walked by then is judged
LONE_NAMES = {"m": ("m", "mu", "exp_avg", "momentum_buffer", "trace"), "v": ("v", "nu", "exp_avg_sq", "square_avg", "sum")}
FEWEST_DIGITS = 8  # numbers of theta from which its precision is read
NARROWER = {"float64": ("bfloat16", "float16", "float32"), "float32": ("bfloat16", "float16")}


@dataclass
class Walk:
    """What came of a walk: one state for each step, and what was remarked on the way.

    start : where it began
    dtype, kept : the dtype of theta, and those of m and v where they are shown
    trouble : why it broke off, as a clause
    divided : whether its first step divided by zero, as far as NumPy tells
    """

    states: list[dict[str, Any]] = field(default_factory=list)
    start: np.ndarray = field(default_factory=lambda: START)
    dtype: str = "float64"
    trouble: str = ""
    remarks: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    divided: bool = False


def walk_matrix(make: WalkerMaker, steps: int) -> Walk:
    """Walk some steps with a matrix in the place of a vector; of its numbers the first eight are recorded."""
    return walk_probe(make, steps, MATRIX, as_matrix(across(gradients()[:steps])))


def walk_probe(make: WalkerMaker, steps: int, start: np.ndarray = START, fed: np.ndarray | None = None) -> Walk:
    """Walk the probe for some steps, or until nothing is finite, or something comes that cannot be compared.

    fed : gradients, where they are not those of the probe
    """
    walk = Walk(start=start.reshape(-1)[: START.size])
    try:
        walker = make(start)
    except Trouble as trouble:
        walk.trouble = f"it {trouble}"
        return walk
    except Exception as error:
        walk.trouble = f"{error_in_a_line(error)}, {WHEN_MADE}"
        return walk
    end = np.inf
    for g in gradients()[:steps] if fed is None else fed:
        try:
            _add_step(walk, walker, g)
        except Trouble as trouble:
            walk.trouble = f"at step {len(walk.states) + 1} it {trouble}"
        except Exception as error:
            walk.trouble = f"{error_in_a_line(error)}, raised at step {len(walk.states) + 1}"
        if walk.trouble or not np.isfinite(walk.states[-1]["theta"]).any() or monotonic() > end:
            break
        end = min(end, monotonic() + PATIENCE)
    walk.remarks = list(walker.remarks)
    note_precision(walk)
    return walk


def note_precision(walk: Walk) -> None:
    """Take a walk for what it is where it has passed through fewer digits than its dtype has, and remark on it."""
    thetas = np.array([state["theta"] for state in walk.states])
    if walk.dtype not in NARROWER or len(thetas) < 2 or np.sum(np.isfinite(thetas) & (thetas != walk.start)) < FEWEST_DIGITS:
        return
    for dtype in NARROWER[walk.dtype]:
        with np.errstate(all="ignore"):
            if np.array_equal(thetas, rounded(thetas, dtype), equal_nan=True):
                walk.dtype = dtype
                walk.remarks.append(f"what it returns has no more digits than {dtype}")
                return


def _add_step(walk: Walk, walker: Walker, g: np.ndarray) -> None:
    first, said = not walk.states, list[str]()
    with np.errstate(all="ignore", divide="call" if first else "ignore", call=lambda kind, flag: said.append(kind)):
        theta, arrays = walker(g)
    walk.dtype = walker.dtype or dtype_of(theta, g.shape)
    found = memories(arrays) or (lone_memories(arrays) if walk.dtype in HALF else {})
    if first:
        kept = found or lone_memories(arrays)
        walk.divided, walk.kept = bool(said), {name: x.dtype.name for name, x in kept.items()}
    flat = {name: np.array(x, float).reshape(-1)[: START.size] for name, x in {"theta": theta, **found}.items()}
    walk.states.append(flat)


def dtype_of(theta: Any, shape: tuple[int, ...] = START.shape) -> str:
    """The dtype of a theta that can be compared. Raises Trouble for any other."""
    try:
        array = np.asarray(theta)
    except Exception:
        raise Trouble("returns a theta that is not an array") from None
    if array.shape != shape:
        raise Trouble(f"returns theta of shape {array.shape} where {shape} is expected")
    if array.dtype.kind != "f" and array.dtype.name not in PRECISIONS:
        raise Trouble(f"returns theta of dtype {array.dtype} where floats are expected")
    return array.dtype.name


def error_in_a_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(STYLED.sub('', str(error)).split())[:120].rstrip('.')}"


def names_of_memory() -> list[tuple[str, str]]:
    """The names of m and v that a state may carry; in Dive into Deep Learning v is the name of m."""
    columns = [kind.notation for kind in Adapter.__subclasses__() if "m" in kind.notation]
    return [*((column["m"], column["v"]) for column in columns), ("v", "s")]


def memories(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """m and v among named arrays."""
    pairs = ({"m": arrays[m], "v": arrays[v]} for m, v in names_of_memory() if m in arrays and v in arrays)
    return next(pairs, {})


def lone_memories(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """m or v among named arrays, where a rule keeps one of them."""
    return {ours: arrays[name] for ours, names in LONE_NAMES.items() for name in names if name in arrays}


def stands_still(walk: Walk) -> bool:
    """Whether no step is seen."""
    return all(np.array_equal(state["theta"], walk.start) for state in walk.states)


AS_A_PLATE = "a matrix of 4 x 2 was walked, as its rule asks for one"


class PlateWalker(Walker):
    """A walker that is given the eight numbers as a matrix of 4 x 2."""

    def __init__(self, walker: Walker):
        self.walker = walker

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        theta, arrays = self.walker(g.reshape(PLATE[0]))
        if np.shape(theta) != PLATE[0]:
            raise Trouble(f"returns theta of shape {np.shape(theta)} where {PLATE[0]} is expected")
        return np.reshape(theta, g.shape), {name: np.reshape(x, g.shape) for name, x in arrays.items() if np.size(x) == g.size}

    @property
    def remarks(self) -> Iterable[str]:  # type: ignore[override]
        return [AS_A_PLATE, *self.walker.remarks]

    def state_names(self) -> list[str]:
        """The names under which it keeps its state, after a step."""
        return self.walker.state_names()  # type: ignore[attr-defined]


def on_the_probe(make: WalkerMaker, rule: Optimizer) -> WalkerMaker:
    """What makes the walkers for a rule: where it asks for a matrix, the start is one, and so are all gradients."""
    return make if rule.elementwise else lambda start: PlateWalker(make(start.reshape(PLATE[0])))


def with_probe_blocks(rule: Optimizer) -> Optimizer:
    """The rule as it walks the probe: one that asks for a matrix has the eight numbers as one, whatever blocks it had."""
    return rule if rule.elementwise else replace(rule, blocks=PLATE)  # type: ignore[call-arg]
