"""`make notebooks`: what it stores, what it leaves out, and that a failure leaves the old file as it was."""

import importlib.util
import os
import re

import nbformat
import pytest

from helpers import notebooks

SPEC = importlib.util.spec_from_file_location("regenerate", notebooks.ROOT / "tools" / "regenerate.py")
regenerate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(regenerate)


PLACES = {"index": "index", "00": "00_try", "01": "01_try", "01.1": "deeper/01_1_try", "01.2": "deeper/01_2_try"}


def notebook(folder, name, *cells):
    """A notebook that was never run, in `folder`."""
    made = [nbformat.v4.new_code_cell(cell, id=f"00-{k}") for k, cell in enumerate(cells, start=1)]
    path = folder / f"{name}.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(cells=made, metadata={"widgets": {}, "language_info": {"name": "x", "version": "1"}}), path
    )
    return path


def test_running_twice_changes_no_byte(tmp_path):
    path = notebook(
        tmp_path,
        "00_try",
        "import sys; print('one')\nprint('two')",
        "import ipywidgets; ipywidgets.IntSlider()",
        "sys.executable",
    )
    assert regenerate.regenerate(path)
    first = path.read_bytes()
    assert not regenerate.regenerate(path)
    assert path.read_bytes() == first
    raw = nbformat.read(path, as_version=4)
    assert raw.metadata == regenerate.STORED_METADATA
    assert [cell.execution_count for cell in raw.cells] == [1, 2, 3]
    assert raw.cells[0].outputs[0].text == "one\ntwo\n"
    assert set(raw.cells[1].outputs[0].data) == {"text/plain"}
    assert raw.cells[2].outputs[0].data["text/plain"] == repr(regenerate.sys.executable)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1 / 0", r"00_try\.ipynb, cell 2 \(id 00-2\): ZeroDivisionError: division by zero"),
        ("import sys; print('oh', file=sys.stderr)", r"00_try\.ipynb, cell 2 \(id 00-2\): wrote to stderr: oh"),
        ("import time; time.sleep(60)", r"00_try\.ipynb, cell 2 \(id 00-2\): .*timed out"),
    ],
)
def test_a_failure_names_the_cell_and_leaves_the_file(tmp_path, monkeypatch, cell, said):
    monkeypatch.setattr(regenerate, "CELL_SECONDS", 3)
    path = notebook(tmp_path, "00_try", "x = 1", cell)
    before = path.read_bytes()
    with pytest.raises(regenerate.Failed, match=said):
        regenerate.regenerate(path)
    assert path.read_bytes() == before


def test_only_those_asked_for_are_run(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(regenerate, "NOTEBOOKS", tmp_path)
    monkeypatch.setattr(regenerate.os, "environ", dict(os.environ))
    (tmp_path / "deeper").mkdir()
    paths = {number: notebook(tmp_path, name, "1 + 1") for number, name in PLACES.items()}
    assert regenerate.main(["01.2"]) == regenerate.main(["01", "index"]) == 0
    said = ["deeper/01_2_try.ipynb: written", "index.ipynb: written", "01_try.ipynb: written"]
    assert capsys.readouterr().out.splitlines() == said
    assert [number for number, path in paths.items() if nbformat.read(path, as_version=4).cells[0].outputs] == [
        "index",
        "01",
        "01.2",
    ]
    assert regenerate.main(["01.3"]) == 2
    assert capsys.readouterr().err == "NB=01.3 is not allowed: NB must be one of index, 00, 01, 01.1, 01.2\n"


def test_a_room_runs_in_its_own_folder(tmp_path):
    (tmp_path / "deeper").mkdir()
    path = notebook(tmp_path, "deeper/01_1_try", "import os\nprint(os.path.basename(os.getcwd()))")
    assert regenerate.regenerate(path)
    assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "deeper\n"


README = """
<img src="notebooks/pictures/race.gif" width="700" alt="old">

```python
import adamlib as al
from adamlib import animate

film = animate.race(al.run(al.SGD(0.1), al.bowl(), steps=9), frames=[0, 9])
```
"""


def test_the_film_is_made_by_the_code_of_the_readme(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(regenerate, "README", tmp_path / "README.md")
    monkeypatch.setattr(regenerate, "PICTURES", tmp_path)
    monkeypatch.setattr(regenerate.FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    regenerate.README.write_text(README)
    assert regenerate.main(["animation"]) == 0
    first = (tmp_path / "race.gif").read_bytes()
    assert regenerate.main(["animation"]) == 0
    assert (tmp_path / "race.gif").read_bytes() == first
    assert re.fullmatch(
        r"race\.gif: written, 3 pictures, 0\.\d\d MB\n"
        r"race\.mp4: left as it was, as ffmpeg is not installed\n"
        r"race\.gif: unchanged, 3 pictures, 0\.\d\d MB\n"
        r"race\.mp4: left as it was, as ffmpeg is not installed\n",
        capsys.readouterr().out,
    )
    assert 'width="700" alt="An animation of 3 pictures. After 0 steps' in regenerate.README.read_text()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["README.md", "race.gif"]
