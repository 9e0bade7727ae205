"""Pages of one browser that are used again: a new one is a new process, which takes longer than what it shows."""

from collections import defaultdict
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Page

HIGH = 900


class PagePool:
    """Hands out pages, each empty and as its options say. Whatever goes wrong in one stands in `wrong`."""

    def __init__(self, browser: Browser):
        self.browser = browser
        self.wrong: list[str] = []
        self._contexts: dict[str, BrowserContext] = {}
        self._free: dict[str, list[Page]] = defaultdict(list)
        self._taken: list[tuple[str, Page]] = []

    def take(self, width: int, high: int = HIGH, color_scheme: Literal["light", "dark"] = "light", **options: Any) -> Page:
        """A page of this size that nobody else has; options as for a context of Playwright."""
        kind = repr(sorted(options.items()))
        if kind not in self._contexts:
            self._contexts[kind] = self.browser.new_context(**options)
        page = self._free[kind].pop() if self._free[kind] else self._new_page(self._contexts[kind])
        self._taken.append((kind, page))
        page.set_viewport_size({"width": width, "height": high})
        page.emulate_media(media="null", color_scheme=color_scheme)
        return page

    def _new_page(self, context: BrowserContext) -> Page:
        page = context.new_page()
        page.on("console", lambda said: said.type in ("error", "warning") and self.wrong.append(said.text))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("response", lambda response: response.status >= 400 and self.wrong.append(response.url))
        return page

    def take_back(self) -> list[str]:
        """Empty every page that was handed out, for the next who asks. Returns what went wrong in them."""
        for kind, page in self._taken:
            page.goto("about:blank")
            page.unroute_all()
            self._free[kind].append(page)
        self._taken.clear()
        wrong, self.wrong = self.wrong, []
        return wrong

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()
