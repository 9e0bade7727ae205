"""Run every notebook from a clean kernel and store its outputs: `make notebooks`.

`make notebooks NB=01` runs one lesson, NB=01.2 a room, NB=index the index; NB="01 01.2" runs two.

All of them together also draw the picture of the README, from the code that stands there; `make animation` makes its
film from the same code. Running it twice changes no byte. A cell that fails or writes to stderr leaves the old file as
it was.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from ipykernel.kernelspec import RESOURCES, get_kernel_dict
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from matplotlib.animation import FFMpegWriter
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from adamlib import series

ROOT = Path(__file__).parents[1]
NOTEBOOKS, README = ROOT / "notebooks", ROOT / "README.md"
PICTURES = NOTEBOOKS / "pictures"
CELL_SECONDS = 120
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STORED_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # of the kernels: on a busy machine small products wait for their threads


class Failed(Exception):
    """A notebook that cannot be stored: which one, which cell, why."""


class ThisPython(KernelSpecManager):
    """Every kernel is the Python that runs this file, whatever kernels are installed elsewhere."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict(["--IPKernelApp.log_level=ERROR"]))


class Manager(AsyncKernelManager):
    """Starts and ends the kernel of one notebook."""

    def _kernel_spec_manager_default(self) -> KernelSpecManager:
        return ThisPython(parent=self)


def client_of(notebook: NotebookNode, folder: Path, **hooks: Callable[..., None]) -> NotebookClient:
    """What runs the cells of a notebook in a kernel of its own. hooks : what it calls meanwhile, as `on_cell_start`"""
    return NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_manager_class=Manager,
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
        **hooks,
    )


def execute(notebook: NotebookNode, name: str, folder: Path = NOTEBOOKS) -> None:
    """Run all cells in order and put their outputs into `notebook`. Raises Failed with notebook, cell and reason."""
    running = ["no cell"]

    def remember(cell: NotebookNode, cell_index: int) -> None:
        running[0] = f"cell {cell_index + 1} (id {cell.id})"

    client = client_of(notebook, folder, on_cell_start=remember)
    try:
        client.execute()
    except CellExecutionError as error:
        raise Failed(f"{name}, {running[0]}: {error.ename}: {error.evalue}\n{error.traceback}") from None
    except (CellControlSignal, DeadKernelError) as error:
        raise Failed(f"{name}, {running[0]}: {error}") from None


def clean(notebook: NotebookNode, name: str) -> None:
    """Keep what a reader sees: no widget views or state, no timings, no versions. Raises Failed for text on stderr."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(STORED_METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.get("name") == "stderr":
                raise Failed(f"{name}, cell {number} (id {cell.id}): wrote to stderr: {output.text}")
            output.get("data", {}).pop(WIDGET_VIEW, None)
            output.get("metadata", {}).pop(WIDGET_VIEW, None)
        cell.outputs = [output for output in cell.outputs if output.get("data", True)]
    nbformat.validate(notebook)


def store_notebook(notebook: NotebookNode, path: Path) -> bool:
    """Store a notebook with one newline at the end. Returns whether a byte changed."""
    return replace_file(path, (nbformat.writes(notebook).rstrip("\n") + "\n").encode())


def replace_file(path: Path, content: bytes) -> bool:
    """Put `content` in place of the file at once. Returns whether a byte changed."""
    if path.exists() and path.read_bytes() == content:
        return False
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    os.replace(beside, path)
    return True


def regenerate(path: Path) -> bool:
    """One notebook: read, run, clean, write. Returns whether a byte changed."""
    notebook = nbformat.read(path, as_version=4)
    execute(notebook, path.name, path.parent)
    clean(notebook, path.name)
    return store_notebook(notebook, path)


def run_readme() -> dict:
    """What the code in the README makes: `picture` and `film`."""
    space: dict = {}
    exec(re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[1], space)
    return space


def describe(file: str, sentence: str) -> bool:
    """Put the sentence into the README, as alternative text of this file. Returns whether a byte changed."""
    text = README.read_text(encoding="utf-8")
    text = re.sub(rf'(<img src="{file}" [^>]*alt=)"[^"]*"', lambda match: f'{match[1]}"{sentence}"', text)
    return replace_file(README, text.encode())


def draw_cover() -> bool:
    """The picture of the README. Returns whether a byte changed."""
    picture = run_readme()["picture"]
    changed = [replace_file(PICTURES / "cover.png", picture.png), describe("notebooks/pictures/cover.png", picture.sentence)]
    return any(changed)


def make_film() -> None:
    """The film of the README: as GIF, and as MP4 where there is ffmpeg."""
    film = run_readme()["film"]
    for path in (PICTURES / "race.gif", PICTURES / "race.mp4"):
        if path.suffix == ".mp4" and not FFMpegWriter.isAvailable():
            print(f"{path.name}: left as it was, as ffmpeg is not installed")
            continue
        before = path.read_bytes() if path.exists() else None
        after = film.save(path).read_bytes()
        print(f"{path.name}: {'unchanged' if after == before else 'written'}, {len(film)} pictures, {len(after) / 1e6:.2f} MB")
    describe("notebooks/pictures/race.gif", film.sentence)


def main(numbers: list[str]) -> int:
    """Regenerate the chosen notebooks, or the film; 0 if all of it was stored."""
    if numbers == ["animation"]:
        make_film()
        return 0
    try:
        entries = series.select(series.read_series(NOTEBOOKS), numbers)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    failures = 0
    with tempfile.TemporaryDirectory() as profile:
        os.environ.update(PYTHONHASHSEED="0", IPYTHONDIR=profile)
        for entry in entries:
            try:
                print(f"{entry.name}: {'written' if regenerate(entry.path) else 'unchanged'}", flush=True)
            except Failed as error:
                failures += 1
                print(f"{error}\n{entry.name}: left as it was", file=sys.stderr, flush=True)
    if not numbers:
        print(f"cover.png: {'written' if draw_cover() else 'unchanged'}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
