"""How the tests run a notebook: without the reader's own IPython start-up files, and with a kernel that ends politely."""

import os
import tempfile

from nbval.kernel import RunningKernel

_profile = tempfile.TemporaryDirectory(prefix="ipython-")
os.environ["IPYTHONDIR"] = _profile.name


def _stop(kernel: RunningKernel) -> None:
    """Ask the kernel to leave instead of killing it as nbval does: a killed kernel writes no coverage."""
    kernel.km.shutdown_kernel()
    kernel.kc.stop_channels()
    del kernel.km


RunningKernel.stop = _stop
