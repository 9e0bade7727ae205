"""What builds .venv: it counts what comes, and says in one sentence why it cannot go on."""

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers import notebooks

SCRIPT = notebooks.ROOT / "tools" / "environment.py"
OFFLINE = {"PIP_INDEX_URL": "http://localhost:9/simple", "PIP_CONFIG_FILE": "/dev/null", "PIP_NO_CACHE_DIR": "1"}


@pytest.fixture
def environment():
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_counts_packages_and_megabytes(environment, tmp_path):
    lock = tmp_path / "a.lock"
    lock.write_text("appnope==1 ; sys_platform == 'darwin'\nanyio==1\nnumpy==2\npip==26\ntqdm==4\n")
    progress = environment.Progress(lock)
    for line in [
        "Ignoring appnope: markers 'sys_platform == \"darwin\"' don't match your environment\n",
        "Collecting anyio==1 (from -r a.lock (line 2))\n",
        "  Downloading anyio-1-py3-none-any.whl.metadata (4.0 kB)\n",
        "  Downloading anyio-1-py3-none-any.whl (500 kB)\n",
        "Processing /wheels/numpy-2-cp311-cp311-linux_x86_64.whl (from -r a.lock (line 3))\n",
        "Requirement already satisfied: pip==26 in ./.venv/lib (from -r a.lock (line 4)) (26)\n",
        "Requirement already satisfied: pip>=1 in ./.venv/lib (from tqdm==4->-r a.lock (line 5)) (26)\n",
        "  Using cached tqdm-4-py3-none-any.whl (16.5 MB)\n",
        "  Using cached tqdm-4-py3-none-any.whl (16.5 MB)\n",
    ]:
        progress.read(line)
    assert str(progress) == "3 of 3 packages fetched (17 MB)"


def test_other_failures_keep_the_words_of_pip(environment):
    said = ["Collecting a\n", "ERROR: No matching distribution found for a==9\n"]
    assert environment.why(said) == "ERROR: No matching distribution found for a==9"
    assert environment.why([f"{n}\n" for n in range(20)]) == "\n".join(map(str, range(5, 20)))


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
@pytest.mark.parametrize("python", ["no-such-python", "an old/python3"])
def test_without_a_new_enough_python_it_says_which_one_it_asked(tmp_path, python):
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(notebooks.ROOT / name, tmp_path)
    old = tmp_path / "an old" / "python3"
    old.parent.mkdir()
    old.write_text("#!/bin/sh\nexit 1\n")  # what sys.exit of an old Python comes to
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "lab", "UV=", f"PYTHON={python}"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},  # as asked by nobody's make
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout.startswith(f"{python} is missing, or older than Python 3.11: ")
    assert not (tmp_path / ".venv").exists()


def test_without_network_it_says_so_in_one_sentence(environment, tmp_path, monkeypatch, capsys):
    """A port that nobody listens at: pip tries, fails, and tries again, as without a network."""
    lock = tmp_path / "a.lock"
    lock.write_text("a-package-that-is-nowhere==1\n")
    for name in ["PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"]:
        monkeypatch.delenv(name, raising=False)
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)
    pip = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    if pip.returncode:
        pytest.skip("no pip here")
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    assert environment.main(lock) == 1
    assert capsys.readouterr().err.splitlines() == [environment.NO_NETWORK]


@pytest.fixture
def commands(environment, monkeypatch):
    """What would be run on a machine without uv, and whether it fails: by the words it ends with."""
    asked, fails = [], set()

    def run(command, **options):
        asked.append(list(map(str, command)))
        return subprocess.CompletedProcess(command, any(word in asked[-1] for word in fails), stdout="ERROR: none\n")

    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    monkeypatch.setattr(environment.subprocess, "run", run)
    monkeypatch.setattr(environment, "install_with_pip", lambda lock: asked.append(["pip alone"]) or [])
    return asked, fails


def test_uv_is_fetched_as_the_lock_names_it_and_installs_the_rest(environment, commands):
    asked, _ = commands
    lock = notebooks.ROOT / "requirements-dev.lock"
    pinned = f"uv=={next(line.partition('==')[2] for line in lock.read_text().splitlines() if line.startswith('uv=='))}"
    assert environment.main(lock) == 0
    _, fetched, installed, itself = asked
    assert fetched[1:4] == ["-m", "pip", "install"]
    assert fetched[-1] == pinned
    assert installed[1:5] == itself[1:5] == ["-m", "uv", "pip", "install"]
    assert installed[-2:] == ["-r", str(lock)]
    assert itself[-2:] == environment.ITSELF[-2:]


@pytest.mark.parametrize("failing", ["--no-input", "--compile-bytecode"])  # pip that fetches uv, uv that installs
def test_pip_installs_where_uv_cannot(environment, commands, failing):
    asked, fails = commands
    fails.add(failing)
    environment.main(notebooks.ROOT / "requirements.lock")
    assert ["pip alone"] in asked


def test_an_index_that_only_pip_knows_is_left_to_pip(environment, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.test/simple")
    monkeypatch.setattr(environment, "finish", lambda command: pytest.fail("uv is fetched"))
    assert environment.fetch_uv() == []


def needed_by(package):
    requirements = map(Requirement, metadata.requires(package) or [])
    return {canonicalize_name(need.name) for need in requirements if not need.marker or need.marker.evaluate({"extra": ""})}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_all_that_its_packages_need(lock):
    named = {canonicalize_name(Requirement(line).name) for line in (notebooks.ROOT / lock).read_text().splitlines()}
    here = named & {canonicalize_name(package.name) for package in metadata.distributions()}
    assert here
    assert {package: missing for package in here if (missing := needed_by(package) - named)} == {}
