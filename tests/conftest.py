"""What every test run shares: the same Hypothesis examples each time; new ones each time in `make fuzz`."""

import os
from pathlib import Path

from hypothesis import settings

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # on a busy machine small products wait for their threads

collect_ignore = [str(path) for path in Path(__file__).parent.rglob("*.py") if not path.name.startswith("test_")]

settings.register_profile("house", derandomize="ADAMLIB_EXAMPLES" not in os.environ, deadline=None, database=None)
settings.load_profile("house")
