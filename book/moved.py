"""Signposts where the first version had pages and equations of other names: an old link leads to what it meant."""

import json
import tomllib
from pathlib import Path

from book import mathml
from book.chapters import Chapter
from book.figures import ROOT_MARK

RENAMED = tomllib.loads(Path(__file__).with_name("moved.toml").read_text(encoding="utf-8"))
SIGNPOST = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>{title} has moved</title>
<script>
const equations = {equations};
location.replace(equations[location.hash.slice(1)] || "{target}" + location.hash);
</script>
<noscript><meta http-equiv="refresh" content="0; url={target}"></noscript>
</head>
<body><main><h1>{title} has moved</h1><p><a href="{target}">It is here.</a></p></main></body>
</html>
"""


def todays_place(number: str, chapters: list[Chapter]) -> str:
    """Where an equation stands today, seen from the folder of the site; nothing where its notebook is left out."""
    page = next((chapter.page for chapter in chapters if number in chapter.equations), None)
    return f"{page}.html#{mathml.anchor(number)}" if page else ""


def put_signposts(chapters: list[Chapter], out: Path) -> None:
    """Write a page at every old address that sends its reader on, to the equation that was asked for too."""
    pages = {chapter.entry.path.stem: chapter for chapter in chapters}
    for old, new in RENAMED["pages"].items():
        if new not in pages:
            continue
        asked = {was: is_now for was, is_now in RENAMED["equations"].items() if was.startswith(f"{int(old[:2])}.")}
        led = {mathml.anchor(was): f"../{place}" for was, number in asked.items() if (place := todays_place(number, chapters))}
        for folder, equations in (("notebooks", led), ("slides", {})):
            made = SIGNPOST.format(title=pages[new].title, target=f"{new}.html", equations=json.dumps(equations))
            (out / folder).mkdir(exist_ok=True)
            (out / folder / f"{old}.html").write_text(made, encoding="utf-8")


def renumbered_list(chapters: list[Chapter]) -> str:
    """The equations whose number has changed, each old number with a link."""
    changed = {was: is_now for was, is_now in RENAMED["equations"].items() if was != is_now}
    links = [
        f'({was}) is <a href="{ROOT_MARK}{place}">({number})</a>'
        for was, number in changed.items()
        if (place := todays_place(number, chapters))
    ]
    return f"<details><summary>Numbers of the first version</summary><p>{', '.join(links)}.</p></details>"
