"""The scripts of the explorers: one for all pages, with rules, surfaces and painter, and a small one for each view."""

import inspect
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from adamlib.averages import power
from adamlib.explore import walks
from adamlib.explore.control import Control
from adamlib.explore.scene import MARKS, Panel, View
from adamlib.explore.ticks import room_for, ticks_of
from adamlib.optimizers import ALL_RULES, Optimizer, State
from adamlib.problems import Problem, surfaces
from book.browser import pens
from book.browser.gather import Gathered
from book.browser.names import OTHER_BITS, literal

# Surfaces of cosines and exponentials.
ROUGH = {f"{name}{part}" for name in ("rastrigin", "plateau") for part in ("", "_height", "_slope")}
BROWSER = Path(__file__).parent


def all_rules() -> list[type[Optimizer]]:
    """What all rules are derived from, and every rule of the library that numbers are enough for."""
    return [Optimizer, *(kind for kind in ALL_RULES if kind.elementwise)]


def all_surfaces() -> list[Callable[..., Problem]]:
    """Every surface of the library that is a formula."""
    makers = [f for f in vars(surfaces).values() if getattr(f, "__annotations__", {}).get("return") in (Problem, "Problem")]
    ready = [f for f in makers if all(p.default is not p.empty for p in inspect.signature(f).parameters.values())]
    return [f for f in ready if f().formula is not None]


@cache
def engine() -> Gathered:
    """Rules, surfaces, averages, marks, and what a run hands over."""
    return Gathered().add([State, walks.SurfaceWalk, walks.End, *MARKS, *all_rules(), *all_surfaces(), power])


def file_text(name: str) -> str:
    """A script or a sheet that is written by hand."""
    return (BROWSER / name).read_text(encoding="utf-8")


def engine_script() -> str:
    """What computes, as a script that leaves one name behind, `adam`."""
    made = engine()
    names = ", ".join(sorted({"py", "views", *made.names.values()}))
    return f"const adam = (() => {{\n{file_text('runtime.js')}\nconst views = {{}};\n{made.text}\nreturn {{{names}}};\n}})();\n"


def page_script() -> str:
    """What computes, what draws, and what moves the figures once the page and its views are there."""
    painter = file_text("painter.js").replace("adam.painter = (() => {", "adam.painter = (() => {\nconst { py } = adam;", 1)
    return engine_script() + pens.script() + painter + file_text("explorer.js")


def style_sheet() -> str:
    """The looks of the figures."""
    return pens.css() + file_text("live.css")


@cache
def view_script(name: str, view: View) -> str:
    """One view as a script."""
    made, scene = Gathered(earlier=engine()), view.scene()
    update = made.refer(view.update, "update")
    tables = literal(view.tables[0]) if view.tables else ""
    fixed = ", ".join(mark_made(made, mark) for mark in scene.fixed)
    controls = {key: control_data(key, control) for key, control in scene.controls.items()}
    given = ", ".join([*(["tables"] if tables else []), *(f"values.{key}" for key in controls_in_order(view, scene.controls))])
    names = ", ".join(sorted({"py", *engine().names.values()}))
    return (
        f"(() => {{\nconst {{ {names} }} = adam;\n{made.text}"
        f"{f'const tables = {tables};' if tables else ''}\n"
        f"const panels = {as_json([panel_data(panel) for panel in scene.panels])};\n"
        f"const controls = {as_json(controls)};\n"
        f"const scene = (start) => {{ const own = structuredClone(controls);\n"
        f"for (const name in start) own[name].start = start[name];\n"
        f"return {{ panels, controls: own, fixed: [{fixed}], drag: {literal(list(scene.drag))} }}; }};\n"
        f"adam.views[{literal(name)}] = {{ scene, update: (values) => {update}({given}) }};\n}})();\n"
    )


def controls_in_order(view: View, controls: dict[str, Control]) -> list[str]:
    """The controls in the order in which `update` takes them."""
    code = view.update.__code__
    taken = list(code.co_varnames[: code.co_argcount])[1 if view.prepare else 0 :]
    if set(taken) != set(controls):
        raise ValueError(f"update takes {', '.join(taken)}, the controls are {', '.join(controls)}: they must be the same")
    return taken


def as_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)


def mark_made(made: Gathered, mark: Any) -> str:
    """A fixed mark as JavaScript."""
    values = [made.refer(part, "problem") if isinstance(part, Problem) else literal(part) for part in mark]
    return f"new {type(mark).__name__}({', '.join(values)})"


def panel_data(panel: Panel) -> dict[str, Any]:
    """A panel with its numbers on the axes."""
    xticks, yticks = ticks_of(panel)
    left = room_for(yticks) if panel.left is None else panel.left
    return {**panel._asdict(), "xticks": xticks, "yticks": yticks, "left": left}


def control_data(name: str, control: Control) -> dict[str, Any]:
    plain = {"values": list(control.values), "start": control.start, "label": control.label or name}
    return {**plain, "play": control.play, "between": control.between}


def same_bits(name: str, view: View) -> bool:
    """Whether every number of a view is the same in all browsers: no exp, sin or cos on the way; log10 places words only."""
    used = set(re.findall(r"[\w.]+", view_script(name, view).partition("} = adam;")[2]))
    return not used & {*OTHER_BITS.values(), *ROUGH} - {"Math.log10"}
