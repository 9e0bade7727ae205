"""The last pass over the pages: relative links, icons as drawings, no file that nothing uses; then the weights."""

import html
import re
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from book import heads, mathml, sheets
from book.figures import ROOT_MARK

PAGE, FIRST_VIEW, SITE = 1_500_000, 700_000, 60_000_000
SEARCH = "_static/searchtools.js"
ICON = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)></\1>')
FONTAWESOME = "_static/scripts/fontawesome.js"


def lighten_pages(out: Path) -> None:
    """Every page as it is served, and nothing beside them that no page asks for."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.html"))}
    written = "".join(pages.values())
    (out / "_static" / "formulas.woff").write_bytes(mathml.font(written))
    library = (out / FONTAWESOME).read_text(encoding="utf-8") if (out / FONTAWESOME).exists() else ""
    for path, text in pages.items():
        name = path.relative_to(out).as_posix()
        if not name.startswith("_static/") and "/_static/" not in name:
            path.write_text(served_page(text, name, library), encoding="utf-8")
    sheets.lighten_sheets(out, written)
    tools = (out / SEARCH).read_text(encoding="utf-8")  # it takes its excerpts from the article, not from the menus around it
    (out / SEARCH).write_text(tools.replace('[role="main"]', "article"), encoding="utf-8")
    remove_unused(out)
    (out / ".nojekyll").touch()


def served_page(text: str, name: str, library: str) -> str:
    """A page with relative links, drawings for icons, and those scripts alone that it needs.

    name : where it is on the site
    library : the script of all icons
    """
    text = text.replace(ROOT_MARK, "../" * name.count("/"))
    text = re.sub(r"\s*<script[^>]*fontawesome\.js[^>]*></script>", "", text)
    text = re.sub(r'<link rel="preload"[^>]*>\n?', "", text)
    if PurePosixPath(name).name != "search.html":  # the other pages only send a word there
        text = re.sub(r"\s*<script[^>]*(?:searchtools|language_data|searchindex)\.js[^>]*></script>", "", text)
    if 'class="answer"' not in text:
        text = re.sub(r"\s*<script[^>]*/answers\.js[^>]*></script>", "", text)
    if "data-view=" not in text:
        text = re.sub(r"\s*<script[^>]*/live\.js[^>]*></script>|\s*<link[^>]*/live\.css[^>]*>", "", text)
    text = ICON.sub(lambda icon: icon_drawing(icon[2], icon[3], library), text)
    unnamed = '<summary><span class="toctree-toggle"'
    return heads.with_head(text.replace(unnamed, unnamed.replace("<summary>", '<summary aria-label="The pages below">')), name)


def remove_unused(out: Path) -> None:
    """What Sphinx and the theme leave behind, and no page asks for."""
    for path in [*out.rglob("*.map"), *out.rglob("*.LICENSE.txt"), *(out / "_static").rglob("*.html")]:
        path.unlink()
    for name in (FONTAWESOME, ".buildinfo", ".buildinfo.bak"):
        (out / name).unlink(missing_ok=True)
    for name in ("_sphinx_design_static", "_static/locales", "_static/vendor", "_static/images", "_sources"):
        shutil.rmtree(out / name, ignore_errors=True)


@cache
def icon_drawing(classes: str, rest: str, library: str) -> str:
    """An icon of the theme as a drawing in the page: a dozen of them weigh less than the script that draws all."""
    for name in re.findall(r"fa-([a-z0-9-]+)", classes):
        found = re.search(rf'[{{,]"?{re.escape(name)}"?:\[(\d+),(\d+),\[[^\]]*\],"[0-9a-f]+","([^"]+)"\]', library)
        if found:
            wide, high, path = found.groups()
            return f'<svg class="{classes}"{rest} viewBox="0 0 {wide} {high}" aria-hidden="true"><path d="{path}"/></svg>'
    return f'<i class="{classes}"{rest}></i>'


@dataclass
class Weights:
    """Bytes, as they lie on the disk: of the first view of each page, with all its pictures, of the site."""

    first: dict[str, int]
    whole: dict[str, int]
    requests: dict[str, int]
    site: int

    def report(self) -> str:
        width = max(map(len, self.first))
        lines = [f"{'page':<{width}}  first view    in all  requests"]
        for page in self.first:
            lines.append(f"{page:<{width}}  {_kb(self.first[page])}  {_kb(self.whole[page])}  {self.requests[page]:>8}")
        return "\n".join([*lines, f"site: {self.site / 1e6:.1f} MB"])

    def complaints(self) -> list[str]:
        """What is heavier than its budget."""
        heavy = [
            f"{p}: a first view of {_kb(n).strip()}, more than {_kb(FIRST_VIEW).strip()}"
            for p, n in self.first.items()
            if n > FIRST_VIEW
        ]
        heavy += [f"{p}: {_kb(n).strip()} in all, more than {_kb(PAGE).strip()}" for p, n in self.whole.items() if n > PAGE]
        return heavy + ([f"the site: {_kb(self.site).strip()}, more than {_kb(SITE).strip()}"] if self.site > SITE else [])


def _kb(size: int) -> str:
    return f"{size / 1e3:>7,.0f} kB"


def weigh(out: Path) -> Weights:
    """Weigh every page with what it loads. Lazy pictures below the first screens are no part of its first view."""
    first, whole, requests = {}, {}, {}
    for path in sorted(out.rglob("*.html")):
        if "_static" in path.relative_to(out).parts:
            continue
        name, text = path.relative_to(out).as_posix(), path.read_text(encoding="utf-8")
        assets = {asset for asset in loaded_files(text) if (path.parent / asset).is_file()}
        lazy = {asset for asset in assets if asset in lazy_files(text)}
        at_once = path.stat().st_size + sum((path.parent / asset).stat().st_size for asset in assets - lazy)
        first[name], requests[name] = at_once, 1 + len(assets - lazy)
        whole[name] = at_once + sum((path.parent / asset).stat().st_size for asset in lazy)
    return Weights(first, whole, requests, sum(path.stat().st_size for path in out.rglob("*") if path.is_file()))


def loaded_files(text: str) -> set[str]:
    found = re.findall(r'<(?:img|script)[^>]*\bsrc="([^"]+)"', text) + re.findall(
        r'<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"', text
    )
    found += re.findall(r'<link[^>]*href="([^"]+)"[^>]*rel="stylesheet"', text)
    return {unquote(html.unescape(asset)).partition("?")[0] for asset in found}


def lazy_files(text: str) -> set[str]:
    lazy = [image for image in re.findall(r"<img[^>]*>", text) if 'loading="lazy"' in image]
    return {source for image in lazy for source in re.findall(r'\bsrc="([^"]+)"', image)}
