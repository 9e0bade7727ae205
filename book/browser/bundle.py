"""The scripts of the explorers: one engine for all pages, and one small script for each view."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from adamlib.averages import power
from adamlib.explore import walks
from adamlib.optimizers import Optimizer, State
from adamlib.problems import Problem, surfaces
from book.browser.gather import Gathered

HERE = Path(__file__).parent


def rules() -> list[type[Optimizer]]:
    """Every rule of the library."""
    found, todo = [], [Optimizer]
    while todo:
        cls = todo.pop(0)
        found.append(cls)
        todo += [c for c in cls.__subclasses__() if c.__module__.startswith("adamlib.optimizers")]
    return found


def problems() -> list[Callable[..., Problem]]:
    """Every surface of the library that is a formula."""
    made = [f for f in vars(surfaces).values() if getattr(f, "__annotations__", {}).get("return") in (Problem, "Problem")]
    return [f for f in made if f.__name__ not in ("surface", "quadratic")]


@cache
def engine() -> Gathered:
    """Rules, surfaces, averages and what a run hands over."""
    return Gathered().add([State, walks.Walk, walks.End, *rules(), *problems(), power])


def engine_script() -> str:
    """The engine as a script that leaves one name behind, `adam`."""
    made = engine()
    names = ", ".join(sorted({"py", "views", *made.names.values()}))
    runtime = (HERE / "runtime.js").read_text(encoding="utf-8")
    return f"const adam = (() => {{\n{runtime}\nconst views = {{}};\n{made.text}\nreturn {{{names}}};\n}})();\n"
