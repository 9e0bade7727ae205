"""What Python's and NumPy's own functions are called in the browser, and the names that JavaScript keeps for itself."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

KEYWORDS = """
abstract arguments await boolean break byte case catch char class const continue debugger default delete do double else enum
eval export extends false final finally float for function goto if implements import in instanceof int interface let long
native new null package private protected public return short static super switch synchronized this throw throws transient
true try typeof undefined var void volatile while with yield py Math Number Object Infinity NaN
"""
RESERVED = frozenset(KEYWORDS.split())

# Exactly rounded in every engine, or mere choices between numbers: the same bits everywhere.
SAME_BITS: dict[Callable, str] = {
    np.sqrt: "Math.sqrt", math.sqrt: "Math.sqrt", abs: "Math.abs", np.abs: "Math.abs", math.floor: "Math.floor",
    math.ceil: "Math.ceil", np.maximum: "py.maximum", np.minimum: "py.minimum", np.sign: "py.sign", np.square: "py.square",
    max: "py.max", min: "py.min", np.isfinite: "Number.isFinite", math.isfinite: "Number.isFinite", np.isnan: "Number.isNaN",
    math.isnan: "Number.isNaN", int: "Math.trunc", round: "py.round", len: "py.len", range: "py.range", zip: "py.zip",
    enumerate: "py.enumerate", list: "py.list", tuple: "py.list", reversed: "py.reversed", sorted: "py.sorted",
    any: "py.any", all: "py.all",
}  # fmt: skip

# Their last bit depends on the browser.
OTHER_BITS: dict[Callable, str] = {
    np.exp: "Math.exp", math.exp: "Math.exp", np.log: "Math.log", math.log: "Math.log", np.log10: "Math.log10",
    math.log10: "Math.log10", np.sin: "Math.sin", math.sin: "Math.sin", np.cos: "Math.cos", math.cos: "Math.cos",
    np.tanh: "Math.tanh", math.tanh: "Math.tanh", np.hypot: "Math.hypot", math.hypot: "Math.hypot",
    np.arctan2: "Math.atan2", math.atan2: "Math.atan2",
}  # fmt: skip

TRUTHS = frozenset({np.isfinite, math.isfinite, np.isnan, math.isnan, any, all})
LIST_METHODS = {"append": "push", "extend": "py.extend", "index": "py.index", "startswith": "startsWith", "endswith": "endsWith"}


def known_function(thing: Any) -> str | None:
    """What a function of Python or NumPy is called in the browser, or None."""
    try:
        return SAME_BITS.get(thing) or OTHER_BITS.get(thing)
    except TypeError:
        return None


def own(name: str) -> str:
    """A name that JavaScript does not keep for itself."""
    return name + "_" if name in RESERVED else name


def literal(value: Any) -> str:
    """A plain value as JavaScript."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, (int, float)):
        text = repr(float(value)) if isinstance(value, float) else repr(value)
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(text, text)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
    raise TypeError(f"{value!r:.80} is no plain value")
