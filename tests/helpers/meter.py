#!/usr/bin/env python3
"""How hard is a notebook to read? Its figures as a Markdown table: `python -m tests.helpers.meter 01 01.2`, or a path, or all.

words      what a reader reads as prose: Markdown, a formula as one word, folds too (but the solutions of exercises); comments,
           fences that are no code; long texts in code and outputs. The references that end the notebook do not count
cells      code cells; long: the words of the longest run of Markdown, which a cell without a statement does not end
lines      logical code lines (a broken bracket counts once, a semicolon ends one); code fenced in Markdown counts too, but
           for solutions and blocks of PyTorch; med, max: in a code cell
nodes      syntax nodes in all (ast, without load and store marks); per: a logical line
dense      statements, or heads of for, if, while, with, def, class, with 26 or more nodes: what nobody reads at sight
keeping    logical lines that assert, or that build captions, rows and formatted text, in per cent
wpc        words of Markdown for each 100 characters of code
names      distinct functions and methods called that are neither builtins nor defined in the notebook
rel, inl   relations (=, <, >, arrows) in display formulas; formulas within lines
tables, pics   in outputs and in Markdown
claims     items of the list under "What we showed"
reading    minutes to read through: words / 180 + 0.6 s a node + 45 s a picture or table; who solves takes twice as long
"""

import ast
import builtins
import io
import json
import re
import statistics
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

from adamlib import series

DENSE = 26
OUTPUT_WORDS, TEXT_WORDS = 40, 30  # what a cell may print, and say in its own texts, before it counts as prose
WORD = re.compile(r"[^\W_][\w'’.\-%°]*")
SPELT = re.compile(r"[^\W\d_]{2,}")
SIMPLE = (ast.Assign, ast.AugAssign, ast.Expr, ast.Assert, ast.Return, ast.AnnAssign, ast.Delete, ast.Raise)
COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.FunctionDef, ast.ClassDef, ast.Match)
HEADS = ("target", "iter", "test", "args", "subject", "returns")
RELATION = re.compile(
    r"[=<>≤≥≈→⇒↔]|\\(?:leq?|geq?|approx|equiv|to|iff|propto|sim|neq|ll|gg|(?:Right|right|Left|left|maps)(?:arrow|to))\b"
)
DISPLAY = re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]|\\begin\{(?:equation|align|gather|multline)\*?\}.+?\\end\{\w+\*?\}", re.DOTALL)
INLINE = re.compile(r"\$[^$]+\$|\\\(.+?\\\)", re.DOTALL)
SAID_IN_FORMULA = re.compile(r"\\(?:text\w*|mbox)\{([^}]*)\}")
FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})(\w*)[^\n]*\n(.*?)^ {0,3}\1[`~]*\s*$", re.MULTILINE | re.DOTALL)
FOLDED_SOLUTION = re.compile(r"<details>\s*<summary>Solution.*?</details>", re.DOTALL | re.IGNORECASE)
RULED = re.compile(r"^\s*\|(?:\s*:?-+:?\s*\|)+\s*$", re.MULTILINE)


def without_solutions(text: str) -> str:
    """Markdown without the folded solutions of exercises, which stand under "Your turn"; folded elsewhere they count."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return "".join(FOLDED_SOLUTION.sub(" ", part) if part.startswith("## Your turn") else part for part in parts)


def without_references(text: str) -> str:
    """Markdown without its references, where they end it."""
    parts = re.split(r"^(?=#{1,6} )", text, flags=re.MULTILINE)
    return "".join(parts[:-1] if parts[-1].startswith("## References") else parts)


def fences(text: str) -> list[tuple[str, str]]:
    """Pairs of a language and what is fenced."""
    return [(language, body) for _, language, body in FENCE.findall(text)]


def count_words(text: str) -> int:
    """Of Markdown: prose outside formulas and code, and what is said within them."""
    inside = [body if language != "python" else comments(body) for language, body in fences(text)]
    prose = FENCE.sub(" ", text)
    said = " ".join(SAID_IN_FORMULA.findall(" ".join(DISPLAY.findall(prose))))
    prose = INLINE.sub(" x ", DISPLAY.sub(" ", prose))
    prose = re.sub(r"!?\[([^\]]*)\]\(\S+?(?:\s+\"([^\"]*)\")?\)", r"\1 \2", prose)
    prose = re.sub(r"<!--|-->|</?(?:details|summary)>", " ", prose)
    return sum(len(WORD.findall(part)) for part in (re.sub(r"</?[A-Za-z]\w*>", " ", prose), said, *inside))


def comments(source: str) -> str:
    """The comments and docstrings of code, without the numbers of equations."""
    marks = re.findall(r"#\s*(.*)", source)
    quoted = re.findall(r'^\s*"{3}(.*?)"{3}', source, re.MULTILINE | re.DOTALL)
    return re.sub(r"\(\d+\.[\d.]+\)", " ", " ".join(marks + quoted))


def words_in_texts(tree: ast.AST) -> int:
    """The words in the texts of a cell."""
    return sum(len(SPELT.findall(n.value)) for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def words_shown(cell: dict) -> int:
    """The words in what a cell shows, quoted source code aside."""
    shown = ["".join(output.get("text", "")) for output in cell["outputs"]]
    for data in (output.get("data", {}) for output in cell["outputs"]):
        shown.append("".join(data.get("text/markdown", "") or data.get("text/plain", "")))
    return len(SPELT.findall(FENCE.sub(" ", "\n".join(shown))))


def count_lines(source: str) -> int:
    """Logical lines: what stands between two ends of a statement, brackets joined, semicolons parted."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    return sum(token.type == tokenize.NEWLINE or (token.type == tokenize.OP and token.string == ";") for token in tokens)


def count_nodes(tree: ast.AST) -> int:
    """A formatted field of at most eight nodes counts as one."""
    inside: set[int] = set()
    for field in ast.walk(tree):
        if isinstance(field, ast.FormattedValue):
            inner = {id(n) for n in ast.walk(field) if n is not field}
            inside |= inner if len(inner) <= 12 else set()
    return sum(not isinstance(n, (ast.Load, ast.Store)) and id(n) not in inside for n in ast.walk(tree))


def statement_sizes(tree: ast.AST) -> Iterator[int]:
    """The nodes of simple statements, and of the heads of compound ones without their bodies."""
    for statement in ast.walk(tree):
        if isinstance(statement, SIMPLE):
            yield count_nodes(statement)
        elif isinstance(statement, COMPOUND):
            parts = [getattr(statement, name, None) for name in HEADS]
            parts += [
                *getattr(statement, "items", []),
                *getattr(statement, "decorator_list", []),
                *getattr(statement, "bases", []),
            ]
            yield sum(count_nodes(part) for part in parts if isinstance(part, ast.AST))


def is_bookkeeping(statement: ast.AST) -> bool:
    """Whether a statement asserts, or builds a caption, a row or a formatted text."""
    if isinstance(statement, ast.Assert):
        return True
    return any(isinstance(n, ast.JoinedStr) or _formats(n) for n in ast.walk(statement))


def _formats(n: ast.AST) -> bool:
    if isinstance(n, ast.BinOp) and isinstance(n.op, (ast.Mod, ast.Add)):
        return any(isinstance(side, ast.Constant) and isinstance(side.value, str) for side in (n.left, n.right))
    if not isinstance(n, ast.Call):
        return False
    if isinstance(n.func, ast.Name):
        return n.func.id in ("str", "format")
    row = bool(n.args) and isinstance(n.args[0], (ast.Tuple, ast.List))
    called = getattr(n.func, "attr", "")
    return called in ("join", "format", "ljust", "rjust") or (
        called == "append" and (row or getattr(n.func, "value", n).__dict__.get("id") == "rows")
    )


def called_names(trees: list[ast.Module]) -> set[str]:
    """What is called: functions by their name, methods by theirs; no builtins, nothing that the notebook defines."""
    own = {n.name for tree in trees for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    functions = [n.func for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Call)]
    plain = {f.id for f in functions if isinstance(f, ast.Name)} - set(dir(builtins))
    return (plain | {f.attr for f in functions if isinstance(f, ast.Attribute)}) - own


def markdown_runs(cells: list[dict]) -> list[str]:
    """The runs of Markdown, neighbouring cells joined; code without a statement parts none."""
    found: list[str] = []
    joined = False
    for cell in cells:
        if cell["cell_type"] == "code":
            joined = joined and not ast.parse(python_source(cell)).body
            continue
        found = [*found[:-1], found[-1] + "\n\n" + cell["source"]] if joined else [*found, cell["source"]]
        joined = True
    return found


def python_source(cell: dict) -> str:
    return "\n".join(line for line in cell["source"].split("\n") if not line.startswith(("%", "!")))


def cells_with_text(cells: list[dict]) -> list[dict]:
    """The cells with something in them, their sources in one piece."""
    return [cell | {"source": "".join(cell["source"])} for cell in cells if "".join(cell["source"]).strip()]


def meter_row(notebook: dict) -> dict[str, float]:
    """Every figure of a notebook, given as its JSON."""
    cells = cells_with_text(notebook["cells"])
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    whole = "\n\n".join(cell["source"] for cell in cells if cell["cell_type"] != "code")
    text = without_references(without_solutions(whole))
    fenced = [body for language, body in fences(text) if language == "python" and "import torch" not in body]
    sources = [python_source(cell) for cell in codes]
    trees = [ast.parse(source) for source in [*sources, *fenced]]
    each = [count_lines(source) for source in sources] or [0]
    n = max(1, sum(each) + sum(map(count_lines, fenced)))
    spoken = count_words(text) + sum(len(WORD.findall(comments(source))) for source in sources)
    spoken += sum(max(0, words_shown(cell) - OUTPUT_WORDS) for cell in codes)
    spoken += sum(max(0, words_in_texts(tree) - TEXT_WORDS) for tree in trees)
    total = sum(map(count_nodes, trees))
    prose = FENCE.sub(" ", text)
    outputs = [output.get("data", {}) for cell in codes for output in cell["outputs"]]
    markdown = [prose, *("".join(data.get("text/markdown", "")) for data in outputs)]
    tables = sum(len(RULED.findall(part)) + part.count("<table") for part in markdown)
    pictures = sum("image/png" in data for data in outputs) + len(re.findall(r"!\[|<img", prose))
    kept = sum(is_bookkeeping(s) for tree in trees for s in ast.walk(tree) if isinstance(s, SIMPLE))
    letters = sum(len(re.sub(r"#.*|\s+", "", source)) for source in [*sources, *fenced])
    # fmt: off
    return {
        "words": spoken, "cells": len(codes), "long": max(map(count_words, _sectioned(markdown_runs(cells))), default=0),
        "lines": n, "med": statistics.median(each), "max": max(each), "nodes": total, "per": round(total / n, 1),
        "dense": sum(size >= DENSE for tree in trees for size in statement_sizes(tree)),
        "asserts": sum(isinstance(s, ast.Assert) for tree in trees for s in ast.walk(tree)), "keeping": round(100 * kept / n, 1),
        "wpc": round(100 * count_words(text) / max(1, letters)), "names": len(called_names(trees)),
        "rel": sum(len(RELATION.findall(re.sub(r"\\tag\{.*?\}", "", shown))) for shown in DISPLAY.findall(prose)),
        "inl": len(INLINE.findall(DISPLAY.sub(" ", prose))), "tables": tables, "pics": pictures, "claims": count_claims(whole),
        "reading": round(spoken / 180 + 0.01 * total + 0.75 * (pictures + tables)),
    }
    # fmt: on


def _sectioned(parts: list[str]) -> list[str]:
    """Runs of Markdown without solutions and references; one that goes on with the exercises is known as such."""
    found, section = [], ""
    for part in parts:
        found.append(without_references(without_solutions(f"{section}\n\n{part}" if section == "## Your turn" else part)))
        section = [section, *re.findall(r"^## .*$", part, re.MULTILINE)][-1].strip()
    return found


def count_claims(text: str) -> int:
    """How many items the list under "What we showed" has."""
    part = re.search(r"^## What we showed\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return len(re.findall(r"^(?:\d+\.|[-*]) ", part[1], re.MULTILINE)) if part else 0


def measured_rows(given: list[str]) -> list[dict]:
    """For each notebook, by number or by path, its name and its figures."""
    entries = {entry.number: entry.path for entry in series.read_series(series.folder())}
    paths = [entries.get(name, Path(name)) for name in given] or list(entries.values())
    return [{"notebook": path.stem} | meter_row(json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def main(given: list[str]) -> None:
    measured = measured_rows(given)
    print("| " + " | ".join(measured[0]) + " |\n|" + " --- |" * len(measured[0]))
    for row in measured:
        print("| " + " | ".join(f"{value:g}" if isinstance(value, (int, float)) else value for value in row.values()) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
