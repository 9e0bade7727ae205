"""How fast adamlib is, beside what a reader would use instead: each work by every contestant, in turns, in one run.

    make bench

Everybody has to give the same result before anything is timed. What is spent once, before the first result (compiling,
tracing), is told apart.
"""

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

import adamlib as al
from benchmarks import limit, report
from benchmarks.contest import QUARTILES, Work, time_contestants
from benchmarks.works import WORKS

PACKAGES = ("numpy", "numba", "torch", "jax", "optax")
RESULTS = Path(__file__).with_name("results")


def machine() -> dict[str, str | int | None]:
    """What the numbers depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {"processor": names[0] if names else platform.machine(), "cores": os.cpu_count(), "system": platform.system()}


def versions() -> dict[str, str]:
    """Of all that takes part and is here."""
    found = {"adamlib": al.__version__, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found | ({"cc": limit.compiler_version()} if limit.compiler() else {})


def record(work: Work, sizes: tuple[int, ...], budget: float) -> dict:
    """Carry out a work at some of its sizes: what the tables and the picture need, as plain values."""
    times, costs, goals = {}, [], []
    for size in sizes:
        seconds, once = time_contestants(work, size, budget)
        times.update({(size, name): each for name, each in seconds.items()})
        for name, each in seconds.items():
            quartiles = np.quantile(each / work.units(size), QUARTILES).tolist()
            costs.append({"size": size, "name": name, "seconds": quartiles, "rounds": len(each), "once": once[name]})
    for goal in work.goals:
        try:
            measured, met = goal.judge(times)
        except KeyError:  # one of the two is not here
            continue
        goals.append({"size": getattr(goal, "size", None), "ours": goal.ours, "goal": str(goal), "why": goal.why})
        goals[-1].update(measured=measured.tolist(), met=met)
    return {"title": work.title, "axis": work.axis, "unit": work.unit, "costs": costs, "goals": goals}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, default=RESULTS, help="where tables and pictures go (benchmarks/results)")
    parser.add_argument("--only", nargs="+", choices=WORKS, default=list(WORKS), help="some of the works")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each work and size, at least seven rounds (10)")
    parser.add_argument("--largest", type=float, default=np.inf, help="leave out sizes above this one")
    options = parser.parse_args()
    for name in sorted({one.missing for work in WORKS.values() for one in work.contestants} - {""}):
        print(f"left out: what needs {name}, which is not here")
    found = {"machine": machine(), "versions": versions(), "works": {}}
    for name in options.only:
        print(f"{WORKS[name].title} ...", flush=True)
        sizes = tuple(size for size in WORKS[name].sizes if size <= options.largest)
        found["works"][name] = record(WORKS[name], sizes, options.seconds)
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / "speed.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    report.write(options.folder)
    print(report.goals(found))


if __name__ == "__main__":
    main()
