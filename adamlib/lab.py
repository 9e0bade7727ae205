"""The series in a folder of the reader's own, opened in JupyterLab: `python -m adamlib lab FOLDER`."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

PACKAGED = Path(__file__).parent / "series"  # where the wheel keeps the notebooks
BESIDE = Path(__file__).parents[1] / "notebooks"  # where they are in a checkout
GLOSSARY, FILM = "GLOSSARY.md", "pictures/race.gif"  # what the notebooks link to
INDEX = "# The Adam optimizer, explained by code that runs\n\nEach notebook needs only the ones before it.\n"
SETTINGS = Path(__file__).parent / "lab_settings"  # pages open rendered, and nothing asks the network for news
OPTIONS = (
    f"--LabApp.app_settings_dir={SETTINGS}",
    "--LabApp.default_url=/lab/tree/README.md",
    "--LabApp.extension_manager=readonly",
)


def series() -> list[Path]:
    """The notebooks of the series, in order. Raises LookupError where they were not installed."""
    for folder in (PACKAGED, BESIDE):
        if found := sorted(folder.glob("[0-9][0-9]_*.ipynb")):
            return found
    raise LookupError("the notebooks are not here: they come with the wheel, and stand in the repository")


def put(page: Path, folder: Path) -> None:
    """Copy a notebook or a page of text, its links to the index turned to the one beside it."""
    text = page.read_text(encoding="utf-8")
    (folder / page.name).write_text(text.replace("](../README.md", "](README.md"), encoding="utf-8")


def line(notebook: Path) -> str:
    """What the index says of one notebook."""
    title = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"][0].lstrip("# ").strip()
    return f"- [{title}]({notebook.name})"


def copy(folder: str | os.PathLike) -> Path:
    """Copy the series into a new folder, or into an empty one. Existing work is never touched.

    folder : its path; the folder above it exists

    Returns the folder. Raises ValueError for a folder that has anything in it, or that is a file, FileNotFoundError
    where there is no folder to make it in. It is there with all notebooks, or not at all.
    """
    target = Path(folder).absolute()
    if not target.parent.is_dir():
        raise FileNotFoundError(f"folder = {str(folder)!r} is not allowed: folder must lie in a folder that exists")
    if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
        raise ValueError(
            f"folder = {str(folder)!r} is not allowed: folder must be new or empty, so that no work is lost; --again opens it"
        )
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".", suffix=".new") as beside:
        made = Path(beside) / "series"
        made.mkdir()
        notebooks = series()
        for page in (*notebooks, notebooks[0].parent / GLOSSARY):
            put(page, made)
        (made / FILM).parent.mkdir()
        shutil.copyfile(notebooks[0].parent / FILM, made / FILM)
        (made / "README.md").write_text(
            "\n".join([INDEX, *map(line, notebooks), f"- [Glossary]({GLOSSARY})", ""]), encoding="utf-8"
        )
        if target.exists():
            target.rmdir()  # fails where something has come to be in it meanwhile
        os.rename(made, target)
    return target


def require_jupyterlab() -> None:
    """Raises LookupError, which says how to get it, where JupyterLab is not installed."""
    if find_spec("jupyterlab") is None:
        raise LookupError(f"JupyterLab is missing: install it with: {sys.executable} -m pip install jupyterlab ipyevents")


def is_root() -> bool:
    """Whether this is the superuser, as in a container; JupyterLab then starts only when told so."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def opened(folder: Path, options: list[str]) -> int:
    """Run JupyterLab in a folder until it ends. Returns its exit status. Raises LookupError where it is not installed."""
    require_jupyterlab()
    if is_root():
        print("You are root here, so JupyterLab is started with --allow-root.", flush=True)
        options = ["--allow-root", *options]
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS, *options]
    return subprocess.run(command, cwd=folder, check=False).returncode
