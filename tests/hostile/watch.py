"""What a process does -> a line for each thing that a checker of notes has no business to do.

An audit hook cannot be taken out again and sees what Python itself does: files, processes, sockets, code.
It writes to a file descriptor that is open already, so that the record is kept however the process ends.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from types import CodeType, FrameType
from typing import Any

LOOKED_AT = ("pyproject.toml", ".gitignore")
"""Files that are looked for above a note: README says so."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
STARTS = ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn")
REACHES = (
    "ftplib.",
    "http.client.",
    "imaplib.",
    "poplib.",
    "smtplib.",
    "socket.",
    "sqlite3.",
    "subprocess.",
    "urllib.",
)
LOADS = ("ctypes.", "marshal.loads", "pickle.find_class", "code.__new__")
CHANGES = ("os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink",
           "os.truncate", "os.utime", "os.setxattr", "os.removexattr", "shutil.", "tempfile.")  # fmt: skip
LISTS = ("os.listdir", "os.scandir", "os.walk", "glob.glob")
MAKES = ("compile", "exec")
LIBRARY = tuple(os.path.realpath(sysconfig.get_path(one)) for one in ("stdlib", "platstdlib", "purelib", "platlib"))
"""Where Python and what is installed lie; they may be read, and make code of their own text."""
HOUSE = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", "bnverify"))
MAKERS = ("dataclasses.py", os.path.join("collections", "__init__.py"), "<frozen importlib._bootstrap_external>")
"""Library files that compile text: of classes, named tuples and modules, while these are made."""
HERE = os.path.realpath(os.path.dirname(__file__))
ANCHOR = "hostile-canary"
"""Stands in every payload: text of a note that reaches the compiler is told by it."""


def watch(report: int, roots: Sequence[str], writable: Sequence[str] = (), cache: str = "") -> None:
    """From here on, write what is out of place to the descriptor `report`; what would start a process is refused.

    `roots` may be read, `writable` (within a folder: with its temporary files) changed, `cache` both.
    """
    rules = _Rules(tuple(map(os.path.realpath, roots)), tuple(map(os.path.realpath, writable)), cache)

    def hook(event: str, given: tuple[Any, ...]) -> None:
        trouble = rules.trouble(event, given)
        if trouble:
            os.write(report, f"{event}: {trouble}\n".encode("utf-8", "backslashreplace"))
            if event.startswith((*STARTS, "subprocess.")):
                raise PermissionError(f"refused: {event}")

    sys.addaudithook(hook)


class _Rules:
    def __init__(self, roots: tuple[str, ...], writable: tuple[str, ...], cache: str) -> None:
        self.roots = (*roots, *LIBRARY, HOUSE, HERE, *((os.path.realpath(cache),) if cache else ()))
        self.writable = (*writable, *((os.path.realpath(cache),) if cache else ()))
        self.above = {os.path.dirname(root) for root in roots} | set(roots)

    def trouble(self, event: str, given: tuple[Any, ...]) -> str:
        """What is wrong with an event; empty: nothing."""
        if event == "open":
            return self._opened(*given)
        if event in LISTS:
            return "" if self._may_read(given[0]) or _imports(sys._getframe(1)) else f"outside: {given[0]!r}"
        if event.startswith(CHANGES):
            return "" if all(self._may_write(one) for one in given if isinstance(one, str)) else f"{given!r}"
        if event in MAKES:
            return _made(given[0])
        if event.startswith((*STARTS, *REACHES)):
            return f"{given!r}"[:200]
        if event.startswith(LOADS):
            return "" if _from_library(sys._getframe(1)) else f"{given!r}"[:200]
        return ""

    def _opened(self, path: Any, mode: Any, flags: Any) -> str:
        if isinstance(path, int):
            return ""
        writes = bool(flags & WRITING) if isinstance(flags, int) else bool(set(str(mode)) & set("wax+"))
        if writes:
            return "" if self._may_write(os.fsdecode(path)) else f"written: {path!r}"
        return "" if self._may_read(path) else f"outside: {path!r}"

    def _may_read(self, path: Any) -> bool:
        if path is None or isinstance(path, int):
            return True
        real = os.path.realpath(os.fsdecode(path))
        if any(_below(real, root) for root in self.roots):
            return True
        place, name = os.path.split(os.path.abspath(os.fsdecode(path)))
        return name in LOOKED_AT and any(_below(root, place) for root in self.roots)

    def _may_write(self, path: str) -> bool:
        real = os.path.realpath(path)
        beside = os.path.basename(real).startswith(".bnverify-")
        return any(
            _below(real, one) or (beside and os.path.dirname(one) == os.path.dirname(real)) for one in self.writable
        ) or (real in {os.path.dirname(one) for one in self.writable})


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _made(source: Any) -> str:
    """Code may come from files of the library and of the house, and from what makes classes there."""
    if isinstance(source, CodeType):
        name = source.co_filename
        return "" if name.startswith("<") or _known(name) else f"code of {name!r}"
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else str(source)
    if ANCHOR in text:
        return f"text of a note: {text[:200]!r}"
    return "" if _from_library(sys._getframe(2)) else f"{text[:200]!r}"


def _from_library(frame: FrameType | None) -> bool:
    """Whether the code that asks is no code of the house: the first frame that is not of this file."""
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    if frame is None:
        return True
    name = frame.f_code.co_filename
    return name.startswith("<frozen") or any(_below(os.path.realpath(name), one) for one in LIBRARY)


def _imports(frame: FrameType | None) -> bool:
    """Whether Python looks for a module: it lists the folders in which there may be some."""
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename.startswith("<frozen importlib")


def _known(name: str) -> bool:
    return any(_below(os.path.realpath(name), one) for one in (*LIBRARY, HOUSE))
