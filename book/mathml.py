"""Formulas as MathML, made when the site is built: no script is needed to read them, and one small font."""

import html
import io
import logging
import re
import unicodedata
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert

TAG = re.compile(r"\\tag\{([^}]*)\}")
# What the converter leaves to the browser, which sets names of functions and bars too wide or too narrow.
SPACING = {
    re.compile(
        r"<m[io]>(ln|log|exp)</m[io]>(?!<mo[^>]*>&#x00028;)"
    ): r'<mo form="prefix" lspace="0.17em" rspace="0.17em">\1</mo>',
    re.compile(r"<mo>([A-Za-z]+)</mo>(?=<mo[^>]*>&#x00028;)"): r'<mo form="prefix" lspace="0.17em" rspace="0">\1</mo>',
    re.compile(r'<mo stretchy="false">&#x0007C;</mo>'): '<mo stretchy="false" lspace="0" rspace="0">|</mo>',
    re.compile(r"<mo[^>]*>&#x0005E;</mo>"): '<mo stretchy="false">&#x002C6;</mo>',  # a hat that sits on its letter
    re.compile("<m[io]>(&#x027F[5-A];|&#x021D2;|&#x02192;)</m[io]>"): r'<mo lspace="0.28em" rspace="0.28em">\1</mo>',
}
ALWAYS = "√()[]{}|-−,.′"  # drawn by the browser, or worth having
FORMULA = re.compile(r"<math.*?</math>", re.DOTALL)
LETTERS = re.compile(r'(?:<mi mathvariant="normal">\w</mi>){2,}')


def inline(latex: str) -> str:
    """A formula in a line of text."""
    return _math(latex, "inline")


def block(latex: str, anchored: bool = True) -> str:
    """A displayed formula; the number of `\\tag{n.k}` stands beside it, and is its anchor, `eq-n-k`."""
    tags = [html.escape(tag) for tag in TAG.findall(latex)]
    made = "".join(_math(part, "block") for part in parts(TAG.sub("", latex)))
    formula = f'<div class="wide" tabindex="0" role="group" aria-label="formula">{made}</div>'
    number = "".join(f'<span class="number">({tag})</span>' for tag in tags)
    here = f' id="{anchor(tags[0])}"' if tags and anchored else ""
    return f'<div class="formula"{here}>{formula}{number}</div>\n'


def parts(latex: str) -> list[str]:
    """The formulas that stand in one line with wide spaces between: where the line is short they stand one under the other."""
    return [part for part in re.split(r"(?:\\qquad\s*)+", latex.strip("$")) if part.strip()]


def anchor(tag: str) -> str:
    return "eq-" + tag.replace(".", "-")


def _math(latex: str, display: str) -> str:
    """Neighbouring upright letters become one name: `lr`, not l times r."""
    made = convert(latex.strip(), display=display)
    if "\\" in made:
        raise ValueError(f"this formula has a command that is not understood: {latex}")
    for found, spaced in SPACING.items():
        made = found.sub(spaced, made)
    return LETTERS.sub(lambda run: "<mi>" + re.sub(r"<[^>]+>", "", run[0]) + "</mi>", made)


def font(pages: str) -> bytes:
    """STIX Two Math, as the package ziamath carries it, cut down to the characters of the formulas in `pages`.

    A browser shows single letters slanted: with a letter goes its slanted twin.
    """
    found = find_spec("ziamath")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("the font of the formulas comes with the package ziamath: install the group `book`")
    shown = {ord(c) for formula in FORMULA.findall(pages) for c in html.unescape(re.sub(r"<[^>]+>", "", formula))} | set(
        map(ord, ALWAYS)
    )
    file = TTFont(Path(found.origin).parent / "fonts" / "STIXTwoMath-Regular.ttf", recalcTimestamp=False)
    options = subset.Options(layout_features=["ssty", "dtls"], name_IDs=["*"], hinting=False, notdef_outline=True)
    cut = subset.Subsetter(options)
    cut.populate(unicodes=shown | {ord(twin) for code in shown for twin in slanted_twin(chr(code))})
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    cut.subset(file)
    file.flavor, out = "woff", io.BytesIO()
    file.save(out)
    return out.getvalue()


@cache
def slanted_letters() -> dict[str, str]:
    """Every letter with its slanted form among the mathematical letters of Unicode."""
    found = {"h": "\u210e"}
    for code in range(0x1D434, 0x1D7CC):
        name = unicodedata.name(chr(code), "")
        if name.startswith("MATHEMATICAL ITALIC"):
            plain = unicodedata.decomposition(chr(code)).removeprefix("<font> ")
            found[chr(int(plain, 16))] = chr(code)
    return found


def slanted_twin(letter: str) -> str:
    return slanted_letters().get(letter, letter)
