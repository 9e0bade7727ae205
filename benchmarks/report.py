"""The tables and pictures of a recorded benchmark.

    python -m benchmarks.report FOLDER

makes them again from its speed.json.
"""

import json
import sys
from pathlib import Path

import numpy as np

from adamlib import style
from adamlib.plots import Picture, draw_curves, number, render
from adamlib.plots.labels import room
from adamlib.plots.runs import Curve

UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}


def duration(seconds: float) -> str:
    """Three digits and a unit: 24.9 µs."""
    unit = next((unit for unit, size in UNITS.items() if seconds >= 0.9995 * size), "ns")
    return f"{number(seconds / UNITS[unit])} {unit}"


def markdown_table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def goals(found: dict) -> str:
    """What was to be reached, and what was."""
    rows = []
    for work in found["works"].values():
        for goal in work["goals"]:
            grows = goal["goal"].startswith("slope")
            middle = number(goal["measured"][len(goal["measured"]) // 2])
            spread = f" ({number(goal['measured'][0])} to {number(goal['measured'][-1])})" if len(goal["measured"]) > 1 else ""
            size = f", {'from ' * grows}{goal['size']:,} {work['axis']}{' on' * grows}" if goal["size"] else ""
            met = "yes" if goal["met"] else "no" + (f": {goal['why']}" if goal["why"] else "")
            rows.append([work["title"] + size, goal["ours"], goal["goal"], middle + spread, met])
    return markdown_table(["work", "who", "goal", "measured", "met"], rows)


def costs(work: dict) -> str:
    """The cost of one unit for every contestant at every size, with quartiles, and what it spends once."""
    sizes = sorted({row["size"] for row in work["costs"]})
    rows = {}
    for row in work["costs"]:
        low, middle, high = map(duration, row["seconds"])
        cells, once = rows.setdefault(row["name"], ({}, []))
        cells[row["size"]] = f"{middle} ({low} to {high})"
        once.append(row["once"])
    lines = [[name, *(cells.get(size, "") for size in sizes), duration(max(once))] for name, (cells, once) in rows.items()]
    return markdown_table([f"time for one {work['unit']}", *(f"{size:,} {work['axis']}" for size in sizes), "once"], lines)


@style.styled
def picture(work: dict) -> Picture:
    """Cost over size, a curve for each contestant: ours red."""
    names = list(dict.fromkeys(row["name"] for row in work["costs"]))
    ours = [name for name in names if name.startswith("adamlib")]
    looks = dict(zip(ours, (style.Look(color, "-", "o") for color in style.shades(style.RED, len(ours)))))
    looks |= dict(zip([name for name in names if name not in ours], style.NEUTRALS))
    lines = []
    for name in names:
        rows = [row for row in work["costs"] if row["name"] == name]
        lines.append(Curve(name, *np.array([(row["size"], 1e9 * row["seconds"][1]) for row in rows]).T, looks[name]))
    largest = max(line.x[-1] for line in lines)
    last = [f"{line.label} {duration(1e-9 * line.y[-1])}" for line in lines if line.x[-1] == largest]
    fig = style.figure(420)
    draw_curves(style.panel(fig, 58, 60, room(names), 46), lines, x=work["axis"], logx=True)
    style.head(fig.axes[0], f"nanoseconds for one {work['unit']}", work["title"])
    return render(fig, f"Medians. At {largest:,.0f} {work['axis']}: {', '.join(last)}.")


def write(folder: Path) -> None:
    """The tables, README.md, and the pictures, from speed.json beside them."""
    found = json.loads((folder / "speed.json").read_text(encoding="utf-8"))
    machine, versions = found["machine"], ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    parts = [
        "# Speed\n",
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; {versions}. Made by `make bench`.\n",
        "All contestants take turns in one run, in another order each round, and have given the same result before. Times are "
        "medians, quartiles in brackets. A ratio is that of two times of the same round. *Once* is what a contestant spends "
        "before its first result, such as compiling.\n",
        goals(found),
    ]
    for name, work in found["works"].items():
        parts += [f"## {work['title']}\n", costs(work)]
        if len({row["size"] for row in work["costs"]}) > 1:
            made = picture(work)
            (folder / f"{name}.png").write_bytes(made.png)
            parts.append(f"![{made.sentence}]({name}.png)\n")
    (folder / "README.md").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
