"""Numbers that Markdown holds itself: worked by hand in view, given, or set in a table of settings with its source."""

import ast
import math
import operator
import re

from helpers import notebooks

SIGNS = str.maketrans({"−": "-", "×": "*", "·": "*", "^": "*", "⋅": "*"})
SUM = re.compile(r"([0-9.,()+\-−*×·⋅/^√ ]*\d\)?) ?(?:=|≈|\bis\b) ?([−-]?\d[\d,]*(?:\.\d+)?)")
GIVEN = re.compile(r"\b(?:β[₁₂]?|lr|κ|ε|λ|σ|g|t|n|wd|x|θ[₁₂]?) ?= ?[−-]?(\d[\d,]*(?:\.\d+)?)")
SETTINGS_HEADING = re.compile(r"^#+ .*\b[Ss]ettings\b", re.MULTILINE)
OPERATIONS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


def by_hand(text: str) -> list[float]:
    """The results of sums that are right, "0.75 + 1 = 1.75", and what is added in them; a sum that does nothing is none."""
    found: list[float] = []
    for left, right in SUM.findall(re.sub(r"[`*$]{1,2}(?=[^ ])|(?<=[^ ])[`$]{1,2}", "", text.replace("{,}", ","))):
        parts = [number.value for number in notebooks.written_numbers(left)]
        exact = worked_value(left)
        shown = notebooks.written_numbers(right)
        if exact is None or not shown or not shown[0].rounds(abs(exact)):
            continue
        if not any(math.isclose(part, abs(exact)) for part in parts):
            found += [abs(exact), *parts]
    return found


def worked_value(written: str) -> float | None:
    """What an expression in digits comes to: 4 + 8, (1 − 0.9)·2, 38/33, √10, 10^3. None where it is no sum at all."""
    code = re.sub(r"√ ?(\d[\d.]*)", r"\1**0.5", re.sub(r"√ ?(\([^()]*\))", r"\1**0.5", written.replace("^", "**")))
    code = re.sub(r"(?<=\d),(?=\d{3})", "", code).replace(",", " ").translate(SIGNS).strip()
    try:
        tree = ast.parse(code, mode="eval").body
        return None if isinstance(tree, ast.Constant) else float(_value(tree))
    except (SyntaxError, KeyError, TypeError, ZeroDivisionError, OverflowError, ValueError):
        return None


def _value(tree: ast.AST) -> float:
    if isinstance(tree, ast.BinOp):
        return OPERATIONS[type(tree.op)](_value(tree.left), _value(tree.right))
    if isinstance(tree, ast.UnaryOp):
        return OPERATIONS[type(tree.op)](_value(tree.operand))
    if isinstance(tree, ast.Constant):
        return tree.value
    raise TypeError(f"{tree} is no number")


def given_numbers(text: str) -> list[float]:
    """What a sentence sets: "with β = 0.5"."""
    return [float(digits.replace(",", "")) for digits in GIVEN.findall(text)]


def settings_numbers(text: str) -> list[float]:
    """The numbers in a table under a heading that calls them settings, where a link says whose they are."""
    if not (SETTINGS_HEADING.search(text) and "](" in text):
        return []
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [number.value for row in rows for number in notebooks.measured_numbers(row)]
