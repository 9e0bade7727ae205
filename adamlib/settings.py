"""Settings to start from, by task: read from `settings.toml`, which holds every number, its reason and its source."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from adamlib.notebook import Shown, table

FILE = Path(__file__).with_name("settings.toml")
ADVICE = "†"  # marks what the source of a row does not hold


class Setting(NamedTuple):
    """A row of the card, every value as text.

    lr, betas, eps, weight_decay, warm_up, schedule, clip : of AdamW, and of the loop around it
    tune : what to tune first, with how many trials
    why : why these and no others, as Markdown
    source, read : whose settings they are, as Markdown, and the date of the state that was read
    advice : the entries that the source does not hold
    """

    task: str
    lr: str
    betas: str
    eps: str
    weight_decay: str
    warm_up: str
    schedule: str
    clip: str
    tune: str
    why: str
    source: str
    read: str
    advice: tuple[str, ...]


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def settings() -> dict[str, Setting]:
    """Settings to start training with, by task.

    Returns a dict from task to `Setting`. Where it comes from, and what is mere advice, stands in each.

    >>> settings()["fine-tuning"].lr
    '2e-5 to 5e-5'
    """
    rows = {task: row for task, row in _read().items() if task != "columns"}
    return {task: Setting(task, **row | {"advice": tuple(row["advice"])}) for task, row in rows.items()}


def settings_card() -> Shown:
    """The settings as a table, its heads linked to what explains them, with a folded note below for every task."""
    rows = settings().values()
    cells = {head: [_entry(row, name) for row in rows] for name, head in _read()["columns"].items()}
    shown = table({"task": list(settings())} | cells)
    notes = [(row.task, _note(row)) for row in rows]
    folds = [f"<details><summary>{title}</summary>\n\n{text}\n\n</details>" for title, text in notes]
    plain = [f"{title}: {text}" for title, text in notes]
    return Shown("\n\n".join([shown.plain, *plain]), "\n\n".join([shown.markdown, *folds]))


def _entry(row: Setting, name: str) -> str:
    return getattr(row, name) + ADVICE * (name in row.advice)


def _note(row: Setting) -> str:
    return f"{row.why} *Source: {row.source}, as of {row.read}.*"
