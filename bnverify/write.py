"""The new text of a note -> its file: all of it or nothing, and never over what somebody else has written."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile

from bnverify.record import Trouble

UNCHANGED = "the file is as it was"


class Changed(Exception):
    """The file holds something else than what was read."""


def write_note(path: str, old: str, new: str) -> Trouble | None:
    """Replace the file's text `old` by `new`. What keeps us from it is a Trouble, and then the file is as it was.

    A link is followed to its file; the mode and, where we may, the owner are kept.
    A text that is the same is not written.
    """
    if old == new:
        return None
    try:
        _replace(os.path.realpath(path), old.encode("utf-8"), new.encode("utf-8"))
    except Changed:
        return Trouble(path, "the file was changed while it was checked: nothing was written", "run the command again")
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        return Trouble(path, f"the repaired note cannot be written: {reason}", UNCHANGED)
    return None


def _replace(path: str, old: bytes, new: bytes) -> None:
    about = os.stat(path)
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "no permission to write this file")
    folder = os.path.dirname(path)
    handle, beside = tempfile.mkstemp(prefix=".bnverify-", suffix=".part", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        _copy_owner_and_mode(beside, about)
        _refuse_changes(path, old)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    _settle(folder)


def _refuse_changes(path: str, old: bytes) -> None:
    """The last look before the file is replaced."""
    with open(path, "rb") as file:
        if file.read() != old:
            raise Changed


def _copy_owner_and_mode(path: str, about: os.stat_result) -> None:
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(path, about.st_uid, about.st_gid)
    os.chmod(path, stat.S_IMODE(about.st_mode))


def _settle(folder: str) -> None:
    """Have the new entry of the folder written to the disk, where the system knows how to."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
