"""What is made once in a run, whichever worker of pytest-xdist asks first."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

WAITING = 600.0  # seconds


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that `make` has filled: by the first worker that asks, while the others wait.

    Raises RuntimeError in every worker where `make` has raised in one.
    """
    common = factory.getbasetemp().parent if "PYTEST_XDIST_WORKER" in os.environ else factory.getbasetemp()
    folder, done, failed = common / name, common / f"{name} is made", common / f"{name} has failed"
    try:
        folder.mkdir()
    except FileExistsError:
        return wait_for(folder, done, failed)
    try:
        make(folder)
    except BaseException as error:
        failed.write_text(repr(error), encoding="utf-8")
        raise
    done.touch()
    return folder


def wait_for(folder: Path, done: Path, failed: Path) -> Path:
    end = time.monotonic() + WAITING
    while not done.exists():
        if failed.exists():
            raise RuntimeError(f"{folder.name} could not be made by another worker: {failed.read_text(encoding='utf-8')}")
        if time.monotonic() > end:
            raise RuntimeError(f"{folder.name} was not made by another worker within {WAITING:.0f} seconds")
        time.sleep(0.2)
    return folder
