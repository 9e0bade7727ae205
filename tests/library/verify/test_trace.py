"""Traces: what a program in any language writes is judged as the same rule in Python is, in its own precision, or refused."""

import csv
import json

import numpy as np
import pytest

import adamlib as al
from adamlib.__main__ import main
from adamlib.museum import EXHIBITS
from adamlib.probe import START, STEPS, gradients
from adamlib.verify.sources import Unusable
from adamlib.verify.trace import verify_trace, write_files
from adamlib.verify.walk import AS_A_PLATE, with_probe_blocks


@pytest.fixture
def kit(tmp_path):
    """The folder with the two files."""
    write_files(tmp_path / "kit")
    return tmp_path / "kit"


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def walked(kit, rule, written=repr, dtype=float):
    """A program of theirs: it reads the gradients and the start, and adds a row to the positions after each step."""
    (_, start), (_, *rows) = table(kit / "steps.csv"), table(kit / "gradients.csv")
    state = rule.init(np.array(start[1:], float).astype(dtype))
    with (kit / "steps.csv").open("a", encoding="utf-8") as file:
        for t, *row in rows:
            state = rule.step(state, np.array(row, float).astype(dtype))
            print(t, *map(written, state.theta.tolist()), sep=",", file=file)
    return kit / "steps.csv"


def test_the_files_hold_the_gradients_and_the_start_to_the_last_digit(kit):
    header, *rows = table(kit / "gradients.csv")
    assert header == ["t", *(f"g{i}" for i in range(8))]
    assert [int(row[0]) for row in rows] == list(range(1, STEPS + 1))
    assert (np.array(rows, float)[:, 1:] == gradients()).all()
    header, start = table(kit / "steps.csv")
    assert header == ["t", *(f"theta{i}" for i in range(8))]
    assert (np.array(start, float) == [0, *START]).all()
    with pytest.raises(FileExistsError):
        write_files(kit)


@pytest.mark.parametrize("written", [repr, "{:.16g}".format, "{:.16e}".format, "{:.20f}".format, str.upper])
def test_a_trace_follows_what_it_walked(kit, written):
    write = (lambda x: repr(x).upper()) if written is str.upper else written
    verdict = verify_trace(walked(kit, al.Adam(lr=0.1, bias_correction=False), write), al.Adam(lr=0.1))
    assert (verdict.convention, verdict.steps) == ("no correction", STEPS)
    assert verdict.remarks == ("only a vector was walked",)
    assert verdict.versions == {"adamlib": al.__version__, "numpy": np.__version__}


@pytest.mark.parametrize("rule", [al.Muon(lr=0.02), al.Adafactor(convention="paper")], ids=lambda rule: type(rule).__name__)
def test_a_trace_of_a_rule_of_matrices(kit, rule):
    verdict = verify_trace(walked(kit, with_probe_blocks(rule)), rule)
    assert (verdict.convention, verdict.steps, verdict.remarks) == (None, STEPS, (AS_A_PLATE,))
    assert verdict.ok


@pytest.mark.parametrize("written", [lambda x: str(np.float32(x)), "{:.9g}".format, "{:.8e}".format, "{:.17g}".format])
def test_single_precision_is_known_by_its_digits(kit, written):
    verdict = verify_trace(walked(kit, al.Adam(lr=0.1), written, np.float32), al.Adam(lr=0.1))
    assert verdict.follows == "Adam"
    assert "float32" in verdict.remarks[-1]


def test_a_mistake_is_named(kit):
    (_, start), (_, *rows) = table(kit / "steps.csv"), table(kit / "gradients.csv")
    theta, step = np.array(start[1:], float), EXHIBITS["frozen t"].step
    states = (state["theta"] for state in al.museum.walk_exhibit(step, {}, al.Adam().hyperparameters()))
    with (kit / "steps.csv").open("a", encoding="utf-8") as file:
        for (t, *_), theta in zip(rows, states):
            print(t, *theta.tolist(), sep=" , ", file=file)
    assert verify_trace(kit / "steps.csv").fault == "frozen t"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[:1], "has 0 steps after the start; 60 at least"),
        (lambda rows: [], "has 0 steps after the start"),
        (lambda rows: rows[:61], "has 59 steps after the start"),
        (lambda rows: rows[1:], "line 1 of .*has numbers where the names of the columns are expected"),
        (lambda rows: [[";".join(row)] for row in rows], "line 1 of .*has one column; 9 are expected, with commas between them"),
        (lambda rows: [rows[0], *rows[2:]], "line 2 of .*begins with '1' where t = 0 is expected"),
        (lambda rows: [*rows[:9], *rows[10:]], "line 10 of .*begins with '9' where t = 8 is expected"),
        (lambda rows: [*rows, ["401", *rows[1][1:]]], "line 403 of .* is one too many: there are 400 steps"),
        (lambda rows: [*rows[:5], rows[5][:-1], *rows[6:]], "line 6 of .* has 7 numbers after t where 8 are expected"),
        (lambda rows: [*rows[:5], [*rows[5][:-1], "x1"], *rows[6:]], "line 6 of .* has 'x1' where a number is expected"),
        (lambda rows: [*rows[:5], [*rows[5][:-1], ""], *rows[6:]], "line 6 of .* has '' where a number is expected"),
        (lambda rows: [rows[0], ["0", *["1"] * 8], *rows[2:]], r"starts at \[1.0.*the row t = 0 must be \[0.5, -1.0"),
        (lambda rows: [[f"{float(x):g}" if "." in x else x for x in row] if row[0] != "t" else row for row in rows], "6 digits"),
    ],
)
def test_a_table_of_another_form_is_refused(kit, change, said):
    path = walked(kit, al.Adam(lr=0.1))
    rows = change(table(path))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(Unusable, match=said):
        verify_trace(path)


@pytest.mark.parametrize("digits", [6, 7, 10, 15])
def test_numbers_that_lost_digits_are_refused(kit, digits):
    with pytest.raises(Unusable, match=f"have {digits} digits at most; float64 needs 17"):
        verify_trace(walked(kit, al.Adam(lr=0.1), lambda x: f"{x:.{digits}g}"))


def test_a_trace_that_goes_nowhere_departs(kit):
    verdict = verify_trace(walked(kit, al.SGD(lr=0.0)))
    assert verdict.status == 1
    assert "theta stays where it is" in verdict.sentence


def test_a_trace_that_is_lost_departs(kit):
    verdict = verify_trace(walked(kit, al.SGD(lr=0.1), lambda x: "NaN"))
    assert verdict.status == 1
    assert "no longer finite" in verdict.sentence


def test_traces_on_the_command_line(tmp_path, capsys):
    folder = tmp_path / "files"
    assert main(["verify", "--gradients", str(folder)]) == 0
    assert capsys.readouterr().out == f"Written: {folder / 'gradients.csv'} and {folder / 'steps.csv'}\n"
    assert main(["verify", "--gradients", str(folder)]) == 2
    assert "gradients.csv is there already, and stays as it is; name another folder" in capsys.readouterr().err
    path = walked(folder, al.Adam(lr=0.1, bias_correction=False))
    assert main(["verify", "--trace", str(path), "--like", "Adam(lr=0.1)"]) == 0
    assert capsys.readouterr().out.startswith("Follows Adam(lr=0.1, beta1=0.9, beta2=0.999, eps=1e-08) with no correction")
    assert main(["verify", "--trace", str(path), "--like", "Adam(lr=0.1)", "--as-written"]) == 1
    capsys.readouterr()
    words = ["adamlib:SGD", "lr=0.1", "--trace", str(path), "--trace", "nosuch.csv", "--like", "SGD(lr=0.1)", "--json"]
    assert main(["verify", *words]) == 2
    answers = json.loads(capsys.readouterr().out)["answers"]
    assert [(one["target"], one["status"]) for one in answers] == [("adamlib:SGD lr=0.1", 0), (str(path), 1), ("nosuch.csv", 2)]
    assert answers[2]["sentence"] == "there is no file nosuch.csv"
