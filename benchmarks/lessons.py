"""What a reader waits for: the first picture, and every notebook from a restarted kernel to its last cell.

    make bench-lessons

writes results/lessons.md. Everything is run once before it is timed, so that what is kept on the disk is there. Beside the
clock stand the processor's seconds, which other work on the machine changes little.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import nbformat
import psutil
from nbformat import NotebookNode
from playwright.sync_api import Page, sync_playwright

from adamlib import series
from benchmarks import report
from benchmarks.speed import RESULTS, machine, versions
from tests.helpers.browsing import launch_chromium, run_all, serve_lab
from tools.regenerate import NOTEBOOKS, STORED_METADATA, client_of

BARE = "import numpy, matplotlib.figure"  # what a kernel does before anything is ours
LONGEST_WAITS = {"picture": 3.0, "lesson": 10.0, "room": 5.0}  # seconds
IN_JUPYTERLAB = ("01", "05", "11")
LAST_WORDS = "every cell has run"


class Seconds(NamedTuple):
    """What something takes by the clock, and of the processor."""

    clock: float
    processor: float


class Timing(NamedTuple):
    """A notebook from the start of its kernel to the end of its last cell, and the processor's seconds of each code cell."""

    whole: Seconds
    cells: dict[int, float]


def middle_of(rounds: list[Seconds]) -> Seconds:
    """The median of each."""
    return Seconds(*map(statistics.median, zip(*rounds)))


def timed_notebook(notebook: NotebookNode, folder: Path) -> Timing:
    """Run a notebook from a clean kernel, as `make notebooks` does."""
    ends = []

    def note_end(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        used = psutil.Process(client.km.provisioner.pid).cpu_times()
        ends.append((cell_index + 1, Seconds(time.perf_counter() - begin, used.user + used.system)))

    client = client_of(notebook, folder, on_cell_executed=note_end)
    begin = time.perf_counter()
    client.execute()
    starts = [0.0, *(end.processor for _, end in ends)]
    return Timing(ends[-1][1], {number: end.processor - start for (number, end), start in zip(ends, starts)})


def timed_python(code: str) -> Seconds:
    """A new Python that runs this code and ends."""
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, cwd=NOTEBOOKS.parent)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(time.perf_counter() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def code_until_first_picture(notebook: NotebookNode) -> str:
    """The cells up to the first that shows a picture."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shows = [any("image/png" in output.get("data", {}) for output in cell.outputs) for cell in code]
    return "\n".join(cell.source for cell in code[: shows.index(True) + 1])


def timed_pythons(rounds: int) -> dict[str, Seconds]:
    """NumPy, adamlib, and the first picture of lesson 01, each in a new Python, in turns."""
    lesson = nbformat.read(NOTEBOOKS / "01_momentum.ipynb", as_version=4)
    codes = {
        "import numpy": "import numpy",
        "import adamlib": "import adamlib",
        "import numpy, matplotlib.figure": BARE,
        "the first picture of lesson 01": code_until_first_picture(lesson),
    }
    found: dict[str, list[Seconds]] = {name: [] for name in codes}
    for done in range(rounds + 1):
        for name, code in codes.items():
            seconds = timed_python(code)
            if done:
                found[name].append(seconds)
    return {name: middle_of(each) for name, each in found.items()}


def notebook_of(*sources: str) -> NotebookNode:
    """These cells as a notebook."""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources], metadata=STORED_METADATA)


def timed_series(entries: list[series.Entry], rounds: int) -> tuple[dict[str, Timing], Seconds]:
    """The quickest of the rounds of each notebook, by the processor; and the bare kernel that ran before each of them."""
    found, bare = {}, []
    timed_notebook(notebook_of(BARE), NOTEBOOKS)
    for entry in entries:
        bare.append(timed_notebook(notebook_of(BARE), NOTEBOOKS).whole)
        timings = [timed_notebook(nbformat.read(entry.path, as_version=4), entry.path.parent) for _ in range(rounds + 1)]
        found[entry.number] = min(timings[1:], key=lambda timing: timing.whole.processor)
        print(f"  {entry.name}: {found[entry.number].whole.processor:.1f} s", flush=True)
    return found, middle_of(bare)


def without_outputs(path: Path) -> NotebookNode:
    """A notebook as if never run, with a cell more that tells its end."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    said = ", ".join(map(repr, LAST_WORDS.split()))
    notebook.cells.append(nbformat.v4.new_code_cell(f"print({said})"))
    return notebook


def opened_and_run(page: Page, address: str) -> tuple[float, float, float]:
    """Seconds from the address to a kernel that is ready; from Run All to the first picture; and to the end of the last cell."""
    begin = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_selector("text=| Idle", timeout=60_000)
    ready = time.perf_counter()
    run_all(page)
    page.wait_for_selector(".jp-OutputArea img", state="attached", timeout=60_000)
    picture = time.perf_counter()
    page.wait_for_selector(f".jp-OutputArea :text('{LAST_WORDS}')", state="attached", timeout=120_000)
    return ready - begin, picture - ready, time.perf_counter() - ready


def timed_in_jupyterlab(entries: list[series.Entry], rounds: int) -> dict[str, tuple[float, ...]]:
    """Medians of `opened_and_run` for some notebooks, in Chromium; each round has a server and kernels of its own."""
    found: dict[str, list[tuple[float, ...]]] = {entry.number: [] for entry in entries}
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright, launch_chromium(playwright) as browser:
        for entry in entries:
            nbformat.write(without_outputs(entry.path), Path(place) / entry.path.name)
        for done in range(rounds + 1):
            with serve_lab(Path(place)) as address:
                for entry in entries:
                    page = browser.new_page(viewport={"width": 1300, "height": 900})
                    seconds = opened_and_run(page, f"{address}/lab/tree/{entry.path.name}?reset")
                    page.close()
                    if done:
                        found[entry.number].append(seconds)
    return {number: tuple(map(statistics.median, zip(*each))) for number, each in found.items()}


def longest_wait(title: str, ours: str, most: float, seconds: float) -> dict:
    """A row for the table of goals."""
    said = {"size": None, "ours": ours, "goal": f"at most {report.duration(most)}", "why": ""}
    return {"title": title, "goals": [said | {"measured": [seconds], "met": seconds <= most}]}


def table_of_goals(pythons: dict[str, Seconds], timings: dict[str, Timing]) -> str:
    """What nobody should wait longer for, and what was measured, in seconds of the processor."""
    title, waited = "A new Python to the first picture, in seconds", pythons["the first picture of lesson 01"].processor
    works = {"picture": longest_wait(title, "lesson 01", LONGEST_WAITS["picture"], waited)}
    for kind, numbers in (("lesson", [n for n in timings if "." not in n]), ("room", [n for n in timings if "." in n])):
        if numbers:
            slowest = max(numbers, key=lambda number: timings[number].whole.processor)
            seconds = timings[slowest].whole.processor
            title = f"A {kind}, Restart and Run All, in seconds"
            works[kind] = longest_wait(title, f"the slowest, {slowest}", LONGEST_WAITS[kind], seconds)
    return report.goals({"works": works})


def table_of_notebooks(timings: dict[str, Timing], bare: Seconds) -> str:
    """A row for each notebook."""
    rows = [["a bare kernel", f"{bare.processor:.1f} s", f"{bare.clock:.1f} s", "1", ""]]
    for number, (whole, cells) in timings.items():
        slowest = sorted(cells, key=cells.__getitem__, reverse=True)[:2]
        told = ", ".join(f"cell {cell}: {cells[cell]:.1f} s" for cell in slowest)
        times = f"{whole.processor / bare.processor:.1f}"
        rows.append([number, f"{whole.processor:.1f} s", f"{whole.clock:.1f} s", times, told])
    return report.markdown_table(["notebook", "processor", "clock", "times a bare kernel", "its slowest cells"], rows)


def page_of_waits(
    pythons: dict[str, Seconds], timings: dict[str, Timing], bare: Seconds, opened: dict[str, tuple[float, ...]]
) -> str:
    """All of it in Markdown."""
    packages = ", ".join(map(" ".join, versions("numpy", "numba", "matplotlib", "ipykernel", "jupyterlab").items()))
    of_python = [[name, report.duration(each.processor), report.duration(each.clock)] for name, each in pythons.items()]
    in_lab = [[number, *(f"{seconds:.1f} s" for seconds in each)] for number, each in opened.items()]
    head = ["notebook", "open, kernel ready", "Run All to the first picture", "Run All to the last cell"]
    return f"""# What a reader waits for

{machine()["processor"]}, {machine()["cores"]} cores; {packages}. Made by `make bench-lessons`. Each was run once before
it was timed. *Processor* is what the Python or the kernel computes, its start included; *clock* is what passed meanwhile, other
work of the machine included. The goals are judged by the processor.

{table_of_goals(pythons, timings)}
## Every notebook, from a restarted kernel to its last cell

A bare kernel starts and says `{BARE}`.

{table_of_notebooks(timings, bare)}
## A new Python

{report.markdown_table(["what it runs", "processor", "clock"], of_python)}
## In JupyterLab, by the clock

{report.markdown_table(head, in_lab)}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where lessons.md goes (benchmarks/results)")
    parser.add_argument("--rounds", type=int, default=2, help="how often each notebook is timed (2)")
    parser.add_argument("--only", nargs="+", default=[], help="some of the notebooks, by number")
    options = parser.parse_args()
    entries = series.read_series(NOTEBOOKS)
    pythons = timed_pythons(10 * options.rounds)
    opened = timed_in_jupyterlab(series.select(entries, IN_JUPYTERLAB), options.rounds)
    with tempfile.TemporaryDirectory() as profile:
        os.environ["IPYTHONDIR"] = profile
        timings, bare = timed_series(series.select(entries, options.only), options.rounds)
    text = page_of_waits(pythons, timings, bare, opened)
    (options.folder / "lessons.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
