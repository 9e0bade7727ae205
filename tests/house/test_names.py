"""Names that survive being read alone: at the top level of two modules, a name means one thing."""

import ast
from collections import defaultdict
from collections.abc import Iterator

from helpers import notebooks

ROOMS = ["adamlib", "benchmarks", "book", "notebooks", "tests/helpers", "tools"]
MOST = 6  # it only shrinks
ALIKE = {
    "__all__": "what a package hands out",
    "__getattr__": "what a package says to a name that it has not imported, or not any more",
    "LATER": "where a package finds what it imports when it is asked for",
    "main": "what a program does when it is started",
    "final": "where a run ends, in the library and in a view",
    "forward": "a network: from its weights to the loss",
    "backward": "a network: from the loss to the gradient",
    "EXERCISES": "the exercises of one notebook, and the package that joins them",
    "record": "an engine's way to a trajectory",
    "RULE": "the optimizer of a work of the benchmarks",
    "VALLEY": "the surface of a work of the benchmarks",
    "ours": "a contestant of a benchmark",
    "in_c": "a contestant of a benchmark",
    "in_jax": "a contestant of a benchmark",
    "in_torch": "a contestant of a benchmark",
    "Adam": "an optimizer, and what fakes a library's",
    "Optimizer": "an optimizer, and what fakes a library's",
    "SGD": "an optimizer, and what fakes a library's",
    "NOTATION": "the names of a library, and the table that joins them",
    "ALIASES": "what an adapter says of its library",
    "HARMLESS": "what an adapter says of its library",
    "ASKED": "what an adapter says of its library",
    "bursts": "the bursts of a walk, counted and as an explorer",
    "race": "the race, as a film and as an explorer",
    "surface": "a surface, and the picture of it",
    "WIDGET_VIEW": "what Jupyter calls the state of a widget",
    "ROOT": "the folder of the project",
}


def defined_names(code: str) -> Iterator[str]:
    """The functions, classes and constants at the top level."""
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def shared_names(sources: dict[str, str]) -> dict[str, list[str]]:
    """The names that two modules or more define, with these modules."""
    where = defaultdict(list)
    for module, code in sources.items():
        for name in sorted(set(defined_names(code))):
            where[name].append(module)
    return {name: modules for name, modules in where.items() if len(modules) > 1}


def project_sources() -> dict[str, str]:
    files = sorted(path for room in ROOMS for path in (notebooks.ROOT / room).rglob("*.py") if "_build" not in path.parts)
    return {path.relative_to(notebooks.ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


def test_few_names_have_two_meanings():
    found = {name: modules for name, modules in shared_names(project_sources()).items() if name not in ALIKE}
    assert len(found) <= MOST, "\n".join(f"{name}: {', '.join(modules)}" for name, modules in found.items())


def test_an_excuse_is_still_needed():
    assert sorted(ALIKE.keys() - shared_names(project_sources()).keys()) == []


def test_a_second_meaning_is_noticed():
    sources = {"a.py": "def f(): g = 1\nX, (Y, z) = 1, (2, 3)", "b.py": "class f: pass\nY: int = 2\nx.g = 1"}
    assert shared_names(sources) == {"f": ["a.py", "b.py"], "Y": ["a.py", "b.py"]}
