"""The site for the tests: how it is built, what its chapters are, how a page is read."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

from adamlib import series
from book.chapters import Chapter
from helpers import notebooks

CHAPTERS = [Chapter.read(entry) for entry in series.read_series(notebooks.FOLDER)]


def address_of(number: str) -> str:
    """The page of a notebook by its number."""
    return next(f"{chapter.page}.html" for chapter in CHAPTERS if chapter.entry.number == number)


def build_book(to: Path) -> None:
    """Build it."""
    command = [sys.executable, "-m", "book.build", "--to", str(to)]
    done = subprocess.run(command, cwd=notebooks.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


class Reader(HTMLParser):
    """Collects the links and the anchors of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.links += [named[key] for key in ("href", "src", "poster") if named.get(key)]
        self.anchors += [named["id"]] if named.get("id") else []
