"""The site, built once for all tests and all workers of a run; explorers that draw when they are asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adamlib.explore import Explorer
from helpers.sharing import made_once


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The folder of the site."""
    from helpers.sites import build_book

    return made_once(tmp_path_factory, "site", build_book) / "html"


@pytest.fixture(scope="module", autouse=True)
def no_frame_is_drawn_ahead() -> Iterator[None]:
    """Playwright keeps a loop running, in which explorers would draw neighbours that nobody moves to, as they do in a kernel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Explorer, "_prepare_later", lambda explorer, name: None)
        yield


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, as Playwright drives it."""
    from playwright.sync_api import sync_playwright

    from helpers.browsing import launch_chromium

    with sync_playwright() as playwright, launch_chromium(playwright) as started:
        yield started


@pytest.fixture(scope="module")
def page_pool(browser) -> Iterator[Any]:
    """Pages of that browser, which the tests of a file use one after another."""
    from helpers.page_pool import PagePool

    pool = PagePool(browser)
    yield pool
    pool.close()
