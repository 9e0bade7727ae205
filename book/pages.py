"""The pages that are no notebook: the landing page, the gallery, the lists, the reference."""

import html
import importlib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

import adamlib
from adamlib import explore
from book import figures, mathml
from book.chapters import Chapter, Figure

if TYPE_CHECKING:
    from book.build import Book

REPOSITORY = Path(__file__).parents[1]
LANDING = "momentum_map"
REFERENCE = {
    "The mathematics": ["optimizers", "problems", "run", "sweep", "schedules", "averages", "measure", "curvature", "games"],
    "Pictures and sliders": ["plots", "animate", "explore", "style"],
    "Check an optimizer": ["verify", "museum", "formats"],
    "In a notebook": ["notebook", "exercises"],
}


def written(book: "Book", folder: Path, pictures: dict[str, bytes]) -> dict[str, str]:
    """The pages by name. Small pictures that they need are put into `pictures`."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    marks = {
        "series": "\n".join(chapter.page for chapter in book.chapters),
        "texts": "\n".join(f"notebooks/{path.stem}" for path in book.texts),
        "live": raw(figure_of(book, LANDING, pictures)),
        "home": home(book, LANDING),
        "cards": raw(cards(book, pictures)),
        "explorers": gallery(book, pictures),
        "homeless": "\n\n".join(alone(book, name, pictures) for name in book.homeless),
        "equations": equations(book),
        "figures": list_of_figures(book),
        "cite": citation(),
        "modules": "\n".join(f"reference/{name}" for names in REFERENCE.values() for name in names),
        "version": adamlib.__version__,
    }
    for name, text in texts.items():
        texts[name] = re.sub(r"@([a-z]+)@", lambda mark: marks.get(mark[1], mark[0]), text)
    return {**texts, **reference()}


def raw(markup: str) -> str:
    return f"```{{raw}} html\n{markup}\n```"


def linked(text: str) -> str:
    """A Markdown page of the notebooks' folder: links to the README lead to the landing page."""
    return text.replace("](../README.md", "](../index.md")


def first_figure(book: "Book", name: str) -> Figure | None:
    found = [figure for chapter in book.chapters for figure in chapter.figures if figure.explorer == name]
    return found[0] if found else None


def figure_of(book: "Book", name: str, pictures: dict[str, bytes]) -> str:
    """An explorer on a page of its own choice: live where there are frames, else its still."""
    if name in book.frames:
        return figures.live(book.frames[name], f"fig-{name}")
    figure = first_figure(book, name)
    if figure:
        still = figures.Still(figure.png, figure.sentence, _small_name(figure.png, "png"), _size(figure.png))
    else:
        shown = getattr(explore, name)().picture()
        still = figures.Still.of(shown.png, shown.sentence)
    pictures[still.name] = still.png
    return still.html(f"fig-{name}")


def _size(png: bytes) -> tuple[int, int]:
    import io

    from PIL import Image

    return Image.open(io.BytesIO(png)).size


def _small_name(png: bytes, kind: str) -> str:
    import hashlib

    return hashlib.sha256(png).hexdigest()[:12] + "." + kind


def home(book: "Book", name: str) -> str:
    figure = first_figure(book, name)
    return figures.ROOT_MARK + (f"{figure.page}.html#{figure.anchor}" if figure else "gallery.html")


def questions() -> dict[str, str]:
    """The question of each notebook, as the README has it."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| \[[^\]]+\]\(notebooks/([^)]+)\.ipynb\) \| (.+) \|$", text, re.MULTILINE))


def small(figure: Figure, pictures: dict[str, bytes]) -> str:
    """The name of a small copy of a figure."""
    content = figures.thumbnail(figure.png)
    name = _small_name(content, "webp")
    pictures[name] = content
    wide, high = _size(content)
    return f'<img src="{figures.ROOT_MARK}pictures/{name}" alt="" width="{wide}" height="{high}" loading="lazy">'


def cards(book: "Book", pictures: dict[str, bytes]) -> str:
    """The notebooks, each by the picture of its first explorer, its title and its question."""
    asked = questions()
    made = [
        card(f"{chapter.page}.html", face(chapter), chapter.title, asked.get(chapter.path.stem, ""), pictures)
        for chapter in book.chapters
    ]
    return '<ul class="cards">\n' + "\n".join(made) + "\n</ul>"


def card(page: str, figure: Figure, title: str, text: str, pictures: dict[str, bytes]) -> str:
    return (
        f'<li><a href="{figures.ROOT_MARK}{page}"><span class="card">{small(figure, pictures)}</span>'
        f"<strong>{html.escape(title)}</strong></a><p>{html.escape(text)}</p></li>"
    )


def face(chapter: Chapter) -> Figure:
    """The figure that stands for a chapter: its first explorer."""
    return next((figure for figure in chapter.figures if figure.explorer), chapter.figures[0])


def gallery(book: "Book", pictures: dict[str, bytes]) -> str:
    """The explorers of the notebooks."""
    parts = []
    for chapter in book.chapters:
        items = [
            card(f"{f.page}.html#{f.anchor}", f, name_of(f.explorer), about(f.explorer), pictures)
            for f in chapter.figures
            if f.explorer
        ]
        if items:
            parts.append(f"## {chapter.title}\n\n" + raw('<ul class="cards">\n' + "\n".join(items) + "\n</ul>"))
    return "\n\n".join(parts)


def name_of(explorer: str) -> str:
    return "Your own explorer" if explorer.startswith("cell-") else explorer.replace("_", " ").capitalize()


def about(explorer: str) -> str:
    if explorer.startswith("cell-"):
        return "A view in one cell, made in the notebook."
    return (inspect.getdoc(getattr(explore, explorer)) or "").split("\n\n")[0].replace("`", "").replace("\n", " ")


def alone(book: "Book", name: str, pictures: dict[str, bytes]) -> str:
    return f"## {name_of(name)}\n\n{about(name)}\n\n{raw(figure_of(book, name, pictures))}"


def equations(book: "Book") -> str:
    parts = []
    for chapter in book.chapters:
        rows = [
            f'<li><a class="number" href="{figures.ROOT_MARK}{chapter.page}.html#{mathml.anchor(tag)}">({tag})</a>'
            + mathml.block(mathml.TAG.sub("", latex), anchored=False).strip()
            + "</li>"
            for tag, latex in chapter.equations.items()
        ]
        parts.append(f"## {chapter.title}\n\n" + raw('<ul class="equations">\n' + "\n".join(rows) + "\n</ul>"))
    return "\n\n".join(parts)


def list_of_figures(book: "Book") -> str:
    parts = []
    for chapter in book.chapters:
        rows = [
            f'<li><a href="{figures.ROOT_MARK}{figure.page}.html#{figure.anchor}">{html.escape(figure.sentence)}</a>'
            + (' <span class="badge">moves</span>' if figure.explorer else "")
            + "</li>"
            for figure in chapter.figures
        ]
        parts.append(f"## {chapter.title}\n\n" + raw('<ol class="figures">\n' + "\n".join(rows) + "\n</ol>"))
    return "\n\n".join(parts)


def citation() -> str:
    said = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    names = ", ".join(author.get("name") or f"{author['given-names']} {author['family-names']}" for author in said["authors"])
    return f"{names}: *{said['title']}*, version {said['version']}."


def reference() -> dict[str, str]:
    made = {}
    parts = [
        "# Library reference",
        "",
        "`import adamlib as al` brings the mathematics; pictures, sliders and exercises are modules beside it.",
        "",
    ]
    for group, names in REFERENCE.items():
        parts += [f"## {group}", ""]
        for name in names:
            module = importlib.import_module(f"adamlib.{name}")
            said = (inspect.getdoc(module) or "").split("\n")[0]
            parts.append(f"- [adamlib.{name}]({name}.rst): {said}")
            made[f"reference/{name}.rst"] = page_of(name)
        parts.append("")
    parts += ["```{toctree}", ":hidden:", "", *(name for names in REFERENCE.values() for name in names), "```"]
    made["reference/index.md"] = "\n".join(parts)
    return made


def page_of(name: str) -> str:
    """The reference of one module: of what it exports, or of all that is public in it."""
    title = f"adamlib.{name}"
    lines = [title, "=" * len(title), "", f".. py:module:: {title}", ""]
    module = importlib.import_module(title)
    lines += [f".. automodule:: {title}", "   :no-index:", ""]
    for public in exported(module):
        thing = getattr(module, public)
        kind = "autoclass" if inspect.isclass(thing) else "autofunction" if callable(thing) else "autodata"
        lines += [f".. {kind}:: {title}.{public}"]
        if kind == "autoclass":
            lines += ["   :members:"]
        elif kind == "autodata":
            lines += ["   :no-value:"]
        lines.append("")
    return "\n".join(lines)


def exported(module) -> list[str]:
    """The public names of a module, in the order in which they are written."""
    if hasattr(module, "__all__"):
        names = [name for name in module.__all__ if not inspect.ismodule(getattr(module, name))]
        return sorted(names, key=str.lower) if hasattr(module, "__path__") else list(names)
    return [
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and getattr(thing, "__module__", None) == module.__name__
        and callable(thing)
        and thing.__doc__
    ]
