"""What every test run shares: the same Hypothesis examples each time; new ones each time in `make fuzz`."""

import gc
import os
from pathlib import Path

from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # on a busy machine small products wait for their threads

collect_ignore = [str(path) for path in Path(__file__).parent.rglob("*.py") if not path.name.startswith("test_")]

gc.disable()  # what is collected stays to the end: looking through it takes a fifth of the time of the collection

settings.register_profile("house", derandomize="ADAMLIB_EXAMPLES" not in os.environ, deadline=None, database=None)
settings.load_profile("house")


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
