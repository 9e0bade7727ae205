"""The head of a page: what a search engine, a link in a chat, or a phone asks for. No address is invented."""

import html
import os
import re
from pathlib import Path

ADDRESS = os.environ.get("BOOK_ADDRESS", "").rstrip("/")  # where the site is served, where that is known
CARD = "notebooks/pictures/cover.png"
LONGEST_DESCRIPTION = 200  # letters
VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')
LOST_PAGE = "404.html"


def with_head(text: str, page: str) -> str:
    """A page whose head says what it is: title, description, and a card for links.

    page : where it is on the site, as "notebooks/index.html"
    """
    title = title_of(text)
    text = VIEWPORT.sub("", text)
    text = re.sub(r"<title>.*?</title>", f"<title>{title}</title>", text, count=1, flags=re.DOTALL)
    tags = ['<meta name="viewport" content="width=device-width, initial-scale=1">', *card_tags(title, description_of(text), page)]
    if page == LOST_PAGE and ADDRESS:
        tags.insert(0, f'<base href="{ADDRESS}/">')  # it is shown at any depth
    return text.replace("<title>", "\n    ".join([*tags, "<title>"]), 1)


def title_of(text: str) -> str:
    """Its heading, and the name of the site where the heading does not say it."""
    found = re.search(r"<title>(.*?)</title>", text, re.DOTALL)
    heading, _, site = found[1].strip().partition(" &#8212; ") if found else ("", "", "")
    return heading if not site or heading.startswith(site) else f"{heading} – {site}"


def description_of(text: str) -> str:
    """Its first paragraph that is a sentence, as plain text, cut at a word."""
    article = text[text.find("<article") :]
    article = re.sub(r"<(figure|script|style|pre|details)\b.*?</\1>|<p class=\"where\">.*?</p>", "", article, flags=re.DOTALL)
    for paragraph in re.findall(r"<p\b[^>]*>(.*?)</p>", article, re.DOTALL):
        said = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", paragraph))).strip()
        if len(said) > 40:
            return said if len(said) <= LONGEST_DESCRIPTION else said[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0] + " …"
    return "The Adam optimizer, explained by code that runs."


def card_tags(title: str, description: str, page: str) -> list[str]:
    """The tags of the card; a picture and an address need to know where the site is."""
    said = html.escape(description)
    tags = [
        f'<meta name="description" content="{said}">',
        '<meta property="og:type" content="article">',
        '<meta property="og:site_name" content="The Adam optimizer, explained by code that runs">',
        f'<meta property="og:title" content="{title}">',
        f'<meta property="og:description" content="{said}">',
    ]
    if not ADDRESS or page == LOST_PAGE:
        return [*tags, '<meta name="twitter:card" content="summary">']
    address = f"{ADDRESS}/{page.removesuffix('index.html') if page == 'index.html' else page}"
    return [
        *tags,
        f'<link rel="canonical" href="{address}">',
        f'<meta property="og:url" content="{address}">',
        f'<meta property="og:image" content="{ADDRESS}/{CARD}">',
        '<meta name="twitter:card" content="summary_large_image">',
    ]


def write_sitemap(out: Path) -> None:
    """List the pages for search engines, where the address of the site is known."""
    if not ADDRESS:
        return
    pages = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.html") if "_static" not in path.parts)
    lines = [
        f"<url><loc>{html.escape(f'{ADDRESS}/{page}')}</loc></url>" for page in pages if page not in (LOST_PAGE, "search.html")
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    (out / "sitemap.xml").write_text(head + "\n".join(lines) + "\n</urlset>\n", encoding="utf-8")
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {ADDRESS}/sitemap.xml\n", encoding="utf-8")
