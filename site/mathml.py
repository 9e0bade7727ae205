"""Formulas as MathML, made when the site is built: no script and no font is loaded to read them."""

import html
import re

from latex2mathml.converter import convert

TAG = re.compile(r"\\tag\{([^}]*)\}")
LETTERS = re.compile(r'(?:<mi mathvariant="normal">\w</mi>){2,}')


def inline(latex: str) -> str:
    """A formula in a line of text."""
    return _math(latex, "inline")


def block(latex: str, anchored: bool = True) -> str:
    """A displayed formula; the number of `\\tag{n.k}` stands beside it, and is its anchor, `eq-n-k`."""
    tags = [html.escape(tag) for tag in TAG.findall(latex)]
    formula = f'<div class="wide" tabindex="0" role="group" aria-label="formula">{_math(TAG.sub("", latex), "block")}</div>'
    number = "".join(f'<span class="number">({tag})</span>' for tag in tags)
    here = f' id="{anchor(tags[0])}"' if tags and anchored else ""
    return f'<div class="formula"{here}>{formula}{number}</div>\n'


def anchor(tag: str) -> str:
    return "eq-" + tag.replace(".", "-")


def _math(latex: str, display: str) -> str:
    """Neighbouring upright letters become one name: `lr`, not l times r."""
    made = convert(latex.strip(), display=display)
    if "\\" in made:
        raise ValueError(f"this formula has a command that is not understood: {latex}")
    return LETTERS.sub(lambda run: "<mi>" + re.sub(r"<[^>]+>", "", run[0]) + "</mi>", made)
