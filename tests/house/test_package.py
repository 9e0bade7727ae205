"""The packages: what is in them, that they work once installed, and that the series reaches the reader's folder whole."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile

import nbformat
import pytest

import adamlib
from adamlib import lab, series
from adamlib.__main__ import main
from helpers import notebooks

SOURCES = {
    path.relative_to(notebooks.ROOT).as_posix()
    for path in (notebooks.ROOT / "adamlib").rglob("*")
    if path.suffix in (".py", ".typed", ".json", ".md", ".toml")
}
NOTEBOOKS = {entry.name for entry in series.read_series(notebooks.FOLDER)}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the sdist and the wheel."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    done = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder


def test_the_wheel_holds_the_library_its_types_and_the_series(built):
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    inside = {name for name in names if ".dist-info/" not in name}
    assert inside == SOURCES | {f"adamlib/notebooks/{name}" for name in (*NOTEBOOKS, lab.GLOSSARY, lab.FILM)}
    assert "adamlib/py.typed" in inside


def test_the_sdist_holds_what_is_needed_to_work_on_it(built):
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    tracked = subprocess.run(["git", "ls-files"], cwd=notebooks.ROOT, capture_output=True, text=True, check=False)
    wanted = set(tracked.stdout.split()) or SOURCES
    assert {name for name in wanted if not name.startswith(".") and name in SOURCES} <= names
    assert {f"notebooks/{name}" for name in NOTEBOOKS} | {"Makefile", "pyproject.toml", "LICENSE", "tests/conftest.py"} <= names
    assert not [name for name in names if "__pycache__" in name or ".ipynb_checkpoints" in name]


def test_the_version_is_that_of_the_package(built):
    assert f"adam_explained-{adamlib.__version__}-py3-none-any.whl" in os.listdir(built)


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A folder of notebooks that has an index and rooms, from which the series is copied."""
    folder = tmp_path / "source" / "notebooks"
    shutil.copytree(notebooks.FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "*.mp4", "*.png"))
    (folder / "deeper").mkdir(exist_ok=True)
    links = "[up](../../README.md), [lesson](../00_gradient_descent.ipynb), [glossary](../GLOSSARY.md)"
    for name, text in {"index": "[readme](../README.md)", "deeper/00_1_why_units": links, "deeper/00_2_how_noisy": links}.items():
        cells = [nbformat.v4.new_markdown_cell(f"# {name} title\n\n{text}", id="first")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{name}.ipynb")
    monkeypatch.setattr(series, "BESIDE", folder)
    return folder


def copied_files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def assert_readable(folder):
    """Every notebook can be read, and no link of a notebook or a page leads nowhere."""
    for path in folder.rglob("*.ipynb"):
        nbformat.validate(nbformat.read(path, as_version=4))
        assert notebooks.broken_links(notebooks.read(path).text, path.parent) == []
    for path in folder.glob("*.md"):
        assert notebooks.broken_links(path.read_text(encoding="utf-8"), folder) == []


def test_copy_makes_a_folder_of_notebooks_that_can_be_read(tmp_path):
    made = lab.copy(tmp_path / "mine")
    assert copied_files(made) == {*NOTEBOOKS, lab.GLOSSARY, "README.md", lab.FILM}
    assert_readable(made)
    assert os.listdir(tmp_path) == ["mine"], "nothing is left beside it"


def test_copy_takes_the_index_and_the_rooms(tmp_path, whole):
    made = lab.copy(tmp_path / "mine")
    assert {"index.ipynb", "deeper/00_1_why_units.ipynb", "deeper/00_2_how_noisy.ipynb"} <= copied_files(made)
    assert_readable(made)
    lines = (made / "README.md").read_text(encoding="utf-8").splitlines()
    first = lines.index("- [index title](index.ipynb)")
    assert lines[first + 1].startswith("- [00 ")
    rooms = lines[first + 2 :]
    assert "  - [deeper/00_1_why_units title](deeper/00_1_why_units.ipynb)" in rooms[:3], "a room stands below its lesson"


def test_copy_fills_an_empty_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    assert copied_files(lab.copy(tmp_path / "mine")) > NOTEBOOKS


def test_copy_never_touches_existing_work(tmp_path):
    for name in ("work.txt", ".hidden", "index.ipynb"):
        folder = tmp_path / name.strip(".")
        folder.mkdir()
        (folder / name).write_text("mine")
        with pytest.raises(ValueError, match="is not allowed: folder must be new or empty"):
            lab.copy(folder)
        assert [path.read_text() for path in folder.iterdir()] == ["mine"]
    with pytest.raises(ValueError, match="folder must be new or empty"):
        lab.copy(tmp_path / "work.txt" / "work.txt")
    with pytest.raises(FileNotFoundError, match="must lie in a folder that exists"):
        lab.copy(tmp_path / "a" / "b")


def test_copy_that_fails_leaves_nothing(tmp_path, monkeypatch):
    lost = series.entry(notebooks.FOLDER, "09_missing.ipynb")
    monkeypatch.setattr(series, "read_series", lambda folder: [lost])
    with pytest.raises(OSError, match="09_missing"):
        lab.copy(tmp_path / "mine")
    assert os.listdir(tmp_path) == []


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="folder must be new or empty"):
        lab.copy(tmp_path / "link")


def test_the_command_copies_opens_and_refuses(tmp_path, monkeypatch, capsys):
    started = []
    monkeypatch.setattr(
        lab.subprocess,
        "run",
        lambda command, cwd, check: started.append((command, cwd)) or subprocess.CompletedProcess(command, 0),
    )
    folder = tmp_path / "mine"
    assert main(["lab", str(folder), "--", "--no-browser"]) == 0
    assert started[-1][0][-1] == "--no-browser"
    assert started[-1][1] == folder
    assert main(["lab", str(folder)]) == 2
    assert "must be new or empty" in capsys.readouterr().err
    assert main(["lab", str(folder), "--again"]) == 0
    assert main(["lab", str(tmp_path / "none"), "--again"]) == 2
    assert main(["lab", str(tmp_path / "copy"), "--copy"]) == 0
    assert len(started) == 2


def test_without_jupyterlab_it_says_how_to_get_it_and_copies_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lab, "find_spec", lambda name: None)
    assert main(["lab", str(tmp_path / "mine")]) == 2
    assert re.search(r"JupyterLab is missing: .* -m pip install jupyterlab ipyevents$", capsys.readouterr().err, re.MULTILINE)
    assert os.listdir(tmp_path) == []
    assert main(["lab", str(tmp_path / "mine"), "--copy"]) == 0, "a copy needs no JupyterLab"


@pytest.mark.parametrize(("root", "allowed"), [(True, True), (False, False)])
def test_only_root_is_allowed_root(root, allowed, tmp_path, monkeypatch, capsys):
    commands = []
    monkeypatch.setattr(lab, "is_root", lambda: root)
    monkeypatch.setattr(
        lab.subprocess, "run", lambda command, **_: commands.append(command) or subprocess.CompletedProcess(command, 0)
    )
    assert lab.open_lab(tmp_path, ["--no-browser"]) == 0
    assert ("--allow-root" in commands[0]) is allowed
    assert ("You are root here" in capsys.readouterr().out) is allowed


def test_the_settings_of_jupyterlab_are_there_and_ask_no_network():
    settings = json.loads((lab.JUPYTERLAB_SETTINGS / "overrides.json").read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}
    assert settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]["markdown"] == "Markdown Preview"
    assert lab.JUPYTERLAB_SETTINGS.as_posix() in " ".join(lab.JUPYTERLAB_OPTIONS)


def test_a_saved_notebook_keeps_stills_and_nothing_that_ends_with_the_kernel():
    live, still = {lab.WIDGET_VIEW: {"model_id": "1"}, "text/plain": "A ball."}, {"image/png": "..."}
    cells = [{"outputs": [{"data": {**live, **still}}, {"data": dict(live)}, {"text": "said"}]}, {"cell_type": "markdown"}]
    lab.keep_stills(model={"type": "notebook", "content": {"cells": cells}}, path="a.ipynb", contents_manager=None)
    assert [output.get("data") for output in cells[0]["outputs"]] == [{"text/plain": "A ball.", **still}, live, None]
    lab.keep_stills(model={"type": "file", "content": "text"}, path="a.txt")


def test_the_command_says_its_version_and_its_name(monkeypatch, capsys):
    for called, name in [("/a/b/adamlib", "adamlib"), ("/a/adamlib/__main__.py", "python -m adamlib")]:
        monkeypatch.setattr(sys, "argv", [called])
        with pytest.raises(SystemExit) as ended:
            main(["--version"])
        assert (ended.value.code, capsys.readouterr().out) == (0, f"adamlib {adamlib.__version__}\n")
        with pytest.raises(SystemExit):
            main(["--help"])
        shown = capsys.readouterr().out
        assert shown.startswith(f"usage: {name} [-h]")
        assert f"{name} lab --help" in re.sub(r"\s+", " ", shown)


def test_the_wheel_installs_the_command(built):
    wheel = zipfile.ZipFile(next(built.glob("*.whl")))
    (points,) = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "adamlib = adamlib.__main__:main" in wheel.read(points).decode()


@pytest.mark.parametrize(
    ("files", "first"),
    [
        (["index.ipynb", "README.md"], "index.ipynb"),
        (["notebooks/index.ipynb", "README.md"], "notebooks/index.ipynb"),
        (["README.md"], "README.md"),
    ],
)
def test_the_index_opens_first(files, first, tmp_path, monkeypatch):
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    commands = []
    monkeypatch.setattr(
        lab.subprocess, "run", lambda command, **_: commands.append(command) or subprocess.CompletedProcess(command, 0)
    )
    lab.open_lab(tmp_path, [])
    assert f"--LabApp.default_url=/lab/tree/{first}" in commands[0]
