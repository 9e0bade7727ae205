"""Slides for teachers: `make slides NB=05`. Every figure of a notebook first, what it rests on below it.

The cells are sorted by a rule, not by hand: each figure makes a slide, under the heading it stands in; the text and the
code since the figure before it stand below. Arrow right goes from figure to figure, arrow down into the reasons.
"""

import argparse
import html
import re
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from posixpath import dirname, normpath

from jinja2 import Environment, FileSystemLoader
from nbconvert.filters.highlight import Highlight2HTML
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode

from adamlib import series
from book import figures, mathml, teaching
from book.browser.live import put_views
from book.chapters import FILM_LINK, Chapter, film_html, stored_data
from book.content import HERE, Content
from book.figures import ROOT_MARK

ASSETS = ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "plugin/notes/notes.js")
BESIDE_MARK = "@beside@"  # stands before links to what lies beside the notebook
WORDS = 60  # of text on one slide
FORMULAS_OF_SLIDES = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)


@dataclass
class Stack:
    """A slide and those below it, as HTML."""

    title: str
    top: str = ""
    below: list[str] = field(default_factory=list)

    @property
    def slides(self) -> list[str]:
        return [part for part in (self.top, *self.below) if part]


def slide_stacks(chapter: Chapter, pictures: dict[str, bytes]) -> list[Stack]:
    """The slides of a notebook: one stack for each figure, and one for what follows the last."""
    found: list[Stack] = []
    heading, waiting = chapter.title, []
    for cell in chapter.raw.cells[1:]:
        if cell.cell_type == "markdown":
            titles = re.findall(r"^#{2,3} (.+)$", cell.source, re.MULTILINE)
            heading = titles[-1] if titles else heading
            waiting += text_slides(cell.source)
            continue
        shown = chapter.shown(cell, pictures) if "image/png" in stored_data(cell) else ""
        if shown:
            found.append(Stack(heading, f"<h2>{html.escape(heading)}</h2>\n{shown}", [*waiting, code_html(cell)]))
            waiting = []
        else:
            waiting.append(code_html(cell) + output_html(cell))
    if waiting:
        found.append(Stack(heading, "", waiting))
    return found


def text_slides(text: str) -> list[str]:
    """Markdown as slides of about so many words, cut between paragraphs and before headings."""
    found: list[list[str]] = [[]]
    for part in split_paragraphs(text):
        count = sum(len(p.split()) for p in found[-1])
        if found[-1] and (part.startswith("#") or count + len(part.split()) > WORDS):
            found.append([])
        found[-1].append(part)
    return [markdown_html("\n\n".join(parts)) for parts in found if parts]


def split_paragraphs(text: str) -> list[str]:
    """The paragraphs; a folded solution stays whole."""
    kept: list[str] = []
    inside = False
    for part in re.split(r"\n{2,}", text):
        if inside:
            kept[-1] += "\n\n" + part
        else:
            kept.append(part)
        inside = (inside or "<details" in part) and "</details>" not in part
    return kept


def markdown_html(text: str) -> str:
    """HTML with formulas as MathML; links between notebooks lead to their pages."""
    formulas: list[str] = []

    def keep(match: re.Match) -> str:
        made = mathml.block(match[1], anchored=False) if match[1] else mathml.inline(match[2])
        formulas.append(made.strip())
        return f"FORMULA{len(formulas) - 1}END"

    parts = re.split(r"(```.*?```|`[^`\n]*`)", text, flags=re.DOTALL)
    masked = "".join(part if part.startswith("`") else FORMULAS_OF_SLIDES.sub(keep, part) for part in parts)
    made = str(markdown2html_mistune(FILM_LINK.sub(film_html, masked)))
    made = re.sub(r'href="([\w./]+)\.(?:ipynb|md)(#[^"]*)?"', rf'href="{BESIDE_MARK}\1.html\2"', made)
    made = re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", made)
    return re.sub(r"FORMULA(\d+)END", lambda match: formulas[int(match[1])], made)


def code_html(cell: NotebookNode) -> str:
    return str(Highlight2HTML(pygments_lexer="python")(cell.source))


def output_html(cell: NotebookNode) -> str:
    made = []
    for shown in cell.outputs:
        data = shown.get("data", {})
        if "text/markdown" in data:
            made.append(markdown_html(data["text/markdown"]))
        else:
            made.append(f"<pre>{html.escape(shown.get('text') or data.get('text/plain', ''))}</pre>")
    return "\n".join(made)


def write_slides(chapter: Chapter, out: Path) -> Path:
    """The slides of a notebook, below the folder of the site: they share its pictures, its script and its style."""
    pictures: dict[str, bytes] = {}
    deck = slide_stacks(chapter, pictures)
    for name, content in pictures.items():
        figures.put(out / "pictures", name, content)
    for name in ASSETS:
        figures.put(out / "slides", Path(name).name, (assets() / name).read_bytes())
    template = Environment(loader=FileSystemLoader(HERE / "templates"), autoescape=False).get_template("slides.html")
    opening = markdown_html("\n\n".join(chapter.raw.cells[0].source.split("\n\n")[2:]))  # after its title and its ways on
    page = template.render(
        title=html.escape(chapter.title), opening=opening, stacks=deck, page=f"{chapter.page}.html",
        plan=teaching.plan_html(chapter), notes=teaching.notes_html(chapter),
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
    figures.put(out / "_static", "book.css", (HERE / "static" / "book.css").read_bytes())
    written = [write_slides(chapter, out) for chapter in content.chapters]
    font = mathml.font("".join(path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.html"))))
    figures.put(out / "_static", "formulas.woff", font)
    for path in written:
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
