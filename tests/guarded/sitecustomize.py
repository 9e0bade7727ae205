"""A Python that starts with this folder in its path may write into one folder only, and may speak to this machine only.

What it tried besides is written to ADAMLIB_GUARD/tried.txt, even where the error was swallowed.
"""

import os
import sys

FOLDER = os.environ.get("ADAMLIB_GUARD", "")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "shutil.rmtree"}
HARMLESS = {"uname", "fc-list"}  # what Python and Matplotlib ask the system
STARTS = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile", "webbrowser.open"}


def inside(path) -> bool:
    """Whether a path may be written."""
    where = os.path.realpath(os.fsdecode(path))
    return where == "/dev/null" or (where + os.sep).startswith((os.path.realpath(FOLDER) + os.sep, "/dev/shm/", "/proc/self/"))


def forbidden(event: str, words: tuple) -> bool:
    if event == "open":
        path, mode, flags = words
        writes = any(letter in (mode or "") for letter in "wax+") or (mode is None and (flags or 0) & WRITES)
        return isinstance(path, (str, bytes, os.PathLike)) and bool(writes) and not inside(path)
    if event in CHANGES:
        return any(isinstance(path, (str, bytes, os.PathLike)) and not inside(path) for path in words[:2])
    if event in ("socket.connect", "socket.sendto"):
        host = words[1][0] if isinstance(words[1], tuple) else "a file"
        return host not in ("127.0.0.1", "::1", "localhost", "a file")
    if event == "socket.getaddrinfo":
        return words[0] not in (None, "", "127.0.0.1", "::1", "localhost")
    return event in STARTS and words[0] not in HARMLESS


def guard(event: str, words: tuple) -> None:
    if forbidden(event, words):
        os.write(LOG, f"{event} {words!r:.300}\n".encode())
        raise PermissionError(f"{event} is not allowed here: {words!r:.300}")


if FOLDER:
    LOG = os.open(os.path.join(FOLDER, "tried.txt"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    sys.addaudithook(guard)
