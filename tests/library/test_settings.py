"""The settings by task: every entry is there, has a reason and a source, and the card shows it."""

import re
from datetime import date

import pytest

from adamlib.settings import ADVICE, Setting, settings, settings_card
from helpers import notebooks

TASKS = settings()
ENTRIES = ("lr", "betas", "eps", "weight_decay", "warm_up", "schedule", "clip", "tune")


@pytest.mark.parametrize("task", TASKS)
def test_a_row_is_whole(task):
    row = TASKS[task]
    assert all(isinstance(getattr(row, name), str) and getattr(row, name) for name in Setting._fields if name != "advice")
    assert row.task == task
    assert set(row.advice) <= set(ENTRIES)
    assert date(2012, 1, 1) < date.fromisoformat(row.read) <= date.today()
    assert re.search(r"\[[^\]]+\]\(https://(?:github\.com|arxiv\.org)/[\w./-]+\)", row.source)
    assert set(row.advice) != set(ENTRIES), "a row with no source is no row"


@pytest.mark.parametrize("task", TASKS)
def test_its_numbers_are_settings_of_adam(task):
    row = TASKS[task]
    beta1, beta2 = map(float, row.betas.split(", "))
    assert 0 <= beta1 <= beta2 < 1
    assert all(1e-6 < float(rate) < 0.1 for rate in row.lr.split(" to "))
    assert 1e-10 < float(row.eps) < 1e-3
    assert 0 <= float(row.weight_decay) < 1
    assert row.clip == "none" or 0 < float(row.clip) <= 1


def test_the_card_shows_every_entry_with_its_mark():
    lines = settings_card().markdown.splitlines()
    cells = {line.split(" | ")[0].strip("| "): line for line in lines if line.startswith("| ")}
    for task, row in TASKS.items():
        for name in ENTRIES:
            assert getattr(row, name) + ADVICE * (name in row.advice) in cells[task]
    assert sum(line.count(ADVICE) for line in lines) == sum(len(row.advice) for row in TASKS.values())


def test_every_task_has_a_folded_note_with_its_source():
    card = settings_card()
    notes = dict(re.findall(r"<details><summary>(.+?)</summary>\n\n(.+?)\n\n</details>", card.markdown, re.DOTALL))
    assert list(notes) == list(TASKS)
    for task, row in TASKS.items():
        assert row.source in notes[task]
        assert row.read in notes[task]
        assert row.why in card.plain


def test_the_heads_lead_to_what_explains_them():
    head = settings_card().markdown.splitlines()[0]
    assert head.count("](") == len(ENTRIES) - 1
    assert "| tune: trials |" in head


def test_its_links_lead_somewhere():
    assert notebooks.broken_links(settings_card().markdown, notebooks.FOLDER) == []


def test_a_link_that_leads_nowhere_is_noticed():
    assert notebooks.broken_links(settings_card().markdown.replace("04_adam", "04_eve"), notebooks.FOLDER)
