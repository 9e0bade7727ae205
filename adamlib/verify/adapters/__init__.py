"""The libraries, one file each, and the kinds of objects that are no library's; the first that recognises a thing walks it."""

from typing import Any

from adamlib.verify.adapters.adamlib_ import AdamlibAdapter
from adamlib.verify.adapters.base import Adapter
from adamlib.verify.adapters.function import FunctionAdapter
from adamlib.verify.adapters.init_update import InitUpdateAdapter
from adamlib.verify.adapters.keras import KerasAdapter
from adamlib.verify.adapters.mlx import MlxAdapter
from adamlib.verify.adapters.optax import OptaxAdapter
from adamlib.verify.adapters.sklearn import SklearnAdapter
from adamlib.verify.adapters.tf_keras import TfKerasAdapter
from adamlib.verify.adapters.tinygrad import TinygradAdapter
from adamlib.verify.adapters.torch import TorchAdapter
from adamlib.verify.adapters.triple import TripleAdapter

LIBRARIES: tuple[Adapter, ...] = (TorchAdapter(), KerasAdapter(), OptaxAdapter())  # each is a column of the crosswalk
FURTHER: tuple[Adapter, ...] = (TfKerasAdapter(), MlxAdapter(), TinygradAdapter(), SklearnAdapter())
IN_CONCORDANCE: tuple[Adapter, ...] = tuple(adapter for adapter in (*LIBRARIES, *FURTHER) if adapter.asked)  # each is a column
OWN = AdamlibAdapter()
ADAPTERS: tuple[Adapter, ...] = (OWN, *FURTHER, *LIBRARIES, TripleAdapter(), InitUpdateAdapter(), FunctionAdapter())


def adapter_of(thing: Any) -> Adapter:
    """The adapter for an optimizer. Raises TypeError for something that is none."""
    found = next((adapter for adapter in ADAPTERS if adapter.recognises(thing)), None)
    if found is None:
        *titles, last = (adapter.title for adapter in (OWN, *LIBRARIES, *FURTHER))
        raise TypeError(
            f"optimizer = {repr(thing)[:60]} is not allowed: optimizer must be a function step(theta, grad, state), "
            f"an optimizer of {', '.join(titles)} or {last}, or an object with init and update"
        )
    return found


def library(package: str) -> Adapter | None:
    """The adapter of a library by the name under which it is imported."""
    return next((adapter for adapter in (*LIBRARIES, *FURTHER) if adapter.package == package), None)
