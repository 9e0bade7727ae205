"""A small Sphinx extension: formulas as MathML, and docstrings as this library writes them."""

import re

from docutils import nodes
from sphinx.application import Sphinx

import mathml

FIELD = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (.*)$")
CODE = re.compile(r"(`[^`]*`)")


def fields(lines: list[str]) -> list[str]:
    """A docstring of this library as reStructuredText: `name : meaning` becomes a field, an indented formula stays as it is.

    >>> fields(["Walk.", "", "lr : the rate", "    of learning"])
    ['Walk.', '', ':param lr: the rate', '    of learning']
    """
    made: list[str] = []
    in_field = in_code = False
    for number, line in enumerate(lines):
        indented = line.startswith(" ")
        if match := FIELD.match(line):
            if made and made[-1] and not in_field:
                made.append("")
            name = match[1].replace("*", "\\*")
            made.append(f":param {name}: {_escaped(match[2])}")
            in_field, in_code = True, False
        elif not line.strip():
            made.append("")
            in_code = in_code and _indented_next(lines, number)
            in_field = False
        elif indented and not in_field:
            if not in_code:
                made += ["::", ""]
            made.append(line)
            in_code = True
        elif line.startswith(">>>") or line.startswith("..."):
            made.append(line)
            in_field = in_code = False
        else:
            if in_field and not indented:
                made.append("")
                in_field = False
            in_doctest = bool(made and number and _in_doctest(lines, number))
            made.append(line if in_doctest else _escaped(line))
    return made


def _indented_next(lines: list[str], number: int) -> bool:
    rest = [line for line in lines[number + 1 :] if line.strip()]
    return bool(rest) and rest[0].startswith(" ")


def _in_doctest(lines: list[str], number: int) -> bool:
    while number > 0 and lines[number - 1].strip():
        number -= 1
        if lines[number].startswith(">>>"):
            return True
    return False


def _escaped(line: str) -> str:
    """Stars, bars and trailing underscores are meant as they stand."""
    parts = CODE.split(line)
    return "".join(part if part.startswith("`") else re.sub(r"([*|\\])|(?<=\w)(_)(?!\w)", r"\\\g<0>", part) for part in parts)


def process(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    lines[:] = fields(lines)


def visit_math(self, node: nodes.math) -> None:
    self.body.append(mathml.inline(node.astext()))
    raise nodes.SkipNode


def visit_math_block(self, node: nodes.math_block) -> None:
    self.body.append(mathml.block(node.astext()))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("autodoc-process-docstring", process)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
