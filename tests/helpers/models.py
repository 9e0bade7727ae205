"""Notebooks in memory that keep every rule of the series, and the same with one thing broken."""

import nbformat
from nbformat import NotebookNode

from helpers import notebooks
from helpers.notebooks import Notebook

FILE_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
PNG = "iVBORw0KGgo="
Cell = str | tuple[str, ...]

THOUGHT = "This is a thought of a few short words, and it needs no formula. " * 8

LESSON: list[Cell] = [
    """\
# 50 Build a model

Previous: [49 Before](49_before.ipynb) | [Index](index.ipynb) | Next: [51 After](51_after.ipynb) | [Glossary](GLOSSARY.md)

> **In one minute.** *Why build a model?* Because a rule that cannot fail is no rule. A model that keeps all of them shows which.
>
> In code it is one line: `x = 2 * y`.
>
> Skip this lesson if you have built one.

You need lesson 49.""",
    (notebooks.IMPORTS,),
    f"## See it\n\n{THOUGHT}\n\nThe next cell walks down a bowl with SGD.\n\n**Predict.** Does it arrive?",
    ("bowl = al.bowl(condition=10)\nwalk = al.run(al.SGD(lr=0.1), bowl, steps=8)\nplots.paths(walk)", "picture", "It arrives."),
    "<details><summary>Answer</summary>\n\nIt does.\n\n</details>",
    f"## Why it happens\n\n{THOUGHT}\n\n$$x = y \\tag{{50.1}}$$",
    ("twice = 2 * 21\ntwice", "text", "42"),
    f"The number is 42. {THOUGHT} The next pictures show the walk again.",
    ("plots.paths(walk)", "picture", "It arrives again."),
    f"Once more. {THOUGHT}",
    ("plots.curves(walk)", "picture", "Its loss falls."),
    f"## Turn it into code\n\nWrite it yourself. {THOUGHT}",
    ("def double(y):\n    x = 2 * y  # (50.1)\n    return x",),
    ("double(21)", "text", "42"),
    ("source(al.SGD)", "markdown", "```python\nclass SGD: ...\n```"),
    f"It agrees.\n\n## Where it stops working\n\n{THOUGHT} It does not work [in a hollow](deeper/50_1_hollows.ipynb).",
    "## In your own code\n\n"
    "```python\nimport torch\n\nx = torch.ones(2)\ny = x.sum()\ny = 2 * y / 2\nprint(y.item())\n```\n\nIt prints 2.",
    "## Your turn",
    "### 50a Predict\n\nWhat?\n\n<details><summary>Solution</summary>\n\n```python\nanswer = 1\n```\n\n</details>",
    ('answer = ...\ncheck("50a", answer)', "print", "50a: not answered yet\n"),
    "### 50b Compute by hand\n\nWhat?\n\n<details><summary>Solution</summary>\n\n```python\nanswer = 2\n```\n\n</details>",
    ('answer = ...\ncheck("50b", answer)', "print", "50b: not answered yet\n"),
    "### 50c Code\n\nFill it in.\n\n"
    "<details><summary>Solution</summary>\n\n```python\ndef answer(x):\n    return 2 * x\n```\n\n</details>",
    ('def answer(x):\n    y = ...\n    return y\n\n\ncheck("50c", answer)', "print", "50c: not answered yet\n"),
    """\
## What we showed

1. Twice 21 is 42. *The second cell.*
2. A walk arrives in 8 steps. *(50.1)*
3. A model keeps all 17 rules. *(50.1), Somebody 1964*

## References

- Somebody (1964), [A method](https://example.org). Read it for its figures.""",
]

ROOM: list[Cell] = [
    """\
# 50.1 Does it leave a hollow?

[Lesson 50: Build a model](../50_model.ipynb) | [Index](../index.ipynb) | [Glossary](../GLOSSARY.md)

> **In one minute.** *Does it leave a hollow?* It rarely does.
>
> You need lesson 50, and to know what an eigenvalue is.""",
    (notebooks.IMPORTS,),
    f"## See it\n\n{THOUGHT}\n\nThe next cell walks down a bowl with SGD.",
    ("bowl = al.bowl(condition=10)\nplots.paths(al.run(al.SGD(lr=0.1), bowl, steps=8))", "picture", "It stays."),
    f"## One coordinate, by hand\n\n{THOUGHT}\n\n$$x = y \\tag{{50.1.1}}$$",
    "## What we showed\n\n1. It stays in the hollow. *(50.1.1)*\n\n"
    "## References\n\n- Somebody (1964), A method. Read it for its figures.",
]

INDEX_CELLS: list[Cell] = [
    f"# Models in ten minutes\n\n> **In one minute.** *What is a model?* Something that keeps the rules.\n\n{THOUGHT}",
    (notebooks.IMPORTS,),
    f"## The rule\n\n{THOUGHT}",
    ("twice = 2 * 21\ntwice", "text", "42"),
    f"## Where to go from here\n\n{THOUGHT}\n\n## References\n\n- Somebody (1964), A method. Read it for its figures.",
]
MODELS = {
    "lesson": ("50_model.ipynb", LESSON),
    "room": ("deeper/50_1_hollows.ipynb", ROOM),
    "index": ("index.ipynb", INDEX_CELLS),
    "card": ("10_model.ipynb", LESSON),
}


def make_output(form: str, shown: str) -> NotebookNode:
    """What a cell shows: a picture with its sentence and what is computed, a text, Markdown, or what it prints."""
    if form == "print":
        return nbformat.v4.new_output("stream", name="stdout", text=shown)
    if form == "picture":
        data = {"text/plain": f"{shown} Last: walk 0.125.", "image/png": PNG}
        return nbformat.v4.new_output("display_data", data, metadata={"image/png": {"alt": shown}})
    return nbformat.v4.new_output("display_data", {{"text": "text/plain", "markdown": "text/markdown"}[form]: shown})


def make_notebook(name: str, cells: list[Cell]) -> Notebook:
    """A notebook of these cells: a text is Markdown; code is a tuple, with the form and the text of its output, if any."""
    made: list[NotebookNode] = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell, id=f"m{len(made)}"))
        else:
            source, *shown = cell
            outputs = [make_output(*shown)] if len(shown) == 2 else []
            made.append(nbformat.v4.new_code_cell(source, id=f"c{len(made)}", outputs=outputs))
    notebook = Notebook(name, nbformat.v4.new_notebook(cells=made, metadata=FILE_METADATA))
    for count, cell in enumerate(notebook.code, start=1):
        cell.execution_count = count
    return notebook


def model_notebook(kind: str) -> Notebook:
    """A notebook of this kind that keeps every rule."""
    return make_notebook(*MODELS[kind])


def broken_model(kind: str, *changes: tuple[str, str]) -> Notebook:
    """The same with texts replaced in its sources and outputs; each stands there."""
    name, cells = MODELS[kind]
    for old, new in changes:
        assert any(old in part for cell in cells for part in ([cell] if isinstance(cell, str) else cell)), old
        cells = [cell.replace(old, new) if isinstance(cell, str) else tuple(p.replace(old, new) for p in cell) for cell in cells]
    return make_notebook(name, cells)


def with_cells(kind: str, place: int, *more: Cell) -> Notebook:
    """The same with more cells before this place."""
    name, cells = MODELS[kind]
    return make_notebook(name, [*cells[:place], *more, *cells[place:]])
