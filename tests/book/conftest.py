"""The site, built once for all tests and all workers of a run."""

from pathlib import Path

import pytest

from helpers.sharing import made_once


@pytest.fixture(scope="session")
def book(tmp_path_factory) -> Path:
    """The folder of the site."""
    from helpers.sites import build_book

    return made_once(tmp_path_factory, "site", build_book) / "html"
