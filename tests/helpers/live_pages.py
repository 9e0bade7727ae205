"""Every figure that moves by itself, on a page of its own, in Chromium without a network."""

import html
from collections.abc import Callable
from functools import cache
from typing import Any

from playwright.sync_api import Page, Route

from adamlib.plots.picture import typeset
from book.browser import bundle
from book.browser.live import LiveView
from book.figures import Still
from helpers.notebooks import ROOT
from helpers.page_pool import PagePool
from helpers.views import explorer_of

BASE = "http://pages.test/"
STYLE = (ROOT / "book" / "static" / "book.css").read_text(encoding="utf-8")
THEME = """
:root { --pst-color-text-base: #222; --pst-color-text-muted: #555; --pst-color-primary: #0072b2; --pst-color-surface: #f4f4f4; }
html { background: #fff; color: #222; font: 16px system-ui; }
html[data-theme=dark] { background: #14181e; color: #e8eaed; --pst-color-text-base: #e8eaed; --pst-color-text-muted: #b4bac3;
    --pst-color-primary: #6db6e8; --pst-color-surface: #222832; }
main { max-width: 760px; margin: 0 auto; padding: 16px; } body { margin: 0; } figure { margin: 0; } .after { height: 1500px; }
"""


@cache
def still_of(name: str) -> Still:
    """The picture a page shows until its script runs."""
    picture = explorer_of(name).picture()
    return Still.of(picture.png, picture.sentence)


@cache
def script_of(name: str) -> str:
    return bundle.view_script(name, explorer_of(name).stage.view)


@cache
def shared_files() -> dict[str, str | bytes]:
    """The files that all pages ask for."""
    letters = (ROOT / "book" / "static" / "fonts" / "inter.woff2").read_bytes()
    return {"style.css": STYLE + THEME + bundle.style_sheet(), "live.js": bundle.page_script(), "fonts/inter.woff2": letters}


@cache
def page_with_figure(name: str, theme: str = "light") -> str:
    """A page with one figure and room to scroll."""
    made, still = explorer_of(name), still_of(name)
    figure = LiveView(name, made, {}).figure(f"fig-{name}", still.image, still.sentence, "")
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>{html.escape(name)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="style.css">'
        '<script src="live.js" defer></script></head>'
        f'<body><main class="bd-content"><h1>{html.escape(name)}</h1>{figure}<p class="after">The text goes on.</p></main>'
        "</body></html>"
    )


class Pages:
    """Opens the pages of figures; whatever goes wrong, a request included, stands in `pool.wrong`."""

    def __init__(self, pool: PagePool):
        self.pool, self.files = pool, shared_files()

    def __call__(self, name: str, fragment: str = "", theme: str = "light", width: int = 768, **options: Any) -> Page:
        page = self.pool.take(width, **options)
        page.route("**/*", self.answer(name, theme))
        page.goto(f"{BASE}{name}.html{fragment}")
        if options.get("java_script_enabled", True):
            page.wait_for_selector("figure.alive")
        return page

    def answer(self, name: str, theme: str) -> Callable[[Route], None]:
        def fulfil(route: Route) -> None:
            asked = route.request.url.removeprefix(BASE).split("#")[0]
            kinds = {"css": "text/css", "js": "text/javascript", "html": "text/html", "png": "image/png"}
            kind = kinds.get(asked.rsplit(".")[-1], "")
            if asked == f"{name}.html":
                route.fulfill(body=page_with_figure(name, theme), content_type=f"{kind}; charset=utf-8")
            elif asked == f"_static/views/{name}.js":
                route.fulfill(body=script_of(name), content_type=f"{kind}; charset=utf-8")
            elif asked in self.files:
                route.fulfill(body=self.files[asked], content_type=f"{kind}; charset=utf-8")
            elif kind == "image/png":
                route.fulfill(body=still_of(name).png, content_type=kind)
            elif asked == "favicon.ico":
                route.fulfill(body="")
            else:
                self.pool.wrong.append(f"asked for {asked}")
                route.abort()

        return fulfil


def sentence_at(name: str, values: dict[str, Any]) -> str:
    """The sentence that a notebook has at a setting, between stops too."""
    return typeset(explorer_of(name).stage.view.marks(**values)[1])
