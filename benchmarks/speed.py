"""How fast adamlib is, beside what a reader would use instead: each work by every contestant, in turns, in one run.

    make bench

Everybody has to give the same result before anything is timed. What is spent once, before the first result (compiling,
tracing), is told apart.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import adamlib as al
from benchmarks import limit, report
from benchmarks.contest import QUARTILES, Growth, Work, time_contestants
from benchmarks.works import WORKS

PACKAGES = ("numpy", "numba", "torch", "jax", "optax")
RESULTS = Path(__file__).with_name("results")


def machine() -> dict[str, str | int | None]:
    """What the numbers depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"processor": names[0] if names else platform.machine(), "cores": os.cpu_count(), "system": platform.system()}


def versions(*packages: str) -> dict[str, str]:
    """Of adamlib, Python, and those packages that are here."""
    found = {"adamlib": al.__version__, "Python": platform.python_version()}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def versions_of_contestants() -> dict[str, str]:
    """Of all that takes part and is here."""
    return versions(*PACKAGES) | ({"cc": limit.compiler_version()} if limit.compiler() else {})


def record(work: Work, sizes: tuple[int, ...], until: Callable[[], float]) -> dict:
    """Carry out a work at some of its sizes: what the tables and the picture need, as plain values.

    until : gives the seconds that the next size may take
    """
    times, costs, goals = {}, [], []
    for size in sizes:
        seconds, once = time_contestants(work, size, until())
        times.update({(size, name): each for name, each in seconds.items()})
        for name, each in seconds.items():
            quartiles = np.quantile(each / work.units(size), QUARTILES).tolist()
            costs.append({"size": size, "name": name, "seconds": quartiles, "rounds": len(each), "once": once[name]})
        print(f"  {size:,} {work.axis}: {len(each)} rounds", flush=True)
    for goal in work.goals:
        try:
            measured, met = goal.judge(times)
        except KeyError:  # one of the two is not here
            continue
        size = goal.paid_from(times) if isinstance(goal, Growth) else getattr(goal, "size", None)
        goals.append({"size": size, "ours": goal.ours, "goal": str(goal), "why": goal.why})
        goals[-1].update(measured=measured.tolist(), met=met)
    return {"title": work.title, "axis": work.axis, "unit": work.unit, "costs": costs, "goals": goals}


def earlier(folder: Path, now: dict) -> dict:
    """The works recorded before, where machine and versions are the same: what is not measured again stays."""
    file = folder / "speed.json"
    before = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return before["works"] if {key: before.get(key) for key in now} == now else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where tables and pictures go (benchmarks/results)")
    parser.add_argument("--only", nargs="+", choices=WORKS, default=list(WORKS), help="some of the works")
    parser.add_argument("--minutes", type=float, default=9.0, help="for all of them, at least three rounds each (9)")
    parser.add_argument("--largest", type=float, default=np.inf, help="leave out sizes above this one")
    options = parser.parse_args()
    for name in sorted({one.missing for work in WORKS.values() for one in work.contestants} - {""}):
        print(f"left out: what needs {name}, which is not here")
    sizes = {name: tuple(size for size in WORKS[name].sizes if size <= options.largest) for name in options.only}
    share = shares(60 * options.minutes, sum(map(len, sizes.values())))
    found = {"machine": machine(), "versions": versions_of_contestants()}
    works = earlier(options.folder, found)
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, some in sizes.items():
        print(f"{WORKS[name].title} ...", flush=True)
        works[name] = record(WORKS[name], some, share.__next__)
        ordered = {one: works[one] for one in WORKS if one in works}
        (options.folder / "speed.json").write_text(json.dumps(found | {"works": ordered}, indent=1), encoding="utf-8")
        report.write(options.folder)  # after every work, so that a stop loses one at most
    print(report.goals({"works": ordered}))


def shares(seconds: float, parts: int) -> Iterator[float]:
    """What each part may take of the time that is left, shared equally among those to come."""
    end = time.perf_counter() + seconds
    for left in range(parts, 0, -1):
        yield max(0.0, end - time.perf_counter()) / left


if __name__ == "__main__":
    main()
