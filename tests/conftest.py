"""What every test run shares: the same Hypothesis examples each time."""

from pathlib import Path

from hypothesis import settings

collect_ignore = [str(path) for path in Path(__file__).parent.rglob("*.py") if not path.name.startswith("test_")]

settings.register_profile("house", derandomize=True, deadline=None, database=None)
settings.load_profile("house")
