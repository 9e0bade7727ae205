"""The layers of adamlib: each imports downwards only, and none loads what it does not need."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from adamlib.verify.adapters import FURTHER, LIBRARIES
from helpers import notebooks

LIBRARY = notebooks.ROOT / "adamlib"

MATHEMATICS = [
    "validate",
    "later",
    "numerals",
    "averages",
    "theory",
    "precision",
    "optimizers",
    "probe",
    "online",
    "problems",
    "curvature",
    "schedules",
    "engine",
    "run",
    "checkpoint",
    "sweeps",
    "measure",
    "museum",
    "verify",
    "resume",
]
PICTURES = ["style", "plots", "animate"]
ORDER = [*MATHEMATICS, *PICTURES, "explore", "exercises", "notebook", "settings", "series", "lab", "__main__"]

# What a layer may import besides Python itself and the layers before it. What stands here loads with the layer;
# what stands in LATER is imported inside the function that needs it.
PACKAGES = {
    **{layer: {"numpy"} for layer in MATHEMATICS},
    **{layer: {"numpy", "matplotlib", "mpl_toolkits", "PIL"} for layer in PICTURES},
    "explore": {"numpy", "matplotlib", "mpl_toolkits", "PIL", "ipywidgets", "traitlets"},
    "exercises": {"numpy"},
    "notebook": {"IPython", "numpy"},
    "settings": set(),
    "series": set(),
    "lab": set(),
    "__main__": set(),
}
LATER = {
    "engine": {"numba"},
    "sweeps": {"tqdm", "cloudpickle"},
    "verify": {name for adapter in (*LIBRARIES, *FURTHER) for name in (adapter.package, *adapter.beside)},
    "animate": {"tqdm"},
    "explore": {"ipyevents"},
}
COMPILED = {"adamlib/engine/loops.py"}  # made of Numba, and itself imported late
HEAVY = {
    "matplotlib",
    "mpl_toolkits",
    "PIL",
    "sklearn",
    "scipy",
    "ipywidgets",
    "ipyevents",
    "IPython",
    "numba",
    "tqdm",
    "torch",
    "jax",
    "optax",
    "keras",
}

# A layer of pictures is no use to the exercises, and the notebook helpers and the series need no mathematics.
NOT_BELOW = {
    "exercises": {*PICTURES, "explore"},
    "notebook": set(ORDER) - {"validate", "numerals"},
    "settings": set(ORDER) - {"notebook"},
    "series": set(ORDER),
}

FILES = sorted(path for path in LIBRARY.rglob("*.py") if path != LIBRARY / "__init__.py")
LAYERS = sorted({path.relative_to(LIBRARY).parts[0].removesuffix(".py") for path in FILES}, key=ORDER.index)


def layer_of(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def imported(code: str) -> tuple[set[str], set[str]]:
    """The modules that `code` names in import statements: at the top, and inside functions."""
    tree = ast.parse(code)
    top = {id(node) for node in tree.body}
    now, later = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in ("adamlib", "adamlib.engine"):
            names = {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {node.module or "."}
        else:
            continue
        (now if id(node) in top else later).update(names)
    return now, later


def complaints(layer: str, code: str, compiled: bool = False) -> list[str]:
    """What is wrong with the imports of a module of `layer`; one that is compiled may import its compiler at the top."""
    now, later = imported(code)
    below = {layer, *ORDER[: ORDER.index(layer)]} - (NOT_BELOW.get(layer, set()) - {layer})
    found = []
    for name in sorted(now | later):
        if name in now and name.replace(".", "/") + ".py" in COMPILED and not compiled:
            found.append(f"{layer} imports {name} at the top, and Numba with it")
        package, _, rest = name.partition(".")
        if (layer, name) == ("__main__", "adamlib"):  # the command stands above the whole package
            continue
        if package == "adamlib" and rest.partition(".")[0] not in below:
            found.append(f"{layer} imports {name}, which is not below it")
        elif package not in {"adamlib", *sys.stdlib_module_names, *PACKAGES[layer], *LATER.get(layer, ())}:
            found.append(f"{layer} imports {name}, which it may not")
        elif name in now and package in LATER.get(layer, ()) and not compiled:
            found.append(f"{layer} imports {name} at the top; it belongs inside the function that needs it")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_imports_lead_downwards(path):
    inside = path.relative_to(notebooks.ROOT).as_posix() in COMPILED
    assert complaints(layer_of(path), path.read_text(encoding="utf-8"), inside) == []


@pytest.mark.parametrize(
    ("layer", "code"),
    [
        ("averages", "from adamlib import optimizers"),
        ("optimizers", "from adamlib.run import run"),
        ("run", "import matplotlib"),
        ("engine", "import numba"),
        ("engine", "from adamlib.engine import loops"),
        ("problems", "import sklearn.datasets"),
        ("plots", "def f():\n    import ipywidgets"),
        ("exercises", "from adamlib.plots import paths"),
        ("notebook", "import adamlib.run"),
    ],
)
def test_an_import_upwards_is_noticed(layer, code):
    assert complaints(layer, code)


ROOMS = [
    "changes",
    "conventions",
    "rules",
    "readings",
    "adapters",
    "walk",
    "compare",
    "diagnose",
    "low_precision",
    "verdict",
    "judge",
]


def modules_named(path: Path) -> set[str]:
    """The modules of adamlib that a file names, at its top, inside functions, or for types alone."""
    now, later = imported(path.read_text(encoding="utf-8"))
    return {name for name in now | later if name.startswith("adamlib.")}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(notebooks.ROOT).with_suffix("").parts).removesuffix(".__init__")


def test_no_imports_go_in_a_circle():
    graph = {module_of(path): modules_named(path) for path in FILES if path.name != "__init__.py"}
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_verify_knows_only_those_before_it(room):
    files = [path for path in FILES if module_of(path).startswith(f"adamlib.verify.{room}")]
    known = {name.split(".")[2] for path in files for name in modules_named(path) if name.startswith("adamlib.verify.")}
    assert files
    assert known <= set(ROOMS[: ROOMS.index(room) + 1])


BLOCKED = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {heavy!r}:
            raise AssertionError(name + " is imported")

sys.meta_path.insert(0, Refuse())
import {module}
"""


def fresh(module: str, heavy: set[str]) -> str:
    """Import `module` in a new interpreter in which `heavy` packages cannot be imported; what went wrong, if anything."""
    code = BLOCKED.format(module=module, heavy=heavy)
    return subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_loads_in_a_fresh_interpreter(layer):
    needs = PACKAGES[layer] | ({"IPython"} if "ipywidgets" in PACKAGES[layer] else set())
    assert fresh(f"adamlib.{layer}", HEAVY - needs) == ""


def test_adamlib_loads_numpy_and_nothing_heavier():
    assert fresh("adamlib", HEAVY) == ""


def test_a_heavy_import_is_noticed():
    assert "matplotlib is imported" in fresh("matplotlib", HEAVY)
