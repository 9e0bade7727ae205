"""Build the packages, install the wheel in a new environment with the versions asked for, and run the tests there.

The tests and the notebooks come from the sdist; adamlib comes from the wheel. Needs uv.

    python tests/installed.py --resolution lowest-direct --python 3.11 -- -n 2
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
OF_THE_TREE = [
    "test_house",
    "test_layers",
    "test_package",
    "test_benchmarks",
    "test_workflows",
    "test_mutants",
]  # they read what no wheel has
KEPT = "pyparsing<3.3\n"  # Matplotlib before 3.10.8 says that it is deprecated, and warnings are errors


def run(*command: object, folder: Path | None = None) -> None:
    print("$", *command, flush=True)
    subprocess.run([str(word) for word in command], cwd=folder, check=True)


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
        wheel = next((folder / "dist").glob("*.whl"))
        run(
            *(asked.uv, "pip", "install", "--quiet", "--python", python, "--resolution", asked.resolution),
            *("--prerelease", asked.prerelease, "-c", folder / "kept.txt", f"{wheel}[fast,lab,test]"),
        )
        run(asked.uv, "pip", "list", "--python", python)
        with tarfile.open(next((folder / "dist").glob("*.tar.gz"))) as sdist:
            sdist.extractall(folder / "source", filter="data")
        source = next((folder / "source").iterdir())
        (source / "adamlib").rename(folder / "not-this-one")
        run(python, "-c", f"import adamlib; assert {str(folder / 'venv')!r} in adamlib.__file__, adamlib.__file__", folder=source)
        ignored = [f"--ignore=tests/{name}.py" for name in OF_THE_TREE]
        return subprocess.run(
            [str(python), "-m", "pytest", "tests", "notebooks", *ignored, *asked.words], cwd=source, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main())
