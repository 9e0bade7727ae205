"""Change one thing in the mathematics, as a slip of the pen would, and see whether a test notices: `make mutants`.

The changes are those of cosmic-ray; mutants.toml says which of them, and which tests are asked. Nothing is changed in this
folder: every worker has a copy of it. A change that no test notices is listed, unless mutants.toml says why it may survive.
"""

import argparse
import ast
import importlib
import multiprocessing
import os
import random
import re
import resource
import shutil
import sys
import tempfile
import tomllib
import traceback
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from tqdm import tqdm

ROOT = Path(__file__).parents[2]
CONFIG = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text(encoding="utf-8"))
COPIED = ["adamlib", "notebooks", "tests", "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff"]
QUICK = [
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-o",
    "addopts=",
    "--import-mode=importlib",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
    "--doctest-modules",
]
PRELOADED = ["hypothesis.extra.numpy", "ipywidgets", "matplotlib.figure", "nbformat", "scipy.optimize", "sklearn.datasets"]
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-cell-timeout=120"]
NOTICED = {0: False, 1: True, 2: True, 3: True}  # by pytest's exit code: passed; failed, not loaded, not even started


class Mutant(NamedTuple):
    """One change: in which module and line, what stood there, what stands there now, and the functions and classes around it."""

    module: str
    number: int
    line: str
    changed: str
    inside: str
    code: str

    def __str__(self) -> str:
        return f"{self.module}:{self.number}  {self.line}  ->  {self.changed}"


def mutants(module: str) -> Iterator[Mutant]:
    """Every change of a module, each result once, but for the parts that are left alone."""
    code = (ROOT / module).read_text(encoding="utf-8")
    tree, seen, lines = ast.parse(code), {ast.dump(ast.parse(code))}, code.splitlines()
    alone = annotations(tree) + arguments(tree, CONFIG["leave_alone"].get(str(Path(module).parent), []))
    silent = [(part.lineno, part.col_offset, part.end_lineno, part.end_col_offset) for part in alone]
    nodes = list(ast_nodes(get_ast(code)))
    left_out = [pattern for place, patterns in CONFIG["leave_out"].items() if fnmatch(module, place) for pattern in patterns]
    for name in sorted(operator_names()):
        if "Variable" in name or any(re.search(pattern, name) for pattern in left_out):
            continue
        operator = get_operator(name)()
        for i, (start, _) in enumerate(spot for node in nodes for spot in operator.mutation_positions(node)):
            if any(first[:2] <= start < first[2:] for first in silent):
                continue
            changed = mutate_code(code, operator, i)
            try:
                shape = ast.dump(ast.parse(changed))
            except SyntaxError:
                continue
            if shape not in seen:
                seen.add(shape)
                ours, theirs = ({*text} for text in (lines, changed.splitlines()))
                row = next((n for n, text in enumerate(lines) if n + 1 >= start[0] and text not in theirs), start[0] - 1)
                new = next((text.strip() for text in changed.splitlines() if text not in ours), "")
                yield Mutant(module, row + 1, lines[row].strip(), new, around(tree, row + 1), changed)


def annotations(tree: ast.AST) -> list[ast.expr]:
    """What the annotations say: they compute nothing."""
    found = [getattr(node, name, None) for node in ast.walk(tree) for name in ("annotation", "returns")]
    return [part for part in found if part is not None]


def arguments(tree: ast.AST, names: list[str]) -> list[ast.expr]:
    """What is handed over under one of these names."""
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg in names]


def around(tree: ast.AST, line: int) -> str:
    """The functions and classes that a line stands in, the innermost last, with dots between; decorators count as inside."""

    def first(node: ast.FunctionDef | ast.ClassDef) -> int:
        return min(part.lineno for part in (node, *node.decorator_list))

    named = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    inside = [node for node in named if first(node) <= line <= node.end_lineno]
    return ".".join(node.name for node in sorted(inside, key=first))


def excused(mutant: Mutant) -> bool:
    return any(fits(entry, mutant) for entry in CONFIG.get("survivor", []))


def fits(entry: dict, mutant: Mutant) -> bool:
    """Whether an entry of mutants.toml speaks of this change: `changed` is one text, or a list of them, or left out for all."""
    if not fnmatch(mutant.module, entry["module"]) or entry["line"] not in ("*", mutant.line):
        return False
    if not f".{mutant.inside}".endswith(f".{entry.get('inside', mutant.inside)}"):
        return False
    named = entry.get("changed", mutant.changed)
    return mutant.changed in ([named] if isinstance(named, str) else named)


class Worker:
    """A copy of this folder, and pytest in a process that has loaded all but adamlib."""

    def __init__(self, by_notebooks: bool):
        self.folder = tempfile.TemporaryDirectory(prefix="mutants-")
        self.tree, self.by_notebooks = Path(self.folder.name), by_notebooks
        for name in COPIED:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(
                ROOT / name,
                self.tree / name,
                **({"ignore": shutil.ignore_patterns("__pycache__")} if copy is not shutil.copy else {}),
            )

    def arguments(self, module: str) -> list[str]:
        if self.by_notebooks:
            from adamlib import series  # of this copy, in the child that has it on its path

            first = CONFIG["notebooks"]["order"]
            found = series.read_series(self.tree / "notebooks")
            entries = sorted(found, key=lambda entry: [*first, entry.number].index(entry.number))
            return [*QUICK[:-1], *NBVAL, *(str(entry.path) for entry in entries)]
        return [*QUICK, *next(tests for name, tests in CONFIG["tests"].items() if fnmatch(module, name))]

    def ask(self, module: str, code: str | None = None) -> int:
        """What pytest says of a module, changed to `code`. A change that does not come to an end counts as noticed."""
        path = self.tree / module
        before = path.read_text(encoding="utf-8")
        for old in [*path.parent.glob(f"__pycache__/{path.stem}.*"), *self.tree.glob("adamlib/engine/__pycache__/*.nb?")]:
            old.unlink()  # Python looks at whole seconds, and a compiled rule at its own text only
        path.write_text(before if code is None else code, encoding="utf-8")
        try:
            child = os.fork()
            if not child:
                self._be(module, changed=code is not None)
            status = os.waitpid(child, 0)[1]
        finally:
            path.write_text(before, encoding="utf-8")
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else int(pytest.ExitCode.TESTS_FAILED)

    def _be(self, module: str, changed: bool) -> None:
        status = 99
        try:
            os.chdir(self.tree)
            os.environ.update(PYTHONPATH=f"{self.tree}", PYTHONDONTWRITEBYTECODE="1" if changed else "")
            sys.dont_write_bytecode = changed
            sys.path.insert(0, str(self.tree))
            if not self.by_notebooks:
                sys.modules["numba"] = None  # type: ignore[assignment]
                if changed:
                    resource.setrlimit(resource.RLIMIT_CPU, (CONFIG["seconds"],) * 2)
            out = os.open(os.devnull if changed else self.tree / "said.txt", os.O_WRONLY | os.O_CREAT)
            os.dup2(out, 1)
            os.dup2(out, 2)
            status = pytest.main(self.arguments(module))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(int(status))


def preload() -> None:
    """All that the tests import besides adamlib, once, before the fork."""
    for name in PRELOADED:
        importlib.import_module(name)
    assert not any(name.partition(".")[0] == "adamlib" for name in sys.modules)


_worker: Worker


def _start(by_notebooks: bool) -> None:
    global _worker
    _worker = Worker(by_notebooks)


def _is_noticed(mutant: Mutant) -> tuple[Mutant, bool]:
    return mutant, NOTICED[_worker.ask(mutant.module, mutant.code)]


def unmutated(modules: list[str], by_notebooks: bool) -> None:
    """The tests pass as long as nothing is changed."""
    worker = Worker(by_notebooks)
    for module in modules[:1] if by_notebooks else modules:
        if status := worker.ask(module):
            sys.exit(f"{module}: the tests fail ({status}) where nothing is changed\n{(worker.tree / 'said.txt').read_text()}")


def mutants_to_try(modules: list[str], by_notebooks: bool, sample: int | None) -> list[Mutant]:
    """The changes to try: all, or so many of each module, always the same; for the notebooks those of the rules."""
    every = [list(mutants(module)) for module in modules]
    if by_notebooks:
        rules = CONFIG["notebooks"]["rules"]
        every = [[m for some in every for m in some if m.inside.rpartition(".")[2] in rules and not excused(m)]]
    return [m for some in every for m in random.Random(0).sample(some, min(sample or len(some), len(some)))]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="part of the path of the modules to change; all where left out")
    parser.add_argument("--by", choices=["tests", "notebooks"], default="tests")
    parser.add_argument("--sample", type=int, help="try so many of each module, always the same")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    by_notebooks = asked.by == "notebooks"
    every = sorted(str(path.relative_to(ROOT)) for name in CONFIG["tests"] for path in ROOT.glob(name))
    wanted = asked.modules or (["averages", "optimizers"] if by_notebooks else [""])
    modules = [module for module in every if any(part in module for part in wanted)]
    if not modules:
        parser.error(f"{' '.join(wanted)}: no module of mutants.toml is called so")
    preload()
    unmutated(modules, by_notebooks)
    some = mutants_to_try(modules, by_notebooks, asked.sample or (CONFIG["sample"] if by_notebooks else None))
    alive: list[Mutant] = []
    with multiprocessing.get_context("fork").Pool(asked.workers, _start, (by_notebooks,)) as pool:
        for mutant, noticed in tqdm(pool.imap(_is_noticed, some), total=len(some), unit="mutant", mininterval=1):
            if not noticed:
                alive.append(mutant)
                tqdm.write(f"{'excused' if excused(mutant) else 'survived'}: {mutant}")
    return report(modules, some, alive, by_notebooks, whole=asked.sample is None)


def report(modules: list[str], some: list[Mutant], alive: list[Mutant], by_notebooks: bool, whole: bool) -> int:
    """The score of every module, then what is wrong. Returns 1 if anything is."""
    print(f"{'module':38}{'made':>6}{'killed':>8}{'excused':>9}{'survived':>10}")
    for module in [*modules, "all"]:
        made = [m for m in some if module in (m.module, "all")]
        left = [m for m in alive if module in (m.module, "all")]
        spared = 0 if by_notebooks else sum(map(excused, left))
        print(f"{module:38}{len(made):6}{len(made) - len(left):8}{spared:9}{len(left) - spared:10}")
    if by_notebooks:
        print(*(f"no notebook notices {m}" for m in alive), sep="\n")
        return int(len(alive) > 0.1 * len(some))
    wrong = [f"survived: {m}" for m in alive if not excused(m)]
    for entry in CONFIG.get("survivor", []):
        about = [m for m in some if fits(entry, m)]
        if whole and any(fnmatch(module, entry["module"]) for module in modules) and not about:
            wrong.append(f"excused, but no longer made: {entry}")
        wrong += [f"excused, but killed: {m}" for m in about if m not in alive]
    print(*wrong, sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
