"""The house in order: lists of dependencies, versions, documents and links agree with each other."""

import re
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

import adamlib
from adamlib import series
from helpers import notebooks

PYPROJECT = tomllib.loads((notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT, GROUPS = PYPROJECT["project"], PYPROJECT["dependency-groups"]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "adamlib/verify/README.md"]
TARGET = re.compile(r"^([a-z-]+):(?!=)", re.MULTILINE)


def text(name: str) -> str:
    return (notebooks.ROOT / name).read_text(encoding="utf-8")


def readers() -> list[str]:
    """What a reader installs, in the order of pyproject.toml."""
    extras = PROJECT["optional-dependencies"]
    return PROJECT["dependencies"] + extras["fast"] + extras["lab"]


def group(name: str) -> list[str]:
    """What a dependency group asks for, with the groups that it includes."""
    return [line for item in GROUPS[name] for line in (group(item["include-group"]) if isinstance(item, dict) else [item])]


def packages(lines: list[str]) -> set[str]:
    return {package(line) for line in lines}


def package(line: str) -> str:
    return re.split(r"[<>=!~;\[ ]", line)[0]


def test_the_conda_environment_is_that_of_pyproject():
    environment = yaml.safe_load(text("environment.yml"))
    assert environment["name"] == "adamlib"
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"] == ["python=3.12", "pip", *readers(), *group("test"), {"pip": ["-e ."]}]


def test_extras_are_for_readers_and_groups_for_us():
    assert set(PROJECT["optional-dependencies"]) == {"fast", "lab"}
    assert set(GROUPS) == {"dev", "test", "lint", "tasks", "mutants", "browser", "book", "bench", "peers"}


def test_every_dependency_says_why():
    lists = re.search(r"\ndependencies = \[.*?(?=\n\[tool)", text("pyproject.toml"), re.DOTALL)[0]
    lines = [line for line in lists.splitlines() if re.match(r'\s+"', line)]
    assert len(lines) == len(readers()) + sum(isinstance(item, str) for items in GROUPS.values() for item in items)
    assert [line for line in lines if "#" not in line] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_versions_and_names_no_host(name):
    lock = text(name)
    assert re.findall(r"//|--|@", lock) == []
    assert [line for line in lock.splitlines() if not re.match(r"[a-z0-9][a-z0-9.-]*==[\w.]+( ; .+)?$", line)] == []


def test_the_locks_pin_every_dependency_and_agree():
    reader, dev = (text(name).splitlines() for name in ("requirements.lock", "requirements-dev.lock"))
    assert packages(readers()) <= packages(reader)
    assert packages(readers() + group("dev")) <= packages(dev)
    assert {line.split(" ; ")[0] for line in reader} <= {line.split(" ; ")[0] for line in dev}


def test_a_reader_is_spared_the_tools_of_developers():
    ours = packages(group("test") + group("lint") + group("tasks") + group("browser") + group("book"))
    brought_by_jupyterlab_and_matplotlib = {"nbclient", "nbconvert", "nbformat", "pyyaml", "fonttools", "tinycss2"}
    assert ours & packages(text("requirements.lock").splitlines()) == brought_by_jupyterlab_and_matplotlib


def test_nobody_is_told_to_install_what_somebody_else_published():
    """On the package index `adamlib` is another project: a hint names this folder, or packages that are what they say."""
    files = [*notebooks.ROOT.glob("*.md"), *notebooks.ROOT.glob("*.yml"), notebooks.ROOT / "Makefile"]
    for folder in ("adamlib", "notebooks", "benchmarks", "tools"):
        files += [path for path in (notebooks.ROOT / folder).rglob("*") if path.suffix in {".py", ".md", ".ipynb"}]
    told = re.compile(r"(?:pip install|uv add|uvx|pipx run|--with)\b[^\n]*?[ '\"]adamlib(?![/.\w])")
    assert told.search("pip install 'adamlib[lab]'")
    assert told.search("pip install -U adamlib")
    assert [str(path) for path in files if told.search(path.read_text(encoding="utf-8"))] == []


def test_one_version_everywhere():
    citation = yaml.safe_load(text("CITATION.cff"))
    assert PROJECT["version"] == adamlib.__version__ == citation["version"]
    assert PROJECT["version"] in text("CHANGELOG.md")


def test_the_citation_is_complete():
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "version", "license"} <= set(citation)
    assert all({"name"} <= set(author) or {"family-names", "given-names"} <= set(author) for author in citation["authors"])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name):
    assert notebooks.broken_links(notebooks.FENCED.sub("", text(name)), (notebooks.ROOT / name).parent) == []


@pytest.mark.parametrize("name", [*DOCUMENTS, "adamlib/__init__.py", "tools/regenerate.py"])
def test_documents_mention_targets_that_exist(name):
    targets = set(TARGET.findall(text("Makefile")))
    mentioned = set(re.findall(r"(?:`|^    )make ([a-z-]+)", text(name), re.MULTILINE))
    assert mentioned <= targets


def test_every_target_is_explained_and_phony():
    makefile = text("Makefile")
    targets = TARGET.findall(makefile)
    assert re.findall(r"^([a-z-]+):.*## .", makefile, re.MULTILINE) == targets
    assert sorted(re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()) == sorted(targets)


def test_the_hooks_before_a_commit_are_understood_and_fetch_nothing():
    repositories = yaml.safe_load(text(".pre-commit-config.yaml"))["repos"]
    hooks = [hook for repository in repositories for hook in repository["hooks"]]
    assert {repository["repo"] for repository in repositories} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    pytest.importorskip("pre_commit")
    command = [sys.executable, "-m", "pre_commit", "validate-config", ".pre-commit-config.yaml"]
    done = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def make(*words: str) -> subprocess.CompletedProcess:
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_make_help_lists_every_target_for_readers_and_maintainers_in_80_columns():
    shown = make("help").stdout
    readers, maintainers = shown.split("For maintainers\n")
    assert re.findall(r"^  make ([a-z-]+)", shown, re.MULTILINE) == TARGET.findall(text("Makefile"))
    assert readers.startswith("For readers\n")
    assert {"lab", "test", "book"} <= set(re.findall(r"make ([a-z-]+)", readers))
    assert {"lint", "lock", "mutants"} <= set(re.findall(r"make ([a-z-]+)", maintainers))
    assert [line for line in shown.splitlines() if len(line) > 80] == []


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_an_unknown_target_points_to_help():
    done = make("labb")
    assert done.returncode == 2
    assert "There is no target 'labb': `make help` lists them." in done.stderr


def rows() -> list[tuple[str, str]]:
    """The table of notebooks in the README: title and file."""
    return re.findall(r"^\| \[(\d\d [^\]]+)\]\(notebooks/([^)]+)\) \| .+ \|$", text("README.md"), re.MULTILINE)


def test_the_table_of_the_readme_is_the_folder():
    lessons = [entry for entry in series.read_series(notebooks.FOLDER) if entry.kind == "lesson"]
    assert rows() == [(lesson.title, lesson.name) for lesson in lessons]


def test_the_readme_can_be_read_in_one_sitting():
    assert len(text("README.md").splitlines()) <= 120


def test_the_readme_begins_with_the_index():
    before, _, _ = text("README.md").partition("| lesson |")
    assert "(notebooks/index.ipynb)" in before


def test_the_picture_of_the_readme_is_made_by_its_code():
    readme = text("README.md")
    space: dict = {}
    exec(re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1], space)
    assert f'<img src="notebooks/pictures/cover.png" width="560" alt="{space["picture"].sentence}">' in readme
    assert (notebooks.FOLDER / "pictures" / "cover.png").read_bytes().startswith(b"\x89PNG")


def test_every_folder_of_the_library_has_its_folder_of_tests():
    library, tests = notebooks.ROOT / "adamlib", notebooks.ROOT / "tests" / "library"
    folders = {path.parent.relative_to(library) for path in library.rglob("[a-z]*.py")}
    assert len(folders) > 8
    assert {str(folder) for folder in folders if not any((tests / folder).glob("test_*.py"))} == {"exercises"}  # those of series
