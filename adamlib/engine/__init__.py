"""How a run is carried out. Three engines walk the same formulas and give the same numbers; they differ in speed.

"arrays"    NumPy, one step of all runs at a time. Can do everything, needs nothing else.
"floats"    plain Python numbers: one run on a surface, as straight-line code.
"compiled"  the same code compiled by Numba (extra `fast`): as fast as C.

`choose` takes the fastest that can do the task. Compiling takes half a second, so it waits until the work of a kernel, the
runs of one rule on one surface, adds up to more.
"""

from collections import defaultdict
from typing import Any

from adamlib import validate
from adamlib.engine.arrays import Arrays
from adamlib.engine.compiled import Compiled
from adamlib.engine.floats import Floats
from adamlib.engine.task import RECORDED, Task, rule_for, task_of
from adamlib.optimizers import Optimizer
from adamlib.problems.problem import Problem

__all__ = ["ENGINES", "RECORDED", "Engine", "Task", "choose", "precompile", "task_of"]

Engine = Arrays | Floats | Compiled
ENGINES: dict[str, type[Engine]] = {"arrays": Arrays, "floats": Floats, "compiled": Compiled}
WORTH_COMPILING = 1.0  # seconds without it that are worth a compilation

_spent: dict[Any, float] = defaultdict(float)  # the seconds of each kernel's work so far


def choose(task: Task, wanted: str | None = None) -> Engine:
    """The engine for a task.

    wanted : "arrays", "floats" or "compiled"; None for the fastest that is at hand

    Raises ValueError for another name, and for an engine that cannot do this task.
    """
    if wanted is not None:
        engine = ENGINES[validate.choice("engine", wanted, tuple(ENGINES))](task)
        if isinstance(engine, Compiled):
            engine.compile()
        if engine.refusal:
            raise ValueError(f"engine = {wanted!r:.200} is not allowed: {engine.refusal}")
        return engine
    fast = Compiled(task)
    if fast.ready:
        return fast
    slow = Floats(task)
    engine = Arrays(task) if slow.refusal else slow
    _spent[fast.kernel] += engine.seconds
    return fast if _spent[fast.kernel] > WORTH_COMPILING and fast.compile() else engine


def precompile(optimizer: Optimizer, problem: Problem) -> bool:
    """Compile a rule for a problem now, so that nobody waits for it later. Returns whether it is compiled.

    optimizer : its class and its words count, not its numbers
    problem : its surface counts, not its parameters

    Returns False, and does nothing, where Numba is not installed or the problem is no surface.
    """
    rule_for(optimizer, problem)
    starts = [problem.start] if problem.start.ndim > 1 else [problem.start, problem.start[None]]
    tasks = [task_of(optimizer, problem, start, 1) for start in starts]
    return min(Compiled(task).compile() for task in tasks)
