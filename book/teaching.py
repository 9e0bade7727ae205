"""What a teacher needs beside the slides: a plan of 45 minutes, and the misconception that the lesson is against."""

import html
import re
import tomllib
from pathlib import Path

from book.chapters import Chapter

BELIEFS = tomllib.loads(Path(__file__).with_name("teaching.toml").read_text(encoding="utf-8"))
MINUTES = 45
MINUTES_OF = {"See it": 10, "Why it happens": 13, "Your turn": 8, "What we showed": 2, "In your own code": 3}
USUAL_MINUTES, UNTAUGHT = 5, {"References"}
TAUGHT_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def sections(chapter: Chapter) -> list[str]:
    """The sections that are taught, in order."""
    found = [name for cell in chapter.raw.cells if cell.cell_type == "markdown" for name in TAUGHT_SECTION.findall(cell.source)]
    return [name for name in found if name not in UNTAUGHT]


def plan_of(chapter: Chapter) -> list[tuple[int, str]]:
    """At which minute each section begins, so that the last one ends with the hour of a school."""
    names = sections(chapter)
    shares = [MINUTES_OF.get(name, USUAL_MINUTES) for name in names]
    return [(round(MINUTES * sum(shares[:k]) / sum(shares)), name) for k, name in enumerate(names)]


def plan_html(chapter: Chapter) -> str:
    """The slide of the plan; nothing for a room."""
    if chapter.entry.kind == "room":
        return ""
    rows = "".join(f"<tr><td>{minute} min</td><td>{html.escape(name)}</td></tr>" for minute, name in plan_of(chapter))
    head = "<tr><th>from</th><th>what</th></tr>"
    return f"<h2>A plan for {MINUTES} minutes</h2>\n<table>{head}{rows}<tr><td>{MINUTES} min</td><td>end</td></tr></table>"


def notes_html(chapter: Chapter) -> str:
    """What the speaker's window says beside the first slide."""
    belief = BELIEFS.get(chapter.entry.number)
    if chapter.entry.kind == "room" or belief is None:
        return ""
    before, after = html.escape(belief["before"]), html.escape(belief["after"])
    asked = "Let everybody vote before a figure moves; the answer stands below it."
    return f"<p>Many believe: “{before}”</p><p>Afterwards they should say: “{after}”</p><p>{asked}</p>"


def misconception_html(chapter: Chapter, place: int) -> list[str]:
    """What the speaker's window says beside a prediction of a lesson, the first being 0; nothing for a room."""
    wrong = [] if chapter.entry.kind == "room" else BELIEFS.get(chapter.entry.number, {}).get("wrong", [])
    return [f"<p>A wrong vote believes: “{html.escape(wrong[place])}”</p>"] if place < len(wrong) else []
