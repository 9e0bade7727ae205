"""The race as a film: paths that grow on the landscape and on the map beside it, saved as GIF or MP4."""

import io
import operator
import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import numpy as np
from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.figure import Figure
from PIL import Image

from adamlib import style, validate
from adamlib.plots.arguments import checks_arguments
from adamlib.plots.film import Move, film_stage, layout, until
from adamlib.plots.layers import Layers
from adamlib.plots.picture import Picture, codes_to_colors, colors_to_codes, nearest, palette, still
from adamlib.plots.plane import paths_sentence, problem_of, seen_window
from adamlib.plots.runs import Run, members
from adamlib.plots.surface import VIEWPOINT
from adamlib.problems.problem import Problem

MOST_RUNS = 6  # runs whose numbers find room
GIF_COLORS = 160  # of a GIF: with fewer the landscape shows steps, with more the file grows
STEADY = ["-fflags", "+bitexact", "-flags:v", "+bitexact", "-threads", "1"]  # the same film gives the same bytes
TRUE = ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]  # the colours are those of the GIF
TRUE += ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"]
VIDEO = ["-crf", "23", "-tune", "animation", "-movflags", "+faststart", *TRUE, *STEADY]


@dataclass(frozen=True, eq=False)
class Animation:
    """A film: a sequence of pictures, each drawn when it is asked for.

    runs, problem : what moves, and where
    window : the corners ((x0, y0), (x1, y1)) of what is seen
    view : degrees above the horizon, and around
    steps : the step that each picture shows; the first picture shows the end
    fps : pictures per second
    hold : seconds for which the first picture, the start and the end stay
    """

    runs: list[Run]
    problem: Problem
    window: np.ndarray
    view: tuple[float, float]
    steps: tuple[int, ...]
    fps: int
    hold: float

    @property
    def sentence(self) -> str:
        """How many pictures, and what half of them and all of them show: the alternative text."""
        halfway, end = (self._said(step) for step in (self.steps[len(self) // 2], self.steps[-1]))
        return f"An animation of {len(self)} pictures. {halfway} {end}"

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, i: int) -> np.ndarray:
        """The pixels (high, wide, 3) of picture i."""
        step = self.steps[operator.index(i)]
        scene, move = self._stage
        move(step)
        return scene.draw()[..., :3].copy()

    def still(self, i: int = -1) -> Picture:
        """Picture i with its sentence under it; the end where i is left out."""
        return still(self[i], self._said(self.steps[i]))

    def stay(self, i: int) -> int:
        """For the time of how many pictures picture i is seen."""
        return max(1, round(self.hold * self.fps)) if i in (0, 1, len(self) - 1) else 1

    def save(self, path: str | Path, progress: bool = True) -> Path:
        """Write the film as GIF or MP4. An old file is replaced only when the new one is complete.

        path : ends in .gif or .mp4; its folder exists
        progress : whether a bar on stderr shows how far it is

        Returns the path. Raises ValueError for another ending, FileNotFoundError for a folder that does not exist,
        RuntimeError for an MP4 where ffmpeg is missing or fails.
        """
        path = Path(path)
        ending = path.suffix.lower()
        if ending not in (".gif", ".mp4"):
            validate.refuse_as(ValueError, "path", f"= {str(path)!r}", "end in .gif or .mp4")
        if not path.parent.is_dir():
            validate.refuse_as(FileNotFoundError, "path", f"= {str(path)!r}", "lie in a folder that exists")
        writer = video(self.fps) if ending == ".mp4" else OnePalette(self)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".", suffix=".new") as folder:
            beside = Path(folder) / f"film{ending}"
            try:
                self._write(writer, beside, path.name if progress else None)
            except CalledProcessError as error:
                said = (error.stderr or "it said nothing").strip().splitlines()[-1]
                raise RuntimeError(f"ffmpeg failed, {path.name} is left as it was: {said}") from None
            os.replace(beside, path)
        return path

    def _write(self, writer: AbstractMovieWriter, path: Path, title: str | None) -> None:
        from tqdm import tqdm

        high, wide, _ = self[0].shape
        screen = Screen(figsize=(wide / 100, high / 100), dpi=100)
        with (
            tqdm(range(len(self)), title, unit="picture", disable=title is None) as bar,
            writer.saving(screen, str(path), 100),
        ):
            for i in bar:
                screen.put(self[i])
                for _ in range(self.stay(i)):
                    writer.grab_frame()

    def _said(self, step: int) -> str:
        return paths_sentence([until(run, step) for run in self.runs], self.problem, self.window)

    @cached_property
    @style.styled
    def _stage(self) -> tuple[Layers, Move]:
        figure, moving, move = film_stage(self.runs, self.problem, self.window, self.view)
        return Layers(figure, moving), move

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.still()._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return self.sentence


@checks_arguments
def race(
    trajectories: Any,
    labels: Any = None,
    problem: Problem | None = None,
    window: Any = None,
    view: tuple[float, float] = VIEWPOINT,
    frames: Any = 100,
    fps: int = 12,
    hold: float = 1.5,
) -> Animation:
    """A film of runs on the landscape of the loss and on its map.

    trajectories, labels, problem, window : as runs, labels, problem, window of `plots.paths`; at most six runs
    view : degrees above the horizon, and around
    frames : how many pictures, at least 3, close to each other at first; or a rising list of steps to show.
        The first picture shows the end, so that a page on which nothing moves tells how the race went
    fps : pictures per second, a whole number up to 50
    hold : seconds for which the first picture, the start and the end stay, below 60

    Raises ValueError or TypeError that names the field, the value and what is allowed.
    """
    runs = members(trajectories, labels, problem)
    if len(runs) > MOST_RUNS:
        validate.refuse_as(ValueError, "trajectories", f"with {len(runs)} runs", f"hold at most {MOST_RUNS} runs")
    problem = problem_of(runs, problem)
    box = seen_window(layout(len(runs))[2], runs, problem, window)
    steps = steps_shown(frames, common_steps([run.t for run in runs]))
    if validate.count("fps", fps) > 50:
        validate.refuse(ValueError, "fps", fps, "at most 50, as no browser shows a GIF faster")
    hold = validate.one_number("hold", hold, 0, 60)
    return Animation(runs, problem, box, (view[0], view[1]), (steps[-1], *steps), fps, hold)


def common_steps(times: list[np.ndarray]) -> np.ndarray:
    """The steps that every run has recorded, or has ended before."""
    steps = np.unique(np.concatenate(times))
    return steps[np.all([np.isin(steps, t) | (steps > t[-1]) for t in times], axis=0)]


def steps_shown(frames: Any, recorded: np.ndarray) -> list[int]:
    """The steps to show: those of the list, or so many of the recorded ones."""
    listed = frames.tolist() if isinstance(frames, np.ndarray) else frames
    if not isinstance(listed, (list, tuple, range)):
        return recorded[growing_strides(validate.count("frames", frames, 3) - 1, len(recorded) - 1)].tolist()
    steps = [validate.count("a step in frames", step, 0) for step in listed]
    if len(steps) < 2 or sorted(set(steps)) != steps or not np.isin(steps, recorded).all():
        allowed = f"two or more steps, rising, each recorded in every run, up to {recorded[-1]}"
        validate.refuse(ValueError, "frames", steps, allowed)
    return steps


def growing_strides(n: int, last: int) -> np.ndarray:
    """n places from 0 to `last`: one by one at first, each stride longer than the one before by the same factor.

    >>> growing_strides(6, 20).tolist(), growing_strides(6, 3).tolist()
    ([0, 1, 3, 6, 11, 20], [0, 1, 2, 3])
    """
    if n > last:
        return np.arange(last + 1)
    powers = np.arange(n - 1)
    low, high = 1.0, last ** (1 / max(n - 2, 1))
    for _ in range(60):
        factor = (low + high) / 2
        low, high = (factor, high) if (factor**powers).sum() < last else (low, factor)
    places = np.append(0, np.round((low**powers).cumsum())).astype(int)
    places[-1] = last
    return places


class Screen(Figure):
    """What the writers take for a figure: it saves the pixels it was shown, and nothing is drawn twice."""

    def put(self, pixels: np.ndarray) -> None:
        self.pixels = np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)]).tobytes()

    def savefig(self, fname: Any, **options: Any) -> None:
        fname.write(self.pixels)


class OnePalette(PillowWriter):
    """A PillowWriter whose pictures share one palette: what stands still does so to the bit, and the file is small."""

    def __init__(self, film: Animation):
        super().__init__(fps=film.fps)
        some = np.stack([film[i] for i in (0, 1, len(film) // 2)])
        codes, counts = np.unique(colors_to_codes(some), return_counts=True)
        self.palette = palette(codes_to_colors(codes), counts, GIF_COLORS)
        self.places = np.full(2**24, -1, np.int16)  # of each colour in the palette, once it was seen

    def setup(self, fig: Figure, outfile: Any, dpi: float | None = None) -> None:
        super().setup(fig, outfile, dpi)
        self.pictures: list[Image.Image] = []

    def grab_frame(self, **options: Any) -> None:
        drawn = io.BytesIO()
        self.fig.savefig(drawn, format="rgba", dpi=self.dpi, **options)
        wide, high = self.frame_size
        codes = colors_to_codes(np.frombuffer(drawn.getbuffer(), np.uint8).reshape(high, wide, 4)[..., :3])
        new = np.unique(codes[self.places[codes] < 0])
        self.places[new] = nearest(codes_to_colors(new), self.palette)
        picture = Image.fromarray(self.places[codes].astype(np.uint8))
        picture.putpalette(self.palette.tobytes())
        self.pictures.append(picture)

    def finish(self) -> None:
        first, *others = self.pictures
        delay = 10 * round(100 / self.fps)  # a GIF counts in hundredths of a second
        first.save(self.outfile, "GIF", save_all=True, append_images=others, duration=delay, loop=0, optimize=True)


def video(fps: int) -> FFMpegWriter:
    """A writer of MP4 that every browser plays."""
    if not FFMpegWriter.isAvailable():
        raise RuntimeError("ffmpeg is missing: an MP4 needs it. Install it (Debian: apt-get install ffmpeg), or save a .gif")
    return FFMpegWriter(fps=fps, codec="h264", extra_args=VIDEO)
