"""How a run is carried out. Three engines walk the same formulas and give the same numbers; they differ in speed.

"arrays"    NumPy, one step of all runs at a time. Can do everything, needs nothing else.
"floats"    plain Python numbers: one run on a surface, as straight-line code.
"compiled"  the same code compiled by Numba (extra `fast`): as fast as C.

`choose` takes the fastest that can do the task. Compiling takes a second, so it waits until the runs of a rule on a problem
would have taken as long without.
"""

from adamlib import validate
from adamlib.engine import arrays, compiled
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


def choose(task: Task, wanted: str | None = None) -> Engine:
    """The engine for a task.

    wanted : "arrays", "floats" or "compiled"; None for the fastest that is at hand

    Raises ValueError for another name, and for an engine that cannot do this task.
    """
    if wanted is not None:
        made = ENGINES[validate.choice("engine", wanted, tuple(ENGINES))]
        if made is Compiled:
            compiled.compile_for(task)
        if reason := made.refusal(task):
            raise ValueError(f"engine = {wanted!r:.200} is not allowed: {reason}")
        return made(task)
    if compiled.ready(task) or (arrays.estimated_seconds(task) > WORTH_COMPILING and compiled.compile_for(task)):
        return Compiled(task)
    return Arrays(task) if Floats.refusal(task) else Floats(task)


def precompile(optimizer: Optimizer, problem: Problem) -> bool:
    """Compile a rule for a problem now, so that nobody waits for it later. Returns whether it is compiled.

    optimizer : its class and its words count, not its numbers
    problem : its surface counts, not its parameters

    Returns False, and does nothing, where Numba is not installed or the problem is no surface.
    """
    rule_for(optimizer, problem)
    starts = [problem.start] if problem.start.ndim > 1 else [problem.start, problem.start[None]]
    tasks = [task_of(optimizer, problem, start, 1) for start in starts]
    return all(map(compiled.compile_for, tasks))
