"""Markdown as HTML where Sphinx does not make it: on slides."""

import re

from nbconvert.filters.markdown_mistune import markdown2html_mistune

from book import mathml
from book.chapters import FILM_LINK, film_html

BESIDE_MARK = "@beside@"  # stands before links to what lies beside the notebook
FORMULAS_OF_SLIDES = re.compile(r"\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)


def markdown_html(text: str) -> str:
    """HTML with formulas as MathML; links between notebooks lead to their pages."""
    formulas: list[str] = []

    def keep(match: re.Match) -> str:
        made = mathml.block(match[1], anchored=False) if match[1] else mathml.inline(match[2])
        formulas.append(made.strip())
        return f"FORMULA{len(formulas) - 1}END"

    parts = re.split(r"(```.*?```|`[^`\n]*`)", text, flags=re.DOTALL)
    masked = "".join(part if part.startswith("`") else FORMULAS_OF_SLIDES.sub(keep, part) for part in parts)
    made = str(markdown2html_mistune(FILM_LINK.sub(film_html, masked)))
    made = re.sub(r'href="([\w./]+)\.(?:ipynb|md)(#[^"]*)?"', rf'href="{BESIDE_MARK}\1.html\2"', made)
    made = re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", made)
    return re.sub(r"FORMULA(\d+)END", lambda match: formulas[int(match[1])], made)
