"""Notebooks that are safe to open, and files that are safe to load: nothing is fetched, written elsewhere, or unpickled.

One notebook here; all of them where ADAMLIB_EXAMPLES is set, as in `make fuzz`.
"""

import ast
import os
import pickle
import shutil
import sys
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest

import adamlib as al
import nbs

sys.path.append(str(nbs.FOLDER))

import regenerate

GUARDED = Path(__file__).with_name("guarded")
SOME = nbs.paths() if "ADAMLIB_EXAMPLES" in os.environ else nbs.paths()[3:4]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a notebook in a kernel that may write into one folder and speak to nobody. Returns what it tried besides."""
    for name in list(os.environ):
        if name.startswith(("COVERAGE", "COV_CORE")):
            monkeypatch.delenv(name)
    for name in ("HOME", "TMPDIR", "TEMP", "TMP", "IPYTHONDIR", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "ADAMLIB_GUARD"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(GUARDED), str(nbs.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    )

    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
        shutil.copy(fonts, tmp_path)  # finding them takes ten seconds

    def go(notebook: nbformat.NotebookNode) -> str:
        regenerate.execute(notebook, "guarded", tmp_path)
        return (tmp_path / "tried.txt").read_text()

    return go


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.name[:2])
def test_a_notebook_fetches_nothing_and_writes_nothing_elsewhere(path, run):
    assert run(nbformat.read(path, as_version=4)) == ""


REFUSED = {
    "a file elsewhere": f"open({str(nbs.ROOT / 'written.txt')!r}, 'w')",
    "a file elsewhere, by its descriptor": f"import os; os.open({str(nbs.ROOT / 'written.txt')!r}, os.O_CREAT | os.O_WRONLY)",
    "a removal": f"import os; os.remove({str(nbs.ROOT / 'README.md')!r})",
    "the network": "import socket; socket.create_connection(('192.0.2.1', 80), 1)",
    "a name on the network": "import urllib.request; urllib.request.urlopen('http://example.org', timeout=1)",
    "another program": "import subprocess; subprocess.run(['true'])",
}


def test_the_guard_notices(run):
    tries = [f"try:\n    {code}\nexcept OSError:\n    pass" for code in REFUSED.values()]
    cells = [nbformat.v4.new_code_cell(code) for code in [*tries, "open('mine.txt', 'w').write('this is allowed')"]]
    tried = run(nbformat.v4.new_notebook(cells=cells)).splitlines()
    assert len(tried) == len(REFUSED), tried
    assert (nbs.ROOT / "README.md").exists()


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_hostile_checkpoint_is_refused_and_not_run(tmp_path):
    sprung, file = tmp_path / "sprung", tmp_path / "sweep.npz"
    trap = np.array([Trap(sprung)], dtype=object)
    rule, problem = al.SGD(**al.grid(lr=[0.1, 0.2])), al.bowl()
    al.sweep(rule, problem, steps=2, checkpoint=file, progress=False)
    good = dict(np.load(file, allow_pickle=False))
    np.savez(file, **{**good, "theta": trap})
    for content in (file.read_bytes(), pickle.dumps(Trap(sprung)), b"", b"PK\x03\x04" + bytes(100), os.urandom(1000)):
        file.write_bytes(content)
        with pytest.raises(ValueError, match="checkpoint is damaged or of another kind"):
            al.sweep(rule, problem, steps=2, checkpoint=file, progress=False)
        assert file.read_bytes() == content
    assert not sprung.exists()


ALLOWED = {
    ("adamlib/sweep.py", "cloudpickle.loads"),  # what another process of the same sweep sends back
    ("adamlib/engine/kernels.py", "exec"),  # a template of ours, filled with counted names
}


def called(tree: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_nothing_in_the_library_runs_or_unpickles_a_text():
    dangerous = {"eval", "exec", "compile", "os.system", "pickle.load", "pickle.loads", "cloudpickle.load", "cloudpickle.loads"}
    dangerous |= {
        "joblib.load",
        "np.fromfile",
        "urllib.request.urlopen",
        "IPython.display.HTML",
        "display.HTML",
        "HTML",
        "Javascript",
    }
    found = set()
    library = Path(al.__file__).parent
    for path in sorted(library.rglob("*.py")):
        tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(library.parent).as_posix()
        found |= {(name, call) for call in called(tree) & dangerous}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.load":
                assert any(word.arg == "allow_pickle" and ast.unparse(word.value) == "False" for word in node.keywords), name
    assert found == ALLOWED
