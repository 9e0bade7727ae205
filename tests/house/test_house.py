"""The house in order: lists of dependencies, versions, documents and links agree with each other."""

import re
import tomllib

import pytest
import yaml

import adamlib
from helpers import notebooks

PROJECT = tomllib.loads((notebooks.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
EXTRAS = ["fast", "lab", "test", "lint"]


def text(name: str) -> str:
    return (notebooks.ROOT / name).read_text(encoding="utf-8")


def dependencies(*extras: str) -> list[str]:
    """What a reader installs, in the order of pyproject.toml."""
    return PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]


def package(line: str) -> str:
    return re.split(r"[<>=!~;\[ ]", line)[0]


def test_the_conda_environment_is_that_of_pyproject():
    environment = yaml.safe_load(text("environment.yml"))
    assert environment["name"] == PROJECT["name"]
    assert environment["channels"] == ["conda-forge"]
    assert environment["dependencies"] == ["python=3.12", "pip", *dependencies(*EXTRAS), {"pip": ["-e ."]}]


def test_every_dependency_says_why():
    lists = re.search(r"dependencies = \[.*?(?=\n\[tool)", text("pyproject.toml"), re.DOTALL)[0]
    assert [line for line in lists.splitlines() if re.match(r'\s+"', line) and "#" not in line] == []


def test_the_lock_pins_every_dependency_and_names_no_host():
    lock = text("requirements.lock")
    assert re.findall(r"//|--|@", lock) == []
    assert [line for line in lock.splitlines() if not re.match(r"[a-z0-9][a-z0-9.-]*==[\w.]+( ; .+)?$", line)] == []
    assert {package(line) for line in dependencies(*EXTRAS, "browser")} <= {package(line) for line in lock.splitlines()}


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
    assert notebooks.broken_links(notebooks.FENCED.sub("", text(name)), notebooks.ROOT) == []


@pytest.mark.parametrize("name", [*DOCUMENTS, "adamlib/__init__.py", "notebooks/regenerate.py"])
def test_documents_mention_targets_that_exist(name):
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    mentioned = set(re.findall(r"(?:`|^    )make ([a-z-]+)", text(name), re.MULTILINE))
    assert mentioned <= targets


def test_every_target_is_explained_and_phony():
    makefile = text("Makefile")
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    assert re.findall(r"^([a-z-]+):.*## .", makefile, re.MULTILINE) == targets
    assert re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split() == targets


def rows() -> list[tuple[str, str]]:
    """The table of notebooks in the README: title and file."""
    return re.findall(r"^\| \[(\d\d [^\]]+)\]\(notebooks/([^)]+)\) \| .+ \|$", text("README.md"), re.MULTILINE)


def test_the_table_of_the_readme_is_the_folder():
    every = [notebooks.read(path) for path in notebooks.files()]
    assert rows() == [(notebook.title, notebook.name) for notebook in every]


def test_the_picture_of_the_readme_is_made_by_its_code():
    readme = text("README.md")
    space: dict = {}
    exec(re.search(r"```python\n(.*?)```", readme, re.DOTALL)[1], space)
    assert f'<img src="notebooks/pictures/cover.png" width="560" alt="{space["picture"].sentence}">' in readme
    assert (notebooks.FOLDER / "pictures" / "cover.png").read_bytes().startswith(b"\x89PNG")
