"""A Python that starts with this folder in its path may write into one folder, speaks to this machine only, and starts nothing.

The folder is ADAMLIB_GUARD; what was refused stands in its `refused.txt`, even where the error was swallowed. The guard
hears what Python does, not what a C library does by itself. It keeps accidents in, not attackers.
"""

import os
import sys

WRITABLE = os.path.realpath(os.environ.get("ADAMLIB_GUARD", ""))
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate"}
CHANGES |= {"os.utime", "shutil.rmtree", "sqlite3.connect"}
LOOKS_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
SPEAKS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
STARTS = {"os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system"}
STARTS |= {"subprocess.Popen", "webbrowser.open"}
THIS_MACHINE = {None, "", "localhost", "127.0.0.1", "::1"}
WAYS = {f"multiprocessing.popen_{way}" for way in ("fork", "forkserver", "spawn_posix", "spawn_win32")}  # loaded at a start
ASKS = {"uname", "fc-list", "lscpu"}  # how Python, Matplotlib and NumPy ask what system, fonts and processor there are


def elsewhere(path, beside: int = -1) -> bool:
    """Whether a path must not be written. `beside` is the descriptor of the folder that a relative path starts from."""
    if not isinstance(path, (str, bytes, os.PathLike)):
        return False  # a file that was opened before
    path = os.fsdecode(path)
    if beside >= 0 and sys.platform == "linux":
        path = os.path.join(f"/proc/self/fd/{beside}", path)
    return path not in (os.devnull, ":memory:") and not (os.path.realpath(path) + os.sep).startswith(WRITABLE + os.sep)


def host(address) -> str | None:
    """The machine in an address; None for a socket that is a file."""
    return address[0] if isinstance(address, tuple) else None


def reason(event: str, words: tuple) -> str:
    """Why something is refused; empty where it is not."""
    if event == "open":
        path, mode, flags = words
        writes = any(letter in mode for letter in "wax+") if mode else flags & WRITES
        refused, why = writes and elsewhere(path), f"only what is in {WRITABLE} may be written"
    elif event in CHANGES:
        beside = words[-1] if isinstance(words[-1], int) and event != "os.truncate" else -1
        refused = any(elsewhere(path, beside) for path in words[:2])
        why = f"only what is in {WRITABLE} may be changed"
    elif event in SPEAKS | LOOKS_UP:
        to = words[0] if event in LOOKS_UP else host(words[1])
        refused, why = to not in THIS_MACHINE, "only this machine may be spoken to"
    else:
        starts = event in STARTS or (event == "import" and words[0] in WAYS)
        refused, why = starts and words[:1] not in {(name,) for name in ASKS}, "no program may be started"
    return why if refused else ""


def guard(event: str, words: tuple) -> None:
    if why := reason(event, words):
        said = f"{event} {words!r:.300} is not allowed: {why}"
        os.write(LOG, f"{said}\n".encode())
        raise PermissionError(said)


if "ADAMLIB_GUARD" in os.environ:
    LOG = os.open(os.path.join(WRITABLE, "refused.txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sys.addaudithook(guard)
