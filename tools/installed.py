"""Build the packages, install the wheel in a new environment with the versions asked for, and run the tests there.

The tests and the notebooks come from the sdist; adamlib comes from the wheel. Needs uv.

    python tools/installed.py --resolution lowest-direct --python 3.11 -- -n 2
"""

import argparse
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
OF_THE_TREE = [
    "test_house",
    "test_layers",
    "test_package",
    "test_benchmarks",
    "test_workflows",
]  # they read what no wheel has
EXTRAS = ["fast", "lab", "test"]
KEPT = "pyparsing<3.3\n"  # Matplotlib before 3.10.8 says that it is deprecated, and warnings are errors


def run(*command: object, folder: Path | None = None) -> str:
    """Run a command and show what it prints. Returns that."""
    print("$", *command, flush=True)
    done = subprocess.run([str(word) for word in command], cwd=folder, check=True, text=True, stdout=subprocess.PIPE)
    print(done.stdout, end="", flush=True)
    return done.stdout


def not_lowest(frozen: str) -> list[str]:
    """The dependencies that are not installed with the lowest version that pyproject.toml allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][extra] for extra in EXTRAS)]
    bounds = [line.replace(">=", "==") for lines in lists for line in lines]
    return [bound for bound in bounds if not re.search(rf"^{re.escape(bound)}(\.|$)", frozen, re.MULTILINE)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resolution", choices=["lowest-direct", "highest"], default="highest")
    parser.add_argument("--prerelease", choices=["allow", "disallow"], default="disallow")
    parser.add_argument("--python", default=f"{sys.version_info[0]}.{sys.version_info[1]}")
    parser.add_argument("--uv", default="uv")
    parser.add_argument("words", nargs="*", help="for pytest, after --")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="adamlib-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve()
        python = folder / "venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        run(asked.uv, "build", "--quiet", "--out-dir", folder / "dist", ROOT)
        run(asked.uv, "venv", "--quiet", "--python", asked.python, folder / "venv")
        (folder / "kept.txt").write_text(KEPT if asked.resolution == "lowest-direct" else "")
        install = (asked.uv, "pip", "install", "--quiet", "--python", python)
        extras = [word for extra in EXTRAS for word in ("--extra", extra)]
        run(
            *(*install, "--resolution", asked.resolution, "--prerelease", asked.prerelease, "-c", folder / "kept.txt"),
            *("-r", ROOT / "pyproject.toml", *extras),  # what the wheel asks for is not direct, and would never be the lowest
        )
        run(*install, "--no-deps", next((folder / "dist").glob("*.whl")))
        frozen = run(asked.uv, "pip", "freeze", "--python", python)
        if asked.resolution == "lowest-direct" and (wrong := not_lowest(frozen)):
            raise SystemExit(f"not the lowest versions: {', '.join(wrong)}")
        with tarfile.open(next((folder / "dist").glob("*.tar.gz"))) as sdist:
            sdist.extractall(folder / "source", filter="data")
        source = next((folder / "source").iterdir())
        (source / "adamlib").rename(folder / "not-this-one")
        run(python, "-c", f"import adamlib; assert {str(folder / 'venv')!r} in adamlib.__file__, adamlib.__file__", folder=source)
        ignored = [f"--ignore=tests/house/{name}.py" for name in OF_THE_TREE]
        fonts = os.environ | {"MPLCONFIGDIR": str(folder / "matplotlib")}  # the list of fonts names files of this environment
        return subprocess.run(
            [str(python), "-m", "pytest", "tests", "notebooks", *ignored, *asked.words], cwd=source, check=False, env=fonts
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
