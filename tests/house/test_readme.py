"""What the README shows of verify is what it prints."""

import doctest
import io
import re
from pathlib import Path

import pytest

import adamlib as al
from adamlib.verify.concordance import recorded, verdict_on
from adamlib.verify.report import in_brackets

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


SESSIONS = re.findall(r"```pycon\n(.*?)```", README, re.DOTALL)


def plays(session):
    """Run a session of the README and compare what it prints."""
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(verbose=False)
    space = {"al": al}
    report = io.StringIO()
    failed, tried = runner.run(parser.get_doctest(session, space, "README", "README.md", 0), out=report.write)
    assert tried > 0
    assert failed == 0, report.getvalue()


def test_the_session_of_the_readme():
    plays(SESSIONS[0])


@pytest.mark.filterwarnings("ignore")
def test_the_session_of_the_readme_with_libraries():
    for library in ("torch", "keras"):
        pytest.importorskip(library)
    plays(SESSIONS[1])


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (">>> al.verify(torch.optim.Adam)", "torch.optim:Adam"),
        (">>> al.verify(keras.optimizers.Adam())", "keras.optimizers:Adam"),
        ("    $ python -m adamlib verify torch.optim:Adam weight_decay=0.1", "torch.optim:Adam weight_decay=0.1"),
    ],
)
def test_the_readme_prints_what_was_recorded(line, name):
    lines = README.splitlines()
    assert lines[lines.index(line) + 1].strip() == verdict_on(name).sentence


def test_the_versions_in_the_readme_are_those_of_the_record():
    versions = {"adamlib": al.__version__, **{name: recorded()["versions"][name] for name in ("numpy", "torch")}}
    assert f"    {in_brackets(versions)}\n" in README
