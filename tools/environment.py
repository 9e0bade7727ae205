"""Install what a lock names, and adamlib itself, into the environment whose Python runs this: as `make lab` and `make test` do.

    .venv/bin/python tools/environment.py requirements.lock

uv installs in seconds what takes pip minutes: it is fetched first where the machine has none. Where pip has an index of its own,
which uv does not know, pip installs, and counts the packages as they come. Where it cannot go on, it says why in one sentence.
"""

import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
INSTALLED = Path(sysconfig.get_path("purelib"))
PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar=off", "--retries=2"]
UV = ["pip", "install", "--python", sys.executable]
ITSELF = ["--no-deps", "--editable", str(ROOT)]
WHEEL = re.compile(r"(?:Downloading|Using cached|Processing) (?:\S*/)?([^\s/]+\.whl)(?: \(([\d.]+) ([kMG]?)B\))?(?= |$)")
PINNED_UV = re.compile(r"^uv==\S+", re.MULTILINE)
OWN_INDEX = re.compile(r"\.index-url=")
ALREADY = re.compile(r"Requirement already satisfied: .*\(from -r ")
MEGABYTES = {"": 1e-6, "k": 1e-3, "M": 1.0, "G": 1e3}
UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Max retries exceeded|"
    r"Network is unreachable|Temporary failure in name resolution|Connection refused|dns error|client error \(Connect\)"
)
NO_NETWORK = "The package index cannot be reached: connect to the network and try again; what has come already is kept."


def show(text: str, last: bool = False) -> None:
    """One line that is written over by the next; where nobody watches, the last one only."""
    if sys.stdout.isatty():
        print(f"\r\033[K{text}", end="\n" if last else "", flush=True)
    elif last:
        print(text, flush=True)


class Progress:
    """What pip has said so far: how many packages there are to be, and how many of them, and megabytes, have come."""

    def __init__(self, lock: Path):
        self.wanted = len(lock.read_text(encoding="utf-8").splitlines())
        self.wheels: set[str] = set()
        self.megabytes = 0.0

    def read(self, line: str) -> None:
        if line.startswith("Ignoring ") or ALREADY.match(line):  # not for this system, or here already
            self.wanted -= 1
        elif (match := WHEEL.search(line.strip())) and match[1] not in self.wheels:
            self.wheels.add(match[1])
            self.megabytes += float(match[2] or 0) * MEGABYTES[match[3] or ""]

    def __str__(self) -> str:
        return f"{len(self.wheels)} of {self.wanted} packages fetched ({self.megabytes:.0f} MB)"


def count_installed() -> int:
    return len(list(INSTALLED.glob("*.dist-info")))


def watch_the_installation(process: subprocess.Popen, wanted: int) -> None:
    """Count what stands in the environment, as pip says nothing while it installs."""
    before = count_installed()
    while process.poll() is None:
        show(f"{count_installed() - before} of {wanted} packages installed")
        time.sleep(0.3)


def install_with_pip(lock: Path) -> list[str]:
    """Install the lock, which names all that is needed, and show how far it is. Returns what pip said if it failed."""
    progress, said = Progress(lock), []
    with subprocess.Popen(
        [*PIP, "--no-deps", "-r", str(lock)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line)
            progress.read(line)
            show(str(progress))
            if line.startswith("Installing collected packages"):
                watch_the_installation(process, progress.wanted)
    if process.returncode:
        return said
    show(str(progress), last=True)
    return []


def finish(command: list[str]) -> list[str]:
    """Run a command that is soon done. Returns what it said if it failed, nothing if not."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    return done.stdout.splitlines(keepends=True) if done.returncode else []


def why(said: list[str]) -> str:
    """One sentence where it is the network; else what the installer calls errors, or its last lines."""
    if any(UNREACHABLE.search(line) for line in said):
        return NO_NETWORK
    return "".join([line for line in said if line.lower().startswith("error")] or said[-15:]).strip()


def fetch_uv() -> list[str]:
    """How the uv of requirements-dev.lock is called, put into this environment; nothing where pip must do."""
    settings = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    pinned = PINNED_UV.search((ROOT / "requirements-dev.lock").read_text(encoding="utf-8"))
    if OWN_INDEX.search(settings) or pinned is None or finish([*PIP, "--no-deps", pinned[0]]):
        return []
    return [sys.executable, "-m", "uv"]


def install_with_uv(uv: list[str], lock: Path) -> int:
    """0 where uv, which shows its own progress and says why not, has installed the lock and adamlib."""
    done = subprocess.run([*uv, *UV, "--no-deps", "--compile-bytecode", "-r", str(lock)], check=False)
    return done.returncode or subprocess.run([*uv, *UV, "--quiet", *ITSELF], check=False).returncode


def main(lock: Path) -> int:
    """0 where all of it stands."""
    print(f"Installing what {lock.name} names into {Path(sys.prefix).name}", flush=True)
    if shutil.which("uv"):
        return install_with_uv(["uv"], lock)
    if (uv := fetch_uv()) and not install_with_uv(uv, lock):
        return 0
    if failure := install_with_pip(lock) or finish([*PIP, *ITSELF]):
        print(why(failure), file=sys.stderr)
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
