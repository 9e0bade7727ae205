"""Benchmarks: whoever takes part gives the same result; tables and pictures come from the record. Nothing is judged by time."""

import json

import nbformat
import numpy as np
import pytest

from benchmarks import report
from benchmarks.contest import Beyond, Contestant, Falling, Growth, Ratio, Work, rehearse, time_contestants
from benchmarks.speed import record
from benchmarks.works import WORKS

pytest.importorskip("numba", reason="no Numba: install the extra `fast` to compare the engines with others")

TINY = {"one_run": 100, "sweep": 16, "vector_float32": 10_000, "vector_float64": 10_000, "networks": 4, "networks_rates": 4}
TINY["opening"] = 1


@pytest.mark.parametrize("name", WORKS)
def test_contestants_give_the_same_result(name):
    """`rehearse` compares them; those whose package is missing stay away."""
    ready = rehearse(WORKS[name], TINY[name])
    assert [one for one in ready if one.startswith("adamlib")]
    assert set(ready) == {one.name for one in WORKS[name].contestants if not one.missing}


def toy(**contestants) -> Work:
    made = tuple(Contestant(name, lambda size, call=call: call) for name, call in contestants.items())
    return Work("A toy", "things", "thing", int, (1, 2), made, (Ratio(2, "adamlib", "other", faster=1),), close=1e-9)


def test_a_wrong_result_is_not_timed():
    with pytest.raises(AssertionError, match="A toy, size 1: other"):
        time_contestants(toy(adamlib=lambda: np.ones(2), other=lambda: np.array([1.0, 1.1])), 1, budget=0.01)


def test_goals():
    times = {(size, name): np.full(7, cost * size) for size in (1, 10, 100, 1000) for name, cost in (("a", 1.0), ("b", 3.0))}
    assert Ratio(10, "a", "b", faster=2.9).judge(times) == (pytest.approx([3, 3, 3]), True)
    assert not Ratio(10, "a", "b", faster=3.1).judge(times)[1]
    assert Ratio(10, "b", "a", slower=3.1).judge(times)[1]
    assert not Ratio(10, "b", "a", slower=2.9).judge(times)[1]
    assert Beyond(10, "b", "a", 20_000).judge(times) == (pytest.approx([20_000] * 3), True)
    assert not Beyond(100, "b", "a", 20_000).judge(times)[1]
    assert Growth("a", (1, 10, 100, 1000)).judge(times) == (pytest.approx([1.0]), True)
    noise = times | {(10, "a"): np.full(7, 0.9)}  # less than the smallest: nothing is paid yet
    assert Growth("a", (1, 10, 100, 1000)).judge(noise) == (pytest.approx([1.0]), True)
    assert Growth("a", (1, 10, 100, 1000)).paid_from(noise) == 100
    assert Growth("a", (1, 10)).judge(noise) == (pytest.approx([0.0]), False)
    square = {(size, "a"): each * size for (size, name), each in times.items() if name == "a"}
    assert not Growth("a", (1, 10, 100, 1000)).judge(square)[1]
    assert not Falling("a", (1, 10, 100)).judge(square)[1]
    assert Falling("a", (1, 10, 100)).judge({key: each**0.5 for key, each in times.items()})[1]


def test_tables_and_pictures_come_from_the_record(tmp_path):
    found = {
        "machine": {"processor": "a processor", "cores": 2, "system": "Linux"},
        "versions": {"adamlib": "0.1.0"},
        "works": {"toy": record(toy(adamlib=lambda: np.ones(2), other=lambda: np.ones(2)), (1, 2), lambda: 0.01)},
    }
    (tmp_path / "speed.json").write_text(json.dumps(found), encoding="utf-8")
    report.write(tmp_path)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| A toy, 2 things | adamlib | 1 times faster than other |" in text
    assert "![Medians. At 2 things: adamlib " in text
    assert (tmp_path / "toy.png").read_bytes().startswith(b"\x89PNG")


def test_what_falls_short_says_so():
    goal = {"size": 2, "ours": "a", "goal": "2 times faster than b", "why": "b is C", "measured": [1, 1.5, 2], "met": False}
    work = {"title": "A toy", "axis": "things", "goals": [goal]}
    assert "| 1.5 (1 to 2) | no: b is C |" in report.goals({"works": {"toy": work}})


class Here:
    """What is asked of a cluster, done at once."""

    map = staticmethod(lambda call, many, pure: list(map(call, many)))
    gather = staticmethod(list)


def test_the_parts_of_a_very_large_sweep_are_the_whole(monkeypatch):
    scale = pytest.importorskip("benchmarks.scale", reason="no Dask", exc_type=ImportError)
    for name, small in {"GRID_SIDE": 7, "PARTS": 3, "STEPS": 5}.items():
        monkeypatch.setattr(scale, name, small)
    whole = scale.end_of(0, 7)
    assert whole[0].shape == (7, 7, 2)
    for part, all_of_it in zip(scale.by_parts(Here()), whole, strict=True):
        np.testing.assert_array_equal(part, all_of_it)


def test_what_a_billion_runs_cost_follows_from_a_million():
    scale = pytest.importorskip("benchmarks.scale", reason="no Dask", exc_type=ImportError)
    by_parts = {"one worker, by parts": 8.0, "two workers, by parts": 4.0}
    lowest = {"one worker, lowest loss of each part": 5.0, "two workers, lowest loss of each part": 3.0}
    said = scale.page({"this machine": 6.0, **by_parts, **lowest})
    assert "| this machine | 6 s | 6 µs |" in said
    assert "A billion runs cost 100 minutes on this machine" in said  # a thousand times six seconds
    assert "0.50 of the time of" in said
    assert "0.60 where it returns its lowest loss alone" in said


def test_who_waits_too_long_is_told():
    lessons = pytest.importorskip("benchmarks.lessons", reason="no Playwright", exc_type=ImportError)
    of = lessons.Seconds
    pythons = {"import numpy": of(0.3, 0.1), "import adamlib": of(0.5, 0.14), "the first picture of lesson 01": of(2.0, 1.0)}
    timings = {
        "01": lessons.Timing(of(5.0, 4.0), {2: 1.0, 4: 2.5, 9: 0.5}),
        "05": lessons.Timing(of(8.0, 11.0), {22: 11.0}),
        "05.1": lessons.Timing(of(9.0, 4.9), {1: 4.9}),
    }
    said = lessons.page_of_waits(pythons, timings, of(2.0, 0.5), {"01": (6.0, 2.0, 4.0)})
    assert "| A lesson, Restart and Run All, in seconds | the slowest, 05 | at most 10 s | 11 | no |" in said
    assert "| A room, Restart and Run All, in seconds | the slowest, 05.1 | at most 5 s | 4.9 | yes |" in said
    assert "| 01 | 4.0 s | 5.0 s | 8.0 | cell 4: 2.5 s, cell 2: 1.0 s |" in said


def test_the_first_picture_is_that_of_the_notebook():
    lessons = pytest.importorskip("benchmarks.lessons", reason="no Playwright", exc_type=ImportError)
    made = lessons.notebook_of("first = 1", "first + 1", "later = 2")
    made.cells[1].outputs = [nbformat.v4.new_output("display_data", data={"image/png": ""})]
    assert lessons.code_until_first_picture(made) == "first = 1\nfirst + 1"


def test_the_seconds_of_a_notebook_are_those_of_its_cells(tmp_path):
    lessons = pytest.importorskip("benchmarks.lessons", reason="no Playwright", exc_type=ImportError)
    whole, cells = lessons.timed_notebook(lessons.notebook_of("sum(range(10_000_000))", "1 + 1"), tmp_path)
    assert list(cells) == [1, 2]
    assert sum(cells.values()) == pytest.approx(whole.processor)


def test_a_slider_is_judged_by_the_bare_round_trip():
    sliders = pytest.importorskip("benchmarks.sliders", reason="no Playwright", exc_type=ImportError)
    times = {"bare round trip": [39.0, 40.0, 41.0], "adamlib": [33.0, 34.0, 50.0], "interact": [300.0, 310.0, 330.0]}
    frames = {"bare round trip": [16.0, 15.0, 17.0], "adamlib": [13.0], "interact": [3.0]}
    drags = {kind: [sliders.Drag(each, 0.03, 0.01) for each in some] for kind, some in frames.items()}
    said = sliders.page_of_sliders(times, drags)
    assert "at most the bare round trip | 0.85 times | yes |" in said
    assert "as many frames as the bare round trip | 13 of 16 | no |" in said
    assert "| interact | 310 ms | " in said
