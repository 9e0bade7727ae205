"""Build the site from the committed notebooks: `make book`. Nothing is executed again, nothing is downloaded.

Notebooks and pages are staged as Sphinx reads them, the explorers are translated, Sphinx makes the pages, and the last
pass makes them light and weighs them. Fails if a page is heavier than its budget.
"""

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

import nbformat
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from book import claims, doors, figures, finish, heads, moved, pages, slides
from book.browser.live import put_views
from book.content import HERE, ROOT, Content


def stage(content: Content, source: Path, out: Path) -> None:
    """Write what Sphinx reads, and the pictures beside it."""
    shutil.rmtree(source, ignore_errors=True)
    pictures: dict[str, bytes] = {}
    for chapter in content.chapters:
        staged = chapter.staged(content.chapters, pictures)
        write_text(source / f"{chapter.page}.ipynb", nbformat.writes(staged))
    for path in content.texts:
        write_text(source / "notebooks" / path.name, pages.link_to_landing(path.read_text(encoding="utf-8")))
    doors.put_archive(ROOT, out)
    doors.put_colab_copies([chapter.entry for chapter in content.chapters], out)
    for name, text in pages.page_texts(content, HERE / "pages", pictures).items():
        write_text(source / name, text.replace("@project@", doors.how_to_get(out)))
    figures.put_file(out, pages.LEDGER, claims.ledger_text(content.chapters).encode())
    for name, picture in pictures.items():
        figures.put_file(out / "pictures", name, picture)
    put_views(content.recipes.values(), out)
    for chapter in content.chapters:
        figures.put_file((out / chapter.page).parent, chapter.entry.path.name, chapter.entry.path.read_bytes())
    for path in sorted((ROOT / "notebooks" / "pictures").glob("*.gif")):
        figures.put_file(out / "notebooks" / "pictures", path.stem + ".webp", figures.last_picture(path))
        for film in path.parent.glob(path.stem + ".*"):
            figures.put_file(out / "notebooks" / "pictures", film.name, film.read_bytes())
    figures.put_file(out, heads.CARD, (ROOT / heads.CARD).read_bytes())


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run_sphinx(source: Path, out: Path, quiet: bool) -> None:
    doctrees = source.with_name("doctrees")
    shutil.rmtree(doctrees, ignore_errors=True)
    with docutils_namespace():
        app = Sphinx(
            source, HERE, out, doctrees, "html", status=None if quiet else sys.stdout, freshenv=True, warningiserror=True
        )
        app.build(force_all=True)
        if app.statuscode:
            raise SystemExit("Sphinx has complaints")


def build_site(to: Path, quiet: bool = False) -> finish.Weights:
    """The whole site in the folder `to`/html."""
    out = to / "html"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    content = Content.read()
    stage(content, to / "source", out)
    run_sphinx(to / "source", out, quiet=quiet)
    for chapter in content.chapters:
        slides.write_slides(chapter, out)
    finish.lighten_pages(out)
    moved.put_signposts(content.chapters, out)
    heads.write_sitemap(out)
    return finish.weigh(out)


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the site.")
    parser.add_argument("--to", type=Path, default=HERE / "_build")
    options = parser.parse_args()
    start = time.perf_counter()
    weights = build_site(options.to)
    print(weights.report())
    print(f"Built in {time.perf_counter() - start:.0f} s: {os.path.relpath(options.to / 'html' / 'index.html')}")
    for complaint in weights.complaints():
        print(complaint, file=sys.stderr)
    return 1 if weights.complaints() else 0


if __name__ == "__main__":
    sys.exit(main())
