"""Other ways in: the whole project to download, and notebooks that run elsewhere, where the repository has an address."""

import copy
import io
import os
import re
import subprocess
import zipfile
from pathlib import Path, PurePosixPath
from posixpath import normpath

import nbformat
from nbformat import NotebookNode

from adamlib.series import Entry
from book import figures
from book.figures import ROOT_MARK

REPOSITORY = os.environ.get("BOOK_REPOSITORY", "").rstrip("/")  # its address, where it has one
BRANCH = os.environ.get("BOOK_BRANCH", "")  # the branch that holds the built site, from which Colab opens its copies
GITHUB = "https://github.com/"
ARCHIVE, LONG_AGO = "adam-explained.zip", (1980, 1, 1, 0, 0, 0)
RELATIVE_LINK = re.compile(r"(\]\()(?!https?:|#)([^)#\s]+)")


def ways_to_run(entry: Entry) -> list[str]:
    """Links that open a notebook where it can be changed and run; none where no address is known."""
    if not REPOSITORY:
        return []
    here, ways = f"notebooks/{entry.name}", []
    if REPOSITORY.startswith(GITHUB):
        project = REPOSITORY.removeprefix(GITHUB)
        ways.append(f'<a href="https://mybinder.org/v2/gh/{project}/main?labpath={here}">Binder</a>')
        if BRANCH:
            colab = f"https://colab.research.google.com/github/{project}/blob/{BRANCH}/colab/{entry.path.name}"
            ways.append(f'<a href="{colab}">Colab</a>')
    return [*ways, f'<a href="{REPOSITORY}/edit/main/{here}">Edit it</a>']


def put_colab_copies(entries: list[Entry], out: Path) -> None:
    """Write a copy of every notebook that installs what it needs first; only where the repository has an address."""
    for entry in entries if REPOSITORY else []:
        made = nbformat.writes(colab_copy(nbformat.read(entry.path, as_version=4), f"notebooks/{entry.name}"))
        figures.put_file(out / "colab", entry.path.name, made.encode())


def colab_copy(notebook: NotebookNode, here: str) -> NotebookNode:
    """A notebook that runs where nothing of ours is installed: a cell that installs it, and links that hold there."""
    made = copy.deepcopy(notebook)
    folder = PurePosixPath(here).parent

    def absolute(link: re.Match) -> str:
        return f"{link[1]}{REPOSITORY}/blob/main/{normpath(f'{folder}/{link[2]}')}"

    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = RELATIVE_LINK.sub(absolute, cell.source)
    install = (
        "# Installs adamlib, the library of this series; then Runtime > Restart session, once, if Colab asks for it.\n"
        f'%pip install --quiet "adam-explained[fast] @ git+{REPOSITORY}"'
    )
    made.cells.insert(1, nbformat.v4.new_code_cell(install, id="install"))
    return made


def put_archive(root: Path, out: Path) -> None:
    """The project as an archive beside the pages, always with the same bytes; nothing where the files are in no repository."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=False)
    names = sorted(name for name in listed.stdout.split("\0") if (root / name).is_file())
    if not names:
        return
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            info = zipfile.ZipInfo(f"adam-explained/{name}", LONG_AGO)
            info.compress_type, info.external_attr = (
                zipfile.ZIP_DEFLATED,
                (0o755 if os.access(root / name, os.X_OK) else 0o644) << 16,
            )
            archive.writestr(info, (root / name).read_bytes())
    figures.put_file(out, ARCHIVE, packed.getvalue())


def how_to_get(out: Path) -> str:
    """What a newcomer does first, as Markdown: fetch the project."""
    ways = []
    if REPOSITORY:
        ways.append(f"    git clone {REPOSITORY} adam-explained && cd adam-explained\n\n")
    if (out / ARCHIVE).exists():
        size = (out / ARCHIVE).stat().st_size / 1e6
        link = f'<a href="{ROOT_MARK}{ARCHIVE}" download>Download the project</a> ({size:.0f} MB) and unpack it'
        ways.append(f"{'Or: ' if ways else ''}{link}.")
    return "\n".join(ways)
