"""How a run is carried out. Three engines walk the same formulas and give the same numbers; they differ in speed.

"arrays"    NumPy, one step of all runs at a time. Can do everything, needs nothing else.
"floats"    plain Python numbers: one run on a surface, some ten times as fast as NumPy on arrays of two.
"compiled"  the same rules and surfaces compiled by Numba (extra `fast`): as fast as C.

`choose` takes the fastest that can do the task. Compiling takes a second or two, so it is left alone where NumPy
would be done before.
"""

from types import ModuleType

from adamlib import validate
from adamlib.engine import arrays, compiled, floats
from adamlib.engine.task import RECORDED, Task, known
from adamlib.optimizers import Optimizer
from adamlib.problems.problem import Problem

__all__ = ["ENGINES", "RECORDED", "Task", "choose", "name_of", "precompile"]

ENGINES = {"arrays": arrays, "floats": floats, "compiled": compiled}
WORTH_COMPILING = 1.0  # seconds of NumPy that are worth a compilation


def choose(task: Task, wanted: str | None = None) -> ModuleType:
    """The engine for a task.

    wanted : "arrays", "floats" or "compiled"; None for the fastest that is at hand

    Raises ValueError for another name, and for an engine that cannot do this task.
    """
    if wanted is not None:
        validate.choice("engine", wanted, tuple(ENGINES))
        chosen = ENGINES[wanted]
        if chosen is compiled and not compiled.refusal(task):
            compiled.compile_for(task)
        if reason := chosen.refusal(task):
            raise ValueError(f"engine = {wanted!r:.200} is not allowed: {reason}")
        return chosen
    if compiled.ready(task):
        return compiled
    if arrays.estimated_seconds(task) > WORTH_COMPILING and not compiled.refusal(task) and compiled.compile_for(task):
        return compiled
    return arrays if floats.refusal(task) else floats


def name_of(engine: ModuleType) -> str:
    """What an engine is called."""
    return next(name for name, one in ENGINES.items() if one is engine)


def precompile(optimizer: Optimizer, problem: Problem) -> bool:
    """Compile a rule for a problem now, so that nobody waits for it later. Returns whether it is compiled.

    optimizer : its class and its words count, not its numbers
    problem : its surface counts, not its parameters

    Returns False, and does nothing, where Numba is not installed or the problem is no surface.
    """
    known(optimizer, problem)
    starts = [problem.start] if problem.start.ndim > 1 else [problem.start, problem.start[None]]
    tasks = [Task(optimizer, problem, optimizer.init(start), 1) for start in starts]
    return all(not compiled.refusal(task) and compiled.compile_for(task) for task in tasks)
