"""A notebook as a lecture: one figure, formula or sentence a slide, and the text that explains it as notes for who speaks.

The cells are sorted by a rule, not by hand. A prediction, a figure, a formula, a table, an exercise and each sentence of "What we
showed" make a slide; arrow right goes from one to the next. Code stands below the slide it belongs to: arrow down. All other text
is said, not shown: it stands in the notes of the slide that it leads to, a folded answer in those of the slide it answers.
"""

import html
import re
from dataclasses import dataclass, field

from nbconvert.filters.highlight import Highlight2HTML
from nbformat import NotebookNode

from book import teaching
from book.chapters import Chapter, stored_data
from book.markup import markdown_html

ROWS, CODE_LINES = 5, 18  # of a table, of code, on one slide
PREDICT = re.compile(r"\*\*Predict[^*]*\*\*")
DISPLAYED = re.compile(r"\$\$.+?\$\$", re.DOTALL)
QUESTION = re.compile(r"^> \*\*In one minute\.\*\* \*(.+?)\*", re.MULTILINE)
SHOWED, EXERCISES, UNSAID = "What we showed", "Your turn", "References"
ANSWER = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)


@dataclass
class Slide:
    """What is shown, as HTML, and what is said beside it."""

    shown: str
    said: list[str] = field(default_factory=list)

    @property
    def html(self) -> str:
        notes = f'\n<aside class="notes">{"".join(self.said)}</aside>' if self.said else ""
        return self.shown + notes


@dataclass
class Lecture:
    """The slides of a chapter: stacks, of which the first slide is shown and the others stand below it.

    waiting : what is to be said and has no slide yet; in the end only where there is no slide at all
    """

    chapter: Chapter
    pictures: dict[str, bytes]
    stacks: list[list[Slide]] = field(default_factory=list)
    section: str = ""
    part: str = ""
    waiting: list[str] = field(default_factory=list)
    predictions: int = 0

    @classmethod
    def of(cls, chapter: Chapter, pictures: dict[str, bytes]) -> "Lecture":
        made = cls(chapter, pictures)
        for cell in chapter.raw.cells[1:]:
            if cell.cell_type == "markdown":
                for paragraph in paragraphs_of(cell.source):
                    made.tell(paragraph)
            else:
                made.show(cell)
        if made.stacks:
            made.stacks[-1][0].said += made.waiting
            made.waiting = []
        return made

    # Slides

    def add(self, shown: str, below: bool = False) -> Slide:
        """A slide under the heading of its section; it takes the notes that wait."""
        head = f"<h2>{html.escape(self.part or self.section or self.chapter.title)}</h2>\n"
        slide = Slide(head + shown)
        if below and self.stacks:
            self.stacks[-1].append(slide)
        else:
            self.stacks.append([slide])
            slide.said, self.waiting = self.waiting, []
        return slide

    def add_sentence(self, text: str) -> Slide:
        return self.add(f'<div class="sentence">{markdown_html(text)}</div>')

    # Cells

    def show(self, cell: NotebookNode) -> None:
        if not self.section or cell.source.startswith("answer = ..."):
            return
        code, outputs = [code_html(part) for part in split_code(cell.source)], []
        if "image/png" in stored_data(cell):
            self.add(self.chapter.shown(cell, self.pictures))
        else:
            outputs = outputs_of(cell)
        if len(code) == 1 and len(outputs) < 2:
            code, outputs = ["".join(code + outputs)], []
        for shown in code + outputs:
            self.add(shown, below=True)

    def tell(self, text: str) -> None:
        """One paragraph: shown, said, or left out."""
        if text.startswith("#"):
            level, title = text.split("\n")[0].split(" ", 1)
            self.section, self.part = (title, "") if level == "##" else (self.section, title)
        elif self.section == UNSAID:
            return
        elif answers := ANSWER.findall(text):
            self.answer(answers)
        elif PREDICT.match(text):
            self.predict(text)
        elif DISPLAYED.search(text):
            if words := DISPLAYED.sub("", text).strip():
                self.waiting.append(markdown_html(words))
            self.add(f'<div class="formulas">{markdown_html("".join(DISPLAYED.findall(text)))}</div>')
        elif text.startswith("|"):
            for rows in split_table(text):
                self.add(markdown_html(rows))
        elif text.startswith("```"):
            for part in split_fence(text):
                self.add(markdown_html(part), below=True)
        elif self.section == SHOWED:
            for sentence in re.split(r"^(?:\d+\.|-) +", text, flags=re.MULTILINE):
                if sentence.strip():
                    self.add_sentence(sentence)
        elif text.startswith(">") or self.section == EXERCISES:
            self.add_sentence(re.sub("^> ?", "", text, flags=re.MULTILINE))
        else:
            self.waiting.append(markdown_html(text))

    def predict(self, text: str) -> None:
        """A question to vote on, with what a wrong vote believes."""
        self.add_sentence(text).said += teaching.misconception_html(self.chapter, self.predictions)
        self.predictions += 1

    def answer(self, answers: list[tuple[str, str]]) -> None:
        said = [f"<p><strong>{title}:</strong></p>{markdown_html(text.strip())}" for title, text in answers]
        if self.stacks:
            self.stacks[-1][0].said += said
        else:
            self.waiting += said


def question_of(chapter: Chapter) -> str:
    """The question in the box of a chapter, as HTML."""
    found = QUESTION.search(chapter.raw.cells[0].source)
    return markdown_html(found[1]) if found else ""


def box_of(chapter: Chapter) -> str:
    """The whole box, for the notes."""
    return markdown_html("\n\n".join(chapter.raw.cells[0].source.split("\n\n")[2:]))  # after its title and its ways on


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of a Markdown cell; a folded answer and a fence of code stay whole, a heading stands alone."""
    kept: list[str] = []
    inside = False
    for part in re.split(r"\n{2,}", text.strip()):
        if inside:
            kept[-1] += "\n\n" + part
        else:
            kept.append(part)
        whole = kept[-1]
        inside = whole.count("<details") > whole.count("</details>") or whole.count("```") % 2 == 1
    return kept


def split_table(text: str) -> list[str]:
    """A long table as several of a few rows each, all with the same head."""
    head, line, *rows = text.split("\n")
    return ["\n".join([head, line, *rows[k : k + ROWS]]) for k in range(0, len(rows), ROWS)]


def split_code(source: str) -> list[str]:
    """Long code as several pieces, cut at empty lines."""
    pieces = [""]
    for block in source.split("\n\n"):
        if pieces[-1] and (pieces[-1] + block).count("\n") + 3 > CODE_LINES:
            pieces.append("")
        pieces[-1] += ("\n\n" if pieces[-1] else "") + block
    return pieces


def split_fence(text: str) -> list[str]:
    """A long fence of code as several."""
    first, *lines, last = text.strip().split("\n")
    return [f"{first}\n{piece}\n{last}" for piece in split_code("\n".join(lines))]


def code_html(source: str) -> str:
    return str(Highlight2HTML(pygments_lexer="python")(source))


def outputs_of(cell: NotebookNode) -> list[str]:
    """What a cell printed, and its tables; a long table as several."""
    made = []
    for shown in cell.outputs:
        data = shown.get("data", {})
        if (text := data.get("text/markdown", "")).startswith("|"):
            made += [markdown_html(rows) for rows in split_table(text.strip())]
        elif text:
            made.append(markdown_html(text))
        else:
            made.append(f"<pre>{html.escape(shown.get('text') or data.get('text/plain', ''))}</pre>")
    return made
