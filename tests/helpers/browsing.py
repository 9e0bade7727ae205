"""JupyterLab and Chromium for the tests that look at real pixels, and for the slider benchmark."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright

from adamlib.lab import JUPYTERLAB_OPTIONS

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAB_FLAGS = [
    *JUPYTERLAB_OPTIONS[:1],
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.expose_app_in_browser=True",  # a notebook is opened in a second, where a page takes five
]


def browser_path() -> str | None:
    """Where Chromium is, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def launch_chromium(playwright: Playwright) -> Iterator[Browser]:
    """A browser that closes at the end."""
    browser = playwright.chromium.launch(executable_path=browser_path(), args=CHROMIUM_FLAGS)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def serve_lab(folder: Path) -> Iterator[str]:
    """JupyterLab over `folder`; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--port={port}",
        "--IdentityProvider.token=",
        *LAB_FLAGS,
    ]
    settings = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(folder / ".config"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces"),
    }
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options], cwd=folder, stdout=log, stderr=subprocess.STDOUT, env=settings
        )
        try:
            _wait(f"{address}/api/status", server)
            yield address
        finally:
            server.terminate()
            server.wait(20)


def _wait(address: str, server: subprocess.Popen) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=2).close()
        except OSError:
            if server.poll() is not None:
                raise RuntimeError("JupyterLab stopped before it answered") from None
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("JupyterLab did not answer within 30 seconds")


def run_all(page: Page) -> None:
    """Run All Cells from the menu of an open notebook."""
    page.wait_for_selector(".jp-Notebook:visible .jp-Cell", timeout=60000)
    page.wait_for_selector("text=| Idle", timeout=60000)
    page.click('.lm-MenuBar-item:has-text("Run")')
    page.click('.lm-Menu-item:has-text("Run All Cells") >> nth=0')
