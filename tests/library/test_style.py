"""Colours that stay apart for every reader, and a style that touches nobody else's."""

import itertools
import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb

import adamlib
from adamlib import style
from adamlib.plots.runs import looks_of

# Machado, Oliveira & Fernandes 2009, table 1, severity 1.0: linear RGB as a deuteranope and a protanope see it
DEUTAN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
PROTAN = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])
GREY = np.tile([0.2126, 0.7152, 0.0722], (3, 1))
EYES = {"deuteranopia": DEUTAN, "protanopia": PROTAN, "greyscale": GREY, "full colour": np.eye(3)}
COLOURED = [eye for eye in EYES if eye != "greyscale"]  # there, dash and marker alone have to do


def linear(color):
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIELAB of a linear sRGB colour under D65."""
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    f = xyz / [0.9505, 1.0, 1.089]
    f = np.where(f > (6 / 29) ** 3, np.cbrt(f), f / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(a, b, eye):
    return np.linalg.norm(lab(EYES[eye] @ linear(a)) - lab(EYES[eye] @ linear(b)))


OWN = dict(zip(style.LOOKS.values(), style.LOOKS))  # each look once: rules that share no picture may share one


def test_a_look_is_found_by_the_rule_its_class_or_its_name():
    for name in style.LOOKS:
        assert style.look(name) is style.look(getattr(adamlib, name)) is style.look(getattr(adamlib, name)())


def test_a_rule_without_a_look_gets_a_neutral_one():
    class Own(adamlib.Adam):
        pass

    assert style.look(Own) == style.look(Own()) == style.NEUTRALS[0]


def test_a_curve_that_is_no_optimizer_wears_no_rules_look():
    names = ["rank 1", "Adam", "full", "Adam, no decay", *"abcdef"]
    given = style.looks(names)
    assert given["Adam"] == style.LOOKS["Adam"]
    rest = [given[name] for name in names if name != "Adam"]
    assert set(rest[:6]) == set(style.NEUTRALS)
    assert not {look.color for look in rest} & {look.color for look in style.LOOKS.values()}
    assert [look.color for look in looks_of(["rank 1", "rank 2"])] == [look.color for look in style.NEUTRALS[:2]]


def test_two_rules_in_one_picture_never_wear_the_same():
    assert style.LOOKS["Lion"] == style.LOOKS["Nesterov"]
    assert style.looks(["Lion", "Nesterov"]) == {"Lion": style.LOOKS["Lion"], "Nesterov": style.NEUTRALS[0]}


@pytest.mark.parametrize("eye", COLOURED)
@pytest.mark.parametrize("looks", [list(OWN), style.NEUTRALS], ids=["rules", "neutral"])
def test_two_looks_are_never_told_apart_by_colour_alone(looks, eye):
    for a, b in itertools.combinations(looks, 2):
        assert a.dash != b.dash
        assert a.marker != b.marker
        assert apart(a.color, b.color, eye) > 10


@pytest.mark.parametrize("eye", COLOURED)
@pytest.mark.parametrize("neutral", style.NEUTRALS, ids=lambda look: look.color)
def test_a_neutral_colour_is_no_rules_colour(neutral, eye):
    assert min(apart(neutral.color, look.color, eye) for look in OWN) > 10


@pytest.mark.parametrize("eye", COLOURED)
@pytest.mark.parametrize("pair", [("SGD", "Momentum"), ("Adam", "AdamW"), ("Adam", "Momentum"), ("Adam", "AMSGrad")])
def test_those_that_share_pictures_are_far_apart(pair, eye):
    a, b = (style.look(name).color for name in pair)
    assert apart(a, b, eye) > 25


def test_adam_is_red_and_sgd_green():
    red, green = linear(style.look("Adam").color), linear(style.look("SGD").color)
    assert red.argmax() == 0
    assert green.argmax() == 1
    assert apart(style.look("Adam").color, style.look("SGD").color, "deuteranopia") > 20


def test_colours_are_okabe_and_ito_or_grey():
    okabe_ito = {"#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"}
    for look in style.LOOKS.values():
        assert look.color in okabe_ito or len(set(to_rgb(look.color))) == 1


@pytest.mark.parametrize("name", sorted(style.LOOKS.keys() - {"AdamW"}))  # AdamW is black
@pytest.mark.parametrize("n", [2, 3, 5, 8])
def test_shades_darken_evenly(name, n):
    shades = style.shades(style.look(name).color, n)
    light = [lab(linear(shade))[0] for shade in shades]
    assert len(shades) == n
    assert (np.diff(light) < -1).all()


def test_one_shade_is_the_colour_itself():
    assert style.shades("#d55e00", 1) == ["#d55e00"]


@pytest.mark.parametrize("color", [look.ink for look in style.LOOKS.values()] + [style.QUIET, style.INK])
def test_text_can_be_read_on_white(color):
    assert 1.05 / (style.luminance(color) + 0.05) >= 4.5


def test_the_map_changes_evenly_and_diverged_is_no_part_of_it():
    ramp = [to_hex(style.MAP(x)) for x in np.linspace(0, 1, 33)]
    for eye in EYES:
        steps = [apart(a, b, eye) for a, b in itertools.pairwise(ramp)]
        assert min(steps) > 1
        assert max(steps) < 12
    assert min(apart(style.DIVERGED, color, "deuteranopia") for color in ramp) > 10


def test_an_unknown_optimizer_is_named():
    with pytest.raises(ValueError, match="optimizer = 'Adamaxx' is not allowed: optimizer must be one of 'SGD', "):
        style.look("Adamaxx")


def test_the_readers_settings_are_left_alone():
    with matplotlib.rc_context({"lines.linewidth": 7.5, "font.size": 31}):

        @style.styled
        def inside():
            return matplotlib.rcParams["font.size"]

        assert inside() == style.RC["font.size"]
        assert matplotlib.rcParams["font.size"] == 31
        assert matplotlib.rcParams["lines.linewidth"] == 7.5


def test_panel_counts_in_css_pixels():
    ax = style.panel(style.figure(300), 50, 20, 30, 40)
    assert np.allclose(ax.bbox.extents / style.PIXEL_RATIO, [50, 40, 670, 280])


def test_pyplot_is_never_imported():
    code = "import sys, adamlib.plots, adamlib.style; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "error", "-c", code]).returncode == 0
