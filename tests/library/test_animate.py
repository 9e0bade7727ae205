"""The film of a race: its pictures show the right step, its files play, and the one in the README is the one it says."""

import re
import subprocess
import sys
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.animation import FFMpegWriter
from mpl_toolkits.mplot3d import proj3d
from PIL import Image, ImageFilter

import adamlib as al
from adamlib import animate, style
from adamlib.numerals import amount
from adamlib.plots.surface import Landscape
from helpers import notebooks
from helpers.pictures import lost_run
from helpers.whole import sample

BOWL = al.bowl()
ffmpeg = pytest.mark.skipif(not FFMpegWriter.isAvailable(), reason="needs ffmpeg")


def runs(steps=20):
    return [al.run(rule, BOWL, steps=steps) for rule in (al.SGD(0.1), al.Adam(0.2))]


@pytest.fixture(scope="module")
def film():
    return animate.race(runs(), frames=6, fps=10, hold=0.5)


@pytest.fixture(scope="module")
def readme():
    space: dict = {}
    exec(re.search(r"```python\n(.*?)```", (notebooks.ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1], space)
    return space["film"]


def colour_at(image, x, y):
    """The colour at a point in the pixels of Matplotlib, which count from below."""
    return image[round(image.shape[0] - 1 - y), round(x)].astype(int)


def ends(film, step):
    """Where both panels show each run after `step` steps, in pixels: on the landscape, then on the map."""
    land, plan = film._stage[0].figure.axes
    landscape = Landscape(film.problem, film.window, film.view)
    for run in film.runs:
        theta = run.theta[run.t == step]
        x, y, _ = proj3d.proj_transform(*landscape.on(theta)[0], land.get_proj())
        yield run, land.transData.transform((x, y)), plan.transData.transform(theta[0])


def assert_marked(image, film, step):
    """The mark of each run lies on its point, in both panels."""
    for run, *places in ends(film, step):
        wanted = 255 * np.array(matplotlib.colors.to_rgb(run.look.color))
        for place in places:
            assert abs(colour_at(image, *place) - wanted).max() < 12, (run.label, step)


def test_frames_are_close_at_first(film):
    assert film.steps == (20, 0, 1, 3, 8, 20)
    assert len(film) == 6
    many = animate.race(runs(500)).steps
    assert len(many) == 100
    assert many[0] == many[-1] == 500
    assert many[1:8] == tuple(range(7))
    strides = np.diff(many[1:])
    assert strides.min() == 1
    assert (np.maximum.accumulate(strides) - strides).max() <= 1
    assert animate.race(runs(3)).steps == (3, 0, 1, 2, 3)
    assert animate.race(runs(), frames=[0, 7, 9]).steps == (9, 0, 7, 9)


@pytest.mark.parametrize(("n", "last"), [(2, 1), (2, 500), (3, 500), (99, 500), (499, 500), (500, 500), (501, 500), (50, 10**6)])
def test_paced(n, last):
    places = animate.growing_strides(n, last)
    assert len(places) == min(n, last + 1)
    assert (places[0], places[-1]) == (0, last)
    assert (np.diff(places) >= 1).all()


def test_every_picture_shows_its_step(film):
    for i, step in enumerate(film.steps):
        image = film[i]
        assert image.shape == (796, 1400, 3)
        assert image.dtype == np.uint8
        top = {run.label: place for run, *places in ends(film, step) for place in places[1:]}
        if np.linalg.norm(top["SGD"] - top["Adam"]) > 30:
            assert_marked(image, film, step)
        (land, plan), told = film._stage[0].figure.axes, [text.get_text() for text in film._stage[0].figure.texts]
        for run in film.runs:
            here = run.theta[step]
            assert sum(np.array_equal(line.get_xydata()[-1:], [here]) for line in plan.lines) >= 2  # the path and its mark
            on = Landscape(film.problem, film.window, film.view).on(here[None])[0]
            assert sum(np.array_equal(np.transpose(line.get_data_3d())[-1], on) for line in land.lines) >= 2
            assert f"loss {amount(run.loss[step])}" in told
        assert f"step {step}" in told


def test_pictures_are_drawn_anew_in_any_order(film):
    first, middle = film[0], film[3]
    assert (first != middle).any()
    assert np.array_equal(film[0], first)
    assert np.array_equal(film[-1], first)
    assert len(list(film)) == len(film)
    with pytest.raises(IndexError):
        film[6]


def test_what_stands_still_does_not_move(film):
    """The sheet, the contours, the axes and the names: everything but the paths, the numbers and the line of time."""
    moved = (film[1] != film[5]).any(axis=2)
    assert 0 < moved.mean() < 0.05


def test_a_still_has_the_sentence_of_its_step(film):
    assert film.still(1).sentence == "After 0 steps on the bowl: SGD (lr 0.1) is at loss 7, Adam (lr 0.2) at 7."
    loss = {run.label: amount(run.loss[-1]) for run in film.runs}
    said = f"After 20 steps on the bowl: SGD (lr 0.1) is at loss {loss['SGD']}, Adam (lr 0.2) at {loss['Adam']}."
    assert film.still().sentence == film.still(0).sentence == said
    assert repr(film) == film.sentence
    assert film.sentence.startswith("An animation of 6 pictures. After 3 steps on the bowl: ")
    assert film.sentence.endswith(said)
    data, _ = film._repr_mimebundle_()
    assert data["text/plain"] == said
    assert set(data) == {"text/plain", "image/png"}


def test_gif(film, tmp_path):
    path = film.save(tmp_path / "one.gif", progress=False)
    again = film.save(str(tmp_path / "two.gif"), progress=False)
    fresh = animate.race(runs(), frames=6, fps=10, hold=0.5).save(tmp_path / "three.gif", progress=False)
    assert path.read_bytes() == again.read_bytes() == fresh.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one.gif", "three.gif", "two.gif"]
    with Image.open(path) as gif:
        assert (gif.size, gif.n_frames, gif.info["loop"]) == ((1400, 796), 6, 0)
        for i in range(6):
            gif.seek(i)
            assert gif.info["duration"] == (500 if i in (0, 1, 5) else 100)
            assert alike(np.asarray(gif.convert("RGB")), film[i])


def soft(image):
    """A picture whose edges and letters may lie two pixels aside."""
    return np.asarray(Image.fromarray(image).filter(ImageFilter.BoxBlur(6))).astype(int)


def alike(one, two):
    """Whether two pictures differ by no more than a palette, or another version of what draws edges and letters, changes."""
    far = np.abs(soft(one) - soft(two)).max(axis=2)
    return far.mean() < 1 and (far > 30).mean() < 0.0006


def test_pictures_of_different_steps_are_not_alike(film, readme):
    for made in (film, readme):
        for one, two in sample(list(pairwise(range(len(made)))), every=8):
            assert not alike(made[one], made[two])


@ffmpeg
def test_mp4(film, tmp_path):
    path = film.save(tmp_path / "one.mp4", progress=False)
    content = path.read_bytes()
    assert content == film.save(tmp_path / "two.mp4", progress=False).read_bytes()
    assert content[4:8] == b"ftyp"
    assert b"avc1" in content
    assert content.index(b"moov") < content.index(b"mdat")  # plays before it is loaded
    assert sorted(file.name for file in tmp_path.iterdir()) == ["one.mp4", "two.mp4"]
    seen = decoded(path)
    assert len(seen) == sum(film.stay(i) for i in range(6)) == 18
    for at, i in ((0, 0), (5, 1), (11, 3), (17, 5)):
        assert abs(seen[at].astype(int) - film[i]).mean() < 1.5
    assert_marked(seen[-1], film, 20)


def decoded(path):
    """The pictures of a video, (n, high, wide, 3)."""
    command = [FFMpegWriter.bin_path(), "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    return np.frombuffer(raw, np.uint8).reshape(-1, 796, 1400, 3)


def test_without_ffmpeg_it_is_named(film, tmp_path, monkeypatch):
    monkeypatch.setattr(FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    (tmp_path / "film.mp4").write_bytes(b"old")
    with pytest.raises(RuntimeError, match=r"^ffmpeg is missing: .*apt-get install ffmpeg.* \.gif$"):
        film.save(tmp_path / "film.mp4")
    assert only(tmp_path / "film.mp4") == b"old"


def test_where_ffmpeg_fails_the_old_file_stays(film, tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"old")
    with (
        matplotlib.rc_context({"animation.ffmpeg_path": sys.executable}),
        pytest.raises(RuntimeError, match=r"^ffmpeg failed, film\.mp4 is left as it was: .+"),
    ):
        film.save(tmp_path / "film.mp4", progress=False)
    assert only(tmp_path / "film.mp4") == b"old"


@pytest.mark.parametrize("ending", ["gif", pytest.param("mp4", marks=ffmpeg)])
def test_where_a_picture_fails_the_old_file_stays(film, tmp_path, monkeypatch, ending):
    draw = animate.Animation.__getitem__

    def fail(self, i):
        if i == 3:
            raise KeyError("lost")
        return draw(self, i)

    path = tmp_path / f"film.{ending}"
    path.write_bytes(b"old")
    monkeypatch.setattr(animate.OnePalette, "__init__", lambda self, film: palette_of(self, film))
    monkeypatch.setattr(animate.Animation, "__getitem__", fail)
    with pytest.raises(KeyError, match="lost"):
        film.save(path, progress=False)
    assert only(path) == b"old"


def palette_of(writer, film):
    animate.PillowWriter.__init__(writer, fps=film.fps)
    writer.palette = np.array([[0, 0, 0], [255, 255, 255]], np.uint8)
    writer.places = np.zeros(2**24, np.int16)


def only(path):
    """The content of a file that is alone in its folder."""
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    return path.read_bytes()


def test_a_bar_shows_how_far_it_is(film, tmp_path, capsys):
    film.save(tmp_path / "film.gif", progress=False)
    assert capsys.readouterr() == ("", "")
    film.save(tmp_path / "film.gif")
    out, err = capsys.readouterr()
    assert out == ""
    assert re.search(r"film\.gif: 100%.* 6/6 ", err)


def test_a_lost_run_is_said_to_be_lost():
    made = animate.race([lost_run(), al.run(al.Adam(0.1), al.rosenbrock(), steps=50)], frames=[0, 2, 7, 50])
    told = []
    for i in range(1, len(made)):
        made[i]
        texts = (text.get_text() for text in made._stage[0].figure.texts)
        told.append(next(text for text in texts if text.startswith(("loss", "div"))))
    assert told == ["loss 12.5", "loss 794, outside", "diverged at step 7", "diverged at step 7"]
    assert "SGD (lr 0.01) diverged at step 7" in made.sentence


def test_a_run_that_ends_sooner_waits_at_its_end():
    made = animate.race([al.run(al.SGD(0.1), BOWL, steps=5), al.run(al.Adam(0.2), BOWL, steps=20, every=2)])
    assert made.steps == (20, 0, 2, 4, *range(6, 21, 2))
    made[-1]
    texts = [text.get_text() for text in made._stage[0].figure.texts]
    assert any(text.startswith("loss ") and text.endswith(" at step 5") for text in texts)


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_sizes_are_even_and_texts_stay_inside(n):
    made = animate.race([al.run(al.SGD(0.3 * 10.0 ** (-k)), BOWL, steps=9) for k in range(n)], frames=[0, 9])
    high, wide, _ = made[-1].shape
    assert high % 2 == wide % 2 == 0
    figure = made._stage[0].figure
    boxes = [text.get_window_extent() for text in figure.texts]
    assert all(box.x0 >= 0 and box.x1 <= wide and box.y1 <= high for box in boxes)
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[k + 1 :])


def test_long_names_shrink():
    made = animate.race({"a name of far more letters than there is room for": runs()[0], "b": runs()[1]}, frames=[0, 9])
    made[0]
    long, short = (next(t for t in made._stage[0].figure.texts if t.get_text().startswith(name)) for name in ("a name", "b ("))
    assert long.get_size() < short.get_size()
    assert long.get_window_extent().width <= 2 * 229


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: animate.race([]), r"runs = \[\] is not allowed"),
        (lambda: animate.race(3), "runs of type int is not allowed"),
        (lambda: animate.race(runs() * 4), "trajectories with 8 runs is not allowed: trajectories must hold at most 6 runs"),
        (lambda: animate.race(al.run(al.SGD(), al.quadratic([1.0, 2, 3]))), "problem with 3 parameters is not allowed"),
        (lambda: animate.race(runs(), labels=["a"]), "labels of length 1 is not allowed"),
        (lambda: animate.race(runs(), window=((1, 0), (0, 1))), "window = .* is not allowed"),
        (lambda: animate.race(runs(), view=(1, 2, 3)), r"view = \(1, 2, 3\) is not allowed: view must be two angles"),
        (lambda: animate.race(runs(), view=(np.nan, 1)), r"view = .* is not allowed: view must be two angles"),
        (lambda: animate.race(runs(), frames=2), "frames = 2 is not allowed: frames must be a whole number, at least 3"),
        (lambda: animate.race(runs(), frames=9.5), "frames = 9.5 is not allowed: frames must be a whole number, at least 3"),
        (lambda: animate.race(runs(), frames=[0]), r"frames = \[0\] is not allowed: frames must be two or more steps, rising"),
        (lambda: animate.race(runs(), frames=[3, 2]), r"frames = \[3, 2\] is not allowed"),
        (lambda: animate.race(runs(), frames=[0, 21]), r"frames = \[0, 21\] is not allowed: .* up to 20"),
        (lambda: animate.race(runs(), frames=[0, 0.5]), "a step in frames = 0.5 is not allowed"),
        (lambda: animate.race(runs(), frames=[[0], [1, 2]]), r"a step in frames = \[0\] is not allowed"),
        (lambda: animate.race(runs(), fps=0), "fps = 0 is not allowed: fps must be a whole number, at least 1"),
        (lambda: animate.race(runs(), fps=60), "fps = 60 is not allowed: fps must be at most 50"),
        (lambda: animate.race(runs(), hold=-1), "hold = -1 is not allowed: hold must be .*at least 0 and below 60"),
        (lambda: animate.race(runs()).save("film.avi"), r"path = 'film.avi' is not allowed: path must end in .gif or .mp4"),
        (
            lambda: animate.race(runs()).save("nowhere/film.gif"),
            "path = .* is not allowed: path must lie in a folder",
        ),
    ],
)
def test_what_cannot_be_filmed_is_named(call, message):
    with pytest.raises((ValueError, TypeError, FileNotFoundError), match=message):
        call()


def test_the_film_of_the_readme(readme):
    """README, notebook 05, file and code agree: the sentence, the number of pictures, and what the last one shows."""
    text = (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
    assert f'<img src="notebooks/pictures/race.gif" width="{style.WIDTH}" alt="{readme.sentence}">' in text
    assert f"![{readme.sentence}](pictures/race.gif)" in notebooks.read(notebooks.FOLDER / "05_adam_vs_sgd.ipynb").text
    path = notebooks.FOLDER / "pictures" / "race.gif"
    assert path.stat().st_size < 1_000_000
    with Image.open(path) as gif:
        assert (gif.n_frames, gif.size) == (len(readme), readme[0].shape[1::-1])
        for i in (0, 1, 30, len(readme) - 1):
            gif.seek(i)
            image = np.asarray(gif.convert("RGB"))
            assert alike(image, readme[i])
            if readme.steps[i] > 100:
                assert_marked(image, readme, readme.steps[i])


def test_what_the_readme_says_of_its_race(readme):
    sgd, adam = readme.runs
    ahead = np.flatnonzero(sgd.loss < adam.loss)
    first, last = re.search(
        r"From step (\d+) to step (\d+) SGD has the lower loss", (notebooks.ROOT / "README.md").read_text(encoding="utf-8")
    ).groups()
    assert ahead.tolist() == list(range(int(first), int(last) + 1))


def test_the_video_of_the_readme():
    content = (notebooks.FOLDER / "pictures" / "race.mp4").read_bytes()
    assert content[4:8] == b"ftyp"
    assert b"avc1" in content
    assert content.index(b"moov") < content.index(b"mdat")
    assert len(content) < 500_000
