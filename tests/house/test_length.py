"""A file fits in the head: no long module, no long test."""

from helpers import notebooks

LONGEST = {"adamlib": 370, "benchmarks": 330, "book": 480, "tests": 499, "tools": 370}  # lines of a file; they only shrink


def test_no_file_is_too_long():
    lengths = {
        path.relative_to(notebooks.ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for room in LONGEST
        for path in (notebooks.ROOT / room).rglob("*.py")
    }
    assert len(lengths) > 200
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST[name.partition("/")[0]]} == {}
