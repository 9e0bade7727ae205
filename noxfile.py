"""Environments beside our own, for people and for the workflows: `nox --list` names them, `nox -s newest-3.13` runs one.

Words after `--` go to what the session runs. Locked sessions install requirements-dev.lock; the others ask what
pyproject.toml allows, of the wheel as a reader would install it.
"""

import re
import shutil
import tarfile
from pathlib import Path

import nox

ROOT = Path(__file__).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
EXTRAS = PROJECT["project"]["optional-dependencies"]
OF_THE_TREE = ["house", "layers", "package", "benchmarks", "workflows", "environment"]  # their tests read what no wheel has
ASKING_LIBRARIES = ["tests/library/verify", "tests/library/test_peers.py", "tests/series", "tests/house/test_readme.py"]
PARALLEL = ["-n", "auto", "--dist", "loadfile"]
KEPT = "pyparsing<3.3"  # Matplotlib before 3.10.8 says that it is deprecated, and warnings are errors

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["locked"]


def install_locked(session: nox.Session, *groups: str) -> None:
    """adamlib from this tree and the versions of the lock, and what a group asks for besides."""
    session.install("-r", "requirements-dev.lock", *nox.project.dependency_groups(PROJECT, *groups))
    session.install("--no-deps", "-e", ".")


def not_lowest(frozen: str) -> list[str]:
    """The dependencies that are not installed with the lowest version that pyproject.toml allows."""
    lists = [PROJECT["project"]["dependencies"], *EXTRAS.values(), nox.project.dependency_groups(PROJECT, "test")]
    bounds = [line.replace(">=", "==") for lines in lists for line in lines]
    return [bound for bound in bounds if not re.search(rf"^{re.escape(bound)}(\.|$)", frozen, re.MULTILINE)]


def install_wheel(session: nox.Session, *resolution: str, kept: str = "") -> Path:
    """The wheel, with what it needs resolved in this manner. Returns the tests and notebooks of the sdist, without adamlib."""
    folder = Path(session.create_tmp()).resolve()
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "kept.txt").write_text(kept)
    session.run("uv", "build", "--quiet", "--out-dir", str(folder / "dist"), silent=True)
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    # What the wheel asks for is not direct, and would never be the lowest; so pyproject.toml is resolved, not the wheel.
    session.install(*resolution, "--constraint", str(folder / "kept.txt"), "-r", "pyproject.toml", *extras, "--group", "test")
    session.install("--no-deps", "--reinstall", str(next((folder / "dist").glob("*.whl"))))
    with tarfile.open(next((folder / "dist").glob("*.tar.gz"))) as sdist:
        sdist.extractall(folder, filter="data")
    source = next(folder.glob("adam_explained-*"))
    shutil.rmtree(source / "adamlib")
    return source


def run_tests_of(session: nox.Session, source: Path) -> None:
    """Run what can be run on an installed adamlib, in the folder of the unpacked sdist: all, or the paths after `--`."""
    session.chdir(source)
    ignored = [f"--ignore=tests/house/test_{name}.py" for name in OF_THE_TREE]
    fonts = {"MPLCONFIGDIR": str(source.parent / "matplotlib")}  # the list of fonts names files of this environment
    session.run("python", "-m", "pytest", *ignored, *PARALLEL, *session.posargs, env=fonts)


@nox.session
def locked(session: nox.Session) -> None:
    """Every test on this tree, with the versions of the lock."""
    install_locked(session)
    session.run("python", "-m", "pytest", *PARALLEL, *session.posargs)


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """The wheel with the oldest versions that pyproject.toml allows."""
    source = install_wheel(session, "--resolution", "lowest-direct", kept=KEPT)
    if wrong := not_lowest(session.run("uv", "pip", "freeze", silent=True)):
        session.error(f"not the lowest versions: {', '.join(wrong)}")
    run_tests_of(session, source)


@nox.session(python=PYTHONS)
def newest(session: nox.Session) -> None:
    """The wheel with the newest versions."""
    run_tests_of(session, install_wheel(session, "--upgrade"))


@nox.session(python=PYTHONS[-1])
def prereleases(session: nox.Session) -> None:
    """The wheel with what is not yet released."""
    run_tests_of(session, install_wheel(session, "--upgrade", "--prerelease", "allow"))


@nox.session
def torch(session: nox.Session) -> None:
    """The lessons' blocks of PyTorch, and the tests that ask PyTorch, Keras and Optax themselves."""
    install_locked(session, "peers")
    session.run("python", "tools/record_torch.py")
    session.run("python", "-m", "pytest", *ASKING_LIBRARIES, *PARALLEL, *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Every page and every figure in a browser: 10,000 runs to the last bit, 400 settings a view, in two engines (an hour)."""
    install_locked(session)
    session.run("python", "-m", "pytest", "tests/book", *session.posargs, env={"ADAMLIB_EXAMPLES": "10000"})


@nox.session
def whole(session: nox.Session) -> None:
    """Every case in every test, where `make test` takes a sample."""
    install_locked(session)
    session.run("python", "-m", "pytest", *PARALLEL, *session.posargs, env={"ADAMLIB_EXAMPLES": "500"})


@nox.session
def mutants(session: nox.Session) -> None:
    """Change the mathematics, one slip at a time, and count what the tests notice (hours)."""
    install_locked(session, "mutants")
    session.run("python", "tools/mutants/run.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Time adamlib beside what a reader would use instead: `-- benchmarks.speed`, `benchmarks.lessons`, `benchmarks.sliders`."""
    install_locked(session, "bench")
    session.run("python", "-m", *(session.posargs or ["benchmarks.speed"]))
