"""Fakes of the libraries, for the adapters and the command line."""

import pytest

from helpers import fakes


@pytest.fixture
def libraries(monkeypatch):
    return fakes.install(monkeypatch)
