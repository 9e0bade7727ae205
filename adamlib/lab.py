"""The series in a folder of the reader's own, opened in JupyterLab: `python -m adamlib lab FOLDER`."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adamlib import series
from adamlib.series import Entry

GLOSSARY, FILM = "GLOSSARY.md", "pictures/race.gif"  # what the notebooks link to
README_HEAD = "# The Adam optimizer, explained by code that runs\n\nEach notebook needs only the ones before it.\n"
JUPYTERLAB_SETTINGS = Path(__file__).parent / "lab_settings"  # pages open rendered, and nothing asks the network for news
WIDGET_VIEW, STILL = "application/vnd.jupyter.widget-view+json", "image/png"
JUPYTERLAB_OPTIONS = (
    "--ContentsManager.pre_save_hook=adamlib.lab.keep_stills",
    f"--LabApp.app_settings_dir={JUPYTERLAB_SETTINGS}",
    "--LabApp.extension_manager=readonly",
)


def copy_text(source: Path, target: Path) -> None:
    """Copy a notebook or a page of text, its links to the README turned to the one in the new folder."""
    text = source.read_text(encoding="utf-8")
    text = re.sub(r"(?<=\]\()\.\./((?:\.\./)?README\.md)", r"\1", text)
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, encoding="utf-8")


def list_line(entry: Entry) -> str:
    """What the new README says of one notebook; a room stands below its lesson."""
    return f"{'  ' if entry.kind == 'room' else ''}- [{entry.title}]({entry.name})"


def fill_folder(folder: Path) -> None:
    """Copy the series, its glossary and its film into a folder, and write the list of them."""
    source = series.folder()
    entries = series.read_series(source)
    for name in (*(entry.name for entry in entries), GLOSSARY):
        copy_text(source / name, folder / name)
    (folder / FILM).parent.mkdir()
    shutil.copyfile(source / FILM, folder / FILM)
    lines = [README_HEAD, *map(list_line, entries), f"- [Glossary]({GLOSSARY})", ""]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def copy(folder: str | os.PathLike[str]) -> Path:
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
        fill_folder(made)
        if target.exists():
            target.rmdir()  # fails where something has come to be in it meanwhile
        os.rename(made, target)
    return target


def require_jupyterlab() -> None:
    """Raises LookupError, which says how to get it, where JupyterLab is not installed."""
    if find_spec("jupyterlab") is None:
        raise LookupError(f"JupyterLab is missing: install it with: {sys.executable} -m pip install jupyterlab ipyevents")


def keep_stills(model: dict[str, Any], **_: Any) -> None:
    """A notebook as JupyterLab saves it: where a widget has a still picture beside it, the still alone.

    The widget ends with its kernel. With its view in the file, the notebook would say "model not found" tomorrow, and hide
    the still.
    """
    if model["type"] == "notebook":
        for cell in model["content"]["cells"]:
            for data in (output.get("data", {}) for output in cell.get("outputs", ())):
                if STILL in data:
                    data.pop(WIDGET_VIEW, None)


def is_root() -> bool:
    """Whether this is the superuser, as in a container; JupyterLab then starts only when told so."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def first_page(folder: Path) -> str:
    """What opens first, by its path in the folder: the index of the series where it lies there, else the README."""
    names = ("index.ipynb", "notebooks/index.ipynb")
    return next((name for name in names if (folder / name).exists()), "README.md")


def open_lab(folder: Path, options: list[str]) -> int:
    """Run JupyterLab in a folder until it ends, its first page open.

    Returns its exit status. Raises LookupError where it is not installed.
    """
    require_jupyterlab()
    if is_root():
        print("You are root here, so JupyterLab is started with --allow-root.", flush=True)
        options = ["--allow-root", *options]
    first = f"--LabApp.default_url=/lab/tree/{first_page(folder)}"
    command = [sys.executable, "-m", "jupyterlab", *JUPYTERLAB_OPTIONS, first, *options]
    return subprocess.run(command, cwd=folder, check=False).returncode
