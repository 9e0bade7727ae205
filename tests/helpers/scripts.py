"""Run JavaScript in Node, or where it will be read, in Chromium; a whole run does both."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from helpers.whole import WHOLE

Ask = Callable[[str, Any], Any]


def in_chromium() -> str:
    """Why scripts cannot be run in Chromium, or nothing."""
    try:
        import playwright.sync_api  # noqa: F401
    except ImportError:
        return "no Playwright: install the extra `browser` to run the scripts of the explorers"
    return "" if _browsing().browser_path() else "no Chromium: install the package chromium to run the scripts of the explorers"


def in_node() -> str:
    """Why scripts cannot be run in Node, or nothing."""
    return "" if shutil.which("node") else "no Node on this machine"


def _browsing() -> Any:
    from helpers import browsing

    return browsing


@contextmanager
def chromium(script: str) -> Iterator[Ask]:
    """Asks a page of Chromium that has run `script`: (expression of a function, argument) -> its answer."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, _browsing().launch_chromium(playwright) as browser:
        page = browser.new_page()
        page.goto("about:blank")
        page.evaluate(
            "(text) => { const made = document.createElement('script'); made.text = text; document.head.append(made); }", script
        )
        yield page.evaluate


@contextmanager
def node(script: str) -> Iterator[Ask]:
    """The same in Node."""
    loop = (
        "\nrequire('readline').createInterface({input: process.stdin}).on('line', (line) => {"
        "const {ask, given} = JSON.parse(line); console.log(JSON.stringify({answer: eval(`(${ask})`)(given) ?? null})); });"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.js"  # longer than a line of commands may be
        path.write_text(script + loop, encoding="utf-8")
        with subprocess.Popen(["node", path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdin is not None
            assert running.stdout is not None

            def ask(expression: str, given: Any = None) -> Any:
                running.stdin.write(json.dumps({"ask": expression, "given": given}) + "\n")
                running.stdin.flush()
                return json.loads(running.stdout.readline())["answer"]

            yield ask
            running.stdin.close()


ALL = {"node": (node, in_node), "chromium": (chromium, in_chromium)}  # the same V8; Node starts in a tenth of the time
RUNNERS = list(ALL) if WHOLE else [next((way for way, (_, lacking) in ALL.items() if not lacking()), "node")]


@contextmanager
def running_script(way: str, script: str) -> Iterator[Ask]:
    """Asks one of RUNNERS; skips the test, with the reason, where that way is not open."""
    start, lacking = ALL[way]
    if lacking():
        pytest.skip(f"{in_chromium()}; {lacking()}")
    with start(script) as ask:
        yield ask
