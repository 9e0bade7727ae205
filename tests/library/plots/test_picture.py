"""A picture is a PNG with a sentence: numbers as text, titles, pictures in a row, and what cannot be drawn."""

import base64
import io
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import adamlib as al
from adamlib import plots, style
from adamlib.plots import picture
from helpers.pictures import BOWL, cup, three_runs, two_curves


def test_a_picture_hands_out_its_sentence_and_its_size():
    made = plots.bars([1, 2])
    data, about = made._repr_mimebundle_()
    assert repr(made) == data["text/plain"] == about["image/png"]["alt"] == made.sentence
    assert base64.b64decode(data["image/png"]) == made.png
    assert (about["image/png"]["width"], about["image/png"]["height"]) == (700, made.height)


def test_a_figure_of_ones_own_becomes_a_picture():
    figure = Figure(figsize=(4, 2))
    figure.subplots().plot([1, 2])
    made = plots.render(figure, "A line from 1 to 2.", width=400)
    assert Image.open(io.BytesIO(made.png)).width == 800
    assert made.sentence == "A line from 1 to 2."
    with pytest.raises(ValueError, match="sentence = '' is not allowed"):
        plots.render(figure, "")


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.012345, "0.0123"),
        (-1.5, "-1.5"),
        (1.0, "1"),
        (999.9, "1000"),
        (12345, "12300"),
        (1.2345e-5, "1.23e-05"),
        (2.5e7, "2.5e+07"),
        (-1e300, "-1e+300"),
        (np.float32(0.1), "0.1"),
        (np.inf, "infinite"),
        (-np.inf, "-infinite"),
        (np.nan, "not a number"),
    ],
)
def test_numbers_as_text(x, text):
    assert plots.number(x) == text
    assert text.isascii()


def test_numbers_are_set_as_a_printer_would():
    assert picture.typeset("from -1.2e-05 to 3e+07, x-1") == "from −1.2\u00a0×\u00a010⁻⁵ to 3\u00a0×\u00a010⁷, x-1"


def test_flat_colours_survive_the_palette():
    image = np.random.default_rng(0).integers(0, 256, (60, 60, 3)).astype(np.uint8)
    image[:20], image[20:30] = 255, (213, 94, 0)
    back = np.asarray(Image.open(io.BytesIO(picture.encode_png(image))).convert("RGB"))
    assert np.array_equal(back[:30], image[:30])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.paths([]), r"runs = \[\] is not allowed"),
        (lambda: plots.paths(3), "runs of type int is not allowed"),
        (lambda: plots.paths(np.zeros((3, 2))), "problem = None is not allowed"),
        (lambda: plots.paths([np.zeros((3, 4))], problem=BOWL), r"runs of shape \(3, 4\) is not allowed"),
        (lambda: plots.paths(three_runs(), labels=["a"]), "labels of length 1 is not allowed"),
        (lambda: plots.paths({"a": three_runs()[0]}, labels=["b"]), "labels is not allowed"),
        (lambda: plots.paths(three_runs(), window=((1, 0), (0, 1))), "window = .* is not allowed"),
        (lambda: plots.paths(al.run(al.SGD(), al.quadratic([1.0, 2, 3]))), "problem with 3 parameters is not allowed"),
        (lambda: plots.curves([[1, 2]]), "runs of arrays is not allowed"),
        (lambda: plots.curves({"a": [[1.0, 2.0]]}), r"runs\['a'\] of shape \(1, 2\)"),
        (lambda: plots.steps(al.run(al.SGD(), BOWL, every=5)), "every above 1 is not allowed"),
        (lambda: plots.heatmap(np.zeros((2, 3)), [1, 2], [1, 2, 3], "x", "y", "z"), r"values of shape \(2, 3\) is not allowed"),
        (lambda: plots.heatmap(np.zeros((2, 2)), [2, 1], [1, 2], "x", "y", "z"), r"x of shape \(2,\) is not allowed"),
        (lambda: plots.heatmap(np.zeros((2, 2)), [1, 2], [1, 2], "x", "y", "z", best="min"), "best = 'min' is not allowed"),
        (lambda: plots.bars([]), r"values of shape \(0,\) is not allowed"),
        (lambda: plots.bars([1, 2], labels=["a"]), "labels = .* is not allowed"),
        (lambda: plots.bars([1, 2], x=[1]), r"x of shape \(1,\) is not allowed"),
    ],
)
def test_what_cannot_be_drawn_is_named(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_a_title_says_the_message_and_the_plain_text_holds_what_was_drawn():
    """The last value of every curve, three digits; no caption under the picture; another curve is another text."""
    plain = plots.curves(two_curves(), y="memory", logy=False)
    titled = plots.curves(two_curves(), y="memory", logy=False, title="What agrees adds up")
    assert titled.sentence == "What agrees adds up."
    text = titled._repr_mimebundle_()[0]["text/plain"]
    assert text == "What agrees adds up. Memory at step 2: 9.88 (agree), -0.526 (alternate)."
    assert titled._repr_mimebundle_()[1]["image/png"]["alt"] == "What agrees adds up."
    assert titled.height == plots.render(style.figure(376), "A.").height - picture.caption("A.", 700).shape[0] // 2
    assert repr(plain) == plain.sentence
    other = plots.curves({**two_curves(), "agree": [0.0, 5.0, 9.5]}, y="memory", logy=False, title="What agrees adds up")
    assert repr(other) != repr(titled)


def test_a_title_and_a_sentence_stand_before_what_was_drawn():
    walks = plots.paths(three_runs(), title="The memory carries the walk", sentence="Thirty steps each.")
    assert walks.sentence == "The memory carries the walk. Thirty steps each."
    assert repr(walks).startswith("The memory carries the walk. Thirty steps each. After 30 steps on the bowl: SGD (lr 0.1)")
    values, x, y = cup()
    best = plots.heatmap(values, x, y, "lr", "β", "loss", title="One corner is good")
    assert repr(best).startswith("One corner is good. The lowest loss is ")


def test_small_pictures_stand_beside_each_other():
    """Each drawn anew in its third, without a caption of its own; the plain text says what all of them hold."""
    parts = [plots.curves(two_curves(), title="One"), plots.paths(three_runs(), title="Two"), plots.curves(three_runs())]
    row = plots.beside(*parts, sentence="Three limits.")
    assert row.sentence == "Three limits."
    assert repr(row) == "Three limits. " + " ".join(map(repr, parts))
    assert row.width == style.WIDTH
    image = np.asarray(Image.open(io.BytesIO(row.png)).convert("RGB"))
    assert image.shape[1] == style.WIDTH * 2
    for third in np.array_split(image[: image.shape[0] // 2], 3, axis=1):
        assert (third < 128).any()
    assert row.height < parts[0].height
    assert plots.beside(*parts[:2]).sentence == " ".join(map(repr, parts[:2]))
    again = plots.curves(two_curves(), title="One")
    assert again == parts[0]  # nothing stays narrow


@pytest.mark.parametrize("n", [0, 1, 5])
def test_a_row_holds_two_to_four_pictures(n):
    with pytest.raises(ValueError, match=f"pictures of length {n} is not allowed: pictures must be from 2 to 4"):
        plots.beside(*[plots.curves(two_curves())] * n)


def test_a_row_is_made_of_pictures():
    with pytest.raises(TypeError, match="pictures = 3 is not allowed"):
        plots.beside(3, 4)
    with pytest.raises(ValueError, match="sentence = '' is not allowed"):
        plots.beside(*[plots.curves(two_curves())] * 2, sentence="")


def test_powers_of_ten_keep_apart_in_a_small_picture():
    """A wide picture has a tick for every decade or two, a third of its width at least three that do not touch."""
    days = {"Adam": (np.geomspace(1, 1e4, 50), np.linspace(0, 1, 50))}
    for width in (style.WIDTH, 220):
        with style.narrowed(width):
            figure = style.figure(300)
            ax = style.panel(figure, 58, 34, 60, 46)
            plots.draw_curves(ax, days, logx=True, logy=False)
            figure.canvas.draw()
        low, high = ax.get_xlim()
        seen = [label for label in ax.get_xticklabels() if low <= label.get_position()[0] <= high]
        boxes = [label.get_window_extent() for label in seen]
        assert len(seen) >= 3
        assert all(a.x1 + 4 < b.x0 for a, b in pairwise(boxes))


@pytest.mark.parametrize("px", [12, 14])
def test_a_line_is_as_wide_as_its_words_and_spaces(px):
    sentence = "After 20 steps: SGD\u00a0(lr\u00a0=\u00a00.1) is at 7\u00a0×\u00a010⁻³, AVA To fjord “Wm” at −0.5; lost, found."
    words = sentence.split(" ")
    lines = [" ".join(words[:n]) for n in range(1, len(words) + 1)]
    measured = [picture.extent(line, px)[0] for line in lines]
    np.testing.assert_allclose([picture.line_width(line, px) for line in lines], measured, rtol=0, atol=1)
    assert picture.wrapped_lines(sentence, measured[3], px)[0] == lines[3]
    assert picture.wrapped_lines(sentence, measured[3] - 1.5, px)[0] == lines[2]
