"""What a sweep of very many runs costs: a million on this machine, and on a Dask cluster, a worker of which is killed meanwhile.

    python -m benchmarks.scale [--folder FOLDER]

writes scale.md, with what follows for a billion. Every sweep gives the same arrays to the last bit, else it ends with an error.
"""

import argparse
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import numpy as np
from distributed import Client, LocalCluster

import adamlib as al
from benchmarks import report
from benchmarks.speed import RESULTS, machine, versions_of_contestants

STEPS, GRID_SIDE, PARTS = 500, 1000, 50  # a grid of GRID_SIDE x GRID_SIDE; parts are so many bands of it
ROUNDS = 3  # of each sweep, but for the one that loses a worker
KILLED_AFTER = 1 / 3  # of the time that the sweep takes with every worker alive

Arrays = tuple[np.ndarray, ...]
Sweep = Callable[[Client], Arrays]


def band(first: int, last: int) -> al.Adam:
    """Adam over lr and beta1: the rows first ... last - 1 of the grid."""
    rates = np.geomspace(1e-4, 1, GRID_SIDE)[first:last]
    return al.Adam(**al.grid(lr=rates, beta1=np.linspace(0, 0.999, GRID_SIDE)))


def end_of(first: int, last: int, engine: str | None = None) -> Arrays:
    """The last states of a band, on the threads of this process."""
    return tuple(al.sweep(band(first, last), al.rosenbrock(), steps=STEPS, progress=False, engine=engine)[1:])


def end_of_part(part: int) -> Arrays:
    return end_of(GRID_SIDE * part // PARTS, GRID_SIDE * (part + 1) // PARTS, "compiled")


def by_blocks(client: Client) -> Arrays:
    """One sweep, whose blocks are handed to the cluster."""
    with client.get_executor() as pool:
        return tuple(al.sweep(band(0, GRID_SIDE), al.rosenbrock(), steps=STEPS, executor=pool, progress=False)[1:])


def by_parts(client: Client) -> Arrays:
    """A sweep for each part of the grid, handed to the cluster as a whole."""
    return tuple(map(np.concatenate, zip(*client.gather(client.map(end_of_part, range(PARTS), pure=False)))))


def lowest_of_part(part: int) -> float:
    """The lowest loss of a part: one number in place of all its states."""
    return np.nanmin(al.rosenbrock().loss(end_of_part(part)[0]))


def lowest_by_parts(client: Client) -> Arrays:
    """As `by_parts`, but what returns is the answer to a question."""
    return (np.array(client.gather(client.map(lowest_of_part, range(PARTS), pure=False))),)


def on_dask(sweep: Sweep, workers: int, killed_after: float = 0.0) -> tuple[float, Arrays]:
    """Seconds and arrays of a sweep on workers that have compiled; one of them is killed after so many seconds, if any."""
    settings = {"n_workers": workers, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
    with LocalCluster(**settings, silence_logs=60) as cluster, Client(cluster) as client:
        before = client.run(os.getpid)
        client.run(end_of_part, 0)
        victim = min(before.values())
        if killed_after:
            Timer(killed_after, os.kill, (victim, signal.SIGKILL)).start()
        measured = timed(lambda: sweep(client), 1 if killed_after else ROUNDS)
        client.wait_for_workers(workers, timeout=60)
        if killed_after and victim in client.run(os.getpid).values():
            raise RuntimeError("the sweep was over before a worker was killed")
        return measured


def timed(sweep: Callable[[], Arrays], rounds: int = ROUNDS) -> tuple[float, Arrays]:
    """The median of the seconds, and the arrays."""
    seconds = []
    for _ in range(rounds):
        begin = time.perf_counter()
        arrays = sweep()
        seconds.append(time.perf_counter() - begin)
    return float(np.median(seconds)), arrays


def measured_sweeps() -> dict[str, float]:
    """The seconds of each sweep of the whole grid, once all are known to be equal."""
    end_of(0, 1, "compiled")
    here, want = timed(lambda: end_of(0, GRID_SIDE))
    lowest = [np.nanmin(part) for part in np.split(al.rosenbrock().loss(want[0]).reshape(GRID_SIDE, -1), PARTS)]
    found = {"this machine": here}

    def note(name: str, sweep: Sweep, workers: int, killed_after: float = 0.0, wanted: Arrays = want) -> None:
        found[name], got = on_dask(sweep, workers, killed_after)
        if not all(np.array_equal(*pair, equal_nan=True) for pair in zip(got, wanted, strict=True)):
            raise RuntimeError(f"{name}: the arrays are not those of this machine alone")

    for workers, count in (("one worker", 1), ("two workers", 2)):
        note(f"{workers}, by parts", by_parts, count)
        note(f"{workers}, lowest loss of each part", lowest_by_parts, count, wanted=(np.array(lowest),))
    note("two workers, by parts, one of them killed", by_parts, 2, KILLED_AFTER * found["two workers, by parts"])
    note("two workers, by blocks", by_blocks, 2)
    return found


def page(found: dict[str, float]) -> str:
    """The measured sweeps as a table, and what a billion runs cost by them."""
    runs = GRID_SIDE**2
    rows = [[name, report.duration(seconds), report.duration(seconds / runs)] for name, seconds in found.items()]
    here = found["this machine"]
    returned = ("by parts", "lowest loss of each part")
    full, low = (found[f"two workers, {what}"] / found[f"one worker, {what}"] for what in returned)
    packages = ", ".join(f"{name} {number}" for name, number in versions_of_contestants().items())
    total = f"{here * 1e9 / runs / 60:.3g} minutes"
    return f"""# A very large sweep

{runs:,} runs of {STEPS} steps of Adam on Rosenbrock's valley, over lr and beta1.
{machine()["processor"]}, {machine()["cores"]} cores; {packages}.
Medians of {ROUNDS} sweeps, but for the one that loses a worker, by `nox -s bench -- benchmarks.scale`. The workers are
those of a Dask cluster on this machine, of one thread each. All arrays are equal to the last bit, those of the sweep that
lost a worker too.

{report.markdown_table(["who", "time", "for each run"], rows)}
By blocks: one `al.sweep` hands the cluster its blocks, a hundredth of the runs each.
By parts: a sweep for each of {PARTS} bands of the grid.

A billion runs cost {total} on this machine, if each costs what one of a million does. Two workers take {full:.2f} of the time of
one where a part returns all its states, and {low:.2f} where it returns its lowest loss alone. As far as they share their work
as well from machine to machine, n machines like this one take 1/n of the {total}, by parts that return what is asked for:
the last states of a billion runs are 112 GB. A worker that is lost costs the part it was at.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where scale.md goes (benchmarks/results)")
    folder = parser.parse_args().folder
    text = page(measured_sweeps())
    (folder / "scale.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
