"""The colours of pens, by day and by night, made from `adamlib.style`: the one place where looks are decided."""

import json

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from adamlib import style
from adamlib.explore.artists import GREYS

NIGHT = {
    "paper": "#14181e", "ink": "#e8eaed", "quiet": "#b4bac3", "hair": "#7d8590", "ghost": "#4a515b", "diverged": "#3a4048",
    "contour": "#4d6076", "relief-low": "#3b4f66", "relief-middle": "#263341", "relief-high": "#181e26",
}  # fmt: skip
READABLE, SEEN = 4.5, 3.0  # contrasts with the paper: of texts, of lines (WCAG 2.2, 1.4.3 and 1.4.11)


def day() -> dict[str, str]:
    """The greys and the ground of the pictures in the notebooks."""
    low, middle, high = (to_hex(style.TERRAIN(share)) for share in (0.0, 0.5, 1.0))
    ground = {"relief-low": low, "relief-middle": middle, "relief-high": high}
    return {**GREYS, **ground, "contour": style.CONTOUR, "diverged": style.DIVERGED}


def lightened(color: str, contrast: float) -> str:
    """The nearest lighter colour that has this contrast with the paper of the night."""
    paper = style.luminance(NIGHT["paper"]) + 0.05
    for share in np.linspace(0, 1, 41):
        light = style.mixed(color, "#ffffff", share)
        if (style.luminance(light) + 0.05) / paper >= contrast:
            return light
    return "#ffffff"


def at_night(color: str, contrast: float) -> str:
    """A colour lightened until it has this contrast; a grey is turned round, as far from white as it was from black."""
    red, green, blue = to_rgb(color)
    return to_hex((1 - red,) * 3) if red == green == blue else lightened(color, contrast)


def css_rule(selector: str, colors: dict[str, str]) -> str:
    return f"{selector} {{ {' '.join(f'--{name}: {color};' for name, color in colors.items())} }}\n"


def css_rule_by_night(selector: str, colors: dict[str, str]) -> str:
    """The same on a dark screen: paper is white."""
    return f"@media screen {{ {css_rule(selector, colors).strip()} }}\n"


def css() -> str:
    """Variables for day and night, and a class for each pen."""
    parts = [css_rule(".live", day()), css_rule_by_night('html[data-theme="dark"] .live', NIGHT)]
    parts += [f".pen-{name} {{ --pen: var(--{name}); --text: var(--{name}); }}\n" for name in GREYS]
    for name, look in style.LOOKS.items():
        light = {"pen": look.color, "text": look.ink}
        dark = {"pen": at_night(look.color, SEEN), "text": at_night(look.color, READABLE)}
        parts += [css_rule(f".pen-{name}", light), css_rule_by_night(f'html[data-theme="dark"] .pen-{name}', dark)]
    return "".join(parts)


def script() -> str:
    """What CSS cannot hold: dashes, markers, the colours of maps."""
    looks = {
        name: {"dash": [] if look.dash == "-" else list(look.dash[1]), "marker": look.marker}
        for name, look in style.LOOKS.items()
    }
    colors = [[round(255 * part) for part in style.MAP(share)[:3]] for share in np.linspace(0, 1, 33)]
    return f"adam.pens = {json.dumps(looks)};\nadam.mapColours = {json.dumps(colors)};\n"
