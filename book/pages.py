"""The pages that are no notebook: the landing page, the gallery, the lists, the reference."""

import html
import importlib
import inspect
import re
from pathlib import Path

import yaml

import adamlib
from adamlib import explore
from book import claims, figures, mathml, moved
from book.browser.live import LiveView
from book.chapters import Chapter, Figure
from book.content import ROOT, Content

LANDING = "race"
ON_PLAYGROUND = "playground", "adam_map"  # on the page of the playground
LEDGER = "claims.json"
REFERENCE = {
    "The mathematics": ["optimizers", "problems", "run", "sweeps", "schedules", "averages", "measure", "curvature", "online"],
    "Pictures and sliders": ["plots", "animate", "explore", "style"],
    "Check an optimizer": ["verify", "resume", "museum", "precision"],
    "In a notebook": ["notebook", "exercises"],
}


def page_texts(content: Content, folder: Path, pictures: dict[str, bytes]) -> dict[str, str]:
    """The pages by name. Small pictures that they need are put into `pictures`."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    marks = {
        "series": "\n".join(chapter.page for chapter in content.chapters if chapter.entry.kind != "room"),
        "texts": "\n".join(f"notebooks/{path.stem}" for path in content.texts),
        "live": raw_block(figure_of(content, LANDING, pictures)),
        "home": landing_link(content, LANDING),
        "cards": raw_block(lesson_cards(content, pictures)),
        "explorers": explorer_gallery(content, pictures),
        "homeless": "\n\n".join(
            explorer_section(content, name, pictures) for name in content.homeless if name not in ON_PLAYGROUND
        ),
        **{name.replace("_", ""): raw_block(figure_of(content, name, pictures)) for name in ON_PLAYGROUND},
        "claims": claims.ledger_list(content.chapters),
        "ledger": f'<a href="{figures.ROOT_MARK}{LEDGER}">{LEDGER}</a>',
        "equations": equation_list(content),
        "renumbered": moved.renumbered_list(content.chapters),
        "figures": figure_list(content),
        "cite": citation_line(),
        "modules": "\n".join(f"reference/{name}" for names in REFERENCE.values() for name in names),
        "version": adamlib.__version__,
    }
    for name, text in texts.items():
        text = text.replace("](../../notebooks/", "](notebooks/")  # where a page is read in the repository
        texts[name] = re.sub(r"@([a-z]+)@", lambda mark: marks.get(mark[1], mark[0]), text)
    return {**texts, **reference_pages()}


def raw_block(markup: str) -> str:
    return f"```{{raw}} html\n{markup}\n```"


def link_to_landing(text: str) -> str:
    """A Markdown page of the notebooks' folder: links to the README lead to the landing page."""
    return text.replace("](../README.md", "](../index.md")


def first_figure(content: Content, name: str) -> Figure | None:
    found = [figure for chapter in content.chapters for figure in chapter.figures if figure.explorer == name]
    return found[0] if found else None


def figure_of(content: Content, name: str, pictures: dict[str, bytes]) -> str:
    """An explorer on a page of its own choice."""
    shown = first_figure(content, name) or getattr(explore, name)().picture()
    still = figures.Still.of(shown.png, shown.sentence)
    pictures[still.name] = still.png
    return LiveView.of(content.recipes[name]).figure(f"fig-{name}", still.image, still.sentence, figures.ROOT_MARK)


def landing_link(content: Content, name: str) -> str:
    figure = first_figure(content, name)
    return figures.ROOT_MARK + (f"{figure.page}.html#{figure.anchor}" if figure else "gallery.html")


def questions() -> dict[str, str]:
    """The question of each notebook, as the README has it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| \[[^\]]+\]\(notebooks/([^)]+)\.ipynb\) \| (.+) \|$", text, re.MULTILINE))


def thumbnail_html(figure: Figure, pictures: dict[str, bytes]) -> str:
    """A small copy of a figure, which is put into `pictures`."""
    content = figures.thumbnail(figure.png)
    name, (wide, high) = figures.name_by_content(content, "webp"), figures.image_size(content)
    pictures[name] = content
    return f'<img src="{figures.ROOT_MARK}pictures/{name}" alt="" width="{wide}" height="{high}" loading="lazy">'


def lesson_cards(content: Content, pictures: dict[str, bytes]) -> str:
    """The lessons, each by the picture of its first explorer, its title and its question."""
    asked = questions()
    lessons = [chapter for chapter in content.chapters if chapter.entry.kind == "lesson"]
    cards = [
        card_html(f"{lesson.page}.html", first_figure_of(lesson), lesson.title, asked.get(lesson.entry.path.stem, ""), pictures)
        for lesson in lessons
    ]
    return '<ul class="cards">\n' + "\n".join(cards) + "\n</ul>"


def card_html(page: str, figure: Figure, title: str, text: str, pictures: dict[str, bytes]) -> str:
    return (
        f'<li><a href="{figures.ROOT_MARK}{page}"><span class="{figures.card_kind(figure.png)}">'
        f"{thumbnail_html(figure, pictures)}</span>"
        f"<strong>{html.escape(title)}</strong></a><p>{html.escape(text)}</p></li>"
    )


def first_figure_of(chapter: Chapter) -> Figure:
    """The figure that stands for a chapter: its first explorer."""
    return next((figure for figure in chapter.figures if figure.explorer), chapter.figures[0])


def explorer_gallery(content: Content, pictures: dict[str, bytes]) -> str:
    """The explorers of the notebooks."""
    parts = []
    for chapter in content.chapters:
        items = [
            card_html(f"{f.page}.html#{f.anchor}", f, explorer_title(f.explorer), explorer_summary(f.explorer), pictures)
            for f in chapter.figures
            if f.explorer
        ]
        if items:
            parts.append(f"## {chapter.title}\n\n" + raw_block('<ul class="cards">\n' + "\n".join(items) + "\n</ul>"))
    return "\n\n".join(parts)


def explorer_title(explorer: str) -> str:
    return explorer.replace("_", " ").capitalize()


def explorer_summary(explorer: str) -> str:
    return (inspect.getdoc(getattr(explore, explorer)) or "").split("\n\n")[0].replace("`", "").replace("\n", " ")


def explorer_section(content: Content, name: str, pictures: dict[str, bytes]) -> str:
    return f"## {explorer_title(name)}\n\n{explorer_summary(name)}\n\n{raw_block(figure_of(content, name, pictures))}"


def equation_list(content: Content) -> str:
    parts = []
    for chapter in content.chapters:
        rows = [
            f'<li><a class="number" href="{figures.ROOT_MARK}{chapter.page}.html#{mathml.anchor(tag)}">({tag})</a>'
            + mathml.block(mathml.TAG.sub("", latex), anchored=False).strip()
            + "</li>"
            for tag, latex in chapter.equations.items()
        ]
        if rows:
            parts.append(f"## {chapter.title}\n\n" + raw_block('<ul class="equations">\n' + "\n".join(rows) + "\n</ul>"))
    return "\n\n".join(parts)


def figure_list(content: Content) -> str:
    parts = []
    for chapter in content.chapters:
        rows = [
            f'<li><a href="{figures.ROOT_MARK}{figure.page}.html#{figure.anchor}">{html.escape(figure.sentence)}</a>'
            + (' <span class="badge">moves</span>' if figure.explorer else "")
            + "</li>"
            for figure in chapter.figures
        ]
        if rows:
            parts.append(f"## {chapter.title}\n\n" + raw_block('<ol class="figures">\n' + "\n".join(rows) + "\n</ol>"))
    return "\n\n".join(parts)


def citation_line() -> str:
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    names = ", ".join(author.get("name") or f"{author['given-names']} {author['family-names']}" for author in said["authors"])
    return f"{names}: *{said['title']}*, version {said['version']}."


def reference_pages() -> dict[str, str]:
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
    for public in public_names(module):
        thing = getattr(module, public)
        kind = "autoclass" if inspect.isclass(thing) else "autofunction" if callable(thing) else "autodata"
        lines += [f".. {kind}:: {title}.{public}"]
        if kind == "autoclass":
            lines += ["   :members:"]
        elif kind == "autodata":
            lines += ["   :no-value:"]
        lines.append("")
    return "\n".join(lines)


def public_names(module) -> list[str]:
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
