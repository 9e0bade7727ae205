"""A small Sphinx extension: formulas as MathML, and docstrings as this library writes them."""

import inspect
import re
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx

from book import mathml

FIELD = re.compile(r"^(\*{0,2}\w+(?:, \*{0,2}\w+)*) : (.*)$")
COMMENTED = re.compile(r"^    (\w+): [^#\n]+  # (.+)$", re.MULTILINE)
CODE = re.compile(r"(`[^`]*`)")


def docstring_as_rst(lines: list[str]) -> list[str]:
    """A docstring of this library as reStructuredText: `name : meaning` becomes a list, an indented formula stays as it is.

    >>> docstring_as_rst(["Walk.", "", "lr, beta : the rate", "    of learning"])
    ['Walk.', '', '.. rst-class:: arguments', '', '``lr``, ``beta``', '    the rate', '    of learning', '']
    """
    made: list[str] = []
    for block in split_blocks(lines):
        if FIELD.match(block[0]):
            made += [".. rst-class:: arguments", ""]
            for line in block:
                match = FIELD.match(line)
                if match:
                    names = ", ".join(f"``{name}``" for name in match[1].split(", "))
                    made += [names, f"    {_escaped(match[2])}"]
                else:
                    made.append("    " + _escaped(line.strip()))
        elif block[0].startswith(" "):
            made += ["::", "", *block]
        elif block[0].startswith(">>>"):
            made += block
        else:
            made += [_escaped(line) for line in block]
        made.append("")
    return made


def split_blocks(lines: list[str]) -> list[list[str]]:
    """The paragraphs; a formula of several paragraphs is one."""
    found: list[list[str]] = []
    gap = True
    for line in lines:
        if not line.strip():
            gap = True
            continue
        goes_on = found and line.startswith(" ") and found[-1][0].startswith(" ")
        if gap and goes_on:
            found[-1] += ["", line]
        elif gap or (FIELD.match(line) and not FIELD.match(found[-1][0])):
            found.append([line])
        else:
            found[-1].append(line)
        gap = False
    return found


def _escaped(line: str) -> str:
    """Stars, bars and trailing underscores are meant as they stand."""
    parts = CODE.split(line)
    return "".join(part if part.startswith("`") else re.sub(r"([*|\\])|(?<=\w)(_)(?!\w)", r"\\\g<0>", part) for part in parts)


def jupyter_anchor(title: str) -> str:
    """The anchor of a heading, as Jupyter has it and as the notebooks link to it: `Why-it-happens`."""
    return title.strip().replace(" ", "-")


def process_docstring(app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    if what == "data":
        lines.clear()  # they are those of dict or tuple; the module says what it is
    if inspect.isclass(thing) and NamedTuple in getattr(thing, "__orig_bases__", ()):  # others have no source to look into
        lines += ["", *(f"{field} : {meaning}" for field, meaning in COMMENTED.findall(inspect.getsource(thing)))]
    lines[:] = docstring_as_rst(lines)


def skip_member(app: Sphinx, what: str, name: str, thing: object, skipped: bool, options: object) -> bool | None:
    """Leave out what other libraries say: of the fields of a named tuple, of methods that come with a base class."""
    foreign = not (getattr(thing, "__module__", None) or "adamlib").startswith("adamlib")
    return True if foreign or (getattr(thing, "__doc__", None) or "").startswith("Alias for field number") else None


def visit_math(self, node: nodes.math) -> None:
    self.body.append(mathml.inline(node.astext()))
    raise nodes.SkipNode


def visit_math_block(self, node: nodes.math_block) -> None:
    self.body.append(mathml.block(node.astext()))
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict:
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("autodoc-process-docstring", process_docstring)
    app.connect("autodoc-skip-member", skip_member)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
