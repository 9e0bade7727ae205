"""Kernels for nbval that are forks of one process: a second less for each notebook, and as fresh as a new one."""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import IO

from jupyter_client import BlockingKernelClient, KernelManager
from nbval.kernel import NbvalKernelspecManager, RunningKernel

TIME_TO_LEAVE = 10.0  # seconds a kernel has to leave


class Nursery:
    """The process that is forked, and the one kernel that it has at a time."""

    def __init__(self) -> None:
        script = str(Path(__file__).with_name("nursery.py"))
        self.process = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pid = 0

    def start(self, connection_file: str, folder: str) -> None:
        if self.pid:
            self.wait()
        stdin: IO[bytes] = self.process.stdin  # type: ignore[assignment]
        stdin.write(json.dumps([connection_file, folder]).encode() + b"\n")
        stdin.flush()
        self.pid = self._number()

    def _number(self) -> int:
        stdout: IO[bytes] = self.process.stdout  # type: ignore[assignment]
        return int(stdout.readline())

    def has_ended(self, within: float = 0.0) -> bool:
        return not self.pid or bool(select.select([self.process.stdout], [], [], within)[0])

    def wait(self) -> int:
        """How the kernel ended; one that does not is killed."""
        if not self.has_ended(within=TIME_TO_LEAVE):
            os.kill(self.pid, signal.SIGKILL)
        self.pid = 0
        return self._number()

    def close(self) -> None:
        with self.process:  # closes its input, upon which it ends
            pass


@cache
def nursery() -> Nursery:
    """One for each worker."""
    made = Nursery()
    atexit.register(made.close)
    return made


class ForkedKernel(RunningKernel):
    """A kernel of nbval that is a fork, and is asked to leave, not killed."""

    def __init__(self, kernel_name: str, cwd: str = ".", startup_timeout: float = 60):
        self.km = KernelManager(kernel_name=kernel_name, kernel_spec_manager=NbvalKernelspecManager())
        self.cwd, self.startup_timeout = cwd, startup_timeout
        self.start()

    def start(self) -> None:
        self.km.write_connection_file()
        nursery().start(self.km.connection_file, self.cwd)
        self.kc = BlockingKernelClient()
        self.kc.load_connection_file(self.km.connection_file)
        self.kc.start_channels(hb=False)
        self.kc.wait_for_ready(timeout=self.startup_timeout)
        self._ensure_iopub_up()

    def is_alive(self) -> bool:
        return not nursery().has_ended()

    def interrupt(self) -> None:
        os.kill(nursery().pid, signal.SIGINT)

    def stop(self) -> None:
        self.kc.shutdown()
        nursery().wait()
        self.kc.stop_channels()
        self.km.cleanup_connection_file()

    def restart(self) -> None:
        self.stop()
        self.start()
