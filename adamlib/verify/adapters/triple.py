"""Three functions: init(theta), update and get_params(state); as NumPyro has them in an object, and JAX in a tuple."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple

import numpy as np

from adamlib.optimizers import Optimizer
from adamlib.probe import START
from adamlib.verify.adapters.base import Adapter, Walker, WalkerMaker, instance_of, named_arrays, package_of, required


class Triple(NamedTuple):
    """update(grad, state), or update(t, grad, state) if it counts nothing itself; t is 0 at the first step."""

    init: Callable[..., Any]
    update: Callable[..., Any]
    get_params: Callable[..., Any]


class TripleWalker(Walker):
    """The theta of a state is asked for after each step. A triple of JAX is compiled, in float64."""

    def __init__(self, triple: Triple, start: np.ndarray = START):
        self.jax = sys.modules.get("jax") if comes_with_jax(triple) else None
        self.triple, self.t = triple, 0
        with self.precise():
            self.update = self.jax.jit(triple.update) if self.jax else triple.update
            self.state = triple.init(self.own(start))

    def __call__(self, g: np.ndarray) -> tuple[Any, dict[str, Any]]:
        with self.precise():
            counted = (self.t,) if len(required(self.triple.update)) > 2 else ()
            self.state = self.update(*counted, self.own(g), self.state)
            self.t += 1
            return np.array(self.triple.get_params(self.state)), named_arrays(self.state)

    def own(self, x: np.ndarray) -> Any:
        return self.jax.numpy.asarray(x) if self.jax else x.copy()

    def precise(self) -> Any:
        return self.jax.enable_x64(True) if self.jax else nullcontext()


class TripleAdapter(Adapter):
    """Says nothing of itself."""

    def recognises(self, thing: Any) -> bool:
        return triple_of(thing) is not None

    def walker_maker(self, thing: Any, like: Optimizer | None) -> WalkerMaker:
        triple = triple_of(instance_of(thing))
        assert triple is not None  # it was recognised
        return lambda start: TripleWalker(triple, start)

    def versions(self) -> dict[str, str]:
        return super().versions() | {name: sys.modules[name].__version__ for name in ("jax", "numpyro") if name in sys.modules}


def triple_of(thing: Any) -> Triple | None:
    """The three functions of an object with these names, or of a tuple of three; None for anything else."""
    if isinstance(thing, tuple):
        return Triple(*thing) if len(thing) == 3 and all(map(callable, thing)) else None
    parts: list[Any] = [getattr(thing, name, None) for name in Triple._fields]
    return Triple(*parts) if all(map(callable, parts)) else None


def comes_with_jax(triple: Triple) -> bool:
    return package_of(triple.update) in ("jax", "numpyro")
