"""Where the name of a target is looked up: in a package, a file of Python, or a notebook."""

import ast
import importlib
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from adamlib.verify.adapters import library


class Unusable(ValueError):
    """Words that name no optimizer; the message says what to write instead."""


def module_at(place: str, name: str) -> Any:
    """The module that a package, a file.py or a notebook.ipynb makes; of a notebook as far as it takes to define `name`."""
    try:
        if place.endswith(".py"):
            return _module_of_file(_existing(place))
        return _module_of_notebook(_existing(place), name) if place.endswith(".ipynb") else _module_of_package(place)
    except Unusable:
        raise
    except SystemExit as error:
        raise Unusable(f"{place} leaves by sys.exit({error.code!r}) while it is imported") from None
    except Exception as error:
        raise Unusable(f"{place} cannot be imported: {type(error).__name__}: {error}") from error


def _existing(place: str) -> Path:
    if not Path(place).is_file():
        raise Unusable(f"there is no file {place}")
    return Path(place)


def _module_of_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"verified_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None  # a file that ends in .py has one
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where a dataclass looks for the names of its annotations
    spec.loader.exec_module(module)
    return module


def _module_of_notebook(path: Path, name: str) -> ModuleType:
    """The cells from the top to the last that defines the name, without magics and commands of the shell."""
    try:
        cells = list(map(_python_of, json.loads(path.read_text(encoding="utf-8"))["cells"]))
    except (ValueError, KeyError, TypeError):
        raise Unusable(f"{path} is no notebook: it is not JSON with cells") from None
    wanted, last = name.partition(".")[0], 0
    for number, code in enumerate(cells, 1):
        last = number if wanted in _names_bound_by(code, f"{path}, cell {number}") else last
    if not last:
        raise Unusable(f"no cell of {path} defines {wanted}")
    module = ModuleType(f"verified_{path.stem}")
    sys.modules[module.__name__] = module
    for number, code in enumerate(cells[:last], 1):
        exec(compile(code, f"{path}, cell {number}", "exec"), vars(module))
    return module


def _python_of(cell: dict[str, Any]) -> str:
    """The code of a cell with an empty line for each magic; none where the whole cell is one."""
    lines = "".join(cell["source"]).splitlines() if cell["cell_type"] == "code" else []
    if lines and lines[0].startswith("%%"):
        return ""
    return "\n".join("" if line.startswith(("%", "!", "?")) else line for line in lines)


def _names_bound_by(code: str, place: str) -> set[str]:
    """The names that code binds at the top level, conditions and loops included."""
    functions = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef
    found: set[str] = set()
    nodes: list[ast.AST] = [ast.parse(code, place)]
    while nodes:
        node = nodes.pop()
        if isinstance(node, functions):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if not isinstance(node, (*functions, ast.Lambda)):
            nodes += ast.iter_child_nodes(node)
    return found


def _module_of_package(name: str) -> ModuleType:
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        adapter = library(name.partition(".")[0])
        if adapter is None or sys.modules.get(adapter.package):  # the library is there, and has no such module
            raise
        needs = " and ".join((adapter.package, *adapter.beside))
        raise Unusable(f"{name} cannot be imported; it needs {needs} to be installed ({error})") from error
