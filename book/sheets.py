"""Style sheets without the rules that no page of the site can use: two thirds of what the theme brings along."""

import re
from pathlib import Path
from typing import Any

import tinycss2

CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
WITHIN = re.compile(r":(?:not|is|where|has)\([^()]*(?:\([^()]*\)[^()]*)*\)")  # what stands there may be absent
NAME_PART = re.compile(r"[\w-]+")
NESTED = {"media", "supports", "layer"}
GONE = "vendor/fontawesome"  # fonts of icons, which are drawings in the page
OURS = {"book.css", "live.css", "slides.css"}  # small, and their classes are made while a page runs


def lighten_sheets(out: Path, written: str) -> None:
    """Rewrite the style sheets that the theme brings to a site.

    written : the text of all its pages
    """
    used = set(NAME_PART.findall(written))
    for path in sorted((out / "_static").rglob("*.js")):
        used |= set(NAME_PART.findall(path.read_text(encoding="utf-8")))
    for path in sorted(path for path in (out / "_static").rglob("*.css") if path.name not in OURS):
        path.write_text(reduced_sheet(path.read_text(encoding="utf-8"), used), encoding="utf-8")


def reduced_sheet(sheet: str, used: set[str]) -> str:
    """A style sheet whose selectors name only classes that are used."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "".join(reduced_rule(rule, used) for rule in rules)


def reduced_rule(rule: Any, used: set[str]) -> str:
    """A rule with those of its selectors that can match, or nothing."""
    if rule.type == "at-rule" and rule.content is not None and rule.lower_at_keyword in NESTED:
        inner = reduced_sheet(tinycss2.serialize(rule.content), used)
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inner}}}\n" if inner else ""
    if rule.type != "qualified-rule":
        return "" if GONE in rule.serialize() else rule.serialize() + "\n"
    selectors = [text for part in split_at_commas(rule.prelude) if can_match(text := tinycss2.serialize(part).strip(), used)]
    body = tinycss2.serialize(rule.content).strip()
    return f"{','.join(selectors)}{{{body}}}\n" if selectors and body else ""


def split_at_commas(tokens: list[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def can_match(selector: str, used: set[str]) -> bool:
    """Whether all classes that a selector asks for are used."""
    return set(CLASS.findall(WITHIN.sub("", selector))) <= used
