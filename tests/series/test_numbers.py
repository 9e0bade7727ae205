"""Numbers that Markdown may tell by itself: a sum that is right, what is given, settings with their source; and pictures."""

import numpy as np
import pytest

import adamlib as al
from adamlib import plots
from helpers import notebooks, worked


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("m is 8, then 4 + 8 = 12, then 6 − 8 = −2.", [12, 4, 8, 2, 6, 8]),
        ("0.75 + 1 = 1.75", [1.75, 0.75, 1]),
        ("1/0.4 = 2.5", [2.5, 1, 0.4]),
        ("(1 − 0.9) × 30 ≈ 3.0", [3, 1, 0.9, 30]),
        ("√16 + 2 is 6", [6, 16, 2]),
        ("2^3 + 1 = 9", [9, 2, 1]),
        ("$1{,}000 + 24 = 1{,}024$", [1024, 1000, 24]),
        ("4 + 8 = 13", []),
        ("1583 + 0 = 1583", []),
        ("1583 = 1583", []),
        ("the loss = 1583", []),
        ("it took 1583 steps", []),
    ],
)
def test_a_sum_in_view(text, found):
    assert worked.by_hand(text) == pytest.approx(found)


def test_what_is_given():
    assert worked.given_numbers("with β = 0.5, lr = 0.15 and κ = 1,000 the loss = 3.7") == [0.5, 0.15, 1000]


def test_settings_have_a_source():
    rows = "| task | lr |\n| --- | --- |\n| a network | 0.003 |"
    assert worked.settings_numbers(f"## Settings to start with\n\n{rows}\n\nFrom [a paper](https://example.org).") == [0.003]
    assert worked.settings_numbers(f"## Settings to start with\n\n{rows}") == []
    assert worked.settings_numbers(f"## Results\n\n{rows}\n\nFrom [a paper](https://example.org).") == []


def test_what_a_lesson_is_called_is_no_number():
    text = (
        "In lesson 11 and room 11.2, see [11 See what came after](x.ipynb), [11](y.ipynb) or [Lesson 11: See](z.ipynb), 11 steps."
    )
    assert [number.digits for number in notebooks.measured_numbers(text)] == ["11"]


def plain(picture) -> str:
    return picture._repr_mimebundle_()[0]["text/plain"]


def test_another_curve_under_the_same_caption_is_noticed():
    """What nbval compares holds the last value of every curve."""
    said = {"title": "It falls"}
    one, same, other = (plots.curves({"loss": np.array([4.0, 2.0, last])}, **said) for last in (1.0, 1.0, 1.5))
    assert one.sentence == other.sentence
    assert plain(one) == plain(same) != plain(other)


def test_another_walk_under_the_same_caption_is_noticed():
    bowl = al.bowl(condition=10)
    pictures = [plots.paths({"walk": al.run(al.SGD(lr=lr), bowl, steps=8)}, title="Down", sentence="Down.") for lr in (0.1, 0.05)]
    assert pictures[0].sentence == pictures[1].sentence
    assert plain(pictures[0]) != plain(pictures[1])


def test_what_counts_as_a_number():
    """Measurements, powers of ten and shares; not what a year, an equation, a section, a formula or code is called."""
    text = "In 2014 (3.1), section 2.1 and notebook 04, `x = 7` and $$y = 3$$; it took 1,234.5 steps of $10^{-8}$, 12 %."
    assert [(number.digits, number.percent) for number in notebooks.measured_numbers(text)] == [
        ("1,234.5", False),
        ("1e-8", False),
        ("12", True),
    ]
    steps, power, share = notebooks.measured_numbers(text)
    assert steps.rounds(1234.46)
    assert not steps.rounds(1234.56)
    assert power.rounds(1e-8)
    assert not power.rounds(0.0)
    assert share.rounds(0.1216)
    assert not share.rounds(0.1251)
