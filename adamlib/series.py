"""The series in its order: the index, the lessons, and below each lesson its rooms. Whatever walks the notebooks asks here.

In the folder of the notebooks, index.ipynb is the index, 01_momentum.ipynb is lesson 01, and deeper/01_2_damping.ipynb is
room 01.2, which belongs to lesson 01.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ANNOUNCED: tuple[str, ...] = ()  # lessons that the order keeps a place for, and that are not written yet
INDEX = "index"
PACKAGED = Path(__file__).parent / "notebooks"  # where the wheel keeps them
BESIDE = Path(__file__).parents[1] / "notebooks"  # where they are in a checkout
FORMS = {
    re.compile(r"index\.ipynb"): "index",
    re.compile(r"(\d\d)_[a-z][a-z0-9_]*\.ipynb"): "lesson",
    re.compile(r"deeper/(\d\d)_(\d)_[a-z][a-z0-9_]*\.ipynb"): "room",
}


@dataclass(frozen=True)
class Entry:
    """A notebook of the series.

    path : where it is
    number : what it is called: "index", "01" for a lesson, "01.2" for a room
    kind : "index", "lesson" or "room"
    """

    path: Path
    number: str
    kind: str

    @property
    def lesson(self) -> str:
        """The lesson it belongs to: "01" for 01 and 01.2, "" for the index."""
        return "" if self.kind == "index" else self.number[:2]

    @property
    def equation(self) -> str:
        """What the numbers of its equations begin with: "1" in lesson 01, "1.2" in room 01.2, "" in the index."""
        return "" if self.kind == "index" else ".".join(str(int(part)) for part in self.number.split("."))

    @property
    def name(self) -> str:
        """Its path in the folder of the notebooks: "01_momentum.ipynb", "deeper/01_2_damping.ipynb"."""
        return f"deeper/{self.path.name}" if self.kind == "room" else self.path.name

    @property
    def up(self) -> str:
        """What leads from beside it to the folder of the notebooks: "../" from a room, else ""."""
        return "../" if self.kind == "room" else ""

    @property
    def title(self) -> str:
        """The first line of its first cell, without the mark of a heading."""
        source = json.loads(self.path.read_text(encoding="utf-8"))["cells"][0]["source"]
        return "".join(source).partition("\n")[0].lstrip("# ").strip()


def entry(folder: Path, name: str) -> Entry | None:
    """The notebook with this path in the folder of the notebooks, or None where the path is not of the series' form.

    >>> entry(Path("notebooks"), "deeper/01_2_damping.ipynb").number
    '01.2'
    """
    for form, kind in FORMS.items():
        if match := form.fullmatch(name):
            return Entry(folder / name, ".".join(match.groups()) or INDEX, kind)
    return None


def notebooks_in(folder: Path) -> list[str]:
    """The paths of all notebook files in the folder of the notebooks and in `deeper`, of the series' form or not."""
    return [path.relative_to(folder).as_posix() for path in (*folder.glob("*.ipynb"), *folder.glob("deeper/*.ipynb"))]


def read_series(folder: Path) -> list[Entry]:
    """The series in this folder, in order: the index, lesson 00, its rooms, lesson 01, ... Empty where there is none."""
    found = [made for name in notebooks_in(folder) if (made := entry(folder, name))]
    return sorted(found, key=lambda entry: (entry.kind != "index", entry.number))


def folder() -> Path:
    """The folder of the notebooks: installed with adamlib, or beside it. Raises LookupError where there is none."""
    for place in (PACKAGED, BESIDE):
        if read_series(place):
            return place
    raise LookupError("the notebooks are not here: install the wheel of adamlib, or work in its repository")


def select(entries: Sequence[Entry], numbers: Iterable[str]) -> list[Entry]:
    """Those that are called so, in order; all of them where no number is given. Raises ValueError for a number that is none."""
    wanted, known = set(numbers), [entry.number for entry in entries]
    for number in sorted(wanted - set(known)):
        raise ValueError(f"NB={number} is not allowed: NB must be one of {', '.join(known)}")
    return [entry for entry in entries if not wanted or entry.number in wanted]


def complaints(folder: Path, announced: Sequence[str] = ANNOUNCED) -> list[str]:
    """What is wrong with the files of the series: names, gaps between lessons or rooms, rooms without a lesson."""
    found = [f"{name}: a notebook is index.ipynb, NN_idea.ipynb or deeper/NN_k_idea.ipynb" for name in notebooks_in(folder)]
    found = [line for line in found if entry(folder, line.partition(":")[0]) is None]
    entries = read_series(folder)
    numbers = [entry.number for entry in entries]
    found += [f"{number}: two notebooks have this number" for number in sorted({n for n in numbers if numbers.count(n) > 1})]
    lessons = [entry.number for entry in entries if entry.kind == "lesson"]
    found += [f"{number}: is announced and exists: it leaves ANNOUNCED" for number in announced if number in lessons]
    before = [f"{n:02d}" for n in range(int(lessons[-1]))] if lessons else []
    found += [f"{number}: a gap, and not announced" for number in before if number not in (*lessons, *announced)]
    for room in (entry for entry in entries if entry.kind == "room"):
        lesson, k = room.number.split(".")
        if lesson not in lessons:
            found.append(f"{room.name}: a room of lesson {lesson}, which does not exist")
        if k != "1" and f"{lesson}.{int(k) - 1}" not in numbers:
            found.append(f"{room.name}: room {lesson}.{int(k) - 1} does not exist")
    return found
