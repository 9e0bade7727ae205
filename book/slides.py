"""Slides for teachers: `make slides NB=05`. What stands on them is sorted in lecture.py."""

import argparse
import html
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from posixpath import dirname, normpath

from jinja2 import Environment, FileSystemLoader

from adamlib import series
from book import figures, mathml, teaching
from book.browser.live import put_views
from book.chapters import Chapter
from book.content import HERE, Content
from book.figures import ROOT_MARK
from book.lecture import Lecture, box_of, question_of
from book.markup import BESIDE_MARK

ASSETS = ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "plugin/notes/notes.js")


def write_slides(chapter: Chapter, out: Path) -> Path:
    """The slides of a notebook, below the folder of the site: they share its pictures, its script and its style."""
    pictures: dict[str, bytes] = {}
    lecture = Lecture.of(chapter, pictures)
    for name, content in pictures.items():
        figures.put_file(out / "pictures", name, content)
    for name in ASSETS:
        figures.put_file(out / "slides", Path(name).name, (assets() / name).read_bytes())
    template = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=False).get_template("slides.html")
    page = template.render(
        title=html.escape(chapter.title), question=question_of(chapter), stacks=lecture.stacks, page=f"{chapter.page}.html",
        plan=teaching.plan_html(chapter), notes="".join([teaching.notes_html(chapter), box_of(chapter), *lecture.waiting]),
    )  # fmt: skip
    page = re.sub(rf'{BESIDE_MARK}([^"#]+)', lambda link: ROOT_MARK + normpath(f"{dirname(chapter.page)}/{link[1]}"), page)
    path = out / chapter.slides
    path.write_text(page.replace(ROOT_MARK, "../"), encoding="utf-8")
    return path


def assets() -> Path:
    """Where the package sphinx-revealjs keeps reveal.js."""
    found = find_spec("sphinx_revealjs")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("reveal.js comes with the package sphinx-revealjs: install the group `book`")
    return Path(found.origin).parent / "_static" / "revealjs"


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the slides of one notebook, or of all.")
    parser.add_argument("number", nargs="*", help="as in 05, 01.2 or index")
    parser.add_argument("--to", type=Path, default=HERE / "_build")
    options = parser.parse_args()
    content = Content.read()
    try:
        entries = series.select([chapter.entry for chapter in content.chapters], options.number)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    content.chapters = [chapter for chapter in content.chapters if chapter.entry in entries]
    out = options.to / "html"
    put_views(content.recipes.values(), out)
    for name in ("book.css", "slides.css", "slides.js", "favicon.svg", "fonts/inter.woff2"):
        figures.put_file((out / "_static" / name).parent, Path(name).name, (HERE / "static" / name).read_bytes())
    written = [write_slides(chapter, out) for chapter in content.chapters]
    font = mathml.font("".join(path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.html"))))
    figures.put_file(out / "_static", "formulas.woff", font)
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
