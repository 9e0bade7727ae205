"""The frames of an explorer: every position the site offers, drawn through the library and packed small.

A frame is two pictures, one upon the other: the ground, which many frames share, and what differs from it, on a
transparent sheet. Laid together they are the picture that the explorer draws, with at most 255 colours in each sheet.
"""

import hashlib
import io
import itertools
import json
import math
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from tqdm import tqdm

import adamlib
from adamlib.explore import Explorer
from adamlib.plots import picture

MOST = 500  # frames of one explorer, where OFFERED says nothing
COLORS = 64  # of a sheet
SAMPLE = 11  # frames whose median is the ground
FORMAT = 1  # changes whenever the bytes of a frame do

# What the site offers of explorers with more positions than a page can carry; the others offer all they have. A number
# keeps so many values, the start and the ends among them; where the text of a notebook names values, they are named
# here. A control that is left with one value is not shown.
OFFERED: dict[str, dict[str, int | tuple]] = {}


@dataclass(frozen=True)
class Recipe:
    """How an explorer is made: code whose last line is an expression. `name` is that of its folder."""

    name: str
    code: str


@dataclass(frozen=True)
class Knob:
    """What the site knows of one control: its values, its start, its label, whether it plays."""

    values: tuple
    start: Any
    label: str
    play: bool


@dataclass(frozen=True)
class Facts:
    """What the site knows of an explorer without making it: its controls, those that change the ground, its size."""

    knobs: dict[str, Knob]
    still: tuple[str, ...]
    size: tuple[int, int]

    @property
    def total(self) -> int:
        """How many positions it has in a notebook."""
        return math.prod(len(knob.values) for knob in self.knobs.values())


@dataclass(frozen=True)
class Plan:
    """The positions that the site offers of one explorer: the values of every control, in order."""

    recipe: Recipe
    facts: Facts
    offered: dict[str, tuple]

    @property
    def positions(self) -> list[dict[str, Any]]:
        """Every setting; the last control moves fastest."""
        return [dict(zip(self.offered, values)) for values in itertools.product(*self.offered.values())]

    @property
    def groups(self) -> list[list[int]]:
        """The positions that share a ground."""
        found: dict[tuple, list[int]] = {}
        for place, setting in enumerate(self.positions):
            found.setdefault(tuple(setting[name] for name in self.facts.still), []).append(place)
        return list(found.values())

    @property
    def first(self) -> int:
        """The position it starts at."""
        return self.positions.index({name: self.facts.knobs[name].start for name in self.offered})

    def key(self) -> str:
        """Changes with the code of the explorer, of the library, of the packages that draw, and with the positions."""
        parts = [self.recipe.code, repr(self.offered), FORMAT, COLORS, SAMPLE, sources(self.recipe.code), drawn_with()]
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Frames:
    """What the site stores of one explorer: for every position its ground, its sheet and its sentence."""

    plan: Plan
    folder: Path
    grounds: list[str]
    sheets: list[str]
    sentences: list[str]

    @property
    def files(self) -> list[Path]:
        return [self.folder / name for name in sorted({*self.grounds, *self.sheets})]

    def put(self, out: Path) -> None:
        """Copy the pictures below the folder of the site."""
        folder = out / "frames" / self.plan.recipe.name
        folder.mkdir(parents=True, exist_ok=True)
        for path in self.files:
            shutil.copyfile(path, folder / path.name)


@cache
def make(recipe: Recipe) -> Explorer:
    """The explorer itself."""
    *before, last = recipe.code.rstrip().split("\n")
    space: dict[str, Any] = {}
    exec("\n".join(before), space)
    made = eval(last, space)
    if not isinstance(made, Explorer):
        raise TypeError(f"{recipe.name}: {last} is no explorer")
    return made


def facts(recipe: Recipe, cache: Path) -> Facts:
    """Of an explorer: remembered, as some take seconds to make."""
    parts = [recipe.code, FORMAT, sources(recipe.code), drawn_with()]
    path = cache / "facts" / f"{recipe.name}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:20]}.json"
    if not path.exists():
        made = make(recipe)
        knobs = {
            name: asdict(Knob(control.values, control.start, control.label or name, control.play))
            for name, control in made.controls.items()
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        high, wide = made.stage.draw(**made.values)[0].shape[:2]
        path.write_text(json.dumps({"knobs": knobs, "still": made.stage.still, "size": (wide, high)}), encoding="utf-8")
    stored = json.loads(path.read_text(encoding="utf-8"))
    knobs = {name: Knob(**{**knob, "values": tuple(knob["values"])}) for name, knob in stored["knobs"].items()}
    return Facts(knobs, tuple(stored["still"]), tuple(stored["size"]))


def plan(recipe: Recipe, cache: Path, most: int | None = None) -> Plan:
    """The positions to store: all of them, those of OFFERED, or at most `most`."""
    known, wishes = facts(recipe, cache), OFFERED.get(recipe.name, {})
    values = {name: wish if isinstance(wish := wishes.get(name), tuple) else knob.values for name, knob in known.knobs.items()}
    counts = {name: wish if isinstance(wish := wishes.get(name), int) else len(values[name]) for name in values}
    kept = thinned(counts, MOST if most is None else most)
    return Plan(recipe, known, {name: chosen(values[name], knob.start, kept[name]) for name, knob in known.knobs.items()})


def thinned(lengths: dict[str, int], most: int) -> dict[str, int]:
    """Numbers of values whose product is at most `most`: the longest list gives first, of equals the last.

    >>> thinned({"lr": 9, "beta": 4}, 12)
    {'lr': 4, 'beta': 3}
    """
    lengths = dict(lengths)
    while math.prod(lengths.values()) > max(most, 1):
        longest = max(reversed(lengths), key=lambda name: lengths[name])
        lengths[longest] -= 1
    return lengths


def chosen(values: Sequence, start: Any, count: int) -> tuple:
    """So many of the values, in order: the start, the ends, then evenly between them.

    >>> chosen(range(10), 4, 4)
    (0, 4, 6, 9)
    """
    here = list(values).index(start)
    places = {here} if count == 1 else {here, *([0, len(values) - 1] if count > 2 else [0 if here > 0 else len(values) - 1])}
    while len(places) < min(count, len(values)):
        places.add(max(range(len(values)), key=lambda i: (min(abs(i - p) for p in places), -abs(i - len(values) / 2))))
    return tuple(values[i] for i in sorted(places))


@cache
def sources(code: str) -> str:
    """A digest of the library, without the explorers of other modules and the exercises."""
    folder = Path(adamlib.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        if path.parent.name == "exercises" or _is_other_explorer(path, code):
            continue
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _is_other_explorer(path: Path, code: str) -> bool:
    if path.parent.name != "explore" or path.name in ("explorer.py", "stage.py"):
        return False
    makers = adamlib.explore.READY_MADE
    wanted = {make.__module__.rpartition(".")[2] for make in makers if f"explore.{make.__name__}(" in code}
    return path.stem not in wanted


@cache
def drawn_with() -> str:
    return " ".join(version(name) for name in ("numpy", "matplotlib", "pillow", "scikit-learn"))


def draw_group(plan: Plan, places: list[int]) -> tuple[bytes, list[tuple[bytes, str]]]:
    """The ground of these positions, and for each of them its sheet and its sentence."""
    stage, settings = make(plan.recipe).stage, plan.positions

    def draw(place: int) -> tuple[np.ndarray, str]:
        pixels, sentence = stage.draw(**settings[place])
        return picture.coded(pixels[..., :3]), picture.typeset(sentence)

    sample = {places[i]: draw(places[i]) for i in np.unique(np.linspace(0, len(places) - 1, SAMPLE).astype(int))}
    ground = median([codes for codes, _ in sample.values()])
    packed = []
    for place in places:
        codes, sentence = sample.pop(place, None) or draw(place)
        packed.append((sheet(codes, ground), sentence))
    return webp(few(ground, 256)), packed


def median(frames: list[np.ndarray]) -> np.ndarray:
    """The commonest colour of each pixel, or near it."""
    return np.sort(np.stack(frames), axis=0)[len(frames) // 2]


def few(codes: np.ndarray, colors: int) -> np.ndarray:
    """Colours (..., 3), at most so many different ones."""
    found, where, counts = np.unique(codes, return_inverse=True, return_counts=True)
    exact = picture.decoded(found)
    palette = picture.palette(exact, counts, colors, exact=min(96, colors // 2), rare=0)
    near = [picture.nearest(part, palette) for part in np.array_split(exact, len(exact) // 4096 + 1)]
    return palette[np.concatenate(near)[where].reshape(codes.shape)]


def sheet(codes: np.ndarray, ground: np.ndarray) -> bytes:
    """What differs from the ground, on a transparent sheet."""
    differs = codes != ground
    image = np.zeros((*codes.shape, 4), np.uint8)
    if differs.any():
        image[differs, :3] = few(codes[differs], COLORS)
        image[differs, 3] = 255
    return webp(image)


def webp(image: np.ndarray) -> bytes:
    """Of lossless formats the smallest: 5 kB a sheet, where a palette PNG takes 7."""
    out = io.BytesIO()
    Image.fromarray(image).save(out, "WEBP", lossless=True, quality=75, method=4)
    return out.getvalue()


def load_frames(plan: Plan, cache: Path) -> Frames | None:
    """The frames of a former build, if nothing they are made of has changed since."""
    folder = cache / f"{plan.recipe.name}-{plan.key()}"
    if not (folder / "index.json").exists():
        return None
    return Frames(plan, folder, **json.loads((folder / "index.json").read_text(encoding="utf-8")))


def store(plan: Plan, cache: Path, parts: list[tuple[bytes, list[tuple[bytes, str]]]]) -> Frames:
    """Put the groups of a plan into the cache, each picture under a name made of its bytes."""
    folder = cache / f"{plan.recipe.name}-{plan.key()}"
    for old in cache.glob(f"{plan.recipe.name}-*"):
        if old.name.rpartition("-")[0] == plan.recipe.name:
            shutil.rmtree(old)
    folder.mkdir(parents=True)
    grounds, sheets, sentences = ([""] * len(plan.positions) for _ in range(3))
    for places, (ground, packed) in zip(plan.groups, parts):
        for place, (image, sentence) in zip(places, packed):
            grounds[place], sheets[place], sentences[place] = _put(folder, ground), _put(folder, image), sentence
    index = {"grounds": grounds, "sheets": sheets, "sentences": sentences}
    (folder / "index.json").write_text(json.dumps(index, ensure_ascii=False), encoding="utf-8")
    return Frames(plan, folder, **index)


def _put(folder: Path, image: bytes) -> str:
    name = hashlib.sha256(image).hexdigest()[:12] + ".webp"
    if not (folder / name).exists():
        (folder / name).write_bytes(image)
    return name


def drawn(tasks: list[tuple[Plan, list[int]]], workers: int) -> Iterator[tuple[tuple[Plan, list[int]], tuple]]:
    """Each task with its result, in the order in which they end; the largest start first."""
    if workers < 2:
        yield from ((task, draw_group(*task)) for task in tasks)
        return
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(draw_group, *task): task for task in sorted(tasks, key=lambda task: -len(task[1]))}
        for future in as_completed(running):
            yield running.pop(future), future.result()


def build(plans: list[Plan], cache: Path, workers: int | None = None, bar: bool = True) -> Iterator[Frames]:
    """The frames of every plan, from the cache or drawn now, by as many processes as there are cores."""
    missing = [plan for plan in plans if load_frames(plan, cache) is None]
    tasks = [(plan, group) for plan in missing for group in plan.groups]
    done: dict[tuple[str, int], tuple] = {}
    with tqdm(total=sum(len(group) for _, group in tasks), desc="frames", unit="frame", disable=not (bar and tasks)) as progress:
        for (plan, group), result in drawn(tasks, min(workers or os.cpu_count() or 1, len(tasks))):
            done[plan.recipe.name, group[0]] = result
            progress.update(len(group))
    for plan in plans:
        yield load_frames(plan, cache) or store(plan, cache, [done[plan.recipe.name, group[0]] for group in plan.groups])
