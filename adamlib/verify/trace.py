"""Optimizers outside Python: our gradients go out as a plain file, and their positions come back in one."""

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from adamlib.optimizers import Adam, Optimizer
from adamlib.probe import START, STEPS, gradients
from adamlib.verify.adapters import OWN
from adamlib.verify.judge import FEWEST, judge
from adamlib.verify.sources import Unusable
from adamlib.verify.verdict import Verdict
from adamlib.verify.walk import AS_A_PLATE, Walk, note_precision, with_probe_blocks

GRADIENT_FILE, POSITION_FILE = "gradients.csv", "steps.csv"
SINGLE_DIGITS, DOUBLE_DIGITS = (8, 9), 16  # with which a float32 and a float64 are written without loss, the shortest way
MANTISSA = re.compile(r"[+-]?0*\.?0*(\d*)\.?(\d*)")


def write_files(folder: Path) -> list[Path]:
    """Write two tables into a folder: gradients.csv, and steps.csv with the start, to which theta after each step is added.

    Raises FileExistsError where one of them is there already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {GRADIENT_FILE: ("g", enumerate(gradients(), 1)), POSITION_FILE: ("theta", [(0, START)])}
    for path in (folder / name for name in tables):
        if path.exists():
            raise FileExistsError(f"{path} is there already, and stays as it is; name another folder")
    for name, (letter, rows) in tables.items():
        with (folder / name).open("x", encoding="utf-8", newline="") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(_header(letter))
            table.writerows([t, *map(repr, row.tolist())] for t, row in rows)
    return [folder / name for name in tables]


def verify_trace(path: str | Path, like: Optimizer | None = None) -> Verdict:
    """The verdict on positions in a file, beside the rule that they should follow; None is Adam().

    path : a table as `write_files` begins it: a header, then t and the eight numbers of theta after step t, from t = 0 on

    Raises Unusable, which names the line, for a file that is no such table.
    """
    walk, rule = read_walk(Path(path)), with_probe_blocks(like or Adam())
    walked = "only a vector was walked" if rule.elementwise else AS_A_PLATE
    return judge(replace(walk, versions=OWN.versions(), remarks=[walked, *walk.remarks]), rule)


def read_walk(path: Path) -> Walk:
    """The walk in a file of positions."""
    if not path.is_file():
        raise Unusable(f"there is no file {path}")
    rows = list(_words_by_row(path))
    if len(rows) <= FEWEST:
        raise Unusable(
            f"{path} has {max(len(rows) - 1, 0)} steps after the start; {FEWEST} at least tell rules apart, and there are {STEPS}"
        )
    thetas = np.array([[float(word) for word in row] for row in rows])
    if not np.array_equal(thetas[0], START):
        raise Unusable(f"{path} starts at {thetas[0].tolist()}; the row t = 0 must be {START.tolist()}")
    walk = Walk([{"theta": theta} for theta in thetas[1:]])
    moved = np.argwhere(np.isfinite(thetas) & (thetas != START))
    if moved.size:
        _note_digits(walk, max(_digits(rows[t][i]) for t, i in moved), path)
        note_precision(walk)
    return walk


def _words_by_row(path: Path) -> Iterator[list[str]]:
    """The numbers of each line, as they are written, without the header and t."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = ((number, row) for number, row in enumerate(csv.reader(file), 1) if row)
        _refuse_without_header(*next(lines, (1, _header("theta"))), path)
        for t, (number, (counted, *words)) in enumerate(lines):
            where = f"line {number} of {path}"
            if t > STEPS:
                raise Unusable(f"{where} is one too many: there are {STEPS} steps")
            if counted.strip() != str(t):
                raise Unusable(f"{where} begins with {counted!r} where t = {t} is expected")
            if len(words) != START.size:
                raise Unusable(f"{where} has {len(words)} numbers after t where {START.size} are expected")
            if wrong := [word for word in words if not _is_number(word)]:
                raise Unusable(f"{where} has {wrong[0]!r} where a number is expected")
            yield words


def _refuse_without_header(number: int, row: list[str], path: Path) -> None:
    """Raises Unusable where the first line does not name columns, or where no commas stand between them."""
    if len(row) == 1:
        raise Unusable(f"line {number} of {path} has one column; {START.size + 1} are expected, with commas between them")
    if all(map(_is_number, row)):
        raise Unusable(f"line {number} of {path} has numbers where the names of the columns are expected")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _digits(word: str) -> int:
    """How many digits a number is written with, from the first that is not zero."""
    found = MANTISSA.match(word.strip())
    assert found is not None  # it matches any text
    return len("".join(found.groups()))


def _note_digits(walk: Walk, digits: int, path: Path) -> None:
    """Numbers of eight or nine digits are those of float32. Raises Unusable for a file that lost some."""
    if digits in SINGLE_DIGITS:
        walk.dtype = "float32"
        walk.states = [{"theta": state["theta"].astype(np.float32).astype(float)} for state in walk.states]
        walk.remarks.append(f"{path.name} has {digits} digits, as float32 needs")
    elif digits < DOUBLE_DIGITS:
        raise Unusable(f"the numbers in {path} have {digits} digits at most; float64 needs 17 (%.17g), float32 9 (%.9g)")


def _header(letter: str) -> list[str]:
    return ["t", *(f"{letter}{i}" for i in range(START.size))]
