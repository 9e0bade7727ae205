"""Notebooks that are safe to open, and files that are safe to load: nothing is fetched, written elsewhere, or unpickled.

One notebook here; all of them where ADAMLIB_EXAMPLES is set, as in `make fuzz`.
"""

import ast
import os
import pickle
import re
import shutil
import sys
from pathlib import Path

import matplotlib
import nbformat
import numpy as np
import pytest

import adamlib as al
from helpers import notebooks
from helpers.whole import WHOLE

sys.path.append(str(notebooks.ROOT / "tools"))

import regenerate

GUARDED = notebooks.ROOT / "tests" / "helpers" / "guarded"
SOME = notebooks.files() if WHOLE else notebooks.files("00")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a notebook in a kernel that may write into one folder and speak to nobody. Returns what was refused."""
    for name in list(os.environ):
        if name.startswith(("COVERAGE", "COV_CORE")):
            monkeypatch.delenv(name)
    for name in ("HOME", "TMPDIR", "TEMP", "TMP", "IPYTHONDIR", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "ADAMLIB_GUARD"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(GUARDED), str(notebooks.ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    )

    for fonts in Path(matplotlib.get_cachedir()).glob("fontlist*.json"):
        shutil.copy(fonts, tmp_path)  # finding them takes ten seconds

    def go(notebook: nbformat.NotebookNode) -> str:
        regenerate.execute(notebook, "guarded", tmp_path)
        return (tmp_path / "refused.txt").read_text()

    return go


@pytest.mark.parametrize("path", SOME, ids=lambda path: path.stem)
def test_a_notebook_fetches_nothing_and_writes_nothing_elsewhere(path, run):
    assert run(nbformat.read(path, as_version=4)) == ""


REFUSED = {
    "a new file": "open(there / 'new.txt', 'w')",
    "a file to add to": "open(there / 'kept.txt', 'a')",
    "a file by its descriptor": "os.open(there / 'new.txt', os.O_CREAT | os.O_WRONLY)",
    "a file by way of a link": "(here / 'link.txt').write_text('')",
    "a path that leads out": "open(f'{there}/../{there.name}/new.txt', 'w')",
    "an array": "numpy.save(there / 'new.npy', numpy.zeros(2))",
    "a data base": "sqlite3.connect(there / 'new.db')",
    "a folder": "(there / 'new').mkdir()",
    "a removal": "os.remove(there / 'kept.txt')",
    "a removal beside a descriptor": "os.remove('kept.txt', dir_fd=os.open(there, os.O_RDONLY))",
    "a removal of a folder": "shutil.rmtree(there)",
    "a new name": "os.rename(there / 'kept.txt', there / 'new.txt')",
    "a file moved in": "os.replace(there / 'kept.txt', here / 'new.txt')",
    "a file moved out": "os.replace(here / 'mine.txt', there / 'new.txt')",
    "a copy": "shutil.copy(here / 'mine.txt', there)",
    "a hard link": "os.link(there / 'kept.txt', here / 'new.txt')",
    "a symbolic link": "os.symlink(here / 'mine.txt', there / 'new.txt')",
    "a shorter file": "os.truncate(there / 'kept.txt', 0)",
    "other rights": "os.chmod(there / 'kept.txt', 0o600)",
    "another date": "os.utime(there / 'kept.txt')",
    "the network": "socket.create_connection(('192.0.2.1', 80), 1)",
    "the network, without a connection": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 80))",
    "a name on the network": "urllib.request.urlopen('http://example.org', timeout=1)",
    "a data set from the network": "sklearn.datasets.fetch_openml('iris', version=1, n_retries=1, delay=0.01)",
    "another program": "subprocess.run(['true'])",
    "a line for the shell": "os.system('true')",
    "another process": "os.fork()",
    "another process, by its library": "multiprocessing.Process(target=print).start()",
    "another process, by a server": "multiprocessing.get_context('forkserver').Process(target=print).start()",
    "another process, from nothing": "multiprocessing.get_context('spawn').Process(target=print).start()",
    "a browser": "webbrowser.GenericBrowser('true').open('http://example.org')",
}
ALLOWED_HERE = [
    "(here / 'other.txt').write_text('mine')",
    "(here / 'other.txt').rename(here / 'again.txt')",
    "(here / 'again.txt').unlink()",
    "tempfile.TemporaryDirectory().cleanup()",
    "(there / 'kept.txt').read_text()",
    "open(os.devnull, 'w').close()",
]


def state(folder: Path) -> list[tuple]:
    """What must stay as it was of a folder and its files."""
    return [
        (path.name, how.st_mode, how.st_nlink, how.st_size, how.st_mtime_ns)
        for path in sorted([folder, *folder.iterdir()])
        for how in [path.lstat()]
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lacks some of these ways")
def test_the_guard_refuses_and_says_why(run, tmp_path, tmp_path_factory):
    there = tmp_path_factory.mktemp("there")
    (there / "kept.txt").write_text("kept")
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "link.txt").symlink_to(there / "kept.txt")
    before = state(there)
    first = "import multiprocessing, os, shutil, socket, sqlite3, subprocess, tempfile, urllib.request, webbrowser\n"
    first += (
        f"import numpy, pathlib, sklearn.datasets\nhere, there = pathlib.Path({str(tmp_path)!r}), pathlib.Path({str(there)!r})"
    )
    cells = [f"try:\n    {code}\nexcept OSError as error:\n    print(error)" for code in REFUSED.values()]
    book = nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, [first, *ALLOWED_HERE, *cells])])
    told = run(book)
    answers = ["".join(output.get("text", "") for output in cell.outputs) for cell in book.cells[-len(cells) :]]
    for name, answer in zip(REFUSED, answers):
        assert re.search(r"is not allowed: (only what is in .* may be|only this machine|no program)", answer), f"{name}: {answer}"
        assert len(answer) < 1000
    assert told.count(" is not allowed: ") >= len(REFUSED)
    assert state(there) == before


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
    ("adamlib/sweeps.py", "cloudpickle.loads"),  # what another process of the same sweep sends back
    ("adamlib/engine/loops.py", "exec"),  # arithmetic that traced.py wrote, of names and constants of its own
    ("adamlib/engine/loops.py", "compile"),
    ("adamlib/engine/floats.py", "exec"),
    ("adamlib/verify/sources.py", "compile"),  # the cells of a notebook that whoever calls verify names, as if imported
    ("adamlib/verify/sources.py", "exec"),
}


def dotted(node: ast.expr) -> str:
    """A name with its dots, or nothing for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


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
        calls = [(dotted(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]
        found |= {(name, call) for call, _ in calls if call in dangerous}
        for call, node in calls:
            if call == "np.load":
                assert any(word.arg == "allow_pickle" and ast.unparse(word.value) == "False" for word in node.keywords), name
    assert found == ALLOWED
