"""The process whose forks are the kernels of notebooks: it has imported what they import, and has run nothing of it.

    echo '["connection.json", "notebooks"]' | python nursery.py

For each line it forks a kernel, prints its number, and prints how it ended when it has.
"""

import gc
import json
import os
import sys
from importlib import import_module
from importlib.util import find_spec

IMPORTED = ["ipykernel.kernelapp", "numba", "adamlib.explore", "adamlib.exercises", "adamlib.notebook"]


def next_kernel() -> list[str]:
    """What a child is told that it is; nothing in the parent, when no more are asked for."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            return json.loads(line)
        print(pid, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    return []


def become_a_kernel(connection_file: str, folder: str) -> None:
    """As `python -m ipykernel_launcher` does; at the end nothing is taken down piece by piece."""
    from ipykernel.kernelapp import IPKernelApp

    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    os.chdir(folder)
    IPKernelApp.launch_instance(argv=["-f", connection_file])
    os._exit(0)


def let_numba_load() -> None:
    """Numba loads the other half of itself when it compiles for the first time: a third of a second in each kernel."""
    import numba

    numba.njit("float64(float64)")(lambda x: x)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file
    for module in IMPORTED:
        if find_spec(module.partition(".")[0]):
            import_module(module)
    if "numba" in sys.modules:
        let_numba_load()
    gc.freeze()
    if told := next_kernel():
        become_a_kernel(*told)
