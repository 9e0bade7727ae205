"""Build the site from the committed notebooks: `make book`. Nothing is executed again, nothing is downloaded.

    make book                 every position of the explorers, from the cache where nothing changed
    make book FRAMES=few      eight positions each, for a quick look
    make book FRAMES=none     stills only

Notebooks and pages are staged as Sphinx reads them, the frames of the explorers are drawn through the library, Sphinx
makes the pages, and the last pass makes them light and weighs them. Fails if a page is heavier than its budget.
"""

import argparse
import os
import shutil
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from adamlib.explore import READY_MADE
from book import figures, finish, pages, slides
from book import frames as framing
from book.chapters import Chapter
from book.frames import Frames, Recipe

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
FEW = 8
KINDS = {"all": None, "few": FEW, "none": 0}


@dataclass
class Book:
    """What the pages are made of."""

    chapters: list[Chapter]
    texts: list[Path]
    frames: dict[str, Frames] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path = REPOSITORY / "notebooks") -> "Book":
        chapters = [Chapter.read(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]
        return cls(chapters, sorted(folder.glob("*.md")))

    @property
    def recipes(self) -> dict[str, Recipe]:
        """Every explorer: those of the notebooks, and those that the library has besides."""
        found = {recipe.name: recipe for chapter in self.chapters for recipe in chapter.recipes.values()}
        for make in READY_MADE:
            code = f"from adamlib import explore\nexplore.{make.__name__}()"
            found.setdefault(make.__name__, Recipe(make.__name__, code))
        return found

    @property
    def homeless(self) -> list[str]:
        """The explorers of no notebook: they live in the gallery."""
        at_home = {recipe.name for chapter in self.chapters for recipe in chapter.recipes.values()}
        return [name for name in self.recipes if name not in at_home]


def draw(book: Book, cache: Path, most: int | None, workers: int | None, bar: bool, chapters_only: bool = False) -> None:
    """Fill `book.frames`, from the cache where nothing changed."""
    recipes = [recipe for name, recipe in book.recipes.items() if not (chapters_only and name in book.homeless)]
    plans = [framing.plan(recipe, cache, most) for recipe in recipes]
    book.frames = {frames.plan.recipe.name: frames for frames in framing.build(plans, cache, workers, bar)}


def stage(book: Book, source: Path, out: Path) -> None:
    """Write what Sphinx reads, and the pictures beside it."""
    shutil.rmtree(source, ignore_errors=True)
    pictures: dict[str, bytes] = {}
    for chapter in book.chapters:
        staged = chapter.staged(book.frames, book.chapters, pictures)
        _write(source / f"{chapter.page}.ipynb", nbformat.writes(staged))
    for path in book.texts:
        _write(source / "notebooks" / path.name, pages.linked(path.read_text(encoding="utf-8")))
    for name, text in pages.written(book, HERE / "pages", pictures).items():
        _write(source / name, text)
    for name, content in pictures.items():
        figures.put(out / "pictures", name, content)
    for frames in book.frames.values():
        frames.put(out)
    for chapter in book.chapters:
        figures.put(out / "notebooks", chapter.path.name, chapter.path.read_bytes())
    for path in sorted((REPOSITORY / "notebooks" / "pictures").glob("*.gif")):
        figures.put(out / "notebooks" / "pictures", path.stem + ".webp", figures.last_picture(path))
        for film in path.parent.glob(path.stem + ".*"):
            figures.put(out / "notebooks" / "pictures", film.name, film.read_bytes())


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def sphinx(source: Path, out: Path, quiet: bool) -> None:
    doctrees = source.with_name("doctrees")
    shutil.rmtree(doctrees, ignore_errors=True)
    with docutils_namespace():
        app = Sphinx(
            source, HERE, out, doctrees, "html", status=None if quiet else sys.stdout, freshenv=True, warningiserror=True
        )
        app.build(force_all=True)
        if app.statuscode:
            raise SystemExit("Sphinx has complaints")


def book(to: Path, kind: str = "all", workers: int | None = None, bar: bool = True, cache: Path | None = None) -> finish.Weights:
    """The whole site in the folder `to`/html."""
    out, most = to / "html", KINDS[kind]
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    made = Book.read()
    if most != 0:
        draw(made, cache or to / "cache" / kind, most, workers, bar)
    stage(made, to / "source", out)
    sphinx(to / "source", out, quiet=not bar)
    for chapter in made.chapters:
        slides.write(chapter, made.frames, out)
    finish.lighten(out)
    return finish.weigh(out)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("--to", type=Path, default=HERE / "_build")
    parser.add_argument("--frames", choices=KINDS, default="all")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    start = time.perf_counter()
    weights = book(options.to, options.frames, options.workers, cache=options.cache)
    print(weights.report())
    print(f"Built in {time.perf_counter() - start:.0f} s: {os.path.relpath(options.to / 'html' / 'index.html')}")
    for complaint in weights.complaints():
        print(complaint, file=sys.stderr)
    return 1 if weights.complaints() else 0


if __name__ == "__main__":
    sys.exit(main())
