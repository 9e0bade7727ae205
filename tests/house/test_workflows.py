"""The workflows say what GitHub understands, and call only what is here."""

import re
import subprocess
import sys

import pytest

from helpers import notebooks

WORKFLOWS = sorted((notebooks.ROOT / ".github" / "workflows").glob("*.yml"))


def test_github_understands_them():
    pytest.importorskip("check_jsonschema")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, WORKFLOWS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_it_calls_what_is_here(path):
    code = path.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (notebooks.ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake:? ([a-z-]+)", code)) <= targets
    assert [
        name for name in re.findall(r"(?<=[ /])((?:tests|tools|notebooks)/\w+\.py)", code) if not (notebooks.ROOT / name).exists()
    ] == []


def sessions() -> set[str]:
    """The sessions of noxfile.py, as nox itself lists them."""
    pytest.importorskip("nox")
    command = [sys.executable, "-m", "nox", "--list"]
    done = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(re.findall(r"^[*-] (\S+) -> ", done.stdout, re.MULTILINE))


def test_sessions_that_are_called_are_there():
    files = notebooks.ROOT / "Makefile", notebooks.ROOT / ".github" / "workflows" / "tests.yml"
    makefile, workflow = (path.read_text(encoding="utf-8") for path in files)
    called = set(re.findall(r"\$\(NOX\) ([a-z]+)", makefile)) | set(re.findall(r"session: ([a-z]+)", workflow)) | {"newest-3.13"}
    assert len(called) >= 6
    assert called <= sessions() | {"newest"}


def test_what_is_skipped_without_a_library_is_run_where_it_is_installed():
    asks = re.compile(r'importorskip\(("(torch|optax|keras|mlx|jax|tf_keras)\b|[a-z])')  # a name stands for several libraries
    asking = [path for path in (notebooks.ROOT / "tests").rglob("test_*.py") if asks.search(path.read_text(encoding="utf-8"))]
    code = (notebooks.ROOT / "noxfile.py").read_text(encoding="utf-8")
    run = [notebooks.ROOT / name for name in re.findall(r'"(tests/[^"]+)"', re.search(r"ASKING_LIBRARIES = (.+)", code)[1])]
    assert len(asking) > 8
    assert [path.name for path in asking if not any(path.is_relative_to(place) for place in run)] == []


def test_every_python_that_is_promised_is_tested():
    promised = set(re.findall(r"Python :: (3\.\d+)", (notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8")))
    (tested,) = re.findall(
        r"python: \[(.+)\]", (notebooks.ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8")
    )
    assert set(re.findall(r"3\.\d+", tested)) == promised
