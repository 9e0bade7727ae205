"""Tables and quoted code of the notebooks."""

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
        ("", [], TypeError, "header = '' is not allowed"),
        (3, [], TypeError, "header = 3 is not allowed"),
        (("a", 1), [], TypeError, "header = .* is not allowed: header must be a tuple of texts"),
        ("a", [3], TypeError, r"rows = \[3\] is not allowed"),
        ("a", [(0.1,)], TypeError, "cell = 0.1 is not allowed: a cell must be text"),
        ("a", "1", TypeError, "rows = '1' is not allowed"),
    ],
)
def test_what_is_no_table(header, rows, error, words):
    with pytest.raises(error, match=words):
        table(header, rows)


def test_source_quotes_the_code_without_its_docstring():
    assert repr(source(al.ema)).startswith("def ema(")
    assert al.ema.__doc__.strip() not in repr(source(al.ema))
    assert source(al.ema)._repr_markdown_() == f"```python\n{source(al.ema)}\n```"
    with pytest.raises(TypeError, match="thing = 3 is not allowed"):
        source(3)
