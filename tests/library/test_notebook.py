"""Tables and quoted code of the notebooks."""

import numpy as np
import pytest

import adamlib as al
from adamlib.notebook import source, table


def test_a_row_is_one_text_or_a_tuple_of_texts():
    as_text = table("rule | steps", ["Adam | 10", "SGD | 1000"])
    as_tuples = table(("rule", "steps"), [("Adam", "10"), ("SGD", "1000")])
    assert as_text == as_tuples
    assert repr(as_text) == "rule  steps\nAdam  10\nSGD   1000"
    assert as_text._repr_markdown_() == "| rule | steps |\n| --- | --- |\n| Adam | 10 |\n| SGD | 1000 |"


def test_a_cell_holds_bars_and_signs():
    assert table(" | |g|", ["v | a<b>"])._repr_markdown_() == "|  | \\|g\\| |\n| --- | --- |\n| v | a&lt;b> |"


@pytest.mark.parametrize(
    ("header", "rows", "error", "words"),
    [
        ("a | b", ["1"], ValueError, r"row = \('1',\) is not allowed: a row must have 2 cells"),
        ("", [], TypeError, "columns = '' is not allowed"),
        (3, [], TypeError, "columns = 3 is not allowed"),
        (("a", 1), [], TypeError, "columns = .* is not allowed: columns must be a tuple of texts"),
        ("a", [3], TypeError, r"rows = \[3\] is not allowed"),
        ("a", [(0.1,)], TypeError, "cell = 0.1 is not allowed: a cell must be text"),
        ("a", "1", TypeError, "rows = '1' is not allowed"),
    ],
)
def test_what_is_no_table(header, rows, error, words):
    with pytest.raises(error, match=words):
        table(header, rows)


def test_columns_are_written_by_the_table():
    rates, steps = np.array([0.3, 0.0015, 1 / 3]), [23, None, 12345.0]
    shown = table({"lr": rates, "steps": steps, "rule": ["Adam", "SGD", "SGD"], "arrives": [True, False, np.True_]})
    assert shown._repr_markdown_().splitlines()[2:] == [
        "| 0.3 | 23 | Adam | yes |",
        "| 0.0015 | never | SGD | no |",
        "| 0.333 | 12,345 | SGD | yes |",
    ]


def test_a_column_may_have_a_format_and_a_word_for_what_never_happens():
    shown = table({"share": [0.123, 1], "steps": [None, 7], "loss": [np.nan, np.inf]}, formats={"share": ".1%"}, never="-")
    assert repr(shown).splitlines()[1:] == ["12.3%   -      not a number", "100.0%  7      infinite"]


@pytest.mark.parametrize("array", [np.float32([0.1, 2]), np.int8([3, 4]), range(3, 5), (0.9999, 0.99999)])
def test_a_number_reads_the_same_in_every_box(array):
    cells = [line.split(" | ")[0].strip("| ") for line in table({"a": array})._repr_markdown_().splitlines()[2:]]
    assert [float(cell) for cell in cells] == pytest.approx([float(x) for x in array], rel=1e-6)


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        ({"columns": {}}, TypeError, "columns = .* is not allowed"),
        ({"columns": {1: [2]}}, TypeError, "columns = .* is not allowed"),
        ({"columns": {"a": [1], "b": [1, 2]}}, ValueError, "columns of lengths a: 1, b: 2 is not allowed"),
        ({"columns": {"a": "text"}}, TypeError, r"columns\['a'\] = 'text' is not allowed: a column must be a list"),
        ({"columns": {"a": 3}}, TypeError, r"columns\['a'\] = 3 is not allowed"),
        ({"columns": {"a": [[1, 2]]}}, ValueError, r"columns\['a'\] with axes \(2,\) is not allowed"),
        ({"columns": {"a": [object()]}}, TypeError, r"columns\['a'\] = .* is not allowed"),
        ({"columns": {"a": [1]}, "rows": ["1"]}, TypeError, "rows is not allowed: rows must be None"),
        ({"columns": {"a": [1]}, "formats": {"b": ".1f"}}, ValueError, "formats = .* is not allowed"),
        ({"columns": {"a": [1]}, "formats": {"a": "q"}}, ValueError, r"formats\['a'\] = 'q' is not allowed"),
        ({"columns": {"a": [None]}, "never": 0}, TypeError, "never = 0 is not allowed"),
        ({"columns": "a | b"}, TypeError, "columns = 'a | b' is not allowed: columns must be a dict"),
    ],
)
def test_what_are_no_columns(words, error, said):
    with pytest.raises(error, match=said):
        table(**words)


def test_source_quotes_the_code_without_its_docstring():
    assert repr(source(al.ema)).startswith("def ema(")
    assert al.ema.__doc__.strip() not in repr(source(al.ema))
    assert source(al.ema)._repr_markdown_() == f"```python\n{source(al.ema)}\n```"
    with pytest.raises(TypeError, match="thing = 3 is not allowed"):
        source(3)
